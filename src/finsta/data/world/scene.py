"""A scene: what is where at every frame, and what happens. Everything else of a clip is derived from it."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from finsta.data.world.outlines import Polygon, placed
from finsta.graphs.dynamic import Box

SEEN = 0.1
"""Least share of a thing's bounding box that lies inside the frame when it counts as visible."""


@dataclass(frozen=True, kw_only=True)
class Thing:
    """One object. ``size`` is ``None`` for a thing that grows or shrinks: no word would fit it all the time."""

    shape: str
    colour: str
    texture: str
    size: str | None
    noun: str


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happens from frame ``first`` to frame ``last``, both included.

    Attributes:
        predicate: A key of ``VERBS``.
        adverb: ``"slowly"`` or ``"quickly"``; ``None`` for a verb without pace.
        subject: Index of the thing that acts.
        object: Index of the other thing, for a binary verb.
        speed: As drawn, in the verb's unit.
    """

    predicate: str
    adverb: str | None
    subject: int
    object: int | None
    first: int
    last: int
    speed: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Cameras:
    """Where each frame lies in the world, which is the first frame: ``world = scale * frame + shift``."""

    scale: Float[ndarray, " frames"]
    shift: Float[ndarray, "frames 2"]

    def world(self, frame: int, point: Float[ndarray, " 2"]) -> Float[ndarray, " 2"]:
        """A point of a frame in the world."""
        position: Float[ndarray, " 2"] = self.scale[frame] * point + self.shift[frame]
        return position

    def view(self, position: Float[ndarray, "things frames 2"]) -> Float[ndarray, "things frames 2"]:
        """Points of the world in their frames."""
        points: Float[ndarray, "things frames 2"] = (position - self.shift) / self.scale[:, None]
        return points


Relation = Literal["sequence", "while"]


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What is where, in widths of the frame, y down. ``depth`` names the things from back to front.

    The first event begins first; ``relation`` is ``None`` with one event.
    """

    things: tuple[Thing, ...]
    events: tuple[Event, ...]
    relation: Relation | None
    position: Float[ndarray, "things frames 2"]
    radius: Float[ndarray, "things frames"]
    angle: Float[ndarray, "things frames"]
    depth: tuple[int, ...]
    cameras: Cameras
    frames_per_second: int

    @property
    def num_frames(self) -> int:
        """Frames of the clip."""
        return len(self.cameras.scale)

    def polygon(self, thing: int, frame: int) -> Polygon:
        """The outline of a thing in a frame; corners may lie outside of [0, 1]."""
        scale, shift = self.cameras.scale[frame], self.cameras.shift[frame]
        return placed(
            self.things[thing].shape,
            center=(self.position[thing, frame] - shift) / scale,
            radius=float(self.radius[thing, frame] / scale),
            angle=float(self.angle[thing, frame]),
        )

    def box(self, thing: int, frame: int) -> Box | None:
        """The box of a thing clipped to the frame, whether or not others hide it; ``None`` outside of the frame."""
        corners = self.polygon(thing, frame)
        low, high = corners.min(axis=0), corners.max(axis=0)
        inside_low, inside_high = np.clip(low, 0, 1), np.clip(high, 0, 1)
        if np.prod(inside_high - inside_low) < SEEN * np.prod(high - low):
            return None
        x1, y1, x2, y2 = (round(float(value), 5) for value in (*inside_low, *inside_high))
        return x1, y1, x2, y2

    def in_sight(self, thing: int) -> list[int]:
        """The frames in which a thing is visible."""
        return [frame for frame in range(self.num_frames) if self.is_visible(thing, frame)]

    def is_visible(self, thing: int, frame: int) -> bool:
        """Whether :meth:`box` gives one; quick where the thing is far from the edges."""
        scale, shift = self.cameras.scale[frame], self.cameras.shift[frame]
        margin = self.radius[thing, frame]
        x, y = self.position[thing, frame] - shift
        if margin <= x <= scale - margin and margin <= y <= scale - margin:
            return True
        return self.box(thing, frame) is not None

    def seconds(self, event: Event) -> tuple[float, float]:
        """The interval of an event."""
        return event.first / self.frames_per_second, event.last / self.frames_per_second

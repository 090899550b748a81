"""The stage on which a scene is composed: things are placed when an event first needs them, and then moved."""

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from finsta.data.world.outlines import reach
from finsta.data.world.scene import Cameras, Event, Thing
from finsta.data.world.vocabulary import VERBS, Band

Point = Float[ndarray, " 2"]
Range = Callable[[float], Band]
"""Range of distances between two things, by the direction (radians) from the second to the first."""


class Infeasible(Exception):  # noqa: N818 - a signal inside the composer, not an error
    """The event does not fit the things as they stand; compose again."""


class Stage:
    """Positions, radii, angles and depth while they are still being decided.

    A thing is *placed* once it has a position; it stands there in every frame until it is moved.
    """

    def __init__(
        self,
        things: Sequence[Thing],
        radii: Sequence[float],
        *,
        cameras: Cameras,
        frames_per_second: int,
        rng: np.random.Generator,
    ) -> None:
        frames = len(cameras.scale)
        self.things, self.cameras, self.rng = things, cameras, rng
        self.frames_per_second = frames_per_second
        self.position = np.full((len(things), frames, 2), np.nan)
        self.radius = np.repeat(np.array(radii)[:, None], frames, axis=1)
        self.angle = np.repeat(rng.uniform(-0.12, 0.12, size=(len(things), 1)), frames, axis=1)
        self.behind: list[tuple[int, int]] = []
        self.contact: list[tuple[int, int, int]] = []
        self.overlap: list[tuple[int, int, int, int]] = []
        self.still_since = [0] * len(things)

    def between(self, low: float, high: float) -> float:
        """A number of a range.

        Raises:
            Infeasible: if the range is empty.
        """
        if low > high:
            raise Infeasible
        return float(self.rng.uniform(low, high))

    def is_placed(self, thing: int) -> bool:
        """Whether the thing has a position."""
        return not np.isnan(self.position[thing, 0, 0])

    def place(self, thing: int, point: Point) -> None:
        """Put a thing somewhere for the whole clip."""
        self.position[thing] = point

    def anywhere(self, frame: int) -> Point:
        """A place well inside a frame, in the world."""
        return self.cameras.world(frame, self.rng.uniform(0.12, 0.88, size=2))

    def duration(self, event: Event) -> float:
        """Seconds from the first to the last frame of an event."""
        return (event.last - event.first) / self.frames_per_second

    def band(self, event: Event) -> Band:
        """The speeds that the event's adverb allows."""
        return VERBS[event.predicate].band(event.adverb)

    def apart(self, event: Event) -> float:
        """Distance of the centres at which the circles around subject and object touch."""
        return float(self.radius[event.subject, event.first] + self.radius[target_of(event), event.first])

    def touching(self, event: Event, direction: float) -> float:
        """Distance of the centres at which the outlines touch on the line between them."""
        total = 0.0
        for thing, way in ((event.subject, direction + np.pi), (target_of(event), direction)):
            extent = reach(self.things[thing].shape, direction=way, angle=float(self.angle[thing, event.first]))
            total += extent * float(self.radius[thing, event.first])
        return total

    def arrange(self, event: Event, distances: Range, *, directions: Band | None = None) -> Point:
        """Put subject and object at a distance, as far as they have no place yet, and give subject minus object.

        Args:
            event: Its subject and object, at its first frame.
            distances: Allowed distances by direction.
            directions: Allowed directions from object to subject, in radians; their mirror images at the vertical too.

        Raises:
            Infeasible: if both have places already that do not suit.
        """
        subject, target, frame = event.subject, target_of(event), event.first
        if self.is_placed(subject) and self.is_placed(target):
            offset: Point = self.position[subject, frame] - self.position[target, frame]
            direction = float(np.arctan2(offset[1], offset[0]))
            low, high = distances(direction)
            sideways = np.arctan2(offset[1], abs(offset[0]))
            fits = directions is None or directions[0] <= sideways <= directions[1]
            if not fits or not low <= float(np.linalg.norm(offset)) <= high:
                raise Infeasible
            return offset
        direction = self.between(*(directions or (-np.pi / 2, np.pi / 2)))
        if self.rng.random() < 0.5:
            direction = np.pi - direction
        distance = self.between(*distances(direction))
        offset = distance * np.array([np.cos(direction), np.sin(direction)])
        if self.is_placed(subject):
            self.place(target, self.position[subject, frame] - offset)
        else:
            if not self.is_placed(target):
                self.place(target, self.anywhere(frame))
            self.place(subject, self.position[target, frame] + offset)
        return offset

    def walk(self, thing: int, first: int, path: Float[ndarray, "steps 2"]) -> None:
        """Move a thing along a path that starts at frame ``first``; it stays where the path ends.

        Raises:
            Infeasible: if the thing is still moving at that frame.
        """
        if first < self.still_since[thing]:
            raise Infeasible
        last = first + len(path) - 1
        self.position[thing, first : last + 1] = path
        self.position[thing, last:] = path[-1]
        self.still_since[thing] = last

    def slide(self, thing: int, event: Event, way: Point) -> None:
        """Move a thing straight and evenly during an event."""
        steps = np.linspace(0, 1, event.last - event.first + 1)[:, None]
        self.walk(thing, event.first, self.position[thing, event.first] + steps * way)

    def room(self, things: Sequence[int]) -> tuple[Point, Point]:
        """The least and the greatest shift that brings all of these things wholly into sight in every frame."""
        position, radius = self.position[things], self.radius[things][:, :, None]
        low = self.cameras.shift + radius - position
        high = self.cameras.shift + self.cameras.scale[:, None] - radius - position
        return low.max(axis=(0, 1)), high.min(axis=(0, 1))

    def inside(self, thing: int, first: int, last: int) -> bool:
        """Whether the thing is wholly in sight in all of these frames."""
        view = (self.position[thing, first : last + 1] - self.cameras.shift[first : last + 1]) / self.cameras.scale[
            first : last + 1, None
        ]
        margin = (self.radius[thing, first : last + 1] / self.cameras.scale[first : last + 1])[:, None]
        return bool(((view >= margin) & (view <= 1 - margin)).all())

    def outside(self, thing: int, first: int, last: int) -> bool:
        """Whether the thing is wholly out of sight in all of these frames."""
        scale = self.cameras.scale[first : last + 1]
        view = (self.position[thing, first : last + 1] - self.cameras.shift[first : last + 1]) / scale[:, None]
        margin = (self.radius[thing, first : last + 1] / scale)[:, None]
        return bool(((view <= -margin) | (view >= 1 + margin)).any(axis=1).all())


def target_of(event: Event) -> int:
    """The object of an event with a binary verb."""
    assert event.object is not None
    return event.object

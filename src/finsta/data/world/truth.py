"""Could a person say it of the clip? Lenient tests of each verb on the motion itself, so that negatives are false.

They look at positions, radii, angles and depth only, never at the events that were planned, and say yes well before an
event is as clear as the planned ones are. A caption counts as false only where the answer is no.
"""

from collections.abc import Callable
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float
from numpy import ndarray

from finsta.data.world.scene import Scene

Course = Float[ndarray, " steps"]

_STILL = 0.004
"""Widths of the frame in a frame below which a thing counts as standing, at 8 frames a second."""


class Motion:
    """The motion of a subject, and of an object if there is one, from frame ``first`` to frame ``last``."""

    def __init__(self, scene: Scene, subject: int, target: int | None, first: int, last: int) -> None:
        frames = slice(first, last + 1)
        self.position, self.radius = scene.position[subject, frames], scene.radius[subject, frames]
        self.angle = scene.angle[subject, frames]
        self._sight = lambda: np.array([scene.is_visible(subject, frame) for frame in range(first, last + 1)])
        self.step = np.diff(self.position, axis=0)
        self.still = _STILL * 8 / scene.frames_per_second
        self.moving = np.linalg.norm(self.step, axis=1) > self.still
        if target is not None:
            self.other = scene.position[target, frames]
            self.other_step = np.diff(self.other, axis=0)
            self.other_moving = np.linalg.norm(self.other_step, axis=1) > self.still
            self.offset = self.position - self.other
            self.distance = np.linalg.norm(self.offset, axis=1)
            self.apart = self.radius + scene.radius[target, frames]
            self.towards = -self.offset[:-1] / np.maximum(self.distance[:-1, None], 1e-9)
            self.is_behind = scene.depth.index(subject) < scene.depth.index(target)

    @cached_property
    def seen(self) -> Bool[ndarray, " frames"]:
        """In which frames the subject is visible."""
        return self._sight()

    @property
    def closing(self) -> Course:
        """How much nearer the subject comes in each step, by its own motion and in effect."""
        steps: Course = np.minimum((self.step * self.towards).sum(axis=1), -np.diff(self.distance))
        return steps

    @property
    def receding(self) -> Course:
        """How much farther the subject gets in each step, by its own motion and in effect."""
        steps: Course = np.minimum(-(self.step * self.towards).sum(axis=1), np.diff(self.distance))
        return steps

    @property
    def after_it(self) -> Course:
        """Length of each step of the object that leads away from a subject that moves along; else zero."""
        ahead = (self.other_step * self.towards).sum(axis=1)
        along = (self.step * self.other_step).sum(axis=1) > 0
        return np.where(along & self.moving & self.other_moving, ahead, 0.0)

    @property
    def near(self) -> Float[ndarray, " frames"]:
        """Distance as a share of that at which the circumscribed circles touch."""
        share: Float[ndarray, " frames"] = self.distance / self.apart
        return share


def holds(scene: Scene, predicate: str, subject: int, target: int | None, *, frames: tuple[int, int]) -> bool:
    """Whether a person could say ``predicate`` of these things between two frames, both included."""
    first, last = frames
    return last > first and bool(_TESTS[predicate](Motion(scene, subject, target, first, last)))


def _largest_run(course: Course) -> float:
    """The largest sum over consecutive steps."""
    total = np.concatenate([[0.0], np.cumsum(course)])
    return float((total - np.minimum.accumulate(total)).max())


def _longest(flags: ndarray) -> int:
    """The length of the longest run of true values."""
    longest = run = 0
    for flag in flags:
        run = run + 1 if flag else 0
        longest = max(longest, run)
    return longest


def _pushes(motion: Motion) -> bool:
    return float(motion.after_it[motion.near[:-1] < 1.05].sum()) > 0.05


def _circles(motion: Motion) -> bool:
    angle = np.unwrap(np.arctan2(motion.offset[:, 1], motion.offset[:, 0]))
    turning = np.where(motion.moving & ~motion.other_moving, np.diff(angle), 0.0)
    return max(_largest_run(turning), _largest_run(-turning)) > 210 * np.pi / 180


def _crosses(motion: Motion, crossing: ndarray) -> bool:
    """Whether the subject, itself moving, gets from one side to the other through one of the marked frames."""
    side = np.sign(motion.offset[:, 0])
    changes = (side[1:] != side[:-1]) & motion.moving & (crossing[1:] | crossing[:-1])
    return bool(changes.any())


def _jumps_over(motion: Motion) -> bool:
    return _crosses(motion, (motion.offset[:, 1] < 0) & (motion.near > 0.9) & (motion.near < 3))


def _passes(motion: Motion) -> bool:
    return bool((motion.near < 0.5).any()) and float(np.linalg.norm(motion.step[motion.near[1:] < 1], axis=1).sum()) > 0


def _hits(motion: Motion) -> bool:
    contact = np.flatnonzero(motion.near < 1.03)
    if not len(contact):
        return False
    away = np.linalg.norm(motion.other_step[contact[0] :], axis=1).sum()
    return _largest_run(motion.closing) > 0.02 and float(away) > 0.04


def _turn(motion: Motion) -> float:
    return float(np.ptp(motion.angle)) if len(motion.angle) else 0.0


def _bounces(motion: Motion) -> bool:
    rising = np.sign(np.where(np.abs(motion.step[:, 1]) > motion.still, motion.step[:, 1], 0))
    turns = rising[rising != 0]
    return int((turns[1:] != turns[:-1]).sum()) >= 2 and float(np.ptp(motion.position[:, 1])) > 0.05


def _stops(motion: Motion) -> bool:
    seen = motion.seen[1:]
    return any(_longest(~motion.moving[step:] & seen[step:]) >= 3 for step in np.flatnonzero(motion.moving & seen))


def _growth(radius: Float[ndarray, " frames"]) -> float:
    return _largest_run(np.diff(np.log(radius)))


_TESTS: dict[str, Callable[[Motion], bool]] = {
    "approach": lambda motion: _largest_run(motion.closing) > 0.07,
    "move away from": lambda motion: _largest_run(motion.receding) > 0.07,
    "push": _pushes,
    "follow": lambda motion: float(motion.after_it.sum()) > 0.06,
    "circle": _circles,
    "jump over": _jumps_over,
    "pass behind": lambda motion: motion.is_behind and _passes(motion),
    "pass in front of": lambda motion: not motion.is_behind and _passes(motion),
    "hit": _hits,
    "touch": lambda motion: bool((motion.near < 1.03).any()),
    "enter": lambda motion: bool((motion.seen[1:] & ~motion.seen[:-1]).any()),
    "leave": lambda motion: bool((motion.seen[:-1] & ~motion.seen[1:]).any()),
    "grow": lambda motion: _growth(motion.radius) > 0.1,
    "shrink": lambda motion: _growth(1 / motion.radius) > 0.1,
    "spin": lambda motion: _turn(motion) > np.radians(20),
    "bounce": _bounces,
    "stop": _stops,
}

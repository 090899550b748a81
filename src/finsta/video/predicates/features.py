"""What a learned relation reads of a subject and an object at each step: places, sizes, motion, contact (ours).

Everything is in sizes of the objects and in seconds, so that it is the same for near and far, small and large pictures.
Numbers without bound are squashed by asinh, which is linear near 0 and logarithmic beyond.
"""

import numpy as np

from finsta.shapes import Array, Float, Int
from finsta.video.predicates.paths import Paths

SMOOTHING = 0.15
"""Seconds: standard deviation of the weights with which centres and extents are smoothed before they are derived."""

BRIDGED = 0.3
"""Weight of a step at which an object was not seen."""

OBJECT_NUMBERS = 13
PAIR_NUMBERS = 16
NUMBERS = 2 * OBJECT_NUMBERS + PAIR_NUMBERS + 1
"""Numbers a step: the subject's, the object's, those of the pair, and whether there is an object."""

_TINY = 1e-6


class ShotFeatures:
    """The numbers of the objects of a shot, from which those of any pair are made.

    Args:
        paths: The objects.
    """

    def __init__(self, paths: Paths) -> None:
        self.paths = paths
        unit = np.array([paths.aspect, 1.0, paths.aspect, 1.0])
        stable = paths.stable * unit
        self.boxes = paths.boxes * unit  # [N, T, 4], frame heights
        self.stable = stable
        extent = np.maximum(stable[..., 2:] - stable[..., :2], _TINY)
        weight = np.where(paths.seen, 1.0, BRIDGED) * np.where(paths.present, 1.0, 1e-3)
        self.size = _usual(np.sqrt(extent.prod(-1)), paths.present)  # [N], frame heights
        smooth = _smoothed(np.concatenate([stable, np.log(extent)], -1), weight, width=SMOOTHING * paths.rate)
        self.centre = (smooth[..., :2] + smooth[..., 2:4]) / 2  # [N, T, 2]
        self.velocity = _rate_of_change(self.centre, paths.rate)  # heights per second
        self.objects = self._alone(np.log(extent), smooth[..., 4:])  # [N, T, OBJECT_NUMBERS]

    def _alone(
        self, extent: Float[Array, "objects steps 2"], smooth: Float[Array, "objects steps 2"]
    ) -> Float[Array, "objects steps numbers"]:
        """Size, form, growth, velocity, distance to each border, and whether it is there and seen."""
        paths, size = self.paths, self.size[:, None]
        shape, grown = smooth[..., 0] - smooth[..., 1], smooth.mean(-1)
        changes = _rate_of_change(np.stack([shape, grown], -1), paths.rate)
        velocity = self.velocity / size[..., None]
        border = np.concatenate(
            [self.boxes[..., :2], np.array([paths.aspect, 1.0]) - self.boxes[..., 2:]], -1
        )  # left, top, right, bottom
        columns = [
            np.broadcast_to(np.log(size), shape.shape),
            extent[..., 0] - extent[..., 1],
            changes[..., 0],
            changes[..., 1],
            grown - np.log(size),
            *np.moveaxis(np.arcsinh(velocity), -1, 0),
            np.arcsinh(np.linalg.norm(velocity, axis=-1)),
            *np.moveaxis(np.clip(border / size[..., None], 0.0, 2.0), -1, 0),
            np.where(paths.present, np.where(paths.seen, 1.0, 0.5), 0.0),
        ]
        return np.stack(columns, -1)

    def pairs(
        self, subject: Int[Array, " pairs"], target: Int[Array, " pairs"], *, steps: slice = slice(None)
    ) -> Float[Array, "pairs steps numbers"]:
        """The ``NUMBERS`` numbers of pairs of objects by index; -1 as target for a subject alone."""
        there = (target >= 0)[:, None, None]
        target = np.maximum(target, 0)
        both = np.where(there, self._together(subject, target, steps), 0.0)
        other = np.where(there, self.objects[target, steps], 0.0)
        flag = np.broadcast_to(there, (*both.shape[:2], 1))
        return np.concatenate([self.objects[subject, steps], other, both, flag], -1).astype(np.float32)

    def _together(
        self, subject: Int[Array, " pairs"], target: Int[Array, " pairs"], steps: slice
    ) -> Float[Array, "pairs steps numbers"]:
        """Offset, gap, overlap, relative motion."""
        size = ((self.size[subject] + self.size[target]) / 2)[:, None]  # [P, 1]
        offset = (self.centre[target, steps] - self.centre[subject, steps]) / size[..., None]
        own, other = (self.velocity[ends, steps] / size[..., None] for ends in (subject, target))
        boxes = self.stable[subject, steps], self.stable[target, steps]
        distance = np.linalg.norm(offset, axis=-1)
        towards = offset / np.maximum(distance, _TINY)[..., None]
        aside = np.stack([-towards[..., 1], towards[..., 0]], -1)
        relative = own - other
        columns = [
            *np.moveaxis(np.arcsinh(offset), -1, 0),
            np.arcsinh(distance),
            np.arcsinh(_gap(*boxes) / size),
            *_overlaps(*boxes),
            *np.moveaxis(np.arcsinh(relative), -1, 0),
            np.arcsinh((relative * towards).sum(-1)),
            np.arcsinh((own * towards).sum(-1)),
            np.arcsinh((other * towards).sum(-1)),
            np.arcsinh((relative * aside).sum(-1) / np.maximum(distance, 0.5)),
            np.arcsinh((own * other).sum(-1)),
            np.arcsinh((self.boxes[target, steps, 3] - self.boxes[subject, steps, 3]) / size),
            np.broadcast_to(np.log(self.size[subject] / self.size[target])[:, None], distance.shape),
        ]
        return np.stack(columns, -1)


def _usual(values: Float[Array, "objects steps"], present: Array) -> Float[Array, " objects"]:
    """The median of each row where the object is there."""
    return np.array([max(float(np.median(v[p])), 1e-3) for v, p in zip(values, present, strict=True)])


def _smoothed(
    values: Float[Array, "objects steps numbers"], weight: Float[Array, "objects steps"], *, width: float
) -> Float[Array, "objects steps numbers"]:
    """Gaussian weights around each step, in steps; ends are repeated."""
    reach = max(int(np.ceil(2.5 * width)), 1)
    steps = values.shape[1]
    total, mass = np.zeros_like(values), np.zeros((*weight.shape, 1))
    for offset in range(-reach, reach + 1):
        place = np.clip(np.arange(steps) + offset, 0, steps - 1)
        share = weight[:, place, None] * np.exp(-(offset**2) / (2 * max(width, 1e-3) ** 2))
        total += share * values[:, place]
        mass += share
    return np.asarray(total / mass)


def _rate_of_change(
    values: Float[Array, "objects steps numbers"], rate: float
) -> Float[Array, "objects steps numbers"]:
    """Central differences, per second."""
    return np.asarray(np.gradient(values, axis=1) * rate)


def _gap(first: Float[Array, "pairs steps 4"], second: Float[Array, "pairs steps 4"]) -> Float[Array, "pairs steps"]:
    """Distance between the borders of two boxes; 0 where they overlap."""
    apart = np.maximum(first[..., :2], second[..., :2]) - np.minimum(first[..., 2:], second[..., 2:])
    return np.asarray(np.linalg.norm(np.maximum(apart, 0.0), axis=-1))


def _overlaps(
    first: Float[Array, "pairs steps 4"], second: Float[Array, "pairs steps 4"]
) -> tuple[Float[Array, "pairs steps"], Float[Array, "pairs steps"], Float[Array, "pairs steps"]]:
    """Intersection over union, over the first, over the second."""
    shared = np.minimum(first[..., 2:], second[..., 2:]) - np.maximum(first[..., :2], second[..., :2])
    common = np.maximum(shared, 0.0).prod(-1)
    areas = [np.maximum(box[..., 2:] - box[..., :2], _TINY).prod(-1) for box in (first, second)]
    return common / (areas[0] + areas[1] - common), common / areas[0], common / areas[1]

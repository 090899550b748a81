"""The outlines of the shapes: closed polygons around the origin that fit the unit circle; y points down."""

from functools import cache

import numpy as np
from jaxtyping import Float
from numpy import ndarray

Polygon = Float[ndarray, "corners 2"]


@cache
def outline(shape: str) -> Polygon:
    """The outline of a shape with circumscribed radius 1."""
    return {
        "circle": _regular(40),
        "square": _regular(4, turn=np.pi / 4),
        "triangle": _regular(3, turn=-np.pi / 2),
        "diamond": np.array([(0.0, -1.0), (0.6, 0.0), (0.0, 1.0), (-0.6, 0.0)]),
        "star": _star(),
        "cross": _cross(),
        "heart": _heart(),
    }[shape]


def placed(shape: str, *, center: Float[ndarray, " 2"], radius: float, angle: float) -> Polygon:
    """The outline at a place, in the units of ``center`` and ``radius``; ``angle`` in radians, clockwise."""
    cosine, sine = np.cos(angle), np.sin(angle)
    turn = np.array([(cosine, sine), (-sine, cosine)])
    corners: Polygon = center + radius * outline(shape) @ turn
    return corners


def reach(shape: str, *, direction: float, angle: float) -> float:
    """How far a shape of radius 1, turned by ``angle``, extends from its centre in a direction (radians)."""
    corners = placed(shape, center=np.zeros(2), radius=1.0, angle=angle - direction)
    following = np.roll(corners, -1, axis=0)
    crossing = (corners[:, 1] > 0) != (following[:, 1] > 0)
    start, end = corners[crossing], following[crossing]
    along = start[:, 0] - start[:, 1] * (end[:, 0] - start[:, 0]) / (end[:, 1] - start[:, 1])
    return float(along.max())


def _regular(corners: int, *, turn: float = 0.0) -> Polygon:
    angles = turn + 2 * np.pi * np.arange(corners) / corners
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def _star() -> Polygon:
    radii = np.where(np.arange(10) % 2 == 0, 1.0, 0.45)
    return _regular(10, turn=-np.pi / 2) * radii[:, None]


def _cross() -> Polygon:
    arm, long = 0.33, 0.94
    quarter = np.array([(arm, -long), (arm, -arm), (long, -arm)])
    turns = [np.array([(np.cos(a), np.sin(a)), (-np.sin(a), np.cos(a))]) for a in np.pi / 2 * np.arange(4)]
    return np.concatenate([quarter @ turn for turn in turns])


def _heart() -> Polygon:
    t = np.linspace(0, 2 * np.pi, 32, endpoint=False)
    x = 16 * np.sin(t) ** 3
    y = -(13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t))
    points = np.stack([x, y - 2.5], axis=1)
    heart: Polygon = points / np.linalg.norm(points, axis=1).max()
    return heart

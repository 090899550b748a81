"""A constant-velocity Kalman filter over the four numbers of a box: centre and size (our parameters)."""

import numpy as np

from finsta.shapes import Array, Float

MEASUREMENT_NOISE = 0.06
"""Standard deviation of a detector's box edges, as a share of the object's size."""

ACCELERATION = 2.0
"""Standard deviation of the acceleration of the centre, in sizes of the object per second squared."""

GROWTH = 0.3
"""The same for width and height, which change more slowly."""

FIRST_SPEED = 1.5
"""Standard deviation of an unseen object's speed, in sizes per second."""


class MotionModel:
    """Where a box is and how fast it moves, per number ``(cx, cy, w, h)`` its value and its rate.

    The four numbers are filtered independently. Noise scales with the object's size, so that near and far objects,
    or the same scene at another resolution, are treated alike. Time steps may vary.
    """

    def __init__(self, box: Float[Array, "4"]) -> None:
        self._mean = np.stack([_center_form(box), np.zeros(4)], axis=1)  # [4, value and rate]
        size = self._size()
        measured = (MEASUREMENT_NOISE * size) ** 2
        speed = (FIRST_SPEED * size) ** 2 * np.array([1.0, 1.0, 0.05, 0.05])
        self._covariance = np.zeros((4, 2, 2))
        self._covariance[:, 0, 0] = measured
        self._covariance[:, 1, 1] = speed

    def predict(self, seconds: float) -> None:
        """Move on by a time step."""
        transition = np.array([[1.0, seconds], [0.0, 1.0]])
        noise = np.array([[seconds**4 / 4, seconds**3 / 2], [seconds**3 / 2, seconds**2]])
        strength = (self._size() * np.array([ACCELERATION, ACCELERATION, GROWTH, GROWTH])) ** 2
        self._mean = self._mean @ transition.T
        self._covariance = transition @ self._covariance @ transition.T + strength[:, None, None] * noise

    def update(self, box: Float[Array, "4"]) -> None:
        """Take a measured box into account."""
        residual = _center_form(box) - self._mean[:, 0]
        variance = self._covariance[:, 0, 0] + (MEASUREMENT_NOISE * self._size()) ** 2
        gain = self._covariance[:, :, 0] / variance[:, None]  # [4, value and rate]
        self._mean = self._mean + gain * residual[:, None]
        self._covariance = self._covariance - gain[:, :, None] * self._covariance[:, :1, :]

    def box(self) -> Float[Array, "4"]:
        """The box as believed now, ``xyxy``."""
        center, half = self._mean[:2, 0], np.maximum(self._mean[2:, 0], 1e-4) / 2
        return np.concatenate([center - half, center + half])

    def _size(self) -> float:
        return float(np.sqrt(np.prod(np.maximum(self._mean[2:, 0], 1e-3))))


def _center_form(box: Float[Array, "4"]) -> Float[Array, "4"]:
    box = np.asarray(box, dtype=np.float64)
    return np.concatenate([(box[:2] + box[2:]) / 2, box[2:] - box[:2]])

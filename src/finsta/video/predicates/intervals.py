"""From chances at steps to intervals: begin where it is sure, go on while it is likely (hysteresis, our definition)."""

import numpy as np

from finsta.shapes import Array, Float
from finsta.video.events.motion import closed, runs

LOWER = 0.5
"""A relation that began goes on down to this share of the chance at which it may begin."""


def find_intervals(
    chance: Float[Array, " steps"],
    times: Float[Array, " steps"],
    *,
    threshold: float,
    gap: float = 0.3,
    shortest: float = 0.25,
) -> list[tuple[int, int, float]]:
    """The stretches in which a relation holds, several where it comes back.

    Args:
        chance: In [0, 1] at each step.
        times: Seconds, rising.
        threshold: Chance that a stretch must reach somewhere.
        gap: Seconds of a pause that do not end it.
        shortest: Seconds below which a stretch is left out, unless all the time that there is is shorter.

    Returns:
        Half-open ranges of steps, each with the mean chance in it.
    """
    if not len(times):
        return []
    likely = closed(chance >= LOWER * threshold, times, gap=gap)
    step = float(times[1] - times[0]) if len(times) > 1 else 0.0
    least = min(shortest, float(times[-1] - times[0]))
    found = []
    for start, stop in runs(likely):
        long_enough = float(times[stop - 1] - times[start]) + step >= least - 1e-9
        if long_enough and float(chance[start:stop].max()) >= threshold:
            found.append((start, stop, float(np.mean(chance[start:stop]))))
    return found

"""Parts of videos as they were published: sometimes the wrong way round, without length, or beyond the end."""

import math

LEAST = 1.0
"""Seconds given to a part without length, around the moment that it names."""


def part(start: float, end: float, duration: float = math.inf) -> tuple[float, float]:
    """Start before end, both inside of the video, in seconds."""
    first, last = (min(max(time, 0.0), duration) for time in sorted((start, end)))
    if first == last:
        first, last = max(first - LEAST / 2, 0.0), min(last + LEAST / 2, duration)
    return first, last

"""Tracks whose path, size and looks are known, and the events found in them."""

from collections.abc import Callable, Sequence

import numpy as np

from finsta.video.events import find_events
from finsta.video.events.motion import Event, Motion
from finsta.video.tracking import ObjectTrack

Place = Callable[[float], Sequence[float]]
"""Centre at a moment, in [0, 1]; the frame is square."""

RATE, SECONDS = 8, 6.0


def track(
    number: int,
    path: Place,
    *,
    size: float | Callable[[float], float] = 0.12,
    start: float = 0.0,
    end: float = SECONDS,
    jitter: float = 0.004,
    likeness: Callable[[float], float] | None = None,
) -> ObjectTrack:
    """A track at eight frames a second, with noise on every edge."""
    random = np.random.default_rng(number)
    places = np.arange(round(start * RATE), round(end * RATE))
    times = places / RATE
    sides = np.array([size(time) if callable(size) else size for time in times])[:, None]
    centres = np.array([path(time) for time in times], np.float64)
    boxes = np.concatenate([centres - sides / 2, centres + sides / 2], axis=1)
    boxes = np.clip(boxes + random.normal(0, jitter, boxes.shape), 0, 1)
    return ObjectTrack(
        number=number,
        shot=0,
        label="disc",
        places=places,
        times=times,
        boxes=boxes,
        scores=np.full(len(times), 0.8),
        seen=np.ones(len(times), bool),
        stable_boxes=boxes,
        colours=np.zeros(11),
        likeness=None if likeness is None else np.array([likeness(time) for time in times]),
    )


def events_of(*tracks: ObjectTrack, since: float = 0.0) -> list[Event]:
    return find_events([Motion(track=one, aspect=1.0) for one in tracks], shot=(since, since + SECONDS))


def told(*tracks: ObjectTrack, label: str) -> list[tuple[int, int | None, float, float]]:
    """Subject, object, start and end of the events of one label."""
    return [(e.subject, e.object, *e.interval) for e in events_of(*tracks) if e.label == label]


def through(*points: tuple[float, float, float]) -> Place:
    """Straight and even from point to point: ``(time, x, y)``; still before the first and after the last."""
    times, xs, ys = zip(*points, strict=True)
    return lambda t: (float(np.interp(t, times, xs)), float(np.interp(t, times, ys)))


def resting(x: float, y: float) -> Place:
    return lambda _: (x, y)


def around(x: float, y: float, radius: float, *, start: float, turns: float, seconds: float) -> Place:
    """Around a point, from its right."""

    def path(t: float) -> tuple[float, float]:
        angle = 2 * np.pi * turns * float(np.clip((t - start) / seconds, 0, 1))
        return x + radius * np.cos(angle), y + radius * np.sin(angle)

    return path


def hopping(x: float, y: float, height: float, *, start: float, hops: int, seconds: float) -> Place:
    """Up and down on the spot."""

    def path(t: float) -> tuple[float, float]:
        return x, y - height * abs(np.sin(np.pi * hops * float(np.clip((t - start) / seconds, 0, 1))))

    return path

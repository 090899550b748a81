"""When each track is there, and when each relation holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from finsta.graphs.dynamic import DynamicSceneGraph, Track
from finsta.graphs.holistic import Link

SHOWN = 16
"""Relations that stand open in the page; the others fold."""


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A stretch of time, as percentages of the video, and what it says when pointed at."""

    left: float
    width: float
    title: str


@dataclass(frozen=True, kw_only=True)
class TimelineRow:
    """A track with its bars. ``ends`` are the object tracks of a relation, ``linked`` whether the text names it."""

    label: str
    colour: str
    keys: str
    emit: str
    bars: tuple[Bar, ...]
    linked: bool = False


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """Rows of objects and of relations, shot cuts and ticks; places in percent of the video."""

    objects: tuple[TimelineRow, ...]
    relations: tuple[TimelineRow, ...]
    folded: tuple[TimelineRow, ...]
    cuts: tuple[float, ...]
    ticks: tuple[tuple[float, str], ...]


def timeline(video: DynamicSceneGraph, colours: Mapping[int, str], links: Sequence[Link] = ()) -> Timeline:
    """The timeline of a video; relations that the text names come first, then the longer ones."""
    total = length(video)
    named = {link.subject_track for link in links if not link.label}
    objects = tuple(
        TimelineRow(
            label=f"{track.label} {number}",
            colour=colours[number],
            keys=f"t{number}",
            emit=f"t{number}",
            bars=_bars(video, track, total),
            linked=number in named,
        )
        for number, track in video.object_tracks.items()
    )
    tracks = video.predicate_tracks
    stated = {(link.label, link.subject_track, link.object_track) for link in links if link.label}
    order = sorted(range(len(tracks)), key=lambda i: (tracks[i].identity[1:] not in stated, -_frames(tracks[i]), i))
    rows = [_relation(video, tracks[i], i, colours, total, linked=tracks[i].identity[1:] in stated) for i in order]
    return Timeline(
        objects=objects,
        relations=tuple(rows[:SHOWN]),
        folded=tuple(rows[SHOWN:]),
        cuts=tuple(_percent(video.frame_interval(i + 1)[0], total) for i in _cuts(video)),
        ticks=_ticks(total),
    )


def length(video: DynamicSceneGraph) -> float:
    """Seconds that the timeline spans: the video's duration, or its last key frame where that is unknown."""
    return max(video.video.duration, video.frames[-1].time if video.frames else 0.0, 1e-3)


def clock(seconds: float) -> str:
    """``4.25 s`` or ``1:04.2``."""
    return f"{seconds:.2f} s" if seconds < 60 else f"{int(seconds // 60)}:{seconds % 60:04.1f}"


def interval_words(interval: tuple[float, float]) -> str:
    """``1.20 – 4.25 s``."""
    start, end = interval
    return f"{start:.2f} – {end:.2f} s" if end < 60 else f"{clock(start)} – {clock(end)}"


def _relation(
    video: DynamicSceneGraph, track: Track, number: int, colours: Mapping[int, str], total: float, *, linked: bool
) -> TimelineRow:
    ends = [end for end in track.identity[2:] if isinstance(end, int)]
    names = [f"{video.object_tracks[end].label} {end}" for end in ends]
    return TimelineRow(
        label=" ".join((*names[:1], track.label, *names[1:])),
        colour=colours[ends[0]] if ends else "currentColor",
        keys=f"p{number}",
        emit=" ".join((f"p{number}", *(f"t{end}" for end in ends))),
        bars=_bars(video, track, total),
        linked=linked,
    )


def _bars(video: DynamicSceneGraph, track: Track, total: float) -> tuple[Bar, ...]:
    """One bar for each run of consecutive key frames."""
    frames = [frame for frame, _ in track.occurrences]
    starts = [frames[0]] + [b for a, b in pairwise(frames) if b != a + 1]
    ends = [a for a, b in pairwise(frames) if b != a + 1] + [frames[-1]]
    spans = [(video.frame_interval(a)[0], video.frame_interval(b)[1]) for a, b in zip(starts, ends, strict=True)]
    return tuple(bar(span, total) for span in spans)


def bar(span: tuple[float, float], total: float) -> Bar:
    """A stretch of seconds as a bar."""
    left = _percent(span[0], total)
    return Bar(left=left, width=max(_percent(span[1], total) - left, 0.4), title=interval_words(span))


def _frames(track: Track) -> int:
    return len(track.occurrences)


def _cuts(video: DynamicSceneGraph) -> list[int]:
    return [index for index, (a, b) in enumerate(pairwise(video.frames)) if a.shot != b.shot]


def _ticks(total: float) -> tuple[tuple[float, str], ...]:
    steps = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)
    step = next((step for step in steps if total / step <= 10), 7200.0)
    count = int(total / step + 1e-6) + 1
    return tuple(
        (_percent(i * step, total), f"{i * step:g}" if total < 60 else _minutes(i * step)) for i in range(count)
    )


def _minutes(seconds: float) -> str:
    return f"{int(seconds // 60)}:{int(seconds % 60):02d}"


def _percent(seconds: float, total: float) -> float:
    return round(min(max(100 * seconds / total, 0.0), 100.0), 2)

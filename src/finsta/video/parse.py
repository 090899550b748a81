"""A video file to its dynamic scene graph: shots, detections, tracks, key frames, attributes, relations."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from os import PathLike
from typing import TYPE_CHECKING

from finsta.errors import InputError
from finsta.graphs.dynamic import DynamicSceneGraph, FrameGraph, VideoInfo
from finsta.video.ahead import ahead
from finsta.video.assemble import KeyFrame, shot_graphs
from finsta.video.detectors.detection import Detector
from finsta.video.key_frames import choose_key_frames
from finsta.video.observations import ShotRecord, observe
from finsta.video.reading import Reading
from finsta.video.survey import Shot, Survey, SurveyedFrame
from finsta.video.tracking import track_shots

if TYPE_CHECKING:
    from finsta.video.predicates import RelationHead
    from finsta.video.region_encoders import RegionEncoder

Progress = Callable[[str, float], None]
"""Called with the name of a stage and how much of it is done, in [0, 1]."""

PICTURE_SIDE = 640
"""Longer side, in pixels, of the pictures for a detector that does not say how large it likes them."""

MOTION_RATE = 10.0
"""Frames a second that the ``motion`` detector needs at least: optical flow needs neighbours."""

FEWEST_FRAMES = 24
"""Frames to be analysed at least, where the file has them: short clips are looked at more closely."""

AHEAD = 16
"""Pictures that may be decoded before the detector asks for them."""


def parse_video(  # noqa: PLR0913 - what can be chosen about a video, each with a default
    path: str | PathLike[str],
    *,
    start: float | None = None,
    end: float | None = None,
    detector: str | Detector = "auto",
    key_frames: int = 8,
    frames_per_second: float = 4.0,
    max_side: int | None = None,
    prompts: Sequence[str] = (),
    decode_ahead: bool = True,
    relation_head: "str | PathLike[str] | RelationHead | None" = None,
    region_encoder: "str | RegionEncoder | None" = None,
    progress: Progress | None = None,
) -> DynamicSceneGraph:
    """The dynamic scene graph of a video (DSG; the steps are known from the paper, their parts are ours).

    One pass: every frame is decoded once; cuts are sought in all of them in small, objects in those of the analysis
    rate. Memory does not grow with the size of the pictures nor, but for boxes, with the length of the video.

    Args:
        path: Any file that FFmpeg reads.
        start: Seconds at which the part to be parsed begins, and from which the graph's times are counted; None parses
            from the beginning.
        end: Seconds at which the part ends; None is the end of the file.
        detector: ``auto``, ``motion``, ``nanodet``, ``hf:ID_OR_FOLDER`` or an object that detects.
        key_frames: Key frames in all; every shot has at least one.
        frames_per_second: Frames a second that are searched for objects, at least; more for the ``motion`` detector
            and for clips of a few seconds, as far as the file has them.
        max_side: Longer side, in pixels, of the pictures that are analysed; where not given what the detector asks for,
            or ``PICTURE_SIDE`` where it does not say or a region encoder reads them too.
        prompts: Words for open-vocabulary detectors.
        decode_ahead: Decode in a thread beside the detector: right for one clip at a time, of no use where other
            processes keep the cores busy.
        relation_head: A folder that ``finsta train-relation-head`` wrote, or such a head: its relations come beside
            those of the rules.
        region_encoder: ``colour``, ``efficientnet-lite0``, ``nanodet``, ``hf:ID_OR_FOLDER`` or an object that encodes:
            by what looks tracks are told apart; colour histograms where not given.
        progress: Called as the work goes on.

    Returns:
        A graph whose ``validate()`` passes. Damage, a choice made by ``auto`` and a clip in which nothing was found
        are told in its ``warnings``.

    Raises:
        VideoError: if the file cannot be read, or the part lies behind its end.
        InputError: if a number is out of range or the detector is unknown.
    """
    for name, value in (("key_frames", key_frames), ("frames_per_second", frames_per_second), ("max_side", max_side)):
        if value is not None and not value > 0:
            raise InputError(f"{name} must be positive, found {value}")
    report = progress or _silent
    warnings: dict[str, None] = {}

    def warn(message: str) -> None:
        warnings.setdefault(message)

    reading = Reading(path, start=start, end=end, warn=warn)
    finder, survey, duration = _open(detector, prompts, warn), Survey(), reading.duration
    rate = analysis_rate(frames_per_second, duration=duration, file_rate=reading.times.rate, detector=finder.name)
    encoder, head = _open_encoder(region_encoder), _open_head(relation_head)
    wanted = PICTURE_SIDE if encoder is not None else getattr(finder, "picture_side", PICTURE_SIDE)
    frames = survey.frames(reading.glimpses(rate=rate, max_side=max_side or wanted))
    frames = ahead(frames, depth=AHEAD) if decode_ahead else frames
    records = observe(_reported(frames, duration, f"objects ({finder.name})", report), finder, encoder=encoder)
    info = reading.info
    graphs = _graphs(records, survey.shots(duration), info, key_frames, head)
    if not any(graph.nodes for graph in graphs):
        warn(f"{info.path}: nothing was found by the detector {finder.name!r}: the key frames are empty")
    report("graph", 1.0)
    graph = DynamicSceneGraph(video=info, frames=tuple(graphs), detector=finder.name, warnings=tuple(warnings))
    graph.validate()
    return graph


def analysis_rate(asked: float, *, duration: float, file_rate: float, detector: str) -> float:
    """Frames a second that are searched for objects, in a file of so many seconds and frames a second."""
    rate = max(asked, MOTION_RATE) if detector == "motion" else asked
    return min(max(rate, FEWEST_FRAMES / max(duration, 1e-3)), max(file_rate, rate))


def _open(detector: str | Detector, prompts: Sequence[str], warn: Callable[[str], None]) -> Detector:
    if not isinstance(detector, str):
        return detector
    from finsta.video.detectors import open_detector

    opened = open_detector(detector, prompts=tuple(prompts))
    if opened.reason:
        warn(f"detector {opened.name!r} was taken: {opened.reason}")
    return opened


def _open_encoder(encoder: "str | RegionEncoder | None") -> "RegionEncoder | None":
    if not isinstance(encoder, str):
        return encoder
    from finsta.video.region_encoders import open_region_encoder

    return open_region_encoder(encoder)


def _open_head(head: "str | PathLike[str] | RelationHead | None") -> "RelationHead | None":
    if not isinstance(head, str | PathLike):
        return head
    from finsta.video.predicates import RelationHead

    return RelationHead.load(head)


def _silent(stage: str, done: float) -> None:
    """Nobody wants to know."""


def _reported(
    frames: Iterable[SurveyedFrame], duration: float, stage: str, report: Progress
) -> Iterator[SurveyedFrame]:
    for surveyed in frames:
        report(stage, min(surveyed.frame.time / max(duration, 1e-9), 1.0))
        yield surveyed
    report(stage, 1.0)


def _graphs(
    records: Sequence[ShotRecord],
    shots: Sequence[Shot],
    info: VideoInfo,
    count: int,
    head: "RelationHead | None",
) -> list[FrameGraph]:
    """Tracks, then key frames, then the graph of each."""
    spans = [(shots[record.shot].start, shots[record.shot].end) for record in records]
    chosen = choose_key_frames(
        [record.looks() for record in records],
        [record.times() for record in records],
        lengths=[end - start for start, end in spans],
        count=count,
    )
    key_frames = [_key_frames(record, places) for record, places in zip(records, chosen, strict=True)]
    tracks = track_shots([record.frames for record in records])
    for record in records:
        record.clear()  # of an hour they are most of the memory
    graphs: list[FrameGraph] = []
    aspect = info.width / info.height
    for record, span, shot_tracks, kept in zip(records, spans, tracks, key_frames, strict=True):
        graphs += shot_graphs(shot_tracks, kept, index=record.shot, shot=span, aspect=aspect, relation_head=head)
    return graphs


def _key_frames(record: ShotRecord, places: Sequence[int]) -> list[KeyFrame]:
    frames = [record.frames[place] for place in places]
    return [
        KeyFrame(place=place, time=frame.time, camera=frame.camera) for place, frame in zip(places, frames, strict=True)
    ]

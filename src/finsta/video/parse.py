"""A video file to its dynamic scene graph: shots, detections, tracks, key frames, attributes, relations."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from os import PathLike

import numpy as np

from finsta.errors import InputError
from finsta.graphs.dynamic import DynamicSceneGraph, FrameGraph, VideoInfo
from finsta.shapes import Array, Float
from finsta.video.appearance import colour_shares, histograms
from finsta.video.assemble import KeyFrame, shot_graphs
from finsta.video.detectors.detection import Detector
from finsta.video.frames import Frame, probe, read_frames
from finsta.video.key_frames import choose_key_frames, look
from finsta.video.survey import Shot, survey
from finsta.video.tracking import AnalysedFrame, track_shots

Progress = Callable[[str, float], None]
"""Called with the name of a stage and how much of it is done, in [0, 1]."""

SURVEY_SIDE = 256
"""Longer side, in pixels, of the pictures in which cuts and camera are sought."""

BATCH = 8
"""Frames that a detector sees at once."""

MOTION_RATE = 10.0
"""Frames a second that the ``motion`` detector needs at least: optical flow needs neighbours."""

FEWEST_FRAMES = 24
"""Frames to be analysed at least, where the file has them: short clips are looked at more closely."""


def parse_video(
    path: str | PathLike[str],
    *,
    detector: str | Detector = "auto",
    key_frames: int = 8,
    frames_per_second: float = 4.0,
    max_side: int = 640,
    prompts: Sequence[str] = (),
    progress: Progress | None = None,
) -> DynamicSceneGraph:
    """The dynamic scene graph of a video (DSG; the steps are known from the paper, their parts are ours).

    Two passes: cuts and camera at full rate in small pictures; then detection and dense tracking at the analysis rate.
    Memory does not grow with the size of the pictures nor, but for boxes, with the length of the video.

    Args:
        path: Any file that FFmpeg reads.
        detector: ``auto``, ``motion``, ``nanodet``, ``hf:ID_OR_FOLDER`` or an object that detects.
        key_frames: Key frames in all; every shot has at least one.
        frames_per_second: Frames a second that are searched for objects, at least; more for the ``motion`` detector
            and for clips of a few seconds, as far as the file has them.
        max_side: Longer side, in pixels, of the pictures that the detector sees.
        prompts: Words for open-vocabulary detectors.
        progress: Called as the work goes on.

    Returns:
        A graph whose ``validate()`` passes. Damage, a choice made by ``auto`` and a clip in which nothing was found
        are told in its ``warnings``.

    Raises:
        VideoError: if the file cannot be read.
        InputError: if a number is out of range or the detector is unknown.
    """
    for name, value in (("key_frames", key_frames), ("frames_per_second", frames_per_second), ("max_side", max_side)):
        if not value > 0:
            raise InputError(f"{name} must be positive, found {value}")
    report = progress or _silent
    warnings: dict[str, None] = {}

    def warn(message: str) -> None:
        warnings.setdefault(message)

    info = probe(path, warn=warn)
    finder = _open(detector, prompts, warn)
    small = read_frames(path, max_side=SURVEY_SIDE, warn=warn)
    shots = survey(_reported(small, info, "shots and camera", report), duration=info.duration)
    rate = analysis_rate(frames_per_second, info, finder.name)
    frames = read_frames(path, frames_per_second=rate, max_side=max_side, warn=warn)
    analysed = _analyse(_reported(frames, info, f"objects ({finder.name})", report), shots, finder)
    graphs = _graphs(analysed, info, key_frames)
    if not any(graph.nodes for graph in graphs):
        warn(f"{info.path}: nothing was found by the detector {finder.name!r}: the key frames are empty")
    report("graph", 1.0)
    graph = DynamicSceneGraph(video=info, frames=tuple(graphs), detector=finder.name, warnings=tuple(warnings))
    graph.validate()
    return graph


def analysis_rate(asked: float, info: VideoInfo, detector: str) -> float:
    """Frames a second that are searched for objects."""
    rate = max(asked, MOTION_RATE) if detector == "motion" else asked
    return min(max(rate, FEWEST_FRAMES / max(info.duration, 1e-3)), max(info.frames_per_second, rate))


def _open(detector: str | Detector, prompts: Sequence[str], warn: Callable[[str], None]) -> Detector:
    if not isinstance(detector, str):
        return detector
    from finsta.video.detectors import open_detector

    opened = open_detector(detector, prompts=tuple(prompts))
    if opened.reason:
        warn(f"detector {opened.name!r} was taken: {opened.reason}")
    return opened


def _silent(stage: str, done: float) -> None:
    """Nobody wants to know."""


def _reported(frames: Iterator[Frame], info: VideoInfo, stage: str, report: Progress) -> Iterator[Frame]:
    for frame in frames:
        report(stage, min(frame.time / max(info.duration, 1e-9), 1.0))
        yield frame
    report(stage, 1.0)


@dataclass(kw_only=True)
class _AnalysedShot:
    """What is kept of the frames of a shot."""

    shot: Shot
    frames: list[AnalysedFrame] = field(default_factory=list)
    looks: list[Float[Array, " numbers"]] = field(default_factory=list)

    @property
    def times(self) -> Float[Array, " frames"]:
        return np.array([frame.time for frame in self.frames])


def _analyse(frames: Iterator[Frame], shots: Sequence[Shot], detector: Detector) -> list[_AnalysedShot]:
    """Detect in every frame, never across a cut; shots without an analysed frame are left out."""
    found: list[_AnalysedShot] = []
    for shot, batch in _batches(frames, shots):
        if not found or found[-1].shot is not shot:
            detector.reset()
            found.append(_AnalysedShot(shot=shot))
        for frame, detections in zip(batch, detector.detect(batch), strict=True):
            found[-1].looks.append(look(frame.image))
            found[-1].frames.append(
                AnalysedFrame(
                    time=frame.time,
                    camera=shot.camera.at(frame.time),
                    detections=detections,
                    histograms=histograms(frame.image, detections.boxes),
                    colours=colour_shares(frame.image, detections.boxes),
                )
            )
    return found


def _batches(frames: Iterator[Frame], shots: Sequence[Shot]) -> Iterator[tuple[Shot, list[Frame]]]:
    """Consecutive frames of one shot, ``BATCH`` at a time."""
    current, batch = 0, list[Frame]()
    for frame in frames:
        shot = current
        while shot + 1 < len(shots) and frame.time >= shots[shot + 1].start - 1e-4:
            shot += 1
        if batch and (shot != current or len(batch) == BATCH):
            yield shots[current], batch
            batch = []
        current = shot
        batch.append(frame)
    if batch:
        yield shots[current], batch


def _graphs(analysed: Sequence[_AnalysedShot], info: VideoInfo, count: int) -> list[FrameGraph]:
    """Tracks, then key frames, then the graph of each."""
    tracks = track_shots([shot.frames for shot in analysed])
    chosen = choose_key_frames(
        [np.stack(shot.looks) for shot in analysed],
        [shot.times for shot in analysed],
        lengths=[shot.shot.end - shot.shot.start for shot in analysed],
        count=count,
    )
    graphs: list[FrameGraph] = []
    for shot, shot_tracks, places in zip(analysed, tracks, chosen, strict=True):
        span = (shot.shot.start, shot.shot.end)
        frames = [shot.frames[place] for place in places]
        key_frames = [
            KeyFrame(place=place, time=frame.time, camera=frame.camera)
            for place, frame in zip(places, frames, strict=True)
        ]
        aspect = info.width / info.height
        graphs += shot_graphs(shot_tracks, key_frames, index=shot.shot.index, shot=span, aspect=aspect)
    return graphs

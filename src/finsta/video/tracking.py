"""Detections to tracks: who is who from frame to frame (our definition, after ByteTrack, Zhang et al. 2022).

Why our own: ``trackers`` and ``supervision`` pull an OpenCV that needs libGL, which a bare machine lacks, and
``norfair`` pins numpy below 2. What is needed here is small, and must know about camera motion and time in seconds.

Everything happens in the coordinates of the shot's first frame, so that a moving camera does not move objects.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from finsta.graphs.dynamic import Camera
from finsta.shapes import Array, Bool, Float, Int
from finsta.video.detectors.detection import Detections, box_iou
from finsta.video.motion_model import MotionModel


@dataclass(frozen=True, kw_only=True)
class TrackerConfig:
    """Thresholds of the tracker. Scores are relative to the usual best one, since detectors differ in scale."""

    # A detection at this share of the usual best score may start a track.
    high_score: float = 0.5
    # A detection at this share may continue one.
    low_score: float = 0.2
    # Seconds without a detection that are bridged.
    longest_gap: float = 1.0
    # Detections that a track needs, where the shot has enough frames.
    fewest_detections: int = 3
    # Share by which boxes grow on each side before they are compared, so that fast small objects still overlap.
    growth: float = 0.3
    # Least grown overlap between prediction and detection, for sure detections and for doubtful ones.
    least_overlap: tuple[float, float] = (0.12, 0.4)
    # How much likeness of colour counts against overlap: a tie breaker.
    appearance_weight: float = 0.25
    # What another label costs.
    label_cost: float = 0.3


@dataclass(frozen=True, kw_only=True, eq=False)
class AnalysedFrame:
    """What tracking needs to know of a frame; the image is gone.

    Attributes:
        time: Seconds.
        camera: From this frame to the first of the shot.
        detections: What was found.
        histograms: Colour histogram of each detection; dot products in [0, 1].
        colours: Shares of named colours of each detection.
    """

    time: float
    camera: Camera
    detections: Detections
    histograms: Float[Array, "boxes bins"]
    colours: Float[Array, "boxes colours"]


@dataclass(frozen=True, kw_only=True, eq=False)
class ObjectTrack:
    """One object through one shot, at every analysed frame from its first detection to its last.

    Attributes:
        number: Identity, unique in the video, from 1 in order of appearance.
        shot: Index of the shot.
        label: Voted by the scores.
        places: Index of each frame among the analysed frames of the shot, consecutive.
        times: Seconds.
        boxes: ``xyxy`` in [0, 1] of each frame, clipped to it.
        scores: The detector's; bridged boxes have half the lower score of their ends.
        seen: Whether a detection stands behind the box.
        stable_boxes: The boxes in the coordinates of the shot's first frame.
        colours: Mean shares of named colours.
    """

    number: int
    shot: int
    label: str
    places: Int[Array, " steps"]
    times: Float[Array, " steps"]
    boxes: Float[Array, "steps 4"]
    scores: Float[Array, " steps"]
    seen: Bool[Array, " steps"]
    stable_boxes: Float[Array, "steps 4"]
    colours: Float[Array, " colours"]

    def at(self, place: int) -> int | None:
        """The step at which the track is in the given analysed frame of the shot."""
        step = place - int(self.places[0])
        return step if 0 <= step < len(self.places) else None


@dataclass(kw_only=True, eq=False)
class _Candidate:
    """A track in the making: ``(place, detection)`` pairs and the state of its filter."""

    motion: MotionModel
    histogram: Float[Array, " bins"]
    label: str
    last_time: float
    members: list[tuple[int, int]] = field(default_factory=list)

    def take(self, place: int, detection: int, box: Float[Array, "4"], frame: AnalysedFrame) -> None:
        if self.members:
            self.motion.update(box)
        self.members.append((place, detection))
        self.last_time = frame.time
        # The label of the best detection in a row; the vote comes at the end.
        self.label = frame.detections.labels[detection]
        blended = 0.8 * self.histogram + 0.2 * frame.histograms[detection]
        self.histogram = blended / max(float(np.linalg.norm(blended)), 1e-6)


def track_shots(
    shots: Sequence[Sequence[AnalysedFrame]], *, config: TrackerConfig | None = None
) -> list[list[ObjectTrack]]:
    """The tracks of each shot. None crosses a cut; numbers count through the video, in order of appearance.

    For each frame: predict every track by its Kalman filter; assign sure detections to tracks (Hungarian, over the
    overlap of grown boxes, likeness of colour and agreement of labels); then doubtful detections to tracks that were
    seen in the frame before; start tracks from sure detections that remain. Gaps are bridged by interpolation.

    Args:
        shots: The analysed frames of each shot, in order of time.
        config: Thresholds.
    """
    config = config or TrackerConfig()
    usual = _usual_score([frame for shot in shots for frame in shot])
    found: list[list[ObjectTrack]] = []
    number = 1
    for shot, frames in enumerate(shots):
        tracks = [_finish(track, frames, shot) for track in _candidates(frames, usual, config)]
        tracks = [replace(track, number=number + place) for place, track in enumerate(sorted(tracks, key=_appearance))]
        number += len(tracks)
        found.append(tracks)
    return found


def _appearance(track: ObjectTrack) -> tuple[float, ...]:
    return (float(track.places[0]), *track.boxes[0].tolist())


def _usual_score(frames: Sequence[AnalysedFrame]) -> float:
    """The score that the best detection of a good frame has."""
    best = [float(frame.detections.scores.max()) for frame in frames if len(frame.detections)]
    return float(np.percentile(best, 75)) if best else 0.0


def _candidates(frames: Sequence[AnalysedFrame], usual: float, config: TrackerConfig) -> list[_Candidate]:
    live: list[_Candidate] = []
    done: list[_Candidate] = []
    before = frames[0].time if frames else 0.0
    for place, frame in enumerate(frames):
        alive = [frame.time - track.last_time <= config.longest_gap + 1e-6 for track in live]
        done += [track for track, is_alive in zip(live, alive, strict=True) if not is_alive]
        live = [track for track, is_alive in zip(live, alive, strict=True) if is_alive]
        for track in live:
            track.motion.predict(frame.time - before)
        live += _advance(live, place, frame, before, usual, config)
        before = frame.time
    needed = min(config.fewest_detections, (len(frames) + 1) // 2)
    return [track for track in done + live if len(track.members) >= needed]


def _advance(
    live: list[_Candidate], place: int, frame: AnalysedFrame, before: float, usual: float, config: TrackerConfig
) -> list[_Candidate]:
    """Give a frame's detections to the tracks; return the tracks that start here."""
    boxes, scores = stabilise(frame.detections.boxes, frame.camera), frame.detections.scores
    sure = np.flatnonzero(scores >= config.high_score * usual)
    doubtful = np.flatnonzero((scores < config.high_score * usual) & (scores >= config.low_score * usual))
    recent = {id(track) for track in live if track.last_time >= before - 1e-6}
    taken: dict[int, int] = {}
    for pool, least, who in (
        (sure, config.least_overlap[0], live),
        (doubtful, config.least_overlap[1], [track for track in live if id(track) in recent]),
    ):
        free = [track for track in who if id(track) not in taken]
        for row, column in _assign(_gains(free, pool, boxes, frame, least, config)):
            detection = int(pool[column])
            free[row].take(place, detection, boxes[detection], frame)
            taken[id(free[row])] = detection
    used = set(taken.values())
    starts = []
    for detection in sure.tolist():
        if detection not in used and not _doubles(detection, used, boxes, frame.detections.labels):
            starts.append(_start(place, detection, boxes[detection], frame))
            used.add(detection)
    return starts


def _doubles(detection: int, used: set[int], boxes: Float[Array, "boxes 4"], labels: Sequence[str]) -> bool:
    """Whether a detection is a second box on an object that has its track: the same place, or part of a like one."""
    mine = boxes[detection]
    for other in used:
        shared = np.minimum(mine[2:], boxes[other][2:]) - np.maximum(mine[:2], boxes[other][:2])
        overlap = float(np.prod(np.maximum(shared, 0.0)))
        areas = float(np.prod(mine[2:] - mine[:2])), float(np.prod(boxes[other][2:] - boxes[other][:2]))
        iou, part = overlap / max(sum(areas) - overlap, 1e-9), overlap / max(min(areas), 1e-9)
        if iou > 0.7 or (part > 0.9 and iou > 0.4 and labels[detection] == labels[other]):
            return True
    return False


def _start(place: int, detection: int, box: Float[Array, "4"], frame: AnalysedFrame) -> _Candidate:
    track = _Candidate(
        motion=MotionModel(box),
        histogram=frame.histograms[detection],
        label=frame.detections.labels[detection],
        last_time=frame.time,
    )
    track.take(place, detection, box, frame)
    return track


def _gains(
    tracks: Sequence[_Candidate],
    pool: Int[Array, " pool"],
    boxes: Float[Array, "boxes 4"],
    frame: AnalysedFrame,
    least: float,
    config: TrackerConfig,
) -> Float[Array, "tracks pool"]:
    """How well each track fits each detection of a pool; 0 where they are out of question."""
    if not tracks or not len(pool):
        return np.zeros((len(tracks), len(pool)))
    predicted = np.stack([track.motion.box() for track in tracks])
    overlap = box_iou(_grow(predicted, config.growth), _grow(boxes[pool], config.growth))
    likeness = np.stack([track.histogram for track in tracks]) @ frame.histograms[pool].T
    differs = np.array([[track.label != frame.detections.labels[d] for d in pool] for track in tracks])
    gain = overlap + config.appearance_weight * likeness - config.label_cost * differs
    gain += np.array([[0.02 * min(len(track.members), 5)] for track in tracks])  # of two claims the older one
    return np.where(overlap >= least, np.maximum(gain, 1e-6), 0.0)


def _assign(gain: Float[Array, "rows columns"]) -> list[tuple[int, int]]:
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(gain, maximize=True)
    pairs = zip(rows.tolist(), columns.tolist(), strict=True)
    return [(row, column) for row, column in pairs if gain[row, column] > 0]


def _grow(boxes: Float[Array, "boxes 4"], share: float) -> Float[Array, "boxes 4"]:
    margin = share * (boxes[:, 2:] - boxes[:, :2])
    return np.concatenate([boxes[:, :2] - margin, boxes[:, 2:] + margin], axis=1)


def stabilise(boxes: Float[Array, "boxes 4"], camera: Camera) -> Float[Array, "boxes 4"]:
    """Boxes of a frame in the coordinates of the first frame of its shot."""
    return np.asarray(camera.scale * boxes.astype(np.float64) + np.array([camera.dx, camera.dy] * 2))


def _unstabilise(boxes: Float[Array, "boxes 4"], camera: Camera) -> Float[Array, "boxes 4"]:
    return np.asarray((boxes - np.array([camera.dx, camera.dy] * 2)) / camera.scale)


def _finish(track: _Candidate, frames: Sequence[AnalysedFrame], shot: int) -> ObjectTrack:
    """Fill the gaps, vote on the label, average the colours."""
    seen_places = np.array([place for place, _ in track.members])
    members = [(frames[place], detection) for place, detection in track.members]
    places = np.arange(seen_places[0], seen_places[-1] + 1)
    times = np.array([frames[place].time for place in places])
    seen_times = np.array([frame.time for frame, _ in members])
    stable = np.stack([stabilise(f.detections.boxes[d : d + 1], f.camera)[0] for f, d in members])
    stable = np.stack([np.interp(times, seen_times, stable[:, edge]) for edge in range(4)], axis=1)
    seen = np.isin(places, seen_places)
    boxes = np.stack([_unstabilise(stable[i : i + 1], frames[p].camera)[0] for i, p in enumerate(places)])
    votes: dict[str, float] = {}
    for frame, detection in members:
        label = frame.detections.labels[detection]
        votes[label] = votes.get(label, 0.0) + float(frame.detections.scores[detection])
    scores = np.array([float(frame.detections.scores[detection]) for frame, detection in members])
    return ObjectTrack(
        number=0,
        shot=shot,
        label=max(votes, key=lambda label: votes[label]),
        places=places,
        times=times,
        boxes=np.clip(boxes, 0.0, 1.0),
        scores=np.where(seen, np.interp(places, seen_places, scores), 0.5 * _lower_end(places, seen_places, scores)),
        seen=seen,
        stable_boxes=stable,
        colours=np.mean([frame.colours[detection] for frame, detection in members], axis=0),
    )


def _lower_end(
    places: Int[Array, " steps"], seen_places: Int[Array, " seen"], scores: Float[Array, " seen"]
) -> Float[Array, " steps"]:
    """The lower of the scores before and after each place."""
    before = np.searchsorted(seen_places, places, side="right") - 1
    after = np.searchsorted(seen_places, places, side="left")
    return np.asarray(np.minimum(scores[before], scores[after]))

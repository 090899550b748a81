"""From frame to frame: which detection continues which track (our definition, after ByteTrack, Zhang et al. 2022).

Everything happens in the coordinates of the shot's first frame, so that a moving camera does not move objects.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from finsta.shapes import Array, Bool, Float, Int
from finsta.video.detectors.detection import box_iou
from finsta.video.tracking.motion_model import MotionModel
from finsta.video.tracking.packed import PackedFrames
from finsta.video.tracking.tracks import AnalysedFrame, TrackerConfig, stabilise


@dataclass(kw_only=True, eq=False)
class Candidate:
    """A track in the making: places and detections in them, the state of its filter, its last two boxes."""

    motion: MotionModel
    histogram: Float[Array, " bins"]
    label: str
    last_time: float
    _places: "array[int]" = field(default_factory=lambda: array("i"))
    _detections: "array[int]" = field(default_factory=lambda: array("i"))
    recent: list[tuple[float, Float[Array, "4"]]] = field(default_factory=list)

    def __len__(self) -> int:
        """Detections that belong to it."""
        return len(self._places)

    @property
    def places(self) -> Int[Array, " seen"]:
        """Rising places in the shot of the frames of its detections."""
        return np.array(self._places, np.int64)

    @property
    def detections(self) -> Int[Array, " seen"]:
        """Index of each of its detections in its frame."""
        return np.array(self._detections, np.int64)

    @property
    def first(self) -> tuple[int, int]:
        """Place and index of its first detection."""
        return self._places[0], self._detections[0]

    def extend(self, later: "Candidate") -> None:
        """Take over the detections of a track that continues it."""
        self._places += later._places
        self._detections += later._detections
        self.last_time = later.last_time

    def keep(self, which: Bool[Array, " seen"]) -> None:
        """Drop the other detections."""
        self._places = array("i", self.places[which].tolist())
        self._detections = array("i", self.detections[which].tolist())

    def take(self, place: int, detection: int, box: Float[Array, "4"], frame: AnalysedFrame) -> None:
        """Continue with a detection, whose box is in the coordinates of the shot's first frame."""
        if self._places:
            self.motion.update(box)
        self._places.append(place)
        self._detections.append(detection)
        self.last_time = frame.time
        self.recent = [*self.recent[-1:], (frame.time, np.asarray(box, np.float64))]
        # The label of the best detection in a row; the vote comes at the end.
        self.label = frame.detections.labels[detection]
        blended = 0.8 * self.histogram + 0.2 * frame.histograms[detection]
        self.histogram = blended / max(float(np.linalg.norm(blended)), 1e-6)

    def guesses(self, time: float) -> Float[Array, "guesses 4"]:
        """Where it may be now: as the filter believes; straight on from its last two boxes; where it was last."""
        last_time, last = self.recent[-1]
        straight = last
        if len(self.recent) == 2 and time - last_time < 0.5:
            before, box = self.recent[0]
            straight = last + (last - box) * min((time - last_time) / max(last_time - before, 1e-6), 3.0)
        return np.stack([self.motion.box(), straight, last])


def candidates(frames: PackedFrames, usual: float, config: TrackerConfig) -> list[Candidate]:
    """The tracks of one shot that have detections enough, as far as gaps are bridged.

    Args:
        frames: The analysed frames of the shot, in order of time.
        usual: The usual best score; see :class:`TrackerConfig`.
        config: Thresholds.
    """
    live: list[Candidate] = []
    done: list[Candidate] = []
    before = frames[0].time if len(frames) else 0.0
    for place, frame in enumerate(frames):
        alive = [frame.time - track.last_time <= config.longest_gap + 1e-6 for track in live]
        done += [track for track, is_alive in zip(live, alive, strict=True) if not is_alive]
        live = [track for track, is_alive in zip(live, alive, strict=True) if is_alive]
        for track in live:
            track.motion.predict(frame.time - before)
        live += _advance(live, place, frame, before, usual, config)
        before = frame.time
    return [track for track in done + live if _convinces(track, frames, usual, config)]


def _convinces(track: Candidate, frames: PackedFrames, usual: float, config: TrackerConfig) -> bool:
    """Whether there are detections enough, sure enough and dense enough, for a track; few frames ask for less."""
    needed = min(config.fewest_detections, (len(frames) + 1) // 2)
    places = track.places
    evidence = sum(frames.scores(places, track.detections).tolist()) / max(usual, 1e-9)
    density = len(track) / (int(places[-1] - places[0]) + 1)
    short = needed < config.fewest_detections
    return len(track) >= needed and (short or evidence * density >= config.least_evidence)


def _advance(
    live: list[Candidate], place: int, frame: AnalysedFrame, before: float, usual: float, config: TrackerConfig
) -> list[Candidate]:
    """Give a frame's detections to the tracks; return the tracks that start here."""
    boxes, scores = stabilise(frame.detections.boxes, frame.camera), frame.detections.scores
    sure = np.flatnonzero(scores >= config.high_score * usual)
    doubtful = np.flatnonzero((scores < config.high_score * usual) & (scores >= config.low_score * usual))
    recent = {id(track) for track in live if track.last_time >= before - 1e-6}
    taken: dict[int, int] = {}

    def give(who: list[Candidate], pool: Int[Array, " pool"], gain: Float[Array, "tracks pool"]) -> None:
        for row, column in assign(gain):
            detection = int(pool[column])
            who[row].take(place, detection, boxes[detection], frame)
            taken[id(who[row])] = detection

    for pool, least, may in ((sure, 0, live), (doubtful, 1, [track for track in live if id(track) in recent])):
        free = [track for track in may if id(track) not in taken]
        give(free, pool, _gains(free, pool, boxes, frame, config.least_overlap[least], config))
    free = [track for track in live if id(track) not in taken]
    rest = np.array([detection for detection in sure if detection not in taken.values()], int)
    give(free, rest, _gains_by_looks(free, rest, boxes, frame, config))
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


def _start(place: int, detection: int, box: Float[Array, "4"], frame: AnalysedFrame) -> Candidate:
    track = Candidate(
        motion=MotionModel(box),
        histogram=frame.histograms[detection],
        label=frame.detections.labels[detection],
        last_time=frame.time,
    )
    track.take(place, detection, box, frame)
    return track


def _gains(
    tracks: Sequence[Candidate],
    pool: Int[Array, " pool"],
    boxes: Float[Array, "boxes 4"],
    frame: AnalysedFrame,
    least: float,
    config: TrackerConfig,
) -> Float[Array, "tracks pool"]:
    """How well each track fits each detection of a pool by place; 0 where they are out of question."""
    if not tracks or not len(pool):
        return np.zeros((len(tracks), len(pool)))
    guesses = np.stack([track.guesses(frame.time) for track in tracks])  # [tracks, guesses, 4]
    grown = _grow(boxes[pool], config.growth)
    overlaps = np.stack([box_iou(_grow(guesses[:, guess], config.growth), grown) for guess in range(guesses.shape[1])])
    # The filter's belief counts in full, the others a little less: of two claims the smoother one.
    overlap = np.max(overlaps * np.array([1.0, 0.9, 0.8])[:, None, None], axis=0)
    likeness, differs = _looks(tracks, pool, frame)
    gain = overlap + config.appearance_weight * likeness - config.label_cost * differs
    gain += np.array([[0.02 * min(len(track), 5)] for track in tracks])  # of two claims the older one
    return np.where(overlap >= least, np.maximum(gain, 1e-6), 0.0)


def _gains_by_looks(
    tracks: Sequence[Candidate],
    pool: Int[Array, " pool"],
    boxes: Float[Array, "boxes 4"],
    frame: AnalysedFrame,
    config: TrackerConfig,
) -> Float[Array, "tracks pool"]:
    """The same for what is out of reach of every guess: same label, like looks, and no faster than things can be."""
    if not tracks or not len(pool):
        return np.zeros((len(tracks), len(pool)))
    guesses = np.stack([track.guesses(frame.time) for track in tracks])
    centres = (guesses[..., :2] + guesses[..., 2:]) / 2
    sizes = np.sqrt(np.maximum((guesses[:, -1, 2:] - guesses[:, -1, :2]).prod(1), 1e-9))
    found = (boxes[pool, :2] + boxes[pool, 2:]) / 2
    distance = np.linalg.norm(centres[:, :, None] - found[None, None], axis=3).min(1) / sizes[:, None]
    seconds = np.array([[frame.time - track.last_time] for track in tracks])
    likeness, differs = _looks(tracks, pool, frame)
    possible = (likeness >= config.look_alike) & ~differs & (distance < config.top_speed * seconds)
    return np.where(possible, np.maximum(likeness - 0.1 * distance, 1e-6), 0.0)


def _looks(
    tracks: Sequence[Candidate], pool: Int[Array, " pool"], frame: AnalysedFrame
) -> tuple[Float[Array, "tracks pool"], Array]:
    """Likeness of looks, and whether the labels differ."""
    likeness = np.stack([track.histogram for track in tracks]) @ frame.histograms[pool].T
    differs = np.array([[track.label != frame.detections.labels[d] for d in pool] for track in tracks])
    return np.asarray(likeness, np.float64), differs


def assign(gain: Float[Array, "rows columns"]) -> list[tuple[int, int]]:
    """The pairs of rows and columns of the greatest total gain; those of no gain are left out."""
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(gain, maximize=True)
    pairs = zip(rows.tolist(), columns.tolist(), strict=True)
    return [(row, column) for row, column in pairs if gain[row, column] > 0]


def _grow(boxes: Float[Array, "boxes 4"], share: float) -> Float[Array, "boxes 4"]:
    margin = share * (boxes[:, 2:] - boxes[:, :2])
    return np.concatenate([boxes[:, :2] - margin, boxes[:, 2:] + margin], axis=1)

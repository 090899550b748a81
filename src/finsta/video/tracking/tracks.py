"""What goes into tracking and what comes out of it: frames with their detections, and objects through a shot."""

from dataclasses import dataclass, replace

import numpy as np

from finsta.graphs.dynamic import Camera
from finsta.shapes import Array, Bool, Float, Int
from finsta.video.detectors.detection import Detections


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
    # What such a track needs: sum of its scores, in usual best ones, times the share of its frames with a detection.
    least_evidence: float = 1.5
    # Share by which boxes grow on each side before they are compared, so that fast small objects still overlap.
    growth: float = 0.3
    # Least grown overlap between prediction and detection, for sure detections and for doubtful ones.
    least_overlap: tuple[float, float] = (0.12, 0.4)
    # How much likeness of looks counts against overlap: a tie breaker.
    appearance_weight: float = 0.4
    # What another label costs.
    label_cost: float = 0.3
    # Likeness of looks from which a detection out of reach of every prediction may continue a track, by looks alone.
    look_alike: float = 0.75
    # Sizes a second that an object may move when it is found by its looks alone.
    top_speed: float = 15.0
    # Likeness of mean looks from which a track that starts is taken for one that ended more than a gap ago.
    same_look: float = 0.85
    # Sizes a second that an object may have moved while it was gone.
    unseen_speed: float = 2.0


@dataclass(frozen=True, kw_only=True, eq=False)
class AnalysedFrame:
    """What tracking needs to know of a frame; the image is gone.

    Attributes:
        time: Seconds.
        camera: From this frame to the first of the shot.
        detections: What was found.
        histograms: The look of each detection: a colour histogram, or any vector of length one; dot products of like
            ones are near 1, those of unlike ones lower.
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
        absent: Steps at which the object is gone, between two stretches of time that belong to one identity by looks;
            the boxes there are interpolated and mean nothing. ``None`` where it is there all the time.
        likeness: How much each detection looks like the track as a whole, in [0, 1]; interpolated where unseen. Low
            where something else hides the object. ``None`` where looks are unknown.
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
    absent: Bool[Array, " steps"] | None = None
    likeness: Float[Array, " steps"] | None = None

    def at(self, place: int) -> int | None:
        """The step at which the track is in the given analysed frame of the shot."""
        step = place - int(self.places[0])
        there = 0 <= step < len(self.places) and not (self.absent is not None and self.absent[step])
        return step if there else None

    def stretches(self) -> "list[ObjectTrack]":
        """The track in pieces, each without a time in which the object is gone; the number is that of the whole."""
        if self.absent is None or not self.absent.any():
            return [self]
        edges = np.flatnonzero(np.diff(np.concatenate([[True], self.absent, [True]]).astype(int)))
        return [self._piece(slice(first, stop)) for first, stop in zip(edges[::2], edges[1::2], strict=True)]

    def _piece(self, steps: slice) -> "ObjectTrack":
        return replace(
            self,
            places=self.places[steps],
            times=self.times[steps],
            boxes=self.boxes[steps],
            scores=self.scores[steps],
            seen=self.seen[steps],
            stable_boxes=self.stable_boxes[steps],
            absent=None,
            likeness=None if self.likeness is None else self.likeness[steps],
        )


def stabilise(boxes: Float[Array, "boxes 4"], camera: Camera) -> Float[Array, "boxes 4"]:
    """Boxes of a frame in the coordinates of the first frame of its shot."""
    return np.asarray(camera.scale * boxes.astype(np.float64) + np.array([camera.dx, camera.dy] * 2))


def stabilise_each(boxes: Float[Array, "boxes 4"], cameras: Float[Array, "boxes 3"]) -> Float[Array, "boxes 4"]:
    """:func:`stabilise` of boxes of several frames, each with the scale, dx and dy of its camera."""
    return np.asarray(cameras[:, :1] * boxes.astype(np.float64) + cameras[:, [1, 2, 1, 2]])


def unstabilise_each(boxes: Float[Array, "boxes 4"], cameras: Float[Array, "boxes 3"]) -> Float[Array, "boxes 4"]:
    """The inverse of :func:`stabilise_each`."""
    return np.asarray((boxes - cameras[:, [1, 2, 1, 2]]) / cameras[:, :1])

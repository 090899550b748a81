"""What is kept of each analysed frame once its picture is gone: detections, their looks, and the look of the whole."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from finsta.shapes import Array, Float, Image, UInt8
from finsta.video.appearance import colour_shares, histograms
from finsta.video.detectors.detection import Detector
from finsta.video.key_frames import look
from finsta.video.survey import SurveyedFrame
from finsta.video.tracking import AnalysedFrame, PackedFrames

if TYPE_CHECKING:
    from finsta.video.region_encoders import RegionEncoder

BATCH = 8
"""Frames that a detector sees at once, where it does not say."""


@dataclass(kw_only=True)
class ShotRecord:
    """The analysed frames of one shot.

    Attributes:
        shot: Its number.
        frames: What tracking needs of each.
    """

    shot: int
    frames: PackedFrames = field(default_factory=PackedFrames)
    _looks: bytearray = field(default_factory=bytearray)

    def add(self, frame: AnalysedFrame, look: Float[Array, " numbers"]) -> None:
        """Append a frame; its look is kept in bytes, since a video may be hours long."""
        self.frames.append(frame)
        self._looks += np.round(look * 255).astype(np.uint8).tobytes()

    def looks(self) -> UInt8[Array, "frames numbers"]:
        """:func:`finsta.video.key_frames.look` of each frame, in 255ths."""
        return np.frombuffer(bytes(self._looks), np.uint8).reshape(len(self.frames), -1)

    def times(self) -> Float[Array, " frames"]:
        """Seconds."""
        return self.frames.times()

    def clear(self) -> None:
        """Forget the frames: detections and looks have done their work when there are tracks and key frames."""
        self.frames, self._looks = PackedFrames(), bytearray()


def observe(
    frames: Iterable[SurveyedFrame], detector: Detector, *, encoder: "RegionEncoder | None" = None
) -> list[ShotRecord]:
    """Detect in every frame, never across a cut; shots without an analysed frame are left out.

    Args:
        frames: In order of time.
        detector: Finds the objects.
        encoder: By which tracks are told apart; colour histograms where not given.
    """
    found: list[ShotRecord] = []
    for shot, batch in _batches(frames, getattr(detector, "batch_size", BATCH)):
        if not found or found[-1].shot != shot:
            detector.reset()
            if found:
                found[-1].frames.pack()
            found.append(ShotRecord(shot=shot))
        detections = detector.detect([surveyed.frame for surveyed in batch])
        images = [surveyed.frame.image for surveyed in batch]
        looks = _looks(images, [detected.boxes for detected in detections], encoder)
        for surveyed, detected, image, rows in zip(batch, detections, images, looks, strict=True):
            frame = AnalysedFrame(
                time=surveyed.frame.time,
                camera=surveyed.camera,
                detections=detected,
                # In half precision, which is more than they need: a video may be hours long.
                histograms=rows.astype(np.float16),
                colours=colour_shares(image, detected.boxes).astype(np.float16),
            )
            found[-1].add(frame, look(image))
    return found


def _looks(
    images: Sequence[Image], boxes: Sequence[Float[Array, "_ 4"]], encoder: "RegionEncoder | None"
) -> list[Float[Array, "_ numbers"]]:
    """What the boxes of each picture look like, one row of length one a box."""
    if encoder is not None:
        return encoder.encode(images, boxes)
    return [histograms(image, given) for image, given in zip(images, boxes, strict=True)]


def _batches(frames: Iterable[SurveyedFrame], size: int) -> Iterator[tuple[int, Sequence[SurveyedFrame]]]:
    """Consecutive frames of one shot, ``size`` at a time, with the number of the shot."""
    batch: list[SurveyedFrame] = []
    for frame in frames:
        if batch and (frame.shot != batch[0].shot or len(batch) == size):
            yield batch[0].shot, batch
            batch = []
        batch.append(frame)
    if batch:
        yield batch[0].shot, batch

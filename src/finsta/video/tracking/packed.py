"""The analysed frames of a shot in few arrays: a video may be hours long, and objects for each frame would weigh more.

Frames are gathered as they come and packed ``BLOCK`` at a time, so that no array ever has to grow or be copied whole.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np

from finsta.graphs.dynamic import Camera
from finsta.shapes import Array, Float, Int
from finsta.video.detectors.detection import Detections
from finsta.video.tracking.tracks import AnalysedFrame

BLOCK = 256
"""Frames that are packed at once."""


@dataclass(frozen=True, kw_only=True, eq=False)
class _Block:
    """Consecutive frames; those of a frame are ``rows offsets[frame] ≤ row < offsets[frame + 1]``."""

    times: Float[Array, " frames"]
    cameras: Float[Array, "frames 3"]
    offsets: Int[Array, " frames+1"]
    boxes: Float[Array, "rows 4"]
    scores: Float[Array, " rows"]
    labels: Int[Array, " rows"]
    histograms: Float[Array, "rows bins"]
    colours: Float[Array, "rows colours"]


class PackedFrames(Sequence[AnalysedFrame]):
    """A sequence of frames that keeps numbers only. A frame that is asked for is made anew, as views of its rows.

    The columns of many detections are read at once by their place in the sequence and their index in the frame.
    """

    def __init__(self, frames: Iterable[AnalysedFrame] = ()) -> None:
        self._blocks: list[_Block] = []
        self._starts: list[int] = []
        self._waiting: list[AnalysedFrame] = []
        self._length = 0
        self._names: dict[str, int] = {}
        for frame in frames:
            self.append(frame)

    @classmethod
    def of(cls, frames: Sequence[AnalysedFrame]) -> "PackedFrames":
        """The frames packed, where they are not."""
        return frames if isinstance(frames, PackedFrames) else cls(frames)

    def append(self, frame: AnalysedFrame) -> None:
        """Add a frame at the end; its arrays are copied when its block is full."""
        self._waiting.append(frame)
        self._length += 1
        if len(self._waiting) == BLOCK:
            self.pack()

    def pack(self) -> None:
        """Pack what waits for its block to be full, as at the end of a shot."""
        if self._waiting:
            self._starts.append(self._length - len(self._waiting))
            self._blocks.append(self._packed(self._waiting))
            self._waiting = []

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, place: int) -> AnalysedFrame: ...
    @overload
    def __getitem__(self, place: slice) -> list[AnalysedFrame]: ...
    def __getitem__(self, place: int | slice) -> AnalysedFrame | list[AnalysedFrame]:
        if isinstance(place, slice):
            return [self[index] for index in range(*place.indices(len(self)))]
        place = range(len(self))[place]
        self.pack()
        number = bisect_right(self._starts, place) - 1
        return self._frame(self._blocks[number], place - self._starts[number], list(self._names))

    def __iter__(self) -> Iterator[AnalysedFrame]:
        self.pack()
        names = list(self._names)
        for block in self._blocks:
            for index in range(len(block.times)):
                yield self._frame(block, index, names)

    def times(self) -> Float[Array, " frames"]:
        """Seconds, of every frame."""
        self.pack()
        return np.concatenate([block.times for block in self._blocks]) if self._blocks else np.zeros(0)

    def best_scores(self) -> list[float]:
        """The best score of each frame in which something was found."""
        self.pack()
        bounds = [
            (block, pair) for block in self._blocks for pair in zip(block.offsets, block.offsets[1:], strict=False)
        ]
        return [float(block.scores[first:last].max()) for block, (first, last) in bounds if last > first]

    def cameras(self, places: Int[Array, " steps"]) -> Float[Array, "steps 3"]:
        """Scale, dx and dy of the camera of each frame; places rise."""
        return np.concatenate([block.cameras[inside] for block, inside, _ in self._parts(places)])

    def boxes(self, places: Int[Array, " seen"], detections: Int[Array, " seen"]) -> Float[Array, "seen 4"]:
        """Boxes of detections; as in all that follows, places rise."""
        return self._column("boxes", places, detections)

    def scores(self, places: Int[Array, " seen"], detections: Int[Array, " seen"]) -> Float[Array, " seen"]:
        """Their scores, in double precision."""
        return self._column("scores", places, detections).astype(np.float64)

    def histograms(self, places: Int[Array, " seen"], detections: Int[Array, " seen"]) -> Float[Array, "seen bins"]:
        """Their looks, in the precision in which they came."""
        return self._column("histograms", places, detections)

    def colours(self, places: Int[Array, " seen"], detections: Int[Array, " seen"]) -> Float[Array, "seen colours"]:
        """Their shares of named colours, in the precision in which they came."""
        return self._column("colours", places, detections)

    def labels(self, places: Int[Array, " seen"], detections: Int[Array, " seen"]) -> list[str]:
        """Their labels."""
        names = list(self._names)
        return [names[number] for number in self._column("labels", places, detections).tolist()]

    def _column(self, name: str, places: Int[Array, " seen"], detections: Int[Array, " seen"]) -> Array:
        return np.concatenate(
            [
                getattr(block, name)[block.offsets[inside] + detections[which]]
                for block, inside, which in self._parts(places)
            ]
        )

    def _parts(self, places: Int[Array, " some"]) -> Iterator[tuple[_Block, Int[Array, " few"], slice]]:
        """The blocks that rising places lie in, with the places inside each and which of all they are."""
        self.pack()
        bounds = np.searchsorted(places, [*self._starts[1:], self._length]).tolist()
        for block, start, first, last in zip(self._blocks, self._starts, [0, *bounds], bounds, strict=False):
            if last > first:
                yield block, places[first:last] - start, slice(first, last)

    def _packed(self, frames: Sequence[AnalysedFrame]) -> _Block:
        some = [frame for frame in frames if len(frame.detections)] or frames[:1]
        numbers = [
            self._names.setdefault(label, len(self._names)) for frame in frames for label in frame.detections.labels
        ]
        cameras = [(frame.camera.scale, frame.camera.dx, frame.camera.dy) for frame in frames]
        return _Block(
            times=np.array([frame.time for frame in frames], np.float64),
            cameras=np.array(cameras, np.float64),
            offsets=np.cumsum([0, *(len(frame.detections) for frame in frames)]),
            boxes=np.concatenate([frame.detections.boxes for frame in some]),
            scores=np.concatenate([frame.detections.scores for frame in some]),
            labels=np.array(numbers, np.int32),
            histograms=np.concatenate([frame.histograms for frame in some]),
            colours=np.concatenate([frame.colours for frame in some]),
        )

    @staticmethod
    def _frame(block: _Block, index: int, names: Sequence[str]) -> AnalysedFrame:
        rows = slice(int(block.offsets[index]), int(block.offsets[index + 1]))
        scale, dx, dy = block.cameras[index].tolist()
        labels = tuple(names[number] for number in block.labels[rows].tolist())
        return AnalysedFrame(
            time=float(block.times[index]),
            camera=Camera(scale=scale, dx=dx, dy=dy),
            detections=Detections(boxes=block.boxes[rows], scores=block.scores[rows], labels=labels),
            histograms=block.histograms[rows],
            colours=block.colours[rows],
        )

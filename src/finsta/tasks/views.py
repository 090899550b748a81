"""Frames of videos as a host reads them, from several clips and crops of each where a task asks for it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from finsta.data.clips import ClipCache
from finsta.errors import InputError
from finsta.shapes import Array, Float, Image, Tensor, UInt8
from finsta.tasks.encoding import clip_cache
from finsta.tasks.settings import Progress, TaskSettings
from finsta.transfer.hosts import Host
from finsta.video.segments import Segment


@dataclass(frozen=True, kw_only=True)
class Views:
    """How often a video is looked at; predictions are averaged over all.

    Attributes:
        clips: Samplings in time. Of T frames, frame i of clip k of K is taken at the share (i + (k + 1/2) / K) / T of
            the video: every clip spans all of it, and no two read the same frame.
        crops: Cuts of each frame. With one, the host's own processor does as it does. With more, squares as large as
            the shorter side are cut from one end of the longer side to the other, at equal distances.
    """

    clips: int = 1
    crops: int = 1

    def __post_init__(self) -> None:
        """Refuse what cannot be.

        Raises:
            InputError: if a number is not positive.
        """
        if self.clips < 1 or self.crops < 1:
            raise InputError(f"expected 1 or more clips and crops, found {self.clips} and {self.crops}")


@dataclass(frozen=True, kw_only=True)
class Clips:
    """Videos that decode, as one host reads them.

    Attributes:
        host: Who reads.
        caches: The frames of each crop.
        views: How many clips and crops.
        readable: The videos that decode.
        failed: The others, and why.
    """

    host: Host
    caches: tuple[ClipCache, ...]
    views: Views
    readable: tuple[Segment, ...]
    failed: Mapping[Segment, str]

    def pixels(self, segments: Sequence[Segment]) -> Float[Tensor, "videos frames 3 height width"]:
        """The first view of some of the readable videos."""
        return next(self.each_view(segments))

    def each_view(self, segments: Sequence[Segment]) -> Iterator[Float[Tensor, "videos frames 3 height width"]]:
        """One view of all of them after the other: crop by crop, and within each clip by clip."""
        for cache in self.caches:
            frames = cache.clips(segments)
            for clip in range(self.views.clips):
                yield self.host.normalise(np.ascontiguousarray(frames[:, clip :: self.views.clips]))

    @property
    def skipped(self) -> dict[str, str]:
        """Videos that do not decode, and why."""
        return {str(segment): reason for segment, reason in self.failed.items()}


@contextmanager
def open_clips(
    host: Host, segments: Sequence[Segment], settings: TaskSettings, *, views: Views = Views()
) -> Iterator[Clips]:
    """Decode videos once; their frames stay in the settings' folder, or until the end of the block.

    Raises:
        InputError: if not one video decodes.
    """
    wanted = list(dict.fromkeys(segments))
    with TemporaryDirectory(prefix="finsta-clips-") as temporary:
        folder = settings.cache or Path(temporary)
        caches = tuple(_cache(host, folder, views, crop) for crop in range(views.crops))
        failed: dict[Segment, str] = {}
        for number, cache in enumerate(caches):
            failed |= cache.fill(wanted, progress=_part(settings.progress, number, len(caches)))
        readable = tuple(segment for segment in wanted if segment not in failed)
        if not readable:
            reason = next(iter(failed.values()), "there is no video")
            raise InputError(f"expected videos that decode, found none among {len(wanted)}: {reason}")
        yield Clips(host=host, caches=caches, views=views, readable=readable, failed=failed)


def cut(image: Image, crop: int, crops: int) -> UInt8[Array, "side side 3"]:
    """A square as large as the shorter side, the ``crop``-th of ``crops`` along the longer side."""
    height, width = image.shape[:2]
    side = min(height, width)
    place = round((max(height, width) - side) * (crop / (crops - 1) if crops > 1 else 0.5))
    return image[place : place + side] if height > width else image[:, place : place + side]


def _cache(host: Host, folder: Path, views: Views, crop: int) -> ClipCache:
    if views == Views():
        return clip_cache(host, folder)
    frames = host.num_frames * views.clips
    if views.crops == 1:
        return ClipCache(folder, frames=frames, prepare=host.prepare, geometry=host.geometry)
    geometry = f"{host.geometry} crop {crop} of {views.crops}"
    prepare = partial(_prepare_cut, host, crop, views.crops)
    return ClipCache(folder, frames=frames, prepare=prepare, geometry=geometry)


def _prepare_cut(
    host: Host, crop: int, crops: int, images: Sequence[Image]
) -> UInt8[Array, "frames host_height host_width 3"]:
    return host.prepare([np.ascontiguousarray(cut(image, crop, crops)) for image in images])


def _part(progress: Progress, number: int, parts: int) -> Progress:
    return lambda done, total: progress(number * total + done, parts * total)

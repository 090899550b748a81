"""A split of a data set: its samples, one at a time, and where their videos are."""

from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path

from finsta.data.datasets.check import DataCheck, check_split, repeated
from finsta.data.datasets.description import DatasetSpec, Located, Task
from finsta.data.datasets.files import AnnotationFiles
from finsta.data.datasets.pairing import pairs_of
from finsta.data.datasets.table import known_name
from finsta.data.datasets.videos import VideoFiles
from finsta.data.pairs import Pair
from finsta.data.samples import Sample
from finsta.errors import FormatError, InputError
from finsta.video.segments import Segment


class Dataset:
    """One split of one variant; what :func:`~finsta.data.datasets.open_dataset` gives.

    Nothing is read before it is asked for, and samples are never held: each call of :meth:`samples` reads the files
    anew.

    Args:
        spec: The data set.
        variant: Name of one of its variants.
        split: Name of one of the variant's splits.
        root: Where the annotation files are.
        videos: Where the videos are; None where there are none.

    Raises:
        InputError: if the root is not there.
    """

    def __init__(
        self, spec: DatasetSpec, *, variant: str, split: str, root: Path, videos: VideoFiles | None = None
    ) -> None:
        self.spec = spec
        self.variant = variant
        self.split = split
        self.videos = videos
        self.files = AnnotationFiles(
            root,
            folders=(*spec.variants[variant].folders, spec.name),
            foreign=lambda folder: known_name(folder) not in (None, spec.name),
        )

    @property
    def name(self) -> str:
        """Such as ``msrvtt``."""
        return self.spec.name

    @property
    def task(self) -> tuple[Task, ...]:
        """The tasks that it serves."""
        return self.spec.variants[self.variant].tasks

    @property
    def protocol(self) -> str:
        """What is evaluated on what."""
        return self.spec.variants[self.variant].protocol

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """Class names in the order of their indices; none where the task has none.

        Raises:
            InputError: if the file that tells them is not there.
            FormatError: if it is of another form.
        """
        read = self.spec.variants[self.variant].classes
        return self.files.keep(read) if read is not None else ()

    def samples(self) -> Iterator[Sample]:
        """The samples, in the order of the file, one at a time; a number is kept for each id.

        Raises:
            InputError: if a file is not there.
            FormatError: names file, line and remedy of the first entry that cannot be used, or of an id that stands
                there twice; the samples before have been given.
        """
        seen: set[int] = set()
        for where, sample in self.located(self.files):
            key = hash(sample.id)
            if key in seen:
                raise FormatError(repeated(where, sample))
            seen.add(key)
            yield sample

    def located(self, files: AnnotationFiles) -> Iterator[Located]:
        """The samples with the place in the file where each stands; ids may stand there twice.

        Raises:
            InputError: if a file is not there.
            FormatError: if it is of another form, or an entry cannot be used and ``files`` collects no faults.
        """
        return self.spec.variants[self.variant].read(files, self.split)

    def segment(self, sample: Sample) -> Segment | None:
        """Where a sample's video is, and which part of it is meant; None if the video is missing.

        A video that lies in a tar shard is copied into the cache folder of the videos, the first time.

        Raises:
            InputError: if no folder of videos was given.
            OutputError: if the cache folder cannot be written.
        """
        if self.spec.paths:
            path = self._by_path(sample)
            return Segment(path, sample.start, sample.end) if path.is_file() else None
        videos = self._videos()
        for name in self.spec.video_names(sample):
            if (found := videos.find(name.stem)) is not None:
                return Segment(found, name.start, name.end)
        return None

    def has_video(self, sample: Sample) -> bool:
        """Whether a sample's video is there; unlike :meth:`segment`, nothing is taken out of shards."""
        if self.spec.paths:
            return self._by_path(sample).is_file()
        videos = self._videos()
        return any(name.stem in videos for name in self.spec.video_names(sample))

    def check(self, *, decode: bool = False, progress: Callable[[int], None] | None = None) -> DataCheck:
        """Read all of the split and compare it with the official counts; faults of entries are told, not raised.

        Args:
            decode: Whether to decode the first frame of every video that is there, which takes its time.
            progress: Told the number of videos looked at, after each.

        Raises:
            InputError: if a file is not there.
            FormatError: if a file is of another form, or broken.
        """
        return check_split(self, decode=decode, progress=progress)

    def pairs(self, *, missing: Callable[[str], None] | None = None, limit: int = 0) -> Iterator[Pair]:
        """The samples as pairs of video and text, for training and retrieval; see :func:`pairs_of`."""
        return pairs_of(self, missing=missing, limit=limit)

    @property
    def knows_videos(self) -> bool:
        """Whether it is known where videos would be."""
        return self.videos is not None or self.spec.paths

    def _by_path(self, sample: Sample) -> Path:
        root = self.files.root
        folder = root if root.is_dir() else root.parent
        return (folder if self.videos is None else self.videos.root) / sample.video

    def _videos(self) -> VideoFiles:
        if self.videos is None:
            raise InputError(
                f"{self.spec.title}: expected a folder of videos, none was given; give `videos`, or --videos"
            )
        return self.videos

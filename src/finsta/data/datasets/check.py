"""Whether a split on disk is the published one: counts, ids that stand there twice, labels outside, missing videos."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from finsta.data.datasets.description import Official
from finsta.data.datasets.files import Fault, MissingFileError
from finsta.data.samples import Sample
from finsta.errors import VideoError

if TYPE_CHECKING:
    from finsta.data.datasets.dataset import Dataset

COUNTED = ("samples", "videos", "captions", "distinct_captions", "classes")
"""What is counted, by the fields of :class:`~finsta.data.datasets.description.Official`."""


@dataclass(frozen=True, kw_only=True)
class Count:
    """How many were found and how many there should be; None where nobody says."""

    what: str
    found: int
    official: int | None

    @property
    def differs(self) -> bool:
        """Whether there should be another number."""
        return self.official is not None and self.official != self.found


@dataclass(frozen=True, kw_only=True)
class DataCheck:
    """What was found of a split.

    Attributes:
        name: Of the data set.
        split: Of the data set.
        variant: Of the data set.
        task: The tasks that it serves.
        protocol: What is evaluated on what.
        metric: What is reported.
        source: Where the protocol is from.
        files: The annotation files that were read.
        counts: Found and official, for those of :data:`COUNTED` of which there are any.
        counted_by: Whose counts the official ones are.
        faults: What is wrong with single entries, in the order of the files; these are left out of the counts.
        missing: Official names of the videos that are not there; None where no folder of videos was given.
        undecodable: Official names of the videos that do not decode, and why; None where it was not tried.
    """

    name: str
    split: str
    variant: str
    task: tuple[str, ...]
    protocol: str
    metric: str
    source: str
    files: tuple[str, ...]
    counts: tuple[Count, ...]
    counted_by: str
    faults: tuple[Fault, ...]
    missing: tuple[str, ...] | None = None
    undecodable: dict[str, str] | None = None

    @property
    def complete(self) -> bool:
        """Whether the annotations are the published ones, without faults."""
        return not self.faults and not any(count.differs for count in self.counts)

    def of(self, kind: str) -> tuple[Fault, ...]:
        """The faults of one kind."""
        return tuple(fault for fault in self.faults if fault.kind == kind)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self) | {"complete": self.complete}


@dataclass(kw_only=True)
class _Tally:
    """What is kept while a split is read: a number for each id, video and caption, no sample."""

    ids: set[int]
    videos: set[int]
    captions: int = 0
    distinct: set[int]
    missing: list[str] = field(default_factory=list)
    undecodable: dict[str, str] = field(default_factory=dict)


def check_split(
    dataset: "Dataset", *, decode: bool = False, progress: Callable[[int], None] | None = None
) -> DataCheck:
    """Read all of a split; see :meth:`Dataset.check`."""
    faults: list[Fault] = []
    files = dataset.files.collecting(faults)
    tally = _Tally(ids=set(), videos=set(), distinct=set())
    for where, sample in dataset.located(files):
        if (key := hash(sample.id)) in tally.ids:
            faults.append(Fault(kind="duplicate", message=repeated(where, sample)))
            continue
        tally.ids.add(key)
        tally.captions += len(sample.captions)
        tally.distinct.update(map(hash, sample.captions))
        if (key := hash(sample.video)) not in tally.videos:
            tally.videos.add(key)
            if dataset.knows_videos:
                _look(dataset, sample, tally, decode=decode)
            if progress is not None:
                progress(len(tally.videos))
    variant = dataset.spec.variants[dataset.variant]
    try:
        classes = len(dataset.classes)
    except MissingFileError:  # a split without labels can do without the list of classes
        classes = 0
    found = {
        "samples": len(tally.ids),
        "videos": len(tally.videos),
        "captions": tally.captions,
        "distinct_captions": len(tally.distinct),
        "classes": classes,
    }
    official = closest(variant.splits[dataset.split], found)
    return DataCheck(
        name=dataset.name,
        split=dataset.split,
        variant=dataset.variant,
        task=variant.tasks,
        protocol=variant.protocol,
        metric=variant.metric,
        source=variant.source,
        files=tuple(map(str, files.used)),
        counts=tuple(
            Count(what=what, found=found[what], official=getattr(official, what))
            for what in COUNTED
            if found[what] or getattr(official, what)
        ),
        counted_by=official.source,
        faults=tuple(faults),
        missing=tuple(tally.missing) if dataset.knows_videos else None,
        undecodable=tally.undecodable if decode and dataset.knows_videos else None,
    )


def closest(known: Sequence[Official], found: dict[str, int]) -> Official:
    """Of several published counts those that agree most with what was found; of equal ones the first."""
    return max(known, key=lambda each: sum(getattr(each, what) == found[what] for what in COUNTED), default=Official())


def repeated(where: str, sample: Sample) -> str:
    """The message about an id that stands there twice."""
    return f"{where}: expected each id once, found {sample.id!r} again; leave one of the two out"


def _look(dataset: "Dataset", sample: Sample, tally: _Tally, *, decode: bool) -> None:
    """Whether a sample's video is there and, if wanted, whether its first frame decodes."""
    if not dataset.has_video(sample):
        tally.missing.append(sample.video)
    elif decode and (segment := dataset.segment(sample)) is not None:
        from finsta.video.frames import probe

        try:
            probe(segment.video, warn=_unsaid)
        except VideoError as error:
            tally.undecodable[sample.video] = str(error)


def _unsaid(message: str) -> None:
    """Damage that leaves frames to read is not a fault."""

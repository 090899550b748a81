"""QuerYD: YouTube videos with spoken descriptions for blind viewers, transcribed."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from finsta.data.datasets.description import DatasetSpec, Located, Official, Read, Variant, VideoName
from finsta.data.datasets.files import AnnotationFiles
from finsta.data.datasets.times import part
from finsta.data.documents.fields import shown
from finsta.data.documents.text import read_lines
from finsta.data.documents.unpickle import read_pickle
from finsta.data.samples import Sample
from finsta.errors import FormatError

PREFIX = "video-"
"""Before the YouTube id, in lists, pickles and names of files."""

CAPTIONS, TIMES, SPLIT_CAPTIONS = (
    "raw_captions_combined_filtered{}.pkl",
    "times_captions_combined_filtered{}.pkl",
    "split_raw_captions_filtered.pkl",
)


def _paragraphs(release: str) -> Read:
    """The reader of the whole videos of a release, ``""`` or ``"-v2"``."""

    def read(files: AnnotationFiles, split: str) -> Iterator[Located]:
        """One sample a video: all its descriptions joined. The pickle is held as a whole, as pickles are."""
        captions, path = _pickled(files, CAPTIONS.format(release), "the transcribed descriptions")
        for where, video in _listed(files, split):
            sentences = _sentences(files, captions, video, f"{where}, {path.name}")
            if sentences:
                yield where, Sample(id=video, video=video, captions=(" ".join(sentences),))

    return read


def _segments(release: str) -> Read:
    """The reader of the single descriptions of a release."""

    def read(files: AnnotationFiles, split: str) -> Iterator[Located]:
        """One sample a description, with its part of the video.

        Where the lists name segments (QuerYDSegments), the samples are theirs: each is a video file of its own.
        """
        if files.find(SPLIT_CAPTIONS) is not None and not release:
            yield from _cut(files, split)
            return
        captions, path = _pickled(files, CAPTIONS.format(release), "the transcribed descriptions")
        times, times_path = _pickled(files, TIMES.format(release), "the times of the descriptions")
        for where, video in _listed(files, split):
            sentences = _sentences(files, captions, video, f"{where}, {path.name}")
            try:
                parts = _parts(_of(times, video), len(sentences), f"{where}, {times_path.name}")
            except FormatError as error:
                files.fault("broken", str(error))
                continue
            for number, (sentence, (start, end)) in enumerate(zip(sentences, parts, strict=True)):
                if sentence:
                    yield (
                        where,
                        Sample(id=f"{video}#{number}", video=video, start=start, end=end, captions=(sentence,)),
                    )

    return read


def _cut(files: AnnotationFiles, split: str) -> Iterator[Located]:
    captions, path = _pickled(files, SPLIT_CAPTIONS, "the descriptions of the segments")
    for where, name in _listed(files, split):
        sentences = _sentences(files, captions, name, f"{where}, {path.name}")
        if sentences:
            yield where, Sample(id=name, video=name, captions=(" ".join(sentences),))


def _listed(files: AnnotationFiles, split: str) -> Iterator[tuple[str, str]]:
    yield from read_lines(files.need(f"{split}_list.txt", what=f"the ids of the {split} videos"))


def _pickled(files: AnnotationFiles, name: str, what: str) -> tuple[Mapping[str, Any], Path]:
    path = files.need(name, what=what)
    found = read_pickle(path)
    if not isinstance(found, Mapping):
        raise FormatError(f"{path}: expected a dict by video, found {shown(found)}; give the file as published")
    return found, path


def _of(document: Mapping[str, Any], video: str) -> Any:
    """What a pickle has of a video, under its name with the prefix or without."""
    return document.get(video, document.get(video.removeprefix(PREFIX)))


def _sentences(files: AnnotationFiles, captions: Mapping[str, Any], video: str, where: str) -> list[str]:
    """The descriptions of a video as text, from lists of words; none where the fault has been told."""
    found = _of(captions, video)
    if found is None:
        files.fault(
            "unannotated",
            f"{where}: expected descriptions of {video!r}, found none; give list and pickle of one release, or take "
            "the id out of the list",
        )
        return []
    try:
        return [_joined(words, where) for words in found]
    except (TypeError, FormatError):
        files.fault("broken", f"{where}: expected lists of words, found {shown(found)}; mend or leave it out")
        return []


def _joined(words: Any, where: str) -> str:
    if isinstance(words, str):
        return words.strip()
    if not isinstance(words, list | tuple) or not all(isinstance(word, str) for word in words):
        raise FormatError(f"{where}: no list of words")
    return " ".join(words).strip()


def _parts(times: Any, count: int, where: str) -> Sequence[tuple[float, float]]:
    """Start and end of each description in seconds; the file has milliseconds."""
    rows = list(times) if times is not None else []
    if len(rows) != count:
        raise FormatError(
            f"{where}: expected start and end of each of {count} descriptions, found {len(rows)}; "
            "give files of one release"
        )
    try:
        return [part(float(start) / 1000, float(end) / 1000) for start, end in rows]
    except (TypeError, ValueError) as error:
        raise FormatError(
            f"{where}: expected [start, end] in milliseconds, found {shown(rows)}; mend or leave it out"
        ) from error


def _names(sample: Sample) -> tuple[VideoName, ...]:
    """With the prefix and without."""
    names = (sample.video, sample.video.removeprefix(PREFIX))
    return tuple(VideoName(stem=name, start=sample.start, end=sample.end) for name in names)


_README = "QuerYD README (v1)"
_V1 = {"train": 1796, "val": 384, "test": 386}
_V1_SEGMENTS = {"train": 9113, "val": 1952, "test": 1954}


def _paragraph_variant(release: str, splits: Mapping[str, Sequence[Official]]) -> Variant:
    return Variant(
        tasks=("paragraph_retrieval",),
        protocol="All descriptions of a video joined into one paragraph.",
        metric="R@1, R@5, R@10, MdR",
        source="Oncescu et al. 2021; collaborative-experts (one test caption a video)",
        splits=splits,
        read=_paragraphs(release),
    )


def _segment_variant(release: str, splits: Mapping[str, Sequence[Official]]) -> Variant:
    return Variant(
        tasks=("retrieval",),
        protocol="Each description with its part of the video (times in ms), or the segments of QuerYDSegments.",
        metric="R@1, R@5, R@10, MdR",
        source="Oncescu et al. 2021",
        splits=splits,
        read=_segments(release),
        folders=("querydsegments", "queryd-segments"),
    )


_UNKNOWN = {split: (Official(source="no counts of v2 are published"),) for split in _V1}

DATASET = DatasetSpec(
    name="queryd",
    title="QuerYD",
    video_names=_names,
    variants={
        "paragraph": _paragraph_variant(
            "", {split: (Official(samples=count, videos=count, source=_README),) for split, count in _V1.items()}
        ),
        "segments": _segment_variant(
            "", {split: (Official(samples=count, source=_README),) for split, count in _V1_SEGMENTS.items()}
        ),
        "paragraph-v2": _paragraph_variant("-v2", _UNKNOWN),
        "segments-v2": _segment_variant("-v2", _UNKNOWN),
    },
)

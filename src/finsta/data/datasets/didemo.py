"""DiDeMo: Flickr videos with sentences, each about one or more of their parts of five seconds."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from finsta.data.datasets.description import DatasetSpec, Located, Official, Variant
from finsta.data.datasets.files import AnnotationFiles
from finsta.data.documents.fields import take
from finsta.data.documents.json_stream import located_array
from finsta.data.samples import Sample
from finsta.errors import FormatError

CHUNK = 5.0
"""Seconds of a part; the last one ends with the video."""

SHOWN = 6
"""Parts that annotators could mark, also where a video has fewer."""

LONGEST = SHOWN * CHUNK
"""Seconds at which the videos are cut."""


def _read_paragraphs(files: AnnotationFiles, split: str) -> Iterator[Located]:
    """One sample a video: its sentences in the order of the file, joined; the sentences of the split are held.

    The videos of the file are told apart by their stems: the same video appears with several extensions.
    """
    paragraphs: dict[str, tuple[str, list[str]]] = {}
    for where, stem, entry in _entries(files, split):
        paragraphs.setdefault(stem, (where, []))[1].append(entry["description"].strip())
    for stem, (where, sentences) in paragraphs.items():
        yield where, Sample(id=stem, video=stem, end=LONGEST, captions=(" ".join(sentences),))


def _read_moments(files: AnnotationFiles, split: str) -> Iterator[Located]:
    """One sample a sentence, with the part that most annotators marked; of several such parts the one marked first."""
    for where, stem, entry in _entries(files, split):
        try:
            first, last = _marked(entry, where)
        except FormatError as error:
            files.fault("broken", str(error))
            continue
        yield (
            where,
            Sample(
                id=str(entry["annotation_id"]),
                video=stem,
                start=CHUNK * first,
                end=CHUNK * (last + 1),
                captions=(entry["description"].strip(),),
            ),
        )


def _entries(files: AnnotationFiles, split: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Place, stem of the video and entry; what is not whole goes to the faults."""
    path = files.need(f"{split}_data.json", what=f"the {split} sentences")
    for where, entry in located_array(path):
        try:
            name = take(entry, "video", str, where)
            take(entry, "annotation_id", (int, str), where)
            if not take(entry, "description", str, where).strip():
                raise FormatError(f"{where}: expected a description, found blanks; mend or leave it out")
        except FormatError as error:
            files.fault("broken", str(error))
            continue
        yield where, name.rpartition(".")[0] or name, entry


def _marked(entry: dict[str, Any], where: str) -> tuple[int, int]:
    count = max(take(entry, "num_segments", int, where), SHOWN)
    times = [tuple(pair) if isinstance(pair, list) else pair for pair in take(entry, "times", list, where)]
    for pair in times:
        whole = isinstance(pair, tuple) and len(pair) == 2 and all(isinstance(place, int) for place in pair)
        if not whole or not 0 <= pair[0] <= pair[1] < count:
            raise FormatError(
                f"{where}: expected times as [first, last] parts below {count}, found {pair!r}; mend or leave it out"
            )
    if not times:
        raise FormatError(f"{where}: expected the parts that annotators marked, found none; mend or leave it out")
    first, last = Counter(times).most_common(1)[0][0]
    return first, last


_PAPER = "Hendricks et al. 2017"

DATASET = DatasetSpec(
    name="didemo",
    title="DiDeMo",
    variants={
        "paragraph": Variant(
            tasks=("paragraph_retrieval",),
            protocol="All sentences of a video joined in the order of the file; the first 30 s of the video. "
            "Videos are told apart by file stem.",
            metric="R@1, R@5, R@10, MdR",
            source="collaborative-experts; CLIP4Clip",
            splits={
                "train": (Official(samples=8395, source=_PAPER), Official(samples=8392, source="train_list.txt of CE")),
                "val": (Official(samples=1065, videos=1065, source="val_data.json; val_list.txt of CE"),),
                "test": (Official(samples=1004, videos=1004, source="test_data.json; test_list.txt of CE"),),
            },
            read=_read_paragraphs,
        ),
        "moments": Variant(
            tasks=("retrieval",),
            protocol="Each sentence with the part of 5 s or more that most annotators marked.",
            metric="R@1, R@5, R@10, MdR",
            source=_PAPER,
            splits={
                "train": (Official(samples=33005, videos=8395, source=_PAPER),),
                "val": (Official(samples=4180, videos=1065, captions=4180, source="val_data.json"),),
                "test": (Official(samples=4021, videos=1004, captions=4021, source="test_data.json"),),
            },
            read=_read_moments,
        ),
    },
)

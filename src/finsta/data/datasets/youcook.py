"""YouCook2: the authors' JSON, MART's paragraphs, and the table by which HowTo100M's models are evaluated.

``youcookii_annotations_trainval.json`` is ``{"database": {video: {"duration", "subset", "recipe_type", "video_url",
"annotations": [{"id", "segment": [start, end], "sentence"}]}}}``; the test file has segments without sentences. MART's
``yc2_val_anet_format_para.json`` is ``{video: text}``. ``validation_youcook.csv`` has the header
``end,start,task,text,video_id``.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from finsta.data.datasets.description import DatasetSpec, Located, Official, Variant
from finsta.data.datasets.files import AnnotationFiles
from finsta.data.datasets.repeats import Numbered
from finsta.data.documents.fields import shown, take
from finsta.data.documents.json_stream import located_object
from finsta.data.documents.tables import read_table
from finsta.data.samples import Sample
from finsta.errors import FormatError

SUBSETS = {"train": "training", "val": "validation", "test": "testing"}
PARAGRAPHS = {"train": ("yc2*train*_para.json",), "val": ("yc2*val*_para.json", "yc2*test*_para.json")}
"""MART and its followers call the validation videos by either name."""

TRAINVAL = "youcookii_annotations_trainval.json"
TEST = "youcookii_annotations_test_segments_only.json"
RETRIEVAL = "validation_youcook.csv"


def _segments(files: AnnotationFiles, split: str) -> Iterator[Located]:
    """A sample for each segment; ``{video}_{id}`` is its id."""
    for where, video, entry in _database(files, split):
        for number, part in enumerate(take(entry, "annotations", list, where)):
            place = f"{where}, segment {number}"
            start, end = _seconds(part, place)
            sentence = part.get("sentence", "") if split == "test" else take(part, "sentence", str, place)
            yield (
                place,
                Sample(
                    id=f"{video}_{part.get('id', number)}",
                    video=video,
                    start=start,
                    end=end,
                    captions=(sentence.strip(),) if sentence else (),
                ),
            )


def _paragraphs(files: AnnotationFiles, split: str) -> Iterator[Located]:
    """A sample for each video: MART's text if it is there, else the sentences of the segments, joined."""
    if path := files.find(*PARAGRAPHS[split]):
        for where, key, text in located_object(path):
            if not isinstance(text, str):
                raise FormatError(f"{where}: expected a text, found {shown(text)}; give MART's file as published")
            video = key.removeprefix("v_") if len(key) == len("v_") + 11 else key
            yield where, Sample(id=video, video=video, captions=(text.strip(),))
        return
    for where, video, entry in _database(files, split):
        parts = take(entry, "annotations", list, where)
        text = " ".join(take(part, "sentence", str, where).strip() for part in parts)
        yield where, Sample(id=video, video=video, captions=(text,))


def _retrieval(files: AnnotationFiles, split: str) -> Iterator[Located]:
    """A sample for each row of HowTo100M's table, which has one segment twice; training has those of the JSON."""
    if split == "train":
        yield from _segments(files, split)
        return
    path = files.need(RETRIEVAL, what="the clips to search among")
    unique = Numbered()
    columns = ("video_id", "start", "end", "text")
    for where, (video, start, end, text) in read_table(path, columns, broken=partial(files.fault, "broken")):
        try:
            begin, stop = float(start), float(end)
        except ValueError:
            files.fault("broken", f"{where}: expected seconds, found {start!r} and {end!r}; mend the row")
            continue
        name = unique(f"{video}_{start}_{end}")
        yield where, Sample(id=name, video=video, start=begin, end=stop, captions=(text.strip(),))


def _database(files: AnnotationFiles, split: str) -> Iterator[tuple[str, str, Any]]:
    """Place, name and entry of each video of a split."""
    path: Path = files.need(*((TEST,) if split == "test" else (TRAINVAL,)), what=f"the {split} videos")
    for where, video, entry in located_object(path, within=("database",)):
        subset = take(entry, "subset", str, where)
        if subset not in SUBSETS.values():
            raise FormatError(
                f"{where}: expected the subset {', '.join(SUBSETS.values())}, found {subset!r}; "
                "give the file as published"
            )
        if subset == SUBSETS[split]:
            yield where, video, entry


def _seconds(part: Any, where: str) -> tuple[float, float]:
    segment = take(part, "segment", list, where)
    if len(segment) != 2 or not all(isinstance(value, int | float) for value in segment) or segment[1] < segment[0]:
        raise FormatError(f"{where}: expected a segment of start and end in seconds, found {segment}; mend it")
    return float(segment[0]), float(segment[1])


JSON_COUNTS = {
    "train": (Official(samples=10_337, videos=1_333, captions=10_337, source="the published file"),),
    "val": (Official(samples=3_492, videos=457, captions=3_492, source="the published file"),),
}
FOLDERS = ("youcook", "youcookii", "yc2")

DATASET = DatasetSpec(
    name="youcook2",
    title="YouCook2",
    variants={
        "segments": Variant(
            tasks=("captioning", "retrieval"),
            protocol="One sentence a segment, segments given; reported on validation. Test has segments without "
            "sentences.",
            metric="CIDEr, BLEU-4, METEOR, ROUGE-L",
            source="Zhou et al. 2018; VALUE's task YC2C counts the same segments",
            read=_segments,
            folders=FOLDERS,
            splits={
                **JSON_COUNTS,
                "test": (Official(videos=210, source="2,000 videos in the paper, less the others"),),
            },
        ),
        "paragraphs": Variant(
            tasks=("captioning", "paragraph_retrieval"),
            protocol="The sentences of a video joined to a paragraph, about the whole video.",
            metric="CIDEr, BLEU-4, METEOR",
            source="MART (Lei et al. 2020)",
            read=_paragraphs,
            folders=FOLDERS,
            splits={
                "train": (Official(samples=1_333, videos=1_333, captions=1_333, source="the published file"),),
                "val": (Official(samples=457, videos=457, captions=457, source="the published file"),),
            },
        ),
        "retrieval": Variant(
            tasks=("retrieval",),
            protocol="Text searches among the 3,350 validation clips of HowTo100M's table, one sentence a clip.",
            metric="R@1, R@5, R@10, median rank",
            source="HowTo100M (Miech et al. 2019) and MIL-NCE",
            read=_retrieval,
            folders=FOLDERS,
            splits={
                "train": JSON_COUNTS["train"],
                "val": (Official(samples=3_350, captions=3_350, source="the published table"),),
            },
        ),
    },
)

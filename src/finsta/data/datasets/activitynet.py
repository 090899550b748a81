"""ActivityNet Captions: long videos with sentences about their parts."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from finsta.data.datasets.description import DatasetSpec, Located, Official, Variant, VideoName
from finsta.data.datasets.files import AnnotationFiles
from finsta.data.datasets.times import part
from finsta.data.documents.fields import shown, take, take_number
from finsta.data.documents.json_stream import located_object
from finsta.data.samples import Sample
from finsta.errors import FormatError

FILES = {"train": ("train.json",), "val": ("val_1.json", "val.json"), "val_2": ("val_2.json",)}
"""``val.json`` of 2D-TAN is ``val_1.json`` under another name. The lists of ids beside them name more videos than are
annotated, and are not read."""


@dataclass(frozen=True, kw_only=True)
class _Part:
    start: float
    end: float
    sentence: str


def _read_paragraphs(files: AnnotationFiles, split: str) -> Iterator[Located]:
    """One sample a video: its sentences, without the blanks around them, joined in their order."""
    for where, video, parts in _videos(files, split):
        yield where, Sample(id=video, video=video, captions=(" ".join(each.sentence for each in parts),))


def _read_segments(files: AnnotationFiles, split: str) -> Iterator[Located]:
    """One sample a sentence, with its part; ids are those of the videos with the number of the sentence, from 0."""
    for where, video, parts in _videos(files, split):
        for number, each in enumerate(parts):
            yield (
                where,
                Sample(id=f"{video}#{number}", video=video, start=each.start, end=each.end, captions=(each.sentence,)),
            )


def _videos(files: AnnotationFiles, split: str) -> Iterator[tuple[str, str, list[_Part]]]:
    path = files.need(*FILES[split], what=f"the {split} captions")
    for where, video, entry in located_object(path):
        try:
            parts = _parts(entry, where)
        except FormatError as error:
            files.fault("broken", str(error))
            continue
        yield where, video, parts


def _parts(entry: Any, where: str) -> list[_Part]:
    duration = take_number(entry, "duration", where, least=0.0)
    times, sentences = take(entry, "timestamps", list, where), take(entry, "sentences", list, where)
    if len(times) != len(sentences):
        raise FormatError(
            f"{where}: expected a sentence for each of {len(times)} timestamps, found {len(sentences)}; "
            "mend or leave it out"
        )
    parts = []
    for time, sentence in zip(times, sentences, strict=True):
        if not isinstance(sentence, str):
            raise FormatError(f"{where}: expected sentences as text, found {shown(sentence)}; mend or leave it out")
        if sentence.strip():
            start, end = _interval(time, duration, where)
            parts.append(_Part(start=start, end=end, sentence=sentence.strip()))
    if not parts:
        raise FormatError(f"{where}: expected sentences, found none; mend or leave it out")
    return parts


def _interval(time: Any, duration: float, where: str) -> tuple[float, float]:
    if not isinstance(time, list) or len(time) != 2 or not all(isinstance(each, int | float) for each in time):
        raise FormatError(f"{where}: expected timestamps as [start, end], found {shown(time)}; mend or leave it out")
    return part(float(time[0]), float(time[1]), duration)


def _names(sample: Sample) -> tuple[VideoName, ...]:
    """``v_`` and the YouTube id, or the id alone."""
    names = (sample.video, sample.video.removeprefix("v_"))
    return tuple(VideoName(stem=name, start=sample.start, end=sample.end) for name in names)


_SOURCE = "Krishna et al. 2017, the released files"

DATASET = DatasetSpec(
    name="activitynet",
    title="ActivityNet Captions",
    video_names=_names,
    variants={
        "paragraph": Variant(
            tasks=("paragraph_retrieval",),
            protocol="The sentences of a video joined into one paragraph; trained on train, judged on val_1 (`val`).",
            metric="R@1, R@5, R@50, MdR",
            source="Zhang et al. 2018 (HSE); CLIP4Clip",
            splits={
                "train": (Official(samples=10009, videos=10009, source=_SOURCE),),
                "val": (Official(samples=4917, videos=4917, source=_SOURCE),),
                "val_2": (Official(samples=4885, videos=4885, source=_SOURCE),),
            },
            read=_read_paragraphs,
            folders=("captions", "anet", "activitynet_captions"),
        ),
        "segments": Variant(
            tasks=("captioning", "retrieval"),
            protocol="Each sentence with its part of the video; parts are given, not proposed.",
            metric="CIDEr, METEOR, BLEU-4",
            source=_SOURCE,
            splits={
                "train": (Official(samples=37421, videos=10009, captions=37421, source=_SOURCE),),
                "val": (Official(samples=17505, videos=4917, captions=17505, source=_SOURCE),),
                "val_2": (Official(samples=17031, videos=4885, captions=17031, source=_SOURCE),),
            },
            read=_read_segments,
            folders=("captions", "anet", "activitynet_captions"),
        ),
    },
)

"""How2QA: questions with four answers about parts of instructional videos, in its two published shapes."""

import math
import re
from collections.abc import Iterator
from typing import Any

from finsta.data.datasets.description import DatasetSpec, Located, Official, Variant, VideoName
from finsta.data.datasets.files import AnnotationFiles
from finsta.data.datasets.how2_subtitles import CLIP, How2Subtitles, open_subtitles
from finsta.data.datasets.shuffling import shuffled
from finsta.data.datasets.times import part
from finsta.data.documents.fields import read_json, shown, take
from finsta.data.documents.tables import read_table
from finsta.data.documents.text import read_json_lines
from finsta.data.samples import Sample
from finsta.errors import FormatError

COLUMNS = ("video", "span", "wrong1", "wrong2", "wrong3", "question", "right")
"""The fields of the authors' file, which has no header."""

SALT = "how2qa-choices"
"""Of the order in which the choices of the authors' file are put: there the right one is always the last."""

MAPPING = "how2_vid_mapping.json"

_SPAN = re.compile(r"\[\s*(\d+\.?\d*|\.\d+)\s*:\s*(\d+\.?\d*|\.\d+)\s*\]")
_CLIP = re.compile(r"(.{11})_(\d+)_(\d+)")


def _read_release(files: AnnotationFiles, split: str) -> Iterator[Located]:
    """The authors' CSV: seconds of the whole video; ids are numbers of the rows, from 0."""
    path = files.need(f"how2QA_{split}_release.csv", what=f"the {split} questions")
    subtitles = open_subtitles(files)
    rows = read_table(path, COLUMNS, header=False, broken=lambda message: files.fault("broken", message))
    for number, (where, (video, span, *wrong, question, right)) in enumerate(rows):
        found = _SPAN.fullmatch(span.strip())
        if found is None:
            files.fault(
                "broken",
                f"{where}: expected a span as [12.5:20.0], found {span!r}; mend or leave it out "
                "(the file has seven columns and no header)",
            )
            continue
        start, end = part(float(found[1]), float(found[2]))
        choices = [choice.strip() for choice in (*wrong, right)]
        order = shuffled(SALT, f"{video}|{span}|{question}", len(choices))
        yield (
            where,
            Sample(
                id=f"{split}-{number}",
                video=video.strip(),
                start=start,
                end=end,
                question=question.strip(),
                choices=tuple(choices[place] for place in order),
                answer=order.index(len(choices) - 1),
                subtitles=subtitles.of_video(video.strip(), start, end),
            ),
        )


def _read_value(files: AnnotationFiles, split: str) -> Iterator[Located]:
    """The lines of VALUE: seconds of clips of a minute, choices in their order; the test may lack its answers.

    The names of the clips are mapped to ``{youtube id}_{start}_{end}`` where the mapping is there and knows them.
    """
    path = files.need(f"how2qa_{split}_release.jsonl", what=f"the {split} questions")
    mapping = _mapping(files)
    subtitles = open_subtitles(files)
    for where, entry in read_json_lines(path, broken=lambda message: files.fault("broken", message)):
        try:
            yield where, _value_sample(entry, mapping, subtitles, where)
        except FormatError as error:
            files.fault("broken", str(error))


def _value_sample(entry: Any, mapping: dict[str, str], subtitles: How2Subtitles, where: str) -> Sample:
    name = take(entry, "vid_name", str, where)
    start, end = _seconds(take(entry, "ts", str, where), where)
    answer = take(entry, "answer_idx", int, where) if "answer_idx" in entry else None
    if answer is not None and not 0 <= answer < 4:
        raise FormatError(f"{where}: expected answer_idx from 0 to 3, found {answer}; mend or leave it out")
    video = mapping.get(name, name)
    return Sample(
        id=str(take(entry, "qid", (int, str), where)),
        video=video,
        start=start,
        end=end,
        question=take(entry, "q", str, where).strip(),
        choices=tuple(take(entry, f"a{place}", str, where).strip() for place in range(4)),
        answer=answer,
        subtitles=subtitles.of_clip((name, video), start, end),
    )


def _seconds(span: str, where: str) -> tuple[float | None, float | None]:
    """``36.58-58.52``; ``nan-nan`` is the whole clip."""
    start, _, end = span.partition("-")
    try:
        numbers = float(start), float(end)
    except ValueError as error:
        raise FormatError(
            f"{where}: expected ts as seconds, like 36.58-58.52, found {span!r}; mend or leave it out"
        ) from error
    return (None, None) if any(map(math.isnan, numbers)) else part(*numbers)


def _mapping(files: AnnotationFiles) -> dict[str, str]:
    path = files.find(MAPPING)
    found = read_json(path) if path is not None else {}
    if not isinstance(found, dict) or not all(isinstance(name, str) for name in found.values()):
        raise FormatError(f"{path}: expected an object of names by names, found {shown(found)}; download it again")
    return found


def _names(sample: Sample) -> tuple[VideoName, ...]:
    """The official name; then the whole video of a clip of a minute, or the clip of a minute of a whole video."""
    own = VideoName(stem=sample.video, start=sample.start, end=sample.end)
    clip = _CLIP.fullmatch(sample.video)
    if clip is not None:
        first, last = float(clip[2]), float(clip[3])
        start = first + (sample.start or 0.0)
        return own, VideoName(stem=clip[1], start=start, end=last if sample.end is None else first + sample.end)
    if sample.start is None or sample.end is None:
        return (own,)
    first = CLIP * int(sample.start // CLIP)
    stem = f"{sample.video}_{first:.0f}_{first + CLIP:.0f}"
    return own, VideoName(stem=stem, start=sample.start - first, end=min(sample.end - first, CLIP))


def _variant(source: str, counts: tuple[int, int, int], protocol: str) -> dict[str, Any]:
    return {
        "tasks": ("multiple_choice_qa",),
        "protocol": protocol,
        "metric": "accuracy",
        "source": source,
        "splits": {
            split: (Official(samples=count, source=source),)
            for split, count in zip(("train", "val", "test_public"), counts, strict=True)
        },
    }


DATASET = DatasetSpec(
    name="how2qa",
    title="How2QA",
    video_names=_names,
    variants={
        "release": Variant(
            read=_read_release,
            **_variant(
                "Li et al. 2020 (HERO), how2QA_*_release.csv",
                (35405, 2852, 2937),
                "Four choices about a part of a video; the order of the choices is drawn once by a hash of the "
                "question. The file gives seconds of the whole video.",
            ),
        ),
        "value": Variant(
            read=_read_value,
            **_variant(
                "VALUE, how2qa_*_release.jsonl",
                (34187, 3115, 3095),
                "Four choices, in the published order, about a part of a clip of a minute.",
            ),
        ),
    },
)

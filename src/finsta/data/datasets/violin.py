"""VIOLIN: statements about clips of series and films, true or false, in the two published shapes."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from finsta.data.datasets.description import DatasetSpec, Located, Official, Read, Variant, VideoName
from finsta.data.datasets.files import AnnotationFiles
from finsta.data.datasets.shuffling import shuffled
from finsta.data.documents.fields import shown, take
from finsta.data.documents.json_stream import located_object
from finsta.data.documents.text import read_json_lines
from finsta.data.samples import Sample, Subtitle
from finsta.errors import FormatError

SALT = "violin-statements"
"""Of the order in which the statements of a pair are put: in both files the true one comes first."""

ANNOTATION, LINES = "violin_annotation.json", "violin_{}_release.jsonl"

SPLITS = {"train": ("train",), "val": ("validate", "val"), "test": ("test",)}
"""As the annotation file calls them."""

LABELS = {1: "true", 0: "false"}

_CLIP = re.compile(r"(.+)_clip_(\d+)_(\d+)")


@dataclass(frozen=True, kw_only=True)
class _Statement:
    id: str
    text: str
    label: str | None


@dataclass(frozen=True, kw_only=True)
class _Pair:
    """Statements that differ in little, as a rule a true one and a false one; and where they stand."""

    id: str
    where: str
    video: str
    statements: tuple[_Statement, ...]
    subtitles: tuple[Subtitle, ...] = ()

    def shuffled(self) -> list[_Statement]:
        """The statements in an order that is drawn once by a hash of the first one's text."""
        order = shuffled(SALT, f"{self.video}|{self.statements[0].text}", len(self.statements))
        return [self.statements[place] for place in order]


def _binary(pairs: Callable[[AnnotationFiles, str], Iterator[_Pair]]) -> Read:
    """One sample a statement, to be judged by itself; labels are kept, the two of a pair change places or do not."""

    def read(files: AnnotationFiles, split: str) -> Iterator[Located]:
        for pair in pairs(files, split):
            for statement in pair.shuffled():
                answers = () if statement.label is None else (statement.label,)
                yield (
                    pair.where,
                    Sample(
                        id=statement.id,
                        video=pair.video,
                        question=statement.text,
                        answers=answers,
                        subtitles=pair.subtitles,
                    ),
                )

    return read


def _choice(pairs: Callable[[AnnotationFiles, str], Iterator[_Pair]]) -> Read:
    """One sample a pair: which of the two statements is true."""

    def read(files: AnnotationFiles, split: str) -> Iterator[Located]:
        for pair in pairs(files, split):
            statements = pair.shuffled()
            labels = [statement.label for statement in statements]
            if sorted(map(str, labels)) not in (["false", "true"], ["None", "None"]):
                files.fault(
                    "broken",
                    f"{pair.where}: expected a true and a false statement of {pair.id!r}, found "
                    f"{', '.join(map(str, labels))}; mend or leave both out",
                )
                continue
            yield (
                pair.where,
                Sample(
                    id=pair.id,
                    video=pair.video,
                    choices=tuple(statement.text for statement in statements),
                    answer=labels.index("true") if "true" in labels else None,
                    subtitles=pair.subtitles,
                ),
            )

    return read


def _pairs(files: AnnotationFiles, split: str) -> Iterator[_Pair]:
    """From the authors' file where it is there, else from the lines of VALUE."""
    path = files.find(ANNOTATION)
    return _from_lines(files, split) if path is None else _from_annotation(files, split)


def _from_annotation(files: AnnotationFiles, split: str) -> Iterator[_Pair]:
    """Three pairs a clip, true before false; a clip that names no split belongs to none."""
    path = files.need(ANNOTATION, what="the statements")
    for where, name, entry in located_object(path):
        if not isinstance(entry, dict) or entry.get("split") not in SPLITS[split]:
            continue
        try:
            yield from _clip_pairs(entry, name, where)
        except FormatError as error:
            files.fault("broken", str(error))


def _clip_pairs(entry: dict[str, Any], name: str, where: str) -> list[_Pair]:
    video = take(entry, "file", str, where)
    subtitles = tuple(_subtitle(line, where) for line in (take(entry, "sub", list, where) if "sub" in entry else ()))
    pairs = []
    for number, texts in enumerate(take(entry, "statement", list, where)):
        if not isinstance(texts, list) or len(texts) != 2 or not all(isinstance(text, str) for text in texts):
            raise FormatError(f"{where}: expected pairs of statements, found {shown(texts)}; mend or leave it out")
        statements = tuple(
            _Statement(id=f"{name}-{number}-{place}", text=text.strip(), label=label)
            for place, (text, label) in enumerate(zip(texts, ("true", "false"), strict=True))
        )
        pairs.append(_Pair(id=f"{name}-{number}", where=where, video=video, statements=statements, subtitles=subtitles))
    return pairs


def _subtitle(line: Any, where: str) -> Subtitle:
    """``[text, [start, end]]`` in milliseconds of the clip."""
    try:
        text, (start, end) = line
        return Subtitle(text=str(text), start=float(start) / 1000, end=float(end) / 1000)
    except (TypeError, ValueError) as error:
        raise FormatError(
            f"{where}: expected subtitles as [text, [start, end]] in milliseconds, found {shown(line)}; "
            "mend or leave it out"
        ) from error


def _from_lines(files: AnnotationFiles, split: str) -> Iterator[_Pair]:
    """A line a statement; lines of one pair follow each other and share ``paired_id`` but for its last part."""
    path = files.need(LINES.format(split), ANNOTATION, what=f"the {split} statements")
    held: list[_Statement] = []
    known = ("", "", "")
    for where, entry in read_json_lines(path, broken=lambda message: files.fault("broken", message)):
        try:
            statement = _statement(entry, where)
            pair, video = statement.id.rpartition("-")[0], take(entry, "vid_name", str, where)
        except FormatError as error:
            files.fault("broken", str(error))
            continue
        if held and pair != known[0]:
            yield _Pair(id=known[0], where=known[1], video=known[2], statements=tuple(held))
            held = []
        known = (pair, where, video)
        held.append(statement)
    if held:
        yield _Pair(id=known[0], where=known[1], video=known[2], statements=tuple(held))


def _statement(entry: dict[str, Any], where: str) -> _Statement:
    label = take(entry, "answer", int, where) if "answer" in entry else None
    if label is not None and label not in LABELS:
        raise FormatError(f"{where}: expected the answer 1 or 0, found {label}; mend or leave it out")
    return _Statement(
        id=take(entry, "paired_id", str, where),
        text=take(entry, "statement", str, where).strip(),
        label=None if label is None else LABELS[label],
    )


def _names(sample: Sample) -> tuple[VideoName, ...]:
    """The clip; for one that is named by its seconds, the video out of which it is cut."""
    own = VideoName(stem=sample.video)
    clip = _CLIP.fullmatch(sample.video)
    return (own,) if clip is None else (own, VideoName(stem=clip[1], start=float(clip[2]), end=float(clip[3])))


_STATEMENTS = {"train": 76122, "val": 9600, "test": 9600}
_SOURCE = "VALUE; the sum is the 95,322 of Liu et al. 2020"


def _splits(share: int) -> dict[str, tuple[Official, ...]]:
    return {
        split: (Official(samples=count // share, videos=count // 6, source=_SOURCE),)
        for split, count in _STATEMENTS.items()
    }


DATASET = DatasetSpec(
    name="violin",
    title="VIOLIN",
    video_names=_names,
    variants={
        "statements": Variant(
            tasks=("binary_qa",),
            protocol="Each statement is judged by itself, true or false; half of them are true. The order within a "
            "pair is drawn once by a hash.",
            metric="accuracy",
            source="Liu et al. 2020; VALUE",
            splits=_splits(1),
            read=_binary(_pairs),
        ),
        "pairs": Variant(
            tasks=("multiple_choice_qa",),
            protocol="Which of two statements is true; their order is drawn once by a hash.",
            metric="accuracy",
            source="our own use of the same files",
            splits=_splits(2),
            read=_choice(_pairs),
        ),
    },
)

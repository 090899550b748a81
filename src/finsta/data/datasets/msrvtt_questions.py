"""Questions about MSR-VTT: MSRVTT-QA (open-ended) and MSRVTT-MC (which of five captions).

MSRVTT-QA is published as ``{train,val,test}_qa.json``, a list of ``{"id", "video_id", "question", "answer",
"category_id"}`` with the number of the video, and re-cut to ``{train,val,test}.jsonl`` with ``answer_type`` and the
name of the video. MSRVTT-MC is ``msrvtt_mc_test.jsonl`` with ``{"clip_name", "options", "answer"}``, or a list of
``{"video", "caption", "answer"}``; ``answer`` counts from 0.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from finsta.corpus.manifest import VIDEO_SUFFIXES
from finsta.data.datasets.description import Located
from finsta.data.datasets.files import AnnotationFiles
from finsta.data.documents.fields import take
from finsta.data.documents.json_stream import located_array
from finsta.data.documents.text import read_json_lines
from finsta.data.samples import Sample


def read_qa(files: AnnotationFiles, split: str) -> Iterator[Located]:
    """A sample for each question; its kind is ``answer_type``, or the first word of the question."""
    heads = (f"{split}_qa", f"msrvtt_qa_{split}", f"msrvtt-qa_{split}", f"qa_{split}")
    names = [f"{head}{suffix}" for suffix in (".json", ".jsonl") for head in heads]
    path = files.need(*names, f"{split}.jsonl", what=f"the {split} questions")
    for number, (where, entry) in enumerate(_entries(path, files)):
        question = take(entry, "question", str, where).strip()
        first = question.split(maxsplit=1)[0].lower() if question else ""
        yield (
            where,
            Sample(
                id=str(entry.get("id", f"{split}-{number}")),
                video=_video(take(entry, "video_id", (int, str), where)),
                question=question,
                answers=(take(entry, "answer", str, where).strip(),),
                kind=str(entry.get("answer_type") or first),
            ),
        )


def read_choices(files: AnnotationFiles, split: str) -> Iterator[Located]:
    """A sample for each video, with the captions to choose from."""
    heads = ("msrvtt_mc_test", "msrvtt_retrieval_mc_test", "mc_test", "MSRVTT_MC_test")
    names = [f"{head}{suffix}" for suffix in (".jsonl", ".json") for head in heads]
    path = files.need(*names, what="the captions to choose from")
    for number, (where, entry) in enumerate(_entries(path, files)):
        recut = isinstance(entry, dict) and "clip_name" in entry
        choices = take(entry, "options" if recut else "caption", list, where)
        answer = take(entry, "answer", int, where)
        if not 0 <= answer < len(choices):
            files.fault(
                "outside",
                f"{where}: expected an answer of 0 to {len(choices) - 1}, found {answer}; mend it, or download the "
                "file again",
            )
            continue
        yield (
            where,
            Sample(
                id=str(entry.get("qid", f"{split}-{number}")),
                video=_video(take(entry, "clip_name" if recut else "video", str, where)),
                choices=tuple(str(choice).strip() for choice in choices),
                answer=answer,
            ),
        )


def _entries(path: Path, files: AnnotationFiles) -> Iterator[tuple[str, Any]]:
    if path.suffix.lower() == ".jsonl":
        return read_json_lines(path, broken=partial(files.fault, "broken"))
    return located_array(path)


def _video(name: int | str) -> str:
    """The name of a video by its number, its name or its file."""
    if isinstance(name, int) or name.isdigit():
        return f"video{name}"
    stem, dot, suffix = name.rpartition(".")
    return stem if dot + suffix.lower() in VIDEO_SUFFIXES else name

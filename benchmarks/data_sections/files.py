"""The largest annotation file of each data set, made up in its published form and official size."""

import json
import pickle
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

WORDS = (
    "a",
    "man",
    "woman",
    "dog",
    "red",
    "car",
    "walks",
    "runs",
    "slowly",
    "into",
    "the",
    "kitchen",
    "holding",
    "cups",
)


@dataclass(frozen=True, kw_only=True)
class Made:
    """How the files of a split are made.

    Attributes:
        split: Of the data set.
        variant: Of the data set; empty is the first.
        entries: Official number of what ``write`` makes.
        write: Given folder and number of entries.
    """

    split: str
    entries: int
    write: Callable[[Path, int], None]
    variant: str = ""


_random = Random(0)


def _text(words: int = 10) -> str:
    return " ".join(_random.choices(WORDS, k=words))


def _youtube(number: int) -> str:
    return f"{number:011x}"


def _lines(path: Path, lines: Iterable[str]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)


def _array(path: Path, entries: Iterable[Any], *, head: str = "[", tail: str = "]") -> None:
    """A JSON array in one line, or an object whose members are given as text."""
    with path.open("w", encoding="utf-8") as file:
        file.write(head)
        for number, entry in enumerate(entries):
            file.write((", " if number else "") + (entry if isinstance(entry, str) else json.dumps(entry)))
        file.write(tail)


def _members(path: Path, members: Iterable[tuple[str, Any]], *, head: str = "{", tail: str = "}") -> None:
    _array(path, (f"{json.dumps(key)}: {json.dumps(value)}" for key, value in members), head=head, tail=tail)


def _kinetics(folder: Path, entries: int) -> None:
    rows = (f"class of things {n % 400},{_youtube(n)},{n % 300},{n % 300 + 10},train,0" for n in range(entries))
    _lines(folder / "kinetics-400_train.csv", ("label,youtube_id,time_start,time_end,split,is_cc", *rows))


def _something(folder: Path, entries: int) -> None:
    labels = {f"Moving something {number} of something": str(number) for number in range(174)}
    (folder / "something-something-v2-labels.json").write_text(json.dumps(labels))
    clips = (
        {
            "id": str(number),
            "label": f"moving cup {number % 174} of desk",
            "template": f"Moving [something] {number % 174} of [something]",
            "placeholders": ["cup", "desk"],
        }
        for number in range(entries)
    )
    _array(folder / "something-something-v2-train.json", clips)


def _youcook(folder: Path, entries: int) -> None:
    def video(number: int) -> dict[str, Any]:
        parts = [{"id": n, "segment": [10 * n, 10 * n + 9], "sentence": _text()} for n in range(8)]
        subset = "training" if number % 4 else "validation"
        return {"duration": 300.5, "subset": subset, "recipe_type": "101", "video_url": "…", "annotations": parts}

    members = ((_youtube(number), video(number)) for number in range(entries))
    _members(folder / "youcookii_annotations_trainval.json", members, head='{"database": {', tail="}}")


def _msrvtt(folder: Path, entries: int) -> None:
    """``entries`` sentences, those of one video together, in a document of all splits."""
    count = entries // 20
    videos = ({"video_id": f"video{n}", "split": "train", "category": 1, "start time": 1.0} for n in range(count))
    sentences = ({"sen_id": n, "video_id": f"video{n // 20}", "caption": _text()} for n in range(entries))
    path = folder / "MSRVTT_data.json"
    _array(path, videos, head='{"info": {}, "videos": [', tail='], "sentences": [')
    rest = folder / "rest"
    _array(rest, sentences, head="", tail="]}")
    with path.open("a") as file:
        file.write(rest.read_text())
    rest.unlink()
    _lines(folder / "MSRVTT_train.9k.csv", ("video_id", *(f"video{n}" for n in range(min(count, 9_000)))))


def _msrvtt_qa(folder: Path, entries: int) -> None:
    questions = (
        {"id": n, "video_id": n // 24, "category_id": 1, "question": f"what {_text(6)}?", "answer": "car"}
        for n in range(entries)
    )
    _array(folder / "train_qa.json", questions)


def _lsmdc(folder: Path, entries: int) -> None:
    def row(number: int) -> str:
        times = f"00.{number // 3600 % 60:02d}.{number // 60 % 60:02d}.{number % 60:02d}0"
        return "\t".join((f"0001_A_Film_{times}-{number}", *[times] * 4, f'"Someone {_text(12)}.'))

    _lines(folder / "LSMDC16_annos_training.csv", map(row, range(entries)))


def _didemo(folder: Path, entries: int) -> None:
    sentences = (
        {
            "annotation_id": number,
            "description": _text(8),
            "video": f"{number // 4}@N00_{number // 4}.mp4",
            "times": [[0, 1], [0, 1], [1, 1], [0, 0]],
            "num_segments": 6,
            "dl_link": "…",
        }
        for number in range(entries)
    )
    _array(folder / "train_data.json", sentences)


def _msvd(folder: Path, entries: int) -> None:
    names = [f"{_youtube(number)}_1_9" for number in range(entries // 41)]
    _members(folder / "captions_msvd.json", ((name, [_text(8) for _ in range(41)]) for name in names))
    _lines(folder / "train_list.txt", names)


def _tgif(folder: Path, entries: int) -> None:
    head = "gif_name\tquestion\tanswer\ttype\tvid_id\tkey\tdescription"
    rows = (f"tumblr_{n}\twhat is {_text(5)} ?\tcar\t{n % 4}\tZ{n}\t{n}\t{_text(12)}" for n in range(entries))
    _lines(folder / "Train_frameqa_question.csv", (head, *rows))


def _queryd(folder: Path, entries: int) -> None:
    names = [f"video-{_youtube(number)}" for number in range(entries)]
    told = {name: [_text(12).split() for _ in range(7)] for name in names}
    (folder / "raw_captions_combined_filtered.pkl").write_bytes(pickle.dumps(told))
    _lines(folder / "train_list.txt", names)


def _activitynet(folder: Path, entries: int) -> None:
    def video(number: int) -> dict[str, Any]:
        return {"duration": 120.5, "timestamps": [[0, 30.5]] * 4, "sentences": [f" {_text(13)}." for _ in range(4)]}

    _members(folder / "train.json", ((f"v_{_youtube(number)}", video(number)) for number in range(entries)))


def _how2qa(folder: Path, entries: int) -> None:
    """The questions, and the subtitles of as many clips as the publisher has, 7 lines a clip."""
    questions = (
        {
            "vid_name": f"{_youtube(n // 2)}_0_60",
            "ts": "3.5-9.25",
            "qid": n,
            "q": f"why {_text(8)}?",
            "answer_idx": n % 4,
        }
        | {f"a{place}": _text(5) for place in range(4)}
        for n in range(entries)
    )
    _lines(folder / "how2qa_train_release.jsonl", map(json.dumps, questions))
    spoken = (
        {
            "vid_name": f"{_youtube(n)}_0_60",
            "sub": [{"text": _text(9), "start": 8.0 * k, "end": 8.0 * k + 7} for k in range(7)],
        }
        for n in range(max(1, entries * 51_390 // 34_187))
    )
    _lines(folder / "how2r_qa_sub.jsonl", map(json.dumps, spoken))


def _violin(folder: Path, entries: int) -> None:
    def clip(number: int) -> dict[str, Any]:
        spoken = [[_text(8), [1500 * n, 1500 * n + 1400]] for n in range(20)]
        statements = [[f"{_text(18)}.", f"{_text(18)}!"] for _ in range(3)]
        split = ("train", "train", "train", "train", "train", "train", "train", "train", "validate", "test")[
            number % 10
        ]
        return {
            "file": f"{number}",
            "source": "friends",
            "span": [0.0, 30.0],
            "statement": statements,
            "sub": spoken,
        } | {"split": split}

    _members(folder / "violin_annotation.json", ((f"friends_{n}_clip_000_030", clip(n)) for n in range(entries)))


FILES: dict[str, Made] = {
    "kinetics400": Made(split="train", entries=246_534, write=_kinetics),
    "ssv2": Made(split="train", entries=168_913, write=_something),
    "youcook2": Made(split="train", entries=1_790, write=_youcook),
    "msrvtt": Made(split="train", variant="1k-A", entries=200_000, write=_msrvtt),
    "msrvtt qa": Made(split="train", variant="qa", entries=158_581, write=_msrvtt_qa),
    "lsmdc": Made(split="train", entries=101_079, write=_lsmdc),
    "didemo": Made(split="train", entries=33_005, write=_didemo),
    "msvd": Made(split="train", entries=80_827, write=_msvd),
    "tgifqa": Made(split="trainval", entries=39_392, write=_tgif),
    "queryd": Made(split="train", entries=1_796, write=_queryd),
    "activitynet": Made(split="train", entries=10_009, write=_activitynet),
    "how2qa": Made(split="train", variant="value", entries=34_187, write=_how2qa),
    "violin": Made(split="train", entries=15_887, write=_violin),
}
"""By data set; a second variant of one follows its name."""


def written(folder: Path, *, share: float = 1.0) -> Iterator[tuple[str, Made]]:
    """Write the files of each data set, in a folder of its own, and name it; ``share`` of the official size."""
    for name, made in FILES.items():
        (folder / name).mkdir(parents=True)
        made.write(folder / name, max(50, int(share * made.entries)))
        yield name, made

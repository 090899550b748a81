"""The world as MSR-VTT: a clip under a number with twenty captions, the cuts 1k-A and 1k-B, questions and choices."""

from collections.abc import Sequence
from typing import Any

from finsta.data.world.formats.captions import paraphrases
from finsta.data.world.formats.choices import five_captions
from finsta.data.world.formats.clips import World, WorldClip
from finsta.data.world.formats.content import FormatContent, VideoJob, json_bytes, json_lines, lines, table
from finsta.data.world.formats.questions import balanced

CAPTIONS = 20
SPLITS = {"train": "train", "val": "validate", "test": "test"}
"""The world's splits, and what the documents call them."""

QA_TEMPLATES = ("subject", "object", "action", "total", "texture", "pace", "order", "location")
PAIRS = 1000
"""Test pairs of 1k-A and 1k-B, at most."""

CHOICE_COUNT = 5


def msrvtt(world: World) -> FormatContent:
    """The authors' documents and CLIP4Clip's, the lists of 1k-A and 1k-B, MSRVTT-QA and MSRVTT-MC."""
    ordered, number = world.of(*SPLITS), _numbers(world)
    captions = {clip.index: paraphrases(clip, CAPTIONS, "msrvtt") for clip in ordered}
    sentences = _sentences(ordered, number, captions)
    test = world.of("test")
    searched = test[:PAIRS]
    files = {
        "train_val_videodatainfo.json": json_bytes(_document(world.of("train", "val"), number, sentences)),
        "test_videodatainfo.json": json_bytes(_document(test, number, sentences)),
        "MSRVTT_data.json": json_bytes(_document(ordered, number, sentences)),
        "MSRVTT_train.9k.csv": _list_table(world.of("train", "val"), number),
        "MSRVTT_train.7k.csv": _list_table(world.of("train"), number),
        "MSRVTT_JSFUSION_test.csv": table(
            [[f"ret{place}", f"msr{number[clip.index]}", _name(number[clip.index]), captions[clip.index][0]]
             for place, clip in enumerate(searched)],
            header=["key", "vid_key", "video_id", "sentence"],
        ),
        "train_list_miech.txt": lines(_name(number[clip.index]) for clip in world.of("train")),
        "test_list_miech.txt": lines(_name(number[clip.index]) for clip in searched),
        "msrvtt_mc_test.jsonl": json_lines(five_of(world)),
        **{f"{split}_qa.json": json_bytes(questions_of(world, split)) for split in SPLITS},
    }  # fmt: skip
    videos = tuple(
        VideoJob(target=f"videos/{_name(number[clip.index])}.mp4", way="link", sources=(clip.video,))
        for clip in ordered
    )
    return FormatContent(files=files, videos=videos)


def _numbers(world: World) -> dict[int, int]:
    """The numbers of the clips: of all training videos first, then validation, then test, as in the published data."""
    return {clip.index: place for place, clip in enumerate(world.of(*SPLITS))}


def _name(number: int) -> str:
    return f"video{number}"


def _sentences(
    clips: Sequence[WorldClip], number: dict[int, int], captions: dict[int, list[str]]
) -> dict[int, list[dict[str, Any]]]:
    """The captions of each clip as entries; they are numbered through all splits."""
    found, sentence = {}, 0
    for clip in clips:
        entries = []
        for text in captions[clip.index]:
            entries.append({"caption": text, "video_id": _name(number[clip.index]), "sen_id": sentence})
            sentence += 1
        found[clip.index] = entries
    return found


def _document(
    clips: Sequence[WorldClip], number: dict[int, int], sentences: dict[int, list[dict[str, Any]]]
) -> dict[str, Any]:
    videos = [
        {
            "category": 0,
            "url": "",
            "video_id": _name(number[clip.index]),
            "start time": 0.0,
            "end time": clip.duration,
            "split": SPLITS[clip.split],
            "id": number[clip.index],
        }
        for clip in clips
    ]
    info = {"contributor": "finsta world", "year": "", "version": "1.0", "description": "", "data_created": ""}
    return {"info": info, "videos": videos, "sentences": [entry for clip in clips for entry in sentences[clip.index]]}


def _list_table(clips: Sequence[WorldClip], number: dict[int, int]) -> bytes:
    return table([[_name(number[clip.index])] for clip in clips], header=["video_id"])


def questions_of(world: World, split: str) -> list[dict[str, Any]]:
    """MSRVTT-QA of a split of the world, as its authors write it."""
    number = _numbers(world)
    asked = balanced(world.of(split), "msrvtt-qa", templates=QA_TEMPLATES, each=5)
    return [
        {
            "answer": question.answer,
            "category_id": 0,
            "id": place,
            "question": question.text.removesuffix(" ?") + "?",
            "video_id": number[clip.index],
        }
        for place, (clip, question) in enumerate(asked)
    ]


def five_of(world: World) -> list[dict[str, Any]]:
    """MSRVTT-MC of the world's test clips: five captions each, of which one is true."""
    number = _numbers(world)
    entries: list[dict[str, Any]] = []
    for clip in world.of("test"):
        found = five_captions(clip, "msrvtt-mc")
        if found is None:
            continue
        options = [found[0], *found[1]]
        order = clip.rng("msrvtt-mc order").permutation(CHOICE_COUNT).tolist()
        entry = {"qid": len(entries), "clip_name": _name(number[clip.index]), "answer": order.index(0)}
        entries.append(entry | {"options": [options[place] for place in order]})
    return entries

"""The world as MSVD and MSVD-QA: a clip with many captions, in every published shape of them, and questions."""

from typing import Any

from finsta.data.world.formats.captions import paraphrases
from finsta.data.world.formats.clips import World, WorldClip
from finsta.data.world.formats.content import FormatContent, VideoJob, json_bytes, lines, pickled, table
from finsta.data.world.formats.names import youtube_id
from finsta.data.world.formats.questions import balanced

CAPTIONS = 30
SPLITS = ("train", "val", "test")
QA_TEMPLATES = ("subject", "object", "action", "total", "texture", "pace", "order", "location", "color")


def msvd(world: World) -> FormatContent:
    """The lists of ids; the captions as JSON, pickle, text and table; the questions with the mapping of names."""
    clips = world.of(*SPLITS)
    names = {clip.index: _name(clip) for clip in clips}
    captions = {names[clip.index]: [_plain(text) for text in paraphrases(clip, CAPTIONS, "msvd")] for clip in clips}
    number = _numbers(world)
    files = {
        "captions_msvd.json": json_bytes(captions),
        "raw-captions.pkl": pickled({name: [text.split() for text in texts] for name, texts in captions.items()}),
        "AllVideoDescriptions.txt": lines(
            ["# Name of a clip, and what is said of it", "", *_described(captions)],
        ),
        "MSR_Video_Description_Corpus.csv": _corpus(captions),
        "youtube_mapping.txt": lines(f"{names[clip.index]} vid{number[clip.index]}" for clip in clips),
    }
    for split in SPLITS:
        files[f"{split}_list.txt"] = lines(names[clip.index] for clip in world.of(split))
        files[f"{split}_qa.json"] = json_bytes(questions_of(world, split))
    videos = tuple(
        VideoJob(target=f"videos/{names[clip.index]}.avi", way="recode", sources=(clip.video,)) for clip in clips
    )
    return FormatContent(files=files, videos=videos)


def _numbers(world: World) -> dict[int, int]:
    """By which the questions know the clips; from 1."""
    return {clip.index: place for place, clip in enumerate(world.of(*SPLITS), 1)}


def _name(clip: WorldClip) -> str:
    """``{youtube id}_{start}_{end}``, the times in whole seconds of a video that is not there."""
    return f"{youtube_id('msvd', clip)}_0_{max(round(clip.duration), 1)}"


def _plain(text: str) -> str:
    """In small letters, without marks, as the published captions are."""
    return text.lower().rstrip(".").replace(",", "")


def _described(captions: dict[str, list[str]]) -> list[str]:
    return [f"{name} {text}" for name, texts in captions.items() for text in texts]


def _corpus(captions: dict[str, list[str]]) -> bytes:
    """Microsoft's table; a row in another language for each clip, which is to be left out."""
    rows: list[list[Any]] = []
    for name, texts in captions.items():
        video, start, end = name.rsplit("_", 2)
        rows += [[video, start, end, 1, "clean", 10, "English", text] for text in texts]
        rows.append([video, start, end, 2, "clean", 10, "German", "Etwas bewegt sich."])
    header = ["VideoID", "Start", "End", "WorkerID", "Source", "AnnotationTime", "Language", "Description"]
    return table(rows, header=header)


def questions_of(world: World, split: str) -> list[dict[str, Any]]:
    """MSVD-QA of a split of the world, as its authors write it.

    A thing that acts is asked for by "who" in half of the questions, as people are in the published ones.
    """
    number = _numbers(world)
    entries = []
    for place, (clip, question) in enumerate(balanced(world.of(split), "msvd-qa", templates=QA_TEMPLATES, each=5)):
        text = question.text.removesuffix(" ?") + "?"
        if question.template == "subject" and clip.rng("msvd-qa who").random() < 0.5:
            text = "who" + text.removeprefix("what")
        entries.append({"answer": question.answer, "id": place, "question": text, "video_id": number[clip.index]})
    return entries

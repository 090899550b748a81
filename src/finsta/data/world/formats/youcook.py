"""The world as YouCook2: films of a few clips, a sentence for each; validation holds the world's test clips."""

from finsta.data.world.formats.captions import caption
from finsta.data.world.formats.clips import World
from finsta.data.world.formats.content import FormatContent, VideoJob, json_bytes, table
from finsta.data.world.formats.films import Film, films
from finsta.data.world.formats.names import number, youtube_id

SPLITS = {"training": "train", "validation": "test", "testing": "val"}
CLIPS = 4
"""Clips in a film."""


def youcook(world: World) -> FormatContent:
    """The JSON of the authors, MART's paragraphs, and HowTo100M's table of the validation clips."""
    entries: dict[str, dict[str, object]] = {subset: {} for subset in SPLITS}
    rows, paragraphs = [], {}
    videos = []
    for subset, source in SPLITS.items():
        for film in films(world.of(source), size=CLIPS):
            name = youtube_id("youcook", film)
            kind = str(number("recipe", film, 3))
            sentences = [caption(clip, "youcook").rstrip(".").lower() for clip in film.clips]
            entries[subset][name] = _entry(film, subset, kind, sentences if subset != "testing" else [])
            folder = f"{subset}/{kind}"
            sources = tuple(clip.video for clip in film.clips)
            videos.append(VideoJob(target=f"videos/{folder}/{name}.mp4", way="join", sources=sources, slot=film.slot))
            if subset == "validation":
                rows += [
                    [_time(film.start(place + 1)), _time(film.start(place)), kind, sentence, name]
                    for place, sentence in enumerate(sentences)
                ]
                paragraphs[name] = " ".join(f"{sentence}." for sentence in sentences)
    trainval = {"database": entries["training"] | entries["validation"]}
    files = {
        "youcookii_annotations_trainval.json": json_bytes(trainval),
        "youcookii_annotations_test_segments_only.json": json_bytes({"database": entries["testing"]}),
        "validation_youcook.csv": table(rows, header=["end", "start", "task", "text", "video_id"]),
        "yc2_val_anet_format_para.json": json_bytes(paragraphs),
    }
    return FormatContent(files=files, videos=tuple(videos))


def _entry(film: Film, subset: str, kind: str, sentences: list[str]) -> dict[str, object]:
    parts: list[dict[str, object]] = []
    for place in range(len(film.clips)):
        part: dict[str, object] = {"id": place, "segment": [_time(film.start(place)), _time(film.start(place + 1))]}
        parts.append(part | ({"sentence": sentences[place]} if sentences else {}))
    return {
        "duration": round(film.duration, 2),
        "subset": subset,
        "recipe_type": kind,
        "video_url": "",
        "annotations": parts,
    }


def _time(seconds: float) -> float | int:
    """Whole seconds as such, as in the published file."""
    return int(seconds) if seconds == int(seconds) else round(seconds, 2)

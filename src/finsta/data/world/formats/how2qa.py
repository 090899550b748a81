"""The world as How2QA: films of less than a minute with questions about one clip of them and four choices.

The published validation split holds the world's test clips, the public test its validation clips. Subtitles are there
and tell nothing.
"""

from typing import Any

from finsta.data.world.formats.choices import Choice, choices
from finsta.data.world.formats.clips import World, WorldClip
from finsta.data.world.formats.content import FormatContent, VideoJob, json_bytes, json_lines, table
from finsta.data.world.formats.films import Film, films
from finsta.data.world.formats.names import youtube_id

SPLITS = {"train": "train", "val": "test", "test_public": "val"}
CLIPS = 5
"""Clips in a film, at most."""

MINUTE = 60
SAID = "Now watch this."


def how2qa(world: World) -> FormatContent:
    """The authors' tables, VALUE's lines, and what belongs to these: mapping of names and subtitles."""
    files: dict[str, bytes] = {}
    mapping: dict[str, str] = {}
    subtitles, videos = [], []
    for split, source in SPLITS.items():
        rows: list[list[str]] = []
        entries: list[dict[str, Any]] = []
        asked = {clip.index: found for clip, found in choices(world.of(source), "how2qa")}
        size = max(min(CLIPS, int(MINUTE / world.duration)), 1)
        for film in films(world.of(source), size=size):
            video, number = youtube_id("how2qa", film), str(len(mapping))
            mapping[number] = f"{video}_0_{MINUTE}"
            subtitles.append({"vid_name": mapping[number], "sub": _subtitles(film)})
            sources = tuple(clip.video for clip in film.clips)
            videos.append(VideoJob(target=f"videos/{video}.mp4", way="join", sources=sources, slot=film.slot))
            for place, clip in enumerate(film.clips):
                start, end = film.start(place), film.start(place) + clip.duration
                for choice in asked[clip.index]:
                    rows.append([video, f"[{start}:{end}]", *choice.wrong, choice.question, choice.right])
                    entries.append(_line(clip, choice, name=number, start=start, end=end, qid=_qid(clip, choice)))
        files[f"how2QA_{split}_release.csv"] = table(rows)
        files[f"how2qa_{split}_release.jsonl"] = json_lines(entries)
    files["how2_vid_mapping.json"] = json_bytes(mapping)
    files["how2r_qa_sub.jsonl"] = json_lines(subtitles)
    return FormatContent(files=files, videos=tuple(videos))


def _qid(clip: WorldClip, choice: Choice) -> int:
    kinds = ("role", "predicate", "adverb", "order", "action", "color")
    return 10 * clip.index + kinds.index(choice.kind)


def _line(clip: WorldClip, choice: Choice, *, name: str, start: float, end: float, qid: int) -> dict[str, Any]:
    texts = [choice.right, *choice.wrong]
    order = clip.rng(f"how2qa {choice.kind}").permutation(len(texts)).tolist()
    answers = {f"a{place}": texts[drawn] for place, drawn in enumerate(order)}
    entry = {"vid_name": name, "ts": f"{start:.2f}-{end:.2f}", "qid": qid, "q": choice.question}
    return entry | answers | {"answer_idx": order.index(0)}


def _subtitles(film: Film) -> list[dict[str, Any]]:
    return [
        {"text": SAID, "start": round(film.start(place), 2), "end": round(film.start(place) + 1, 2)}
        for place in range(len(film.clips))
    ]

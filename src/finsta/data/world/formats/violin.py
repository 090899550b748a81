"""The world as VIOLIN: films with three pairs of statements, a true one and one that is false in one thing."""

from typing import Any

from finsta.data.world.formats.captions import claim_of, false_claims, speaks_of_none
from finsta.data.world.formats.clips import World, WorldClip
from finsta.data.world.formats.content import FormatContent, VideoJob, json_bytes, json_lines
from finsta.data.world.formats.films import Film, films
from finsta.data.world.formats.names import youtube_id
from finsta.data.world.wording import word

SPLITS = {"train": "train", "validate": "val", "test": "test"}
CLIPS = 3
"""Clips in a film."""

PAIRS = 3
TRIES = 30
"""Claims drawn for a pair, in clips one after the other, before the film goes without it."""

SAID = "Now watch this."


def violin(world: World) -> FormatContent:
    """The authors' annotation and VALUE's lines; in both the true statement of a pair comes first."""
    clips: dict[str, Any] = {}
    files: dict[str, bytes] = {}
    videos = []
    example = 0
    for split, source in SPLITS.items():
        entries = []
        for film in films(world.of(source), size=CLIPS):
            name = f"{youtube_id('violin', film)}_clip_000_{round(film.duration):03d}"
            pairs = statement_pairs(film)
            sources = tuple(clip.video for clip in film.clips)
            videos.append(VideoJob(target=f"videos/{name}.mp4", way="join", sources=sources, slot=film.slot))
            clips[name] = {
                "file": name,
                "source": "finsta world",
                "span": [0, round(film.duration)],
                "statement": [[right, wrong] for right, wrong in pairs],
                "sub": _subtitles(film),
                "split": split,
            }
            for number, pair in enumerate(pairs):
                for place, statement in enumerate(pair):
                    entries.append(
                        {
                            "paired_id": f"{name}-{number}-{place}",
                            "vid_name": name,
                            "statement": statement,
                            "example_id": example,
                            "answer": 1 - place,
                        }
                    )
                    example += 1
        files[f"violin_{split.replace('validate', 'val')}_release.jsonl"] = json_lines(entries)
    files["violin_annotation.json"] = json_bytes(clips)
    return FormatContent(files=files, videos=tuple(videos))


def statement_pairs(film: Film) -> list[tuple[str, str]]:
    """Pairs about the clips in turn; a false statement must not be true of another clip by accident."""
    found: list[tuple[str, str]] = []
    for attempt in range(TRIES):
        place = attempt % len(film.clips)
        clip = film.clips[place]
        pair = _pair(clip, [other for other in film.clips if other is not clip], f"violin {attempt}")
        if pair is not None and pair[0] not in [right for right, _ in found]:
            found.append(pair)
        if len(found) == PAIRS:
            break
    return found


def _pair(clip: WorldClip, others: list[WorldClip], use: str) -> tuple[str, str] | None:
    rng = clip.rng(use)
    claim = claim_of(clip, rng)
    changed = false_claims(clip, claim, rng)
    kinds = sorted(changed)
    if not kinds:
        return None
    false = changed[kinds[rng.integers(len(kinds))]]
    if not speaks_of_none([other.scene for other in others], false):
        return None
    return word(claim).text, word(false).text


def _subtitles(film: Film) -> list[Any]:
    return [
        [SAID, [round(1000 * film.start(place)), round(1000 * film.start(place)) + 1000]]
        for place in range(len(film.clips))
    ]

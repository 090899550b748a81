"""The world as LSMDC: clips of films that are not there, under names with their times: sentences, gaps, choices."""

from collections.abc import Iterator

from finsta.data.world.formats.captions import paraphrases
from finsta.data.world.formats.choices import five_captions
from finsta.data.world.formats.clips import World, WorldClip
from finsta.data.world.formats.content import FormatContent, VideoJob, table
from finsta.data.world.formats.films import films
from finsta.data.world.formats.gaps import gap
from finsta.data.world.formats.names import number

SPLITS = {"training": "train", "val": "val", "test": "test"}
CHOICES = {"training": "train", "val": "valid", "test": "test_randomized"}
"""What the multiple choice calls the splits."""

CLIPS = 6
"""Clips in a film."""

CHALLENGE = 1000
"""Clips among which retrieval searches, at most."""


def lsmdc(world: World) -> FormatContent:
    """Tables between tabs, without header or quotes; the first clip of a training film is described twice."""
    files: dict[str, bytes] = {}
    videos = []
    for split, source in SPLITS.items():
        rows: dict[str, list[list[str]]] = {"annos": [], "gaps": [], "choices": []}
        for clip, place, folder, head in _clips(world, source):
            for sentence in paraphrases(clip, 2 if split == "training" and not place else 1, "lsmdc"):
                rows["annos"].append([*head, sentence])
            if (found := gap(clip, "lsmdc-fib")) is not None:
                rows["gaps"].append([*head, *found])
            if (five := five_captions(clip, "lsmdc-mc")) is not None:
                rows["choices"].append([*head, *_choices(clip, [five[0], *five[1]], told=split == "test")])
            target = f"videos/{folder}/{head[0]}.avi"
            videos.append(VideoJob(target=target, way="recode", sources=(clip.video,)))
        files[f"LSMDC16_annos_{split}.csv"] = _table(rows["annos"])
        files[f"LSMDC16_annos_{split}_FIB.csv"] = _table(rows["gaps"])
        files[f"LSMDC16_multiple_choice_{CHOICES[split]}.csv"] = _table(rows["choices"])
        if split == "test":
            files["LSMDC16_challenge_1000_publictect.csv"] = _table(rows["annos"][:CHALLENGE])
    return FormatContent(files=files, videos=tuple(videos))


def _clips(world: World, split: str) -> Iterator[tuple[WorldClip, int, str, list[str]]]:
    """Each clip with its place in its film, the folder of the film, and the first five fields of its rows."""
    for film in films(world.of(split), size=CLIPS):
        title = f"{number('lsmdc', film, 4)}_The_World_{film.clips[0].index}"
        for place, clip in enumerate(film.clips):
            times = [_clock(film.start(place)), _clock(film.start(place) + clip.duration)]
            yield clip, place, title, [f"{title}_{times[0]}-{times[1]}", *times, *times]


def _choices(clip: WorldClip, sentences: list[str], *, told: bool) -> list[str]:
    """The right sentence first; in the test at random, with its number from 1."""
    if not told:
        return sentences
    order = clip.rng("lsmdc-mc order").permutation(len(sentences)).tolist()
    return [*(sentences[place] for place in order), str(order.index(0) + 1)]


def _table(rows: list[list[str]]) -> bytes:
    return table(rows, delimiter="\t", quoted=False)


def _clock(seconds: float) -> str:
    """``00.00.51.926``."""
    milliseconds = round(1000 * seconds)
    return (
        f"{milliseconds // 3_600_000:02d}.{milliseconds // 60_000 % 60:02d}."
        f"{milliseconds // 1000 % 60:02d}.{milliseconds % 1000:03d}"
    )

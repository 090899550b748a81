"""The world as DiDeMo: films of up to six parts of five seconds, each sentence about one or more of them.

A clip takes a whole number of parts; its last picture is held until the next one begins.
"""

from finsta.data.world.formats.captions import caption
from finsta.data.world.formats.clips import World, WorldClip
from finsta.data.world.formats.content import FormatContent, VideoJob, json_bytes, lines
from finsta.data.world.formats.films import Film, films
from finsta.data.world.formats.names import hexadecimal, number

CHUNK = 5.0
CHUNKS = 6
ANNOTATORS = 4
EXTENSIONS = ("mov", "avi")
"""Sentences of one video name it with either; the file has the extension of the world's own."""


def didemo(world: World) -> FormatContent:
    """``{train,val,test}_data.json``, and the lists of stems of collaborative-experts."""
    files, videos = {}, []
    for split in ("train", "val", "test"):
        entries, stems = [], []
        clips = world.of(split)
        slot = films(clips[:1], size=1, multiple=CHUNK)[0].slot
        for film in films(clips, size=max(int(CHUNKS * CHUNK / slot), 1), multiple=CHUNK):
            owner = number("didemo owner", film, 8)
            stem = f"{owner}@N00_{number('didemo photo', film, 10)}_{hexadecimal('didemo', film, 10)}"
            stems.append(stem)
            sources = tuple(clip.video for clip in film.clips)
            videos.append(VideoJob(target=f"videos/{stem}.mp4", way="join", sources=sources, slot=film.slot))
            entries += [_entry(film, place, clip, stem) for place, clip in enumerate(film.clips)]
        files[f"{split}_data.json"] = json_bytes(entries)
        files[f"{split}_list.txt"] = lines(stems)
    return FormatContent(files=files, videos=tuple(videos))


def _entry(film: Film, place: int, clip: WorldClip, stem: str) -> dict[str, object]:
    rng = clip.rng("didemo")
    first, last = int(film.start(place) / CHUNK), int(film.start(place + 1) / CHUNK) - 1
    count = int(film.start(len(film.clips)) / CHUNK)
    times = [[first, last] for _ in range(ANNOTATORS)]
    times[rng.integers(ANNOTATORS)] = [first, min(last + int(rng.integers(2)), count - 1)]
    return {
        "num_segments": count,
        "description": caption(clip, "didemo").rstrip(".").lower(),
        "dl_link": "",
        "times": times,
        "video": f"{stem}.{EXTENSIONS[rng.integers(len(EXTENSIONS))]}",
        "annotation_id": clip.index,
    }

"""The world as ActivityNet Captions: films with a sentence for each event and its part of the film.

Both validation files are of the world's test clips, in other words each; the ids of the test, which are not annotated,
are those of its validation clips.
"""

from finsta.data.world.formats.captions import event_caption
from finsta.data.world.formats.clips import World
from finsta.data.world.formats.content import FormatContent, VideoJob, json_bytes
from finsta.data.world.formats.films import Film, films
from finsta.data.world.formats.names import youtube_id

SPLITS = {"train": "train", "val": "test", "test": "val"}
FILES = {"train": ("train",), "val": ("val_1", "val_2"), "test": ()}
CLIPS = 3
"""Clips in a film."""


def activitynet(world: World) -> FormatContent:
    """``train.json``, ``val_1.json``, ``val_2.json``, and lists of ids, which name one video more than there are."""
    files, videos = {}, []
    for split, source in SPLITS.items():
        group = {f"v_{youtube_id('activitynet', film)}": film for film in films(world.of(source), size=CLIPS)}
        for name in FILES[split]:
            files[f"{name}.json"] = json_bytes({video: _entry(film, name) for video, film in group.items()})
        files[f"{split}_ids.json"] = json_bytes([*group, f"v_{split:_>11}"])
        for video, film in group.items():
            sources = tuple(clip.video for clip in film.clips)
            videos.append(VideoJob(target=f"videos/{video}.mp4", way="join", sources=sources, slot=film.slot))
    return FormatContent(files=files, videos=tuple(videos))


def _entry(film: Film, use: str) -> dict[str, object]:
    """As published, sentences after the first begin with a blank."""
    times: list[list[float]] = []
    sentences: list[str] = []
    for clip, event, start, end in film.events():
        text = event_caption(clip, event, clip.rng(f"activitynet {use} {event.first}"))
        sentences.append(f" {text}" if sentences else text)
        times.append([round(start, 2), round(end, 2)])
    return {"duration": round(film.duration, 2), "timestamps": times, "sentences": sentences}

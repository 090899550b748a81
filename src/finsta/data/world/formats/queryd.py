"""The world as QuerYD: films with a description of each event, as lists of words with their milliseconds."""

from finsta.data.world.formats.captions import event_caption
from finsta.data.world.formats.clips import World
from finsta.data.world.formats.content import FormatContent, VideoJob, lines, pickled
from finsta.data.world.formats.films import films
from finsta.data.world.formats.names import youtube_id

CLIPS = 3
"""Clips in a film."""


def queryd(world: World) -> FormatContent:
    """The lists of ids with their prefix, and three pickles by video: descriptions, times, confidences."""
    files: dict[str, bytes] = {}
    videos = []
    captions: dict[str, list[list[str]]] = {}
    times: dict[str, list[list[int]]] = {}
    for split in ("train", "val", "test"):
        names = []
        for film in films(world.of(split), size=CLIPS):
            name = f"video-{youtube_id('queryd', film)}"
            names.append(name)
            captions[name], times[name] = [], []
            for clip, event, start, end in film.events():
                text = event_caption(clip, event, clip.rng(f"queryd {event.first}")).lower()
                captions[name].append(text.replace(",", "").split())
                times[name].append([round(1000 * start), round(1000 * end)])
            sources = tuple(clip.video for clip in film.clips)
            videos.append(VideoJob(target=f"videos/{name}.mp4", way="join", sources=sources, slot=film.slot))
        files[f"{split}_list.txt"] = lines(names)
    files["raw_captions_combined_filtered.pkl"] = pickled(captions)
    files["times_captions_combined_filtered.pkl"] = pickled(times)
    confidences = {name: [1.0 for _ in found] for name, found in captions.items()}
    files["confidence_captions_combined_filtered.pkl"] = pickled(confidences)
    return FormatContent(files=files, videos=tuple(videos))

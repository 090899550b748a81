"""The world as QuerYD: films with a description of each event, as lists of words with their milliseconds."""

from finsta.data.world.formats.captions import event_caption
from finsta.data.world.formats.clips import World
from finsta.data.world.formats.content import FormatContent, VideoJob, lines, pickled
from finsta.data.world.formats.films import Film, films
from finsta.data.world.formats.names import youtube_id

SPLITS = ("train", "val", "test")
RELEASES = ("", "-v2")
CLIPS = 3
"""Clips in a film."""


def queryd(world: World) -> FormatContent:
    """The lists of ids with their prefix, and three pickles by video, in both releases.

    The second release has the same videos with other words.
    """
    files: dict[str, bytes] = {}
    videos = []
    groups: dict[str, Film] = {}
    for split in SPLITS:
        found = {f"video-{youtube_id('queryd', film)}": film for film in films(world.of(split), size=CLIPS)}
        files[f"{split}_list.txt"] = lines(found)
        groups |= found
    for name, film in groups.items():
        sources = tuple(clip.video for clip in film.clips)
        videos.append(VideoJob(target=f"videos/{name}.mp4", way="join", sources=sources, slot=film.slot))
    for release in RELEASES:
        captions = {name: _captions(film, release) for name, film in groups.items()}
        times = {
            name: [_milliseconds(start, end) for _, _, start, end in film.events()] for name, film in groups.items()
        }
        confidences = {name: [1.0 for _ in found] for name, found in captions.items()}
        for kind, content in (("raw", captions), ("times", times), ("confidence", confidences)):
            files[f"{kind}_captions_combined_filtered{release}.pkl"] = pickled(content)
    return FormatContent(files=files, videos=tuple(videos))


def _captions(film: Film, release: str) -> list[list[str]]:
    """A description of each event, in words without marks but the last full stop."""
    found = []
    for clip, event, _, _ in film.events():
        text = event_caption(clip, event, clip.rng(f"queryd{release} {event.first}"))
        found.append(text.lower().replace(",", "").split())
    return found


def _milliseconds(start: float, end: float) -> list[int]:
    return [round(1000 * start), round(1000 * end)]

"""Attributes of tracks of the embedded world against what the things are: colour, size, moving or still.

.venv/bin/python benchmarks/video_attributes.py [--clips 100]

Test clips of the world, gold boxes degraded as in ``benchmarks/relation_head.py`` and tracked. ``said`` is the share
of the tracks (for ``moving``: of their steps) of which a word of that kind is said, ``right`` the share of those words
that are true.
"""

import argparse
from collections import Counter

import numpy as np

from finsta.data.world.compose import split_of
from finsta.video.attributes import colour, sizes, state
from finsta.video.events.motion import Motion
from relation_head import Clip, test_clip

ALSO = {"cyan": {"blue", "green"}}
"""Colours of the world that are none of the eleven basic terms."""

STILL = 0.004
"""Widths of the frame in a frame below which a thing stands (the world's own bound)."""


def count(clip: Clip, found: Counter[tuple[str, bool]], total: Counter[str]) -> None:
    """Add the words of one clip."""
    tracks = [track for track in clip.tracks if track.number in clip.things]
    size = sizes(tracks)
    for track in tracks:
        thing = clip.scene.things[clip.things[track.number]]
        total["colour"] += 1
        word = colour(track)
        if word is not None:
            found["colour", word.label == thing.colour or word.label in ALSO.get(thing.colour, ())] += 1
        total["size"] += 1
        if track.number in size:
            found["size", size[track.number].label == thing.size] += 1
        motion = Motion(track=track, aspect=1.0)
        position = clip.scene.position[clip.things[track.number]]
        moved = np.linalg.norm(np.diff(position, axis=0), axis=1) > STILL
        for step, place in enumerate(track.places.tolist()):
            total["moving or still"] += 1
            told = state(motion, step)
            if told is not None:
                near = moved[max(place - 1, 0) : place + 1]
                found["moving or still", (told.label == "moving") == bool(near.any())] += 1


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=100, help="test clips")
    options = parser.parse_args()
    found: Counter[tuple[str, bool]] = Counter()
    total: Counter[str] = Counter()
    for index in [index for index in range(10 * options.clips) if split_of(0, index) == "test"][: options.clips]:
        count(test_clip(index), found, total)
    print("| attribute | of | said, % | right, % |\n|---|---|---|---|")
    for kind, of in total.items():
        right, wrong = found[kind, True], found[kind, False]
        print(f"| {kind} | {of} | {100 * (right + wrong) / of:.1f} | {100 * right / max(right + wrong, 1):.1f} |")


if __name__ == "__main__":
    main()

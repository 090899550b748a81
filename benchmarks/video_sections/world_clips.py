"""Clips of the world, degraded, tracked and searched for events by the code that ``finsta parse`` runs."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from finsta.data.world.compose import compose
from finsta.data.world.degraded import Degradation, analysed_frames, gold_boxes
from finsta.data.world.scene import Scene
from finsta.data.world.settings import WorldConfig
from finsta.metrics.tracked import TrackedFrame
from finsta.shapes import Array, Float
from finsta.video.detectors.detection import box_iou
from finsta.video.events import find_events
from finsta.video.events.motion import Event, Motion
from finsta.video.tracking import ObjectTrack, track_shots

CONFIG = WorldConfig()
"""4 seconds at 8 frames a second, 64 × 64 pixels, as ``finsta world`` makes them."""


@dataclass(frozen=True, kw_only=True)
class ParsedClip:
    """A clip with what was found in it.

    Attributes:
        seed: Of the world.
        index: Number of the clip.
        scene: The truth.
        gold: Boxes of the things that are in sight, frame by frame.
        tracks: What the tracker made of the degraded boxes.
        events: What the event finder made of the tracks.
    """

    seed: int
    index: int
    scene: Scene
    gold: list[dict[int, Float[Array, "4"]]]
    tracks: list[ObjectTrack]
    events: list[Event]


def parsed_clips(seed: int, count: int, degradation: Degradation) -> Iterator[ParsedClip]:
    """The first clips of a world, parsed."""
    for index in range(count):
        scene = compose(seed, index, CONFIG)
        yield parse(scene, seed=seed, index=index, degradation=degradation)


def parse(scene: Scene, *, seed: int, index: int, degradation: Degradation) -> ParsedClip:
    """Degrade the gold boxes of a scene, track them, find the events."""
    rng = np.random.default_rng([seed, 7, index])
    frames = analysed_frames(scene, size=CONFIG.size, rng=rng, degradation=degradation)
    (tracks,) = track_shots([frames])
    motions = [Motion(track=track, aspect=1.0) for track in tracks]
    events = find_events(motions, shot=(0.0, scene.num_frames / scene.frames_per_second))
    gold = [gold_boxes(scene, frame) for frame in range(scene.num_frames)]
    return ParsedClip(seed=seed, index=index, scene=scene, gold=gold, tracks=tracks, events=events)


def tracked_frames(clip: ParsedClip) -> tuple[list[TrackedFrame], list[TrackedFrame]]:
    """The found boxes and the gold boxes of each frame, with their tracks."""
    ours, gold = [], []
    for place, boxes in enumerate(clip.gold):
        there = [(track.number, track.boxes[step]) for track in clip.tracks if (step := track.at(place)) is not None]
        gold.append(TrackedFrame(tracks=tuple(boxes), boxes=np.array(list(boxes.values())).reshape(-1, 4)))
        ours.append(
            TrackedFrame(
                tracks=tuple(number for number, _ in there), boxes=np.array([box for _, box in there]).reshape(-1, 4)
            )
        )
    return ours, gold


def things_of(clip: ParsedClip) -> dict[int, int | None]:
    """Which thing each track follows, by track number: that with IoU of 0.5 in at least half of the track's frames."""
    found: dict[int, int | None] = {}
    for track in clip.tracks:
        votes = dict.fromkeys(range(len(clip.scene.things)), 0)
        for place, box in zip(track.places.tolist(), track.boxes, strict=True):
            for thing, gold in clip.gold[place].items():
                votes[thing] += bool(box_iou(box[None], gold[None])[0, 0] >= 0.5)
        best = max(votes, key=lambda thing: votes[thing])
        found[track.number] = best if votes[best] >= 0.5 * len(track.places) else None
    return found

"""Gold boxes made as bad as a detector's: what the tracker would be given if a detector looked at a clip of the world.

Jitter, misses and false alarms are drawn; everything else is what :func:`finsta.video.parse.parse_video` would see: the
camera and the looks of the boxes are measured in the rendered pictures.
"""

from dataclasses import dataclass

import numpy as np

from finsta.data.world.render import frames
from finsta.data.world.scene import Scene
from finsta.data.world.vocabulary import SHAPES
from finsta.graphs.dynamic import Camera
from finsta.shapes import Array, Float, Image
from finsta.video.appearance import colour_shares, histograms
from finsta.video.camera import CameraTracker
from finsta.video.detectors.detection import Detections
from finsta.video.tracking import AnalysedFrame

TRUE_SCORES = (0.75, 0.12)
"""Mean and standard deviation of the score of a box that stands for something."""

FALSE_SCORES = (0.55, 0.15)
"""The same of a false alarm: lower as a rule, but a good part of them passes for true."""

LEAST_SIDE = 0.01
"""Widths of the frame below which a box counts as empty."""


@dataclass(frozen=True, kw_only=True)
class Degradation:
    """How bad the detector is.

    Attributes:
        jitter: Standard deviation of each edge of a box, as a share of the box's width or height.
        misses: Share of the gold boxes that are not found, each drawn by itself.
        false_alarms: False boxes, as a share of the gold boxes; each is as large as some gold box of its frame, lies
            anywhere in the frame and is called any shape.
        telling_scores: Whether false alarms score lower as a rule; else all scores are drawn alike and tell nothing.
    """

    jitter: float = 0.05
    misses: float = 0.2
    false_alarms: float = 0.1
    telling_scores: bool = True


def gold_boxes(scene: Scene, frame: int) -> dict[int, Float[Array, "4"]]:
    """The boxes of the things in a frame, by thing, whether or not others hide them."""
    boxes = {thing: scene.box(thing, frame) for thing in range(len(scene.things))}
    return {thing: np.array(box, np.float64) for thing, box in boxes.items() if box is not None}


def analysed_frames(
    scene: Scene, *, size: int, rng: np.random.Generator, degradation: Degradation = Degradation()
) -> list[AnalysedFrame]:
    """What tracking knows of each frame of a clip when a poor detector has looked at it.

    The label of a detection is the thing's shape, which two things of a clip may share. Its histogram and colours are
    taken from the rendered picture inside the degraded box; a thing that is hidden by another is still boxed, and looks
    like what hides it.

    Args:
        scene: What is where.
        size: Width and height of the rendered pictures in pixels.
        rng: Draws the background of the pictures and every fault of the detector.
        degradation: How bad the detector is.
    """
    tracker = CameraTracker()
    found = []
    for index, image in enumerate(frames(scene, size=size, rng=rng)):
        boxes = gold_boxes(scene, index)
        detections = degrade(boxes, [scene.things[thing].shape for thing in boxes], rng=rng, degradation=degradation)
        found.append(_analysed(image, detections, time=index / scene.frames_per_second, camera=tracker.add(image)))
    return found


def _analysed(image: Image, detections: Detections, *, time: float, camera: Camera) -> AnalysedFrame:
    return AnalysedFrame(
        time=time,
        camera=camera,
        detections=detections,
        histograms=histograms(image, detections.boxes),
        colours=colour_shares(image, detections.boxes),
    )


def degrade(
    boxes: dict[int, Float[Array, "4"]], labels: list[str], *, rng: np.random.Generator, degradation: Degradation
) -> Detections:
    """The detections of one frame.

    Args:
        boxes: Gold boxes of the things in it.
        labels: What each of them is called, in the same order.
        rng: Draws the faults.
        degradation: How bad the detector is.
    """
    gold = np.array(list(boxes.values())).reshape(-1, 4)
    seen = np.flatnonzero(rng.random(len(gold)) >= degradation.misses)
    extents = np.tile(gold[:, 2:] - gold[:, :2], 2)
    jittered = (gold + degradation.jitter * extents * rng.standard_normal(gold.shape))[seen]
    false = _false_boxes(extents[:, :2], rng, count=int(rng.binomial(len(gold), degradation.false_alarms)))
    true_scores = rng.normal(*TRUE_SCORES, len(seen))
    false_scores = rng.normal(*(FALSE_SCORES if degradation.telling_scores else TRUE_SCORES), len(false))
    return Detections.tidy(
        np.concatenate([jittered, false]),
        np.clip(np.concatenate([true_scores, false_scores]), 0.05, 1.0),
        [labels[index] for index in seen] + [str(rng.choice(SHAPES)) for _ in false],
    )


def _false_boxes(extents: Float[Array, "boxes 2"], rng: np.random.Generator, *, count: int) -> Float[Array, "false 4"]:
    if not count:
        return np.zeros((0, 4))
    extent = extents[rng.integers(len(extents), size=count)]
    corner = rng.random((count, 2)) * np.maximum(1 - extent, LEAST_SIDE)
    return np.concatenate([corner, corner + extent], axis=1)

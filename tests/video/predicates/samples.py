"""Tracks that move as a test says, and a head small enough to be made on the spot."""

from collections.abc import Callable, Sequence

import numpy as np
import torch

from finsta.video.predicates.head import HeadSettings, RelationHead, make_network
from finsta.video.predicates.prior import FrequencyPrior
from finsta.video.tracking.tracks import ObjectTrack
from tests.video.conftest import square

RATE = 8.0


def track(
    number: int,
    place: Callable[[float], tuple[float, float]],
    *,
    times: Sequence[float] = tuple(np.arange(0, 4, 1 / RATE)),
    size: float = 0.2,
    label: str = "ball",
) -> ObjectTrack:
    """A square whose centre is at a place at each time, in a square picture."""
    boxes = np.array([square(*place(time), size, aspect=1.0) for time in times])
    return ObjectTrack(
        number=number,
        shot=0,
        label=label,
        places=np.arange(len(times)),
        times=np.array(times, float),
        boxes=np.clip(boxes, 0, 1),
        scores=np.full(len(times), 0.9),
        seen=np.ones(len(times), bool),
        stable_boxes=boxes,
        colours=np.zeros(11),
    )


def still(x: float, y: float) -> Callable[[float], tuple[float, float]]:
    return lambda _: (x, y)


def tiny_head(predicates: Sequence[str] = ("approach", "stop"), *, seed: int = 0) -> RelationHead:
    """Random weights, the output layer too, so that it says something."""
    settings = HeadSettings(
        predicates=tuple(predicates), classes=("ball", "box"), rate=RATE, width=8, thresholds=(0.5,) * len(predicates)
    )
    torch.manual_seed(seed)
    network = make_network(settings)
    torch.nn.init.normal_(network.output.weight, std=0.5)
    shares = {("ball", "box"): (0.5, 0.0, 2.0), ("ball", None): (0.0, 0.25, 1.0)}
    return RelationHead(network, FrequencyPrior(predicates=tuple(predicates), shares=shares), settings)

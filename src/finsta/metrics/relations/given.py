"""What a prediction is given beforehand in the three tasks of scene graph generation, and that it keeps to it."""

from dataclasses import replace

import numpy as np

from finsta.errors import InputError
from finsta.metrics.relations.boxes import box_iou
from finsta.metrics.relations.frames import FramePair

TASKS = ("predcls", "sgcls", "sgdet")
"""``predcls``: gold boxes and classes are given, predicates are sought. ``sgcls``: gold boxes are given. ``sgdet``:
nothing is."""

SAME_BOX = 0.99
"""IoU from which a box is the gold box, but for rounding in files."""


def as_given(pair: FramePair, task: str) -> FramePair:
    """The pair as the task judges it: in PredCls the scores of objects are 1, for their classes are not predicted.

    Raises:
        InputError: if the task is unknown, or a predicted object is not one of the gold objects that it gives.
    """
    if task not in TASKS:
        raise InputError(f"task {task!r}: expected predcls, sgcls or sgdet; choose one of them")
    if task == "sgdet":
        return pair
    found, gold = pair.found, pair.gold
    same = box_iou(found.boxes, gold.boxes) >= SAME_BOX
    if task == "predcls":
        labels = np.array(found.labels, dtype=object)[:, None] == np.array(gold.labels, dtype=object)[None, :]
        same &= labels.astype(bool)
    strangers = np.flatnonzero(~same.any(axis=1))
    if len(strangers):
        index = int(strangers[0])
        what = "box and class" if task == "predcls" else "box"
        raise InputError(
            f"{pair.name}: {task} gives the {what} of each object, but predicted object {index} "
            f"({found.labels[index]}, {[round(float(side), 4) for side in found.boxes[index]]}) is none of the "
            f"{len(gold.labels)} gold objects; predict on gold objects, or choose the task sgdet"
        )
    if task == "sgcls":
        return pair
    return replace(pair, found=replace(found, scores=np.ones(len(found.labels))))

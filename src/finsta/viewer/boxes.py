"""Boxes over a key frame, and where their labels stand so that they hide one another least."""

from collections.abc import Sequence
from dataclasses import dataclass

from finsta.graphs.dynamic import FrameGraph
from finsta.viewer.drawing import NodeView, text_width

SHOWN_WIDTH = 266.0
"""Pixels that a key frame is wide on the page, about."""
LABEL_HEIGHT = 15.0
_SMALL = 34.0

_Rectangle = tuple[float, float, float, float]


@dataclass(frozen=True, kw_only=True)
class BoxView:
    """A box and the top left corner of its label, in percent of the picture."""

    node: NodeView
    left: float
    top: float
    width: float
    height: float
    label_left: float
    label_top: float


def box_views(frame: FrameGraph, views: Sequence[NodeView], *, aspect: float) -> tuple[BoxView, ...]:
    """The boxes of a key frame of ``aspect`` (height ÷ width), large ones first, so that small ones lie on top."""
    found = [(view, node.box) for view, node in zip(views, frame.nodes, strict=True) if node.box is not None]
    found.sort(key=lambda pair: -(pair[1][2] - pair[1][0]) * (pair[1][3] - pair[1][1]))
    height = SHOWN_WIDTH * aspect
    taken: list[_Rectangle] = []
    result = []
    for view, box in found:
        x1, x2 = box[0] * SHOWN_WIDTH, box[2] * SHOWN_WIDTH
        label = _place(view.label, (x1, box[1] * height, x2, box[3] * height), height, taken)
        taken.append(label)
        left, top, wide, high = box[0], box[1], box[2] - box[0], box[3] - box[1]
        sides = (left, top, wide, high, label[0] / SHOWN_WIDTH, label[1] / height)
        names = ("left", "top", "width", "height", "label_left", "label_top")
        percent = {name: round(100 * side, 2) for name, side in zip(names, sides, strict=True)}
        result.append(BoxView(node=view, **percent))
    return tuple(result)


def _place(label: str, box: _Rectangle, height: float, taken: Sequence[_Rectangle]) -> _Rectangle:
    x1, y1, x2, y2 = box
    width = text_width(label, size=11.5) + 9
    inside = [(x1, y1), (x2 - width, y1), (x1, y2 - LABEL_HEIGHT), (x2 - width, y2 - LABEL_HEIGHT)]
    outside = [(x1, y1 - LABEL_HEIGHT), (x1, y2), (x2 - width, y1 - LABEL_HEIGHT), (x2 - width, y2)]
    corners = outside + inside if y2 - y1 < _SMALL else inside + outside
    corners += [((x1 + x2 - width) / 2, y) for y in (y1 + LABEL_HEIGHT, (y1 + y2) / 2, y2 - 2 * LABEL_HEIGHT)]
    places = []
    for x, y in corners:
        left = min(max(x, 0.0), max(SHOWN_WIDTH - width, 0.0))
        top = min(max(y, 0.0), max(height - LABEL_HEIGHT, 0.0))
        places.append((left, top, left + width, top + LABEL_HEIGHT))
    return min(places, key=lambda place: sum(_overlap(place, other) for other in taken))


def _overlap(a: _Rectangle, b: _Rectangle) -> float:
    wide = min(a[2], b[2]) - max(a[0], b[0])
    high = min(a[3], b[3]) - max(a[1], b[1])
    return wide * high if wide > 0 and high > 0 else 0.0

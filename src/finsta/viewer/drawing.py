"""What a drawing of a scene graph is made of: labelled pills and wires."""

from dataclasses import dataclass

from finsta.graphs.scene_graph import NodeKind

PILL_HEIGHT = 20.0
_NARROW, _WIDE = frozenset("fijlrtI.,;:'|!() "), frozenset("mwMW@%")


@dataclass(frozen=True, kw_only=True)
class NodeView:
    """A node as the page shows it.

    Attributes:
        index: In its graph.
        kind: What it stands for.
        label: What is written on it.
        colour: Of its track; ``None`` for the neutral ink.
        keys: Names by which the parts of the page light up together, parted by spaces.
        emit: Names that it lights when pointed at; its own keys where empty.
    """

    index: int
    kind: NodeKind
    label: str
    colour: str | None = None
    keys: str = ""
    emit: str = ""


@dataclass(frozen=True, kw_only=True)
class Pill:
    """A node with its place: left, top and width in pixels of the drawing, and the arrow beside its label."""

    node: NodeView
    x: float
    y: float
    width: float
    arrow: str = ""

    @property
    def middle(self) -> float:
        """Height of its centre."""
        return self.y + PILL_HEIGHT / 2


@dataclass(frozen=True, kw_only=True)
class Wire:
    """An SVG path; ``start`` and ``end`` say what stands at its ends: ``"dot"``, ``"arrow"`` or nothing."""

    path: str
    start: str = ""
    end: str = ""
    dashed: bool = False
    keys: str = ""


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """A laid-out graph, in pixels."""

    width: float
    height: float
    pills: tuple[Pill, ...] = ()
    wires: tuple[Wire, ...] = ()


def text_width(text: str, *, size: float = 12.0) -> float:
    """Width in pixels that a text takes in a sans-serif face, estimated from above."""
    ems = (0.34 if c in _NARROW else 0.9 if c in _WIDE else 0.6 if c.isascii() else 1.0 for c in text)
    return size * sum(ems)


def pill_width(node: NodeView, arrow: str = "") -> float:
    """Width in pixels of a node's pill, with the arrow beside its label where it has one."""
    size = 12.5 if node.kind is NodeKind.OBJECT else 11.5
    return text_width(node.label, size=size) + 16 + (13 if arrow else 0)

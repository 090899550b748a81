"""What a piece of work costs in floating-point operations, and graphs of a stated size to count it on."""

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode

from finsta.graphs.dynamic import DynamicSceneGraph, FrameGraph, VideoInfo, VisualNode
from finsta.graphs.holistic import HolisticSceneGraph, Link
from finsta.graphs.scene_graph import Edge, EdgeKind, NodeKind, TextNode, TextualSceneGraph
from finsta.shapes import Tensor

FRAMES, OBJECTS, ATTRIBUTES, RELATIONS = 16, 20, 2, 2
"""Key frames; objects in each, attributes and relations of each object: 100 nodes and 340 edges a key frame."""


@dataclass(frozen=True, kw_only=True)
class Operations:
    """Floating-point operations of some work.

    Attributes:
        products: Those of matrix products, convolutions and attention, as ``FlopCounterMode`` counts them: a
            multiplication and an addition are two.
        others: Elements written by everything else that yields floating-point numbers (sums, exponentials, gathering,
            scattering, norms), one operation each; views and copies of a whole tensor write none.
    """

    products: int
    others: int


def count(work: Callable[[], object]) -> Operations:
    """Do some work once and count; what runs in backward counts if the work runs it."""
    flops, elements = FlopCounterMode(display=False, custom_mapping=_edge_products()), _Elements()
    with flops, elements:
        work()
    return Operations(products=flops.get_total_flops(), others=elements.written)


def synthetic_pair(*, frames: int = FRAMES, objects: int = OBJECTS) -> HolisticSceneGraph:
    """A pair of stated size.

    ``objects`` tracks stand in every key frame with two attributes and two relations each; the sentence has twelve
    nodes: four objects with an attribute each, and three predicates, one of them modified.
    """
    video = DynamicSceneGraph(
        video=VideoInfo(
            path="synthetic",
            duration=float(frames),
            width=224,
            height=224,
            frames_per_second=1.0,
            frame_count=frames,
        ),
        frames=tuple(_frame(index, objects) for index in range(frames)),
    )
    text = _text()
    nouns, verbs = text.indices(NodeKind.OBJECT), text.indices(NodeKind.PREDICATE)
    whole, half = (0.0, float(frames)), (0.0, frames / 2)
    links = [Link(text_node=node, subject_track=n, interval=whole, similarity=1.0) for n, node in enumerate(nouns)]
    links += [
        Link(text_node=node, subject_track=n, object_track=n + 1, label="verb0", interval=half, similarity=1.0)
        for n, node in enumerate(verbs)
    ]
    return HolisticSceneGraph(text=text, video=video, links=tuple(links))


def _frame(index: int, objects: int) -> FrameGraph:
    nodes, edges = [], []
    for track in range(objects):
        left = (track + 0.5 + 0.02 * index) / (2 * objects)
        box = (left, left, left + 0.3, left + 0.3)
        nodes.append(VisualNode(kind=NodeKind.OBJECT, label=f"thing{track % 5}", box=box, track=track))
    for track in range(objects):
        for number in range(ATTRIBUTES):
            edges.append(Edge(source=track, target=len(nodes), kind=EdgeKind.ATTRIBUTE))
            nodes.append(VisualNode(kind=NodeKind.ATTRIBUTE, label=f"look{number}"))
        for number in range(RELATIONS):
            edges.append(Edge(source=track, target=len(nodes), kind=EdgeKind.SUBJECT))
            edges.append(Edge(source=len(nodes), target=(track + 1 + number) % objects, kind=EdgeKind.OBJECT))
            nodes.append(VisualNode(kind=NodeKind.PREDICATE, label=f"verb{number}"))
    return FrameGraph(time=index + 0.5, nodes=tuple(nodes), edges=tuple(edges))


def _text() -> TextualSceneGraph:
    words = ["red", "thing0", "verb0", "blue", "thing1", "verb1", "old", "thing2", "verb2", "quickly", "big", "thing3"]
    kinds = [NodeKind.ATTRIBUTE, NodeKind.OBJECT, NodeKind.PREDICATE] * 3
    kinds += [NodeKind.PREDICATE_ATTRIBUTE, NodeKind.ATTRIBUTE, NodeKind.OBJECT]
    nodes, place = [], 0
    for kind, word in zip(kinds, words, strict=True):
        nodes.append(TextNode(kind=kind, label=word, lemma=word, span=(place, place + len(word))))
        place += len(word) + 1
    edges = [Edge(source=noun, target=noun - 1, kind=EdgeKind.ATTRIBUTE) for noun in (1, 4, 7, 11)]
    for subject, verb, target in ((1, 2, 4), (4, 5, 7), (7, 8, 11)):
        edges.append(Edge(source=subject, target=verb, kind=EdgeKind.SUBJECT))
        edges.append(Edge(source=verb, target=target, kind=EdgeKind.OBJECT))
    edges.append(Edge(source=8, target=9, kind=EdgeKind.PREDICATE_ATTRIBUTE))
    return TextualSceneGraph(text=" ".join(words), nodes=tuple(nodes), edges=tuple(edges))


def _edge_products() -> dict[Any, Callable[..., int]]:
    """The encoders' products along edges, which are operators of their own: multiplications and additions as written.

    E edges, width d, R types of edge: ⟨q ⊙ f, k⟩ is 3 E d, its gradients 8 E d, and 2 R E d for that of the table of
    types, a product with which edge is of which type; Σ w v is 2 E d, its two gradients 4 E d.
    """
    import finsta.encoders.edge_products  # noqa: F401 - registers the operators

    def each(times: int, table: int, edges: int, types: int | None = None) -> Callable[..., int]:
        def formula(*shapes: Any, out_shape: Any = None, **_: Any) -> int:
            count, width = shapes[edges][-1], prod(shapes[table][1:])
            return int((times + (0 if types is None else 2 * shapes[types][0])) * count * width)

        return formula

    own = torch.ops.finsta
    return {
        own.edge_scores: each(3, 0, 3),
        own.edge_scores_backward: each(8, 1, 4, types=3),
        own.weighted_sum: each(2, 1, 2),
        own.weighted_sum_backward: each(4, 2, 3),
    }


class _Elements(TorchDispatchMode):
    """Counts the elements that operations write which `FlopCounterMode` does not know."""

    def __init__(self) -> None:
        super().__init__()
        self.written = 0
        self._known = {*FlopCounterMode(display=False).flop_registry, *_edge_products(), *_COPIES}

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        if func._overloadpacket not in self._known and not func.is_view:
            self.written += sum(
                leaf.numel() for leaf in tree_leaves(result) if isinstance(leaf, Tensor) and leaf.is_floating_point()
            )
        return result


_ATEN = torch.ops.aten
_COPIES = {
    _ATEN.detach, _ATEN._to_copy, _ATEN.clone, _ATEN.copy_, _ATEN.zeros, _ATEN.empty, _ATEN.new_zeros, _ATEN.ones,
    _ATEN.zeros_like, _ATEN.ones_like, _ATEN.empty_like, _ATEN.new_empty, _ATEN.full, _ATEN.new_full, _ATEN.zero_,
    _ATEN.fill_, _ATEN.new_empty_strided, _ATEN.empty_strided, _ATEN._unsafe_view, _ATEN.cat, _ATEN.stack,
}  # fmt: skip
"""What computes nothing: it only makes room, or moves."""

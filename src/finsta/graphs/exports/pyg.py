"""PyG ``HeteroData``: nodes by modality and kind, edges by kind, properties as tensors and lists."""

from collections.abc import Sequence
from typing import Any

import torch

from finsta.errors import MissingDependencyError
from finsta.graphs.exports.flat import FlatEdge, FlatNode, Graph, flatten
from finsta.graphs.scene_graph import EdgeKind

WIDTHS = {"span": 2, "box": 4, "interval": 2}
"""Numbers of each property that is a tuple."""

WHOLE = frozenset({"span", "frame", "shot", "track"})
"""Properties of whole numbers; the others are float32."""


def to_hetero_data(graph: Graph) -> Any:
    """A graph as ``torch_geometric.data.HeteroData``.

    Node types are ``text_object``, ``video_predicate`` and so on, edge types ``(type, kind, type)``. A node type holds
    ``name``, ``label`` and, for text, ``lemma``, ``canonical`` and ``mentions`` as lists; ``confidence`` [nodes],
    ``span`` [nodes, 2] of text, ``frame``, ``time``, ``shot`` [nodes] and for objects ``box`` [nodes, 4] and ``track``
    of video. An edge type holds ``edge_index`` [2, edges] and ``confidence``, or ``similarity`` and ``interval``
    [edges, 2]; ``span`` [edges, 2] inside the text. Where a node or edge has no span, it is (-1, -1). Features ``x``
    are yours to add.

    Raises:
        MissingDependencyError: if PyG is not installed.
    """
    try:
        from torch_geometric.data import HeteroData
    except ImportError as error:
        raise MissingDependencyError(
            "HeteroData needs torch_geometric, found none; run: pip install 'finsta[exports]'"
        ) from error
    flat = flatten(graph)
    data = HeteroData(**flat.properties)
    by_type: dict[str, list[FlatNode]] = {}
    place: dict[str, tuple[str, int]] = {}
    for node in flat.nodes:
        nodes = by_type.setdefault(f"{node.modality}_{node.kind.value}", [])
        place[node.name] = (f"{node.modality}_{node.kind.value}", len(nodes))
        nodes.append(node)
    for name, nodes in by_type.items():
        _fill(data[name], nodes)
    joined: dict[tuple[str, EdgeKind, str], list[FlatEdge]] = {}
    for edge in flat.edges:
        joined.setdefault((place[edge.source][0], edge.kind, place[edge.target][0]), []).append(edge)
    for (source, kind, target), edges in joined.items():
        store = data[source, kind.value, target]
        ends = [[place[edge.source][1] for edge in edges], [place[edge.target][1] for edge in edges]]
        store.edge_index = torch.tensor(ends, dtype=torch.long)
        for name in dict.fromkeys(name for edge in edges for name in edge.properties):
            store[name] = _column(name, [edge.properties for edge in edges])
    return data


def _fill(store: Any, nodes: Sequence[FlatNode]) -> None:
    store.num_nodes = len(nodes)
    store.name = [node.name for node in nodes]
    properties = [node.properties for node in nodes]
    for name in dict.fromkeys(name for entry in properties for name in entry):
        store[name] = _column(name, properties)


def _column(name: str, properties: Sequence[dict[str, Any]]) -> Any:
    if name in ("label", "lemma", "canonical"):
        return [entry.get(name, "") for entry in properties]
    if name == "mentions":
        return [entry.get(name, ()) for entry in properties]
    missing: Any = (-1,) * WIDTHS[name] if name in WIDTHS else -1
    dtype = torch.long if name in WHOLE else torch.float32
    return torch.tensor([entry.get(name, missing) for entry in properties], dtype=dtype)

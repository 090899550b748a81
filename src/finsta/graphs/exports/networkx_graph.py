"""networkx: a directed multigraph with every property of nodes and edges."""

from typing import Any

from finsta.errors import MissingDependencyError
from finsta.graphs.exports.flat import Graph, flatten


def to_networkx(graph: Graph) -> Any:
    """A graph as ``networkx.MultiDiGraph``.

    Nodes are named as :mod:`finsta.graphs.exports.flat` names them and carry ``modality``, ``kind`` and their
    properties; the key of an edge is its kind, which it also carries as ``kind``. Where two links of a text node meet
    in one key frame, the second edge between the two nodes has the key ``…#2``. Kinds are plain strings, spans and
    boxes tuples.

    Raises:
        MissingDependencyError: if networkx is not installed.
    """
    try:
        import networkx
    except ImportError as error:
        raise MissingDependencyError(
            "a networkx graph needs networkx, found none; run: pip install 'finsta[exports]'"
        ) from error
    flat = flatten(graph)
    made = networkx.MultiDiGraph(**flat.properties)
    for node in flat.nodes:
        made.add_node(node.name, modality=node.modality, kind=node.kind.value, **node.properties)
    for edge in flat.edges:
        kind, alike = edge.kind.value, 1
        while made.has_edge(edge.source, edge.target, key := kind if alike == 1 else f"{kind}#{alike}"):
            alike += 1
        made.add_edge(edge.source, edge.target, key=key, kind=kind, **edge.properties)
    return made

"""GraphML, the XML form that graph tools (Gephi, yEd, networkx, igraph) read; no dependency."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from xml.etree import ElementTree

from finsta.graphs.exports.flat import Graph, Properties, flatten
from finsta.graphs.serialization import write_text

NAMESPACE = "http://graphml.graphdrawing.org/xmlns"
PARTS = {"span": ("start", "end"), "box": ("x1", "y1", "x2", "y2"), "interval": ("interval_start", "interval_end")}
"""GraphML knows single values only: the names under which the parts of a tuple are written."""


def to_graphml(graph: Graph) -> str:
    """A graph as a GraphML document: directed, parallel edges allowed, nodes named as :mod:`.flat` names them.

    Nodes carry ``modality`` and ``kind``, edges ``kind``, both their properties; mentions are written ``0:3 17:20``.
    """
    flat = flatten(graph)
    nodes = [(n.name, {"modality": n.modality, "kind": n.kind.value} | n.properties) for n in flat.nodes]
    edges = [(e, {"kind": e.kind.value} | e.properties) for e in flat.edges]
    root = ElementTree.Element("graphml", xmlns=NAMESPACE)
    keys = {
        **_declare(root, "graph", [flat.properties]),
        **_declare(root, "node", [properties for _, properties in nodes]),
        **_declare(root, "edge", [properties for _, properties in edges]),
    }
    body = ElementTree.SubElement(root, "graph", edgedefault="directed")
    _write(body, "graph", flat.properties, keys)
    for name, properties in nodes:
        _write(ElementTree.SubElement(body, "node", id=name), "node", properties, keys)
    for number, (edge, properties) in enumerate(edges):
        element = ElementTree.SubElement(body, "edge", id=f"e{number}", source=edge.source, target=edge.target)
        _write(element, "edge", properties, keys)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=False) + "\n"


def save_graphml(graph: Graph, path: str | Path) -> None:
    """Write :func:`to_graphml`, whole or not at all.

    Raises:
        OutputError: if the file cannot be written.
    """
    write_text(Path(path), '<?xml version="1.0" encoding="UTF-8"?>\n' + to_graphml(graph))


def _declare(root: ElementTree.Element, owner: str, items: Iterable[Properties]) -> dict[tuple[str, str], str]:
    """One ``<key>`` for each property that an owner (graph, node, edge) has; returns their names in the document."""
    kinds: dict[str, set[type]] = {}
    for properties in items:
        for name, value in _single(properties):
            kinds.setdefault(name, set()).add(type(value))
    keys = {}
    for name, found in kinds.items():
        keys[owner, name] = key = f"{owner}_{name}"
        kind = "int" if found == {int} else "double" if found <= {int, float} else "string"
        ElementTree.SubElement(root, "key", {"id": key, "for": owner, "attr.name": name, "attr.type": kind})
    return keys


def _write(element: ElementTree.Element, owner: str, properties: Properties, keys: dict[tuple[str, str], str]) -> None:
    for name, value in _single(properties):
        ElementTree.SubElement(element, "data", key=keys[owner, name]).text = _printable(str(value))


def _single(properties: Properties) -> Iterator[tuple[str, str | int | float]]:
    for name, value in properties.items():
        if name in PARTS:
            yield from zip(PARTS[name], value, strict=True)
        elif name == "mentions":
            yield name, " ".join(f"{start}:{end}" for start, end in value)
        else:
            yield name, value


def _printable(text: str) -> str:
    """XML 1.0 has no control characters but tab and line breaks; they are written as a replacement mark."""
    return "".join(c if c >= " " or c in "\t\n\r" else "\N{REPLACEMENT CHARACTER}" for c in text)

"""From a claim to a sentence and its gold graph, span by span; and the coarse caption.

The conventions are those of :mod:`finsta.graphs.scene_graph`: a node's span is its words without determiner and
auxiliary, things that are mentioned twice (as a noun or as "it") are one node, and nodes stand in order of mention.
"""

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np

from finsta.data.world.claims import TEMPLATES, Claim, Clause, Description
from finsta.data.world.scene import Scene
from finsta.data.world.vocabulary import VERBS
from finsta.graphs.scene_graph import Edge, EdgeKind, NodeKind, Span, TextNode, TextualSceneGraph


@dataclass(frozen=True, kw_only=True)
class Caption:
    """A sentence and its graph.

    Attributes:
        graph: Its text is the sentence.
        objects: Node of each thing of the claim.
        predicates: Node of each clause of the claim, in the order of the clauses.
    """

    graph: TextualSceneGraph
    objects: dict[int, int]
    predicates: tuple[int, ...]

    @property
    def text(self) -> str:
        """The sentence."""
        return self.graph.text


def word(claim: Claim) -> Caption:
    """The sentence of a claim, with the graph that belongs to it."""
    writer = _Writer()
    for piece in TEMPLATES[claim.relation][claim.template].split():
        if piece.startswith("{"):
            place = int(piece.strip("{}"))
            _write_clause(writer, claim, place, leading=_leading(claim, place))
        else:
            writer.write(piece)
    return writer.finish(claim)


def coarse_caption(scene: Scene, rng: np.random.Generator) -> str:
    """The things of a scene and nothing else; in half of the captions with their colours."""
    coloured = rng.random() < 0.5
    names = []
    for thing in rng.permutation(len(scene.things)):
        look = scene.things[thing]
        name = f"{look.colour} {look.noun}" if coloured else look.noun
        names.append(f"{_article(name)} {name}")
    text = ", ".join(names[:-1]) + " and " + names[-1]
    return text[0].upper() + text[1:] + "."


def _leading(claim: Claim, place: int) -> str:
    return claim.shared if place == 1 else "said"


_Key = tuple[Hashable, ...]


class _Writer:
    """A sentence in the making, and which node each word belongs to."""

    def __init__(self) -> None:
        self.text = ""
        self.nodes: dict[_Key, tuple[NodeKind, str, list[Span]]] = {}
        self.introduced: set[int] = set()

    def write(self, words: str) -> Span:
        """Append words; a comma goes to the word before it."""
        if self.text and words != ",":
            self.text += " "
        start = len(self.text)
        self.text += words
        return start, len(self.text)

    def node(self, key: _Key, kind: NodeKind, words: str, lemma: str) -> None:
        """Append words that name a node, for the first time or again."""
        self.nodes.setdefault(key, (kind, lemma, []))[2].append(self.write(words))

    def finish(self, claim: Claim) -> Caption:
        """Capital letter, full stop, nodes in order of mention, edges."""
        text = self.text[0].upper() + self.text[1:] + "."
        keys = sorted(self.nodes, key=lambda key: self.nodes[key][2][0])
        number = {key: index for index, key in enumerate(keys)}
        nodes = []
        for key in keys:
            kind, lemma, spans = self.nodes[key]
            label = text[slice(*spans[0])]
            nodes.append(TextNode(kind=kind, label=label, lemma=lemma, span=spans[0], mentions=tuple(spans)))
        graph = TextualSceneGraph(text=text, nodes=tuple(nodes), edges=tuple(_edges(claim, number)))
        return Caption(
            graph=graph,
            objects={thing: number["thing", thing] for thing in claim.things},
            predicates=tuple(number["clause", place] for place in range(len(claim.clauses))),
        )


def _edges(claim: Claim, number: dict[_Key, int]) -> list[Edge]:
    edges = []
    for key, index in number.items():
        if key[0] == "quality":
            edges.append(Edge(source=number["thing", key[1]], target=index, kind=EdgeKind.ATTRIBUTE))
        elif key[0] == "pace":
            edges.append(Edge(source=number["clause", key[1]], target=index, kind=EdgeKind.PREDICATE_ATTRIBUTE))
    for place, clause in enumerate(claim.clauses):
        predicate = number["clause", place]
        edges.append(Edge(source=number["thing", clause.subject], target=predicate, kind=EdgeKind.SUBJECT))
        if clause.object is not None:
            edges.append(Edge(source=predicate, target=number["thing", clause.object], kind=EdgeKind.OBJECT))
    ways = {None: [], "sequence": [(0, 1)], "while": [(0, 1), (1, 0)]}[claim.relation]
    for earlier, later in ways:
        source, target = number["clause", earlier], number["clause", later]
        edges.append(Edge(source=source, target=target, kind=EdgeKind.TEMPORAL_ORDER))
    return edges


def _write_clause(writer: _Writer, claim: Claim, place: int, *, leading: str) -> None:
    clause = claim.clauses[place]
    if leading == "it":
        writer.node(("thing", clause.leading), NodeKind.OBJECT, "it", claim.things[clause.leading].noun)
    elif leading == "said":
        _write_thing(writer, claim, clause.leading)
    _write_verb(writer, claim, place)
    following = clause.object if clause.leading == clause.subject else clause.subject
    if following is not None:
        _write_thing(writer, claim, following)
    if clause.pace_last:
        _write_pace(writer, clause, place)


def _write_verb(writer: _Writer, claim: Claim, place: int) -> None:
    clause = claim.clauses[place]
    verb = VERBS[clause.predicate]
    third, participle, lemma = verb.forms[clause.form]
    if claim.style != "nominal" and (clause.voice == "passive" or claim.style == "progressive"):
        writer.write("is")
    if clause.voice == "passive" and claim.style == "progressive":
        writer.write("being")
    if not clause.pace_last:
        _write_pace(writer, clause, place)
    if clause.voice == "passive":
        assert verb.passive is not None
        writer.node(("clause", place), NodeKind.PREDICATE, verb.passive, clause.predicate)
        writer.write("by")
    else:
        writer.node(("clause", place), NodeKind.PREDICATE, third if claim.style == "present" else participle, lemma)


def _write_pace(writer: _Writer, clause: Clause, place: int) -> None:
    if clause.adverb is not None:
        writer.node(("pace", place), NodeKind.PREDICATE_ATTRIBUTE, clause.adverb, clause.adverb)


def _write_thing(writer: _Writer, claim: Claim, thing: int) -> None:
    description = claim.things[thing]
    qualities = _qualities(description) if thing not in writer.introduced else {"colour": description.colour}
    known = claim.definite or thing in writer.introduced
    writer.write("the" if known else _article(next(iter(qualities.values()))))
    for name, quality in qualities.items():
        writer.node(("quality", thing, name), NodeKind.ATTRIBUTE, quality, quality)
    writer.node(("thing", thing), NodeKind.OBJECT, description.noun, description.noun)
    writer.introduced.add(thing)


def _qualities(description: Description) -> dict[str, str]:
    said = {"size": description.size, "texture": description.texture, "colour": description.colour}
    return {name: quality for name, quality in said.items() if quality is not None}


def _article(following: str) -> str:
    return "an" if following[0] in "aeiou" else "a"

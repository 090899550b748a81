"""Role edits: subject and object of a predicate exchange places, with everything that stands before their nouns."""

from collections.abc import Iterator

from finsta.graphs.scene_graph import EdgeKind, NodeKind, Span, TextualSceneGraph
from finsta.text.lexicon import SYMMETRIC_PREDICATES
from finsta.text.wording import is_pronoun, noun_phrase, substituted

_RELATIVES = {"", "that", "who", "which", "that is", "who is", "which is", "that are", "who are", "that was", "being"}


def role_edits(graph: TextualSceneGraph) -> Iterator[str]:
    """Captions in which one predicate's subject and object are exchanged."""
    for triplet in graph.triplets():
        if triplet.subject is None or triplet.object is None:
            continue
        changes = _exchange(graph, triplet.subject, triplet.predicate, triplet.object)
        if changes is not None:
            yield substituted(graph.text, changes)


def _exchange(graph: TextualSceneGraph, subject: int, predicate: int, target: int) -> dict[Span, str] | None:
    node = graph.nodes[predicate]
    several = len(graph.sources(predicate, EdgeKind.SUBJECT)) > 1 or len(graph.targets(predicate, EdgeKind.OBJECT)) > 1
    if (
        node.span is None
        or graph.text[slice(*node.span)] != node.label
        or node.label == "'s"
        or several
        or node.lemma in SYMMETRIC_PREDICATES
    ):
        return None
    if subject == target or _is_plural(graph, subject) != _is_plural(graph, target) or _alike(graph, subject, target):
        return None
    mentions = _around(graph, subject, target, node.span)
    if mentions is None:
        return None
    phrases = noun_phrase(graph, subject, mentions[0]), noun_phrase(graph, target, mentions[1])
    for object_node, phrase in zip((subject, target), phrases, strict=True):
        if not _is_closed(graph, object_node, phrase, predicate):
            return None
    if _acts_again(graph, subject, predicate, phrases[0]):
        return None
    first, second = (graph.text[slice(*phrase)] for phrase in phrases)
    return {phrases[0]: second, phrases[1]: first}


def _acts_again(graph: TextualSceneGraph, subject: int, predicate: int, phrase: Span) -> bool:
    """Whether a later predicate rests on the same mention of the subject, and would change its role too."""
    main = graph.nodes[predicate].span
    assert main is not None
    for other in graph.targets(subject, EdgeKind.SUBJECT):
        span = graph.nodes[other].span
        if span is None or span[0] <= max(main[0], phrase[1]) or span == main:
            continue
        if not any(main[1] <= mention[0] < span[0] for mention in graph.nodes[subject].mentions):
            return True
    return False


def _is_plural(graph: TextualSceneGraph, node: int) -> bool:
    label, lemma = graph.nodes[node].label.lower(), graph.nodes[node].lemma
    return label != lemma or lemma.split()[-1] == "people"


def _alike(graph: TextualSceneGraph, one: int, other: int) -> bool:
    return graph.nodes[one].lemma == graph.nodes[other].lemma and {
        graph.nodes[i].lemma for i in graph.attributes(one)
    } == {graph.nodes[i].lemma for i in graph.attributes(other)}


def _around(graph: TextualSceneGraph, subject: int, target: int, predicate: Span) -> tuple[Span, Span] | None:
    """The mentions of subject and object that stand nearest on either side of the predicate."""
    pairs = [
        (max(one[0], other[0]) - min(one[1], other[1]), one, other)
        for one in graph.nodes[subject].mentions
        for other in graph.nodes[target].mentions
        if min(one, other)[1] <= predicate[0] and max(one, other)[0] >= predicate[1]
    ]
    if not pairs:
        return None
    _, one, other = min(pairs)
    if is_pronoun(graph.text[slice(*one)]) or is_pronoun(graph.text[slice(*other)]):
        return None
    return one, other


def _is_closed(graph: TextualSceneGraph, node: int, phrase: Span, predicate: int) -> bool:
    """Whether the phrase carries all that the sentence says of the object right there, so that nothing stays behind."""
    if "'s" in graph.text[phrase[0] - 4 : phrase[0]] or graph.text[phrase[1] : phrase[1] + 2] in {"'s", "’s"}:
        return False
    main = graph.nodes[predicate].span
    for attribute in graph.attributes(node):
        outside = [span for span in graph.nodes[attribute].mentions if not phrase[0] <= span[0] < phrase[1]]
        if len(outside) == len(graph.nodes[attribute].mentions):
            return False
    for other in graph.indices(NodeKind.PREDICATE):
        span = graph.nodes[other].span
        if (
            other == predicate
            or span is None
            or node not in graph.sources(other, EdgeKind.SUBJECT) + graph.targets(other, EdgeKind.OBJECT)
        ):
            continue
        between = main is not None and phrase[1] <= span[0] < main[0]
        if between or (span[0] >= phrase[1] and graph.text[phrase[1] : span[0]].strip() in _RELATIVES and span != main):
            return False
    return True

"""Relations that only bring a thing in, for another relation to place it: "a mat *with* a cat on it".

Our definition: the cat is on the mat, and that the mat is with the cat says nothing more.
"""

from finsta.graphs.scene_graph import EdgeKind, NodeKind
from finsta.text.draft import Draft

INTRODUCING = {"with", "have"}


def drop_introductions(draft: Draft) -> None:
    """Remove "with" and "have" between two things that another relation joins the other way round."""
    for index, node in enumerate(draft.nodes):
        if node.kind is not NodeKind.PREDICATE or node.lemma not in INTRODUCING:
            continue
        if node.lemma == "have" and node.event is None:
            continue  # whose a thing is ("her friend helps her") is not how it was brought in
        owners, things = draft.sources(index, EdgeKind.SUBJECT), draft.targets(index, EdgeKind.OBJECT)
        if not owners or not things or _says_more(draft, index):
            continue
        if all(_placed(draft, thing, owners) for thing in things):
            node.words, node.head, node.label = (), None, ""


def _says_more(draft: Draft, predicate: int) -> bool:
    """Whether a predicate has modifiers or an order, which would be lost with it."""
    kinds = (EdgeKind.PREDICATE_ATTRIBUTE, EdgeKind.TEMPORAL_ORDER)
    return any(draft.targets(predicate, kind) or draft.sources(predicate, kind) for kind in kinds)


def _placed(draft: Draft, thing: int, owners: list[int]) -> bool:
    """Whether a relation leads from a thing back to what it was introduced by."""
    relations = [other for other in draft.targets(thing, EdgeKind.SUBJECT) if draft.nodes[other].words]
    return any(set(draft.targets(other, EdgeKind.OBJECT)) & set(owners) for other in relations)

"""Events that the rules read and the network leaves out or takes for things: finite verbs.

Our definition. The network's training data describes pictures, "a dog running"; captions of videos tell what happens,
"a dog runs". Of finite verbs and what modifies them the rules know more.
"""

from spacy.tokens import Token

from finsta.graphs.scene_graph import EdgeKind, NodeKind
from finsta.text.clauses import is_clausal
from finsta.text.draft import Draft, DraftNode, Event

PRESENT = {"VBZ", "VBP"}
FINITE = {*PRESENT, "VBD"}
"""Of the past tense the tagger is less sure: "a car parked on the street"."""


def add_untold(draft: Draft, rules: Draft) -> None:
    """Let finite verbs be events: none stands for its own subject, and those that no node tells are added.

    Args:
        draft: What the network found.
        rules: What the rules wrote for the same text.
    """
    events = [index for index, node in enumerate(rules.nodes) if _is_finite(node)]
    verbs = set()
    for index in events:
        verb = rules.nodes[index].head
        if verb is not None and verb.tag_ in PRESENT:
            verbs.add(verb.i)
            if verb.i in draft.objects:
                _give_back(draft, rules, index, verb)
    for index, node in enumerate(draft.nodes):
        manner = node.head is not None and node.head.tag_ == "RB" and node.head.head.i in verbs
        if node.kind is NodeKind.ATTRIBUTE and manner:
            _remove(draft, index)
    told = {word.i for node in draft.nodes for word in node.words}
    for index in events:
        verb = rules.nodes[index].head
        if verb is not None and verb.i not in told:
            _add(draft, rules, index)


def _is_finite(node: DraftNode) -> bool:
    """Whether a node is a predicate of a finite verb, or of a participle after a form of "be"."""
    verb = node.head
    if node.kind is not NodeKind.PREDICATE or verb is None or node.event != verb.i or verb.pos_ != "VERB":
        return False
    return verb.tag_ in FINITE or any(child.dep_ == "aux" and child.tag_ in FINITE for child in verb.children)


def _give_back(draft: Draft, rules: Draft, event: int, verb: Token) -> None:
    """A verb that the network took for a thing, as in "the ball bounces".

    Where nothing stands for its subject, the verb was taken for that. Else either may be right, and the thing goes only
    where the text would have no verb without it.
    """
    index = draft.objects[verb.i]
    subjects = [rules.nodes[subject] for subject in rules.sources(event, EdgeKind.SUBJECT)]
    missing = [node for node in subjects if node.head is not None and node.head.i not in draft.objects]
    if missing:
        node, like = draft.nodes[index], missing[0]
        node.head, node.words, node.lemma, node.canonical = like.head, like.words, like.lemma, like.canonical
        assert like.head is not None
        draft.objects[like.head.i] = draft.objects.pop(verb.i)
    elif not draft.events and verb.dep_ == "ROOT":
        del draft.objects[verb.i]
        _remove(draft, index)


def _remove(draft: Draft, index: int) -> None:
    """Take a node out of a draft, and the relations that it was an end of."""
    ends = draft.targets(index, EdgeKind.SUBJECT) + draft.sources(index, EdgeKind.OBJECT)
    for gone in [index, *ends]:
        draft.cut(gone)
        draft.nodes[gone].words, draft.nodes[gone].head, draft.nodes[gone].label = (), None, ""


def _add(draft: Draft, rules: Draft, index: int) -> None:
    """Copy a predicate with its ends; without effect where an end is in the rules' draft alone."""
    subjects = _same(draft, rules, rules.sources(index, EdgeKind.SUBJECT))
    objects = _same(draft, rules, rules.targets(index, EdgeKind.OBJECT))
    if not subjects or objects is None:
        return
    node = rules.nodes[index]
    verb = node.head
    assert verb is not None
    copy = draft.add(NodeKind.PREDICATE, verb, lemma=node.lemma, words=node.words, event=verb.i)
    draft.nodes[copy].canonical = node.canonical
    draft.connect_all(subjects, [copy], EdgeKind.SUBJECT)
    draft.connect_all([copy], objects, EdgeKind.OBJECT)
    known = draft.events.setdefault(verb.i, Event(verb=verb, nodes=[], clausal=is_clausal(verb)))
    known.nodes.append(copy)


def _same(draft: Draft, rules: Draft, nodes: list[int]) -> list[int] | None:
    """The nodes of a draft with the heads of nodes of another; ``None`` where one is missing."""
    heads = [rules.nodes[node].head for node in nodes]
    found = [None if head is None else draft.objects.get(head.i) for head in heads]
    return None if None in found else [node for node in found if node is not None]

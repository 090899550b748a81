"""Findings of the network, written into the draft that the rules complete."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from spacy.tokens import Token

from finsta.graphs.scene_graph import EdgeKind, NodeKind
from finsta.text.clauses import is_clausal, is_copula, is_event
from finsta.text.draft import Draft, Event, label_of
from finsta.text.learned.decode import Findings, Found, Joined
from finsta.text.lemmas import lemma_of

POSSESSION = {"'s", "’s", "'", "’", "of", "with"}
"""Words that say "have" without being a verb."""


ACTING = {"VBG", "VBZ", "VBP"}
"""Forms of a verb whose owner does what it says."""


def write_findings(draft: Draft, findings: Findings) -> None:
    """Add nodes and edges for what the network found in the whole text of a draft.

    A verb without an object is an attribute in the training data, ``( man , is , smiling )``; here it becomes the
    predicate that it is. A relation whose subjects and objects form a full product is one node.
    """
    objects = [_add_object(draft, found) for found in findings.objects]
    said = {place for relation in findings.relations for place in relation.places}
    owners: dict[int, list[Joined]] = defaultdict(list)
    for owned in findings.owned:
        owners[owned.target].append(owned)
    for number, joined in owners.items():
        _add_attribute(draft, findings.attributes[number], joined, objects, said)
    groups: dict[tuple[str, tuple[int, ...]], list[Joined]] = defaultdict(list)
    for relation in findings.relations:
        groups[relation.name, relation.places].append(relation)
    for relations in groups.values():
        for part in _products(relations):
            _add_relation(draft, part, objects)


def _add_object(draft: Draft, found: Found) -> int:
    tokens = list(draft.doc[found.anchor.start : found.anchor.head + 1])
    head = tokens[-1]
    surface = " ".join(token.lower_ for token in tokens)
    lemma = surface.removesuffix(head.lower_) + lemma_of(head)
    node = draft.add(NodeKind.OBJECT, head, words=tokens, lemma=lemma if found.name == surface else _singular(found))
    _finish(draft, node, found, surface)
    draft.objects[head.i] = node
    return node


def _singular(found: Found) -> str:
    """Normal form of a name that is not the words' own: a plural that ends in "s" loses it."""
    name = found.name
    return name[:-1] if name.endswith("s") and not name.endswith(("ss", "us", "is")) else name


def _finish(draft: Draft, node: int, found: Found, surface: str) -> None:
    draft.nodes[node].confidence = round(found.confidence, 4)
    draft.nodes[node].canonical = "" if found.name == surface else found.name


def _add_attribute(draft: Draft, found: Found, owners: list[Joined], objects: list[int], said: set[int]) -> None:
    tokens = list(draft.doc[found.anchor.start : found.anchor.head + 1])
    head, surface = tokens[-1], " ".join(token.lower_ for token in tokens)
    verb = len(tokens) == 1 and found.name == surface and head.i not in said and is_event(head)
    if verb and head.tag_ in {*ACTING, "VBN"} and head.i not in draft.events:
        node = draft.add(NodeKind.PREDICATE, head, words=tokens, lemma=lemma_of(head), event=head.i)
        draft.events[head.i] = Event(verb=head, nodes=[node], clausal=is_clausal(head))
        acts = head.tag_ in ACTING
        for owner in owners:
            ends = (objects[owner.source], node) if acts else (node, objects[owner.source])
            draft.connect(*ends, EdgeKind.SUBJECT if acts else EdgeKind.OBJECT, round(owner.confidence, 4))
    else:
        denied = _denials(head)
        lemma = " ".join([*("not" for _ in denied[:1]), _lemma(found, tokens, surface)])
        node = draft.add(NodeKind.ATTRIBUTE, head, words=[*denied, *tokens], lemma=lemma)
        for owner in owners:
            draft.connect(objects[owner.source], node, EdgeKind.ATTRIBUTE, round(owner.confidence, 4))
        surface = label_of([*denied, *tokens]).lower() if denied else surface
    _finish(draft, node, found, found.name if _denials(head) else surface)


def _lemma(found: Found, tokens: Sequence[Token], surface: str) -> str:
    """Normal form of an attribute; a participle is its own ("parked")."""
    word = tokens[-1]
    alone = found.name == surface and len(tokens) == 1 and word.pos_ != "VERB"
    return lemma_of(word) if alone else found.name


def _denials(head: Token) -> list[Token]:
    """As in "the hat is not red"."""
    return [child for child in head.head.children if child.dep_ == "neg"] if is_copula(head.head) else []


def _products(relations: list[Joined]) -> list[list[Joined]]:
    """The relations in groups of which each is a full product of subjects and objects."""
    pairs = {(one.source, one.target) for one in relations}
    subjects, targets = {source for source, _ in pairs}, {target for _, target in pairs}
    return [relations] if len(pairs) == len(subjects) * len(targets) else [[one] for one in relations]


def _add_relation(draft: Draft, relations: list[Joined], objects: list[int]) -> None:
    first = relations[0]
    words = [draft.doc[place] for place in first.places] or _possession(draft, first, objects)
    verb = next((word for word in words if is_event(word)), None)
    head = verb or (words[0] if words else None)
    event = verb or _governing_copula(words)
    later = draft.nodes[objects[first.target]].place
    node = draft.add(
        NodeKind.PREDICATE,
        head,
        lemma=first.name,
        words=words,
        label="" if words else first.name,
        place=None if words else later,
        event=None if event is None else event.i,
    )
    draft.nodes[node].confidence = round(max(one.confidence for one in relations), 4)
    for one in relations:
        draft.connect(objects[one.source], node, EdgeKind.SUBJECT, round(one.confidence, 4))
        draft.connect(node, objects[one.target], EdgeKind.OBJECT, round(one.confidence, 4))
    if event is not None:
        known = draft.events.setdefault(event.i, Event(verb=event, nodes=[], clausal=is_clausal(event)))
        known.nodes.append(node)


def _possession(draft: Draft, relation: Joined, objects: list[int]) -> list[Token]:
    """The word that says "have" where no verb does."""
    ends = [draft.nodes[objects[end]].head for end in (relation.source, relation.target)]
    if relation.name != "have" or ends[0] is None or ends[1] is None:
        return []
    start, stop = sorted((ends[0].i, ends[1].i))
    return [word for word in draft.doc[start + 1 : stop] if word.lower_ in POSSESSION][:1]


def _governing_copula(words: Iterable[Token]) -> Token | None:
    return next((word.head for word in words if is_copula(word.head)), None)

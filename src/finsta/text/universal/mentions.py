"""One thing named several times, by gender, number, person and definiteness as the morphology marks them."""

from spacy.tokens import Token

from finsta.graphs.scene_graph import EdgeKind, NodeKind
from finsta.text.draft import Draft
from finsta.text.mentions import merge_repeated_relations
from finsta.text.universal.clauses import is_event, is_passive, subjects
from finsta.text.universal.nominals import add_possession, conjuncts, entities
from finsta.text.universal.words import children, has, relation

GUESS = 0.8
"""Confidence of an edge that rests on the antecedent of a pronoun."""

REACH = 100


def resolve_mentions(draft: Draft) -> None:
    """Merge later mentions into first ones; give owners to possessives and dropped subjects to verbs."""
    discourse = _Discourse(draft)
    for token in draft.doc:
        if token.i in draft.objects:
            discourse.read(draft.objects[token.i], token)
        if has(token, "Poss", "Yes") and relation(token) in {"det", "nmod", "amod"}:
            discourse.own(token)
        if token.i in draft.events:
            discourse.supply_subject(token)
    merge_repeated_relations(draft)


class _Discourse:
    """What has been named so far, and by which word last."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.last: dict[int, Token] = {}
        self.survivors: dict[int, list[int]] = {}

    def read(self, node: int, head: Token) -> None:
        """Merge a node into what it names again, or remember it as new."""
        pronoun = head.pos_ == "PRON"
        found = self._of_pronoun(head, self._together(node)) if pronoun else self._of_noun(node, head)
        self.survivors[node] = found or [node]
        if found:
            self.draft.merge(node, found, GUESS if pronoun else 1.0)
        for survivor in self.survivors[node]:
            self.last[survivor] = head

    def _of_pronoun(self, head: Token, barred: set[int]) -> list[int]:
        if not (has(head, "PronType", "Prs") or has(head, "Person", "3")) or has(head, "Person", "1", "2"):
            return []
        groups = [group for group in self._groups(head) if not barred & set(group)]
        alike = [group for group in groups if _role(self.last[group[0]]) == _role(head)]
        ranked = sorted(alike or groups, key=self._salience)
        return ranked[-1] if ranked else []

    def _groups(self, pronoun: Token) -> list[list[int]]:
        recent = [node for node in self.last if pronoun.i - self.last[node].i <= REACH]
        singles = [[node] for node in recent if _agrees(pronoun, self._head(node))]
        if not has(pronoun, "Number", "Plur"):
            return singles
        for node in recent:
            members = [self.draft.objects.get(word.i) for word in conjuncts(self._head(node))]
            group = [node, *(member for member in members if member is not None and member in self.last)]
            if len(group) > 1:
                singles.append(group)
        return singles

    def _salience(self, group: list[int]) -> tuple[int, bool, int]:
        last = max((self.last[member] for member in group), key=lambda token: token.i)
        return last.sent.start, relation(last) != "obl", last.i

    def _head(self, node: int) -> Token:
        head = self.draft.nodes[node].head
        assert head is not None
        return head

    def _together(self, node: int) -> set[int]:
        """The other participants of the events of a node."""
        draft = self.draft
        predicates = draft.targets(node, EdgeKind.SUBJECT) + draft.sources(node, EdgeKind.OBJECT)
        found: set[int] = set()
        for predicate in predicates:
            event = draft.nodes[predicate].event
            for other in draft.events[event].nodes if event in draft.events else [predicate]:
                found |= set(draft.sources(other, EdgeKind.SUBJECT)) | set(draft.targets(other, EdgeKind.OBJECT))
        return found - {node}

    def _of_noun(self, node: int, head: Token) -> list[int]:
        draft = self.draft
        if not (_is_definite(head) or head.pos_ == "PROPN"):
            return []
        barred = self._together(node)
        alike = [
            other
            for other in self.last
            if draft.nodes[other].lemma == draft.nodes[node].lemma
            and other not in barred
            and self._head(other).morph.get("Number", []) == head.morph.get("Number", [])
            and self._attributes(node) <= self._attributes(other)
        ]
        return sorted(alike, key=lambda other: self.last[other].i)[-1:]

    def _attributes(self, node: int) -> set[str]:
        draft = self.draft
        own = {draft.nodes[target].lemma for target in draft.targets(node, EdgeKind.ATTRIBUTE)}
        for predicate in draft.targets(node, EdgeKind.SUBJECT):
            if draft.nodes[predicate].event is None and draft.nodes[predicate].lemma != "have":
                own |= {
                    f"{draft.nodes[predicate].lemma} {draft.nodes[target].lemma}"
                    for target in draft.targets(predicate, EdgeKind.OBJECT)
                }
        return own

    def own(self, word: Token) -> None:
        """As in "his hat": the subject of the clause has it, or else the last subject named."""
        things = self.draft.objects.get(word.head.i)
        verb = next((above for above in word.ancestors if above.i in self.draft.events), None)
        named = [] if verb is None else [node for one in subjects(verb) for node in entities(self.draft, one)]
        owners = [survivor for node in named for survivor in self.survivors.get(node, []) if node != things]
        if not owners:
            before = [node for node, last in self.last.items() if _role(last) == "subject" and node != things]
            owners = sorted(before, key=lambda node: self.last[node].i)[-1:]
        if things is not None:
            survivors = self.survivors.get(things, [things])
            add_possession(self.draft, [owner for owner in owners if owner not in survivors], survivors, place=word.i)

    def supply_subject(self, verb: Token) -> None:
        """As in Spanish "corre": a verb in the third person without a subject has that of the sentence before."""
        finite = [verb, *children(verb, "aux", "cop")]
        if not any(has(word, "Person", "3") and has(word, "VerbForm", "Fin") for word in finite):
            return
        if subjects(verb) or children(verb, "expl", "csubj") or not (is_event(verb) or children(verb, "cop")):
            return
        number = next((word.morph.get("Number", []) for word in finite if has(word, "VerbForm", "Fin")), [])
        before = [
            node
            for node, last in self.last.items()
            if last.i < verb.i and _role(last) == "subject" and self._head(node).morph.get("Number", []) == number
        ]
        if before and not children(verb, "nsubj"):
            nodes = self.draft.events[verb.i].nodes
            owner = sorted(before, key=lambda node: self.last[node].i)[-1]
            if is_passive(verb) and not self.draft.targets(nodes[0], EdgeKind.OBJECT):
                self.draft.connect(nodes[0], owner, EdgeKind.OBJECT, GUESS)
                return
            for node in nodes:
                if self.draft.nodes[node].kind is NodeKind.PREDICATE:
                    self.draft.connect(owner, node, EdgeKind.SUBJECT, GUESS)


def _is_definite(token: Token) -> bool:
    return any(
        has(child, "Definite", "Def") or has(child, "PronType", "Dem") or has(child, "Poss", "Yes")
        for child in children(token, "det", "nmod")
    )


def _agrees(pronoun: Token, noun: Token) -> bool:
    """Whether no feature that both words mark contradicts."""
    pairs = [(pronoun.morph.get(name, []), noun.morph.get(name, [])) for name in ("Gender", "Number")]
    return all(not one or not other or set(one) & set(other) for one, other in pairs)


def _role(token: Token) -> str:
    while relation(token) == "conj" and token.head != token:
        token = token.head
    return "subject" if relation(token) in {"nsubj", "root"} else "object"

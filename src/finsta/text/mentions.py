"""One thing named several times: pronouns, repeated and definite mentions, reflexives.

Our definition: closed lists of gender and number, the grammatical role, and recency decide; no model.
"""

from collections.abc import Iterable

from spacy.tokens import Token

from finsta.graphs.scene_graph import EdgeKind, NodeKind
from finsta.text.agreement import (
    agrees,
    attributive,
    gender,
    is_definite,
    is_member,
    is_plural,
    is_reciprocal,
    may_point_back,
    ordinal,
    role,
)
from finsta.text.clauses import subjects
from finsta.text.draft import Draft
from finsta.text.lemmas import lemma_of
from finsta.text.lexicon import INDEFINITE_PRONOUNS, REFLEXIVES
from finsta.text.nominals import conjuncts, entities
from finsta.text.predicates import GUESS

REACH = 100
"""How many words back a pronoun looks for what it means."""

OTHERNESS = {"other", "another", "second", "third", "different", "new", "next"}


def resolve_mentions(draft: Draft) -> None:
    """Merge every later mention of an object into the node of its first one."""
    objects = sorted(draft.objects.items())
    discourse = _Discourse(draft)
    for _, node in objects:
        discourse.read(node)
    merge_repeated_relations(draft)


def merge_repeated_relations(draft: Draft) -> None:
    """A man in a hat, named so twice, is in the hat once; events that repeat stay events."""
    first: dict[tuple[str, tuple[int, ...], tuple[int, ...]], int] = {}
    for index, node in enumerate(draft.nodes):
        if node.kind is not NodeKind.PREDICATE or node.event is not None:
            continue
        ends = sorted(draft.sources(index, EdgeKind.SUBJECT)), sorted(draft.targets(index, EdgeKind.OBJECT))
        kept = first.setdefault((node.lemma, tuple(ends[0]), tuple(ends[1])), index)
        if kept != index:
            draft.merge(index, [kept])
            node.words, node.head, node.label = (), None, ""


class _Discourse:
    """What has been named so far, when last, and in which role."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.known: list[int] = []
        self.named: dict[str, list[int]] = {}
        self.last: dict[int, Token] = {}
        self.survivors: dict[int, list[int]] = {}

    def read(self, node: int) -> None:
        """Merge a node into what it names again, or remember it as new."""
        head = self.head(node)
        found = self._antecedents(node, head)
        self.survivors[node] = found or [node]
        if self.draft.nodes[node].head is None:
            return
        if found:
            self.draft.merge(node, found, GUESS if head.pos_ == "PRON" else 1.0)
        else:
            self._name_member(node, head)
            self.known.append(node)
            self.named.setdefault(self.draft.nodes[node].lemma, []).append(node)
        for survivor in self.survivors[node]:
            self.last[survivor] = head

    def _name_member(self, node: int, head: Token) -> None:
        """As in "two dogs play, one chases the other": one of the dogs is a dog, but not the two of them."""
        groups = [other for other in self._recent(head) if is_plural(self.head(other))] if is_member(head) else []
        if groups:
            self.draft.nodes[node].lemma = self.draft.nodes[groups[-1]].lemma

    def head(self, node: int) -> Token:
        """The word that heads the first mention."""
        head = self.draft.nodes[node].head
        assert head is not None
        return head

    def _antecedents(self, node: int, head: Token) -> list[int]:
        if is_member(head):
            return []
        if head.lower_ in REFLEXIVES:
            return self._own_subject(node, head)
        if is_reciprocal(head):
            return self._each_other(node, self._own_subject(node, head))
        if head.pos_ == "PRON":
            return [] if head.lower_ in INDEFINITE_PRONOUNS else self._of_pronoun(node, head)
        return self._of_noun(node, head)

    def _own_subject(self, node: int, head: Token) -> list[int]:
        verb = next((word for word in head.ancestors if word.i in self.draft.events), None)
        return [] if verb is None else [other for other in self._subject_nodes(verb) if other != node]

    def _each_other(self, node: int, pair: list[int]) -> list[int]:
        """Two that look at each other are two predicates, one each way; "men" are one node."""
        draft = self.draft
        if len(pair) != 2:
            return pair
        for predicate in draft.sources(node, EdgeKind.OBJECT):
            one = draft.nodes[predicate]
            back = draft.add(one.kind, one.head, lemma=one.lemma, words=one.words, event=one.event)
            draft.disconnect(pair[1], predicate, EdgeKind.SUBJECT)
            draft.connect(pair[1], back, EdgeKind.SUBJECT)
            draft.connect(predicate, pair[1], EdgeKind.OBJECT)
            draft.connect(back, pair[0], EdgeKind.OBJECT)
            draft.disconnect(predicate, node, EdgeKind.OBJECT)
        draft.nodes[node].words, draft.nodes[node].head = (), None
        return pair

    def _subject_nodes(self, verb: Token) -> list[int]:
        """The surviving nodes of a verb's subject, where they were named before."""
        named = [node for word in subjects(verb) for node in entities(self.draft, word)]
        return [survivor for node in named for survivor in self.survivors.get(node, [])]

    def _of_pronoun(self, node: int, head: Token) -> list[int]:
        form = lemma_of(head)
        if form in {"i", "you", "we"}:
            return [other for other in self.known if lemma_of(self.head(other)) == form][:1]
        barred = self._coarguments(node)
        groups = [group for group in self._groups(form, head) if not barred & set(group)]
        possessive = head.tag_ == "PRP$" or head.dep_ == "poss"
        if possessive:
            verb = next((word for word in head.ancestors if word.i in self.draft.events), None)
            own = [] if verb is None else self._subject_nodes(verb)
            if own and own in groups:
                return own
        wanted = {"subject"} if possessive or role(head) == "subject" else {"object", "oblique"}
        alike = [group for group in groups if role(self.last[group[0]]) in wanted]
        ranked = sorted(alike or groups, key=self._salience)
        return ranked[-1] if ranked else self._named_later(head)

    def _salience(self, group: list[int]) -> tuple[int, bool, int]:
        """How near a mention is: by sentence, in which what is acted on outranks what a preposition takes."""
        last = max((self.last[member] for member in group), key=lambda token: token.i)
        return last.sent.start, role(last) != "oblique", last.i

    def _named_later(self, pronoun: Token) -> list[int]:
        """As in "before he leaves, the man eats": the subject of the main clause."""
        clause = next((word for word in pronoun.ancestors if word.dep_ in {"advcl", "pcomp"}), None)
        main = None if clause is None else next((w for w in clause.ancestors if w.pos_ == "VERB"), None)
        words = [] if main is None else [word for word in subjects(main) if word.i > pronoun.i]
        nodes = [node for word in words for node in entities(self.draft, word) if word.pos_ != "PRON"]
        return nodes if nodes and agrees(lemma_of(pronoun), [self.head(node) for node in nodes]) else []

    def _groups(self, form: str, pronoun: Token) -> list[list[int]]:
        """What a pronoun may stand for: single nodes, and for "they" coordinations."""
        singles = [[node] for node in self._recent(pronoun)]
        found = [group for group in singles if agrees(form, [self.head(node) for node in group])]
        if form == "they":
            found += [group for group in self._coordinations(pronoun) if group not in found]
            if not found:
                found = [group for group in singles if gender(self.head(group[0])) in {"person", "male", "female"}]
        return found

    def _recent(self, pronoun: Token) -> list[int]:
        """What was named before a pronoun, and not too long ago."""
        return [node for node in self.known if 0 < pronoun.i - self.last[node].i <= REACH]

    def _coordinations(self, pronoun: Token) -> Iterable[list[int]]:
        for node in self._recent(pronoun):
            head = self.head(node)
            members = [] if head.dep_ == "conj" else [self.draft.objects.get(word.i) for word in conjuncts(head)]
            group = [node, *(member for member in members if member in self.last)]
            if len(group) > 1:
                yield [member for member in group if member is not None]

    def _coarguments(self, node: int) -> set[int]:
        """The other participants of the events of a node: none of them is the node itself."""
        draft = self.draft
        predicates = draft.targets(node, EdgeKind.SUBJECT) + draft.sources(node, EdgeKind.OBJECT)
        together: set[int] = set()
        for predicate in predicates:
            event = draft.nodes[predicate].event
            nodes = draft.events[event].nodes if event in draft.events else [predicate]
            for other in nodes:
                together |= set(draft.sources(other, EdgeKind.SUBJECT)) | set(draft.targets(other, EdgeKind.OBJECT))
        return together - {node}

    def _of_noun(self, node: int, head: Token) -> list[int]:
        """The last thing of the same name that a definite, bare or proper noun can mean."""
        alike = self.named.get(self.draft.nodes[node].lemma)
        if not alike:
            return []
        place = ordinal(head) if is_definite(head) else None
        if place is not None:
            return self._by_ordinal(node, head, place)
        if any(child.lower_ in OTHERNESS for child in head.lefts) or not may_point_back(head):
            return []
        barred = self._coarguments(node)
        alike = [other for other in alike if other not in barred and self._may_repeat(node, head, other)]
        adjectives = attributive(head)
        exact = [other for other in alike if adjectives <= self._attributes(other)]
        if not exact and len(alike) == 1 and not self._attributes(alike[0]):
            exact = alike
        return sorted(exact, key=lambda other: self.last[other].i)[-1:]

    def _by_ordinal(self, node: int, head: Token, place: int) -> list[int]:
        """The thing that was called the second before, or the second of its name where there are several."""
        alike = [other for other in self.named.get(self.draft.nodes[node].lemma, []) if not is_plural(self.head(other))]
        called = [other for other in alike if attributive(head) <= self._attributes(other)]
        if called or not 1 <= place + 1 <= len(alike) or len(alike) == 1:
            return called[-1:]
        return [alike[place]]

    def _attributes(self, node: int) -> set[str]:
        return {self.draft.nodes[attribute].lemma for attribute in self.draft.targets(node, EdgeKind.ATTRIBUTE)}

    def _may_repeat(self, node: int, head: Token, other: int) -> bool:
        before = self.last[other]
        definite, proper = is_definite(head), head.pos_ == "PROPN"
        if is_plural(head) != is_plural(self.head(other)):
            return False
        if not (definite or proper) and (head.sent.start == before.sent.start or self._owners(node)):
            return False
        if definite and not self._same_owner(node, other):
            return False
        return self._restrictions(node) <= self._restrictions(other) and head not in before.conjuncts

    def _restrictions(self, node: int) -> set[tuple[str, str]]:
        """Phrases after a noun that tell it from others: ("on", "left")."""
        draft = self.draft
        return {
            (draft.nodes[predicate].lemma, draft.nodes[target].lemma)
            for predicate in draft.targets(node, EdgeKind.SUBJECT)
            if draft.nodes[predicate].event is None and draft.nodes[predicate].lemma != "have"
            for target in draft.targets(predicate, EdgeKind.OBJECT)
        }

    def _owners(self, node: int) -> set[int]:
        return {
            owner
            for predicate in self.draft.sources(node, EdgeKind.OBJECT)
            if self.draft.nodes[predicate].lemma == "have" and self.draft.nodes[predicate].event is None
            for owner in self.draft.sources(predicate, EdgeKind.SUBJECT)
        }

    def _same_owner(self, node: int, other: int) -> bool:
        mine, theirs = self._owners(node), self._owners(other)
        return not mine or not theirs or mine == theirs

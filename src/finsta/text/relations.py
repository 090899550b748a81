"""Relations between nouns without a verb: prepositional phrases after a noun, and possession."""

from spacy.tokens import Token

from finsta.graphs.scene_graph import EdgeKind, NodeKind
from finsta.text.copulas import add_relation
from finsta.text.draft import Draft
from finsta.text.lemmas import lemma_of
from finsta.text.lexicon import CONTAINERS, REPRESENTATIONS
from finsta.text.nominals import NOUNS, attachment_entities, entities, is_relative, owns_part, quantified
from finsta.text.predicates import is_argument
from finsta.text.prepositions import Preposition, prepositions_of


def add_relations(draft: Draft) -> None:
    """A predicate node for each prepositional phrase and each possessor of a noun."""
    for token in draft.tokens:
        if token.pos_ not in NOUNS or token.i in draft.consumed:
            continue
        for phrase in prepositions_of(token):
            if is_argument(phrase) and not (phrase.lemma == "of" and quantified(token) is not None):
                _add_phrase(draft, token, phrase)
        for child in token.children:
            if child.dep_ == "poss" or owns_part(child):
                _add_possessor(draft, token, child)


def _add_phrase(draft: Draft, noun: Token, phrase: Preposition) -> None:
    owners = attachment_entities(draft, noun, phrase.words[0])
    if phrase.lemma != "of" or lemma_of(noun) in REPRESENTATIONS:
        add_relation(draft, phrase, owners)
        return
    assert phrase.complement is not None
    lemma = CONTAINERS.get(lemma_of(noun), "have")
    node = draft.add(NodeKind.PREDICATE, phrase.words[0], lemma=lemma, words=phrase.words)
    draft.connect_all(entities(draft, phrase.complement), [node], EdgeKind.SUBJECT)
    draft.connect_all([node], owners, EdgeKind.OBJECT)


def _add_possessor(draft: Draft, noun: Token, possessor: Token) -> None:
    """As in "the man's hat", "his hat", "whose hat": whoever it is has the hat."""
    owners = entities(draft, possessor)
    mark = next((child for child in possessor.children if child.dep_ == "case"), None)
    if not owners:
        return
    label = "" if mark is not None else "have"
    place = possessor.i if is_relative(possessor) or mark is None else None
    node = draft.add(NodeKind.PREDICATE, mark, lemma="have", label=label, place=place)
    draft.connect_all(owners, [node], EdgeKind.SUBJECT)
    draft.connect_all([node], entities(draft, noun, spread=False), EdgeKind.OBJECT)

"""Forms of "be" and verbs like it: with a preposition a relation, else an attribute."""

from spacy.tokens import Token

from finsta.graphs.scene_graph import EdgeKind, NodeKind
from finsta.text.clauses import is_clausal, is_copula, oblique_phrases
from finsta.text.draft import Draft, Event
from finsta.text.lemmas import lemma_of
from finsta.text.lexicon import PLACE_ADVERBS
from finsta.text.modifiers import add_adjective, add_attribute
from finsta.text.nominals import entities, name_words
from finsta.text.predicates import is_argument, subject_entities
from finsta.text.prepositions import Preposition
from finsta.text.silence import complement_noun, is_existential


def add_copulas(draft: Draft) -> None:
    """Attributes and prepositional relations said with "be", and adjectives after any other verb."""
    for token in draft.tokens:
        if is_copula(token):
            owners = _owners(draft, token)
            _add_relations(draft, token, owners)
            _add_noun(draft, token, owners)
            _add_adjectives(draft, token, owners)
        elif token.pos_ == "VERB":
            _add_adjectives(draft, token, subject_entities(draft, token))


def _owners(draft: Draft, copula: Token) -> list[int]:
    """What the copula speaks of."""
    if not is_existential(copula):
        return subject_entities(draft, copula)
    nouns = [child for child in copula.children if child.dep_ in {"attr", "nsubj"}]
    return [node for noun in nouns for node in entities(draft, noun)]


def _add_relations(draft: Draft, copula: Token, owners: list[int]) -> None:
    nodes = [
        add_relation(draft, phrase, owners, event=copula.i)
        for phrase in oblique_phrases(copula)
        if is_argument(phrase) and phrase.complement is not None
    ]
    if nodes:
        draft.events[copula.i] = Event(verb=copula, nodes=nodes, clausal=is_clausal(copula))


def add_relation(draft: Draft, phrase: Preposition, owners: list[int], *, event: int | None = None) -> int:
    """The predicate node of a preposition, between those it describes and what it takes."""
    node = draft.add(NodeKind.PREDICATE, phrase.words[0], lemma=phrase.lemma, words=phrase.words, event=event)
    draft.connect_all(owners, [node], EdgeKind.SUBJECT)
    if phrase.complement is not None:
        draft.connect_all([node], entities(draft, phrase.complement), EdgeKind.OBJECT)
    return node


def _add_noun(draft: Draft, copula: Token, owners: list[int]) -> None:
    """As in "the man is a doctor"."""
    noun = complement_noun(copula)
    if noun is None or noun.i not in draft.aliases:
        return
    denied = [child for child in copula.children if child.dep_ == "neg"]
    lemma = " ".join([*("not" for _ in denied[:1]), *(w.lower_ for w in name_words(noun)[:-1]), lemma_of(noun)])
    add_attribute(draft, owners, noun, lemma=lemma, words=[*name_words(noun), *denied])


def _add_adjectives(draft: Draft, verb: Token, owners: list[int]) -> None:
    for child in verb.children:
        if any(inner.dep_ == "xcomp" for inner in child.children):
            continue
        complement = child.dep_ in {"acomp", "oprd"} or (child.dep_ == "attr" and child.pos_ in {"ADJ", "NUM"})
        if complement and child.lower_ not in PLACE_ADVERBS and child.pos_ not in {"ADP", "ADV"}:
            described = owners if child.dep_ != "oprd" else _painted(draft, verb) or owners
            denied = [word for word in verb.children if word.dep_ == "neg"]
            add_adjective(draft, described, child, denied=denied)


def _painted(draft: Draft, verb: Token) -> list[int]:
    """As in "paints the wall red": the colour is the wall's."""
    return [node for child in verb.children if child.dep_ == "dobj" for node in entities(draft, child)]

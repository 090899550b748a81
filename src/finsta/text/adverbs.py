"""How, how often and whether: predicate attributes."""

from collections.abc import Iterator

from spacy.tokens import Token

from finsta.graphs.scene_graph import EdgeKind, NodeKind
from finsta.text.clauses import is_copula, particles
from finsta.text.draft import Draft
from finsta.text.lemmas import lemma_of
from finsta.text.lexicon import DEGREE_WORDS, NEGATIONS, ORDER_WORDS, TIME_NOUNS
from finsta.text.prepositions import Preposition, is_manner, is_time, prepositions_of
from finsta.text.silence import is_count


def add_adverbs(draft: Draft) -> None:
    """Predicate attributes of every event; they hang on the event's first node."""
    for event in draft.events.values():
        for words, head, lemma in _modifiers(event.verb):
            node = draft.add(NodeKind.PREDICATE_ATTRIBUTE, head, lemma=lemma, words=words)
            draft.connect(event.primary, node, EdgeKind.PREDICATE_ATTRIBUTE)
    _deny(draft)


def _deny(draft: Draft) -> None:
    """As in "there is no dog in the yard", "trees with no leaves": what joins a thing that is not there is denied."""
    for token in draft.tokens:
        if token.lower_ != "no" or token.dep_ != "det" or token.head.i not in draft.objects:
            continue
        thing = draft.objects[token.head.i]
        for predicate in draft.sources(thing, EdgeKind.OBJECT) or draft.targets(thing, EdgeKind.SUBJECT):
            node = draft.add(NodeKind.PREDICATE_ATTRIBUTE, token, lemma="not")
            draft.connect(predicate, node, EdgeKind.PREDICATE_ATTRIBUTE)


def _modifiers(verb: Token) -> Iterator[tuple[list[Token], Token, str]]:
    """Words, head and normal form of each modifier of a verb."""
    closing = particles(verb)
    for child in (*verb.children, *(child for particle in closing for child in particle.children)):
        if child.dep_ == "neg" or (child.dep_ == "advmod" and child.lower_ in NEGATIONS):
            yield [child], child, "never" if child.lower_ == "never" else "not"
        elif child.dep_ == "advmod" and child not in closing and _says_how(child):
            for adverb in (child, *_further(child)):
                yield _adverb_words(adverb), adverb, adverb.lower_
        elif is_count(child):
            words = [*(word for word in child.lefts if word.dep_ != "punct"), child]
            yield words, child, " ".join([*(lemma_of(word) for word in words[:-1]), child.lower_])
        elif child.dep_ == "npadvmod" and lemma_of(child) in TIME_NOUNS:
            words = [*(word for word in child.lefts if word.dep_ != "det"), child]
            yield words, child, " ".join(word.lower_ for word in words)
    for phrase in prepositions_of(verb):
        if (is_manner(phrase) or (is_time(phrase) and not is_copula(verb))) and phrase.noun is not None:
            yield phrase_words(phrase), phrase.noun, _phrase_lemma(phrase)


def _says_how(adverb: Token) -> bool:
    if adverb.pos_ != "ADV" or adverb.tag_ == "WRB" or adverb.lower_ in DEGREE_WORDS | ORDER_WORDS:
        return False
    return not any(child.dep_ in {"prep", "pobj"} for child in adverb.children)


def _further(adverb: Token) -> list[Token]:
    """The other adverbs that hang on one: coordinated ("slowly and carefully"), or before it ("loudly twice")."""
    coordinated = [child for child in adverb.children if child.dep_ == "conj" and child.pos_ == "ADV"]
    return coordinated + [child for child in adverb.lefts if child.dep_ == "advmod" and _says_how(child)]


def _adverb_words(adverb: Token) -> list[Token]:
    before = [child for child in adverb.lefts if child.dep_ == "advmod" and child.i == adverb.i - 1]
    return [*(child for child in before if not _says_how(child)), adverb]


def phrase_words(phrase: Preposition) -> list[Token]:
    """All words of a prepositional phrase up to its noun."""
    assert phrase.noun is not None
    return [word for word in phrase.words[0].doc[phrase.words[0].i : phrase.noun.i + 1] if not word.is_space]


def _phrase_lemma(phrase: Preposition) -> str:
    words = [word for word in phrase_words(phrase) if word.pos_ not in {"DET", "PRON"}]
    return " ".join(word.lower_ for word in words if word.lower_ not in DEGREE_WORDS)

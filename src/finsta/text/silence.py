"""Words that look like nouns but name no object: set aside before the nominal rules run."""

from collections.abc import Iterator

from spacy.tokens import Token

from finsta.text.clauses import is_coordinated_gerund, is_copula, subjects
from finsta.text.draft import Draft
from finsta.text.lemmas import lemma_of
from finsta.text.lexicon import TIME_NOUNS, WEATHER_VERBS
from finsta.text.nominals import NOUNS, is_dummy, is_name_part, is_noun, name_words
from finsta.text.prepositions import is_manner, is_time, prepositions_of

REPEATED = {"time", "lap"}


def set_aside(draft: Draft) -> None:
    """Mark side nouns, nouns of manner, time and count, and subjects that name nothing."""
    for token in draft.tokens:
        for word in _silent(token):
            draft.consumed.add(word.i)
        if is_noun(token) and not is_name_part(token):
            draft.consumed.update(word.i for word in name_words(token)[:-1])
        if is_copula(token):
            _name_once(draft, token)


def _silent(token: Token) -> Iterator[Token]:
    for phrase in prepositions_of(token):
        yield from phrase.words
        if phrase.noun is not None and (is_manner(phrase) or is_time(phrase) or phrase.noun.lower_ in {"that", "this"}):
            yield phrase.noun
    if (
        token.dep_ in {"oprd", "acomp"}
        or is_coordinated_gerund(token)
        or is_count(token)
        or (token.dep_ == "npadvmod" and lemma_of(token) in TIME_NOUNS)
    ):
        yield token
    if token.pos_ == "VERB" and lemma_of(token) in WEATHER_VERBS:
        yield from (word for word in subjects(token) if word.lower_ == "it")


def is_count(token: Token) -> bool:
    """The "times" of "three times"."""
    if not token.n_lefts or token.dep_ not in {"npadvmod", "dobj", "dep", "advmod", "appos"}:
        return False
    counted = any(child.dep_ in {"nummod", "amod", "det"} and child.lower_ != "the" for child in token.lefts)
    return counted and lemma_of(token) in REPEATED


def complement_noun(copula: Token) -> Token | None:
    """The noun after a form of "be", unless it is what a question asks for."""
    noun = next((child for child in copula.children if child.dep_ == "attr" and child.pos_ in NOUNS), None)
    if noun is None or any(child.tag_ in {"WDT", "WP", "WRB"} for child in noun.subtree if child.i < noun.i):
        return None
    return noun


def is_existential(copula: Token) -> bool:
    """As in "there is a dog" and "on the table is a cup": the noun after it is the subject."""
    deps = {child.dep_ for child in copula.children}
    return "expl" in deps or ("attr" in deps and not deps & {"nsubj", "csubj"} and copula.dep_ == "ROOT")


def _name_once(draft: Draft, copula: Token) -> None:
    """Subject and complement of "the man is a doctor" are one object; of "this is a dog" only the dog is named."""
    noun = complement_noun(copula)
    if noun is None:
        asked = next((c for c in copula.children if c.dep_ == "attr" and c.pos_ in NOUNS), None)
        draft.consumed |= {asked.i} if asked is not None else set()
        return
    for word in subjects(copula)[:1]:
        if word.i == noun.i or is_existential(copula):
            continue
        if is_dummy(word):
            draft.aliases[word.i] = noun
        elif noun.i not in draft.aliases and word.i not in draft.aliases:
            draft.aliases[noun.i] = word

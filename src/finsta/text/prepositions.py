"""Prepositions of one or several words, each with what it takes."""

from dataclasses import dataclass

from spacy.tokens import Token

from finsta.text.lemmas import lemma_of
from finsta.text.lexicon import (
    MANNER_NOUNS,
    MANNER_PREPOSITIONS,
    ORDER_WORDS,
    PARTICIPLE_PREPOSITIONS,
    PREPOSITION_FORMS,
    SIDE_NOUNS,
    TIME_NOUNS,
)
from finsta.text.nominals import NOUNS


@dataclass(frozen=True, kw_only=True)
class Preposition:
    """A preposition with what it takes.

    Attributes:
        words: As they stand in the text, determiners inside it included: "on", "the", "side", "of".
        lemma: Normal form, e.g. ``"on side of"``.
        complement: The word it takes, noun or verb; ``None`` where it is stranded ("the bench he sits on").
    """

    words: tuple[Token, ...]
    lemma: str
    complement: Token | None

    @property
    def noun(self) -> Token | None:
        """The complement, unless it is a clause."""
        return self.complement if self.complement is not None and self.complement.dep_ != "pcomp" else None


def prepositions_of(token: Token) -> list[Preposition]:
    """The prepositional phrases that hang on a word, in order; the agent of a passive is not among them."""
    if not (token.n_rights or token.n_lefts):
        return []
    found = []
    for child in token.children:
        opens = child.dep_ in {"prep", "dative"} and child.pos_ in {"ADP", "SCONJ", "ADV", "ADJ", "VERB", "PART"}
        if opens or (child.dep_ == "prt" and _coordinated(child)):
            found += [read_preposition(member) for member in (child, *_coordinated(child))]
        elif child.pos_ in {"ADV", "ADJ", "ADP"} and child.dep_ in {"advmod", "prt", "amod", "acomp", "npadvmod"}:
            found += _opened_by_adverb(child)
    return found


def _coordinated(preposition: Token) -> list[Token]:
    """The other prepositions of "on and under the table"."""
    return [c for c in preposition.children if c.dep_ == "conj" and any(n.dep_ == "pobj" for n in c.children)]


def _opened_by_adverb(adverb: Token) -> list[Preposition]:
    """As in "next to", "close to", "away from": an adverb with a preposition of its own."""
    other = adverb.lower_ in ORDER_WORDS or adverb.lower_.endswith("ly") or adverb.dep_ in {"amod", "acomp"}
    if other and adverb.lower_ not in {"next", "close", "near"}:
        return []
    inner = [child for child in adverb.children if child.dep_ == "prep" and child.i == adverb.i + 1]
    return [_prefixed(adverb, read_preposition(child)) for child in inner if _takes_something(child)]


def _takes_something(preposition: Token) -> bool:
    return any(child.dep_ in {"pobj", "pcomp"} for child in preposition.children)


def _prefixed(word: Token, rest: Preposition) -> Preposition:
    return Preposition(
        words=(word, *rest.words), lemma=_normal(f"{word.lower_} {rest.lemma}"), complement=rest.complement
    )


def _normal(lemma: str) -> str:
    return PREPOSITION_FORMS.get(lemma, lemma)


def read_preposition(head: Token) -> Preposition:
    """The preposition that a word opens, closed over nested ones ("out of") and side nouns ("on top of")."""
    inner = next((child for child in head.children if child.dep_ == "prep" and child.i > head.i), None)
    noun = next((child for child in head.children if child.dep_ in {"pobj", "pcomp"}), None)
    if noun is None and inner is not None:
        return _prefixed(head, read_preposition(inner))
    if noun is not None and noun.lower_ in SIDE_NOUNS:
        closing = next((c for c in noun.children if c.dep_ == "prep" and c.lower_ in {"of", "to"}), None)
        target = None if closing is None else next((c for c in closing.children if c.dep_ == "pobj"), None)
        if closing is not None and target is not None and not any(c.dep_ in {"conj", "poss"} for c in noun.children):
            return _closed(head, noun, closing, target)
    if noun is None:
        noun = _shared_complement(head)
    return Preposition(words=(head,), lemma=_normal(head.lower_), complement=noun)


def _closed(head: Token, noun: Token, closing: Token, target: Token) -> Preposition:
    words = tuple(word for word in head.doc[head.i : closing.i + 1] if not word.is_punct and not word.is_space)
    lemma = " ".join(word.lower_ for word in words if word.pos_ not in {"DET", "PRON"})
    return Preposition(words=words, lemma=_normal(lemma), complement=target)


def _shared_complement(head: Token) -> Token | None:
    """As in "on and under the table": the first preposition takes what the last one takes."""
    for child in head.children:
        if child.dep_ == "conj":
            return next((c for c in child.children if c.dep_ == "pobj"), None)
    return None


def is_manner(preposition: Preposition) -> bool:
    """Whether a phrase says how: "with care"."""
    noun = preposition.noun
    if noun is None or noun.pos_ not in NOUNS:
        return False
    wanted = MANNER_PREPOSITIONS.get(noun.lower_)
    if wanted is not None:
        bare = not any(child.dep_ in {"det", "poss", "compound", "prep"} for child in noun.children)
        return preposition.lemma == wanted and (bare or noun.lower_ in {"motion", "way"})
    return noun.lower_ in MANNER_NOUNS or lemma_of(noun) in MANNER_NOUNS


def is_time(preposition: Preposition) -> bool:
    """Whether a phrase says when: "in the morning"."""
    return preposition.noun is not None and lemma_of(preposition.noun) in TIME_NOUNS


def is_order(preposition: Preposition) -> bool:
    """Whether a phrase orders events: "before leaving", "after that"."""
    if preposition.lemma not in {"before", "after"} or preposition.complement is None:
        return False
    return preposition.noun is None or preposition.noun.lower_ in {"that", "this"}


def is_participle(preposition: Preposition) -> bool:
    """Whether a verb form serves as a preposition: "including"."""
    return preposition.lemma in PARTICIPLE_PREPOSITIONS

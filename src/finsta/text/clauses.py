"""The arguments of a verb as its clause has them: who is its subject, whether it is passive, what it takes."""

from collections.abc import Sequence
from itertools import pairwise

from spacy.tokens import Token

from finsta.text.caption_words import STATE_VERBS
from finsta.text.lemmas import lemma_of, verb_lemma
from finsta.text.lexicon import PLACE_ADVERBS
from finsta.text.nominals import NOUNS
from finsta.text.prepositions import Preposition, prepositions_of

SUBJECTS = {"nsubj", "nsubjpass"}
HELPERS = {"aux", "auxpass"}
NOT_EVENTS = {"amod", "compound", "nmod", "prt", "prep", "det", "case", "punct", "quantmod", *HELPERS}
CLAUSAL = {"ROOT", "ccomp", "advcl", "parataxis", "dep", "pcomp"}


def is_event(token: Token) -> bool:
    """Whether a word is a verb that says what happens; helpers, copulas and participles before nouns are not."""
    if is_copula(token) or token.dep_ in NOT_EVENTS:
        return False
    if token.pos_ in {"VERB", "AUX"}:
        return any(map(str.isalpha, token.text))
    return is_coordinated_gerund(token)


def is_coordinated_gerund(token: Token) -> bool:
    """As in "dancing and singing": the tagger takes the second for a noun."""
    if token.dep_ != "conj" or token.pos_ not in NOUNS or not token.lower_.endswith("ing"):
        return False
    alone = not any(child.dep_ in {"det", "amod", "compound", "poss", "nummod"} for child in token.children)
    return alone and token.head.tag_ == "VBG" and token.head.dep_ not in NOT_EVENTS


def is_copula(token: Token) -> bool:
    """A form of "be" that is no helper of another verb."""
    return token.lemma_ == "be" and token.pos_ in {"AUX", "VERB"} and token.dep_ not in HELPERS


def is_passive(token: Token) -> bool:
    """Whether the surface subject of a verb is what the action is done to."""
    deps = {child.dep_ for child in token.children}
    if deps & {"nsubjpass", "auxpass", "agent"}:
        return True
    if token.tag_ not in {"VBN", "VBD"} or deps & {"aux", "dobj"}:
        return False
    if token.lemma_ in STATE_VERBS and "prep" in deps:
        return True  # "hill covered in trees"
    if "nsubj" in deps:
        return False
    first = first_conjunct(token)
    if first != token:
        return is_passive(first)
    return token.tag_ == "VBN" and token.dep_ in {"acl", "advcl", "relcl"}


def first_conjunct(token: Token) -> Token:
    """The first verb of the coordination that a verb is a later member of."""
    while token.dep_ == "conj" and token.head.pos_ in {"VERB", "AUX"} and token.head != token:
        token = token.head
    return token


def subjects(token: Token) -> list[Token]:
    """The words that are the surface subject of a verb, its own or inherited from the clause it hangs on."""
    while not (own := own_subjects(token)) and _continues(token):
        token = token.head
    if own:
        return own
    return _inherited_subjects(token, token.head)


def _inherited_subjects(token: Token, head: Token) -> list[Token]:
    dep, verbal = token.dep_, head.pos_ in {"VERB", "AUX"}
    if dep in {"xcomp", "ccomp"} and verbal and head.i < token.i:
        return _controllers(head)
    if dep == "xcomp" and head.dep_ == "acomp":
        return subjects(head.head)
    if dep == "pcomp":
        return _governor_subjects(head)
    if dep == "relcl" or (dep == "acl" and not verbal):
        return [] if _is_infinitive(token) else [head]
    return _subjects_of_first_clause(token)


def own_subjects(token: Token) -> list[Token]:
    """The subject in a verb's own clause; in "a snow covered mountain" the snow."""
    own = [child for child in token.children if child.dep_ in SUBJECTS]
    if own or token.tag_ not in {"VBD", "VBN"}:
        return own
    covering = [child for child in token.lefts if child.dep_ == "npadvmod" and child.i == token.i - 1]
    return covering if any(child.dep_ == "dobj" for child in token.rights) else []


def _continues(token: Token) -> bool:
    """Whether a clause without a subject of its own takes that of the clause above it."""
    return token.dep_ in {"conj", "dep", "advcl"} and token.head.pos_ in {"VERB", "AUX"} and token.head != token


def _controllers(head: Token) -> list[Token]:
    """Whom "to ride" is about in "wants to ride" and in "asks the boy to ride"."""
    return [child for child in head.children if child.dep_ in {"dobj", "dative"} and child.pos_ in NOUNS] or (
        subjects(head)
    )


def _governor_subjects(preposition: Token) -> list[Token]:
    """As in "after eating, she washes": the subject of the verb that the preposition hangs on."""
    word = preposition.head
    while word.dep_ == "prep" and word.head != word:
        word = word.head
    return subjects(word) if word.pos_ in {"VERB", "AUX"} else [word]


def _subjects_of_first_clause(token: Token) -> list[Token]:
    """As in "she puts them in, then stirs": parsed as if the first clause were said by the second."""
    first = next((c for c in token.lefts if c.dep_ in {"ccomp", "parataxis"} and c.pos_ == "VERB"), None)
    return [] if first is None else own_subjects(first)


def _is_infinitive(token: Token) -> bool:
    return any(child.dep_ == "aux" and child.lower_ == "to" for child in token.children)


def direct_objects(token: Token) -> list[Token]:
    """The words that a verb takes without a preposition, the gap of a relative clause included."""
    found = [child for child in token.children if child.dep_ == "dobj"]
    if not found and token.dep_ == "relcl" and fills_gap(token):
        found = [token.head]
    return found


def fills_gap(token: Token) -> bool:
    """Whether the noun before a relative clause is what its verb lacks: "the ball (that) the boy kicks"."""
    deps = {child.dep_ for child in token.children}
    opened = any(child.tag_ in {"WDT", "WP", "WRB"} for child in token.subtree)
    return (
        "nsubj" in deps
        and not deps & {"dobj", "acomp", "xcomp", "ccomp", "attr"}
        and not (opened or any(p.complement is None for p in prepositions_of(token)) or stranded_particle(token))
    )


def may_strand(token: Token) -> bool:
    """Whether a preposition without a noun takes the one before the clause; in "a man coming in" it does not."""
    return token.dep_ == "relcl" or (token.dep_ == "acl" and _is_infinitive(token))


def stranded_particle(token: Token) -> Token | None:
    """The "on" of "the bench he is sitting on", which the parser takes for a particle."""
    if not may_strand(token):
        return None
    for child in token.children:
        if child.dep_ == "prt" and child.tag_ in {"IN", "RP"} and child.lower_ in {"on", "in", "at", "with", "over"}:
            return child
    return None


def oblique_phrases(token: Token) -> list[Preposition]:
    """The prepositional phrases of a verb; a stranded preposition takes the noun before its relative clause."""
    phrases = list(prepositions_of(token))
    particle = stranded_particle(token)
    if particle is not None and not any(child.dep_ == "dobj" for child in token.children):
        phrases.append(Preposition(words=(particle,), lemma=particle.lower_, complement=token.head))
    return [_filled(phrase, token) for phrase in phrases]


def _filled(phrase: Preposition, verb: Token) -> Preposition:
    if phrase.complement is not None or not may_strand(verb):
        return phrase
    return Preposition(words=phrase.words, lemma=phrase.lemma, complement=verb.head)


def particles(token: Token) -> list[Token]:
    """The words that close a phrasal verb: "pick up", "drive away", "jump up and down"."""
    stranded = stranded_particle(token)
    found: list[Token] = []
    for child in token.rights:
        takes = any(c.dep_ in {"prep", "pobj", "pcomp"} for c in child.children)
        closes = child.dep_ == "prt" or (
            child.dep_ in {"advmod", "prep", "acomp"}
            and child.lower_ in PLACE_ADVERBS
            and not (child.dep_ == "prep" and may_strand(token))
        )
        if closes and child != stranded and not takes and not _shares_object(child):
            found += [child, *(c for c in child.children if c.dep_ == "conj" and c.lower_ in PLACE_ADVERBS)]
    joints = [left.nbor() for left, right in pairwise(found) if right.i == left.i + 2 and left.nbor().dep_ == "cc"]
    return sorted([*found, *joints], key=lambda word: word.i)


def _shares_object(child: Token) -> bool:
    return any(c.dep_ == "conj" and any(n.dep_ == "pobj" for n in c.children) for c in child.children)


def agents(token: Token) -> list[Token]:
    """The nouns after the "by" of a passive."""
    return [noun for by in token.children if by.dep_ == "agent" for noun in by.children if noun.dep_ == "pobj"]


def predicate_lemma(token: Token, closing: Sequence[Token], preposition: str = "") -> str:
    """Normal form of a predicate: the verb's lemma, its particles, its preposition."""
    lemma = verb_lemma(token) if token.pos_ in NOUNS else lemma_of(token)
    return " ".join(part for part in (lemma, *(word.lower_ for word in closing), preposition) if part)


def is_clausal(token: Token) -> bool:
    """Whether an event stands in the line of the story, rather than describing a noun in it."""
    token = first_conjunct(token)
    if token.dep_ in {"acl", "relcl"}:
        return token.head.dep_ == "ROOT" and token.dep_ == "acl"
    return token.dep_ in CLAUSAL

"""The arguments of a verb by UD: who acts, who is acted on, whatever the voice and whatever clause it stands in."""

from spacy.tokens import Token

from finsta.text.universal.function_words import function_words
from finsta.text.universal.nominals import is_bare_participle
from finsta.text.universal.words import (
    case_words,
    children,
    has,
    is_copular,
    is_relative,
    lemma_of,
    lemma_of_case,
    relation,
)

NOT_EVENTS = {
    "aux",
    "cop",
    "amod",
    "case",
    "mark",
    "det",
    "compound",
    "flat",
    "fixed",
    "advmod",
    "cc",
    "punct",
    "nummod",
}


def is_event(token: Token) -> bool:
    """Whether a word is a verb that says what happens."""
    if token.pos_ not in {"VERB", "AUX"} or relation(token) in NOT_EVENTS or is_copular(token):
        return False
    if lemma_of(token) in function_words(token.vocab.lang).copulas and not children(token, "obl"):
        return False
    return not is_bare_participle(token) and any(map(str.isalpha, token.text))


def is_existential(token: Token) -> bool:
    """As in "there is a dog": the verb names its noun and says nothing of it."""
    if lemma_of(token) not in function_words(token.vocab.lang).existential or children(token, "aux", "cop"):
        return False
    subjects = children(token, "nsubj")
    if token.vocab.lang in {"zh", "es"}:
        return not subjects and bool(children(token, "obj"))
    return bool(children(token, "expl")) and bool(subjects or children(token, "obj"))


def is_passive(token: Token) -> bool:
    """Whether the surface subject of a verb is what the action is done to."""
    deps = {child.dep_ for child in token.children}
    if deps & {"nsubj:pass", "aux:pass", "obl:agent"} or has(token, "Voice", "Pass"):
        return True
    helpers = children(token, "aux", "cop")
    if any(lemma_of(helper) in function_words(token.vocab.lang).passive for helper in helpers):
        return has(token, "VerbForm", "Part") and has(token, "Tense", "Past")
    if relation(token) == "conj" and not helpers and token.head.pos_ == "VERB":
        return has(token, "VerbForm", "Part") and is_passive(token.head)
    if relation(token) not in {"acl", "advcl"} or helpers or children(token, "nsubj", "obj"):
        return False
    return has(token, "Tense", "Past") and has(token, "VerbForm", "Part")


def subjects(token: Token, seen: frozenset[int] = frozenset()) -> list[Token]:
    """The words that are the surface subject of a predicate, its own or inherited from the clause it hangs on."""
    own = children(token, "nsubj")
    if own or token.i in seen:
        return own
    head, seen = token.head, seen | {token.i}
    kind = relation(token)
    if head == token or has(token, "Mood", "Imp"):
        return []
    if kind == "acl":
        return [] if has(token, "VerbForm", "Inf") or fills_gap(token) or _oblique_gap(token) else [head]
    if kind in {"xcomp", "ccomp"} and head.pos_ in {"VERB", "AUX", "ADJ"}:
        return [] if has(token, "Mood", "Ind") else (children(head, "obj") or subjects(head, seen))
    if kind in {"conj", "advcl", "parataxis"} and (head.pos_ in {"VERB", "AUX"} or is_copular(head)):
        return subjects(head, seen)
    return []


def direct_objects(token: Token) -> list[Token]:
    """What a verb takes without a preposition, the gap of a relative clause included."""
    agents_too = agents(token)
    found = [child for child in children(token, "obj") if child not in agents_too]
    return found or ([token.head] if relation(token) == "acl" and fills_gap(token) else [])


def fills_gap(token: Token) -> bool:
    """Whether the noun before a clause is what its verb lacks: "the ball (that) the boy kicks"."""
    if relation(token) != "acl" or not children(token, "nsubj") or children(token, "obj", "ccomp"):
        return False
    return not any(is_relative(child) for child in token.children) and not _oblique_gap(token)


def _oblique_gap(token: Token) -> bool:
    """Whether a relative word stands for a place or companion: "the bench on which he sits"."""
    return any(is_relative(child) and relation(child) in {"obl", "advmod"} for child in token.children)


def agents(token: Token) -> list[Token]:
    """Who acts, in a passive."""
    if not is_passive(token):
        return []
    marked = [child for child in token.children if child.dep_ == "obl:agent"]
    if marked:
        return marked
    opening = function_words(token.vocab.lang).agents
    phrases = [child for child in children(token, "obl", "obj", "nmod") if case_words(child)]
    return [child for child in phrases if lemma_of_case(case_words(child)) in opening]


def obliques(token: Token) -> list[Token]:
    """The nouns that a verb takes with a preposition, and those it gives something to."""
    agents_too = agents(token)
    found = [child for child in children(token, "obl") if case_words(child) or child.pos_ == "PRON"]
    found += [noun for adverb in children(token, "advmod") for noun in children(adverb, "obl") if case_words(noun)]
    found += [child for child in children(token, "advmod") if child.pos_ == "NOUN" and case_words(child)]
    return [child for child in [*children(token, "iobj"), *found] if child not in agents_too]


def particles(token: Token) -> list[Token]:
    """The separated parts of a verb."""
    return [child for child in token.children if child.dep_ in {"compound:prt", "svp"}]


def lemma_of_verb(token: Token) -> str:
    """Normal form of a verb with its particles."""
    parts = [word.lower_ for word in particles(token)]
    if function_words(token.vocab.lang).joins_prefix:
        return "".join(parts) + lemma_of(token)
    joint = "" if token.vocab.lang == "zh" else " "
    return joint.join([lemma_of(token), *parts])

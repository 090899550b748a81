"""Noun phrases: which words name an object, what belongs to the name, and what a word refers to."""

from spacy.tokens import Token

from finsta.graphs.scene_graph import NodeKind
from finsta.text.caption_words import BODY_PARTS, PART_OWNERS, SIDED, SIDES
from finsta.text.draft import JOINING, Draft, label_of
from finsta.text.lemmas import lemma_of
from finsta.text.lexicon import (
    ANIMALS,
    ATTRIBUTE_CLASSES,
    CLASSIFIERS,
    DUMMY_SUBJECTS,
    FEMALE,
    INDEFINITE_PRONOUNS,
    MALE,
    NOT_COLOURED,
    NOUN_ATTRIBUTES,
    PERSONAL_PRONOUNS,
    PERSONS,
    QUANTIFIERS,
)

NOUNS = {"NOUN", "PROPN"}
NAMING = {*NOUNS, "PRON", "ADJ", "NUM", "VERB"}
"""Parts of speech that may name an object; a gerund is tagged as a verb."""

NAME_PARTS = {"compound", "nmod"}
PROPERTIES = frozenset().union(*(words for name, words in ATTRIBUTE_CLASSES.items() if name not in {"number", "state"}))
BEINGS = ANIMALS | PERSONS | MALE | FEMALE


def add_objects(draft: Draft) -> None:
    """One object node for each noun and pronoun that is not part of another name, a quantifier, or a modifier."""
    for token in draft.tokens:
        if names_object(draft, token):
            object_of(draft, token)


def names_object(draft: Draft, token: Token) -> bool:
    """Whether a word is the head of a phrase that names an object of its own."""
    if token.pos_ not in NAMING or token.i in draft.consumed or token.i in draft.aliases:
        return False
    if not (token.is_alpha or any(map(str.isalnum, token.text))):
        return False
    if token.pos_ == "PRON":
        return token.lower_ in PERSONAL_PRONOUNS or token.lower_ in INDEFINITE_PRONOUNS
    return is_noun(token) and not is_name_part(token) and quantified(token) is None


def is_noun(token: Token) -> bool:
    """A noun; or a gerund, number or adjective that the parser uses as one."""
    if token.pos_ in NOUNS:
        return token.dep_ not in {"amod", "npadvmod", "prt"} or token.head.pos_ not in NOUNS
    if token.tag_ == "VBG":
        return token.dep_ == "pobj" and any(child.dep_ in {"det", "amod"} for child in token.children)
    return token.pos_ in {"ADJ", "NUM"} and token.dep_ in {"nsubj", "nsubjpass", "dobj", "pobj"}


def is_name_part(token: Token) -> bool:
    """Whether a noun only helps to name or describe the noun after it: the "fire" of "fire trucks"."""
    named = token.dep_ in NAME_PARTS and token.head.pos_ in NOUNS and token.i < token.head.i
    return named and not owns_part(token)


def owns_part(token: Token) -> bool:
    """Whether a noun before another noun is a being or thing that has it: the "tree" of "tree branch"."""
    if token.dep_ not in NAME_PARTS or token.i + 1 != token.head.i or token.head.pos_ not in NOUNS:
        return False
    part, owner = lemma_of(token.head), lemma_of(token)
    return owner in PART_OWNERS.get(part, ()) or (part in BODY_PARTS and owner in BEINGS)


def quantified(token: Token) -> Token | None:
    """The noun that a quantifier or classifier counts: the "dogs" of "a lot of dogs"."""
    if not token.n_rights:
        return None
    lemma = lemma_of(token)
    if lemma not in QUANTIFIERS and lemma not in CLASSIFIERS and token.pos_ != "NUM":
        return None
    return next(
        (
            noun
            for preposition in token.children
            if preposition.lower_ == "of"
            for noun in preposition.children
            if noun.dep_ == "pobj" and (noun.pos_ in NOUNS or noun.pos_ == "PRON")
        ),
        None,
    )


def name_words(token: Token) -> list[Token]:
    """The words of an object's name: its head and the compounds before it, colours and materials excepted."""
    if not token.n_lefts or token.pos_ not in NOUNS:
        return [token]
    first = token.i
    for child in reversed(list(token.lefts)):
        gap = child.right_edge.i + 1
        joined = gap == first or all(between.text in JOINING for between in token.doc[gap:first])
        if child.text in JOINING or child.is_space:
            continue
        if not joined or not (_helps_name(child) or tells_side(child)):
            break
        first = _after_property(child)
    return [word for word in token.doc[first : token.i + 1] if not word.is_space and word.dep_ not in {"det", "punct"}]


def _after_property(part: Token) -> int:
    """Where the name starts: after the "blue" of "blue suit jacket", which the parser hangs on the suit."""
    properties = [child for child in part.lefts if is_property(child)]
    return properties[-1].i + 1 if properties else part.left_edge.i


def is_property(token: Token) -> bool:
    """Whether an adjective names a colour, material, size, shape, pattern or age, and so is never part of a name."""
    return token.dep_ == "amod" and token.pos_ == "ADJ" and token.lower_ in PROPERTIES


def _helps_name(child: Token) -> bool:
    return child.dep_ in NAME_PARTS and child.pos_ != "ADJ" and not noun_attribute(child) and not owns_part(child)


def tells_side(child: Token) -> bool:
    """The "left" of "left hand": the name of one of two, not a property of it."""
    return child.dep_ == "amod" and child.lower_ in SIDES and child.head.lower_ in SIDED and not list(child.children)


def noun_attribute(token: Token) -> bool:
    """Whether a noun before another noun says its colour or material: the "metal" of "metal pole"."""
    if token.dep_ not in NAME_PARTS or token.head.pos_ not in NOUNS:
        return False
    word, named = token.lower_, lemma_of(token.head)
    if word in NOUN_ATTRIBUTES:
        return named not in NOT_COLOURED
    return (word in BEINGS or word in {"adult", "baby", "toy"}) and (named in BEINGS or word == "toy")


def object_of(draft: Draft, token: Token) -> int:
    """The object node that a word heads, made on first use."""
    if token.i not in draft.objects:
        words = name_words(token)
        lemma = label_of(words).lower().removesuffix(token.lower_) + lemma_of(token)
        draft.objects[token.i] = draft.add(NodeKind.OBJECT, token, words=words, lemma=lemma)
    return draft.objects[token.i]


def entities(draft: Draft, token: Token, *, spread: bool = True, seen: frozenset[int] = frozenset()) -> list[int]:
    """The objects that a word refers to: relative pronouns, quantifiers and complements looked through.

    Args:
        draft: The graph so far.
        token: A noun or pronoun.
        spread: Whether the other members of its coordination are meant too ("a man *and a woman* dance").
        seen: Words already looked through, so that a garbled parse cannot lead in a circle.
    """
    found: list[int] = []
    for member in [token, *conjuncts(token)] if spread else [token]:
        target = None if member.i in seen else referent(draft, member)
        if target is None:
            continue
        if target.i == member.i:
            inner = [object_of(draft, member)]
        else:
            whole = not is_relative(member) or _follows_coordination(target, member)
            inner = entities(draft, target, spread=whole, seen=seen | {member.i})
        found += [node for node in inner if node not in found]
    return found


def referent(draft: Draft, token: Token) -> Token | None:
    """The word that a word stands for; itself, where it names an object; ``None`` where it names nothing."""
    if token.i in draft.aliases:
        return draft.aliases[token.i]
    if is_relative(token):
        return antecedent(token)
    counted = quantified(token)
    if counted is not None:
        return counted
    return token if names_object(draft, token) else None


def conjuncts(token: Token) -> list[Token]:
    """The later nouns of a coordination that starts with a word, in order."""
    found: list[Token] = []
    waiting = [token]
    while waiting:
        members = [c for c in waiting.pop(0).children if c.dep_ == "conj" and (c.pos_ == "PRON" or is_noun(c))]
        found += members
        waiting += members
    return sorted(found, key=lambda member: member.i)


def is_relative(token: Token) -> bool:
    """Whether a pronoun opens a relative clause."""
    return token.tag_ in {"WDT", "WP", "WP$"} and antecedent(token) is not None


def antecedent(token: Token) -> Token | None:
    """The noun whose relative clause a word stands in."""
    for word in token.ancestors:
        if word.dep_ == "relcl":
            return word.head
        if word.dep_ in {"ROOT", "ccomp", "advcl"}:
            return None
    return None


def is_dummy(token: Token) -> bool:
    """Whether a subject names nothing itself: "this is a dog", "there is a dog"."""
    return token.lower_ in DUMMY_SUBJECTS and not is_relative(token)


def attachment_entities(draft: Draft, noun: Token, dependent: Token) -> list[int]:
    """Whom a clause or phrase after a noun describes: the whole coordination, where it stands after all of it."""
    first = first_of_fragment(noun, dependent)
    return entities(draft, first, spread=_follows_coordination(first, dependent))


def _follows_coordination(noun: Token, dependent: Token) -> bool:
    members = conjuncts(noun)
    return bool(members) and dependent.i > members[-1].i


def first_of_fragment(noun: Token, dependent: Token) -> Token:
    """As in "a cow and a horse standing": in a caption without a verb of its own the participle is that of all."""
    first = noun
    while first.dep_ == "conj" and first.head.pos_ in NOUNS:
        first = first.head
    return first if first.dep_ == "ROOT" and dependent.dep_ == "acl" and dependent.tag_ == "VBG" else noun

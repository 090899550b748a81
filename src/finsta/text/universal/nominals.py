"""Nouns, their attributes, and the relations between nouns without a verb."""

from collections.abc import Sequence

from spacy.tokens import Token

from finsta.graphs.scene_graph import EdgeKind, NodeKind
from finsta.text.draft import Draft
from finsta.text.universal.words import (
    ARGUMENTS,
    HELPERS,
    NAME_PARTS,
    NOMINAL,
    case_words,
    children,
    clause_of,
    has,
    is_copular,
    is_denied,
    is_relative,
    lemma_of,
    lemma_of_case,
    lemma_of_name,
    name_words,
    relation,
)


def add_objects(draft: Draft) -> None:
    """One object node for each noun or pronoun that names something."""
    for token in draft.doc:
        if is_copular(token) and not case_words(token) and token.pos_ in NOMINAL:
            _name_once(draft, token)
    for token in draft.doc:
        if names_object(draft, token):
            words = name_words(token)
            draft.objects[token.i] = draft.add(NodeKind.OBJECT, token, lemma=lemma_of_name(words, token), words=words)


def _name_once(draft: Draft, noun: Token) -> None:
    """Subject and complement of "the man is a doctor" are one object; of "this is a dog" only the dog is named."""
    subjects = children(noun, "nsubj")
    if not subjects:
        return
    if has(subjects[0], "PronType", "Dem") and subjects[0].pos_ == "PRON":
        draft.aliases[subjects[0].i] = noun
    else:
        draft.aliases[noun.i] = subjects[0]


def names_object(draft: Draft, token: Token) -> bool:
    """Whether a word is the head of a phrase that names an object of its own."""
    part = relation(token) in HELPERS | NAME_PARTS or token.i in draft.aliases
    if part or is_bare_oblique(token) or not any(map(str.isalnum, token.text)):
        return False
    if token.pos_ == "PRON":
        empty = has(token, "PronType", "Rel", "Int", "Exc") or has(token, "Reflex", "Yes") or has(token, "Poss", "Yes")
        return not empty
    if token.pos_ in NOMINAL:
        return relation(token) not in {"amod", "advmod"}
    stands_as_noun = relation(token) in ARGUMENTS and bool(children(token, "det", "case"))
    return token.pos_ in {"ADJ", "NUM", "X"} and stands_as_noun and not is_relative(token)


def is_bare_oblique(token: Token) -> bool:
    """As in "three times", "this morning": a noun beside a verb without a preposition says how often or when."""
    return (
        relation(token) == "obl"
        and token.dep_ != "obl:agent"
        and token.pos_ in {"NOUN", "NUM"}
        and not case_words(token)
    )


def entities(draft: Draft, token: Token, *, spread: bool = True, seen: frozenset[int] = frozenset()) -> list[int]:
    """The object nodes that a word stands for, with the members of its coordination.

    Args:
        draft: The graph so far.
        token: A noun or pronoun.
        spread: Whether the later members are meant too.
        seen: Words already looked through, so that a garbled parse cannot lead in a circle.
    """
    found: list[int] = []
    for member in [token, *conjuncts(token)] if spread else [token]:
        if member.i in seen:
            continue
        target = draft.aliases.get(member.i)
        clause = clause_of(member) if target is None and is_relative(member) else None
        target = clause.head if clause is not None else target
        if target is not None:
            found += entities(draft, target, seen=seen | {member.i})
        elif member.i in draft.objects:
            found.append(draft.objects[member.i])
    return list(dict.fromkeys(found))


def conjuncts(token: Token) -> list[Token]:
    """The later nominal members of a coordination, however the treebank chains them."""
    found: list[Token] = []
    waiting = [token]
    while waiting:
        members = [child for child in children(waiting.pop(0), "conj") if child.pos_ in NOMINAL]
        found += members
        waiting += members
    return sorted(found, key=lambda word: word.i)


def add_attributes(draft: Draft) -> None:
    """Adjectives, numbers and bare participles of nouns; relations of nouns by case; possession by relation."""
    for token in draft.doc:
        if token.i not in draft.objects and token.i not in draft.aliases:
            continue
        owners = entities(draft, token, spread=False)
        for child in token.children:
            if relation(child) == "amod" or is_bare_participle(child):
                add_adjective(draft, owners, child)
            elif relation(child) == "nummod" and lemma_of(child) not in {"1", "uno", "un", "ein", "one", "一"}:
                add_attribute(draft, owners, child, lemma=lemma_of(child))
            elif relation(child) in {"nmod", "obl"} and not is_copular(token):
                _add_relation(draft, token, child)


def is_bare_participle(token: Token) -> bool:
    """As in "a parked car" where the treebank takes the participle for a clause: it has nothing of its own."""
    own = [child for child in token.children if relation(child) not in {"punct", "advmod"}]
    return token.dep_ == "acl" and has(token, "VerbForm", "Part") and has(token, "Tense", "Past") and not own


def _add_relation(draft: Draft, noun: Token, other: Token) -> None:
    words = case_words(other)
    if other.dep_ == "nmod:poss":
        add_possession(draft, entities(draft, other), entities(draft, noun, spread=False), place=other.i)
    elif words:
        node = draft.add(NodeKind.PREDICATE, words[0], lemma=lemma_of_case(words), words=words)
        draft.connect_all(_described(draft, noun, other), [node], EdgeKind.SUBJECT)
        draft.connect_all([node], entities(draft, other), EdgeKind.OBJECT)


def _described(draft: Draft, noun: Token, other: Token) -> list[int]:
    members = conjuncts(noun)
    return entities(draft, noun, spread=bool(members) and other.i > members[-1].i)


def add_possession(draft: Draft, owners: Sequence[int], things: Sequence[int], *, place: int) -> None:
    """A predicate "have", named so in every language, between an owner and what is owned."""
    if owners and things:
        node = draft.add(NodeKind.PREDICATE, None, lemma="have", label="have", place=place)
        draft.connect_all(owners, [node], EdgeKind.SUBJECT)
        draft.connect_all([node], things, EdgeKind.OBJECT)


def add_adjective(draft: Draft, owners: Sequence[int], adjective: Token, *, denied: Token | None = None) -> None:
    """The attribute that an adjective states; with a phrase of its own ("full of fruit") a relation."""
    for word in [adjective, *(child for child in children(adjective, "conj") if child.pos_ in {"ADJ", "VERB", "NOUN"})]:
        inner = [noun for adverb in children(word, "advmod") for noun in children(adverb, "obl")]
        phrases = [
            child for child in [*children(word, "obl", "nmod"), *inner] if case_words(child) and child.i > word.i
        ]
        negation = denied or is_denied(word)
        if phrases:
            cases = case_words(phrases[0])
            lemma = f"{lemma_of(word)} {lemma_of_case(cases)}"
            node = draft.add(NodeKind.PREDICATE, word, lemma=lemma, words=[word, *cases], event=word.i)
            draft.connect_all(owners, [node], EdgeKind.SUBJECT)
            draft.connect_all([node], entities(draft, phrases[0]), EdgeKind.OBJECT)
            if negation is not None:
                modifier = draft.add(NodeKind.PREDICATE_ATTRIBUTE, negation, lemma="not")
                draft.connect(node, modifier, EdgeKind.PREDICATE_ATTRIBUTE)
            continue
        lemma = f"not {lemma_of(word)}" if negation is not None else lemma_of(word)
        degree = [child for child in children(word, "advmod") if child.i == word.i - 1]
        add_attribute(draft, owners, word, lemma=lemma, words=[*degree, word, *([negation] if negation else [])])


def add_attribute(draft: Draft, owners: Sequence[int], head: Token, *, lemma: str, words: Sequence[Token] = ()) -> None:
    """An attribute node joined to each of its owners."""
    node = draft.add(NodeKind.ATTRIBUTE, head, lemma=lemma, words=words)
    draft.connect_all(owners, [node], EdgeKind.ATTRIBUTE)

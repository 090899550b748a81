"""Adjectives, numbers, quantifiers: attributes of objects."""

from collections.abc import Iterable, Sequence

from spacy.tokens import Token

from finsta.graphs.scene_graph import EdgeKind, NodeKind
from finsta.text.caption_words import LOOKS
from finsta.text.draft import JOINING, Draft
from finsta.text.lemmas import lemma_of
from finsta.text.lexicon import (
    ADJECTIVE_PREPOSITIONS,
    CLASSIFIERS,
    COLOURS,
    COUNT_QUANTIFIERS,
    DEGREE_WORDS,
    SHADES,
    SKIPPED_ADJECTIVES,
)
from finsta.text.nominals import (
    NAME_PARTS,
    NOUNS,
    entities,
    is_property,
    noun_attribute,
    object_of,
    quantified,
    tells_side,
)
from finsta.text.prepositions import read_preposition

PARTS = {"advmod", "npadvmod", "compound", "nummod", "amod", "punct", "nmod"}
"""What may stand before an adjective as part of it."""


def add_attributes(draft: Draft) -> None:
    """Attributes that stand in the noun phrase itself."""
    for token in draft.tokens:
        if token.pos_ in {*NOUNS, "PRON", "NUM"}:
            _add_quantity(draft, token)
            owners = entities(draft, token, spread=False) if token.pos_ in NOUNS and quantified(token) is None else []
            for child in token.children if owners else ():
                _add_modifier(draft, owners, child)


def _add_modifier(draft: Draft, owners: list[int], child: Token) -> None:
    if tells_side(child):
        return
    if child.dep_ == "amod" or (
        child.dep_ in {"acl", "compound"} and child.pos_ == "ADJ" and not noun_attribute(child)
    ):
        actor = _actor(child)
        if actor is not None:
            _add_participle(draft, owners, child, actor)
        elif not (_is_shade(child) or _opens_participle(child)):
            add_adjective(draft, owners, child)
    elif child.lower_ == "both" and child.dep_ in {"det", "predet"}:
        add_attribute(draft, owners, child, lemma="2")
    elif child.dep_ == "nummod":
        if lemma_of(child) != "1":
            add_attribute(draft, owners, child, lemma=lemma_of(child), words=_numeral(child))
    elif noun_attribute(child):
        add_attribute(draft, owners, child, lemma=child.lower_, words=[*_shade_before(child), child])
    for inner in child.lefts if child.dep_ in NAME_PARTS else ():
        if inner.dep_ == "amod" and (is_property(inner) or noun_attribute(child)):
            _add_modifier(draft, owners, inner)  # "red brick wall", "blue suit jacket": both say so of the last noun


def _opens_participle(token: Token) -> bool:
    """The "dark" of "dark colored", the "odd" of "odd looking", which the parser hangs on the noun."""
    following = token.nbor() if token.i + 1 < len(token.doc) else None
    return following is not None and following.lower_ in LOOKS and following.head in {token.head, token}


def _actor(participle: Token) -> Token | None:
    """The "snow" of "snow covered mountain"."""
    if participle.tag_ != "VBN" or participle.lower_ in LOOKS:
        return None
    before = [child for child in participle.lefts if child.pos_ in NOUNS and child.dep_ != "punct"]
    return before[-1] if before and participle.i - before[-1].i <= 2 else None


def _add_participle(draft: Draft, owners: list[int], participle: Token, actor: Token) -> None:
    lemma = lemma_of(participle)
    node = draft.add(NodeKind.PREDICATE, participle, lemma=lemma, event=participle.i)
    draft.connect(object_of(draft, actor), node, EdgeKind.SUBJECT)
    draft.connect_all([node], owners, EdgeKind.OBJECT)


def _numeral(number: Token) -> list[Token]:
    return [*(child for child in number.lefts if child.dep_ == "compound"), number]


def _add_quantity(draft: Draft, token: Token) -> None:
    """As in "a group of dogs", "a couple of dogs", "two of the dogs": what the quantifier says of the dogs."""
    counted = quantified(token)
    lemma = lemma_of(token)
    if counted is None or not (lemma in CLASSIFIERS or lemma in COUNT_QUANTIFIERS or token.pos_ == "NUM"):
        return
    if token.tag_ == "NNS" and lemma in COUNT_QUANTIFIERS:
        return  # "dozens of dogs": nobody counted
    lemma = COUNT_QUANTIFIERS.get(lemma, lemma)
    if lemma == "1":
        return
    words = [child for child in token.lefts if child.dep_ == "amod" and child.lower_ not in SKIPPED_ADJECTIVES]
    normal = " ".join([*(lemma_of(word) for word in words), lemma])
    add_attribute(draft, entities(draft, counted), token, lemma=normal, words=[*words, token])


def add_adjective(draft: Draft, owners: Sequence[int], adjective: Token, *, denied: Iterable[Token] = ()) -> None:
    """The attribute, or the relation ("full of fruit"), that an adjective and those coordinated with it state."""
    for word in [adjective, *_coordinated(adjective)]:
        if word.lower_ in SKIPPED_ADJECTIVES:
            continue
        if _relates(draft, owners, word, denied):
            continue
        words = adjective_words(word)
        if word.lower_ in LOOKS and word.i and word.nbor(-1).dep_ == "amod" and _opens_participle(word.nbor(-1)):
            words = [*_shade_before(word.nbor(-1)), word.nbor(-1), word]
        lemma = _adjective_lemma(words, word)
        negations = [*denied, *(child for child in word.children if child.dep_ == "neg")]
        normal = f"not {lemma}" if negations else lemma
        add_attribute(draft, owners, word, lemma=normal, words=[*words, *negations])


def _relates(draft: Draft, owners: Sequence[int], adjective: Token, denied: Iterable[Token]) -> bool:
    """Add "full of", "afraid of" as a predicate; whether the adjective was of that sort."""
    for child in adjective.rights:
        if child.dep_ != "prep":
            continue
        phrase = read_preposition(child)
        if phrase.noun is None:
            continue
        closed = adjective.lower_ in {"next", "close", "near"}
        if closed:
            return True
        if phrase.lemma in ADJECTIVE_PREPOSITIONS:
            lemma = f"{_adjective_lemma(adjective_words(adjective), adjective)} {phrase.lemma}"
            words = [adjective, *phrase.words]
            node = draft.add(NodeKind.PREDICATE, adjective, lemma=lemma, words=words, event=adjective.i)
            draft.connect_all(owners, [node], EdgeKind.SUBJECT)
            draft.connect_all([node], entities(draft, phrase.noun), EdgeKind.OBJECT)
            for word in denied:
                modifier = draft.add(NodeKind.PREDICATE_ATTRIBUTE, word, lemma="not")
                draft.connect(node, modifier, EdgeKind.PREDICATE_ATTRIBUTE)
            return True
    return False


def _coordinated(adjective: Token) -> list[Token]:
    found: list[Token] = []
    waiting = [adjective]
    while waiting:
        members = [c for c in waiting.pop(0).children if _is_coordinated(c)]
        found += members
        waiting += members
    return found


def _is_coordinated(child: Token) -> bool:
    joined = child.dep_ == "conj" and child.pos_ in {"ADJ", "VERB", "NOUN", "NUM"}
    return joined or is_other_adjective(child)


def is_other_adjective(child: Token) -> bool:
    """Whether an adjective before another one describes the same noun: the "large" of "large dotted box"."""
    apart = child.i + 1 >= len(child.doc) or child.nbor().text not in JOINING
    return (
        child.dep_ in {"amod", "advmod"}
        and child.tag_ == "JJ"
        and apart
        and not (_is_shade(child) or _opens_participle(child))
    )


def adjective_words(adjective: Token) -> list[Token]:
    """An adjective with what stands before it and belongs to it: "very", "dark", "long-" of "long-haired"."""
    words = [adjective, *_shade_before(adjective)]
    first = words[-1].i
    for child in reversed(list(adjective.lefts)):
        if child.right_edge.i != first - 1 or child.dep_ not in PARTS or is_other_adjective(child):
            break
        first = child.left_edge.i
        words += list(child.subtree)
    return sorted((word for word in words if word.text not in {",", '"'}), key=lambda word: word.i)


def _adjective_lemma(words: Sequence[Token], adjective: Token) -> str:
    """Normal form of an adjective: words of degree dropped, a participle as it stands."""
    before = [w for w in words if w != adjective and w.lower_ not in DEGREE_WORDS and not w.lower_.endswith("ly")]
    last = adjective.lower_ if adjective.pos_ == "VERB" or adjective.tag_ in {"VBN", "VBG"} else lemma_of(adjective)
    lemma = "".join(
        word.lower_ + ("" if word.nbor().text in JOINING or word.text in JOINING else " ") for word in before
    )
    return lemma + last


def _is_shade(token: Token) -> bool:
    """The "dark" of "dark green", which the parser hangs on the noun."""
    following = token.nbor() if token.i + 1 < len(token.doc) else None
    return token.lower_ in SHADES and following is not None and following.lower_ in COLOURS


def _shade_before(colour: Token) -> list[Token]:
    before = colour.nbor(-1) if colour.i else None
    hangs_on_noun = before is not None and before.head in {colour.head, colour}
    return [before] if before is not None and hangs_on_noun and _is_shade(before) else []


def add_attribute(draft: Draft, owners: Sequence[int], head: Token, *, lemma: str, words: Iterable[Token] = ()) -> int:
    """An attribute node joined to each of its owners; without an owner it is left out of the graph later."""
    node = draft.add(NodeKind.ATTRIBUTE, head, lemma=lemma, words=words)
    draft.connect_all(owners, [node], EdgeKind.ATTRIBUTE)
    return node

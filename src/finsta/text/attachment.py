"""What a phrase or participle hangs on, where the small parser takes the nearest noun or verb and sense says another.

Our definition: a garment does nothing, so "a man in a hat riding" rides; who wears or has something with a mark on it
has not the mark; "with a cat on it" puts the cat on what was named before.
"""

from spacy.tokens import Doc, Token

from finsta.text.caption_words import BEING_ACTS, BODY_PARTS, GARMENTS, HOLDING_VERBS
from finsta.text.lexicon import ANIMALS, FEMALE, MALE, PERSONS
from finsta.text.repairs import NOUNS

BEINGS = MALE | FEMALE | PERSONS | ANIMALS
THINGS = GARMENTS | BODY_PARTS


def reattach(doc: Doc) -> None:
    """Correct heads in place."""
    for token in doc:
        if token.dep_ == "acl" and token.tag_ == "VBG":
            _raise_participle(token)
        elif token.dep_ == "prep":
            _lower_phrase(token)


def _raise_participle(verb: Token) -> None:
    """As in "a boy in a blue shirt leaning against the wall", "a woman wearing glasses talking"."""
    thing = verb.head
    if thing.lemma_ not in THINGS and thing.lower_ not in THINGS:
        return
    if verb.lemma_ not in BEING_ACTS:
        return
    above = thing.head
    if thing.dep_ == "pobj" and above.lower_ in {"in", "with"} and above.head.pos_ in NOUNS:
        verb.head = above.head
    elif thing.dep_ == "dobj" and above.lemma_ in HOLDING_VERBS:
        if above.dep_ in {"acl", "relcl"} and above.head.pos_ in NOUNS:
            verb.head = above.head
        else:
            verb.head, verb.dep_ = above, "advcl"


def _lower_phrase(preposition: Token) -> None:
    above = preposition.head
    noun = next((child for child in preposition.children if child.dep_ == "pobj"), None)
    if noun is None:
        return
    if above.dep_ == "dobj" and above.head.lemma_ == "play" and preposition.lower_ in {"in", "on", "at"}:
        preposition.head = above.head  # "playing tennis in the park": a game is nowhere
        return
    if noun.pos_ == "PRON" and noun.lower_ in {"it", "them"}:
        target = _introduced(above, preposition)
    elif above.lemma_ in HOLDING_VERBS and above.pos_ in {"VERB", "AUX"} and _belongs(above, preposition, noun):
        target = next((c for c in above.rights if c.dep_ == "dobj" and c.i < preposition.i), None)
    else:
        target = None
    if target is not None:
        preposition.head = target


def _introduced(above: Token, preposition: Token) -> Token | None:
    """The "cat" of "a mat with a cat on it", "the mat has a cat on it"."""
    for child in reversed([child for child in above.children if child.i < preposition.i]):
        if child.dep_ == "prep" and child.lower_ == "with" and above.pos_ in NOUNS | {"VERB"}:
            return next((c for c in child.children if c.dep_ == "pobj" and c.pos_ in NOUNS), None)
        if child.dep_ == "dobj" and above.lemma_ == "have" and child.pos_ in NOUNS:
            return child
    return None


def _belongs(verb: Token, preposition: Token, noun: Token) -> bool:
    """As in "wears a scarf with a fringe", "has a box on his lap": it is the thing that is so."""
    if verb.lemma_ == "have":
        return preposition.lower_ in {"on", "in", "around", "over", "under", "behind", "with", "down", "across"}
    being = noun.lemma_ in BEINGS
    return verb.lemma_ == "wear" and preposition.lower_ in {"with", "on", "around"} and not being

"""Slips of the small parser on captions: no determiners, no verb but a participle, nouns that look like verbs.

Our definition, as in :mod:`finsta.text.repairs`, which runs after this. Each repair rests on a short list of words or
on something that the parse cannot mean as it stands.
"""

from collections.abc import Callable, Set

from spacy.tokens import Doc, Token

from finsta.text.caption_words import FIXED_NAMES, GERUND_NOUNS, KITCHEN_VERBS
from finsta.text.lexicon import ANIMALS, COLOURS, FEMALE, MALE, PERSONS, TIME_NOUNS
from finsta.text.repairs import BEFORE_NOUN, NOUNS

BEINGS = MALE | FEMALE | PERSONS | ANIMALS
VERBAL = {"nsubj", "nsubjpass", "dobj", "aux", "auxpass", "xcomp", "ccomp", "prt", "advmod", "agent"}
LOOSE = {"compound", "npadvmod", "dep", "nmod", "amod", "advmod", "intj", "oprd"}
"""What the parser calls a subject that it does not recognise."""


def repair_caption(doc: Doc, verbs: Set[str]) -> None:
    """Correct the parse in place.

    Args:
        doc: A parsed text.
        verbs: Normal forms of the verbs of English; with none, nouns taken for verbs stay what they are.
    """
    for token in doc:
        for mend in REPAIRS:
            mend(token)
        if verbs and token.tag_ in {"VBZ", "NNS", "NN"} and token.lemma_ not in verbs:
            _make_noun_of_verb(token)
        elif token.tag_ in {"VBZ", "VBD", "VBP"} and token.lower_ not in {"is", "are", "has", "have", "was"}:
            _make_noun_after_colour(token)


def _name_gerund(token: Token) -> None:
    """As in "a door on building": the thing, not the act."""
    if token.lower_ not in GERUND_NOUNS or token.pos_ in NOUNS or any(c.dep_ in VERBAL for c in token.children):
        return
    if token.dep_ == "pcomp":
        token.dep_ = "pobj"
    elif token.dep_ != "ROOT" or any(child.dep_ not in BEFORE_NOUN for child in token.lefts):
        return
    token.tag_, token.pos_, token.lemma_ = "NN", "NOUN", token.lower_


def _name_complement(token: Token) -> None:
    """As in "walking in wild": what stands after a preposition that takes nothing else is a noun."""
    above = token.head
    after = above.pos_ == "ADP" and above.dep_ == "prep" and above.i < token.i and token.dep_ == "amod"
    if after and token.pos_ == "ADJ" and not any(child.dep_ in {"pobj", "pcomp"} for child in above.children):
        token.dep_, token.pos_, token.tag_ = "pobj", "NOUN", "NN"


def _name_actor(token: Token) -> None:
    """As in "man and woman holding flowers": the noun right before a participle without a subject acts."""
    if token.tag_ != "VBG" or token.dep_ != "ROOT":
        return
    before = [child for child in token.lefts if child.dep_ != "punct"]
    if not before or any(child.dep_ in {"nsubj", "nsubjpass", "aux", "mark", "expl"} for child in before):
        return
    actor = before[-1]
    if actor.pos_ in NOUNS and actor.dep_ in LOOSE and actor.right_edge.i + 1 == token.i and not _says_when(actor):
        actor.dep_ = "nsubj"
        for child in before[:-1]:
            if child.dep_ in BEFORE_NOUN:
                child.head = actor


def _says_when(noun: Token) -> bool:
    return noun.lower_ in TIME_NOUNS


def _make_participle(token: Token) -> None:
    """As in "a surfboard laying in the grass": a noun of a caption's head that takes what only a verb takes."""
    if token.tag_ != "NN" or not token.lower_.endswith("ing") or token.dep_ != "ROOT" or token.lower_ in GERUND_NOUNS:
        return
    actor = token.nbor(-1) if token.i else None
    following = token.nbor() if token.i + 1 < len(token.doc) else None
    if actor is None or actor.head != token or following is None or actor.dep_ not in {"compound", "amod", "nmod"}:
        return
    if not (following.pos_ in {"ADP", "DET"} or following.tag_ == "PRP$") or following.lower_ in {"of", "for"}:
        return
    for child in list(token.lefts):
        if child != actor and child.dep_ in BEFORE_NOUN:
            child.head = actor
    actor.head, actor.dep_, actor.tag_, actor.pos_ = actor, "ROOT", "NN", "NOUN"
    token.head, token.dep_, token.tag_, token.pos_ = actor, "acl", "VBG", "VERB"


def _fix_name(token: Token) -> None:
    """As in "stop sign", "living room": an adjective or verb that only opens a name."""
    if token.i + 1 >= len(token.doc) or token.lower_ not in FIXED_NAMES:
        return
    noun = token.nbor()
    if noun.lower_ not in FIXED_NAMES[token.lower_]:
        return
    if noun.head == token and token.dep_ != "compound":
        noun.head, noun.dep_ = (noun if token.head == token else token.head), token.dep_
        token.head = noun
    if token.head == noun:
        for child in list(token.children):
            child.head = noun
        token.dep_, token.tag_, token.pos_, token.lemma_ = "compound", "NN", "NOUN", token.lower_
        noun.pos_ = "NOUN"
        if noun.tag_ not in {"NN", "NNS"}:
            noun.tag_ = "NNS" if noun.lower_.endswith("s") else "NN"


def _part_from_object(token: Token) -> None:
    """As in "man touching brown cow": a participle between a subject and a noun, taken for an adjective."""
    if token.tag_ != "VBG" or token.dep_ != "amod" or token.head.dep_ != "ROOT" or token.i == 0:
        return
    noun, actor = token.head, token.nbor(-1)
    if actor.head != noun or actor.dep_ not in {"nsubj", "npadvmod", "dep"} or actor.pos_ not in NOUNS:
        return
    for child in list(noun.lefts):
        if child.i < actor.i and child.dep_ in BEFORE_NOUN:
            child.head = actor
    actor.head, actor.dep_ = actor, "ROOT"
    token.head, token.dep_, token.pos_ = actor, "acl", "VERB"
    noun.head, noun.dep_ = token, "dobj"
    for child in list(noun.rights):
        if child.dep_ == "punct":
            child.head = actor


def _open_relative(token: Token) -> None:
    """As in "gray shirt man is wearing", "black table the plate is on": a noun described by a clause without "that"."""
    verb = token.head
    if (
        token.dep_ not in {"compound", "npadvmod", "nsubj", "dep"}
        or token.pos_ not in NOUNS
        or token.i + 1 >= len(token.doc)
    ):
        return
    if token.dep_ == "compound":
        actor, verb = token.head, token.head.head
        close = actor.i == token.i + 1 and actor.lower_ in BEINGS and actor.dep_ == "nsubj"
    else:
        actor = next((c for c in verb.lefts if c.dep_ == "nsubj" and c.i > token.i), token)
        close = actor != token and actor.left_edge.i == token.i + 1 and actor.left_edge.dep_ == "det"
    if not close or verb.dep_ != "ROOT" or verb.pos_ not in {"VERB", "AUX"} or not _lacks_object(verb):
        return
    for child in [*actor.lefts, *verb.lefts]:
        if child.i < token.i and child.dep_ in BEFORE_NOUN:
            child.head = token
    token.head, token.dep_ = token, "ROOT"
    verb.head, verb.dep_ = token, "relcl"


def _lacks_object(verb: Token) -> bool:
    """Whether a verb ends in a preposition that takes nothing, or is helped by "is" and has nothing after it."""
    after = [child for child in verb.rights if child.dep_ != "punct"]
    if not after:
        return verb.pos_ == "VERB" and any(child.dep_ == "aux" for child in verb.lefts)
    stranded = after[-1].dep_ in {"prep", "prt", "advmod"} and not list(after[-1].children)
    return stranded and not any(child.dep_ in {"dobj", "attr", "acomp"} for child in after)


def _make_noun_of_verb(token: Token) -> None:
    """As in "restaurant menus on table": English has no verb of this form."""
    before = token.nbor(-1) if token.i else None
    if not token.lower_.endswith("s") or before is None or before.head != token or before.dep_ != "nsubj":
        return
    if any(child.dep_ in {"dobj", "xcomp", "ccomp", "prt", "aux"} for child in token.children):
        return
    before.dep_ = "compound" if before.pos_ in NOUNS else "amod"
    for child in list(before.lefts):
        if child.dep_ in BEFORE_NOUN:
            child.head = token
    if token.tag_ == "NN":
        token.lemma_ = token.lower_[:-1]
    token.tag_, token.pos_ = "NNS", "NOUN"


def _make_instruction(token: Token) -> None:
    """As in "chop onions and garlic", "Season with salt.": a text of the kitchen opens with what to do."""
    if token.i or token.lower_ not in KITCHEN_VERBS or token.pos_ not in NOUNS or token.i + 1 == len(token.doc):
        return
    following = token.nbor()
    if token.dep_ == "ROOT" and following.dep_ == "prep" and following.lower_ != "of":
        token.pos_, token.tag_, token.lemma_ = "VERB", "VB", token.lower_
    elif token.dep_ == "compound" and token.head.i == token.i + 1 and token.head.dep_ == "ROOT":
        noun = token.head
        for child in list(noun.rights):
            if child.dep_ in {"prep", "punct"}:
                child.head = token
        token.head, token.dep_ = token, "ROOT"
        token.pos_, token.tag_, token.lemma_ = "VERB", "VB", token.lower_
        noun.head, noun.dep_ = token, "dobj"


def _raise_subject(token: Token) -> None:
    """As in "two women are dining": a subject hangs on the verb, not on its helper."""
    if token.dep_ in {"nsubj", "nsubjpass"} and token.head.dep_ in {"aux", "auxpass"}:
        token.head = token.head.head


def _paint(token: Token) -> None:
    """As in "a wall painted blue": a colour is no thing that a wall could paint."""
    verb = token.head
    if token.dep_ != "dobj" or token.lower_ not in COLOURS or verb.lemma_ not in {"paint", "dye", "color", "colour"}:
        return
    subject = next((child for child in verb.lefts if child.dep_ == "nsubj"), None)
    if subject is not None and verb.tag_ in {"VBD", "VBN"} and not any(token.lefts):
        token.dep_, subject.dep_ = "oprd", "nsubjpass"


def _make_noun_after_colour(token: Token) -> None:
    """As in "the green stems under the ham": a colour does nothing."""
    before = token.nbor(-1) if token.i else None
    if before is None or before.head != token or before.dep_ != "nsubj" or before.lower_ not in COLOURS:
        return
    if any(child.dep_ in {"dobj", "xcomp", "acomp", "attr", "aux"} for child in token.children):
        return
    for child in list(before.lefts):
        if child.dep_ in BEFORE_NOUN:
            child.head = token
    before.dep_, before.pos_, before.tag_ = "amod", "ADJ", "JJ"
    token.pos_ = "NOUN"
    token.lemma_ = token.lower_ if token.tag_ != "VBZ" else token.lemma_
    token.tag_ = "NNS" if token.tag_ == "VBZ" else "NN"


REPAIRS: tuple[Callable[[Token], None], ...] = (
    _name_gerund,
    _name_complement,
    _name_actor,
    _make_participle,
    _fix_name,
    _part_from_object,
    _open_relative,
    _make_instruction,
    _raise_subject,
    _paint,
)

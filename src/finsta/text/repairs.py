"""Slips of the small parser that are certain enough to put right before the rules read the parse.

Our definition. Each repair rests on something that the parse cannot mean as it stands: "a" before a plural, a subject
under a noun, an adverb of direction after a noun.
"""

from spacy.tokens import Doc, Token

from finsta.text.lemmas import gerund_lemma, third_person_lemma
from finsta.text.lexicon import (
    ANIMALS,
    EARLIER_CLAUSE_MARKS,
    FEMALE,
    LATER_CLAUSE_MARKS,
    MALE,
    PERSONS,
    PLACE_ADVERBS,
    PLURALS_ONLY,
    SAME_TIME_MARKS,
    SHAPES,
)

SINGULAR = {"a", "an", "one", "each", "every", "another", "this"}
NOUNS = {"NOUN", "PROPN"}
ACTORS = SHAPES | MALE | FEMALE | PERSONS | ANIMALS
CLAUSE_MARKS = SAME_TIME_MARKS | EARLIER_CLAUSE_MARKS | LATER_CLAUSE_MARKS
ACTS = {
    *("barks", "bows", "claps", "cries", "dances", "jumps", "laughs", "runs", "screams", "sings", "sits", "sleeps"),
    *("smiles", "speaks", "stands", "swims", "talks", "walks", "yells"),
}
"""What a caption's subject does far more often than it is a thing beside another ("a salad and drinks" is not here)."""

BEFORE_NOUN = {"det", "amod", "nummod", "compound", "poss", "nmod", "predet"}


def repair(doc: Doc) -> Doc:
    """Correct the parse in place."""
    tokens = tuple(doc)
    for token in tokens:
        if token.dep_ == "cc":
            _join_after(token)
        if token.pos_ in NOUNS and token.dep_ in {"nmod", "compound"}:
            _part_coordination(token)
    for token in tokens:
        subject = _subject_taken_for_modifier(token)
        if subject is not None:
            _make_verb(token, subject)
        elif _is_verb_taken_for_noun(token):
            _retag(token)
        elif _is_participle_taken_for_noun(token):
            _make_participle(token, token.nbor(-1))
        elif _is_act_taken_for_thing(token):
            _join_to_verb(token)
        _name_subject(token)
        _raise_adverb(token)
        if token.dep_ == "prt" and any(child.dep_ == "pobj" for child in token.rights):
            token.dep_, token.pos_ = "prep", "ADP"  # "drives down the street": a particle has no object
    return doc


def _is_participle_taken_for_noun(token: Token) -> bool:
    """As in "the green star hopping": what acts stands before, and the "noun" ends the phrase."""
    actor = token.nbor(-1) if token.i else None
    gerund = token.tag_ in {"NN", "VBG"} and token.lower_.endswith("ing") and token.dep_ == "ROOT"
    return gerund and actor is not None and actor.head == token and actor.lower_ in ACTORS and actor.dep_ != "nsubj"


def _make_participle(token: Token, actor: Token) -> None:
    for child in list(token.lefts):
        if child != actor and child.dep_ in BEFORE_NOUN:
            child.head = actor
    actor.head, actor.dep_ = actor, "ROOT"
    actor.tag_, actor.pos_ = "NN", "NOUN"
    token.head, token.dep_ = actor, "acl"
    token.tag_, token.pos_ = "VBG", "VERB"
    token.lemma_ = gerund_lemma(token.lower_)


def _name_subject(verb: Token) -> None:
    """As in "a small star rapidly spins": a noun before a finite verb without a subject is its subject."""
    if (
        verb.tag_ != "VBZ"
        or verb.pos_ != "VERB"
        or any(child.dep_ in {"nsubj", "csubj", "expl"} for child in verb.lefts)
    ):
        return
    nouns = [child for child in verb.lefts if child.dep_ in {"npadvmod", "dep", "compound", "nmod"}]
    if nouns and nouns[-1].pos_ in NOUNS and nouns[-1].lower_ in ACTORS:
        nouns[-1].dep_ = "nsubj"


def _raise_adverb(adverb: Token) -> None:
    """As in "approaches it rapidly after …": an adverb before the mark of a clause belongs to the clause above."""
    if adverb.dep_ != "advmod" or not adverb.lower_.endswith("ly"):
        return
    head = adverb.head
    if head.lower_ in CLAUSE_MARKS and head.i == adverb.i + 1:
        clause = head.head
        above = clause.head if head.dep_ in {"mark", "advmod"} else clause
    else:
        marks = [child for child in head.lefts if child.dep_ in {"mark", "advmod"} and child.lower_ in CLAUSE_MARKS]
        if head.dep_ != "advcl" or not marks or marks[0].i < adverb.i:
            return
        above = head.head
    if above.pos_ == "VERB" and above.i < adverb.i:
        adverb.head = above


def _join_after(coordinator: Token) -> None:
    """As in "dark hair and light blue eyes": the noun after "and" hangs elsewhere."""
    first = coordinator.head
    if first.pos_ not in NOUNS or any(child.dep_ == "conj" and child.i > coordinator.i for child in first.children):
        return
    for token in first.doc[coordinator.i + 1 : coordinator.i + 8]:
        if token.pos_ in NOUNS and token.left_edge.i == coordinator.i + 1:
            if token.dep_ in {"appos", "dep"}:
                token.head, token.dep_ = first, "conj"
            return


def _part_coordination(first: Token) -> None:
    """As in "a red dress and black shoes": the first noun was taken for a part of the second one's name."""
    second = first.head
    joint = next((child for child in first.rights if child.dep_ == "cc"), None)
    nouns_between = any(token.pos_ in NOUNS for token in first.doc[first.i + 1 : second.i])
    if joint is None or second.i < joint.i or nouns_between:
        return
    for child in list(second.lefts):
        if child != first and child.i < first.i and child.dep_ in BEFORE_NOUN:
            child.head = first
    for child in list(first.rights):
        if child.dep_ == "conj":
            child.head, child.dep_ = second, "amod"
    above, dep = second.head, second.dep_
    if above == second:
        first.head = first
    else:
        first.head = above
    second.head = first
    first.dep_, second.dep_ = dep, "conj"


def _subject_taken_for_modifier(token: Token) -> Token | None:
    """The noun before a supposed noun that is its subject, where that "noun" cannot be one."""
    noun = token.nbor(-1) if token.i else None
    if noun is None or noun.head != token or noun.dep_ not in {"compound", "nmod", "amod"}:
        return None
    if noun.tag_ not in {"NN", "NNP"} and not (noun.lower_ in SHAPES and token.lower_.endswith("s")):
        return None
    if any(child.dep_ in {"nsubj", "nsubjpass"} for child in token.children):
        return None
    if token.tag_ == "VBZ":
        return noun
    directed = any(child.dep_ == "advmod" and _says_where_or_how(child) for child in token.rights)
    if token.tag_ in {"NNS", "NNPS"} and token.lower_.endswith("s"):
        return noun if directed or _cannot_be_plural(token, noun) else None
    return noun if token.tag_ == "NN" and token.dep_ == "conj" and directed else None


def _cannot_be_plural(token: Token, noun: Token) -> bool:
    singular = any(child.lower_ in SINGULAR for child in token.lefts)
    opens_clause = token.dep_ == "advcl" or any(child.dep_ in {"mark", "advmod"} for child in token.lefts)
    joins_verb = any(child.dep_ == "conj" and child.tag_ == "VBZ" for child in token.rights)
    return singular or opens_clause or joins_verb or noun.lower_ in SHAPES


def _says_where_or_how(adverb: Token) -> bool:
    return adverb.lower_ in PLACE_ADVERBS or adverb.lower_.endswith("ly")


def _is_verb_taken_for_noun(token: Token) -> bool:
    """A plural with a subject, or one that only verbs are coordinated with: "passes behind it and leaves"."""
    if token.tag_ != "NNS" or not token.lower_.endswith("s") or token.lower_ in PLURALS_ONLY:
        return False
    if any(child.dep_ == "nsubj" for child in token.lefts):
        return True
    bare = not any(child.dep_ in BEFORE_NOUN for child in token.lefts)
    return bare and token.dep_ == "conj" and token.head.tag_ == "VBZ"


def _is_act_taken_for_thing(token: Token) -> bool:
    """As in "sits in a chair and talks": a bare plural, coordinated with a thing, that names an act."""
    if token.dep_ != "conj" or token.tag_ != "NNS" or token.lower_ not in ACTS or token.head.pos_ not in NOUNS:
        return False
    bare = not any(child.dep_ in BEFORE_NOUN for child in token.lefts)
    return bare and any(child.dep_ == "det" for child in token.head.lefts) and _governing_verb(token) is not None


def _join_to_verb(token: Token) -> None:
    verb, coordinator = _governing_verb(token), token.nbor(-1)
    assert verb is not None
    if coordinator.dep_ == "cc":
        coordinator.head = verb
    token.head = verb
    _retag(token)


def _governing_verb(token: Token) -> Token | None:
    return next((word for word in token.ancestors if word.tag_ == "VBZ"), None)


def _make_verb(token: Token, subject: Token) -> None:
    for child in list(token.lefts):
        if child != subject and child.dep_ in BEFORE_NOUN:
            child.head = subject
    subject.dep_, subject.tag_, subject.pos_ = "nsubj", "NN", "NOUN"
    first = token.head
    if token.dep_ == "conj" and first.pos_ in NOUNS:
        _raise_clause(token, subject, first)
    if token.tag_ != "VBZ":
        _retag(token)


def _raise_clause(token: Token, subject: Token, first: Token) -> None:
    """A clause that hangs on a noun goes to that noun's verb; with no verb there, the noun is a subject too."""
    verb = next((word for word in first.ancestors if word.pos_ == "VERB"), None)
    if verb is not None:
        token.head = verb
        return
    if first.dep_ == "ROOT":
        token.head, token.dep_ = token, "ROOT"
        first.head, first.dep_ = token, "nsubj"
        subject.head, subject.dep_ = first, "conj"


def _retag(token: Token) -> None:
    third = token.tag_ != "NN"
    token.tag_, token.pos_ = ("VBZ" if third else "VBP"), "VERB"
    token.lemma_ = third_person_lemma(token.lower_) if third else token.lower_

"""Slips of the small parser that are certain enough to put right before the rules read the parse."""

from spacy.tokens import Doc, Token

from finsta.text.lemmas import verb_lemma

SINGULAR = {"a", "an", "one", "each", "every", "another", "this"}
CLAUSE_MARKS = {"mark", "advmod"}


def repair(doc: Doc) -> Doc:
    """Correct the parse in place: "a circle spins" is a clause, not a name, for "a" takes no plural."""
    for token in doc:
        subject = _subject_taken_for_compound(token)
        if subject is not None:
            _make_verb(token, subject)
    return doc


def _subject_taken_for_compound(token: Token) -> Token | None:
    """The noun before a supposed plural that is its subject, where the plural cannot be one."""
    if token.tag_ not in {"NNS", "NNPS"} or not token.lower_.endswith("s"):
        return None
    noun = token.nbor(-1) if token.i else None
    if noun is None or noun.head != token or noun.dep_ not in {"compound", "nmod"} or noun.tag_ not in {"NN", "NNP"}:
        return None
    singular = any(child.lower_ in SINGULAR for child in token.lefts)
    opens_clause = token.dep_ == "advcl" or any(child.dep_ in CLAUSE_MARKS for child in token.lefts)
    joins_verb = any(child.dep_ == "conj" and child.tag_ == "VBZ" for child in token.rights)
    return noun if singular or opens_clause or joins_verb else None


def _make_verb(token: Token, subject: Token) -> None:
    for child in list(token.lefts):
        if child != subject and child.dep_ in {"det", "amod", "nummod", "compound", "poss", "nmod"}:
            child.head = subject
    subject.dep_ = "nsubj"
    token.tag_, token.pos_ = "VBZ", "VERB"
    token.lemma_ = verb_lemma(token)

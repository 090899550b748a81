"""Questions about one word of a UD tree: its relation, its features, its normal form, the words that mark it."""

from collections.abc import Sequence

from spacy.tokens import Token

from finsta.text.universal.function_words import function_words

NOMINAL = {"NOUN", "PROPN", "PRON"}
ARGUMENTS = {"nsubj", "obj", "iobj", "obl", "nmod"}
HELPERS = {"aux", "cop", "case", "mark", "cc", "det", "punct", "expl", "discourse", "clf"}
NAME_PARTS = {"compound", "flat", "fixed", "goeswith"}


def relation(token: Token) -> str:
    """The UD relation without its subtype: ``nsubj`` for ``nsubj:pass``."""
    return token.dep_.split(":")[0].lower()


def children(token: Token, *relations: str) -> list[Token]:
    """Dependents with one of these relations, subtypes included."""
    return [child for child in token.children if relation(child) in relations]


def has(token: Token, feature: str, *values: str) -> bool:
    """Whether a morphological feature has one of these values."""
    return bool(set(token.morph.get(feature, [])) & set(values))


def is_relative(token: Token) -> bool:
    """A relative pronoun, inside a relative clause."""
    return has(token, "PronType", "Rel") and clause_of(token) is not None


def clause_of(token: Token) -> Token | None:
    """The verb of the innermost clause that describes a noun and holds a word."""
    return next((word for word in (token, *token.ancestors) if relation(word) == "acl"), None)


def is_denied(token: Token) -> Token | None:
    """The word that denies a word, if there is one."""
    return next((child for child in children(token, "advmod", "det") if has(child, "Polarity", "Neg")), None)


def is_copular(token: Token) -> bool:
    """Whether a word is what something is said to be; some treebanks make the copula an auxiliary of an adjective."""
    return bool(children(token, "cop") or (token.pos_ == "ADJ" and children(token, "aux")))


def lemma_of(token: Token) -> str:
    """Normal form in lower case, an infinitive where the lemmatiser left a finite verb as it stands."""
    lemma = (token.lemma_ or token.text).lower()
    if token.pos_ == "VERB" and lemma == token.lower_ and has(token, "VerbForm", "Fin"):
        for ending, infinitive in function_words(token.vocab.lang).infinitives:
            if lemma.endswith(ending):
                return lemma.removesuffix(ending) + infinitive
    return lemma


def case_words(token: Token) -> list[Token]:
    """The adpositions of a noun, with the words fixed to them, in order of the text."""
    words = []
    for child in children(token, "case"):
        if child.lower_ not in {"'s", "’s", "'", "’"}:
            words += [child, *(inner for inner in child.subtree if relation(inner) in {"fixed", "case"})]
    words = sorted(set(words), key=lambda word: word.i)
    before = opening_adverb(token, words)
    return [before, *words] if before is not None else words


def opening_adverb(token: Token, cases: Sequence[Token]) -> Token | None:
    """The adverb that makes one preposition with the next word: "far from", French "au-dessus de"."""
    if not cases or cases[0].i == 0:
        return None
    before = cases[0].nbor(-1)
    joined = before.pos_ == "ADV" and relation(before) == "advmod" and before.lower_ not in order_words(token)
    nominal = token.head.pos_ not in NOMINAL
    return before if joined and nominal and token.head in {before, before.head} else None


def order_words(token: Token) -> frozenset[str]:
    """Words that order events, in the language of a word."""
    words = function_words(token.vocab.lang)
    return words.then | words.later | words.earlier | words.together


def lemma_of_case(words: Sequence[Token]) -> str:
    """Normal form of an adposition; of a contraction with an article ("du", "aux") what it is made of first."""
    contractions = function_words(words[0].vocab.lang).contractions if words else {}
    return " ".join(contractions.get(word.lower_, (lemma_of(word).split() or [word.lower_])[0]) for word in words)


def name_words(token: Token) -> list[Token]:
    """The head of a name with the compounds and flat parts that stand right beside it."""
    parts = {
        child.i: child for child in token.children if relation(child) in NAME_PARTS and child.dep_ != "compound:prt"
    }
    first, last = token.i, token.i
    while first - 1 in parts or (first - 2 in parts and token.doc[first - 1].text == "-"):
        first -= 1 if first - 1 in parts else 2
    while last + 1 in parts:
        last += 1
    return list(token.doc[first : last + 1])


def lemma_of_name(words: Sequence[Token], head: Token) -> str:
    """Normal form of a name: that of its head, its other words as they stand."""
    return " ".join(lemma_of(word) if word == head else word.lower_ for word in words if word.text != "-")

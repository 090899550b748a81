"""TIGER labels (spaCy's German pipelines) to UD: full verbs over auxiliaries, nouns over prepositions."""

from spacy.tokens import Doc, Token

from finsta.text.universal.trees import Tree

RENAMED = {
    "sb": "nsubj", "oa": "obj", "oa2": "obj", "og": "obj", "da": "iobj", "ag": "nmod:poss", "rc": "acl:relcl",
    "ep": "expl", "ph": "expl", "cp": "mark", "cd": "cc", "svp": "compound:prt", "ng": "advmod", "pnc": "flat",
    "nmc": "compound", "app": "appos", "par": "parataxis", "vo": "vocative", "dm": "discourse", "ac": "case",
    "adc": "flat", "ju": "cc", "re": "xcomp", "sbp": "obl:agent", "op": "obl", "mnr": "nmod", "pg": "nmod:poss",
    "pd": "xcomp",
}  # fmt: skip
BEFORE_NOUNS = {"DET": "det", "ADJ": "amod", "NUM": "nummod", "PRON": "det", "ADV": "advmod", "ADP": "case"}


def from_tiger(doc: Doc) -> Doc:
    """Convert a parsed German text."""
    tree = Tree(doc)
    for token in doc:
        _feature(tree, token)
    for token in doc:
        if token.pos_ == "ADP" and token.dep_ not in {"svp", "ac"}:
            _lower_preposition(tree, token)
    for token in doc:
        if token.dep_ == "cj":
            _raise_conjunct(tree, token)
    for token in reversed(doc):
        if token.pos_ == "AUX":
            _lower_auxiliary(tree, token)
    for token in doc:
        tree.relations[token.i] = _relation(tree, token)
    _mark_passive_subjects(tree)
    return tree.build()


def _feature(tree: Tree, token: Token) -> None:
    if token.dep_ == "ng" or token.tag_ == "PTKNEG":
        tree.mark(token.i, "Polarity=Neg")
    if token.tag_ in {"PRELS", "PRELAT"}:
        tree.mark(token.i, "PronType=Rel")
    if token.tag_ == "PPOSAT":
        tree.mark(token.i, "Poss=Yes")


def _lower_preposition(tree: Tree, preposition: Token) -> None:
    nouns = tree.children(preposition.i, "nk")
    if not nouns:
        return
    relation = {"sbp": "obl:agent", "pg": "nmod:poss", "pd": "pd", "cj": "cj"}.get(preposition.dep_, "")
    if preposition.dep_ == "ROOT":
        tree.promote(nouns[-1], preposition.i, "case")
        return
    if not relation:
        verbal = preposition.head.pos_ in {"VERB", "AUX", "ADJ", "ADV"}
        relation = "obl" if verbal else "nmod"
    tree.attach(nouns[-1], tree.heads[preposition.i], relation)
    tree.attach(preposition.i, nouns[-1], "case")


def _raise_conjunct(tree: Tree, token: Token) -> None:
    """TIGER chains conjuncts through the conjunction; UD hangs all of them on the first."""
    word = tree.heads[token.i]
    while tree.doc[word].dep_ in {"cd", "cj"} and tree.heads[word] != word:
        word = tree.heads[word]
    for conjunct in [token.i] if tree.relations[token.i] == "cj" else tree.children(tree.heads[token.i], "cj"):
        tree.attach(conjunct, word, "conj")


def _lower_auxiliary(tree: Tree, auxiliary: Token) -> None:
    index = auxiliary.i
    verbs = [word for word in tree.children(index, "oc") if tree.doc[word].pos_ in {"VERB", "AUX"}]
    if verbs:
        passive = auxiliary.lemma_ == "werden" and "Part" in tree.doc[verbs[0]].morph.get("VerbForm", [])
        tree.promote(verbs[0], index, "aux:pass" if passive else "aux")
        return
    phrases = [word for word in tree.children(index, "obl") if tree.children(word, "case")]
    complements = tree.children(index, "pd") or phrases
    if auxiliary.lemma_ == "sein" and complements:
        tree.promote(complements[0], index, "cop")


def _relation(tree: Tree, token: Token) -> str:
    relation = tree.relations[token.i]
    head = tree.doc[tree.heads[token.i]]
    if relation == "nk":
        return BEFORE_NOUNS.get(token.pos_, "nmod" if token.i > head.i else "compound")
    if relation == "oc":
        return "ccomp" if tree.children(token.i, "sb", "nsubj") else "xcomp"
    if relation in {"mo", "mnr"} and token.pos_ in {"VERB", "AUX"}:
        return "advcl" if head.pos_ in {"VERB", "AUX"} else "acl"
    if relation == "mo":
        return "obl" if token.pos_ in {"NOUN", "PROPN"} else "advmod"
    return RENAMED.get(relation, relation)


def _mark_passive_subjects(tree: Tree) -> None:
    for index, relation in enumerate(tree.relations):
        if relation == "nsubj" and tree.children(tree.heads[index], "aux:pass"):
            tree.relations[index] = "nsubj:pass"

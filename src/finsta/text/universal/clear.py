"""ClearNLP labels (spaCy's English pipelines) to UD: prepositions and copulas hang on what they introduce."""

from spacy.tokens import Doc, Token

from finsta.text.universal.trees import Tree

RENAMED = {
    "dobj": "obj", "nsubjpass": "nsubj:pass", "csubjpass": "csubj:pass", "auxpass": "aux:pass", "dative": "iobj",
    "acomp": "xcomp", "oprd": "xcomp", "attr": "xcomp", "neg": "advmod", "poss": "nmod:poss", "prt": "compound:prt",
    "relcl": "acl:relcl", "quantmod": "advmod", "predet": "det", "preconj": "cc", "intj": "discourse",
    "meta": "dep", "pobj": "dep", "prep": "dep", "agent": "dep",
}  # fmt: skip


def from_clear(doc: Doc) -> Doc:
    """Convert a parsed English text."""
    tree = Tree(doc)
    for token in doc:
        if token.dep_ == "pobj":
            _lower_prepositions(tree, token)
        elif token.dep_ == "pcomp" and token.head.dep_ in {"prep", "mark"}:
            tree.attach(token.i, token.head.head.i, "advcl")
            tree.attach(token.head.i, token.i, "mark")
    for token in doc:
        if token.lemma_ == "be" and token.dep_ not in {"aux", "auxpass"}:
            _lower_copula(tree, token)
    for token in doc:
        relation = tree.relations[token.i]
        if relation in {"npadvmod", "nmod"} and tree.children(token.i, "case") == []:
            relation = "obl" if doc[tree.heads[token.i]].pos_ in {"VERB", "AUX"} else "compound"
        if relation == "neg":
            tree.mark(token.i, "Polarity=Neg")
        if token.tag_ in {"WDT", "WP", "WRB"}:
            described = any(word.dep_ == "relcl" for word in token.ancestors)
            tree.mark(token.i, "PronType=Rel" if described else "PronType=Int")
        tree.relations[token.i] = RENAMED.get(relation, relation)
    return tree.build()


def _lower_prepositions(tree: Tree, noun: Token) -> None:
    """Hang the prepositions before a noun ("out of", "next to") on it, and the noun on what they hung on."""
    opening = noun.head
    chain = [opening]
    while opening.dep_ == "prep" and _continues(opening):
        opening = opening.head
        chain.append(opening)
    governor = opening.head
    if opening.dep_ == "agent":
        relation = "obl:agent"
    else:
        relation = "obl" if governor.pos_ in {"VERB", "AUX", "ADJ", "ADV"} else "nmod"
    tree.attach(noun.i, governor.i, relation)
    for word in chain:
        tree.attach(word.i, noun.i, "case")


def _continues(preposition: Token) -> bool:
    above = preposition.head
    nested = above.dep_ == "prep" and not any(child.dep_ == "pobj" for child in above.children)
    return nested or (above.pos_ == "ADV" and above.dep_ == "advmod" and preposition.i == above.i + 1)


def _lower_copula(tree: Tree, verb: Token) -> None:
    index = verb.i
    if tree.children(index, "expl"):
        for noun in tree.children(index, "attr"):
            tree.relations[noun] = "nsubj"
        return
    phrases = [word for word in tree.children(index, "obl") if tree.children(word, "case") and word > index]
    complements = tree.children(index, "attr", "acomp") or phrases
    if complements and verb.dep_ != "pcomp":
        tree.promote(complements[0], index, "cop")

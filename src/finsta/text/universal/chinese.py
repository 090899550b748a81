"""Labels of spaCy's Chinese pipelines (Stanford's, near to UD version 1) to UD."""

from spacy.tokens import Doc

from finsta.text.universal.trees import Tree

RENAMED = {
    "dobj": "obj", "nsubjpass": "nsubj:pass", "auxpass": "aux:pass", "nsubj:xsubj": "nsubj", "nmod:assmod": "nmod",
    "nmod:tmod": "obl:tmod", "nmod:range": "obl", "nmod:topic": "dislocated", "neg": "advmod", "name": "flat",
    "compound:nn": "compound", "compound:vc": "compound:prt", "advmod:rcomp": "compound:prt", "amod:ordmod": "amod",
    "advmod:dvp": "advmod", "advmod:loc": "advmod", "advcl:loc": "advcl", "mark:clf": "clf", "etc": "dep",
    "parataxis:prnmod": "parataxis", "aux:ba": "case", "aux:asp": "aux", "aux:modal": "aux", "aux:prtmod": "aux",
}  # fmt: skip


def from_chinese(doc: Doc) -> Doc:
    """Convert a parsed Chinese text."""
    tree = Tree(doc)
    for token in doc:
        relation = token.dep_
        if relation == "neg":
            tree.mark(token.i, "Polarity=Neg")
        if relation == "nmod:prep":
            relation = "obl" if token.head.pos_ in {"VERB", "AUX", "ADJ"} else "nmod"
        elif relation == "acl":
            relation = "acl:relcl"
        elif relation == "nsubj" and any(child.dep_ in {"nsubjpass", "auxpass"} for child in token.head.children):
            passive = [child.i for child in token.head.children if child.dep_ == "auxpass"]
            after = any(index < token.i for index in passive)
            relation = "obl:agent" if after else "nsubj:pass"
        tree.relations[token.i] = RENAMED.get(relation, relation)
    return tree.build()

"""Dependency trees built by hand, and what a graph made of them says."""

import spacy
from spacy.tokens import Doc

from finsta.text.universal.labels import to_universal
from finsta.text.universal.parser import graph_of_tree
from tests.text.facts import facts


def tree(rows, language="xx", *, joint=" "):
    """A document from rows ``word lemma pos head relation [features]``; heads count from 1, 0 is the root."""
    table = [row.split() for row in rows.strip().splitlines()]
    heads = [int(row[3]) - 1 if row[3] != "0" else index for index, row in enumerate(table)]
    return Doc(
        spacy.blank(language).vocab,
        words=[row[0] for row in table],
        spaces=[bool(joint)] * len(table),
        lemmas=[row[1] for row in table],
        pos=[row[2] for row in table],
        heads=heads,
        deps=[row[4] for row in table],
        morphs=[row[5] if len(row) > 5 else "" for row in table],
    )


def said(rows, language="xx", *, scheme="universal", joint=" "):
    doc = to_universal(tree(rows, language, joint=joint), scheme)
    graph = graph_of_tree(doc, doc.text)
    graph.validate()
    return facts(graph)

"""A dependency tree whose arrows can be moved, for treebanks that do not follow UD."""

from spacy.tokens import Doc


class Tree:
    """Heads, relations and features of a parsed text, to be changed and made into a document again.

    Attributes:
        heads: Index of the head of each word; its own index for a root.
        relations: Label of the arrow that arrives at each word.
    """

    def __init__(self, doc: Doc) -> None:
        self.doc = doc
        self.heads = [token.head.i for token in doc]
        self.relations = [token.dep_ for token in doc]
        self.features = [str(token.morph) for token in doc]

    def children(self, word: int, *relations: str) -> list[int]:
        """Dependents of a word, in order; of these relations, where any are given."""
        return [
            index
            for index, head in enumerate(self.heads)
            if head == word and index != word and (not relations or self.relations[index] in relations)
        ]

    def attach(self, word: int, head: int, relation: str) -> None:
        """Hang a word on another one, unless that would close a circle."""
        above = head
        while self.heads[above] != above:
            if above == word:
                return
            above = self.heads[above]
        if above != word:
            self.heads[word], self.relations[word] = head, relation

    def promote(self, word: int, over: int, relation: str) -> None:
        """Let a dependent take the place of its head, with all its head's dependents; the head hangs on it."""
        root = self.heads[over] == over
        self.heads[word] = word if root else self.heads[over]
        self.relations[word] = self.relations[over]
        for child in self.children(over):
            if child != word:
                self.heads[child] = word
        self.heads[over], self.relations[over] = word, relation

    def mark(self, word: int, feature: str) -> None:
        """Set a feature such as ``"Polarity=Neg"``."""
        name = feature.split("=", maxsplit=1)[0]
        kept = [part for part in self.features[word].split("|") if part and part.split("=")[0] != name]
        self.features[word] = "|".join([*kept, feature])

    def build(self) -> Doc:
        """The text with the tree as it stands now; words and offsets are those of before."""
        doc = self.doc
        return Doc(
            doc.vocab,
            words=[token.text for token in doc],
            spaces=[bool(token.whitespace_) for token in doc],
            tags=[token.tag_ for token in doc],
            pos=[token.pos_ for token in doc],
            morphs=self.features,
            lemmas=[token.lemma_ for token in doc],
            heads=self.heads,
            deps=self.relations,
        )

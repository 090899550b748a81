"""The rule parser: a dependency parse in, a textual scene graph out (after Schuster et al. 2015; our own extensions).

Known from the paper: the kinds of node and that the graph comes from a dependency parse. Ours: adverbs, negation,
order of events, mentions across sentences. Each family of rules is a function over a :class:`Draft`, in its own file;
the order in which they run is :data:`RULES`.
"""

import re
from collections.abc import Callable, Iterable, Iterator

from spacy.tokens import Doc

from finsta.errors import TextError
from finsta.graphs.scene_graph import NodeKind, TextualSceneGraph
from finsta.text.adverbs import add_adverbs
from finsta.text.attachment import reattach
from finsta.text.canonical import add_canonical
from finsta.text.caption_repairs import repair_caption
from finsta.text.copulas import add_copulas
from finsta.text.draft import Draft
from finsta.text.introductions import drop_introductions
from finsta.text.language import known_verbs, known_words, language_warning
from finsta.text.mentions import resolve_mentions
from finsta.text.modifiers import add_attributes
from finsta.text.nominals import add_objects
from finsta.text.order import add_order
from finsta.text.pipeline import load_pipeline
from finsta.text.predicates import add_predicates
from finsta.text.relations import add_relations
from finsta.text.repairs import repair
from finsta.text.silence import set_aside
from finsta.text.telegraphic import opens_bare, with_article, without_article

RULES: tuple[Callable[[Draft], None], ...] = (
    add_objects,
    add_attributes,
    add_predicates,
    add_copulas,
    add_relations,
    add_adverbs,
    add_order,
    resolve_mentions,
    drop_introductions,
    add_canonical,
)

BATCH = 512
"""Texts that spaCy takes at a time; beyond it nothing is gained."""

FOREIGN_CONFIDENCE = 0.5
"""Confidence of every node and edge of a text that does not look English."""

SURROGATES = re.compile("[\ud800-\udfff]")
"""Halves of characters, which no file could hold; each is replaced by U+FFFD."""

_REPEATED_MARKS = re.compile(r"([^\w\s])\1{63,}")
"""Long runs of one mark, over which spaCy's tokenizer takes quadratic time; the parser sees blanks in their place."""


def _blanks(match: re.Match[str]) -> str:
    return " " * len(match[0])


class RuleParser:
    """Text to TSG by rules over spaCy's dependency parse.

    Args:
        model: A spaCy package or folder; without it the best English one that is installed.

    Raises:
        MissingDependencyError: if there is no such model.
    """

    def __init__(self, *, model: str | None = None) -> None:
        self.model = model
        self.pipeline = load_pipeline(model)

    def __getstate__(self) -> dict[str, str | None]:
        """The model's name only: another process loads the model itself."""
        return {"model": self.model}

    def __setstate__(self, state: dict[str, str | None]) -> None:
        self.__init__(model=state["model"])  # type: ignore[misc]

    def parse(self, text: str) -> TextualSceneGraph:
        """The graph of one text; see :func:`finsta.text.parse_text`."""
        return next(self.parse_many([text]))

    def parse_many(self, texts: Iterable[str]) -> Iterator[TextualSceneGraph]:
        """The graphs of texts, in order, parsed in batches."""
        for doc, text in self.read(texts):
            yield self.graph(self.draft(doc), text)

    def read(self, texts: Iterable[str]) -> Iterator[tuple[Doc, str]]:
        """Each text as the rules see it, a parse with certain slips put right, and the text as it stands in graphs."""
        for doc, (bare, text) in self.pipeline.pipe(self._prepared(texts), as_tuples=True, batch_size=BATCH):
            parsed = doc if bare is None else without_article(doc, bare)
            repair_caption(parsed, known_verbs(self.pipeline))
            reattach(repair(parsed))
            yield parsed, text

    def _prepared(self, texts: Iterable[str]) -> Iterator[tuple[Doc, tuple[Doc | None, str]]]:
        """What spaCy parses; the text's own words, where an article was put before them; the text."""
        for given in texts:
            text = SURROGATES.sub("\ufffd", self._checked(given))
            doc = self.pipeline.make_doc(_REPEATED_MARKS.sub(_blanks, text))
            bare = opens_bare(doc)
            yield (with_article(doc), (doc, text)) if bare else (doc, (None, text))

    def _checked(self, text: object) -> str:
        if not isinstance(text, str):
            raise TextError(f"expected a text (str), found {type(text).__name__}: {text!r:.60}; decode or convert it")
        if len(text) > self.pipeline.max_length:
            raise TextError(
                f"expected at most {self.pipeline.max_length} characters, found {len(text)}; split the text"
            )
        return text

    def draft(self, doc: Doc) -> Draft:
        """What the rules write for a text that :meth:`read` has parsed."""
        draft = Draft(doc)
        set_aside(draft)
        draft.keep_aside()
        for rule in RULES:
            rule(draft)
        return draft

    def graph(self, draft: Draft, text: str) -> TextualSceneGraph:
        """The graph of a text of which :meth:`draft` has been written."""
        if not text.strip():
            return TextualSceneGraph(text=text, warnings=("the text is empty, and so is its graph",))
        foreign = language_warning(draft.doc, known_words(self.pipeline))
        graph = draft.build(text, confidence=FOREIGN_CONFIDENCE if foreign else 1.0)
        warnings = [foreign] if foreign else []
        if not graph.nodes:
            warnings.append("the text names no object and no action; its graph is empty")
        elif not graph.indices(NodeKind.OBJECT):
            warnings.append("the text names no object; its graph holds only predicates")
        return TextualSceneGraph(text=graph.text, nodes=graph.nodes, edges=graph.edges, warnings=tuple(warnings))

"""The universal parser: a UD tree of any language in, a textual scene graph out (our definition)."""

from collections.abc import Callable, Iterable, Iterator

from spacy.tokens import Doc

from finsta.errors import TextError
from finsta.graphs.scene_graph import NodeKind, TextualSceneGraph
from finsta.text.draft import Draft
from finsta.text.universal.events import add_events
from finsta.text.universal.labels import scheme_of, to_universal
from finsta.text.universal.mentions import resolve_mentions
from finsta.text.universal.models import find_model, load_model
from finsta.text.universal.nominals import add_attributes, add_objects
from finsta.text.universal.order import add_order

RULES: tuple[Callable[[Draft], None], ...] = (add_objects, add_attributes, add_events, add_order, resolve_mentions)


class UniversalParser:
    """Text of any language to TSG, by Universal Dependencies.

    Normal forms are words of the language, but for two that no word need stand for: possession is "have" and denial
    is "not" in every language.

    Args:
        language: Code of two letters, e.g. ``"fr"``.
        model: A spaCy package or folder; without it the best one that is installed for the language.

    Raises:
        MissingDependencyError: if no pipeline is installed; it names the command that installs one.
        InputError: if the language is unknown, or the pipeline has no dependency parser.
    """

    def __init__(self, language: str = "en", *, model: str | None = None) -> None:
        self.language = language
        self.pipeline = load_model(model or find_model(language))
        self.scheme = scheme_of(getattr(self.pipeline.get_pipe("parser"), "labels", ()))

    def parse(self, text: str) -> TextualSceneGraph:
        """The graph of one text."""
        return next(self.parse_many([text]))

    def parse_many(self, texts: Iterable[str]) -> Iterator[TextualSceneGraph]:
        """The graphs of texts, in order, parsed in batches."""
        checked = (self._checked(text) for text in texts)
        for doc in self.pipeline.pipe(checked, batch_size=128):
            yield graph_of_tree(to_universal(doc, self.scheme), doc.text)

    def _checked(self, text: object) -> str:
        if not isinstance(text, str):
            raise TextError(f"expected a text (str), found {type(text).__name__}: {text!r:.60}; decode or convert it")
        if len(text) > self.pipeline.max_length:
            raise TextError(
                f"expected at most {self.pipeline.max_length} characters, found {len(text)}; split the text"
            )
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def graph_of_tree(doc: Doc, text: str) -> TextualSceneGraph:
    """The graph of a text whose heads, relations and features follow UD."""
    if not text.strip():
        return TextualSceneGraph(text=text, warnings=("the text is empty, and so is its graph",))
    draft = Draft(doc)
    for rule in RULES:
        rule(draft)
    graph = draft.build(text)
    if not graph.nodes:
        warning = ("the text names no object and no action; its graph is empty",)
    elif not graph.indices(NodeKind.OBJECT):
        warning = ("the text names no object; its graph holds only predicates",)
    else:
        return graph
    return TextualSceneGraph(text=text, nodes=graph.nodes, edges=graph.edges, warnings=warning)

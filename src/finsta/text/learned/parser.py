"""The learned parser: descriptions by the network, everything else by the rules."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from spacy.tokens import Doc

from finsta.graphs.scene_graph import TextualSceneGraph
from finsta.text.adverbs import add_adverbs
from finsta.text.draft import Draft
from finsta.text.language import known_words, language_warning
from finsta.text.learned.assemble import write_findings
from finsta.text.learned.caption import read_caption
from finsta.text.learned.decode import Findings
from finsta.text.learned.hints import read_hint
from finsta.text.learned.storage import SHIPPED, load_reader
from finsta.text.learned.untold import add_untold
from finsta.text.lexicon import EARLIER_CLAUSE_MARKS, LATER_CLAUSE_MARKS, SAME_TIME_MARKS, THEN_WORDS
from finsta.text.mentions import resolve_mentions
from finsta.text.order import add_order
from finsta.text.pipeline import load_pipeline
from finsta.text.rules import BATCH, RuleParser

COMPLETING: tuple[Callable[[Draft], None], ...] = (add_adverbs, add_order, resolve_mentions)
"""Rules that add what the training data lacks."""

LONGEST = 30
"""Words of the longest text that the network reads; the longest training caption has 28."""

_ORDER = THEN_WORDS | EARLIER_CLAUSE_MARKS | LATER_CLAUSE_MARKS | SAME_TIME_MARKS


class LearnedParser:
    """Text to TSG by a small network over spaCy's parse, completed by rules.

    The network was trained on short descriptions of what is seen. What is unlike them goes to the rules as a whole:
    several sentences, more than 30 words, questions, commands, several events in an order, and what does not look
    English.

    Args:
        folder: Where `finsta train-text-parser` wrote a parser; the one in the package by default.
        model: A spaCy package or folder; without it the best English one that is installed.

    Raises:
        MissingDependencyError: if there is no such spaCy model.
        FormatError: if the folder holds no parser.
    """

    def __init__(self, folder: Path = SHIPPED, *, model: str | None = None) -> None:
        self.folder = folder
        self.model = model
        self.rules = RuleParser(model=model)
        self.pipeline = load_pipeline(model)
        self.reader = load_reader(folder)
        self.spelling = self.reader.batcher.vocabulary.spelling(known_words(self.pipeline))

    def __getstate__(self) -> tuple[Path, str | None]:
        """Names only: another process loads weights and model itself."""
        return self.folder, self.model

    def __setstate__(self, state: tuple[Path, str | None]) -> None:
        self.__init__(state[0], model=state[1])  # type: ignore[misc]

    def parse(self, text: str) -> TextualSceneGraph:
        """The graph of one text; see :func:`finsta.text.parse_text`."""
        return next(self.parse_many([text]))

    def parse_many(self, texts: Iterable[str]) -> Iterator[TextualSceneGraph]:
        """The graphs of texts, in order, parsed in batches."""
        remaining = iter(texts)
        while block := list(islice(remaining, BATCH)):
            yield from self._parse_block(block)

    def _parse_block(self, texts: Sequence[Any]) -> Iterator[TextualSceneGraph]:
        drafts = [(self.rules.draft(doc), text) for doc, text in self.rules.read(iter(texts))]
        described = [self._is_description(draft.doc) for draft, _ in drafts]
        captions = [
            read_caption(draft.doc, self.spelling, read_hint(draft))
            for (draft, _), fit in zip(drafts, described, strict=True)
            if fit
        ]
        findings = iter(self.reader.read(captions))
        for (draft, text), fit in zip(drafts, described, strict=True):
            yield self._graph(draft, text, next(findings)) if fit else self.rules.graph(draft, text)

    def _is_description(self, doc: Doc) -> bool:
        words = [token for token in doc if not token.is_punct and not token.is_space]
        if not words or len(doc) > LONGEST or words[0].tag_ == "VB" or "?" in doc.text:
            return False
        inner = {token.text for token in doc[: words[-1].i]}
        if inner & {".", "!", ";", "\n"} or words[0].tag_ in {"WP", "WRB", "WDT"} or words[0].lower_ in {"do", "does"}:
            return False
        verbs = sum(token.pos_ == "VERB" for token in words)
        ordered = verbs > 1 and any(token.lower_ in _ORDER for token in words)
        return not ordered and language_warning(doc, known_words(self.pipeline)) is None

    def _graph(self, rules: Draft, text: str, findings: Findings) -> TextualSceneGraph:
        draft = rules.anew()
        write_findings(draft, findings)
        add_untold(draft, rules)
        for rule in COMPLETING:
            rule(draft)
        return draft.build(text)

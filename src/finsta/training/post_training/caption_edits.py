"""Edited captions made from text graphs as they are needed: hard negatives where the data has none."""

import random
import threading
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Literal

from finsta.config import ParseConfig
from finsta.data.pairs import HardNegative, Pair
from finsta.graphs.scene_graph import TextualSceneGraph
from finsta.text import EditVocabulary, edit_caption, parse_text

KEPT = 8192
"""Text graphs that stay in memory, some 20 kB each."""

VOCABULARY_FROM = 1000
"""Captions from which replacing words are taken: enough for the words that are common in any data."""


class TextGraphs:
    """Textual scene graphs of any captions, parsed when asked for and kept; several threads may ask at once.

    Args:
        config: The parser.
    """

    def __init__(self, config: ParseConfig) -> None:
        self.config = config
        self._lock = threading.Lock()
        self._kept = lru_cache(KEPT)(self._parse)

    def __call__(self, caption: str) -> TextualSceneGraph:
        """The graph of a caption."""
        with self._lock:
            return self._kept(caption)

    def _parse(self, caption: str) -> TextualSceneGraph:
        return parse_text(caption, parser=self.config.text_parser, language=self.config.language)


class CaptionEdits:
    """Captions that are wrong in one thing, for pairs whose manifest has none.

    Which of all edits of a caption are taken depends on seed, pair and step alone, so that a run sees the same ones
    however often it is interrupted, and others each time it comes to a pair.

    Args:
        pairs: Whose captions the replacing words are taken from: up to :data:`VOCABULARY_FROM`, evenly spaced.
        graph_of: Gives the text graph of a pair.
        kinds: In what edits may differ.
        most: Edits of a pair in one step at most.
        seed: Decides which.
    """

    def __init__(
        self,
        pairs: Sequence[Pair],
        graph_of: Callable[[Pair], TextualSceneGraph],
        *,
        kinds: Sequence[str],
        most: int,
        seed: int,
    ) -> None:
        self.pairs = pairs
        self.graph_of = graph_of
        self.kinds = frozenset(kinds)
        self.most = most
        self.seed = seed
        self._lock = threading.Lock()
        self._words: EditVocabulary | None = None

    def __call__(self, pair: Pair, step: int) -> tuple[HardNegative, ...]:
        """Those of a pair in a step; its own where its manifest has some."""
        if pair.negatives:
            return pair.negatives
        generator = random.Random(f"{self.seed}/{pair.id}/{step}")
        graph = self.graph_of(pair)
        edits = edit_caption(graph, vocabulary=self._vocabulary(), seed=generator.randrange(2**32))
        usable = [HardNegative(caption=edit.caption, kind=edit.kind) for edit in edits if edit.kind in self.kinds]
        return tuple(generator.sample(usable, min(self.most, len(usable))))

    def _vocabulary(self) -> EditVocabulary:
        with self._lock:
            if self._words is None:
                count = len(self.pairs)
                chosen = range(0, count, max(1, -(-count // VOCABULARY_FROM)))
                self._words = EditVocabulary.from_graphs(self.graph_of(self.pairs[index]) for index in chosen)
            return self._words


def parsed_captions(texts: TextGraphs, caption: Literal["detailed", "coarse"]) -> Callable[[Pair], TextualSceneGraph]:
    """What gives the text graph of the caption that is trained on.

    Always by the parser, also where the data has a graph of the pair: so a run and its control, which reads no graph of
    the data, see the same edits, and no video is parsed for them.
    """
    return lambda pair: texts(caption_of(pair, caption))


def caption_of(pair: Pair, caption: Literal["detailed", "coarse"]) -> str:
    """The caption to train on; the detailed one where there is no other."""
    return pair.coarse_caption if caption == "coarse" and pair.coarse_caption is not None else pair.caption

"""The graphs of pairs: read where the data or a corpus has them, parsed once and kept where they have not."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path

from finsta.config import ParseConfig
from finsta.corpus.keys import Recipe, content_hash, resolve
from finsta.data.corpus_pairs import CorpusPair
from finsta.data.pairs import Pair
from finsta.errors import FinstaError, FormatError, VideoError
from finsta.graphs.camera_from_boxes import with_estimated_cameras
from finsta.graphs.dynamic import DynamicSceneGraph
from finsta.graphs.holistic import HolisticSceneGraph
from finsta.graphs.scene_graph import TextualSceneGraph
from finsta.graphs.serialization import load_graph, save_graph
from finsta.parsing import Pipeline

KEPT_HASHES = 65536
"""Files whose content is remembered, some 200 bytes each."""

Progress = Callable[[int, int], None]
"""Called with items done and items in all."""


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """The pairs that have a graph, and why the others have none."""

    pairs: tuple[Pair, ...]
    failures: dict[str, str] = field(default_factory=dict)


class GraphStore:
    """Holistic scene graphs of pairs.

    The graph of a pair is, in this order: the file that the pair names; the row of a corpus that it stands for; a file
    of this store's folder, parsed when it is first asked for. Files of the folder are named by the key that a corpus
    knows a clip by (content of the video, text, settings with their weights, version), so that a video that is moved is
    not parsed again. Several threads may ask; one of them parses at a time.

    Args:
        folder: For graphs that are parsed here.
        config: How they are parsed.
    """

    def __init__(self, folder: Path, config: ParseConfig | None = None) -> None:
        self.folder = folder
        self.pipeline = Pipeline(config)
        self._parsing = threading.Lock()
        self._content = lru_cache(KEPT_HASHES)(lambda path, size, modified: content_hash(path))

    def path(self, pair: Pair) -> Path:
        """The file that the graph of a pair is in, or will be, if no corpus has it.

        Raises:
            VideoError: if the pair names no graph, and its video cannot be read.
        """
        return pair.graph if pair.graph is not None else self.folder / f"{self._key(pair)}.json"

    def load(self, pair: Pair) -> HolisticSceneGraph:
        """The graph of a pair; cameras estimated from boxes if the settings say so.

        Raises:
            FormatError: if it is the graph of a text or a video alone, or of another caption.
            InputError: if it has to be parsed, and cannot be.
        """
        graph = self._found(pair)
        if not isinstance(graph, HolisticSceneGraph):
            raise FormatError(f"{self.path(pair)}: expected text and video, found only one of them")
        if self.pipeline.config.camera_from_boxes:
            return replace(graph, video=with_estimated_cameras(graph.video))
        return graph

    def prepare(self, pairs: Iterable[Pair], progress: Progress | None = None) -> Prepared:
        """Parse what has no graph yet; a re-run parses what is missing.

        A pair that fails is reported and left out; so is one whose own graph is not there, for that is the data's to
        mend.
        """
        found, failures, everything = [], {}, list(pairs)
        for done, pair in enumerate(everything, 1):
            try:
                self.load(pair)
                found.append(pair)
            except FinstaError as error:
                failures[pair.id] = str(error)
            if progress is not None:
                progress(done, len(everything))
        return Prepared(pairs=tuple(found), failures=failures)

    def _found(self, pair: Pair) -> HolisticSceneGraph | DynamicSceneGraph | TextualSceneGraph:
        if pair.graph is not None:
            return load_graph(pair.graph)
        if isinstance(pair, CorpusPair):
            return pair.load()
        path = self.path(pair)
        if not path.is_file():
            with self._parsing:
                if not path.is_file():
                    parsed = self.pipeline(video=pair.video, text=pair.caption, start=pair.start, end=pair.end)
                    save_graph(parsed.graph, path)
        return load_graph(path)

    def _key(self, pair: Pair) -> str:
        try:
            stat = pair.video.stat()
        except OSError as error:
            raise VideoError(f"{pair.video}: cannot be read: {error.strerror}") from error
        content = self._content(pair.video, stat.st_size, stat.st_mtime_ns)
        part = None if pair.segment.whole else (pair.start or 0.0, pair.end)
        return self._recipe.key(content, pair.caption, part)[:24]

    @cached_property
    def _recipe(self) -> Recipe:
        return Recipe.of(resolve(self.pipeline.config))

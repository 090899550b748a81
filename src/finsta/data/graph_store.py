"""The graphs of pairs: read where the data has them, parsed once and kept where it has not."""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from finsta.config import ParseConfig
from finsta.data.pairs import Pair
from finsta.errors import FinstaError, FormatError
from finsta.graphs.camera_from_boxes import with_estimated_cameras
from finsta.graphs.holistic import HolisticSceneGraph
from finsta.graphs.serialization import load_graph, save_graph
from finsta.parsing import Pipeline

Progress = Callable[[int, int], None]
"""Called with items done and items in all."""


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """The pairs that have a graph, and why the others have none."""

    pairs: tuple[Pair, ...]
    failures: dict[str, str] = field(default_factory=dict)


class GraphStore:
    """Holistic scene graphs by pair, kept in a folder under a hash of video, caption and settings."""

    def __init__(self, folder: Path, config: ParseConfig | None = None) -> None:
        self.folder = folder
        self.pipeline = Pipeline(config)

    def path(self, pair: Pair) -> Path:
        """Where the graph of a pair is, or will be."""
        return pair.graph if pair.graph is not None else self.folder / f"{self._key(pair)}.json"

    def load(self, pair: Pair) -> HolisticSceneGraph:
        """The graph of a pair that :meth:`prepare` has seen; cameras estimated from boxes if the settings say so.

        Raises:
            FormatError: if the file holds the graph of a text or a video alone.
        """
        graph = load_graph(self.path(pair))
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
                if pair.graph is None and not self.path(pair).is_file():
                    save_graph(
                        self.pipeline(video=pair.video, text=pair.caption, start=pair.start, end=pair.end).graph,
                        self.path(pair),
                    )
                self.load(pair)
                found.append(pair)
            except FinstaError as error:
                failures[pair.id] = str(error)
            if progress is not None:
                progress(done, len(everything))
        return Prepared(pairs=tuple(found), failures=failures)

    def _key(self, pair: Pair) -> str:
        try:
            stat = pair.video.stat()
        except OSError:
            stat = None
        facts: Sequence[object] = (
            str(pair.video),
            None if stat is None else (stat.st_size, stat.st_mtime_ns),
            *(() if pair.segment.whole else (pair.start, pair.end)),
            pair.caption,
            asdict(self.pipeline.config),
        )
        return hashlib.sha256(json.dumps(facts, default=str).encode()).hexdigest()[:24]

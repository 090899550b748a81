"""The graphs of a corpus, in the place of annotations: what ``finsta parse --manifest`` wrote."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from finsta.corpus.reader import Corpus, CorpusClip
from finsta.corpus.writer import SHARDS
from finsta.data.annotations.reading import AnnotationItem, NamedGraph, safe_name


@dataclass(frozen=True, kw_only=True)
class CorpusGraphs:
    """The clips of a corpus; ``source`` is the folder with ``shards/`` in it."""

    source: Path

    def items(self) -> Iterator[AnnotationItem]:
        """One for each clip, in the order of the shards, one row group in memory.

        A graph is named for the id of its clip; where two ids make one name, the later gets a number.

        Raises:
            InputError: if there is no shard.
            MissingDependencyError: if Arrow is not installed.
        """
        corpus = Corpus(self.source)
        total = len(corpus)
        taken = set[str]()
        for clip in corpus:
            name, number = safe_name(clip.id), 2
            while name.casefold() in taken:
                name, number = f"{safe_name(clip.id)}-{number}", number + 1
            taken.add(name.casefold())

            def read(clip: CorpusClip = clip, name: str = name) -> list[NamedGraph]:
                return [NamedGraph(name=name, graph=clip.graph)]

            yield AnnotationItem(id=clip.id, read=read, total=total)


def is_corpus(source: Path) -> bool:
    """Whether a folder holds shards."""
    return any((source / SHARDS).glob("*.parquet"))

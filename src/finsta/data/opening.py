"""Pairs by where they are: a manifest, read whole or line by line, or a corpus."""

from collections.abc import Sequence
from pathlib import Path

from finsta.data.corpus_pairs import CorpusGraphs, CorpusPairs, WithGraphs, is_corpus
from finsta.data.pair_file import PairFile
from finsta.data.pairs import Pair, read_pairs


def open_pairs(data: Path, split: str, *, graphs: Path | None = None, lazily: bool = False) -> Sequence[Pair]:
    """The pairs of a data folder, a manifest, or a corpus that ``finsta parse --manifest`` wrote.

    Args:
        data: Where they are. Pairs of a corpus are its clips that have a text, whatever the split.
        split: Which manifest of a data folder.
        graphs: A corpus in which the graphs are looked for by the pairs' ids.
        lazily: Whether a manifest stays on the disk, and each pair is read when it is asked for; those of a corpus
            always are.

    Raises:
        InputError: if there is nothing.
        FormatError: if it is something else.
    """
    read = CorpusPairs if is_corpus(data) else lambda folder: (PairFile if lazily else read_pairs)(folder, split)
    pairs: Sequence[Pair] = read(data)
    return pairs if graphs is None else WithGraphs(pairs, CorpusGraphs(graphs))

"""The collator that a run's settings ask for."""

from collections.abc import Sequence

from finsta.config import PostTrainConfig
from finsta.data.clips import ClipCache
from finsta.data.graph_store import GraphStore
from finsta.data.pairs import Pair
from finsta.training.post_training.batches import Embed, Negatives, PairCollator
from finsta.training.post_training.caption_edits import CaptionEdits, TextGraphs, parsed_captions
from finsta.transfer.hosts import Host


def make_collator(
    host: Host, pairs: Sequence[Pair], clips: ClipCache, graphs: GraphStore | None, config: PostTrainConfig
) -> PairCollator:
    """What makes the batches of a run: which captions, whether edited ones, and sentences where the host reads none.

    Raises:
        MissingDependencyError: if the host's own loss is posed with sentence embeddings, and no encoder is installed.
    """
    return PairCollator(
        host,
        pairs,
        clips,
        graphs=graphs,
        caption=config.caption,
        negatives=_negatives(pairs, graphs, config),
        embed=_sentences() if host.spec.loss == "none" and _own_loss(config) else None,
    )


def _negatives(pairs: Sequence[Pair], graphs: GraphStore | None, config: PostTrainConfig) -> Negatives | bool:
    weights = config.transfer
    if not weights.uses_edits:
        return False
    texts = TextGraphs(config.parse)
    edits = CaptionEdits(
        pairs,
        parsed_captions(texts, config.caption),
        kinds=weights.edits,
        most=weights.most_edits,
        seed=config.seed,
    )
    as_phrases = weights.edited_phrases and graphs is not None
    return Negatives(of=edits, host=weights.negatives > 0, graph_of=texts if as_phrases else None)


def _own_loss(config: PostTrainConfig) -> bool:
    return config.transfer.host > 0 or config.transfer.negatives > 0


def _sentences() -> Embed:
    from finsta.sentences import SentenceEncoder

    return SentenceEncoder().embed

"""Cross-modal coreference: text graph + video graph → holistic scene graph."""

from finsta.link.choose import SimilarityChoice, choose_similarity
from finsta.link.linking import link_graphs
from finsta.link.similarity import LexicalSimilarity, PhraseSimilarity, TrackView

__all__ = [
    "LexicalSimilarity",
    "PhraseSimilarity",
    "SimilarityChoice",
    "TrackView",
    "choose_similarity",
    "link_graphs",
]

"""Grounding: which track each phrase of a text refers to, and when each predicate happens."""

from finsta.grounding.links import ground_by_links
from finsta.grounding.model import GroundingModel
from finsta.grounding.result import Grounding, PhraseGrounding, PredicateGrounding, save_grounding

__all__ = [
    "Grounding",
    "GroundingModel",
    "PhraseGrounding",
    "PredicateGrounding",
    "ground_by_links",
    "save_grounding",
]

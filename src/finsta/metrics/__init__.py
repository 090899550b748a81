"""How well a text graph agrees with a reference: set match, SPICE, soft SPICE, and what kinds of error there are."""

from finsta.metrics.set_match import is_set_match, set_match
from finsta.metrics.soft_spice import Encoder, SoftSpiceScore, soft_spice, soft_spice_scores
from finsta.metrics.spice import SpiceScore, spice, spice_score, spice_tuples
from finsta.metrics.synonyms import Synonyms

__all__ = [
    "Encoder",
    "SoftSpiceScore",
    "SpiceScore",
    "Synonyms",
    "is_set_match",
    "set_match",
    "soft_spice",
    "soft_spice_scores",
    "spice",
    "spice_score",
    "spice_tuples",
]

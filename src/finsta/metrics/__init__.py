"""How well a text graph agrees with a reference: set match and SPICE."""

from finsta.metrics.set_match import is_set_match, set_match
from finsta.metrics.spice import SpiceScore, spice, spice_score, spice_tuples
from finsta.metrics.synonyms import Synonyms

__all__ = ["SpiceScore", "Synonyms", "is_set_match", "set_match", "spice", "spice_score", "spice_tuples"]

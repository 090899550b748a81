"""A parser for other languages, by the rules of Universal Dependencies (UD) and no word lists of content words."""

from finsta.text.universal.models import find_model, load_model
from finsta.text.universal.parser import UniversalParser

__all__ = ["UniversalParser", "find_model", "load_model"]

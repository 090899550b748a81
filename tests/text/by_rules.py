"""``parse_text`` and ``parse_texts`` by the rules, whatever the default is."""

from functools import partial

from finsta import text

parse_text = partial(text.parse_text, parser="rules")
parse_texts = partial(text.parse_texts, parser="rules")

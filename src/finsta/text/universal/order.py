"""The order of events, from the words that open a clause."""

from spacy.tokens import Token

from finsta.graphs.scene_graph import EdgeKind
from finsta.text.draft import Draft, Event
from finsta.text.universal.function_words import function_words
from finsta.text.universal.words import children, relation


def add_order(draft: Draft) -> None:
    """``temporal_order`` edges between the first nodes of events; events at the same time get both directions."""
    words = function_words(draft.doc.lang_)
    line = sorted((event for event in draft.events.values() if event.clausal), key=lambda event: event.verb.i)
    for event in line:
        main = _main(draft, event)
        opening = _opening(event.verb)
        if main is not None and opening & words.together:
            _connect(draft, event, main)
            _connect(draft, main, event)
        elif main is not None and opening & words.earlier:
            _connect(draft, event, main)
        elif main is not None and opening & words.later:
            _connect(draft, main, event)
    for token in draft.doc:
        if token.lower_ in words.then and relation(token) in {"advmod", "cc", "obl", "dep", "mark"}:
            _follow(draft, line, token)


def _main(draft: Draft, event: Event) -> Event | None:
    if relation(event.verb) not in {"advcl", "ccomp", "obl", "parataxis", "xcomp"}:
        return None
    return next((draft.events[word.i] for word in event.verb.ancestors if word.i in draft.events), None)


def _opening(verb: Token) -> set[str]:
    """The words that open a clause: its markers and what is fixed to them."""
    marks = [child for child in children(verb, "mark", "case", "advmod", "cc") if child.i < verb.i]
    parts = [inner for mark in marks for inner in mark.subtree]
    last = [child for child in children(verb, "mark", "case") if child.i > verb.i]
    above = [verb.head] if verb.head.pos_ in {"ADV", "ADP"} else []
    return {word.lower_ for word in [*parts, *last, *above]}


def _follow(draft: Draft, line: list[Event], word: Token) -> None:
    """Order the clause of "then" after the clause before it."""
    own = next((draft.events[above.i] for above in word.ancestors if above.i in draft.events), None)
    if own is None or not own.clausal:
        own = next((event for event in line if event.verb.i > word.i), None)
    if own is None:
        return
    before = [event for event in line if event.verb.i < min(word.i, own.verb.i) and event is not own]
    before = [event for event in before if own.verb not in event.verb.ancestors]
    if before:
        _connect(draft, before[-1], own)


def _connect(draft: Draft, earlier: Event, later: Event) -> None:
    if earlier.primary != later.primary:
        draft.connect(earlier.primary, later.primary, EdgeKind.TEMPORAL_ORDER)

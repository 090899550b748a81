"""The order of events that a text states: "before", "after", "while", "then"."""

from spacy.tokens import Token

from finsta.graphs.scene_graph import EdgeKind
from finsta.text.draft import Draft, Event
from finsta.text.lexicon import (
    EARLIER_CLAUSE_MARKS,
    LATER_CLAUSE_MARKS,
    SAME_TIME_MARKS,
    SAME_TIME_WORDS,
    THEN_WORDS,
)

MARKS = SAME_TIME_MARKS | EARLIER_CLAUSE_MARKS | LATER_CLAUSE_MARKS
ORDERING = THEN_WORDS | SAME_TIME_WORDS


def add_order(draft: Draft) -> None:
    """``temporal_order`` edges between the first nodes of events; events at the same time get both directions."""
    for event in list(draft.events.values()):
        _order_subordinate(draft, event)
    for token in draft.tokens:
        if _opens_preposition(token):
            continue
        if token.lower_ in ORDERING and token.dep_ in {"advmod", "cc", "mark", "prep"}:
            _order_next(draft, token, same_time=token.lower_ in SAME_TIME_WORDS)
        elif token.lower_ in {"after", "before"} and _points_back(token):
            _order_next(draft, token, backwards=token.lower_ == "before")


def _opens_preposition(token: Token) -> bool:
    """As in "next to"."""
    return token.lower_ == "next" and token.i + 1 < len(token.doc) and token.nbor().lower_ == "to"


def _points_back(preposition: Token) -> bool:
    """As in "after that"."""
    following = preposition.nbor() if preposition.i + 1 < len(preposition.doc) else None
    return following is not None and following.lower_ in {"that", "this"} and following.dep_ == "pobj"


def _order_subordinate(draft: Draft, event: Event) -> None:
    verb = event.verb
    mark, head = _mark(verb)
    main = None if mark is None or head is None else governing(draft, head)
    if mark is None or main is None or main is event:
        return
    if mark in SAME_TIME_MARKS:
        _connect(draft, event, main)
        _connect(draft, main, event)
    elif mark in EARLIER_CLAUSE_MARKS:
        _connect(draft, event, main)
    elif mark in LATER_CLAUSE_MARKS:
        _connect(draft, main, event)


def _mark(verb: Token) -> tuple[str | None, Token | None]:
    """The word that subordinates a clause, and the word that the clause hangs on."""
    if verb.dep_ == "pcomp":
        return verb.head.lower_, verb.head.head
    if verb.dep_ not in {"advcl", "ccomp", "dep", "conj", "acl", "relcl"}:
        return None, None
    for child in verb.lefts:
        if child.dep_ in {"mark", "advmod", "prep"} and child.lower_ in MARKS:
            return child.lower_, verb.head
    return None, None


def governing(draft: Draft, token: Token) -> Event | None:
    """The event that a word belongs to: its own, or that of the nearest word above it."""
    for word in (token, *token.ancestors):
        if word.i in draft.events:
            return draft.events[word.i]
    descriptions = [
        draft.events[child.i] for child in token.children if child.i in draft.events and child.dep_ == "acl"
    ]
    return descriptions[0] if descriptions else None


def _order_next(draft: Draft, word: Token, *, same_time: bool = False, backwards: bool = False) -> None:
    """Order the clause of "then" after the clause before it."""
    line = sorted((event for event in draft.events.values() if event.clausal), key=lambda event: event.verb.i)
    own = governing(draft, word)
    if own is None or not own.clausal or (own.verb.i < word.i and _follows(line, own, word)):
        own = next((event for event in line if event.verb.i > word.i), None)
    if own is None:
        return
    edge = min(word.i, own.verb.i)
    before = [event for event in line if event.verb.i < edge and event is not own and not _subordinate(event, own)]
    if not before:
        return
    first, second = (own, before[-1]) if backwards else (before[-1], own)
    _connect(draft, first, second)
    if same_time:
        _connect(draft, second, first)


def _follows(line: list[Event], own: Event, word: Token) -> bool:
    """Whether a clause of the same sentence comes after the word, so that it cannot belong to the one before it."""
    return any(event.verb.i > word.i and event.verb.sent == own.verb.sent for event in line)


def _subordinate(event: Event, main: Event) -> bool:
    """As in "then, while it rains, he runs": the clause inside is not what came before."""
    marked, _ = _mark(event.verb)
    return event.verb.head == main.verb and marked is not None


def _connect(draft: Draft, earlier: Event, later: Event) -> None:
    if earlier.primary != later.primary:
        draft.connect(earlier.primary, later.primary, EdgeKind.TEMPORAL_ORDER)

"""Order edits: "before" and "after" exchanged, or the clauses around "then"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from finsta.graphs.scene_graph import EdgeKind, NodeKind, Span, TextualSceneGraph
from finsta.text.lexicon import PLACE_ADVERBS
from finsta.text.wording import noun_phrase, opens_sentence, recased, substituted

_MARK = re.compile(r"\b(before|after)\b(?!\s+all\b)", re.IGNORECASE)
_THEN = re.compile(r"\s*[,;.]?\s*(?:\band\s+)?\bthen\b,?\s*", re.IGNORECASE)
_CLAUSE_END = re.compile(r"\s*[.!?;]|,?\s*(?:and\s+)?then\b|,?\s+(?:while|before|after|until)\b|$", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?]\s+")
_OPENING = re.compile(r"(?:first(?:ly)?|to begin)\b,?\s*", re.IGNORECASE)
_SUBJECT_FORMS = {"he", "she", "they"}
_OBJECT_FORMS = {"him", "them"}


def order_edits(graph: TextualSceneGraph) -> Iterator[str]:
    """Captions that tell two events in the other order; events at the same time have none."""
    pairs = {(edge.source, edge.target) for edge in graph.edges if edge.kind is EdgeKind.TEMPORAL_ORDER}
    for earlier, later in sorted(pairs):
        spans = graph.nodes[earlier].span, graph.nodes[later].span
        if (later, earlier) in pairs or spans[0] is None or spans[1] is None:
            continue
        first, second = sorted((spans[0], spans[1]))
        flipped = _flipped(graph.text, first, second)
        if flipped is None and spans[0] == first:
            flipped = _clauses_swapped(graph, earlier, later)
        if flipped is not None:
            yield flipped


def _flipped(text: str, first: Span, second: Span) -> str | None:
    """Put "before" for "after" and the reverse: between the two events, or else at the start of their sentence."""
    between = list(_MARK.finditer(text, first[1], second[0]))
    ends = [match.end() for match in _SENTENCE_END.finditer(text, 0, first[0])]
    start = ends[-1] if ends else 0
    found = between or list(_MARK.finditer(text, start, first[0]))
    if not found:
        return None
    match = found[-1] if between else found[0]
    word = "after" if match[1].lower() == "before" else "before"
    return substituted(text, {match.span(1): word})


@dataclass(frozen=True, kw_only=True)
class _Clauses:
    """Where the two clauses around "then" stand: what is exchanged, and all that may name what a pronoun means."""

    first: Span
    second: Span


def _clauses_swapped(graph: TextualSceneGraph, earlier: int, later: int) -> str | None:
    clauses = _clauses(graph, earlier, later)
    if clauses is None:
        return None
    moved = _pronouns_moved(graph, clauses)
    if moved is None:
        return None
    text = graph.text
    first = substituted(text[: clauses.first[1]], {s: w for s, w in moved.items() if s[1] <= clauses.first[1]})
    first = first[clauses.first[0] :]
    inner = {
        (s[0] - clauses.second[0], s[1] - clauses.second[0]): w for s, w in moved.items() if s[0] >= clauses.second[0]
    }
    second = substituted("\0" + text[slice(*clauses.second)], {(a + 1, b + 1): w for (a, b), w in inner.items()})[1:]
    capital = opens_sentence(text, clauses.first[0]) and text[clauses.first[0]].isupper()
    capital_second = opens_sentence(text, clauses.second[0]) and text[clauses.second[0]].isupper()
    return "".join(
        (
            text[: clauses.first[0]],
            recased(second, first=capital, was_first=capital_second),
            text[clauses.first[1] : clauses.second[0]],
            recased(first, first=capital_second, was_first=capital),
            text[clauses.second[1] :],
        )
    )


def _clauses(graph: TextualSceneGraph, earlier: int, later: int) -> _Clauses | None:
    """Both clauses with their subjects, or both without."""
    text = graph.text
    one, two = graph.nodes[earlier].span, graph.nodes[later].span
    assert one is not None
    assert two is not None
    marks = list(_THEN.finditer(text, one[1], two[0]))
    if len(marks) != 1:
        return None
    second = (marks[0].end(), _end(text, two[1]))
    own_subject = _subject_start(graph, later, marks[0].end(), two[0]) is not None
    start = _first_start(graph, earlier, later, whole=own_subject)
    if start is None or start > one[0]:
        return None
    return _Clauses(first=(start, marks[0].start()), second=second)


def _end(text: str, start: int) -> int:
    match = _CLAUSE_END.search(text, start)
    return len(text) if match is None else match.start()


def _first_start(graph: TextualSceneGraph, earlier: int, later: int, *, whole: bool) -> int | None:
    """Where the first clause starts; without its subject, and without a helper that both verbs share."""
    text = graph.text
    one = graph.nodes[earlier].span
    assert one is not None
    ends = [match.end() for pattern in (_SENTENCE_END, _THEN) for match in pattern.finditer(text, 0, one[0])]
    sentence = max(ends, default=0)
    opening = _OPENING.match(text, sentence)
    sentence = opening.end() if opening else sentence
    subjects = graph.sources(earlier, EdgeKind.SUBJECT)
    if whole or not subjects:
        has_subject = _subject_start(graph, earlier, sentence, one[0]) is not None
        return sentence if has_subject == whole else None
    ends = [m[1] for node in subjects for m in graph.nodes[node].mentions if sentence <= m[0] and m[1] <= one[0]]
    if not ends:
        return None
    after = max(ends) + len(text[max(ends) :]) - len(text[max(ends) :].lstrip())
    shares_helper = graph.nodes[later].label.split()[0].endswith("ing") or " to " in text[after : one[0]]
    return one[0] if shares_helper else after


def _subject_start(graph: TextualSceneGraph, predicate: int, start: int, end: int) -> int | None:
    """Where a mention of a predicate's subject starts inside a range of characters."""
    mentions = [m for node in graph.sources(predicate, EdgeKind.SUBJECT) for m in graph.nodes[node].mentions]
    return min((mention[0] for mention in mentions if start <= mention[0] and mention[1] <= end), default=None)


def _pronouns_moved(graph: TextualSceneGraph, clauses: _Clauses) -> dict[Span, str] | None:
    """A pronoun in the second clause and what it means in the first one change places; ``None`` where they cannot."""
    changes: dict[Span, str] = {}
    for index in graph.indices(NodeKind.OBJECT):
        mentions = graph.nodes[index].mentions
        named = [m for m in mentions if clauses.first[0] <= m[0] and m[1] <= clauses.first[1]]
        again = [m for m in mentions if clauses.second[0] <= m[0] and m[1] <= clauses.second[1]]
        pronouns = [m for m in again if graph.text[slice(*m)].lower() in {*_SUBJECT_FORMS, *_OBJECT_FORMS, "it"}]
        others = [m for m in again if graph.text[slice(*m)].lower() in {"her", "his", "its", "their"}]
        if not named or named[0] != mentions[0] or not (pronouns or others):
            continue
        phrase = noun_phrase(graph, index, named[0])
        particle = graph.text[: phrase[0]].split()[-1:]
        others = others or [m for m in pronouns if particle and particle[0] in PLACE_ADVERBS]
        if others or len(pronouns) > 1 or not _fits(graph, pronouns[0], phrase, clauses):
            return None
        changes[pronouns[0]] = graph.text[slice(*phrase)]
        changes[phrase] = graph.text[slice(*pronouns[0])]
    return changes


def _fits(graph: TextualSceneGraph, pronoun: Span, phrase: Span, clauses: _Clauses) -> bool:
    """Whether the pronoun's case suits the place of the phrase."""
    form = graph.text[slice(*pronoun)].lower()
    opens = phrase[0] == clauses.first[0]
    return form == "it" or (form in _SUBJECT_FORMS and opens) or (form in _OBJECT_FORMS and not opens)

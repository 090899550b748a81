"""Answers in words: what was found, and which word of the query matched which of the corpus."""

from collections.abc import Sequence

from finsta.query.answers import Answer, Match, Result


def found_lines(answer: Answer) -> list[str]:
    """A line for each thing and relation: ``?a: track 3 (person); 'man' ~ 'person' 0.90``."""
    named = {thing.track: f"{thing.label} {thing.track}" for thing in answer.things}
    lines = []
    for thing in answer.things:
        lines.append(f"?{thing.name}: track {thing.track} ({thing.label}){_matched(thing.matches)}")
    for relation in answer.relations:
        end = "" if relation.object is None else f" {named.get(relation.object, f'track {relation.object}')}"
        times = ", ".join(f"{start:.2f}–{end:.2f} s" for start, end in relation.intervals)
        lines.append(f"{named[relation.subject]} {relation.predicate}{end}, {times}{_matched(relation.matches)}")
    return lines


def summary(result: Result) -> str:
    """How the query was understood, and how much was found in how many clips."""
    found = f"{_count(result.total, 'answer')} in {_count(result.clips, 'clip')} of {result.searched:,}"
    shown = len(result.answers)
    return f"{found}, the best {shown} shown" if shown < result.total else found


def answer_lines(number: int, answer: Answer) -> list[str]:
    """An answer for the terminal."""
    times = ", ".join(f"{start:.2f}–{end:.2f} s" for start, end in answer.intervals)
    source = f"{answer.video} (text)" if answer.side == "text" else answer.video
    head = f"{number}. {answer.id}  {times}  score {answer.score:.2f}  {source}"
    return [head, *(f"     {line}" for line in found_lines(answer))]


def _matched(matches: Sequence[Match]) -> str:
    """The words that matched another word than themselves."""
    other = [
        f"'{match.word}' ~ '{match.label}' {match.similarity:.2f}" for match in matches if match.word != match.label
    ]
    return f"; {', '.join(other)}" if other else ""


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"

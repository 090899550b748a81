"""Why a pattern has no answer: the first part of it that nothing matches, and what is there instead."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from finsta.query.pattern import Pattern, Relation, Thing
from finsta.query.plan import CLIP, answers_sql
from finsta.query.times import TimeWindow
from finsta.query.words import Part, Words

if TYPE_CHECKING:
    from finsta.query.search import Corpus

SHOWN = 8
"""Words that are listed of what is there."""

_JOINED = """
SELECT count(*) FROM found_relations r
WHERE r.relation = $relation
    AND EXISTS (FROM found_things a WHERE a.thing = $subject AND a.clip = r.clip AND a.track = r.subject)
    AND ($object IS NULL
        OR EXISTS (FROM found_things b WHERE b.thing = $object AND b.clip = r.clip AND b.track = r.object))
"""

_BETWEEN = f"""
SELECT r.predicate, count(*) FROM (SELECT {CLIP} AS clip, unnest(relations) AS r FROM read_parquet($files)) c
JOIN found_things a ON a.thing = $subject AND a.clip = c.clip AND a.track = r.subject
WHERE $object IS NULL
    OR EXISTS (FROM found_things b WHERE b.thing = $object AND b.clip = c.clip AND b.track = r.object)
GROUP BY 1 ORDER BY 2 DESC, 1
"""


def reasons(corpus: "Corpus", pattern: Pattern, words: Words) -> tuple[str, ...]:
    """What is missing, for a pattern without an answer whose tables ``Corpus.find`` made.

    Words that nothing is called by, all of them; else relations whose ends are never theirs; else that the parts are
    never together, never in the order, or never at the time that is asked for.
    """
    found = [_thing(corpus, number, thing, words) for number, thing in enumerate(pattern.things)]
    found += [_relation(corpus, number, relation, words) for number, relation in enumerate(pattern.relations)]
    missing = list(dict.fromkeys(reason for reason in found if reason))
    if not missing:
        ends = (_ends(corpus, pattern, number) for number in range(len(pattern.relations)))
        missing = list(dict.fromkeys(reason for reason in ends if reason))
    return tuple(missing or [_together(corpus, pattern, words)])


def _thing(corpus: "Corpus", number: int, thing: Thing, words: Words) -> str:
    labels = words.matches(Part.OBJECT, thing.label, corpus.vocabulary(Part.OBJECT))
    if not labels:
        there = corpus.vocabulary(Part.OBJECT)
        near = _nearest(words, Part.OBJECT, thing.label, there)
        return f"no clip has an object called {thing.label!r}; the objects there are: {_listed(there)}{near}"
    if corpus.run("SELECT count(*) FROM found_things WHERE thing = $number", {"number": number})[0][0]:
        return ""
    asked = " and ".join(repr(word) for word in thing.attributes)
    there = corpus.vocabulary(Part.ATTRIBUTE)
    return f"no {thing.label or 'object'} is {asked}; the attributes there are: {_listed(there)}"


def _relation(corpus: "Corpus", number: int, relation: Relation, words: Words) -> str:
    there = corpus.vocabulary(Part.PREDICATE)
    if not (words.matches(Part.PREDICATE, relation.predicate, there) or words.mirrored(relation.predicate, there)):
        near = _nearest(words, Part.PREDICATE, relation.predicate, there)
        return f"no relation is called {relation.predicate!r}; the relations there are: {_listed(there)}{near}"
    if corpus.run("SELECT count(*) FROM found_relations WHERE relation = $number", {"number": number})[0][0]:
        return ""
    asked = " and ".join(repr(word) for word in relation.modifiers)
    there = corpus.vocabulary(Part.MODIFIER)
    return f"no {relation.predicate or 'relation'!r} is {asked}; the modifiers there are: {_listed(there)}"


def _nearest(words: Words, part: Part, word: str | None, there: Iterable[str]) -> str:
    """What the tables hold to be similar, but less than was asked for."""
    if word is None or words.exact:
        return ""
    similar = Words(least=0.05).matches(part, word, there)
    best = max(similar, key=lambda label: similar[label], default=None)
    return "" if best is None else f"; the nearest is {best!r}, which --least {similar[best]:.2g} takes"


def _ends(corpus: "Corpus", pattern: Pattern, number: int) -> str:
    """Whether a relation never joins the things that it is asked to join."""
    relation = pattern.relations[number]
    place = {thing.name: index for index, thing in enumerate(pattern.things)}
    ends = {"subject": place[relation.subject], "object": None if relation.object is None else place[relation.object]}
    if corpus.run(_JOINED, ends | {"relation": number})[0][0]:
        return ""
    names = [pattern.thing(end).label or "thing" for end in (relation.subject, relation.object) if end is not None]
    between = dict(corpus.run(_BETWEEN, ends | {"files": corpus.files}))
    said = " ".join((names[0], relation.predicate or "any relation", *names[1:]))
    place_of = "between the two" if relation.object is not None else "of it"
    there = f"there is: {_listed(between)}" if between else "nothing is said anywhere"
    return f"never {said!r}: both words occur, but not joined so; {place_of} {there}"


def _together(corpus: "Corpus", pattern: Pattern, words: Words) -> str:
    """Asked without a window, and without the order: the first of the two that helps is what is missing."""
    corpus.find(replace(pattern, time=TimeWindow()), words)
    parts = "every part of the query occurs"
    corpus.run(answers_sql(pattern, ordered=False))
    if not _count(corpus):
        return f"{parts}, but in no clip all of them with the same tracks"
    corpus.run(answers_sql(pattern))
    if not _count(corpus):
        return f"{parts}, but never in the order that is asked for"
    clips = _count(corpus)
    name, (start, end) = corpus.run("SELECT id, intervals[1] FROM answers ORDER BY score DESC, id LIMIT 1")[0]
    kept = f"it happens in {clips} clip{'' if clips == 1 else 's'}"
    return f"{kept}, but not in the time that is asked for ({pattern.time}); in {name!r} at {start:.2f}–{end:.2f} s"


def _count(corpus: "Corpus") -> int:
    return int(corpus.run("SELECT count(DISTINCT clip) FROM answers")[0][0])


def _listed(counts: Mapping[str, int]) -> str:
    """The first words with how often they occur, as in ``person (120), cup (7)``."""
    shown = [f"{word} ({count})" for word, count in list(counts.items())[:SHOWN]]
    return ", ".join([*shown, "…"] if len(counts) > SHOWN else shown) or "none"

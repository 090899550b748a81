"""A sentence to a pattern, by way of its textual scene graph: "a red car passes a person, 3-8 s"."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product

from finsta.errors import InputError
from finsta.graphs.scene_graph import EdgeKind, NodeKind, TextualSceneGraph
from finsta.link.similarity import is_known, normal_form, without_modifiers
from finsta.query.grammar import thing_names
from finsta.query.leftovers import leftovers
from finsta.query.pattern import Order, Pattern, Relation, Thing
from finsta.query.times import TimeWindow, split_time

DEFAULT_PARSER = "rules"
"""The rules keep every verb of a short sentence ("person walks"); the learned parser speaks as captions do, where a
verb without an object is often an attribute."""

ANYTHING = frozenset({"it", "something", "anything", "thing", "object", "that", "this", "one"})
"""Words that name nothing in particular."""

PRONOUNS = frozenset({"it", "he", "she", "they", "him", "her", "them"})
NEGATIONS = frozenset({"not", "never", "no", "n't", "without"})
MOST = 4
"""The highest number that is counted: "four dogs" asks for four tracks."""

_ARTICLE = re.compile(r"\b(?:an?|the)\b", re.IGNORECASE)
_SIDE = re.compile(r"(?<!\bthe )\b(left|right) of\b", re.IGNORECASE)
_THEN = re.compile(r"\s*[,;]?\s+(?:and\s+)?then\s+", re.IGNORECASE)


def pattern_of_sentence(sentence: str, *, parser: str = DEFAULT_PARSER, language: str = "en") -> Pattern:
    """What a sentence asks for.

    Each object of its graph becomes a thing, or as many as its number says; each predicate a relation, whose subject is
    anything where none is said. "then", "before", "after" give an order, "while" gives ``while``. The time at its end
    is read by :func:`finsta.query.times.split_time`.

    Args:
        sentence: The query.
        parser: As :func:`finsta.text.parse_text` takes it.
        language: As there; times are read in English forms.

    Raises:
        InputError: if the time is none, or the sentence names nothing, denies something, or counts beyond four.
    """
    words, window = split_time(sentence)
    if not words.strip():
        raise InputError(
            f"query {sentence!r}: expected an object ('a red car') or an action ('person walks'), found none"
        )
    graph = _graph(words, parser, language)
    pattern = pattern_of_graph(graph, time=window)
    return replace(pattern, unused=leftovers(graph)) if language == "en" else pattern


def pattern_of_graph(graph: TextualSceneGraph, *, time: TimeWindow | None = None) -> Pattern:
    """The pattern that asks for what a text graph says; see :func:`pattern_of_sentence`."""
    names = thing_names(set())
    things: dict[int, list[Thing]] = {node: _things(graph, node, names) for node in graph.indices(NodeKind.OBJECT)}
    unnamed: list[Thing] = []
    relations: dict[int, list[Relation]] = {}
    for triplet in graph.triplets():
        if triplet.subject is None:
            unnamed.append(Thing(name=next(names)))
        subjects = unnamed[-1:] if triplet.subject is None else things[triplet.subject]
        targets = [None] if triplet.object is None else [thing.name for thing in things[triplet.object]]
        modifiers = tuple(graph.nodes[node].lemma for node in graph.attributes(triplet.predicate))
        if NEGATIONS & set(modifiers):
            raise _denial(graph, f"not {graph.nodes[triplet.predicate].lemma}")
        relations.setdefault(triplet.predicate, []).extend(
            Relation(subject=a.name, predicate=graph.nodes[triplet.predicate].lemma, object=b, modifiers=modifiers)
            for a, b in product(subjects, targets)
            if a.name != b
        )
    every = tuple(thing for group in things.values() for thing in group) + tuple(unnamed)
    if not every:
        raise InputError(
            f"query {graph.text!r}: expected an object ('a red car') or an action ('person walks'), found neither"
        )
    return Pattern(
        things=every,
        relations=tuple(relation for group in relations.values() for relation in group),
        orders=tuple(_orders(graph, relations)),
        time=time or TimeWindow(),
    )


def _things(graph: TextualSceneGraph, node: int, names: Iterator[str]) -> list[Thing]:
    lemma = graph.nodes[node].lemma.lower()
    words = [graph.nodes[attribute].lemma.lower() for attribute in graph.targets(node, EdgeKind.ATTRIBUTE)]
    if denied := NEGATIONS & set(words):
        raise _denial(graph, f"{min(denied)} {lemma}")
    count = max((int(word) for word in words if word.isdecimal()), default=1)
    if not 1 <= count <= MOST:
        raise InputError(f"query {graph.text!r}: expected a number of things from 1 to {MOST}, found {count}")
    attributes = tuple(word for word in words if not word.isdecimal())
    label = None if lemma in ANYTHING else lemma
    found: list[Thing] = []
    for _ in range(count):
        twin = found[-1].name if found else None
        found.append(Thing(name=next(names), label=label, attributes=attributes, twin=twin))
    return found


def _denial(graph: TextualSceneGraph, words: str) -> InputError:
    return InputError(
        f"query {graph.text!r}: what is not there cannot be asked for ({words!r}); leave the negation out"
    )


def _orders(graph: TextualSceneGraph, relations: Mapping[int, Sequence[Relation]]) -> list[Order]:
    """Orders between relations by number; two edges that run both ways are one ``while``."""
    numbers: dict[int, list[int]] = {}
    for predicate, group in relations.items():
        start = sum(map(len, numbers.values()))
        numbers[predicate] = list(range(start, start + len(group)))
    edges = [(e.source, e.target) for e in graph.edges if e.kind is EdgeKind.TEMPORAL_ORDER]
    found: dict[Order, None] = {}
    for source, target in edges:
        both = (target, source) in edges
        if both and source > target:
            continue
        for first, second in product(numbers.get(source, ()), numbers.get(target, ())):
            found[Order(first=first, second=second, kind="while" if both else "then")] = None
    return list(found)


def _graph(sentence: str, parser: str, language: str) -> TextualSceneGraph:
    """The graph of a sentence; where it seems misread, of the same sentence with words that help the tagger.

    In "holds a cup and drinks from it" a tagger may take "drinks" for a noun; after "and also" it does not. In "dog
    chases cat" it may see three nouns; with articles it sees two. The other reading is taken where it leaves fewer
    pronouns open, or joins more things. "left of" is read as "to the left of", in which no tagger sees "leave".
    """
    from finsta.text import parse_text

    if language != "en":
        return parse_text(sentence, parser=parser, language=language)
    sentence = _SIDE.sub(r"to the \1 of", _THEN.sub(" and then ", sentence))
    graph = parse_text(sentence, parser=parser)
    if not _ARTICLE.search(sentence) and not _joined(graph):
        other = parse_text(_with_articles(sentence), parser=parser)
        graph = other if _joined(other) else graph
    if _open_pronouns(graph) and re.search(r"\band\s+(?!then\b|also\b)", sentence):
        other = parse_text(re.sub(r"\band\s+(?!then\b|also\b)", "and also ", sentence), parser=parser)
        if len(_open_pronouns(other)) < len(_open_pronouns(graph)):
            return other
    return graph


def _joined(graph: TextualSceneGraph) -> int:
    """How many relations of a graph join two things."""
    return sum(triplet.subject is not None and triplet.object is not None for triplet in graph.triplets())


def _with_articles(sentence: str) -> str:
    """A sentence with an article at its beginning and before the last noun that the tables know."""
    words = sentence.split()
    known = [place for place, word in enumerate(words) if place and is_known(normal_form(word.strip(".,;")))]
    start = known[-1] if known else 0
    while start > 1 and without_modifiers(f"{words[start - 1]} thing") == "thing":
        start -= 1
    parts = [words[:start], words[start:]] if start else [words]
    return " ".join(f"a {' '.join(part)}" for part in parts)


def _open_pronouns(graph: TextualSceneGraph) -> list[str]:
    """Pronouns that refer to nothing in a sentence that names something else."""
    lemmas = [graph.nodes[node].lemma for node in graph.indices(NodeKind.OBJECT)]
    found = [lemma for lemma in lemmas if lemma in PRONOUNS]
    return found if len(found) < len(lemmas) else []

"""The exact form of a pattern: ``?a:person[red] -hold[quickly]-> ?b:cup then ?a -drink from-> ?b @ 3..8``.

    pattern  = step { ("," | "then" | "while") step } { ";" number ("then" | "while") number } [ "@" time ]
    step     = thing [ "-" word [ "[" word { "," word } "]" ] "->" [ thing ] ]
    thing    = [ "?" name [ ">?" name ] [ ":" ] ] [ word ] [ "[" word { "," word } "]" ]

A thing without ``?name`` is one of its own; ``?a`` alone refers to one named before, or to anything. Nothing, or ``*``,
in place of a word stands for any. ``,`` leaves the order open; ``;`` gives the order of relations by their numbers,
counted from 1. ``?b>?a`` takes another track than ``?a``, of a higher number. Times: see ``TimeWindow.parse``.
"""

import re
from collections.abc import Iterator
from string import ascii_lowercase
from typing import Literal, cast

from finsta.errors import InputError
from finsta.query.pattern import Order, Pattern, Relation, Thing
from finsta.query.times import TimeWindow

_WORDS = r"[^?:\[\],@>;]*?"
_LIST = r"(?:\[(?P<{0}>[^\[\]]*)\])?"
_THING = re.compile(
    rf"\s*(?:\?(?P<name>\w+)(?:\s*>\s*\?(?P<twin>\w+))?\s*:?)?\s*(?P<label>{_WORDS})\s*{_LIST.format('attributes')}\s*"
)
_ARROW = re.compile(rf"(?:(?<=\s)|(?<=\]))-\s*(?P<predicate>{_WORDS})\s*{_LIST.format('modifiers')}\s*->")
_SEPARATOR = re.compile(r"\[[^\]]*\]|(?P<mark>,|(?<=\s)then(?=\s)|(?<=\s)while(?=\s))")
_ORDER = re.compile(r"\s*(\d+)\s+(then|while)\s+(\d+)\s*")
HELP = "expected '?a:person[red] -hold-> ?b:cup @ 3..8'; docs/query.md describes the form"


def is_exact(text: str) -> bool:
    """Whether a query is meant to be of the exact form: a sentence has neither an arrow nor a question mark first."""
    return "->" in text or text.lstrip().startswith("?")


def parse_pattern(text: str) -> Pattern:
    """Read a pattern.

    Raises:
        InputError: if the text is not of the form.
    """
    body, mark, time = text.partition("@")
    if mark and not time.strip():
        raise InputError(f"pattern {text!r}: expected a time after '@', found nothing; {HELP}")
    steps, *orders = body.split(";")
    reader = _Reader(text)
    for joint, step in _steps(steps):
        reader.step(joint, step)
    for order in orders:
        reader.order(order)
    return Pattern(
        things=tuple(reader.things.values()),
        relations=tuple(reader.relations),
        orders=tuple(reader.orders),
        time=TimeWindow.parse(time),
    )


def write_pattern(pattern: Pattern) -> str:
    """The exact form of a pattern; :func:`parse_pattern` reads the same pattern back."""
    told: set[str] = set()
    first_named = list(dict.fromkeys(e for r in pattern.relations for e in (r.subject, r.object) if e is not None))
    names = [thing.name for thing in pattern.things]
    any_twin = any(thing.twin is not None for thing in pattern.things)
    early = pattern.things if names != first_named or any_twin else ()
    orders = {(order.first, order.second): order.kind for order in pattern.orders}
    parts = [_thing(thing, told) for thing in early]
    for number, relation in enumerate(pattern.relations):
        ends = [_thing(pattern.thing(end), told) for end in (relation.subject, relation.object) if end is not None]
        modifiers = f"[{', '.join(relation.modifiers)}]" if relation.modifiers else ""
        step = " ".join((ends[0], f"-{relation.predicate or '*'}{modifiers}->", *ends[1:]))
        joint = orders.pop((number - 1, number), ",") if number else ","
        parts.append(step if joint == "," or not parts else f"{parts.pop()} {joint} {step}")
    text = ", ".join(parts)
    text += "".join(f"; {first + 1} {kind} {second + 1}" for (first, second), kind in orders.items())
    return f"{text} @ {pattern.time}" if not pattern.time.whole else text


def thing_names(taken: set[str]) -> Iterator[str]:
    """Names that are free: a, b, … z, a1, b1 and so on."""
    rounds = 0
    while True:
        yield from (name for letter in ascii_lowercase if (name := f"{letter}{rounds or ''}") not in taken)
        rounds += 1


def _thing(thing: Thing, told: set[str]) -> str:
    """A thing with its words where it stands first, its name alone afterwards."""
    if thing.name in told:
        return f"?{thing.name}"
    told.add(thing.name)
    twin = f">?{thing.twin}" if thing.twin else ""
    label = f":{thing.label}" if thing.label else ""
    return f"?{thing.name}{twin}{label}" + (f"[{', '.join(thing.attributes)}]" if thing.attributes else "")


def _steps(text: str) -> Iterator[tuple[str, str]]:
    """Each step with what stands before it: ``,``, ``then`` or ``while``; ``,`` for the first."""
    joint, start = ",", 0
    for match in _SEPARATOR.finditer(text):
        if match["mark"]:
            yield joint, text[start : match.start()]
            joint, start = match["mark"], match.end()
    yield joint, text[start:]


class _Reader:
    """Collects what the steps say."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.things: dict[str, Thing] = {}
        self.relations: list[Relation] = []
        self.orders: list[Order] = []
        self._names = thing_names(set(re.findall(r"\?(\w+)", text)))
        self._related = False  # whether the last step was a relation

    def step(self, joint: str, text: str) -> None:
        """Read one step, and its place after the one before."""
        arrow = _ARROW.search(text)
        if arrow is None:
            if joint != ",":
                raise self._error(f"{joint!r} must stand between two relations, found {text.strip()!r}")
            self._thing(text)
            self._related = False
            return
        ends = text[arrow.end() :]
        subject = self._thing(text[: arrow.start()])
        target = self._thing(ends) if ends.strip() else None
        self.relations.append(
            Relation(
                subject=subject,
                predicate=_word(arrow["predicate"]),
                object=target,
                modifiers=_words(arrow["modifiers"]),
            )
        )
        if joint != ",":
            if not self._related:
                raise self._error(f"{joint!r} must stand between two relations")
            self._order(len(self.relations) - 2, joint, len(self.relations) - 1)
        self._related = True

    def order(self, text: str) -> None:
        """Read ``1 then 3``."""
        match = _ORDER.fullmatch(text)
        if match is None:
            raise self._error(f"after ';' an order such as '1 then 3' must stand, found {text.strip()!r}")
        self._order(int(match[1]) - 1, match[2], int(match[3]) - 1)

    def _order(self, first: int, kind: str, second: int) -> None:
        self.orders.append(Order(first=first, second=second, kind=cast(Literal["then", "while"], kind)))

    def _thing(self, text: str) -> str:
        """The name of a thing, which is kept with what is said of it."""
        match = _THING.fullmatch(text)
        if match is None or not text.strip():
            raise self._error(f"a thing must stand in place of {text.strip()!r}")
        label, attributes = _word(match["label"]), _words(match["attributes"])
        if label is not None and (label.startswith("-") or " -" in label):
            raise self._error(f"a relation must end in '->', found {text.strip()!r}")
        name = match["name"] or next(self._names)
        known = self.things.get(name)
        if known is not None and (label or attributes or match["twin"]):
            raise self._error(f"?{name} must be described where it first stands only")
        if known is None:
            self.things[name] = Thing(name=name, label=label, attributes=attributes, twin=match["twin"])
        return name

    def _error(self, message: str) -> InputError:
        return InputError(f"pattern {self.text!r}: {message}; {HELP}")


def _word(text: str | None) -> str | None:
    word = " ".join((text or "").split())
    return None if word in ("", "*") else word


def _words(text: str | None) -> tuple[str, ...]:
    return tuple(word for part in (text or "").split(",") if (word := _word(part)))

"""What is asked for: things, relations between them, their order, and a time."""

from dataclasses import dataclass, field
from typing import Literal

from finsta.errors import InputError
from finsta.query.times import TimeWindow

LARGEST = 12
"""Things, and relations, that one pattern may have."""

_RESERVED = frozenset("?:[],@>;")


@dataclass(frozen=True, kw_only=True)
class Thing:
    """A thing that one track must be.

    Attributes:
        name: By which relations refer to it; unique in the pattern.
        label: The word for it; ``None`` for anything.
        attributes: Words that it must carry, all of them.
        twin: Another thing that is asked for in the same words ("two dogs"): their tracks are taken in rising order, so
            that the same two dogs are one answer.
    """

    name: str
    label: str | None = None
    attributes: tuple[str, ...] = ()
    twin: str | None = None


@dataclass(frozen=True, kw_only=True)
class Relation:
    """Something that a thing does, alone or to another.

    Attributes:
        subject: Name of a thing.
        predicate: The word for it; ``None`` for any.
        object: Name of a thing; ``None`` where none is asked for: what is found may then have one or not.
        modifiers: Words for how it is done ("quickly"), all of them.
    """

    subject: str
    predicate: str | None = None
    object: str | None = None
    modifiers: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Order:
    """How the intervals of two relations, by number, lie to each other.

    ``then``: the first starts before the second does, whatever the window. ``while``: their parts in the window share
    some time.
    """

    first: int
    second: int
    kind: Literal["then", "while"] = "then"


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """Things, relations and a time; different things are different tracks, one thing is one track throughout.

    Relations without an order may happen at any times in the window. ``unused`` are words of the sentence that the
    pattern was made from and says nothing of; two patterns that differ in them alone are equal.

    Raises:
        InputError: if it asks for nothing, or a part names what is not there.
    """

    things: tuple[Thing, ...]
    relations: tuple[Relation, ...] = ()
    orders: tuple[Order, ...] = ()
    time: TimeWindow = field(default_factory=TimeWindow)
    unused: tuple[str, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        if not self.things:
            raise InputError(
                "the query asks for nothing: expected an object ('a red car') or an action ('person walks')"
            )
        if max(len(self.things), len(self.relations)) > LARGEST:
            found = f"{len(self.things)} things and {len(self.relations)} relations"
            raise InputError(f"the query is too large: expected at most {LARGEST} of a kind, found {found}")
        names = [thing.name for thing in self.things]
        if len(set(names)) < len(names):
            raise InputError(f"the things of a pattern need names of their own, found {names}")
        for relation in self.relations:
            for end in (relation.subject, relation.object):
                if end is not None and end not in names:
                    raise InputError(f"a relation names ?{end}, which is none of {names}")
            if relation.subject == relation.object:
                raise InputError(f"a relation joins ?{relation.subject} with itself; name two things")
        self._check_rest(names)

    def _check_rest(self, names: list[str]) -> None:
        for thing in self.things:
            if thing.twin is not None and thing.twin not in names:
                raise InputError(f"?{thing.name} is a twin of ?{thing.twin}, which is none of {names}")
        for order in self.orders:
            for end in (order.first, order.second):
                if not 0 <= end < len(self.relations) or order.first == order.second:
                    raise InputError(
                        f"an order joins relations {order.first + 1} and {order.second + 1}: expected two of the "
                        f"{len(self.relations)} that the query has, counted from 1"
                    )
        words = [word for thing in self.things for word in (thing.label, *thing.attributes)]
        words += [word for relation in self.relations for word in (relation.predicate, *relation.modifiers)]
        for word in words:
            if word is not None and (not word.strip() or _RESERVED & set(word)):
                raise InputError(
                    f"word {word!r}: expected letters, found nothing or one of {' '.join(sorted(_RESERVED))}"
                )

    @classmethod
    def parse(cls, text: str) -> "Pattern":
        """Read the exact form, ``?a:person[red] -hold-> ?b:cup @ 3..8``; see :mod:`finsta.query.grammar`.

        Raises:
            InputError: if it is not of this form.
        """
        from finsta.query.grammar import parse_pattern

        return parse_pattern(text)

    def thing(self, name: str) -> Thing:
        """The thing of a name."""
        return next(thing for thing in self.things if thing.name == name)

    def alone(self) -> list[int]:
        """Numbers of the things that no relation names: when they are there counts as when the pattern holds."""
        named = {end for relation in self.relations for end in (relation.subject, relation.object)}
        return [number for number, thing in enumerate(self.things) if thing.name not in named]

    def __str__(self) -> str:
        """The exact form, which :meth:`parse` reads back."""
        from finsta.query.grammar import write_pattern

        return write_pattern(self)

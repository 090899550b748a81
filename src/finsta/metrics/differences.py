"""What kinds of error set two graphs apart: each difference of facts is put into one class (our definition).

Facts are compared as strings, as set match does. In this order, each fact once:

1. An object of the reference that is missing and one of the candidate that is extra are one object named differently
   if they mean the same ("boys" for "boy") or share a word ("pole" for "ski pole"); it is renamed before the rest.
2. An object that is still missing or extra takes its facts along.
3. A missing and an extra relation of the same subject and object differ in their label, or in direction; of the same
   label and one end, in attachment. So do attributes: the same object, another label; the same label, another object.
4. What is left is missing or extra. That an object stands alone in one graph and has facts in the other follows
   from those facts, and is no error of its own.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from finsta.graphs.exports.factual import Fact
from finsta.metrics.synonyms import Synonyms, default_synonyms


class ErrorKind(StrEnum):
    """The classes, most telling first."""

    OBJECT_NAME = "object named differently"
    MISSING_OBJECT = "missing object"
    EXTRA_OBJECT = "extra object"
    RELATION_LABEL = "wrong relation label"
    RELATION_DIRECTION = "relation the wrong way round"
    RELATION_ATTACHMENT = "relation attached to another object"
    ATTRIBUTE_LABEL = "wrong attribute label"
    ATTRIBUTE_ATTACHMENT = "attribute attached to another object"
    MISSING_RELATION = "missing relation"
    EXTRA_RELATION = "extra relation"
    MISSING_ATTRIBUTE = "missing attribute"
    EXTRA_ATTRIBUTE = "extra attribute"
    LONE_OBJECT = "an object alone beside its facts"


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One error: what was expected and what was found, one of them ``None`` where nothing corresponds."""

    kind: ErrorKind
    expected: Fact | None = None
    found: Fact | None = None


def differences(
    candidate: Collection[Fact], reference: Collection[Fact], *, synonyms: Synonyms | None = None
) -> list[Difference]:
    """The errors of a candidate; none exactly if its facts equal the reference's.

    Args:
        candidate: The facts as parsed.
        reference: The facts as they should be.
        synonyms: Which names mean the same, as for SPICE.
    """
    if set(candidate) == set(reference):
        return []
    names = _renamed(_objects(candidate), _objects(reference), synonyms or default_synonyms())
    errors = [Difference(kind=ErrorKind.OBJECT_NAME, expected=(there,), found=(here,)) for here, there in names.items()]
    ours = [_rename(fact, names) for fact in dict.fromkeys(candidate)]
    missing = [fact for fact in dict.fromkeys(reference) if fact not in ours]
    extra = [fact for fact in dict.fromkeys(ours) if fact not in reference]
    lacking, surplus = _objects(reference) - _objects(ours), _objects(ours) - _objects(reference)
    errors += [Difference(kind=ErrorKind.MISSING_OBJECT, expected=(name,)) for name in sorted(lacking)]
    errors += [Difference(kind=ErrorKind.EXTRA_OBJECT, found=(name,)) for name in sorted(surplus)]
    missing = [fact for fact in missing if len(fact) == 3 and lacking.isdisjoint(_objects([fact]))]
    extra = [fact for fact in extra if len(fact) == 3 and surplus.isdisjoint(_objects([fact]))]
    errors += _paired(missing, extra)
    errors += [Difference(kind=_kind(fact, "MISSING"), expected=fact) for fact in missing]
    errors += [Difference(kind=_kind(fact, "EXTRA"), found=fact) for fact in extra]
    return errors or [Difference(kind=ErrorKind.LONE_OBJECT)]


def _objects(facts: Iterable[Fact]) -> set[str]:
    return {name for fact in facts for name in ((fact[0],) if _is_attribute(fact) else (fact[0], fact[-1]))}


def _is_attribute(fact: Fact) -> bool:
    return len(fact) == 3 and fact[1] == "is"


def _rename(fact: Fact, names: Mapping[str, str]) -> Fact:
    if len(fact) == 3 and not _is_attribute(fact):
        return names.get(fact[0], fact[0]), fact[1], names.get(fact[2], fact[2])
    return names.get(fact[0], fact[0]), *fact[1:]


def _renamed(ours: set[str], theirs: set[str], synonyms: Synonyms) -> dict[str, str]:
    """Extra object → missing object that it stands for, each at most once; the same meaning before a shared word."""
    free = sorted(theirs - ours)
    names: dict[str, str] = {}
    alike: tuple[Callable[[str, str], bool], ...] = (
        lambda one, other: not synonyms.meanings(one).isdisjoint(synonyms.meanings(other)),
        lambda one, other: not set(one.split()).isdisjoint(other.split()),
    )
    for same in alike:
        for name in sorted(ours - theirs - set(names)):
            partner = next((other for other in free if same(name, other)), None)
            if partner is not None:
                names[name] = partner
                free.remove(partner)
    return names


_PAIRS: tuple[tuple[ErrorKind, Callable[[Fact, Fact], bool]], ...] = (
    (ErrorKind.RELATION_LABEL, lambda m, e: (m[0], m[2]) == (e[0], e[2])),
    (ErrorKind.RELATION_DIRECTION, lambda m, e: (m[0], m[2]) == (e[2], e[0])),
    (ErrorKind.RELATION_ATTACHMENT, lambda m, e: m[1] == e[1] and (m[0] == e[0] or m[2] == e[2])),
    (ErrorKind.ATTRIBUTE_LABEL, lambda m, e: m[0] == e[0]),
    (ErrorKind.ATTRIBUTE_ATTACHMENT, lambda m, e: m[2] == e[2]),
)
"""When a missing and an extra fact of one sort are one error."""


def _paired(missing: list[Fact], extra: list[Fact]) -> Iterator[Difference]:
    """Take pairs of facts out of both lists, class by class."""
    for kind, same in _PAIRS:
        for fact in list(missing):
            attribute = kind in (ErrorKind.ATTRIBUTE_LABEL, ErrorKind.ATTRIBUTE_ATTACHMENT)
            if _is_attribute(fact) is not attribute:
                continue
            partner = next((e for e in extra if _is_attribute(e) is attribute and same(fact, e)), None)
            if partner is not None:
                missing.remove(fact)
                extra.remove(partner)
                yield Difference(kind=kind, expected=fact, found=partner)


def _kind(fact: Fact, side: str) -> ErrorKind:
    return ErrorKind[f"{side}_{'ATTRIBUTE' if _is_attribute(fact) else 'RELATION'}"]

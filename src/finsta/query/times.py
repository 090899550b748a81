"""The time that a query asks for: a window of seconds, as numbers say it (``3..8 for 2``) and as a sentence does."""

import re
from dataclasses import dataclass
from math import inf

from finsta.errors import InputError

_NUMBER = r"(?:\d+:)?\d+:\d+(?:\.\d+)?|\d+(?:\.\d+)?"
_UNIT = r"seconds?|secs?|s|minutes?|mins?|m|hours?|h"
_TIME = rf"(?P<{{0}}>{_NUMBER})\s*(?P<{{0}}_unit>(?:{_UNIT})\b)?"
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}


def _pattern(form: str) -> re.Pattern[str]:
    """A form of words at the end of a sentence; ``<a>`` and ``<b>`` are times."""
    for name in "ab":
        form = form.replace(f"<{name}>", _TIME.format(name))
    return re.compile(rf"(?:^|[\s,;@])\s*(?:{form})[\s.,;]*$", re.IGNORECASE)


_FORMS = {
    "range": _pattern(r"(?:(?:from|between|during|within|in|at)\s+)?<a>\s*(?:-|–|—|\.\.|to|and|until|till)\s*<b>"),
    "first": _pattern(r"(?:(?:in|within|during)\s+)?the\s+first\s+<a>"),
    "last": _pattern(r"(?:(?:in|within|during)\s+)?the\s+last\s+<a>"),
    "long": _pattern(
        r"(?:for\s+)?(?:at\s+least|more\s+than|longer\s+than|over)\s+<a>|for\s+<b>(?:\s+(?:or|and)\s+(?:more|longer))?"
    ),
    "after": _pattern(r"(?:after|since|from)\s+<a>"),
    "before": _pattern(r"(?:before|until|till|by)\s+<a>"),
    "at": _pattern(r"at\s+<a>"),
}
"""What a sentence may end with, by name, in the order in which they are tried."""

_LEFT_OVER = re.compile(
    rf"(?:^|[\s,;@])\s*((?:(?:after|before|from|until|at|between|for|first|last)\s+)?(?:{_NUMBER})"
    rf"(?:\s*(?:-|–|—|\.\.|to)\s*(?:{_NUMBER}))?)[\s.,;]*$",
    re.IGNORECASE,
)
_ANY = {"start": 0.0, "end": inf, "at_least": 0.0}
HELP = "say for example '3-8 s', 'after 5 s', 'before 1:20', 'in the first 10 s' or 'for at least 2 s'"


@dataclass(frozen=True, kw_only=True)
class TimeWindow:
    """When something must happen, in seconds of the clip.

    Attributes:
        start: From here on.
        end: Up to here; infinite for the whole clip. Equal to ``start``, it asks for one moment.
        last: Only the last so many seconds of each clip, besides; ``None`` for all of it.
        at_least: Seconds inside the window that it must last.
    """

    start: float = 0.0
    end: float = inf
    last: float | None = None
    at_least: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end or self.start == inf:
            raise InputError(f"time {self}: expected 0 ≤ start ≤ end, in seconds; {HELP}")
        if self.last is not None and not 0 < self.last < inf:
            raise InputError(f"time {self}: expected a last part of more than 0 seconds; {HELP}")
        if not 0 <= self.at_least < inf:
            raise InputError(f"time {self}: expected a length of 0 seconds or more; {HELP}")

    @property
    def whole(self) -> bool:
        """Whether any time will do."""
        return self == TimeWindow()

    def inside(self, duration: float) -> tuple[float, float]:
        """The window in a clip of ``duration`` seconds."""
        start = self.start if self.last is None else max(self.start, duration - self.last)
        return start, self.end

    def clip(self, interval: tuple[float, float], duration: float) -> tuple[float, float] | None:
        """The part of an interval that lies in the window of a clip, where it is long enough; else ``None``.

        Intervals that only touch the window have no part in it, unless one of the two is a single moment.
        """
        first, last = self.inside(duration)
        start, end = max(interval[0], first), min(interval[1], last)
        moment = interval[0] == interval[1] or first == last
        if not (start < end or (moment and start == end)) or end - start < self.at_least:
            return None
        return start, end

    def __str__(self) -> str:
        """The form that :meth:`parse` reads: ``3..8 for 2``; empty for any time."""
        parts = []
        if self.start or self.end != inf:
            parts.append(f"{_plain(self.start) if self.start else ''}..{'' if self.end == inf else _plain(self.end)}")
        if self.last is not None:
            parts.append(f"last {_plain(self.last)}")
        if self.at_least:
            parts.append(f"for {_plain(self.at_least)}")
        return " ".join(parts)

    @classmethod
    def parse(cls, text: str) -> "TimeWindow":
        """Read ``3..8``, ``3..``, ``..8``, ``last 10``, ``for 2``, or several of them; clocks (``1:20``) count too.

        Raises:
            InputError: if it is something else.
        """
        words = text.replace("..", " .. ").split()
        found: dict[str, float] = {}
        while words:
            if words[0] in ("last", "for") and len(words) > 1:
                found["last" if words[0] == "last" else "at_least"] = _seconds(words[1], "", text)
                words = words[2:]
            elif ".." in words[:2]:
                place = words.index("..")
                found |= {"start": _seconds(words[0], "", text)} if place else {}
                ends = words[place + 1 : place + 2]
                is_end = bool(ends) and ends[0] not in ("last", "for")
                found |= {"end": _seconds(ends[0], "", text)} if is_end else {}
                words = words[place + 1 + is_end :]
            else:
                raise InputError(f"time {text!r}: expected '3..8', '3..', '..8', 'last 10' or 'for 2', in seconds")
        return cls(**found)


def split_time(sentence: str) -> tuple[str, TimeWindow]:
    """A sentence without the time at its end, and that time.

    Several may stand there, in any order: "…, in the first 10 s, for at least 2 s"; one may stand before the sentence,
    with a comma after it. Without a unit a number is no time,
    so that "after 5 people" is left alone; clocks (``1:20``) need none.

    Raises:
        InputError: if what stands at the end looks like a time and is none, or no time can satisfy it.
    """
    head, comma, tail = sentence.strip().partition(",")
    leads = bool(comma) and (clause := _last_clause(head)) is not None and not clause[0]
    rest = f"{tail.strip()}, {head}" if leads else sentence.strip()
    asked, said = dict(_ANY), list[str]()
    last: float | None = None
    while found := _last_clause(rest):
        rest, name, times, words = found
        said.insert(0, words)
        if name in ("range", "after", "at"):
            asked["start"] = max(asked["start"], times[0])
        if name in ("range", "before", "at", "first"):
            asked["end"] = min(asked["end"], times[-1])
        if name == "long":
            asked["at_least"] = max(asked["at_least"], times[0])
        if name == "last":
            last = times[0] if last is None else min(last, times[0])
    if left := _LEFT_OVER.search(rest):
        raise InputError(f"time {left[1]!r}: expected a number with a unit, found none; {HELP}")
    if asked["start"] > asked["end"]:
        raise InputError(f"time {', '.join(said)!r}: expected a start before its end; {HELP}")
    return rest, TimeWindow(**asked, last=last)


def _last_clause(sentence: str) -> tuple[str, str, list[float], str] | None:
    """What stands before the last clause of time, its form, its times in seconds, and its words."""
    for name, form in _FORMS.items():
        match = form.search(sentence)
        if match is None:
            continue
        groups = [(match[end], match[f"{end}_unit"]) for end in "ab" if match.groupdict().get(end)]
        unit = groups[-1][1]
        if any(not own and ":" not in number for number, own in groups[-1:]):
            continue
        words = match[0].strip(" \t,;@.")
        times = [_seconds(number, own or unit or "", words) for number, own in groups]
        return sentence[: match.start()].rstrip(" \t,;@"), name, times, words
    return None


def _seconds(number: str, unit: str, where: str) -> float:
    """Seconds of ``7``, ``7.5``, ``1:20`` or ``1:02:03``."""
    try:
        parts = [float(part) for part in number.split(":")]
    except ValueError as error:
        raise InputError(f"time {where!r}: expected seconds or a clock such as 1:20, found {number!r}") from error
    if len(parts) == 1:
        return parts[0] * _UNITS[unit[:1].lower() or "s"]
    if len(parts) > 3 or any(part >= 60 for part in parts[1:]):
        raise InputError(f"time {where!r}: expected a clock such as 1:20 or 1:02:03, found {number!r}")
    return sum(part * 60.0**place for place, part in enumerate(reversed(parts)))


def _plain(seconds: float) -> str:
    return repr(float(seconds)).removesuffix(".0")

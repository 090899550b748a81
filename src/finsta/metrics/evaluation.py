"""A text parser measured on captions with reference graphs: set match, SPICE, speed, and its errors counted."""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from finsta.graphs.exports.factual import Fact, factual_facts, format_facts
from finsta.graphs.exports.factual_csv import CaptionFacts
from finsta.metrics.differences import Difference, ErrorKind, differences
from finsta.metrics.set_match import set_match
from finsta.metrics.soft_spice import Encoder, soft_spice
from finsta.metrics.spice import spice
from finsta.metrics.synonyms import Synonyms
from finsta.text import DEFAULT_PARSER, TextParser, parse_text, parse_texts


@dataclass(frozen=True, kw_only=True)
class CaptionErrors:
    """A caption whose facts are not the reference's, and how they differ."""

    caption: str
    expected: tuple[Fact, ...]
    found: tuple[Fact, ...]
    errors: tuple[Difference, ...]


@dataclass(frozen=True, kw_only=True)
class TextEvaluation:
    """What was measured.

    Attributes:
        captions: How many were parsed.
        set_match: Share in [0, 1] of captions with exactly the facts of the reference.
        spice: Mean SPICE in [0, 1].
        soft_spice: Mean soft SPICE in [0, 1], where it was asked for.
        captions_per_second: Of parsing alone, models loaded before.
        wrong: The captions that set match counts as wrong.
    """

    captions: int
    set_match: float
    spice: float
    soft_spice: float | None
    captions_per_second: float
    wrong: tuple[CaptionErrors, ...]

    def counts(self) -> dict[ErrorKind, tuple[int, int]]:
        """For each class of error that occurs, its number and that of captions with it, most frequent first."""
        errors = Counter(error.kind for caption in self.wrong for error in caption.errors)
        captions = Counter(kind for caption in self.wrong for kind in {error.kind for error in caption.errors})
        return {kind: (number, captions[kind]) for kind, number in errors.most_common()}

    def examples(self, kind: ErrorKind, count: int = 3) -> list[tuple[str, Difference]]:
        """The first captions with a class of error, the ones with fewest errors before others."""
        ordered = sorted(self.wrong, key=lambda caption: len(caption.errors))
        found = ((c.caption, error) for c in ordered for error in c.errors if error.kind is kind)
        return list(dict(found).items())[:count]

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON takes it; shares as they are, in [0, 1]."""
        return {
            "captions": self.captions,
            "set_match": self.set_match,
            "spice": self.spice,
            "soft_spice": self.soft_spice,
            "captions_per_second": self.captions_per_second,
            "errors": {kind.value: {"errors": n, "captions": c} for kind, (n, c) in self.counts().items()},
            "wrong": [
                {
                    "caption": caption.caption,
                    "expected": format_facts(caption.expected),
                    "found": format_facts(caption.found),
                    "errors": [_error(error) for error in caption.errors],
                }
                for caption in self.wrong
            ],
        }


def evaluate_text(
    captions: Sequence[CaptionFacts],
    *,
    parser: TextParser | str = DEFAULT_PARSER,
    processes: int = 1,
    encoder: Encoder | None = None,
    synonyms: Synonyms | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> TextEvaluation:
    """Parse captions and compare their facts with the references.

    Args:
        captions: See :func:`finsta.graphs.exports.factual_csv.read_captions`.
        parser: As :func:`finsta.parse_text` takes it: a name, a folder, or an object.
        processes: Workers that parse; with more than one their start is inside the time.
        encoder: What soft SPICE embeds with; without it soft SPICE is not measured.
        synonyms: Which names mean the same for SPICE; WordNet where it is at hand.
        progress: Called with captions parsed and captions in all.
    """
    found, seconds = parse_captions(
        [c.caption for c in captions], parser=parser, processes=processes, progress=progress
    )
    expected = [caption.facts for caption in captions]
    wrong = (
        CaptionErrors(
            caption=caption.caption,
            expected=caption.facts,
            found=tuple(facts),
            errors=tuple(differences(facts, caption.facts, synonyms=synonyms)),
        )
        for caption, facts in zip(captions, found, strict=True)
    )
    return TextEvaluation(
        captions=len(captions),
        set_match=set_match(found, expected),
        spice=spice(found, expected, synonyms=synonyms),
        soft_spice=None if encoder is None else soft_spice(found, expected, encoder=encoder),
        captions_per_second=len(captions) / seconds,
        wrong=tuple(caption for caption in wrong if caption.errors),
    )


def parse_captions(
    texts: Sequence[str],
    *,
    parser: TextParser | str = DEFAULT_PARSER,
    processes: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[list[Collection[Fact]], float]:
    """The facts of each text, and the seconds that parsing took, models loaded before."""
    if processes == 1:
        parse_text("a warm start", parser=parser)
    start = perf_counter()
    facts: list[Collection[Fact]] = []
    for graph in parse_texts(texts, parser=parser, processes=processes):
        facts.append(factual_facts(graph))
        if progress is not None and (len(facts) % 100 == 0 or len(facts) == len(texts)):
            progress(len(facts), len(texts))
    return facts, perf_counter() - start


def _error(error: Difference) -> dict[str, str | None]:
    expected, found = (None if fact is None else format_facts([fact]) for fact in (error.expected, error.found))
    return {"kind": error.kind.value, "expected": expected, "found": found}

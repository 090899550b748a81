"""``finsta compare``: paired tests between results on the items that they share."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro

from finsta.errors import InputError, OutputError

if TYPE_CHECKING:
    from finsta.tasks.comparison import Comparison


@dataclass(frozen=True, kw_only=True)
class Compare:
    """Compare results of `finsta evaluate --out`: the first with each other one, on the items that both have."""

    # Result files; the first is the one compared with.
    results: Annotated[tuple[Path, ...], tyro.conf.Positional]
    # Resamples of the bootstrap, and flips of the permutation test.
    samples: int = 10_000
    # Share of resamples that an interval holds.
    confidence: float = 0.95
    # Of the draws.
    seed: int = 0
    # File to write the table to, as JSON.
    json: Path | None = None

    def run(self) -> None:
        """Print the table.

        Raises:
            InputError: if a file cannot be read, or two are about other data, or share no task or no item.
            FormatError: if a file holds something else.
            OutputError: if the file cannot be written.
        """
        from finsta.command_line.output import results, warn
        from finsta.graphs.serialization import write_text
        from finsta.tasks.comparison import compare_results
        from finsta.tasks.evaluation import load_evaluation

        if len(self.results) < 2:
            raise InputError(f"expected two or more result files, found {len(self.results)}")
        if self.json is not None and self.json.is_dir():
            raise OutputError(f"{self.json}: expected a file to write, found a folder; name a file in it")
        loaded = {str(path): load_evaluation(path) for path in self.results}
        _check_data({name: facts for name, (_, facts) in loaded.items()})
        rows = compare_results(
            {name: evaluation.results for name, (evaluation, _) in loaded.items()},
            samples=self.samples,
            confidence=self.confidence,
            seed=self.seed,
        )
        for line in _lines(rows):
            results.print(line, markup=False)
        for row in rows:
            if row.stratum == "all" and any(row.dropped):
                warn(
                    f"{row.task}: {row.items} items are in both; {row.dropped[0]} of {row.first} and {row.dropped[1]} "
                    f"of {row.second} were left out"
                )
        for note in _notes(loaded):
            warn(note)
        if self.json is not None:
            document = {
                "samples": self.samples,
                "confidence": self.confidence,
                "seed": self.seed,
                "results": {name: facts for name, (_, facts) in loaded.items()},
                "comparisons": [row.to_dict() for row in rows],
            }
            write_text(self.json, json.dumps(document, ensure_ascii=False, indent=1) + "\n")
            results.print(f"wrote {self.json}", markup=False)


def _lines(rows: "list[Comparison]") -> list[str]:
    """One line a metric, under a line for each pair of results."""
    lines: list[str] = []
    last: tuple[str, str] | None = None
    for row in rows:
        if (row.first, row.second) != last:
            last = (row.first, row.second)
            lines += [f"{row.second} − {row.first}", f"  {'':<36}{'first':>8}{'second':>8}{'difference':>12}  interval"]
        name = f"{row.task} {row.metric}" if row.stratum == "all" else f"  {row.stratum}"
        adjusted = "" if row.p_adjusted is None else f", adjusted {row.p_adjusted:.4f}"
        lines.append(
            f"  {name:<36}{row.first_value:8.2f}{row.second_value:8.2f}{row.difference:+12.2f}  "
            f"[{row.low:+.2f}, {row.high:+.2f}]  p {row.p_value:.4f}{adjusted}  {row.items} items, {row.clusters} clips"
        )
    return lines


def _check_data(facts: dict[str, dict[str, Any]]) -> None:
    """Ids are unique within a split only: two data sets may both have a question 0.

    Raises:
        InputError: if two results name another data set, variant or split.
    """
    (first, base), *others = facts.items()
    for name, other in others:
        ours, theirs = ([each.get(what) for what in ("dataset", "variant", "split")] for each in (base, other))
        if None not in (ours[0], theirs[0]) and ours != theirs:
            raise InputError(
                f"{first} is of {ours[0]} ({ours[1]}, {ours[2]}), {name} of {theirs[0]} ({theirs[1]}, {theirs[2]}): "
                "expected results on one split of one data set; evaluate both on the same"
            )


def _notes(loaded: dict[str, tuple[Any, dict[str, Any]]]) -> list[str]:
    """What makes a comparison unfair although the items are the same, or doubtful whether they are."""
    notes = []
    (first, (base, facts)), *others = loaded.items()
    for name, (other, their_facts) in others:
        ours, theirs = ((each.get("data"), each.get("split")) for each in (facts, their_facts))
        if {facts.get("dataset"), their_facts.get("dataset")} <= {None, "manifest"} and ours != theirs:
            notes.append(
                f"{first} is of {ours[0]} ({ours[1]}), {name} of {theirs[0]} ({theirs[1]}): items are taken to be the "
                "same where their ids are"
            )
        for task, result in base.results.items():
            for what in ("texts", "videos"):
                ours, theirs = result.get(what), other.results.get(task, {}).get(what)
                if None not in (ours, theirs) and ours != theirs and "retrieval" in task:
                    notes.append(
                        f"{task}: queries of {first} were ranked among {ours} {what}, those of {name} among {theirs}; "
                        "evaluate both on the same videos for a fair comparison"
                    )
    return notes

"""All tasks that a set of pairs allows, on one host: what ``finsta evaluate`` and the demo print."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from finsta.data.pairs import Pair
from finsta.errors import FormatError, InputError
from finsta.graphs.serialization import write_text
from finsta.tasks.bootstrap import score_interval
from finsta.tasks.encoding import encode_pairs
from finsta.tasks.multiple_choice import evaluate_multiple_choice
from finsta.tasks.pair_by_pair import evaluate_pair_by_pair
from finsta.tasks.result import ItemScores, TaskResult
from finsta.tasks.retrieval import evaluate_retrieval
from finsta.transfer.hosts import Host

RETRIEVAL, MULTIPLE_CHOICE = "retrieval", "multiple_choice"


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """The results of one host by task; ``multiple_choice`` is left out where no pair has hard negatives."""

    results: dict[str, TaskResult]

    @property
    def metrics(self) -> dict[str, float]:
        """Every number under ``task/name``."""
        return {f"{task}/{name}": value for task, result in self.results.items() for name, value in result.items()}

    @property
    def skipped(self) -> dict[str, str]:
        """Videos that do not decode, and why."""
        return {video: why for result in self.results.values() for video, why in result.skipped.items()}


def evaluate(
    host: Host,
    pairs: Sequence[Pair],
    *,
    batch_size: int = 16,
    cache: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Evaluation:
    """Retrieval both ways, and multiple choice against hard negatives where the pairs have some.

    A host without a joint space reads each text with each video (:mod:`finsta.tasks.pair_by_pair`).

    Raises:
        HostError: if the host has no way to score texts.
        InputError: if no video decodes, or a score is not a number.
    """
    if not host.capabilities.joint:
        retrieval, choice = evaluate_pair_by_pair(host, pairs, batch_size=batch_size, cache=cache, progress=progress)
        return Evaluation(results={RETRIEVAL: retrieval} | ({MULTIPLE_CHOICE: choice} if choice else {}))
    encoded = encode_pairs(host, pairs, batch_size=batch_size, cache=cache, progress=progress)
    results = {RETRIEVAL: evaluate_retrieval(host, pairs, batch_size=batch_size, encoded=encoded)}
    if any(pair.negatives for pair in pairs):
        results[MULTIPLE_CHOICE] = evaluate_multiple_choice(host, pairs, batch_size=batch_size, encoded=encoded)
    return Evaluation(results=results)


def save_evaluation(evaluation: Evaluation, path: Path, facts: dict[str, Any], *, seed: int = 0) -> None:
    """Write metrics, intervals and items as JSON, with facts about the host and the data.

    Args:
        evaluation: What was measured.
        path: The file.
        facts: About host, data, settings and versions.
        seed: Of the bootstrap that gives the intervals.
    """
    tasks = {
        task: {
            "primary": result.primary,
            "metrics": dict(result),
            "interval": _interval(result, seed),
            "skipped": dict(result.skipped),
            "missing": list(result.missing),
            "notes": dict(result.notes),
            "written": dict(result.written),
            "items": {
                "value": result.item_scores.value.tolist(),
                "stratum": result.item_scores.stratum,
                "cluster": result.item_scores.cluster,
                "name": result.item_scores.name,
            },
        }
        for task, result in evaluation.results.items()
    }
    write_text(path, json.dumps({**facts, "tasks": tasks}, ensure_ascii=False) + "\n")


def load_evaluation(path: Path) -> tuple[Evaluation, dict[str, Any]]:
    """What :func:`save_evaluation` wrote, and the facts.

    Raises:
        InputError: if the file cannot be read.
        FormatError: if it holds something else.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        tasks = document.pop("tasks")
        results = {task: _result(entry) for task, entry in tasks.items()}
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise FormatError(f"{path}: expected what `finsta evaluate --out` writes, found something else") from error
    return Evaluation(results=results), document


def _interval(result: TaskResult, seed: int) -> dict[str, Any]:
    """Of the primary metric, over clips; the spread over training seeds is not in it."""
    return asdict(score_interval(result.item_scores, seed=seed))


def _result(entry: dict[str, Any]) -> TaskResult:
    items = entry["items"]
    return TaskResult(
        metrics=entry["metrics"],
        primary=entry["primary"],
        skipped=entry["skipped"],
        missing=tuple(entry.get("missing", ())),
        notes=entry.get("notes", {}),
        written=entry.get("written", {}),
        item_scores=ItemScores(
            value=np.array(items["value"], dtype=float),
            stratum=tuple(items["stratum"]),
            cluster=tuple(items["cluster"]),
            name=tuple(items["name"]),
        ),
    )

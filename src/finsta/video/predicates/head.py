"""The relation head as a finished part: tracks in, relations with intervals out; and its folder on disk."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from finsta.errors import FormatError, OutputError
from finsta.graphs.serialization import write_text
from finsta.shapes import Array, Float
from finsta.video.events.motion import Event
from finsta.video.predicates.features import ShotFeatures
from finsta.video.predicates.intervals import find_intervals
from finsta.video.predicates.merge import merge_events
from finsta.video.predicates.network import RelationNetwork
from finsta.video.predicates.pairing import Collator, PairSpan, classes_of, pair_spans, span_numbers
from finsta.video.predicates.paths import Paths, paths_of_tracks
from finsta.video.predicates.prior import FrequencyPrior
from finsta.video.tracking.tracks import ObjectTrack

FORMAT, VERSION = "finsta-relation-head", 1
WEIGHTS, VOCABULARY = "model.safetensors", "relation_head.json"

STEPS_AT_ONCE = 16_384
"""Steps of pairs that go through the network at once."""


@dataclass(frozen=True, kw_only=True)
class HeadSettings:
    """What a head was trained with and cannot be run without.

    Attributes:
        predicates: In the order of the network's outputs.
        classes: Labels of objects that training knew, in order of their rows, from row 2.
        rate: Steps a second.
        width: Of the network.
        thresholds: Chance that each predicate must reach to be said, set on the validation part.
    """

    predicates: tuple[str, ...]
    classes: tuple[str, ...]
    rate: float
    width: int
    thresholds: tuple[float, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class PairChances:
    """The chance of each predicate at each step from the first to the last that a pair is together; 0 in between."""

    subject: int
    object: int | None
    times: Float[Array, " steps"]
    chances: Float[Array, "steps predicates"]


class RelationHead:
    """Learned relations of the tracks of a shot.

    Args:
        network: In any mode; it is put into evaluation.
        prior: Of the same predicates.
        settings: See :class:`HeadSettings`.
        name: For reports: the folder.
    """

    def __init__(
        self, network: RelationNetwork, prior: FrequencyPrior, settings: HeadSettings, *, name: str = "relation head"
    ) -> None:
        self.network, self.prior, self.settings, self.name = network.eval(), prior, settings, name
        self._collate = Collator(classes=rows_of(settings.classes), prior=prior)

    @classmethod
    def load(cls, folder: str | PathLike[str]) -> "RelationHead":
        """Read what :meth:`save` wrote.

        Raises:
            FormatError: if a file is missing, or does not fit.
        """
        return _load(Path(folder))

    def save(self, folder: Path) -> None:
        """Write ``model.safetensors`` and then ``relation_head.json``, each whole or not at all.

        Raises:
            OutputError: if the folder cannot be written.
        """
        state = {name: value.detach().contiguous() for name, value in self.network.state_dict().items()}
        temporary = folder / f".{WEIGHTS}.tmp"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            save_file(state, temporary)
            temporary.replace(folder / WEIGHTS)
        except (OSError, SafetensorError) as error:
            raise OutputError(f"{folder / WEIGHTS}: cannot be written: {error}; choose another folder") from error
        document = {"format": FORMAT, "version": VERSION, **asdict(self.settings), "prior": _rows(self.prior)}
        write_text(folder / VOCABULARY, json.dumps(document, ensure_ascii=False, indent=1) + "\n")

    def events(self, tracks: Sequence[ObjectTrack], *, aspect: float) -> list[Event]:
        """The relations of the tracks of one shot, in order of time; several intervals where one comes back.

        Args:
            tracks: Of one shot.
            aspect: Width over height of the frame.
        """
        if not tracks:
            return []
        trust = {track.number: float(track.scores.mean()) for track in tracks}
        paths = paths_of_tracks(tracks, aspect=aspect, rate=self.settings.rate)
        found = [event for pair in self.chances(paths) for event in self._said(pair, trust)]
        return sorted(found, key=lambda e: (e.interval, e.label, e.subject, -1 if e.object is None else e.object))

    def beside(self, rules: Sequence[Event], tracks: Sequence[ObjectTrack], *, aspect: float) -> list[Event]:
        """What the rules and the head say of these tracks, put together by :func:`.merge.merge_events`."""
        return merge_events(rules, self.events(tracks, aspect=aspect), known=self.settings.predicates)

    @torch.inference_mode()
    def chances(self, paths: Paths) -> list[PairChances]:
        """What the network says of every object and every near pair, at every step."""
        features = ShotFeatures(paths)
        spans = pair_spans(features)
        numbers = span_numbers(features, spans)
        found: dict[int, Float[Array, "steps predicates"]] = {}
        for rows in _groups([len(values) for values in numbers]):
            batch = self._collate([numbers[row] for row in rows], [classes_of(paths, spans[row]) for row in rows])
            logits = self.network(batch).sigmoid().cpu().numpy()
            found.update((row, logits[place, : len(numbers[row])]) for place, row in enumerate(rows))
        return [self._pair(paths, span, found[row]) for row, span in enumerate(spans)]

    @staticmethod
    def _pair(paths: Paths, span: PairSpan, chances: Float[Array, "steps predicates"]) -> PairChances:
        target = None if span.object is None else paths.numbers[span.object]
        steps = slice(span.start, span.stop)
        there = (
            paths.present[span.subject, steps]
            & paths.present[span.subject if span.object is None else span.object, steps]
        )
        return PairChances(
            subject=paths.numbers[span.subject],
            object=target,
            times=paths.times[steps],
            chances=np.where(there[:, None], chances, np.float32(0.0)),
        )

    def _said(self, pair: PairChances, trust: dict[int, float]) -> list[Event]:
        sure = trust[pair.subject] if pair.object is None else (trust[pair.subject] * trust[pair.object]) ** 0.5
        return [
            Event(
                label=label,
                subject=pair.subject,
                object=pair.object,
                interval=(float(pair.times[start]), float(pair.times[stop - 1])),
                confidence=min(chance * sure, 1.0),
            )
            for column, (label, threshold) in enumerate(
                zip(self.settings.predicates, self.settings.thresholds, strict=True)
            )
            for start, stop, chance in find_intervals(pair.chances[:, column], pair.times, threshold=threshold)
        ]


def rows_of(classes: Sequence[str]) -> dict[str, int]:
    """The row of each class in the network's tables; the first two are reserved."""
    return {label: row for row, label in enumerate(classes, 2)}


def _groups(lengths: Sequence[int]) -> list[list[int]]:
    """Pairs of alike length, so many that a batch holds ``STEPS_AT_ONCE`` steps at most."""
    groups: list[list[int]] = []
    for row in np.argsort(lengths, kind="stable").tolist():
        if not groups or (len(groups[-1]) + 1) * lengths[row] > STEPS_AT_ONCE:
            groups.append([])
        groups[-1].append(row)
    return groups


def _rows(prior: FrequencyPrior) -> list[dict[str, Any]]:
    return [
        {"subject": subject, "object": target, "shares": [round(value, 5) for value in row]}
        for (subject, target), row in prior.shares.items()
    ]


@lru_cache(maxsize=4)
def _load(folder: Path) -> RelationHead:
    where = folder / VOCABULARY
    try:
        document = json.loads(where.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise FormatError(
            f"{folder}: expected a folder that `finsta train-relation-head` wrote, found no {VOCABULARY} that can be "
            f"read: {error}"
        ) from error
    try:
        if document["format"] != FORMAT or document["version"] != VERSION:
            raise ValueError(f"format {document['format']!r}, version {document['version']!r}")
        settings = HeadSettings(
            predicates=tuple(document["predicates"]),
            classes=tuple(document["classes"]),
            rate=float(document["rate"]),
            width=int(document["width"]),
            thresholds=tuple(document["thresholds"]),
        )
        shares = {(row["subject"], row["object"]): tuple(row["shares"]) for row in document["prior"]}
        network = make_network(settings)
        network.load_state_dict(load_file(folder / WEIGHTS))
    except (KeyError, TypeError, ValueError, RuntimeError, OSError, SafetensorError) as error:
        raise FormatError(
            f"{folder}: not a relation head of format {FORMAT!r}, version {VERSION}: {error}; train it anew with "
            "`finsta train-relation-head`"
        ) from error
    prior = FrequencyPrior(predicates=settings.predicates, shares=shares)
    return RelationHead(network, prior, settings, name=str(folder))


def make_network(settings: HeadSettings, *, dropout: float = 0.0) -> RelationNetwork:
    """An untrained network that fits the settings."""
    return RelationNetwork(
        predicates=len(settings.predicates), classes=len(settings.classes) + 2, width=settings.width, dropout=dropout
    )

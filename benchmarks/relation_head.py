"""Relations of the embedded world: geometric rules, frequency prior alone, learned head, and head beside rules.

.venv/bin/python benchmarks/relation_head.py [--clips 1000] [--test 150] [--seeds 0 1 2] [--json FILE]

Heads are trained on the gold graphs of the world's training clips, which are never rendered, and measured on test
clips: their gold boxes are degraded as a detector degrades them (5 % jitter, 20 % misses, 10 % false alarms), then
tracked by finsta's tracker, with the camera measured in the rendered pictures. Ends with an error if head and rules
together do not have more of what happens among their first five words than either alone.
"""

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import process_time

import numpy as np
import torch

from finsta.config import RelationHeadConfig
from finsta.data.world.compose import split_of
from finsta.data.world.degraded import Degradation, analysed_frames
from finsta.data.world.make import annotate
from finsta.data.world.scene import Scene
from finsta.data.world.settings import WorldConfig
from finsta.data.world.truth import holds
from finsta.data.world.vocabulary import VERBS
from finsta.training.relation_head.graphs import world_graphs
from finsta.training.relation_head.scores import hits, temporal_iou
from finsta.training.relation_head.train import train_relation_head
from finsta.video.detectors.detection import box_iou
from finsta.video.events import find_events
from finsta.video.events.motion import Event, Motion
from finsta.video.predicates.head import RelationHead
from finsta.video.predicates.merge import merge_events
from finsta.video.predicates.paths import paths_of_tracks
from finsta.video.tracking import track_shots
from finsta.video.tracking.tracks import ObjectTrack

WORLD = WorldConfig(key_frames=32)
"""Every frame is a key frame, so that the gold intervals are exact."""

ALIKE = {"pass": ("pass behind", "pass in front of")}
"""Words of the rules that stand for one of several of the world's."""

Key = tuple[str, int, int | None]
"""Predicate, and the things that are its ends."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Clip:
    """A test clip: what happens, and the tracks by which it is seen."""

    scene: Scene
    tracks: list[ObjectTrack]
    things: dict[int, int]

    @property
    def gold(self) -> dict[Key, list[tuple[float, float]]]:
        """The intervals of each event."""
        found: dict[Key, list[tuple[float, float]]] = {}
        for event in self.scene.events:
            found.setdefault((event.predicate, event.subject, event.object), []).append(self.scene.seconds(event))
        return found


@dataclass(kw_only=True)
class Count:
    """Of one system on one set of words."""

    gold: int = 0
    found: int = 0
    right: int = 0
    true: int = 0
    overlap: float = 0.0
    at: dict[int, int]

    def shares(self) -> dict[str, float]:
        """In percent; ``lenient`` precision does not count against a system what a person could say of the clip."""
        wrong = self.found - self.right - self.true
        precision = self.right / max(self.found, 1)
        recall = self.right / max(self.gold, 1)
        return {
            "recall": 100 * recall,
            "precision": 100 * precision,
            "lenient precision": 100 * self.right / max(self.right + wrong, 1),
            "F1": 200 * precision * recall / max(precision + recall, 1e-9),
            "mean IoU": 100 * self.overlap / max(self.gold, 1),
            **{f"R@{k}": 100 * hit / max(self.gold, 1) for k, hit in self.at.items()},
        }


def test_clip(index: int) -> Clip:
    """A clip seen by a poor detector and the tracker."""
    scene, _, _ = annotate(0, WORLD, index)
    rng = np.random.default_rng([0, 7, index])
    frames = analysed_frames(scene, size=WORLD.size, rng=rng, degradation=Degradation())
    tracks = track_shots([frames])[0]
    return Clip(scene=scene, tracks=tracks, things=_things(scene, tracks))


def _things(scene: Scene, tracks: Sequence[ObjectTrack]) -> dict[int, int]:
    """Which thing each track shows, by the mean IoU over the track's own boxes; tracks of nothing are left out."""
    found = {}
    for track in tracks:
        overlaps = np.zeros(len(scene.things))
        for step, place in enumerate(track.places.tolist()):
            for thing in range(len(scene.things)):
                gold = scene.box(thing, place)
                if gold is not None:
                    overlaps[thing] += box_iou(track.boxes[step : step + 1], np.array([gold]))[0, 0]
        overlaps /= len(track.places)
        if overlaps.max() >= 0.4:
            found[track.number] = int(overlaps.argmax())
    return found


def by_rules(clip: Clip) -> list[Event]:
    motions = [Motion(track=track, aspect=1.0) for track in clip.tracks]
    return find_events(motions, shot=(0.0, WORLD.frame_count / WORLD.frames_per_second))


def by_prior(head: RelationHead, clip: Clip) -> list[Event]:
    """The two most frequent words for the classes, about as many as a clip has events, while the pair is together."""
    labels = {track.number: track.label for track in clip.tracks}
    found = []
    for pair in head.chances(paths_of_tracks(clip.tracks, aspect=1.0, rate=head.settings.rate)):
        chances = head.prior.chances((labels[pair.subject], None if pair.object is None else labels[pair.object]))
        span = (float(pair.times[0]), float(pair.times[-1]))
        found += [
            Event(label=label, subject=pair.subject, object=pair.object, interval=span, confidence=float(chance))
            for label, chance in zip(head.settings.predicates, chances, strict=True)
        ]
    return sorted(found, key=lambda event: -event.confidence)[:2]


def measure(clips: Sequence[Clip], told: Sequence[Sequence[Event]], words: set[str]) -> Count:
    """Count what a run of a system said of each clip, as far as it uses some words."""
    count = Count(at={1: 0, 3: 0, 5: 0})
    for clip, events in zip(clips, told, strict=True):
        gold = {key: spans for key, spans in clip.gold.items() if key[0] in words}
        rows = [(_key(event, clip, gold), event) for event in events if set(_words(event.label)) & words]
        count.gold += sum(len(spans) for spans in gold.values())
        count.found += len(rows)
        _judge(count, clip, gold, rows)
    return count


def _words(label: str) -> tuple[str, ...]:
    return ALIKE.get(label, (label,))


def _key(event: Event, clip: Clip, gold: Iterable[Key]) -> Key:
    """Of several words that a word may stand for the one that happens."""
    subject = clip.things.get(event.subject, -1)
    target = None if event.object is None else clip.things.get(event.object, -1)
    keys = [(word, subject, target) for word in _words(event.label)]
    return next((key for key in keys if key in set(gold)), keys[0])


def _judge(count: Count, clip: Clip, gold: dict[Key, list[tuple[float, float]]], rows: list[tuple[Key, Event]]) -> None:
    right: list[tuple[float, bool]] = []
    for key in {key for key, _ in rows}:
        mine = [(event.interval, event.confidence) for other, event in rows if other == key]
        marks = hits(mine, gold.get(key, []))
        right += [(sure, mark) for (_, sure), mark in zip(mine, marks, strict=True)]
        count.true += sum(
            not mark and _could_be_said(clip, key, span) for (span, _), mark in zip(mine, marks, strict=True)
        )
    for key, spans in gold.items():
        mine = [event.interval for other, event in rows if other == key]
        count.overlap += sum(max((temporal_iou(span, other) for other in mine), default=0.0) for span in spans)
    right.sort(key=lambda row: -row[0])
    count.right += sum(mark for _, mark in right)
    for k in count.at:
        count.at[k] += sum(mark for _, mark in right[:k])


def _could_be_said(clip: Clip, key: Key, span: tuple[float, float]) -> bool:
    predicate, subject, target = key
    if subject < 0 or target in (-1, subject) or predicate not in VERBS:
        return False
    rate = clip.scene.frames_per_second
    first, last = max(int(span[0] * rate) - 1, 0), min(round(span[1] * rate) + 1, clip.scene.num_frames - 1)
    return holds(clip.scene, predicate, subject, target, frames=(first, last))


def train(seeds: Sequence[int], clips: int, folder: Path) -> dict[int, tuple[RelationHead, float]]:
    """Heads, and the seconds of processor that training each took; 0 for one that is there already."""
    there = [seed for seed in seeds if (folder / f"seed-{seed}" / "relation_head.json").is_file()]
    parts = world_graphs(clips, seed=0, on_graph=lambda done, total: None) if set(there) < set(seeds) else ([], [])
    found = {}
    for seed in seeds:
        path, began = folder / f"seed-{seed}", process_time()
        if seed in there:
            found[seed] = (RelationHead.load(path), 0.0)
            continue
        config = RelationHeadConfig(seed=seed)
        head = train_relation_head(*parts, path, config=config, stages=lambda title: lambda done, total: None)
        found[seed] = (head, process_time() - began)
    return found


def main() -> int:
    """Train, measure, print the tables; 1 if head and rules together are no better than one of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=1000, help="clips of the world; seven of ten are trained on")
    parser.add_argument("--test", type=int, default=150, help="test clips")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], help="seeds of the heads")
    parser.add_argument("--heads", type=Path, help="folder for the heads; those that are there are not trained again")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    options = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.heads or Path(temporary)
        heads = train(options.seeds, options.clips, folder)
    test = [index for index in range(10 * options.test) if split_of(0, index) == "test"][: options.test]
    clips = [test_clip(index) for index in test]
    return report(clips, heads, options.json)


def report(clips: Sequence[Clip], heads: dict[int, tuple[RelationHead, float]], out: Path | None) -> int:
    seconds = statistics.median(spent for _, spent in heads.values())
    print(f"{len(clips)} test clips; training took {seconds:.0f} s of one core (median)\n")
    told = said(clips, [head for head, _ in heads.values()])
    rules = {word for events in told["rules"][0] for event in events for word in _words(event.label)} & set(VERBS)
    found = {
        title: {name: [measure(clips, run, words).shares() for run in runs] for name, runs in told.items()}
        for title, words in (("all words", set(VERBS)), (f"words of the rules ({', '.join(sorted(rules))})", rules))
    }
    for title, rows in found.items():
        print(f"### {title}\n\n{_table(rows)}\n")
    print(f"### By word: recall / precision\n\n{_by_word(clips, told)}\n")
    if out:
        out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    best = {name: _mean(runs, "R@5") for name, runs in found["all words"].items()}
    together = best.pop("head beside rules")
    return int(together <= max(best.values()))


def said(clips: Sequence[Clip], heads: Sequence[RelationHead]) -> dict[str, list[list[list[Event]]]]:
    """What each system says: run by run, clip by clip."""
    rules = [by_rules(clip) for clip in clips]
    learned = [[head.events(clip.tracks, aspect=1.0) for clip in clips] for head in heads]
    merged = [
        [merge_events(one, other, known=head.settings.predicates) for one, other in zip(rules, events, strict=True)]
        for head, events in zip(heads, learned, strict=True)
    ]
    prior = [by_prior(heads[0], clip) for clip in clips]
    fuller = [[event for event in events if not event.implied] for events in rules]
    return {
        "rules": [rules],
        "rules, implied left out": [fuller],
        "frequency prior alone": [prior],
        "head": learned,
        "head beside rules": merged,
    }


def _mean(rows: list[dict[str, float]], name: str) -> float:
    return statistics.mean(row[name] for row in rows)


def _table(rows: dict[str, list[dict[str, float]]]) -> str:
    names = list(next(iter(rows.values()))[0])
    lines = ["| | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for system, runs in rows.items():
        cells = []
        for name in names:
            values = [run[name] for run in runs]
            spread = f" ± {statistics.stdev(values):.1f}" if len(values) > 1 else ""
            cells.append(f"{statistics.mean(values):.1f}{spread}")
        lines.append(f"| {system} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _by_word(clips: Sequence[Clip], told: dict[str, list[list[list[Event]]]]) -> str:
    lines = ["| | events | " + " | ".join(told) + " |", "|---" * (len(told) + 2) + "|"]
    for word in VERBS:
        counts = {name: [measure(clips, run, {word}) for run in runs] for name, runs in told.items()}
        cells = []
        for runs in counts.values():
            shares = [run.shares() for run in runs]
            cells.append(f"{_mean(shares, 'recall'):.0f} / {_mean(shares, 'precision'):.0f}")
        gold = next(iter(counts.values()))[0].gold
        lines.append(f"| {word} | {gold} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())

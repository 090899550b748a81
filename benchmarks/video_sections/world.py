"""Tracks and motion relations of clips of the embedded world, from gold boxes made as bad as a detector's.

What is real: the tracker, the event finder, the camera and the looks of the boxes, measured in rendered pictures. What
is drawn: jitter, misses and false alarms. Thresholds were chosen on clips of ``TUNED_ON``; none of these is measured.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from finsta.data.world.degraded import Degradation
from finsta.data.world.vocabulary import VERBS
from finsta.metrics.tracked import TrackedFrame
from finsta.metrics.tracking import TrackScores, track_scores
from measuring import Row, Settings
from video_sections.world_clips import ParsedClip, parsed_clips, tracked_frames
from video_sections.world_events import Tally, count

TUNED_ON = 900
"""The seed of the world on whose 200 clips thresholds were chosen."""

SEEDS = (1, 2, 3)
"""The seeds that are measured; each must keep the bounds."""

UNSEEN = ("spin",)
"""Verbs that boxes do not show: what turns around its own centre stays where it is, and its box hardly changes."""

CLIPS = 200

PLAIN, UNTELLING = Degradation(), Degradation(telling_scores=False)
"""The detector of the bounds; and one whose scores do not tell false alarms from things."""


def rows(settings: Settings) -> list[Row]:
    """Tracks and events of each seed, then the figures by verb of all of them."""
    clips = 8 if settings.quick else CLIPS
    found: list[Row] = []
    total = Tally()
    for seed in SEEDS[:1] if settings.quick else SEEDS:
        scores, tally = measure(parsed_clips(seed, clips, PLAIN), total)
        found += _rows(f"seed {seed}", scores, tally, bounds=True)
    if not settings.quick:
        scores, tally = measure(parsed_clips(SEEDS[0], clips, UNTELLING))
        found += _rows(f"seed {SEEDS[0]}, scores that tell nothing", scores, tally, bounds=False)
    return [*found, *_by_verb(total), *_by_label(total)]


def measure(clips: Iterable[ParsedClip], total: Tally | None = None) -> tuple[TrackScores, Tally]:
    """The scores of the tracks, and the counts of the events that are not implied by fuller ones."""
    gold: dict[str, list[TrackedFrame]] = {}
    ours: dict[str, list[TrackedFrame]] = {}
    tally = Tally()
    for clip in clips:
        ours[str(clip.index)], gold[str(clip.index)] = tracked_frames(clip)
        for counts in (tally, total) if total is not None else (tally,):
            count(counts, clip, [event for event in clip.events if not event.implied])
            counts.whole += sum(not event.implied for event in clip.events)
            counts.implied += sum(event.implied for event in clip.events)
    return track_scores(ours, gold), tally


def _rows(name: str, scores: TrackScores, tally: Tally, *, bounds: bool) -> Iterator[Row]:
    def wanted(bound: str) -> str:
        return bound if bounds else ""

    yield Row(
        what=f"{name}: IDF1",
        ours=f"{scores.switches} switches, {scores.gold} gold boxes, MOTA {scores.mota:.3f}",
        ratio=scores.idf1,
        wanted=wanted("≥ 0.90"),
    )
    hota = scores.hota
    yield Row(
        what=f"{name}: HOTA", ours=f"DetA {hota.detection:.3f}, AssA {hota.association:.3f}", ratio=hota.hota, wanted=""
    )
    seen = tally.planned.total() - sum(tally.planned[verb] for verb in UNSEEN)
    yield Row(
        what=f"{name}: recall of planned events, without spin",
        ours=f"{tally.recalled.total()} of {seen}",
        other=f"spin counted, of which no box tells: {tally.recall():.2f}",
        ratio=tally.recall(*UNSEEN),
        wanted=wanted("≥ 0.80"),
    )
    yield Row(
        what=f"{name}: precision, strict (unplanned is false)",
        ours=f"{tally.right.total()} of {tally.found.total()}",
        other=f"judged (true ones nobody planned are right): {tally.precision(judged=True):.2f}",
        ratio=tally.precision(),
        wanted=wanted("≥ 0.70"),
    )
    yield Row(
        what=f"{name}: adverb right where one was planned and told",
        ours=f"{tally.paces['right']} of {tally.paces['right'] + tally.paces['wrong']}",
        other=f"not told {tally.paces['none']}",
        ratio=tally.paces["right"] / max(tally.paces["right"] + tally.paces["wrong"], 1),
    )


def _by_verb(total: Tally) -> Iterator[Row]:
    for verb in VERBS:
        yield Row(
            what=f"all seeds: recall of {verb}",
            ours=f"{total.recalled[verb]} of {total.planned[verb]}",
            ratio=total.recalled[verb] / max(total.planned[verb], 1),
        )


def _by_label(total: Tally) -> Iterator[Row]:
    labels: Counter[str] = total.found
    for label in sorted(labels, key=lambda name: -labels[name]):
        yield Row(
            what=f"all seeds: precision of {label}",
            ours=f"{total.right[label]} of {labels[label]}",
            other=f"true but not planned {total.true[label]}",
            ratio=total.right[label] / labels[label],
        )
    yield Row(what="all seeds: events found", ours=f"{total.whole}", other=f"{total.implied} more are parts of these")

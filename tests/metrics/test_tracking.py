"""Metrics of tracks: published figures on published tracks, by hand, against the plain reference."""

from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finsta.errors import InputError, MissingDependencyError
from finsta.metrics.hota import hota, hota_counts
from finsta.metrics.tracked import NOTHING, TrackedFrame
from finsta.metrics.tracking import track_scores
from tests.metrics.relations.samples import as_tracked, random_tracks
from tests.reference import tracking as plain

motmetrics = pytest.importorskip("motmetrics")
SEEDS = st.integers(0, 10_000)
MANY = settings(deadline=None, max_examples=25, derandomize=True)

# TUD-Campus and TUD-Stadtmitte of MOT15 with the tracks of CEM come with motmetrics. IDF1, MOTA and the counts are
# those that its page gives for the development kit of the MOTChallenge; HOTA, DetA and AssA are those that its later
# versions test against TrackEval.
PUBLISHED = {
    "TUD-Campus": (55.8, 52.6, 150, 13, 7, 0.3913974378451139, 0.418047030142763, 0.36912068120832836),
    "TUD-Stadtmitte": (64.5, 56.4, 452, 45, 7, 0.3978490169927877, 0.3922675723693166, 0.4088407518112996),
}


def motchallenge(path: Path, frames: int) -> list[TrackedFrame]:
    rows = np.loadtxt(path, delimiter=",")
    found = []
    for frame in range(1, frames + 1):
        here = rows[rows[:, 0] == frame]
        boxes = np.hstack([here[:, 2:4], here[:, 2:4] + here[:, 4:6]])
        found.append(TrackedFrame(tracks=tuple(int(track) for track in here[:, 1]), boxes=boxes))
    return found


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_figures_on_published_tracks(name: str):
    folder = Path(motmetrics.__file__).parent / "data" / name
    frames = int(np.loadtxt(folder / "gt.txt", delimiter=",")[:, 0].max())
    found, gold = (motchallenge(folder / file, frames) for file in ("test.txt", "gt.txt"))
    scores = track_scores({name: found}, {name: gold})
    idf1, mota, misses, false, switches, *parts = PUBLISHED[name]
    assert (round(100 * scores.idf1, 1), round(100 * scores.mota, 1)) == (idf1, mota)
    assert (scores.misses, scores.false_alarms, scores.switches) == (misses, false, switches)
    assert [scores.hota.hota, scores.hota.detection, scores.hota.association] == pytest.approx(parts, abs=1e-12)


def still(*rows: dict[int, float]) -> list[TrackedFrame]:
    """Boxes of 10 × 10 at a place on a line, by track."""
    return [
        TrackedFrame(tracks=tuple(row), boxes=np.array([[x, 0.0, x + 10, 10] for x in row.values()]).reshape(-1, 4))
        for row in rows
    ]


def test_by_hand():
    """Gold track 1 in four frames. Found: track 7 twice, nothing, then track 8; and a false alarm.

    IDTP 2 (7 is there twice, 8 once), so IDF1 = 2·2 / (4 + 4). One miss, one false alarm, one switch: MOTA = 1 - 3/4.
    All matches are exact, so all thresholds agree: DetA = 3 / (3 + 1 + 1). Pairs of 7: 2 / (4 + 2 - 2) each; the pair
    of 8: 1 / (4 + 2 - 1), for the false alarm has its number too. AssA = (1/2 + 1/2 + 1/5) / 3.
    """
    gold = still({1: 0.0}, {1: 0.0}, {1: 0.0}, {1: 0.0})
    found = still({7: 0.0}, {7: 0.0}, {8: 50.0}, {8: 0.0})
    scores = track_scores({"a": found}, {"a": gold})
    assert scores.idf1 == pytest.approx(1 / 2)
    assert scores.mota == pytest.approx(1 / 4)
    assert (scores.misses, scores.false_alarms, scores.switches, scores.gold, scores.found) == (1, 1, 1, 4, 4)
    assert (scores.identity_precision, scores.identity_recall) == (0.5, 0.5)
    assert scores.hota.detection == pytest.approx(3 / 5)
    assert scores.hota.association == pytest.approx((1 / 2 + 1 / 2 + 1 / 5) / 3)
    assert scores.hota.hota == pytest.approx((3 / 5 * (1 / 2 + 1 / 2 + 1 / 5) / 3) ** 0.5)
    assert scores.hota.localisation == pytest.approx(1.0)


def test_looser_boxes_pass_the_lower_thresholds_of_hota_only():
    """Shifted by 3 of 10 the IoU is 7/13 = 0.538: right at the ten thresholds from 0.05 to 0.50, wrong above."""
    gold, found = still({1: 0.0}, {1: 0.0}), still({1: 3.0}, {1: 3.0})
    assert hota([hota_counts(found, gold)]).hota == pytest.approx(10 / 19)


@MANY
@given(SEEDS)
def test_figures_are_those_of_the_reference(seed: int):
    videos = {str(index): random_tracks(2 * seed + index) for index in range(2)}
    found = {video: as_tracked(ours) for video, (ours, _) in videos.items()}
    gold = {video: as_tracked(theirs) for video, (_, theirs) in videos.items()}
    scores = track_scores(found, gold)
    for video, (ours, theirs) in videos.items():
        assert scores.idf1_by_video[video] == pytest.approx(plain.identity_f1(ours, theirs, 0.5))
    counts = [plain.clear_counts(ours, theirs, 0.5) for ours, theirs in videos.values()]
    assert (scores.misses, scores.false_alarms, scores.switches) == tuple(map(sum, zip(*counts, strict=True)))
    assert scores.mota == pytest.approx(1 - sum(map(sum, counts)) / scores.gold)
    expected = plain.hota(list(videos.values()))
    assert [scores.hota.hota, scores.hota.detection, scores.hota.association] == pytest.approx(expected)


@MANY
@given(SEEDS)
def test_perfect_tracks_give_one_whatever_their_numbers(seed: int):
    _, gold = random_tracks(seed)
    renamed = [{100 - track: box for track, box in frame.items()} for frame in gold]
    scores = track_scores({"a": as_tracked(renamed)}, {"a": as_tracked(gold)})
    assert (scores.idf1, scores.mota, scores.hota.hota) == (1.0, 1.0, pytest.approx(1.0))


@MANY
@given(SEEDS)
def test_numbers_of_tracks_and_their_order_do_not_matter(seed: int):
    found, gold = random_tracks(seed)
    names = Random(seed).sample(range(100, 200), 10)
    mixed = [{names[track]: frame[track] for track in reversed(list(frame))} for frame in found]
    first, second = (track_scores({"a": as_tracked(each)}, {"a": as_tracked(gold)}) for each in (found, mixed))
    assert first.idf1 == pytest.approx(second.idf1)
    assert first.hota.hota == pytest.approx(second.hota.hota)
    assert first.mota == pytest.approx(second.mota)


def test_a_video_without_predictions_counts_as_missed():
    gold = {"a": still({1: 0.0}), "b": still({1: 0.0}, {1: 0.0})}
    scores = track_scores({"a": gold["a"]}, gold)
    assert (scores.idf1, scores.misses) == (pytest.approx(2 / 4), 2)
    assert scores.idf1_by_video == {"a": 1.0, "b": 0.0}
    nothing = track_scores({}, gold)
    assert (nothing.idf1, nothing.hota.hota, nothing.mota) == (0.0, 0.0, 0.0)


def test_what_is_found_where_no_gold_is_is_a_false_alarm():
    gold = {"a": still({1: 0.0}, {}), "b": still({}, {})}
    found = {"a": still({1: 0.0}, {1: 0.0}), "b": still({1: 0.0}, {})}
    scores = track_scores(found, gold)
    assert (scores.false_alarms, scores.mota) == (2, -1.0)
    assert scores.idf1_by_video["b"] == 0.0


@pytest.mark.parametrize(
    ("found", "gold", "message"),
    [
        ({}, {"a": [NOTHING]}, "expected gold with one track at least, found 1 videos without any"),
        ({"b": []}, {"a": still({1: 0.0})}, "expected predictions for videos of the gold, found 'b'"),
        ({"a": []}, {"a": still({1: 0.0})}, "video 'a': expected 1 frames as in the gold, found 0"),
        (
            {"a": [TrackedFrame(tracks=(1, 1), boxes=np.zeros((2, 4)))]},
            {"a": still({1: 0.0})},
            r"video 'a', prediction, frame 0: .* each track once, found tracks \[1, 1\] with 2 boxes",
        ),
        (
            {"a": [TrackedFrame(tracks=(1,), boxes=np.array([[5.0, 0, 0, 5]]))]},
            {"a": still({1: 0.0})},
            "video 'a', prediction, frame 0, box 0: expected finite numbers with left ≤ right",
        ),
    ],
)
def test_what_cannot_be_measured_is_named(found: dict, gold: dict, message: str):
    with pytest.raises(InputError, match=message):
        track_scores(found, gold)


def test_without_motmetrics_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(__import__("sys").modules, "motmetrics", None)
    with pytest.raises(MissingDependencyError, match=r"run: pip install 'finsta\[tracking-metrics\]'"):
        track_scores({}, {"a": still({1: 0.0})})

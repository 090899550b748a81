"""Frames packed into few arrays: what comes out is what went in, and tracking cannot tell the difference."""

from collections.abc import Sequence

import numpy as np
import pytest

from finsta.graphs.dynamic import Camera
from finsta.video.detectors.detection import Detections
from finsta.video.tracking import AnalysedFrame, PackedFrames, stabilise, track_shots
from finsta.video.tracking.packed import BLOCK
from finsta.video.tracking.tracks import stabilise_each, unstabilise_each

LABELS = ("dog", "cat", "cup")


def frames(count: int, *, most: int = 4) -> list[AnalysedFrame]:
    """Frames with up to so many detections, some with none."""
    random = np.random.default_rng(count)
    found = []
    for place in range(count):
        rows = int(random.integers(0, most + 1))
        corner = random.uniform(0.0, 0.4, (rows, 2))
        found.append(
            AnalysedFrame(
                time=place / 4,
                camera=Camera(scale=1 + place / 1000, dx=place / 500, dy=-place / 700),
                detections=Detections(
                    boxes=np.concatenate([corner, corner + 0.3], axis=1).astype(np.float32),
                    scores=random.uniform(0.3, 0.9, rows).astype(np.float32),
                    labels=tuple(LABELS[index] for index in random.integers(0, 3, rows)),
                ),
                histograms=random.random((rows, 8)).astype(np.float16),
                colours=random.random((rows, 11)).astype(np.float16),
            )
        )
    return found


def assert_same(given: Sequence[AnalysedFrame], packed: Sequence[AnalysedFrame]) -> None:
    assert len(given) == len(packed)
    for one, other in zip(given, packed, strict=True):
        assert (one.time, one.camera, one.detections.labels) == (other.time, other.camera, other.detections.labels)
        for mine, yours in (
            (one.detections.boxes, other.detections.boxes),
            (one.detections.scores, other.detections.scores),
            (one.histograms, other.histograms),
            (one.colours, other.colours),
        ):
            assert mine.dtype == yours.dtype
            np.testing.assert_array_equal(mine, yours)


@pytest.mark.parametrize("count", [0, 1, BLOCK - 1, BLOCK, 2 * BLOCK + 5])
def test_frames_come_back_as_they_were_one_by_one_in_slices_and_in_order(count: int):
    given = frames(count)
    packed = PackedFrames(given)
    assert_same(given, list(packed))
    assert_same(given, packed[:])
    assert_same(given[::-7], packed[::-7])
    np.testing.assert_array_equal(packed.times(), [frame.time for frame in given])
    with pytest.raises(IndexError):
        packed[count]


def test_frames_may_be_read_while_more_are_added():
    given, packed = frames(40), PackedFrames()
    for place, frame in enumerate(given):
        packed.append(frame)
        if place % 9 == 0:
            assert packed[place].time == packed[-1].time == frame.time
    assert_same(given, packed)


def test_frames_without_a_detection_are_kept_too():
    given = frames(5, most=0)
    packed = PackedFrames(given)
    assert_same(given, packed)
    assert packed.best_scores() == []


def test_columns_of_many_detections_are_those_of_their_frames():
    given = frames(2 * BLOCK + 50)
    packed = PackedFrames(given)
    some = [place for place, frame in enumerate(given) if place % 3 == 0 and len(frame.detections)]
    last = [len(given[place].detections) - 1 for place in some]
    members = np.array(some), np.array(last)
    seen = [(given[place], detection) for place, detection in zip(some, last, strict=True)]
    assert packed.labels(*members) == [frame.detections.labels[which] for frame, which in seen]
    np.testing.assert_array_equal(packed.boxes(*members), [frame.detections.boxes[which] for frame, which in seen])
    np.testing.assert_array_equal(packed.scores(*members), [frame.detections.scores[which] for frame, which in seen])
    np.testing.assert_array_equal(packed.histograms(*members), [frame.histograms[which] for frame, which in seen])
    np.testing.assert_array_equal(packed.colours(*members), [frame.colours[which] for frame, which in seen])
    stable = stabilise_each(packed.boxes(*members), packed.cameras(members[0]))
    one_by_one = [stabilise(frame.detections.boxes[which : which + 1], frame.camera)[0] for frame, which in seen]
    np.testing.assert_array_equal(stable, one_by_one)
    back = unstabilise_each(stable, packed.cameras(members[0]))
    np.testing.assert_allclose(back, packed.boxes(*members), atol=1e-6)


def test_best_scores_are_those_of_frames_in_which_something_was_found():
    given = frames(BLOCK + 9)
    expected = [float(frame.detections.scores.max()) for frame in given if len(frame.detections)]
    assert PackedFrames(given).best_scores() == expected


def test_few_bytes_a_frame_are_kept_beside_the_numbers():
    packed = PackedFrames(frames(4 * BLOCK))
    numbers = 0
    for block in packed._blocks:
        numbers += sum(column.nbytes for column in vars(block).values())
    detections = sum(len(frame.detections) for frame in packed)
    assert numbers <= detections * (16 + 4 + 4 + 2 * 8 + 2 * 11) + len(packed) * (8 + 24 + 8) + 8 * len(packed._blocks)
    assert not packed._waiting


def test_tracks_of_packed_frames_are_those_of_the_frames():
    given = frames(60)
    (loose,), (packed,) = track_shots([given]), track_shots([PackedFrames(given)])
    assert loose
    for one, other in zip(loose, packed, strict=True):
        assert (one.number, one.label) == (other.number, other.label)
        np.testing.assert_array_equal(one.boxes, other.boxes)
        np.testing.assert_array_equal(one.scores, other.scores)

"""Key frames: one a shot at least, shared by length, spread over time, where the picture changes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finsta.video.key_frames import ROWS, WIDEST_GAP, _Points, allot, choose_key_frames, look
from tests.video.conftest import plain


@pytest.mark.parametrize(
    ("lengths", "count", "expected"),
    [
        ([10.0], 8, [8]),
        ([5.0, 5.0], 8, [4, 4]),
        ([9.0, 3.0], 4, [3, 1]),
        ([100.0, 0.2, 0.2], 8, [6, 1, 1]),
        ([1.0, 1.0, 1.0], 2, [1, 1, 1]),
        ([], 8, []),
    ],
)
def test_key_frames_are_shared_by_length_with_one_a_shot(lengths: list[float], count: int, expected: list[int]):
    assert allot(lengths, count) == expected


def test_a_picture_that_never_changes_is_sampled_evenly():
    looks, times = np.zeros((40, 192), np.float32), np.arange(40) / 4
    assert choose_key_frames([looks], [times], lengths=[10.0], count=4) == [[5, 15, 24, 34]]


def test_looks_in_bytes_are_the_same_as_looks_in_255ths_and_longer_than_a_block():
    random = np.random.default_rng(0)
    bytes_of_looks = np.repeat(random.integers(0, 256, (30, 192)), 80, axis=0).astype(np.uint8)
    assert len(bytes_of_looks) > 2 * ROWS
    times = np.arange(len(bytes_of_looks)) / 4
    chosen = [
        choose_key_frames([looks], [times], lengths=[600.0], count=12)
        for looks in (bytes_of_looks, bytes_of_looks.astype(np.float32) / 255)
    ]
    assert chosen[0] == chosen[1]
    assert len(chosen[0][0]) == 12


def test_points_made_in_blocks_are_those_of_the_whole():
    random = np.random.default_rng(1)
    looks, times = random.random((2 * ROWS + 3, 5)).astype(np.float32), np.arange(2 * ROWS + 3) / 4
    points = _Points(looks, times)
    centred = looks.astype(np.float64) - looks.mean(0)
    whole = centred / np.sqrt((centred**2).sum(1).mean())
    np.testing.assert_allclose(points.at(np.arange(len(looks)))[:, :-1], whole, rtol=1e-9, atol=1e-9)
    centres = points.at(np.array([3, ROWS, 2 * ROWS]))
    nearest = points.distances(centres).argmin(1)
    assert nearest[[3, ROWS, 2 * ROWS]].tolist() == [0, 1, 2]
    means = points.moved(centres)
    for centre in range(3):
        expected = points.at(np.flatnonzero(nearest == centre)).mean(0)
        np.testing.assert_allclose(means[centre], expected, rtol=1e-9, atol=1e-9)
    far = np.concatenate([centres, centres[:1] + 1000.0])
    np.testing.assert_array_equal(points.moved(far)[3], far[3])


def test_each_look_gets_a_key_frame():
    looks = np.zeros((24, 192), np.float32)
    looks[10:14] = 1.0  # something is there for a second only
    (chosen,) = choose_key_frames([looks], [np.arange(24) / 4], lengths=[6.0], count=3)
    assert len(chosen) == 3
    assert any(10 <= place < 14 for place in chosen)


def test_shots_are_numbered_on_their_own_and_short_ones_give_what_they_have():
    looks = [np.zeros((2, 192), np.float32), np.zeros((30, 192), np.float32)]
    times = [np.array([0.0, 0.25]), np.arange(30) / 4 + 0.5]
    chosen = choose_key_frames(looks, times, lengths=[0.5, 0.5], count=8)
    assert chosen[0] == [0, 1]
    assert len(chosen[1]) == 4


@settings(max_examples=60, deadline=None)
@given(
    frames=st.integers(1, 60),
    count=st.integers(1, 12),
    seed=st.integers(0, 1000),
    bursts=st.booleans(),
)
def test_key_frames_rise_are_as_many_as_can_be_and_leave_no_wide_gap(frames: int, count: int, seed: int, bursts: bool):
    random = np.random.default_rng(seed)
    looks = random.random((frames, 192)).astype(np.float32) if bursts else np.zeros((frames, 192), np.float32)
    looks[: frames // 3] *= 5
    times = np.arange(frames) / 4
    (chosen,) = choose_key_frames([looks], [times], lengths=[frames / 4], count=count)
    assert chosen == sorted(set(chosen))
    assert len(chosen) == min(count, frames)
    if len(chosen) > 1:
        gap = np.diff(times[chosen]).max()
        assert gap <= WIDEST_GAP * (times[-1] / len(chosen)) + 0.5  # half a second: two frames of rounding


def test_choosing_twice_gives_the_same():
    looks = np.random.default_rng(0).random((50, 192)).astype(np.float32)
    runs = [choose_key_frames([looks], [np.arange(50) / 4], lengths=[12.5]) for _ in range(2)]
    assert runs[0] == runs[1]


def test_a_look_tells_colour_and_layout_apart():
    half = plain((255, 0, 0))
    half[:, 32:] = (0, 0, 255)
    other = half[:, ::-1].copy()
    assert look(half).shape == (192,)
    assert np.abs(look(half) - look(other)).max() > 0.3
    assert np.abs(look(half) - look(plain((255, 0, 0)))).max() > 0.3

"""The frequency prior, and intervals by hysteresis."""

import numpy as np
import pytest

from finsta.video.predicates.intervals import find_intervals
from finsta.video.predicates.prior import FLOOR, STRENGTH, FrequencyPrior


def prior() -> FrequencyPrior:
    seen = [
        (("dog", "ball"), np.array([1.0, 0.0])),
        (("dog", "ball"), np.array([0.5, 0.0])),
        (("cat", "ball"), np.array([0.0, 1.0])),
        (("dog", None), np.array([0.0, 0.25])),
    ]
    return FrequencyPrior.count(("chase", "watch"), seen)


def test_counts_are_shares_of_common_time_over_pairs():
    assert prior().shares == {
        ("cat", "ball"): (0.0, 1.0, 1.0),
        ("dog", "ball"): (1.5, 0.0, 2.0),
        ("dog", None): (0.0, 0.25, 1.0),
    }


def test_a_chance_falls_back_level_by_level():
    # By hand, for "chase" of a dog and a ball.
    anything = (1.5 + STRENGTH * FLOOR) / (3 + STRENGTH)
    by_dog = (1.5 + STRENGTH * anything) / (2 + STRENGTH)
    by_ball = (1.5 + STRENGTH * anything) / (3 + STRENGTH)
    expected = (1.5 + STRENGTH * (by_dog + by_ball) / 2) / (2 + STRENGTH)
    assert prior().chances(("dog", "ball"))[0] == pytest.approx(expected)


def test_unknown_classes_have_the_chance_of_any():
    anything = (1.5 + STRENGTH * FLOOR) / (3 + STRENGTH)
    assert prior().chances(("horse", "cart"))[0] == pytest.approx(anything)
    assert prior().chances(("horse", None))[0] == pytest.approx(FLOOR, rel=1e-6)


def test_log_odds_are_those_of_the_chances():
    chance = prior().chances(("dog", None))
    np.testing.assert_allclose(1 / (1 + np.exp(-prior().log_odds(("dog", None)))), chance)


def test_an_empty_prior_says_the_floor():
    np.testing.assert_allclose(FrequencyPrior(predicates=("a",)).chances(("x", "y")), [FLOOR])


def intervals(values: list[float], **options: float) -> list[tuple[int, int]]:
    times = np.arange(len(values)) / 8
    found = find_intervals(np.array(values), times, **({"threshold": 0.6} | options))
    return [(start, stop) for start, stop, _ in found]


def test_a_stretch_begins_where_it_is_sure_and_goes_on_while_it_is_likely():
    assert intervals([0.1, 0.4, 0.7, 0.4, 0.4, 0.1, 0.4, 0.4], gap=0.0) == [(1, 5)]


def test_a_short_pause_does_not_end_it_and_a_long_one_does():
    values = [0.9, 0.9, 0.9, 0.1, 0.9, 0.9, 0.9, 0.0, 0.0, 0.0, 0.0, 0.9, 0.9, 0.9]
    assert intervals(values) == [(0, 7), (11, 14)]


def test_a_flash_is_left_out_unless_there_is_no_more_time():
    assert intervals([0.1, 0.1, 0.9, 0.1, 0.1]) == []
    assert intervals([0.9]) == [(0, 1)]
    assert intervals([]) == []


def test_an_interval_has_the_mean_chance():
    assert find_intervals(np.array([0.4, 0.8]), np.array([0.0, 1.0]), threshold=0.6) == [(0, 2, pytest.approx(0.6))]

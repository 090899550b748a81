"""What a sentence says of time, and what it may not say."""

from math import inf

import pytest

from finsta.errors import InputError
from finsta.query.times import TimeWindow, split_time


@pytest.mark.parametrize(
    ("sentence", "rest", "window"),
    [
        ("person holds cup, 3-8 s", "person holds cup", {"start": 3.0, "end": 8.0}),
        ("person holds cup between 1:20 and 1:45", "person holds cup", {"start": 80.0, "end": 105.0}),
        ("a dog from 1 min to 2.5 min", "a dog", {"start": 60.0, "end": 150.0}),
        ("a dog, 1–2 minutes", "a dog", {"start": 60.0, "end": 120.0}),
        ("a dog after 5 s", "a dog", {"start": 5.0}),
        ("a dog before 1:02:03", "a dog", {"end": 3723.0}),
        ("a dog at 4 seconds", "a dog", {"start": 4.0, "end": 4.0}),
        ("a dog in the first 10 s.", "a dog", {"end": 10.0}),
        ("a dog, within the last 10 sec", "a dog", {"last": 10.0}),
        ("a dog for at least 2 s", "a dog", {"at_least": 2.0}),
        ("a dog runs for 2 s or more, 3-8 s", "a dog runs", {"start": 3.0, "end": 8.0, "at_least": 2.0}),
        ("in the first 10 s, a dog runs", "a dog runs", {"end": 10.0}),
        ("a dog after 5 s before 9 s", "a dog", {"start": 5.0, "end": 9.0}),
        ("a dog after 5 people", "a dog after 5 people", {}),
        ("a dog runs, then jumps", "a dog runs, then jumps", {}),
    ],
)
def test_a_time_is_read_off_a_sentence(sentence, rest, window):
    assert split_time(sentence) == (rest, TimeWindow(**window))


@pytest.mark.parametrize(
    ("sentence", "message"),
    [
        ("person holds cup, 3-8", "time '3-8': expected a number with a unit, found none; say for example '3-8 s'"),
        ("person holds cup after 5", "time 'after 5': expected a number with a unit"),
        ("person holds cup, 8-3 s", "time '8-3 s': expected a start before its end"),
        ("person after 9 s before 5 s", "time 'after 9 s, before 5 s': expected a start before its end"),
        ("a dog after 0:99", "time 'after 0:99': expected a clock such as 1:20 or 1:02:03, found '0:99'"),
        ("a dog in the last 0 s", "expected a last part of more than 0 seconds"),
    ],
)
def test_a_bad_time_is_named(sentence, message):
    with pytest.raises(InputError, match=message):
        split_time(sentence)


@pytest.mark.parametrize("text", ["", "3..8", "3..", "..8.5", "last 10", "for 2", "3..8 for 2", "..8 last 4 for 0.25"])
def test_the_exact_form_of_a_window_is_read_back(text):
    assert str(TimeWindow.parse(text)) == text


@pytest.mark.parametrize("text", ["3", "3-8", "a..b", "last", "for x"])
def test_what_is_no_window_is_named(text):
    with pytest.raises(InputError, match=r"expected (seconds or a clock|'3\.\.8')"):
        TimeWindow.parse(text)


@pytest.mark.parametrize("window", [{"start": -1.0}, {"start": 3.0, "end": 2.0}, {"at_least": inf}, {"last": -1.0}])
def test_a_window_without_time_is_refused(window):
    with pytest.raises(InputError, match=r"^time .*: expected"):
        TimeWindow(**window)


def test_an_interval_that_only_touches_the_window_has_no_part_in_it():
    window = TimeWindow(start=3.0, end=8.0)
    assert window.clip((0.0, 3.0), 10.0) is None
    assert window.clip((0.0, 4.0), 10.0) == (3.0, 4.0)
    assert window.clip((3.0, 3.0), 10.0) == (3.0, 3.0)
    assert TimeWindow(start=3.0, end=3.0).clip((0.0, 3.0), 10.0) == (3.0, 3.0)


def test_the_last_seconds_are_those_of_each_clip():
    assert TimeWindow(last=2.0).clip((0.0, 9.0), 10.0) == (8.0, 9.0)
    assert TimeWindow(last=2.0).clip((0.0, 9.0), 20.0) is None

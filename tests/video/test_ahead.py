"""Work in a thread: the same items, errors where they belong, and an end when nobody reads on."""

import threading
from collections.abc import Iterator

import pytest

from finsta.video.ahead import ahead


def running() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "finsta-ahead"]


def test_items_come_in_order_and_the_thread_ends():
    assert list(ahead(iter(range(100)), depth=3)) == list(range(100))
    assert running() == []


def test_none_is_an_item():
    assert list(ahead(iter([None, None]), depth=1)) == [None, None]


def test_no_more_than_the_depth_is_made_ahead():
    made: list[int] = []
    third = threading.Event()

    def items() -> Iterator[int]:
        for number in range(50):
            made.append(number)
            if number == 3:
                third.set()
            yield number

    found = ahead(items(), depth=2)
    assert next(found) == 0
    assert third.wait(5)  # one given, two waiting, one in the hand of the thread
    assert len(made) == 4
    found.close()
    assert running() == []


def test_an_error_is_raised_after_the_items_before_it():
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    found = ahead(items(), depth=5)
    assert next(found) == 1
    with pytest.raises(ValueError, match="broken"):
        next(found)
    assert running() == []

"""Manifests of pairs: what is no pair is named with file, line and reason."""

import pytest

from finsta.data.pairs import read_pairs
from finsta.errors import FormatError


def test_a_part_of_a_video_is_read(tmp_path):
    (tmp_path / "p.jsonl").write_text('{"id": 7, "video": "a.mp4", "caption": "a cat", "start": "1.5", "end": 2}\n')
    (pair,) = read_pairs(tmp_path / "p.jsonl")
    assert (pair.id, pair.start, pair.end, pair.video) == ("7", 1.5, 2.0, tmp_path / "a.mp4")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"id": "x", "video": "a.mp4"}', "'caption' is missing"),
        ('{"id": "x", "video": "a.mp4", "caption": " "}', "'caption' is empty"),
        ('{"id": "x", "video": "", "caption": "a cat"}', "'video' is empty"),
        ('{"id": "x", "video": "a.mp4", "caption": ["a cat"]}', r"'caption' is a string, not \['a cat'\]"),
        (
            '{"id": "x", "video": "a.mp4", "caption": "a cat", "start": "0:03"}',
            "'start' is a number of seconds, not '0:03'",
        ),
    ],
)
def test_what_is_no_pair_is_named(tmp_path, line, message):
    (tmp_path / "p.jsonl").write_text('{"id": "0", "video": "a.mp4", "caption": "a dog"}\n' + line + "\n")
    with pytest.raises(FormatError, match=rf"p\.jsonl:2: expected an object with id, video and caption.*{message}"):
        read_pairs(tmp_path / "p.jsonl")

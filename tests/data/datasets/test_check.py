"""A check counts, compares, and tells what is wrong instead of raising."""

from pathlib import Path

from finsta.data.datasets import Official, open_dataset
from finsta.data.datasets.check import Count, closest
from tests.data.datasets.test_opening import own
from tests.data.datasets.writing import write
from tests.tiny_clips import write_clip

THREE = Official(samples=3, videos=3, captions=3, source="the authors")


def test_counts_that_agree_are_as_published(tmp_path: Path):
    write(tmp_path, "val.txt", "a\nb\nc")
    check = open_dataset(own(val=THREE), tmp_path, "val").check()
    assert check.complete
    assert check.counts == (
        Count(what="samples", found=3, official=3),
        Count(what="videos", found=3, official=3),
        Count(what="captions", found=3, official=3),
        Count(what="distinct_captions", found=3, official=None),
    )
    assert (check.files, check.counted_by, check.missing) == ((str(tmp_path / "val.txt"),), "the authors", None)
    assert (check.name, check.variant, check.split, check.task) == ("own", "names", "val", ("retrieval",))
    assert (check.protocol, check.metric, check.source) == ("names", "R@1", "here")


def test_a_repeated_id_is_told_and_not_counted(tmp_path: Path):
    write(tmp_path, "val.txt", "a\nb\na\nc")
    check = open_dataset(own(val=THREE), tmp_path, "val").check()
    assert not check.complete
    assert [fault.message for fault in check.of("duplicate")] == [
        f"{tmp_path / 'val.txt'}:3: expected each id once, found 'a' again; leave one of the two out"
    ]
    assert check.counts[0].found == 3


def test_counts_that_differ_are_told(tmp_path: Path):
    write(tmp_path, "val.txt", "a\nb")
    check = open_dataset(own(val=THREE), tmp_path, "val").check()
    assert not check.complete
    assert [count.what for count in check.counts if count.differs] == ["samples", "videos", "captions"]
    assert check.to_dict()["complete"] is False


def test_of_several_published_counts_the_nearest_are_taken():
    known = (Official(samples=10, videos=5, source="a"), Official(samples=9, videos=5, source="b"))
    found = {"samples": 9, "videos": 5, "captions": 0, "distinct_captions": 0, "classes": 0}
    assert closest(known, found).source == "b"
    assert closest(known, found | {"samples": 8}).source == "a"
    assert closest((), found) == Official()


def test_missing_and_undecodable_videos_are_named_once(tmp_path: Path):
    write(tmp_path, "val.txt", "b\na\nc\nd")
    (tmp_path / "videos").mkdir()
    write_clip(tmp_path / "videos/a.mp4", "red")
    write(tmp_path, "videos/d.mp4", "no video")
    looked: list[int] = []
    check = open_dataset(own(val=Official()), tmp_path, "val").check(decode=True, progress=looked.append)
    assert check.missing == ("b", "c")
    assert list(check.undecodable or {}) == ["d"]
    assert "d.mp4" in (check.undecodable or {})["d"]
    assert looked == [1, 2, 3, 4]
    assert open_dataset(own(val=Official()), tmp_path, "val").check().undecodable is None

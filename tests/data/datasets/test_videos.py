"""Videos are found by name in folders and in shards of every kind of tar, and taken out of these whole."""

import io
import tarfile
from pathlib import Path

import pytest

from finsta.data.datasets.shards import Member, shard_members, take_out
from finsta.data.datasets.videos import VideoFiles
from finsta.errors import FormatError, InputError, OutputError
from tests.data.datasets.writing import write

FORMATS = {"ustar": tarfile.USTAR_FORMAT, "gnu": tarfile.GNU_FORMAT, "pax": tarfile.PAX_FORMAT}


def shard(path: Path, form: int = tarfile.PAX_FORMAT, **members: bytes) -> Path:
    """A tar file; ``__`` in a name stands for ``/``, the first ``_`` after that for ``.``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w", format=form) as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name.replace("__", "/").replace("_mp4", ".mp4").replace("_txt", ".txt"))
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return path


def test_a_tree_is_searched_by_name_at_any_depth_and_once(tmp_path: Path):
    for name in ("a.mp4", "x/b.webm", "x/y/c.1.avi", "x/note.txt", ".hidden/d.mp4", "x/.part.mp4"):
        write(tmp_path, name, "")
    videos = VideoFiles(tmp_path)
    assert [videos.find(stem) for stem in ("a", "b", "c.1", "c", "d", "note")] == [
        tmp_path / "a.mp4",
        tmp_path / "x/b.webm",
        tmp_path / "x/y/c.1.avi",
        None,
        None,
        None,
    ]
    assert (len(videos), "b" in videos, "d" in videos) == (3, True, False)
    write(tmp_path, "late.mp4", "")
    assert "late" not in videos


def test_links_are_followed_but_not_in_circles(tmp_path: Path):
    write(tmp_path, "elsewhere/b.mp4", "")
    write(tmp_path, "v/x/a.mp4", "")
    (tmp_path / "v/x/back").symlink_to(tmp_path / "v")
    (tmp_path / "v/other").symlink_to(tmp_path / "elsewhere")
    videos = VideoFiles(tmp_path / "v")
    assert (len(videos), videos.find("b")) == (2, tmp_path / "v/other/b.mp4")


def test_of_several_files_of_one_name_that_of_the_official_kind_is_taken(tmp_path: Path):
    for name in ("a/v.avi", "b/v.mp4", "c/v.mp4", "a/w.avi", "b/w.webm"):
        write(tmp_path, name, "")
    videos = VideoFiles(tmp_path, suffix=".mp4")
    assert [videos.find(stem) for stem in "vw"] == [tmp_path / "b/v.mp4", tmp_path / "a/w.avi"]


@pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS.keys())
def test_members_of_shards_are_those_that_tarfile_finds(tmp_path: Path, form):
    names = ["a.mp4", "class of things/b.mp4", f"{'f' * 90}/{'n' * 95}.mp4", "empty.mp4"]
    names += [] if form == tarfile.USTAR_FORMAT else [f"{'long/' * 60}{'n' * 120}.mp4", "ünïcödé.mp4"]
    path = tmp_path / "shard.tar"
    with tarfile.open(path, "w", format=form) as tar:
        tar.add(tmp_path, arcname="folder", recursive=False)
        for place, name in enumerate(names):
            info = tarfile.TarInfo(name)
            info.size = 0 if name == "empty.mp4" else 511 + place
            tar.addfile(info, io.BytesIO(b"v" * info.size))
    with tarfile.open(path) as tar:
        expected = [Member(name=m.name, offset=m.offset_data, size=m.size) for m in tar if m.isfile()]
    assert list(shard_members(path)) == expected


def test_sizes_beyond_eight_gigabytes_are_read_from_both_of_their_forms(tmp_path: Path):
    size = 9 * 2**30
    for form in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        info = tarfile.TarInfo("large.mp4")
        info.size = size
        head = info.tobuf(format=form)
        path = tmp_path / f"{form}.tar"
        with path.open("wb") as file:
            file.write(head)
            file.truncate(len(head) + size)  # a hole: takes no room
        assert list(shard_members(path)) == [Member(name="large.mp4", offset=len(head), size=size)]
        path.unlink()


def test_a_video_of_a_shard_is_copied_once_and_a_file_goes_before_it(tmp_path: Path):
    shard(tmp_path / "v/0.tar", a_mp4=b"first", x__b_mp4=b"second" * 1000, c_txt=b"no video")
    shard(tmp_path / "v/1.tar", a_mp4=b"later")
    write(tmp_path, "v/b.mp4", "file")
    videos = VideoFiles(tmp_path / "v", cache=tmp_path / "cache")
    assert (len(videos), "c" in videos, (tmp_path / "cache").exists()) == (2, False, False)
    found = videos.find("a")
    assert found is not None
    assert (found.read_bytes(), found.name, found.is_relative_to(tmp_path / "cache")) == (b"first", "a.mp4", True)
    before = found.stat().st_mtime_ns
    assert VideoFiles(tmp_path / "v", cache=tmp_path / "cache").find("a") == found
    assert found.stat().st_mtime_ns == before
    assert videos.find("b") == tmp_path / "v/b.mp4"
    assert [path.name for path in found.parent.iterdir()] == ["a.mp4"]


def test_one_shard_may_be_given_and_keeps_its_videos_beside_it(tmp_path: Path):
    path = shard(tmp_path / "all.tar", a_mp4=b"x")
    found = VideoFiles(path).find("a")
    assert found is not None
    assert found.is_relative_to(tmp_path / ".finsta/videos")


def test_a_changed_shard_is_another(tmp_path: Path):
    path = shard(tmp_path / "v/0.tar", a_mp4=b"first")
    first = VideoFiles(tmp_path / "v").find("a")
    shard(path, a_mp4=b"other")
    second = VideoFiles(tmp_path / "v").find("a")
    assert first is not None
    assert second is not None
    assert (first.read_bytes(), second.read_bytes()) == (b"first", b"other")


def test_a_shard_that_is_cut_short_or_none_is_named(tmp_path: Path):
    path = shard(tmp_path / "0.tar", a_mp4=b"x" * 2000)
    whole = path.read_bytes()
    path.write_bytes(whole[:1500])
    with pytest.raises(FormatError, match=r"0.tar: ends inside a.mp4; download the shard again"):
        list(shard_members(path))
    path.write_bytes(b"\x1f\x8b" + b"no tar" * 200)
    with pytest.raises(FormatError, match=r"0.tar: expected a tar file without compression, found no header at byte 0"):
        list(shard_members(path))
    path.write_bytes(whole[:512] + b"x" * 2048 + b"torn")
    with pytest.raises(FormatError, match=r"0.tar: expected headers of 512 bytes, found the end of the file; download"):
        list(shard_members(path))
    with pytest.raises(InputError, match=r"none.tar: cannot be read: No such file"):
        list(shard_members(tmp_path / "none.tar"))
    path.write_bytes(whole[:1500])
    with pytest.raises(FormatError, match=r"0.tar: ends inside b.mp4; download the shard again"):
        take_out(path, 512, 2000, tmp_path / "b.mp4")
    assert sorted(found.name for found in tmp_path.iterdir()) == ["0.tar"]


@pytest.mark.parametrize("size", [b"-1000", b"-777"])
def test_a_member_of_negative_size_is_no_endless_shard(tmp_path: Path, size: bytes):
    header = bytearray(tarfile.TarInfo("a.mp4").tobuf())
    header[124:136], header[148:156] = size.ljust(12, b"\0"), b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    (tmp_path / "0.tar").write_bytes(header + bytes(1024))
    with pytest.raises(FormatError, match=r"0.tar: expected a whole tar file, found the size -\d+; download the shard"):
        next(shard_members(tmp_path / "0.tar"))


@pytest.mark.parametrize("record", [b"0 path=a.mp4\n", b"-3 path=a.mp4\n", b"14 size=-1024\n"])
def test_a_pax_record_without_length_is_no_endless_shard(tmp_path: Path, record: bytes):
    info = tarfile.TarInfo("pax")
    info.type, info.size = tarfile.XHDTYPE, len(record)
    whole = info.tobuf() + record.ljust(512, b"\0") + tarfile.TarInfo("a.mp4").tobuf() + bytes(1024)
    (tmp_path / "0.tar").write_bytes(whole)
    with pytest.raises(FormatError, match=r"0.tar: expected a whole tar file, found .*; download the shard again"):
        list(shard_members(tmp_path / "0.tar"))


def test_what_cannot_be_searched_is_named(tmp_path: Path):
    with pytest.raises(InputError, match=r"none: no such folder; give the folder of the videos or of their tar shards"):
        VideoFiles(tmp_path / "none")
    write(tmp_path, "v/videos.tar.gz", "")
    with pytest.raises(
        InputError, match=r"v: expected videos or tar shards without compression, found videos.tar.gz; un"
    ):
        VideoFiles(tmp_path / "v").find("a")


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path):
    shard(tmp_path / "v/0.tar", a_mp4=b"x")
    write(tmp_path, "cache", "a file")
    message = r"a video of 0.tar cannot be kept there: .*; free space, or give another cache folder"
    with pytest.raises(OutputError, match=message):
        VideoFiles(tmp_path / "v", cache=tmp_path / "cache").find("a")

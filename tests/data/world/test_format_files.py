"""The folder of a format: the same bytes, resumable, made anew for another world, and never someone else's."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from finsta.data.world import WorldConfig, make_world
from finsta.data.world.formats.make import write_formats
from finsta.data.world.formats.table import FORMATS, format_names
from finsta.errors import InputError, OutputError
from tests.data.world.conftest import SMALL


def digests(folder: Path) -> dict[str, str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def times(folder: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def copy(world: Path, tmp_path: Path) -> Path:
    """The world without formats, to be written to."""
    return Path(shutil.copytree(world, tmp_path / "w", ignore=shutil.ignore_patterns("formats")))


def test_the_same_world_gives_the_same_bytes_videos_included(world: Path, copy: Path):
    write_formats(copy, ["all"], workers=1)
    assert digests(copy / "formats") == digests(world / "formats")


def test_what_is_whole_is_left_alone(world: Path):
    before = times(world / "formats")
    told: list[tuple[str, int, int]] = []
    found = write_formats(world, ["msvd", "k400"], progress=lambda name: lambda *done: told.append((name, *done)))
    assert found == {name: world / "formats" / name for name in ("msvd", "kinetics400")}
    assert times(world / "formats") == before
    assert told == [("msvd", 1, 1), ("kinetics400", 1, 1)]


def test_an_interrupted_format_is_finished_and_keeps_its_videos(copy: Path):
    folder = write_formats(copy, ["tgifqa"], workers=1)["tgifqa"]
    whole = digests(folder)
    note = folder / "format.json"
    note.write_text(json.dumps(json.loads(note.read_text()) | {"whole": False}))
    (folder / "Test_frameqa_question.csv").unlink()
    kept, *lost = sorted((folder / "videos").iterdir())
    for path in lost:
        path.unlink()
    before = kept.stat().st_mtime_ns
    write_formats(copy, ["tgifqa"], workers=1)
    assert digests(folder) == whole
    assert kept.stat().st_mtime_ns == before


def test_a_larger_world_is_written_anew(copy: Path):
    folder = write_formats(copy, ["msrvtt"], workers=1)["msrvtt"]
    assert len(list((folder / "videos").iterdir())) == 12
    make_world(copy, clips=20, seed=3, config=SMALL, workers=1)
    write_formats(copy, ["msrvtt"], workers=1)
    videos = json.loads((folder / "MSRVTT_data.json").read_text())["videos"]
    assert {f"{video['video_id']}.mp4" for video in videos} == {path.name for path in (folder / "videos").iterdir()}
    splits = {video["video_id"]: video["split"] for video in videos}
    assert len(splits) == 20
    assert json.loads((folder / "format.json").read_text())["world"]["clips"] == 20


def test_files_of_the_same_container_are_the_worlds_own(world: Path):
    own = {path.stat().st_ino for path in (world / "videos").iterdir()}
    assert {path.stat().st_ino for path in (world / "formats" / "msrvtt" / "videos").iterdir()} == own


def test_names_are_read_in_any_spelling():
    assert format_names(["K400", " tgif-qa", "TGIF", "ssv2"]) == ["kinetics400", "tgifqa", "ssv2"]
    assert format_names(["all", "msvd"]) == list(FORMATS)
    with pytest.raises(InputError, match=r"formats: expected all, or some of kinetics400, .*violin, found 'ucf101'"):
        format_names(["msvd", "ucf101"])


def test_a_folder_of_something_else_is_an_error(copy: Path):
    (copy / "formats" / "msvd").mkdir(parents=True)
    (copy / "formats" / "msvd" / "mine.txt").write_text("x")
    with pytest.raises(OutputError, match=r"msvd: holds files but no format\.json of finsta; take them away"):
        write_formats(copy, ["msvd"])
    assert (copy / "formats" / "msvd" / "mine.txt").read_text() == "x"


def test_a_lost_video_of_the_world_is_an_error(copy: Path):
    (copy / "videos" / "000003.mp4").unlink()
    with pytest.raises(OutputError, match=r"cannot be made of .*000003\.mp4.*make the world whole with `finsta world`"):
        write_formats(copy, ["msrvtt"], workers=1)
    assert not list((copy / "formats" / "msrvtt").rglob("*.tmp"))


def test_what_is_no_world_or_not_finished_is_an_error(copy: Path, tmp_path: Path):
    with pytest.raises(InputError, match=r"world\.json: expected the file of a world, found .*make one with"):
        write_formats(tmp_path, ["msvd"])
    document = json.loads((copy / "world.json").read_text())
    (copy / "world.json").write_text(json.dumps(document | {"counts": None}))
    with pytest.raises(InputError, match="expected a finished world of version 1; make it with `finsta world`"):
        write_formats(copy, ["msvd"])


def test_a_world_with_a_split_without_clips_is_an_error(tmp_path: Path):
    make_world(tmp_path / "w", clips=1, seed=0, config=WorldConfig(size=32), workers=1)
    with pytest.raises(InputError, match=r"expected clips in every split, found none in .*10 clips or more"):
        write_formats(tmp_path / "w", ["msvd"])

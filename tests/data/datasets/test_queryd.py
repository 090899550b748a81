"""QuerYD: ids with a prefix, pickles of words, milliseconds, one paragraph a video or one sample a description."""

import pickle
from pathlib import Path
from typing import Any

import pytest

from finsta.data.datasets import open_dataset
from finsta.data.samples import Sample
from finsta.errors import FormatError
from tests.data.datasets.writing import faults_of, told, write

CAPTIONS: dict[str, Any] = {"video-a": [["A", "man", "walks."], ["He", "sits."]], "video-b": [["Rain."]]}
TIMES: dict[str, Any] = {"video-a": [[1500, 3000], [7000, 4000]], "video-b": [[250, 250]]}


def publish(folder: Path, captions: Any = CAPTIONS, times: Any = TIMES, release: str = "") -> None:
    write(folder, "val_list.txt", "video-a\nvideo-b\n")
    for name, document in (("raw", captions), ("times", times)):
        (folder / f"{name}_captions_combined_filtered{release}.pkl").write_bytes(pickle.dumps(document))


def test_the_descriptions_of_a_video_are_one_paragraph(tmp_path: Path):
    publish(tmp_path)
    assert list(open_dataset("queryd", tmp_path, "val").samples()) == [
        Sample(id="video-a", video="video-a", captions=("A man walks. He sits.",)),
        Sample(id="video-b", video="video-b", captions=("Rain.",)),
    ]


@pytest.mark.parametrize("release", ["", "-v2"])
def test_times_are_milliseconds_start_before_end_and_never_without_length(tmp_path: Path, release: str):
    publish(tmp_path, release=release)
    segments = told(open_dataset("queryd", tmp_path, "val", variant=f"segments{release}"))
    assert {name: (s.start, s.end, s.captions) for name, s in segments.items()} == {
        "video-a#0": (1.5, 3.0, ("A man walks.",)),
        "video-a#1": (4.0, 7.0, ("He sits.",)),
        "video-b#0": (0.0, 0.75, ("Rain.",)),
    }


def test_segments_that_were_cut_are_videos_of_their_own(tmp_path: Path):
    write(tmp_path, "test_list.txt", "video-a-3\n")
    (tmp_path / "split_raw_captions_filtered.pkl").write_bytes(pickle.dumps({"video-a-3": [["He", "sits."]]}))
    assert list(open_dataset("queryd", tmp_path, "test", variant="segments").samples()) == [
        Sample(id="video-a-3", video="video-a-3", captions=("He sits.",))
    ]


def test_a_video_may_lack_the_prefix(tmp_path: Path):
    publish(tmp_path)
    write(tmp_path, "videos/a.mp4", "")
    write(tmp_path, "videos/x/video-b.mkv", "")
    dataset = open_dataset("queryd", tmp_path, "val")
    found = [dataset.segment(sample) for sample in dataset.samples()]
    assert [segment and segment.video.name for segment in found] == ["a.mp4", "video-b.mkv"]


def test_pickles_may_lack_the_prefix(tmp_path: Path):
    bare = [{name.removeprefix("video-"): value for name, value in each.items()} for each in (CAPTIONS, TIMES)]
    publish(tmp_path, *bare)
    assert len(list(open_dataset("queryd", tmp_path, "val").samples())) == 2
    assert len(list(open_dataset("queryd", tmp_path, "val", variant="segments").samples())) == 3


def test_a_listed_video_without_descriptions_is_told(tmp_path: Path):
    publish(tmp_path, captions={"video-b": CAPTIONS["video-b"]})
    samples, faults = faults_of(open_dataset("queryd", tmp_path, "val"))
    assert [sample.id for _, sample in samples] == ["video-b"]
    assert [fault.kind for fault in faults] == ["unannotated"]
    with pytest.raises(FormatError, match=r"val_list\.txt:1, raw_.*: expected descriptions of 'video-a', found none"):
        list(open_dataset("queryd", tmp_path, "val").samples())


@pytest.mark.parametrize(
    ("times", "message"),
    [
        ({"video-b": [[1, 2]]}, "of each of 2 descriptions, found 0; give files of one release"),
        (TIMES | {"video-a": [[1, 2]]}, "of each of 2 descriptions, found 1; give files of one release"),
        (TIMES | {"video-a": [[1, "x"], [1, 2]]}, r"expected \[start, end\] in milliseconds, found list"),
    ],
)
def test_times_of_another_release_are_told(tmp_path: Path, times, message):
    publish(tmp_path, times=times)
    with pytest.raises(FormatError, match=message):
        list(open_dataset("queryd", tmp_path, "val", variant="segments").samples())


@pytest.mark.parametrize("captions", [{"video-a": 7, "video-b": [["x"]]}, {"video-a": [[1]], "video-b": [["x"]]}])
def test_descriptions_that_are_no_words_are_told(tmp_path: Path, captions):
    publish(tmp_path, captions=captions)
    with pytest.raises(FormatError, match=r"raw_captions_combined_filtered\.pkl: expected lists of words, found"):
        list(open_dataset("queryd", tmp_path, "val").samples())


def test_a_pickle_of_something_else_is_told(tmp_path: Path):
    publish(tmp_path, captions=[["x"]])
    with pytest.raises(FormatError, match=r"filtered\.pkl: expected a dict by video, found list"):
        list(open_dataset("queryd", tmp_path, "val").samples())

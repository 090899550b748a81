"""What a task is asked on, and how often a video is looked at."""

import numpy as np
import pytest

from finsta.data.datasets import open_dataset
from finsta.errors import InputError
from finsta.tasks.items import dataset_items, serves
from finsta.tasks.opening import open_judged
from finsta.tasks.settings import TaskSettings
from finsta.tasks.views import Views, cut, open_clips
from finsta.video.frames import sample_frames
from finsta.video.segments import Segment
from tests.hosts.registry import shared_host
from tests.tasks.own_data import BROKEN, MISSING, NAMES, items_of, write_data


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_data(tmp_path_factory.mktemp("own"))


def test_items_are_the_samples_whose_videos_are_there(folder):
    items = items_of(folder, "retrieval")
    assert [item.sample.id for item in items.items] == [f"s-{name}" for name in (*NAMES, BROKEN)]
    assert items.missing == (f"{MISSING}.mp4",)
    assert (items.unanswered, items.source) == (0, "manifest (samples, test)")
    assert items.items[0].part == "red.mp4"


def test_the_limit_counts_samples_that_are_left_out(folder):
    assert len(dataset_items(open_dataset("manifest", folder, "test"), "retrieval", limit=2).items) == 2


def test_samples_without_an_answer_are_counted(folder, tmp_path):
    (tmp_path / "test.jsonl").write_text(
        '{"id": "a", "video": "a.mp4", "caption": "a"}\n{"id": "b", "video": "b.mp4"}\n'
    )
    with pytest.raises(
        InputError,
        match=r"found none among 2: 0 videos are missing; 2 samples are without a label; give another --split",
    ):
        items_of(tmp_path, "recognition")
    with pytest.raises(
        InputError, match=r"1 videos are missing, a\.mp4 the first; 1 samples are without captions; give --vid"
    ):
        items_of(tmp_path, "captioning")


def test_a_task_that_the_data_does_not_serve_is_an_error(folder):
    with pytest.raises(InputError, match=r"manifest \(samples, test\): expected one of its tasks, .*found 'dancing'"):
        items_of(folder, "dancing")


def test_the_split_to_judge_on_is_the_one_whose_answers_are_public(tmp_path):
    (tmp_path / "test.jsonl").write_text('{"id": "a", "video": "a.mp4"}\n')
    (tmp_path / "val.jsonl").write_text('{"id": "a", "video": "a.mp4", "caption": "a"}\n')
    assert open_judged("manifest", tmp_path, task="captioning").split == "val"
    assert serves(open_dataset("manifest", tmp_path, "val"), "captioning")
    with pytest.raises(InputError, match=r"found none: test is without a label; val is without a label; give --split"):
        open_judged("manifest", tmp_path, task="recognition")
    with pytest.raises(InputError, match=r"msvd \(qa, test\): expected one of its tasks, open_qa, found 'recognition'"):
        open_judged("msvd", tmp_path, variant="qa", task="recognition")


def test_one_view_is_what_the_host_reads_of_a_clip(folder):
    host = shared_host("clip")
    segment = Segment(folder / "red.mp4")
    with open_clips(host, [segment], TaskSettings()) as clips:
        found = clips.pixels([segment])
    images, _ = sample_frames(segment.video, host.num_frames)
    np.testing.assert_array_equal(found[0], host.pixels(images))


def test_clips_take_turns_among_frames_that_are_evenly_spaced(folder):
    """With T frames and K clips, frame i of clip k is number i · K + k of T · K."""
    host = shared_host("clip")
    segment = Segment(folder / "red.mp4")
    images, _ = sample_frames(segment.video, 3 * host.num_frames)
    with open_clips(host, [segment], TaskSettings(), views=Views(clips=3)) as clips:
        views = list(clips.each_view([segment]))
    assert len(views) == 3
    for number, view in enumerate(views):
        np.testing.assert_array_equal(view[0], host.pixels(images[number::3]))


def test_crops_are_squares_from_end_to_end():
    image = np.arange(4 * 10 * 3, dtype=np.uint8).reshape(4, 10, 3)
    for crop, start in enumerate((0, 3, 6)):
        np.testing.assert_array_equal(cut(image, crop, 3), image[:, start : start + 4])
    np.testing.assert_array_equal(cut(image.transpose(1, 0, 2), 2, 3), image.transpose(1, 0, 2)[6:10])
    np.testing.assert_array_equal(cut(image, 0, 1), image[:, 3:7])
    assert cut(image[:, :4], 1, 3).shape == (4, 4, 3)


def test_every_clip_of_every_crop_is_a_view(folder):
    host = shared_host("clip")
    segments = [Segment(folder / f"{name}.mp4") for name in NAMES[:2]]
    with open_clips(host, segments, TaskSettings(), views=Views(clips=2, crops=3)) as clips:
        views = list(clips.each_view(segments))
    assert [tuple(view.shape) for view in views] == [tuple(clips.pixels(segments).shape)] * 6


def test_videos_that_do_not_decode_are_named(folder):
    host = shared_host("clip")
    segments = [Segment(folder / "red.mp4"), Segment(folder / f"{BROKEN}.mp4")]
    with open_clips(host, segments, TaskSettings()) as clips:
        assert clips.readable == (segments[0],)
        assert list(clips.skipped) == [str(segments[1])]
    with (
        pytest.raises(InputError, match=r"expected videos that decode, found none among 1: .*broken\.mp4"),
        open_clips(host, segments[1:], TaskSettings()),
    ):
        pass


def test_views_that_cannot_be_are_an_error():
    with pytest.raises(InputError, match="expected 1 or more clips and crops, found 0 and 1"):
        Views(clips=0)

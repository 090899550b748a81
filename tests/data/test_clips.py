"""Clips are decoded once, kept whole, and decoded again when the file changes."""

import os
from pathlib import Path

import numpy as np
import pytest

from finsta.data.clips import ClipCache
from finsta.errors import OutputError, VideoError
from finsta.video.frames import sample_frames
from finsta.video.segments import Segment
from tests.tiny_clips import write_clip


class Counter:
    """Stacks frames as they are, and counts the clips that it was given."""

    def __init__(self):
        self.clips = 0

    def __call__(self, images):
        self.clips += 1
        return np.stack(images)


@pytest.fixture
def video(tmp_path):
    return write_clip(tmp_path / "red.mp4", "red")


def cache(folder, prepare=None, **settings):
    return ClipCache(folder, **({"frames": 3, "prepare": prepare or Counter(), "geometry": "as is"} | settings))


def test_a_clip_is_its_sampled_frames(tmp_path, video):
    images, _ = sample_frames(video, 3)
    clip = cache(tmp_path / "kept").clip(video)
    assert clip.shape == (3, 24, 32, 3)
    assert np.array_equal(clip, np.stack(images))


def test_a_clip_is_decoded_once_for_all_caches_of_the_folder(tmp_path, video):
    prepare = Counter()
    first = cache(tmp_path / "kept", prepare).clip(video)
    second = cache(tmp_path / "kept", prepare).clip(video)
    assert prepare.clips == 1
    assert isinstance(second, np.memmap)
    assert np.array_equal(first, second)
    assert [path.suffix for path in (tmp_path / "kept").iterdir()] == [".npy"]


@pytest.mark.parametrize("change", [{"frames": 2}, {"geometry": "otherwise"}, {"max_side": 16}])
def test_other_frames_are_another_clip(tmp_path, video, change):
    cache(tmp_path / "kept").clip(video)
    prepare = Counter()
    cache(tmp_path / "kept", prepare, **change).clip(video)
    assert prepare.clips == 1


def test_a_part_is_another_clip_of_frames_from_within(tmp_path, video):
    kept = cache(tmp_path / "kept", frames=2)
    part = kept.clip(Segment(video, 0.4, 0.6))
    images, times = sample_frames(video, 2, start=0.4, end=0.6)
    assert times == pytest.approx([0.4, 0.5])
    assert np.array_equal(part, np.stack(images))
    assert not np.array_equal(part, kept.clip(Segment(video)))
    assert np.array_equal(kept.clip(Segment(video)), kept.clip(video))
    assert len(list((tmp_path / "kept").iterdir())) == 2


def test_the_end_of_a_part_may_lie_behind_the_end_of_the_video(tmp_path, video):
    assert sample_frames(video, 1, start=0.4, end=99.0)[1] == pytest.approx([0.5])


@pytest.mark.parametrize(
    ("part", "message"),
    [((7.0, 9.0), r"red\.mp4: ends at 0\.60 s, but a part from 7\.00 s"), ((0.4, 0.2), r"red\.mp4 \[0\.4-0\.2 s\]: ")],
)
def test_a_part_that_is_not_there_is_a_video_error(tmp_path, video, part, message):
    with pytest.raises(VideoError, match=message):
        cache(tmp_path / "kept").clip(Segment(video, *part))


def test_a_changed_file_is_decoded_again(tmp_path, video):
    kept = cache(tmp_path / "kept")
    red = kept.clip(video)
    write_clip(video, "blue")
    os.utime(video, ns=(1, 1))
    assert red[0, 0, 0, 0] > 180
    assert kept.clip(video)[0, 0, 0, 0] < 80


@pytest.mark.parametrize("content", [b"", b"not an array", b"\x93NUMPY\x01\x00", b"truncated"])
def test_a_damaged_file_is_replaced(tmp_path, video, content):
    kept = cache(tmp_path / "kept")
    expected = np.array(kept.clip(video))
    file = next((tmp_path / "kept").iterdir())
    whole = file.read_bytes()
    file.unlink()  # the array above is mapped from it
    file.write_bytes(whole[:-9] if content == b"truncated" else content)
    assert np.array_equal(kept.clip(video), expected)
    assert np.array_equal(np.load(file), expected)


def test_filling_reports_what_does_not_decode_and_keeps_the_rest(tmp_path, video):
    (tmp_path / "bad.mp4").write_text("not a video")
    done = []
    kept = cache(tmp_path / "kept")
    missing, bad = tmp_path / "missing.mp4", tmp_path / "bad.mp4"
    failed = kept.fill([missing, video, bad, video], workers=2, progress=lambda *step: done.append(step))
    assert list(failed) == [Segment(missing), Segment(bad)]
    assert all(str(path) in reason for path, reason in failed.items())
    assert done == [(1, 3), (2, 3), (3, 3)]
    assert len(list((tmp_path / "kept").iterdir())) == 1


def test_a_missing_video_is_a_video_error(tmp_path):
    with pytest.raises(VideoError, match=r"none\.mp4: cannot be read: No such file"):
        cache(tmp_path / "kept").clip(tmp_path / "none.mp4")


def test_clips_are_laid_end_to_end(tmp_path, video):
    kept = cache(tmp_path / "kept")
    blue = write_clip(tmp_path / "blue.mp4", "blue")
    together = kept.clips([video, blue])
    assert together.shape == (2, 3, 24, 32, 3)
    assert np.array_equal(together[1], kept.clip(blue))


def test_a_folder_that_cannot_be_written_is_an_output_error(tmp_path, video):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"clips cannot be kept there: .*give another folder"):
        cache(Path(tmp_path / "file" / "kept")).fill([video])

"""Frames: exact times, upright pictures, bounded sizes."""

import numpy as np
import pytest

from finsta.errors import InputError, VideoError
from finsta.graphs.dynamic import VideoInfo
from finsta.video import frames_at, probe, read_frames, sample_frames
from finsta.video.reading import Reading
from tests.video.conftest import WriteClip, plain

RAMP = [plain((20 * index, 20 * index, 20 * index)) for index in range(10)]


def shade(image: np.ndarray) -> int:
    """Which frame of ``RAMP`` an image is."""
    return round(float(image.mean()) / 20)


def test_probe_tells_what_the_file_holds(clip: WriteClip):
    path = clip("constant.mp4", RAMP)
    expected = VideoInfo(path=str(path), duration=1.0, width=64, height=48, frames_per_second=10.0, frame_count=10)
    found = probe(path)
    assert (found.path, found.width, found.height, found.frame_count) == (str(path), 64, 48, 10)
    assert found.duration == pytest.approx(expected.duration)
    assert found.frames_per_second == pytest.approx(expected.frames_per_second)


@pytest.mark.parametrize(
    ("name", "codec", "pixel_format"),
    [
        ("a.mp4", "libx264", "yuv420p"),
        ("a.mkv", "libx264", "yuv444p"),
        ("a.avi", "mpeg4", "yuv420p"),
        ("a.webm", "libvpx-vp9", "yuva420p"),
        ("a.gif", "gif", "rgb8"),
        ("gray.mkv", "ffv1", "gray"),
        ("deep.mkv", "ffv1", "yuv420p10le"),
        ("alpha.mkv", "ffv1", "bgra"),
        ("plain.mpg", "mpeg2video", "yuv420p"),
    ],
)
def test_every_container_and_pixel_format_gives_rgb_in_order(clip: WriteClip, name: str, codec: str, pixel_format: str):
    path = clip(name, RAMP, codec=codec, pixel_format=pixel_format, rate=25)
    found = list(read_frames(path))
    assert [frame.index for frame in found] == list(range(10))
    assert all(frame.image.shape == (48, 64, 3) and frame.image.dtype == np.uint8 for frame in found)
    # GIF rounds to hundredths of a second and to 256 colours.
    np.testing.assert_allclose([frame.time for frame in found], np.arange(10) / 25, atol=2e-3)
    np.testing.assert_allclose([frame.image.mean() for frame in found], 20 * np.arange(10), atol=12)


def test_times_of_a_variable_frame_rate_are_exact(clip: WriteClip):
    times = [0.0, 0.04, 0.08, 0.5, 0.54, 1.25, 1.5, 2.5, 2.52, 3.0]
    path = clip("variable.mkv", RAMP, times=times)
    found = list(read_frames(path))
    assert [round(frame.time, 6) for frame in found] == times
    assert [shade(frame.image) for frame in found] == list(range(10))


def test_frames_per_second_takes_the_first_frame_of_each_period_with_its_own_time(clip: WriteClip):
    times = [0.0, 0.04, 0.08, 0.5, 0.54, 1.25, 1.5, 2.5, 2.52, 3.0]
    path = clip("variable.mkv", RAMP, times=times)
    found = list(read_frames(path, frames_per_second=1.0))
    assert [(frame.index, round(frame.time, 6)) for frame in found] == [(0, 0.0), (5, 1.25), (7, 2.5), (9, 3.0)]


def test_a_rate_above_the_file_gives_every_frame_once(clip: WriteClip):
    path = clip("constant.mp4", RAMP)
    assert [frame.index for frame in read_frames(path, frames_per_second=100.0)] == list(range(10))


def test_start_and_end_cut_by_what_is_on_screen(clip: WriteClip):
    path = clip("constant.mp4", RAMP)
    found = list(read_frames(path, start=0.25, end=0.6))
    assert [(frame.index, round(frame.time, 6), shade(frame.image)) for frame in found] == [
        (2, 0.2, 2),
        (3, 0.3, 3),
        (4, 0.4, 4),
        (5, 0.5, 5),
    ]


def test_seeking_gives_the_same_frames_as_reading_through(clip: WriteClip):
    images = [plain((index, 255 - index, 128)) for index in range(100)]
    path = clip("long.mp4", images, options={"g": "10", "bf": "2"})
    through = {frame.index: frame for frame in read_frames(path)}
    found = list(read_frames(path, start=7.31, end=8.0))
    assert [frame.index for frame in found] == [73, 74, 75, 76, 77, 78, 79]
    assert all(frame.time == through[frame.index].time for frame in found)
    assert all(np.array_equal(frame.image, through[frame.index].image) for frame in found)
    picked = frames_at(path, [9.0, 0.5, 4.2])
    assert all(np.array_equal(image, through[index].image) for image, index in zip(picked, (90, 5, 42), strict=True))


def test_sample_frames_takes_the_middles_of_equal_parts(clip: WriteClip):
    images, times = sample_frames(clip("constant.mp4", RAMP), 5)
    assert [shade(image) for image in images] == [1, 3, 5, 7, 9]
    np.testing.assert_allclose(times, [0.1, 0.3, 0.5, 0.7, 0.9])


def test_sample_frames_goes_by_time_and_not_by_frame(clip: WriteClip):
    times = [0.0, 0.04, 0.08, 0.12, 0.16, 0.2, 0.24, 0.28, 2.0, 3.9]
    images, found = sample_frames(clip("variable.mkv", RAMP, times=times), 4)
    assert [shade(image) for image in images] == [7, 7, 8, 8]
    assert [round(time, 6) for time in found] == [0.28, 0.28, 2.0, 2.0]


def test_sample_frames_repeats_where_the_clip_is_short(clip: WriteClip):
    images, times = sample_frames(clip("three.mp4", RAMP[:3]), 6)
    assert [shade(image) for image in images] == [0, 0, 1, 1, 2, 2]
    assert len(times) == 6


def test_one_frame_is_a_video(clip: WriteClip):
    path = clip("one.mp4", RAMP[7:8])
    assert probe(path).frame_count == 1
    assert [shade(image) for image in sample_frames(path, 3)[0]] == [7, 7, 7]


def quarters() -> np.ndarray:
    """Red, green, blue, white from the top left, clockwise."""
    image = np.zeros((48, 64, 3), np.uint8)
    image[:24, :32], image[:24, 32:], image[24:, 32:], image[24:, :32] = (
        (255, 0, 0),
        (0, 255, 0),
        (0, 0, 255),
        (255, 255, 255),
    )
    return image


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_rotation_is_applied_and_told(clip: WriteClip, turn: int):
    path = clip("turned.mp4", [quarters()] * 3, rotation=turn, pixel_format="yuv444p")
    expected = np.rot90(quarters(), turn // 90)  # counter-clockwise, as the metadata
    image = next(read_frames(path)).image
    assert (probe(path).height, probe(path).width) == expected.shape[:2] == image.shape[:2]
    assert np.abs(image.astype(int) - expected)[4:-4, 4:-4].mean() < 8


def test_max_side_shrinks_the_upright_picture_and_never_enlarges_it(clip: WriteClip):
    path = clip("turned.mp4", [quarters()], rotation=90)
    assert next(read_frames(path, max_side=32)).image.shape == (32, 24, 3)
    assert next(read_frames(path, max_side=500)).image.shape == (64, 48, 3)


def test_8k_is_downscaled_before_it_becomes_rgb(clip: WriteClip):
    path = clip("huge.mp4", [plain((200, 100, 50), 4320, 7680)], options={"preset": "ultrafast"})
    images, _ = sample_frames(path, 2, max_side=320)
    assert (probe(path).width, probe(path).height) == (7680, 4320)
    assert [image.shape for image in images] == [(180, 320, 3)] * 2
    assert np.abs(images[0].reshape(-1, 3).mean(0) - (200, 100, 50)).max() < 4


def test_frames_at_keeps_the_order_asked_for(clip: WriteClip):
    path = clip("constant.mp4", RAMP)
    assert [shade(image) for image in frames_at(path, [0.75, 0.0, 0.35, 99.0])] == [7, 0, 3, 9]
    assert frames_at(path, []) == []


def test_frames_are_converted_one_at_a_time(clip: WriteClip, monkeypatch: pytest.MonkeyPatch):
    made: list[int] = []
    monkeypatch.setattr(
        "finsta.video.frames.Upright.image", lambda self, picture: made.append(picture.pts) or plain((0, 0, 0))
    )
    frames = read_frames(clip("constant.mp4", RAMP))
    next(frames), next(frames)
    assert len(made) == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"frames_per_second": 0.0}, "frames_per_second must be positive, found 0.0"),
        ({"max_side": -1}, "max_side must be positive, found -1"),
        ({"start": 2.0, "end": 1.0}, "expected 0 ≤ start < end, found start 2.0 and end 1.0"),
    ],
)
def test_numbers_out_of_range_are_told(clip: WriteClip, options: dict, message: str):
    with pytest.raises(InputError, match=message):
        read_frames(clip("constant.mp4", RAMP), **options)


def test_no_frames_to_sample_is_an_error(clip: WriteClip):
    with pytest.raises(InputError, match="count must be at least 1, found 0"):
        sample_frames(clip("constant.mp4", RAMP), 0)


def test_sparing_leaves_out_only_frames_that_no_other_needs_and_keeps_the_times(
    clip: WriteClip, monkeypatch: pytest.MonkeyPatch
):
    images = [plain((2 * index, 100, 255 - 2 * index)) for index in range(60)]
    path = clip("b.mp4", images, rate=25, options={"g": "30", "bf": "3", "b_strategy": "0"})
    every = {frame.index: frame for frame in read_frames(path)}
    assert len(list(Reading(path).glimpses(rate=6.0, max_side=None))) == 60  # the pictures are small
    monkeypatch.setattr("finsta.video.container.LARGE_PICTURE", 64 * 48)
    assert len(list(Reading(path).glimpses(rate=7.0, max_side=None))) == 60  # too few would be left
    found = list(Reading(path).glimpses(rate=6.0, max_side=None))
    assert 15 <= len(found) <= 45
    assert found[0].frame.index == 0
    assert sum(glimpse.picture is not None for glimpse in found) >= 13
    for glimpse in found:
        assert glimpse.frame.time == every[glimpse.frame.index].time
        if glimpse.picture is not None:
            assert np.array_equal(glimpse.picture, every[glimpse.frame.index].image)


def test_one_pass_gives_the_pictures_that_reading_by_rate_gives(clip: WriteClip):
    images = [plain((index, 255 - index, 128)) for index in range(100)]
    path = clip("long.mp4", images, rate=15)
    expected = list(read_frames(path, frames_per_second=4.0, max_side=32))
    reading = Reading(path)
    every = list(reading.glimpses(rate=4.0, max_side=32))
    assert reading.info == probe(path)
    assert [glimpse.frame.index for glimpse in every] == list(range(100))
    found = [glimpse for glimpse in every if glimpse.picture is not None]
    assert [glimpse.frame.time for glimpse in found] == [frame.time for frame in expected]
    assert all(np.array_equal(a.picture, b.image) for a, b in zip(found, expected, strict=True))
    assert all((glimpse.grey is None) == (glimpse.picture is None) for glimpse in every)


def test_a_part_is_read_from_the_frame_on_screen_and_counted_from_its_beginning(clip: WriteClip):
    path = clip("long.mp4", RAMP, rate=10)
    whole = list(Reading(path).glimpses(rate=10.0, max_side=None))
    reading = Reading(path, start=0.35, end=0.7)
    part = list(reading.glimpses(rate=10.0, max_side=None))
    assert [glimpse.frame.index for glimpse in part] == [3, 4, 5, 6]
    assert [glimpse.frame.time for glimpse in part] == pytest.approx([0.0, 0.05, 0.15, 0.25])
    assert all(
        np.array_equal(a.picture, b.picture) for a, b in zip(part, whole[3:7], strict=True) if a.picture is not None
    )
    assert (reading.info.start, reading.info.duration) == (0.35, pytest.approx(0.35))


def test_a_part_behind_the_end_is_said(clip: WriteClip):
    with pytest.raises(VideoError, match=r"ends at .* s, but a part from 99\.00 s on is asked for"):
        Reading(clip("constant.mp4", RAMP), start=99.0)


def test_the_camera_is_measured_more_often_than_objects_are_sought(clip: WriteClip):
    every = list(Reading(clip("long.mp4", [plain((9, 9, 9))] * 50)).glimpses(rate=1.0, max_side=32))
    assert sum(glimpse.picture is not None for glimpse in every) == 5
    assert sum(glimpse.grey is not None for glimpse in every) == 20


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_the_grey_picture_of_a_turned_video_is_upright(clip: WriteClip, turn: int):
    path = clip("turned.mp4", [quarters()] * 3, rotation=turn, pixel_format="yuv444p")
    (first, *_) = Reading(path).glimpses(rate=10.0, max_side=None)
    grey = first.picture @ np.array([0.299, 0.587, 0.114])
    assert first.grey.shape == grey.shape
    inner = (slice(4, -4), slice(4, -4))
    assert np.corrcoef(first.grey[inner].ravel(), grey[inner].ravel())[0, 1] > 0.98


@pytest.mark.parametrize("shape", [(48, 64), (47, 65), (9, 300), (300, 9), (720, 1280)])
def test_pictures_of_any_shape_have_small_ones(clip: WriteClip, shape: tuple[int, int]):
    path = clip("odd.mkv", [plain((200, 30, 30), *shape)] * 2, codec="ffv1", pixel_format="yuv444p")
    for glimpse in Reading(path).glimpses(rate=10.0, max_side=100):
        assert max(glimpse.frame.image.shape) <= 128
        assert max(glimpse.grey.shape) <= 256
        assert max(glimpse.picture.shape) == min(max(shape), 100)
        assert np.abs(glimpse.frame.image.reshape(-1, 3).mean(0) - (200, 30, 30)).max() < 12


def test_a_pass_without_a_rate_is_an_error(clip: WriteClip):
    with pytest.raises(InputError, match=r"expected a positive rate and side, found 0\.0 and 9"):
        Reading(clip("constant.mp4", RAMP)).glimpses(rate=0.0, max_side=9)

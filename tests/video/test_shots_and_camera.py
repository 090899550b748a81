"""Cuts are found where they are; a pan and a zoom are measured; a still camera stays still."""

import weakref
from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from finsta.graphs.dynamic import Camera
from finsta.video.camera import CameraPath, camera_path, fit_scale_and_shift
from finsta.video.frames import Frame
from finsta.video.shots import find_cuts
from finsta.video.survey import survey
from tests.video.conftest import draw_disc, plain, square, texture


def as_frames(images: list[np.ndarray], rate: float = 10.0) -> Iterator[Frame]:
    return (Frame(index=index, time=index / rate, image=image) for index, image in enumerate(images))


def test_hard_cuts_are_found_at_their_frame():
    images = [texture(90, 160, seed) for seed in (1, 2, 3) for _ in range(8)]
    assert find_cuts(as_frames(images)) == pytest.approx([0.8, 1.6])


@pytest.mark.parametrize("first", [1, 2, 9])
def test_a_cut_next_to_the_ends_is_found(first: int):
    images = [texture(90, 160, 1)] * first + [texture(90, 160, 2)] * (10 - first)
    assert find_cuts(as_frames(images)) == pytest.approx([first / 10])


def test_a_grey_cut_is_found():
    images = [plain((60, 60, 60))] * 6 + [plain((140, 140, 140))] * 6
    assert find_cuts(as_frames(images)) == pytest.approx([0.6])


def test_a_fast_pan_is_no_cut():
    picture = texture(90, 800)
    assert find_cuts(as_frames([picture[:, 12 * index : 12 * index + 160] for index in range(40)])) == []


def test_no_frame_and_one_frame_have_no_cut():
    assert find_cuts(iter([])) == []
    assert find_cuts(as_frames([plain((1, 2, 3))])) == []


def pan(count: int, step: float) -> list[np.ndarray]:
    """The window moves right by ``step`` pixels a frame: everything in it moves left."""
    picture = texture(144, 700)
    shifts = [np.array([[1, 0, -step * index], [0, 1, 0]], np.float32) for index in range(count)]
    return [cv2.warpAffine(picture, shift, (256, 144)) for shift in shifts]


@pytest.mark.parametrize("step", [0.3, 2.0, 7.0])
def test_a_pan_is_measured(step: float):
    cameras = camera_path(as_frames(pan(30, step))).cameras
    # A point at c in the last frame lay at c + 29 steps in the first.
    assert cameras[0] == Camera()
    assert cameras[-1].dx == pytest.approx(29 * step / 256, rel=0.02)
    assert cameras[-1].dy == pytest.approx(0.0, abs=0.003)
    assert cameras[-1].scale == pytest.approx(1.0, abs=0.005)


def test_a_zoom_is_measured():
    picture = texture(144, 256)
    zooms = [1.0 + 0.02 * index for index in range(20)]
    images = [
        cv2.warpAffine(picture, cv2.getRotationMatrix2D((128, 72), 0, zoom), (256, 144), borderMode=cv2.BORDER_REFLECT)
        for zoom in zooms
    ]
    last = camera_path(as_frames(images)).cameras[-1]
    assert last.scale == pytest.approx(1 / zooms[-1], rel=0.02)
    # The middle of the picture stays where it is.
    assert last.stabilise(0.5, 0.5) == pytest.approx((0.5, 0.5), abs=0.01)


def test_a_still_camera_stays_exactly_still_while_an_object_crosses():
    images = []
    random = np.random.default_rng(0)
    for index in range(30):
        image = texture(144, 256).astype(int) + random.integers(-6, 7, (144, 256, 3))
        image = np.clip(image, 0, 255).astype(np.uint8)
        draw_disc(image, square(0.1 + 0.027 * index, 0.5, 0.4), (250, 30, 30))
        images.append(image)
    assert set(camera_path(as_frames(images)).cameras) == {Camera()}


def test_a_picture_without_corners_counts_as_still():
    assert set(camera_path(as_frames([plain((9, 9, 9))] * 5)).cameras) == {Camera()}


def test_the_camera_between_measurements_is_interpolated():
    path = CameraPath(times=(0.0, 1.0), cameras=(Camera(), Camera(scale=2.0, dx=0.4, dy=-0.2)))
    assert path.at(0.25) == Camera(scale=1.25, dx=0.1, dy=-0.05)
    assert path.at(-1.0) == Camera()
    assert path.at(9.0) == Camera(scale=2.0, dx=0.4, dy=-0.2)


def test_outliers_do_not_move_the_fit():
    random = np.random.default_rng(0)
    points = random.uniform(0, 200, (60, 2))
    targets = 1.1 * points + np.array([5.0, -3.0])
    targets[:20] = random.uniform(0, 200, (20, 2))
    scale, shift = fit_scale_and_shift(points, targets)
    assert scale == pytest.approx(1.1, abs=1e-3)
    np.testing.assert_allclose(shift, [5.0, -3.0], atol=0.1)


def test_a_fit_without_agreement_is_still():
    random = np.random.default_rng(0)
    scale, shift = fit_scale_and_shift(random.uniform(0, 200, (40, 2)), random.uniform(0, 200, (40, 2)))
    assert (scale, shift.tolist()) == (1.0, [0.0, 0.0])


def test_the_survey_measures_the_camera_of_each_shot_on_its_own():
    first, second = pan(15, 1.0), [image // 4 for image in pan(15, -2.0)]
    shots = survey(as_frames(first + second), duration=3.0)
    assert [(shot.index, shot.start, shot.end) for shot in shots] == [(0, 0.0, 1.5), (1, 1.5, 3.0)]
    assert [shot.camera.cameras[0] for shot in shots] == [Camera(), Camera()]
    assert [shot.camera.cameras[-1].dx for shot in shots] == pytest.approx([14 / 256, -14 * 2 / 256], rel=0.03)


def test_the_survey_holds_a_bounded_number_of_frames():
    references: list[weakref.ref] = []
    most = 0

    def frames() -> Iterator[Frame]:
        nonlocal most
        for index in range(40):
            frame = Frame(index=index, time=index / 10, image=texture(48, 64))
            references.append(weakref.ref(frame))
            yield frame
            del frame
            most = max(most, sum(reference() is not None for reference in references))

    survey(frames(), duration=4.0)
    assert most <= 5

"""Cuts and dissolves are found where they are; a pan and a zoom are measured; a still camera stays still."""

import weakref
from collections.abc import Iterable, Iterator

import cv2
import numpy as np
import pytest

from finsta.graphs.dynamic import Camera
from finsta.video.camera import CameraTracker, fit_scale_and_shift
from finsta.video.frames import Frame
from finsta.video.reading import Glimpse
from finsta.video.shots import find_cuts
from finsta.video.survey import Survey, SurveyedFrame
from tests.video.conftest import draw_disc, plain, square, texture


def as_frames(images: list[np.ndarray], rate: float = 10.0) -> Iterator[Frame]:
    return (Frame(index=index, time=index / rate, image=image) for index, image in enumerate(images))


def cameras_of(images: Iterable[np.ndarray]) -> list[Camera]:
    tracker = CameraTracker()
    return [tracker.add(image) for image in images]


def glimpses(images: Iterable[np.ndarray], rate: float = 10.0) -> Iterator[Glimpse]:
    """All of them are to be analysed."""
    for index, image in enumerate(images):
        frame = Frame(index=index, time=index / rate, image=cv2.resize(image, (128, 72)))
        yield Glimpse(frame=frame, grey=cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), picture=image)


def surveyed(images: Iterable[np.ndarray], rate: float = 10.0) -> tuple[Survey, list[SurveyedFrame]]:
    survey = Survey()
    return survey, list(survey.frames(glimpses(images, rate)))


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
    cameras = cameras_of(pan(30, step))
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
    last = cameras_of(images)[-1]
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
    assert set(cameras_of(images)) == {Camera()}


def test_a_picture_without_corners_counts_as_still():
    assert set(cameras_of([plain((9, 9, 9))] * 5)) == {Camera()}


def test_a_pan_after_standing_still_is_measured_from_where_it_stood():
    cameras = cameras_of([pan(1, 0.0)[0]] * 10 + pan(20, 3.0))
    assert set(cameras[:10]) == {Camera()}
    assert cameras[-1].dx == pytest.approx(19 * 3 / 256, rel=0.02)


def test_outliers_do_not_move_the_fit():
    random = np.random.default_rng(0)
    points = random.uniform(0, 200, (60, 2))
    targets = 1.1 * points + np.array([5.0, -3.0])
    targets[:20] = random.uniform(0, 200, (20, 2))
    fit = fit_scale_and_shift(points, targets)
    assert fit is not None
    scale, shift = fit
    assert scale == pytest.approx(1.1, abs=1e-3)
    np.testing.assert_allclose(shift, [5.0, -3.0], atol=0.1)


def test_without_agreement_there_is_no_fit():
    random = np.random.default_rng(0)
    assert fit_scale_and_shift(random.uniform(0, 200, (40, 2)), random.uniform(0, 200, (40, 2))) is None


def test_the_few_corners_that_a_truck_leaves_do_not_make_a_fit():
    points = np.random.default_rng(0).uniform(0, 200, (40, 2))
    assert fit_scale_and_shift(points, points + 9.0, of=50) is not None
    assert fit_scale_and_shift(points, points + 9.0, of=150) is None


def test_the_survey_measures_the_camera_of_each_shot_on_its_own():
    first, second = pan(15, 1.0), [image // 4 for image in pan(15, -2.0)]
    survey, found = surveyed(first + second)
    shots = [(shot.index, shot.start, shot.end) for shot in survey.shots(3.0)]
    assert shots == [(0, 0.0, 1.5), (1, 1.5, 3.0)]
    assert [frame.shot for frame in found] == [0] * 15 + [1] * 15
    assert [found[place].camera for place in (0, 15)] == [Camera(), Camera()]
    assert [found[place].camera.dx for place in (14, 29)] == pytest.approx([14 / 256, -14 * 2 / 256], rel=0.03)


def dissolve(first: np.ndarray, second: np.ndarray, *, seconds: float, rate: int = 10) -> list[np.ndarray]:
    """Three seconds of one picture, which melts into three of another."""
    count = round(seconds * rate)
    parts = [(index + 1) / (count + 1) for index in range(count)]
    between = [cv2.addWeighted(first, 1 - part, second, part, 0) for part in parts]
    return [first] * (3 * rate) + between + [second] * (3 * rate)


@pytest.mark.parametrize("seconds", [0.4, 0.8, 1.2])
def test_a_dissolve_starts_a_shot_at_its_middle(seconds: float):
    survey, found = surveyed(dissolve(texture(144, 256, 1), texture(144, 256, 2), seconds=seconds))
    assert [shot.start for shot in survey.shots(7.0)] == pytest.approx([0.0, 3.0 + seconds / 2], abs=0.25)
    assert [frame.frame.index for frame in found] == list(range(len(found)))


def test_a_fade_through_black_parts_two_shots():
    black = plain((0, 0, 0), 144, 256)
    out = dissolve(texture(144, 256, 1) // 2 + 60, black, seconds=0.8)[: 30 + 8 + 1]
    into = dissolve(black, texture(144, 256, 2) // 2 + 60, seconds=0.8)[29:]
    _, found = surveyed(out + into)
    first, last = found[20].shot, found[-1].shot
    assert first < last


def test_a_hard_cut_is_no_dissolve_besides():
    survey, _ = surveyed([texture(144, 256, 1)] * 33 + [texture(144, 256, 2)] * 33)
    assert [shot.start for shot in survey.shots(6.6)] == pytest.approx([0.0, 3.3])


def test_two_cuts_in_quick_succession_are_both_kept():
    images = [texture(144, 256, seed) for seed, count in ((1, 25), (2, 4), (3, 25)) for _ in range(count)]
    survey, _ = surveyed(images)
    assert [shot.start for shot in survey.shots(5.4)] == pytest.approx([0.0, 2.5, 2.9])


def test_a_large_object_that_crosses_is_no_dissolve():
    background = (180 + texture(144, 256) // 8).astype(np.uint8)
    images = []
    for index in range(80):
        image = background.copy()
        draw_disc(image, square(-0.3 + 0.02 * index, 0.5, 0.9), (200, 20, 20))
        images.append(image)
    survey, _ = surveyed(images)
    assert len(survey.shots(8.0)) == 1


def test_frames_that_are_not_analysed_do_not_come_out_but_are_looked_at():
    images = [texture(144, 256, 1)] * 15 + [texture(144, 256, 2)] * 16
    every = list(glimpses(images))
    sparse = [
        glimpse if place % 5 == 0 else Glimpse(frame=glimpse.frame, grey=None, picture=None)
        for place, glimpse in enumerate(every)
    ]
    survey = Survey()
    found = [(frame.frame.index, frame.shot) for frame in survey.frames(iter(sparse))]
    assert found == [(0, 0), (5, 0), (10, 0), (15, 1), (20, 1), (25, 1), (30, 1)]
    assert [shot.start for shot in survey.shots(3.1)] == [0.0, 1.5]


def test_the_survey_holds_a_bounded_number_of_frames():
    references: list[weakref.ref] = []
    most = 0

    def watched() -> Iterator[Glimpse]:
        nonlocal most
        for glimpse in glimpses(texture(72, 128) for _ in range(120)):
            references.append(weakref.ref(glimpse))
            yield glimpse
            del glimpse
            most = max(most, sum(reference() is not None for reference in references))

    assert sum(1 for _ in Survey().frames(watched())) == 120
    assert most <= 26  # two and a half seconds of ten frames


def test_no_frames_make_no_shots():
    survey, found = surveyed([])
    assert (survey.shots(0.0), found) == ([], [])


def test_what_is_moved_before_a_plain_wall_does_not_move_the_camera():
    held = texture(60, 50, 3)
    images = []
    for index in range(12):
        image = plain((200, 200, 195), 144, 256)
        image[40:100, 60 + 4 * index : 110 + 4 * index] = held
        images.append(image)
    assert set(cameras_of(images)) == {Camera()}

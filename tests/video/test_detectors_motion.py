"""The motion detector on rendered frames: what moves is found, what the camera does is not."""

import cv2
import numpy as np
import pytest

from finsta.video.detectors.detection import box_iou
from finsta.video.detectors.motion import MotionConfig, MotionDetector
from finsta.video.frames import Frame

SMALL, USUAL = (64, 64), (180, 240)


def texture(height, width, seed):
    """Blotches of two sizes, about as busy as a photograph."""
    noise = np.random.default_rng(seed).normal(size=(height, width, 3))
    blotches = sum(cv2.GaussianBlur(noise, (0, 0), sigma) * sigma for sigma in (2.0, 6.0))
    return np.clip(127 + 55 * blotches / blotches.std(), 0, 255).astype(np.uint8)


def clip(size, *, pan=0.0, zoom=1.0, turn=0.0, speed=None, radius=0.14, noise=0.0, count=4):
    """Frames of a camera over a texture, and the boxes of a disc that crosses it at ``speed`` widths a frame."""
    height, width = size
    background, surface = texture(3 * height, 3 * width, 1), texture(height, width, 2)
    random = np.random.default_rng(0)
    frames, boxes = [], []
    for index in range(count):
        view = cv2.getRotationMatrix2D((1.5 * width + pan * width * index, 1.5 * height), turn * index, zoom**index)
        view[:, 2] -= [width + pan * width * index, height]
        image = cv2.warpAffine(background, view, (width, height)).astype(float)
        if speed is not None:
            x, y, reach = (0.3 + speed * index) * width, 0.5 * height, radius * height
            disc = cv2.circle(np.zeros(size), (round(16 * x), round(16 * y)), round(16 * reach), 1.0, -1, 0, 4)[
                ..., None
            ]
            moved = cv2.warpAffine(surface, np.float32([[1, 0, x - 0.3 * width], [0, 1, 0]]), (width, height))
            image = disc * moved + (1 - disc) * image
            boxes.append([(x - reach) / width, (y - reach) / height, (x + reach) / width, (y + reach) / height])
        image = np.clip(image + noise * random.normal(size=image.shape), 0, 255).astype(np.uint8)
        frames.append(Frame(index=index, time=index / 10, image=image))
    return frames, np.array(boxes, np.float32).reshape(-1, 4)


@pytest.mark.parametrize("size", [SMALL, USUAL])
@pytest.mark.parametrize(
    "camera",
    [{}, {"noise": 4.0}, {"pan": 0.02}, {"pan": 0.08}, {"pan": 0.03, "noise": 2.0}, {"zoom": 1.03}, {"turn": 2.0}],
    ids=["still", "noisy", "pan", "fast pan", "noisy pan", "zoom", "turn"],
)
def test_what_the_camera_does_is_not_an_object(size, camera):
    frames, _ = clip(size, **camera)
    assert [len(found) for found in MotionDetector().detect(frames)] == [0, 0, 0, 0]


@pytest.mark.parametrize("size", [SMALL, USUAL])
@pytest.mark.parametrize(
    "camera", [{}, {"pan": 0.02}, {"pan": -0.06}, {"zoom": 1.03}], ids=["still", "pan", "pan back", "zoom"]
)
def test_a_moving_disc_is_one_box_in_its_place(size, camera):
    frames, boxes = clip(size, speed=0.03, **camera)
    for found, box in zip(MotionDetector().detect(frames), boxes, strict=True):
        assert found.labels == ("moving object",)
        assert box_iou(found.boxes, box[None])[0, 0] > 0.5
        assert 0.5 < found.scores[0] < 1


def test_a_faster_object_scores_higher():
    slow, fast = (MotionDetector().detect(clip(USUAL, speed=speed)[0])[1].scores[0] for speed in (0.01, 0.04))
    assert slow < fast


def test_frames_may_come_in_several_calls():
    frames, _ = clip(USUAL, speed=0.03, pan=0.02)
    whole = MotionDetector().detect(frames)
    detector = MotionDetector()
    parts = [*detector.detect(frames[:2]), *detector.detect(frames[2:3]), *detector.detect(frames[3:])]
    for one, other in zip(whole, parts, strict=True):
        np.testing.assert_array_equal(one.boxes, other.boxes)
        np.testing.assert_array_equal(one.scores, other.scores)


def test_a_cut_is_no_motion_once_the_detector_was_reset():
    frames, _ = clip(USUAL)
    other = [Frame(index=4 + i, time=1.0, image=texture(*USUAL, 7)) for i in range(2)]
    detector = MotionDetector()
    detector.detect(frames)
    detector.reset()
    assert [len(found) for found in detector.detect(other)] == [0, 0]


def test_a_shot_of_one_frame_and_no_frames_give_nothing():
    frames, _ = clip(USUAL, speed=0.03)
    assert [len(found) for found in MotionDetector().detect(frames[:1])] == [0]
    assert MotionDetector().detect([]) == []


def test_an_object_that_stops_is_lost():
    frames, _ = clip(USUAL, speed=0.03, count=2)
    found = MotionDetector().detect([*frames, frames[1]])
    assert [len(item) for item in found] == [1, 1, 0]


def test_frames_of_one_colour_and_of_a_few_pixels_give_nothing():
    for size in [(180, 240), (8, 8), (1, 1), (3, 400)]:
        frames = [Frame(index=i, time=float(i), image=np.full((*size, 3), 40 * i, np.uint8)) for i in range(3)]
        assert [len(found) for found in MotionDetector().detect(frames)] == [0, 0, 0]


def test_a_change_of_size_starts_anew():
    small, large = clip(SMALL)[0], clip(USUAL)[0]
    detector = MotionDetector()
    assert [len(found) for found in detector.detect([*small[:2], *large[:2]])] == [0, 0, 0, 0]


def test_the_least_area_is_a_knob():
    frames, _ = clip(USUAL, speed=0.03)
    assert [len(found) for found in MotionDetector(MotionConfig(least_area=0.5)).detect(frames)] == [0, 0, 0, 0]

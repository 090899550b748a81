"""Box arithmetic on boxes small enough to check by hand."""

import numpy as np
import pytest

from finsta.errors import InputError, MissingDependencyError
from finsta.video.detectors import DETECTORS, Detections, Letterbox, box_iou, open_detector, suppress, takes_prompts

A = [0.0, 0.0, 0.4, 0.4]
B = [0.0, 0.0, 0.4, 0.2]  # half of A
C = [0.5, 0.5, 1.0, 1.0]


def boxes(*rows):
    return np.array(rows, np.float32).reshape(-1, 4)


def test_iou_of_every_pair():
    expected = [[1.0, 0.5, 0.0], [0.0, 0.0, 1.0]]
    np.testing.assert_allclose(box_iou(boxes(A, C), boxes(A, B, C)), expected, atol=1e-6)


def test_iou_of_empty_boxes_is_zero_and_of_no_boxes_is_empty():
    empty = boxes([0.3, 0.3, 0.3, 0.3])
    assert box_iou(empty, empty).tolist() == [[0.0]]
    assert box_iou(boxes(), boxes(A)).shape == (0, 1)


def kept(classes, **thresholds):
    scores = np.array([0.6, 0.9, 0.3], np.float32)
    return suppress(boxes(A, B, C), scores, np.array(classes), **thresholds).tolist()


def test_the_better_of_two_overlapping_boxes_of_a_class_stays():
    assert kept([1, 1, 1], same_class=0.4) == [1, 2]


def test_boxes_that_overlap_less_than_allowed_stay_best_first():
    assert kept([1, 1, 1], same_class=0.6) == [1, 0, 2]


def test_other_classes_do_not_suppress_unless_told_to():
    assert kept([1, 2, 1], same_class=0.4) == [1, 0, 2]
    assert kept([1, 2, 1], same_class=0.4, any_class=0.45) == [1, 2]


def test_a_suppressed_box_suppresses_nothing():
    chain = boxes([0, 0, 0.4, 1], [0.2, 0, 0.6, 1], [0.4, 0, 0.8, 1])
    order = suppress(chain, np.array([0.9, 0.8, 0.7], np.float32), np.zeros(3, np.int64), same_class=0.3)
    assert order.tolist() == [0, 2]


def test_no_boxes_leave_no_boxes():
    assert suppress(boxes(), np.zeros(0, np.float32), np.zeros(0, np.int64), same_class=0.5).tolist() == []


def test_tidy_sorts_clips_and_drops_what_is_no_box():
    rows = boxes([-0.5, 0.1, 0.5, 1.5], C, [0.2, 0.2, 0.2, 0.9], [1.1, 0.0, 1.2, 1.0], [0, 0, np.nan, 1])
    found = Detections.tidy(rows, np.array([0.2, 0.8, 0.9, 0.9, 0.9], np.float32), ["a", "b", "c", "d", "e"])
    np.testing.assert_array_equal(found.boxes, boxes(C, [0.0, 0.1, 0.5, 1.0]))
    assert (found.scores.tolist(), found.labels, len(found)) == (pytest.approx([0.8, 0.2]), ("b", "a"), 2)


def test_tidy_keeps_the_best_up_to_the_limit():
    found = Detections.tidy(boxes(A, B, C), np.array([0.1, 0.3, 0.2], np.float32), ["a", "b", "c"], limit=2)
    assert found.labels == ("b", "c")


def test_nothing_found_has_the_shapes_of_something_found():
    nothing = Detections.empty()
    assert (nothing.boxes.shape, nothing.scores.shape, nothing.labels) == ((0, 4), (0,), ())


def test_letterbox_centres_the_image_between_black_bars():
    square = Letterbox.fit(width=4, height=2, side=8).apply(np.full((2, 4, 3), 200, np.uint8))
    assert square[:, 0, 0].tolist() == [0, 0, 200, 200, 200, 200, 0, 0]
    assert square.shape == (8, 8, 3)


@pytest.mark.parametrize(("width", "height"), [(640, 272), (100, 333), (1, 500), (7680, 4320)])
def test_letterbox_undoes_what_it_did(width, height):
    fit = Letterbox.fit(width=width, height=height, side=416)
    corners = boxes(
        [fit.left, fit.top, fit.left + fit.scaled_width, fit.top + fit.scaled_height],
        [fit.left, fit.top, fit.left + fit.scaled_width / 2, fit.top + fit.scaled_height / 4],
    )
    np.testing.assert_allclose(fit.undo(corners), [[0, 0, 1, 1], [0, 0, 0.5, 0.25]], atol=1e-6)
    assert max(fit.scaled_width, fit.scaled_height) == 416


@pytest.mark.parametrize("spec", ["yolo", "", "hf:", "hf", "nanodet:small", "motion:fast"])
def test_an_unknown_detector_is_told_what_exists(spec):
    with pytest.raises(InputError, match="expected auto, motion, nanodet or hf:HUB_ID_OR_FOLDER"):
        open_detector(spec)


def test_the_message_names_every_kind():
    with pytest.raises(InputError) as caught:
        open_detector("none")
    assert all(kind in str(caught.value) for kind in DETECTORS)


def test_auto_takes_motion_and_says_why_where_no_weights_are(tmp_path, monkeypatch):
    monkeypatch.setenv("FINSTA_CACHE", str(tmp_path))
    detector = open_detector("auto")
    assert detector.name == "motion"
    assert detector.reason == "motion: NanoDet is not installed; `finsta models get nanodet` fetches it"


def test_nanodet_without_weights_says_how_to_get_them(tmp_path, monkeypatch):
    monkeypatch.setenv("FINSTA_CACHE", str(tmp_path))
    with pytest.raises(MissingDependencyError, match="`finsta models get nanodet` fetches them"):
        open_detector("nanodet")


def test_prompts_for_a_detector_without_text_are_ignored_aloud():
    with pytest.warns(UserWarning, match="motion knows no classes: the prompts are ignored"):
        open_detector("motion", prompts=["dog"])
    assert not takes_prompts("motion")

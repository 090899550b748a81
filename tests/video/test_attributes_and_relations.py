"""Colours, sizes and the places of boxes beside each other."""

from dataclasses import replace

import numpy as np
import pytest

from finsta.video.appearance import COLOURS, colour_names, colour_shares, histograms
from finsta.video.attributes import Attribute, colour, posture, sizes
from finsta.video.events.motion import Motion
from finsta.video.relations import Place, Relation, spatial_relations
from finsta.video.tracking import ObjectTrack
from tests.video.conftest import draw_disc, plain, square

PALETTE = {
    "black": [(0, 0, 0), (25, 25, 30)],
    "white": [(255, 255, 255), (235, 235, 230)],
    "gray": [(128, 128, 128), (90, 95, 92), (180, 180, 185)],
    "red": [(230, 20, 20), (150, 10, 15), (255, 60, 50)],
    "orange": [(255, 140, 0), (240, 120, 30)],
    "yellow": [(255, 230, 20), (220, 210, 60)],
    "green": [(20, 160, 40), (60, 220, 90), (30, 90, 30)],
    "blue": [(20, 40, 220), (60, 130, 240), (10, 20, 100)],
    "purple": [(130, 30, 170), (150, 60, 220)],
    "pink": [(255, 120, 190), (250, 170, 180)],
    "brown": [(120, 70, 20), (90, 55, 30), (139, 69, 19)],
}


@pytest.mark.parametrize(("name", "colours"), PALETTE.items())
def test_plain_colours_have_their_names(name: str, colours: list[tuple[int, int, int]]):
    names = colour_names(np.array(colours, np.uint8))
    assert [COLOURS[index] for index in names] == [name] * len(colours)


@pytest.mark.parametrize("background", [(255, 255, 255), (30, 120, 40), (120, 120, 120)])
def test_the_colour_of_an_object_is_not_that_of_its_background(background: tuple[int, int, int]):
    image = plain(background, 120, 160)
    box = square(0.4, 0.5, 0.3)
    draw_disc(image, box, (220, 20, 30))
    shares = colour_shares(image, np.array([box]))[0]
    assert COLOURS[int(shares.argmax())] == "red"
    assert shares.max() > 0.8


def test_a_box_over_the_border_of_the_picture_has_a_colour():
    image = plain((20, 40, 220), 48, 64)
    shares = colour_shares(image, np.array([[0.9, 0.9, 1.0, 1.0]]))[0]
    assert COLOURS[int(shares.argmax())] == "blue"


def test_histograms_tell_colours_apart_and_are_one_with_themselves():
    image = plain((200, 30, 30), 48, 64)
    image[:, 32:] = (30, 30, 200)
    found = histograms(image, np.array([[0.0, 0.0, 0.4, 1.0], [0.1, 0.1, 0.4, 0.9], [0.6, 0.0, 1.0, 1.0]]))
    np.testing.assert_allclose(found @ found.T, [[1, 1, 0], [1, 1, 0], [0, 0, 1]], atol=1e-5)


def test_no_box_gives_no_histogram():
    assert histograms(plain((0, 0, 0)), np.zeros((0, 4))).shape == (0, 96)
    assert colour_shares(plain((0, 0, 0)), np.zeros((0, 4))).shape == (0, len(COLOURS))


def track(number: int, side: float, shares: dict[str, float] | None = None, shot: int = 0) -> ObjectTrack:
    box = np.array([[0.1, 0.1, 0.1 + side, 0.1 + side]])
    return ObjectTrack(
        number=number,
        shot=shot,
        label="thing",
        places=np.array([0]),
        times=np.array([0.0]),
        boxes=box,
        scores=np.array([0.9]),
        seen=np.array([True]),
        stable_boxes=box,
        colours=np.array([(shares or {}).get(name, 0.0) for name in COLOURS]),
    )


def test_a_colour_that_covers_too_little_is_not_told():
    assert colour(track(1, 0.1, {"red": 0.75, "black": 0.2})) == Attribute(label="red", confidence=0.75)
    assert colour(track(1, 0.1, {"red": 0.2, "black": 0.25})) is None


def test_a_person_is_not_called_gray():
    assert colour(track(1, 0.1, {"gray": 0.9})) == Attribute(label="gray", confidence=0.9)
    assert colour(replace(track(1, 0.1, {"gray": 0.9}), label="person")) is None
    assert colour(replace(track(1, 0.1, {"red": 0.9}), label="person")) == Attribute(label="red", confidence=0.9)


def test_sizes_are_relative_to_the_others_of_the_shot():
    tracks = [track(1, 0.1), track(2, 0.1), track(3, 0.3), track(4, 0.05), track(5, 0.9, shot=1)]
    found = sizes(tracks)
    assert {number: word.label for number, word in found.items()} == {3: "large", 4: "small"}


def thing(number: int, label: str, box: tuple[float, float, float, float], *, steps: int = 5) -> ObjectTrack:
    """A track that stays where it is, five frames a second."""
    one = track(number, 0.1)
    boxes = np.tile(np.array(box), (steps, 1))
    return replace(
        one,
        label=label,
        places=np.arange(steps),
        times=np.arange(steps) / 5,
        boxes=boxes,
        stable_boxes=boxes,
        scores=np.full(steps, 0.9),
        seen=np.ones(steps, bool),
    )


def test_a_bus_is_not_large_beside_a_man_but_a_huge_dog_is():
    man, bus = thing(1, "person", (0.1, 0.4, 0.2, 0.6)), thing(2, "bus", (0.3, 0.1, 0.8, 0.62))
    assert sizes([man, bus]) == {}
    dog = thing(3, "dog", (0.3, 0.2, 0.6, 0.6))
    assert {number: word.label for number, word in sizes([man, dog]).items()} == {1: "small", 3: "large"}


def test_things_at_another_distance_and_things_that_are_cut_off_have_no_size():
    near, far = thing(1, "person", (0.1, 0.1, 0.3, 0.9)), thing(2, "person", (0.6, 0.4, 0.63, 0.5))
    assert sizes([near, far]) == {}
    cut = thing(3, "person", (0.6, 0.85, 0.63, 1.0))
    assert sizes([near, cut]) == {}


def test_every_class_of_the_detectors_has_a_usual_size():
    from finsta.video.detectors.vocabulary import COCO_NAMES
    from finsta.video.typical_sizes import TYPICAL

    assert set(TYPICAL) == set(COCO_NAMES)
    assert all(0 < metres <= 20 for metres in TYPICAL.values())


@pytest.mark.parametrize(
    ("label", "box", "expected"),
    [
        ("person", (0.4, 0.2, 0.5, 0.7), "standing"),
        ("person", (0.2, 0.5, 0.7, 0.7), "lying"),
        ("person", (0.4, 0.3, 0.6, 0.6), None),
        ("person", (0.4, 0.5, 0.5, 1.0), None),
        ("dog", (0.4, 0.2, 0.5, 0.7), None),
    ],
)
def test_a_person_stands_or_lies_by_the_form_of_the_box(label, box, expected):
    found = posture(Motion(track=thing(1, label, box), aspect=1.0), 2)
    assert (None if found is None else found.label) == expected


def relations(
    kinds: dict[str, str] | None = None, **boxes: tuple[float, float, float, float]
) -> set[tuple[str, str, str]]:
    """The relations between named boxes, in a square picture; ``kinds`` gives some of them a label."""
    names = list(boxes)
    places = [
        Place(track=index, box=boxes[name], confidence=1.0, label=(kinds or {}).get(name, ""))
        for index, name in enumerate(names)
    ]
    found = spatial_relations(places, aspect=1.0)
    assert all(0 < relation.confidence <= 1 for relation in found)
    return {(names[relation.subject], relation.label, names[relation.object]) for relation in found}


def test_side_by_side_is_told_of_the_smaller_one_once():
    assert relations(cat=(0.1, 0.4, 0.2, 0.5), dog=(0.32, 0.4, 0.44, 0.52)) == {("cat", "left of", "dog")}
    assert relations(dog=(0.1, 0.4, 0.22, 0.52), cat=(0.34, 0.4, 0.44, 0.5)) == {("cat", "right of", "dog")}


def test_a_small_gap_is_near():
    assert relations(cat=(0.1, 0.4, 0.3, 0.6), dog=(0.35, 0.4, 0.55, 0.61)) == {
        ("cat", "left of", "dog"),
        ("cat", "near", "dog"),
    }


def test_one_over_the_other_is_above_or_below():
    assert relations(lamp=(0.4, 0.0, 0.5, 0.1), dog=(0.4, 0.3, 0.52, 0.42)) == {("lamp", "above", "dog")}
    assert relations(lamp=(0.4, 0.0, 0.52, 0.12), dog=(0.4, 0.3, 0.5, 0.4)) == {("dog", "below", "lamp")}


def test_a_rider_is_on_the_horse():
    assert relations(rider=(0.4, 0.2, 0.5, 0.5), horse=(0.3, 0.4, 0.7, 0.8)) == {("rider", "on", "horse")}


def test_a_driver_is_inside_the_car_and_a_tie_in_front_of_its_wearer():
    boxes = {"small": (0.45, 0.45, 0.55, 0.55), "big": (0.2, 0.3, 0.8, 0.7)}
    assert relations(**boxes) == {("small", "inside", "big")}
    assert relations({"big": "car"}, **boxes) == {("small", "inside", "big")}
    assert relations({"big": "person"}, **boxes) == {("small", "in front of", "big")}


def test_of_two_that_overlap_the_lower_one_is_in_front():
    assert relations(child=(0.4, 0.5, 0.55, 0.9), adult=(0.45, 0.3, 0.7, 0.8)) == {("child", "in front of", "adult")}
    assert relations(child=(0.4, 0.3, 0.55, 0.7), adult=(0.45, 0.25, 0.7, 0.8)) == {("child", "behind", "adult")}


def test_of_one_kind_the_lower_one_must_be_the_taller_one_too():
    boxes = {"child": (0.4, 0.55, 0.55, 0.9), "adult": (0.45, 0.3, 0.7, 0.8)}
    assert relations({"child": "dog", "adult": "person"}, **boxes) == {("child", "in front of", "adult")}
    assert relations({"child": "person", "adult": "person"}, **boxes) == set()


def test_where_both_are_cut_off_below_nothing_tells_who_is_in_front():
    assert relations(person=(0.3, 0.1, 0.6, 1.0), chair=(0.5, 0.4, 0.8, 0.99)) == set()


def test_what_lies_within_the_box_of_another_is_in_front_unless_that_is_seen_through():
    boxes = {"remote": (0.4, 0.3, 0.5, 0.8), "person": (0.3, 0.1, 0.8, 0.81)}
    assert relations(**boxes) == {("remote", "in front of", "person")}
    boxes = {"car": (0.4, 0.3, 0.5, 0.7), "bicycle": (0.3, 0.1, 0.8, 0.72)}
    assert relations({"bicycle": "bicycle"}, **boxes) == {("car", "behind", "bicycle")}


def test_far_apart_says_nothing():
    assert relations(cat=(0.0, 0.0, 0.05, 0.05), dog=(0.9, 0.9, 0.95, 0.95)) == set()


def test_in_a_row_each_is_related_to_one_neighbour():
    row = {f"n{index}": (0.08 * index, 0.4, 0.08 * index + 0.05, 0.45) for index in range(12)}
    found = {(subject, target) for subject, label, target in relations(**row) if label != "near"}
    assert {name for pair in found for name in pair} == set(row)
    assert len(found) <= 11


def test_what_stands_on_something_is_not_related_to_what_is_beside_it():
    found = relations(
        cup=(0.42, 0.3, 0.48, 0.42),
        table=(0.3, 0.4, 0.7, 0.8),
        lamp=(0.52, 0.2, 0.56, 0.45),
        dog=(0.85, 0.6, 0.95, 0.8),
    )
    assert ("cup", "on", "table") in found
    assert ("lamp", "on", "table") in found
    assert {label for subject, label, target in found if {subject, target} == {"cup", "lamp"}} == set()
    assert ("dog", "right of", "table") in found


def test_confidence_follows_the_objects():
    places = [
        Place(track=3, box=(0.1, 0.4, 0.2, 0.5), confidence=0.5),
        Place(track=7, box=(0.32, 0.4, 0.43, 0.51), confidence=0.5),
    ]
    assert spatial_relations(places, aspect=1.0) == [Relation(subject=3, label="left of", object=7, confidence=0.5)]


def test_one_object_has_no_relation():
    assert spatial_relations([Place(track=1, box=(0.1, 0.1, 0.2, 0.2), confidence=1.0)], aspect=1.0) == []
    assert spatial_relations([], aspect=1.0) == []

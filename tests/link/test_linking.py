"""Text graph + video graph → links: which track, which interval, and what stays unlinked."""

import numpy as np
import pytest

from finsta.errors import InputError
from finsta.graphs.collate import holistic_batch
from finsta.graphs.dynamic import DynamicSceneGraph, FrameGraph, VideoInfo, VisualNode
from finsta.graphs.holistic import Link
from finsta.graphs.scene_graph import Edge, EdgeKind, NodeKind, TextNode, TextualSceneGraph
from finsta.link import LexicalSimilarity, link_graphs
from finsta.link.objects import crop, track_views
from finsta.link.relations import mirrored, predicate_similarity

LEXICAL = LexicalSimilarity()
LEFT, MIDDLE, RIGHT = (0.0, 0.2, 0.2, 0.6), (0.4, 0.2, 0.6, 0.6), (0.8, 0.2, 1.0, 0.6)


def sentence(objects, triplets=(), attributes=()):
    """A text graph of lemmas; triplets and attributes by the position of the object."""
    nodes = [TextNode(kind=NodeKind.OBJECT, label=lemma, lemma=lemma) for lemma in objects]
    edges = []
    for owner, lemma in attributes:
        edges.append(Edge(source=owner, target=len(nodes), kind=EdgeKind.ATTRIBUTE))
        nodes.append(TextNode(kind=NodeKind.ATTRIBUTE, label=lemma, lemma=lemma))
    for subject, lemma, target in triplets:
        if subject is not None:
            edges.append(Edge(source=subject, target=len(nodes), kind=EdgeKind.SUBJECT))
        if target is not None:
            edges.append(Edge(source=len(nodes), target=target, kind=EdgeKind.OBJECT))
        nodes.append(TextNode(kind=NodeKind.PREDICATE, label=lemma, lemma=lemma))
    graph = TextualSceneGraph(text=" ".join(objects), nodes=tuple(nodes), edges=tuple(edges))
    graph.validate()
    return graph


def frame(time, objects, relations=(), attributes=(), shot=0):
    """A key frame: ``{track: (label, box)}``, ``(subject track, label, object track)``, ``(track, attribute)``."""
    nodes = [
        VisualNode(kind=NodeKind.OBJECT, label=label, box=box, track=track) for track, (label, box) in objects.items()
    ]
    place = {track: index for index, track in enumerate(objects)}
    edges = []
    for track, label in attributes:
        edges.append(Edge(source=place[track], target=len(nodes), kind=EdgeKind.ATTRIBUTE))
        nodes.append(VisualNode(kind=NodeKind.ATTRIBUTE, label=label))
    for subject, label, target in relations:
        edges.append(Edge(source=place[subject], target=len(nodes), kind=EdgeKind.SUBJECT))
        if target is not None:
            edges.append(Edge(source=len(nodes), target=place[target], kind=EdgeKind.OBJECT))
        nodes.append(VisualNode(kind=NodeKind.PREDICATE, label=label))
    return FrameGraph(time=time, nodes=tuple(nodes), edges=tuple(edges), shot=shot)


def video(*frames):
    """A video with key frames at 1, 3, 5 … s: a key frame stands for one second either way."""
    info = VideoInfo(
        path="v.mp4", duration=2.0 * len(frames), width=64, height=64, frames_per_second=8.0, frame_count=32
    )
    graph = DynamicSceneGraph(video=info, frames=frames)
    graph.validate()
    return graph


def links(text, graph, **options):
    found = link_graphs(text, graph, similarity=LEXICAL, **options)
    found.validate()
    return list(found.links)


def test_a_man_approaches_a_car_is_grounded_whole():
    people = {1: ("person", LEFT), 2: ("car", RIGHT)}
    graph = video(
        frame(1.0, people),
        frame(3.0, people, [(1, "approach", 2)]),
        frame(5.0, people, [(1, "approach", 2)]),
        frame(7.0, people),
    )
    text = sentence(["man", "car"], [(0, "walk towards", 1)])
    assert links(text, graph) == [
        Link(text_node=0, subject_track=1, interval=(0.0, 8.0), similarity=0.9),
        Link(text_node=1, subject_track=2, interval=(0.0, 8.0), similarity=1.0),
        Link(
            text_node=2,
            subject_track=1,
            object_track=2,
            label="approach",
            interval=(2.0, 6.0),
            similarity=0.855,
        ),
    ]


def test_what_is_not_in_the_video_stays_unlinked():
    graph = video(frame(1.0, {1: ("car", LEFT), 2: ("car", RIGHT)}))
    assert links(sentence(["piano", "sky"], [(0, "stand", None)]), graph) == []


def test_colour_tells_two_cars_apart():
    graph = video(frame(1.0, {1: ("car", LEFT), 2: ("car", RIGHT)}, attributes=[(1, "blue"), (2, "red")]))
    text = sentence(["car", "car"], attributes=[(0, "red"), (1, "blue")])
    assert [(link.text_node, link.subject_track, link.similarity) for link in links(text, graph)] == [
        (0, 2, 1.0),
        (1, 1, 1.0),
    ]


def test_two_things_never_share_a_track():
    graph = video(frame(1.0, {1: ("person", LEFT)}))
    assert [link.text_node for link in links(sentence(["man", "boy"]), graph)] == [0]


def test_between_equal_tracks_the_one_that_shows_the_relation_is_taken():
    big, small = (0.0, 0.0, 0.5, 1.0), (0.7, 0.4, 0.8, 0.6)
    objects = {1: ("person", big), 2: ("person", small), 3: ("bicycle", RIGHT)}
    graph = video(frame(1.0, objects, [(2, "on", 3)]))
    text = sentence(["man", "bike"], [(0, "ride", 1)])
    assert [(link.text_node, link.subject_track, link.label) for link in links(text, graph)] == [
        (0, 2, ""),
        (1, 3, ""),
        (2, 2, "on"),
    ]
    without = sentence(["man", "bike"])
    assert links(without, graph)[0].subject_track == 1


def test_relations_choose_the_pair_and_drive_out_a_rival():
    objects = {1: ("person", LEFT), 2: ("person", RIGHT), 3: ("car", MIDDLE)}
    graph = video(frame(1.0, objects, [(2, "approach", 3)]))
    text = sentence(["man", "car", "boy"], [(2, "approach", 1)])
    assert {link.text_node: link.subject_track for link in links(text, graph)} == {0: 1, 1: 3, 2: 2, 3: 2}


def test_mirrored_relations_match_with_the_ends_exchanged():
    graph = video(frame(1.0, {1: ("car", LEFT), 2: ("dog", RIGHT)}, [(1, "left of", 2)]))
    found = links(sentence(["dog", "car"], [(0, "to the right of", 1)]), graph)[-1]
    assert (found.subject_track, found.object_track, found.label) == (1, 2, "left of")
    assert found.similarity == pytest.approx(0.9)
    assert links(sentence(["dog", "car"], [(0, "left of", 1)]), graph)[-1].label == ""


def test_the_interval_is_the_longest_run():
    car = {1: ("car", LEFT)}
    moving = [(1, "move", None)]
    graph = video(
        frame(1.0, car, moving), frame(3.0, car), frame(5.0, car, moving), frame(7.0, car, moving), frame(9.0, car)
    )
    found = links(sentence(["car"], [(0, "drive", None)]), graph)[-1]
    assert (found.label, found.interval) == ("move", (4.0, 8.0))


def test_without_a_visual_predicate_the_common_presence_counts_less():
    both = {1: ("person", LEFT), 2: ("dog", RIGHT)}
    graph = video(frame(1.0, {1: ("person", LEFT)}), frame(3.0, both), frame(5.0, both))
    found = links(sentence(["woman", "dog"], [(0, "admire", 1)]), graph)[-1]
    assert found == Link(text_node=2, subject_track=1, object_track=2, interval=(2.0, 6.0), similarity=0.38)


def test_without_a_visual_predicate_a_motion_verb_takes_the_moving_stretch():
    boxes = [LEFT, LEFT, LEFT, MIDDLE, RIGHT]
    graph = video(*(frame(1.0 + 2 * i, {1: ("car", box)}) for i, box in enumerate(boxes)))
    assert links(sentence(["car"], [(0, "drive", None)]), graph)[-1].interval == (4.0, 10.0)
    assert links(sentence(["car"], [(0, "shine", None)]), graph)[-1].interval == (0.0, 10.0)


def test_a_predicate_without_its_subject_stays_unlinked():
    graph = video(frame(1.0, {1: ("bowl", LEFT)}))
    assert [link.text_node for link in links(sentence(["bowl"], [(None, "wash", 0)]), graph)] == [0]


def test_one_link_for_a_predicate_with_two_subjects():
    graph = video(frame(1.0, {1: ("dog", LEFT), 2: ("cat", RIGHT)}, [(2, "move", None)]))
    text = TextualSceneGraph(
        text="a dog and a cat run",
        nodes=(
            TextNode(kind=NodeKind.OBJECT, label="dog", lemma="dog"),
            TextNode(kind=NodeKind.OBJECT, label="cat", lemma="cat"),
            TextNode(kind=NodeKind.PREDICATE, label="run", lemma="run"),
        ),
        edges=(
            Edge(source=0, target=2, kind=EdgeKind.SUBJECT),
            Edge(source=1, target=2, kind=EdgeKind.SUBJECT),
        ),
    )
    assert [(link.subject_track, link.label) for link in links(text, graph) if link.text_node == 2] == [(2, "move")]


def test_empty_graphs_give_no_links():
    cars = video(frame(1.0, {1: ("car", LEFT)}))
    assert links(TextualSceneGraph(text=""), cars) == []
    assert links(sentence(["car"]), video(frame(1.0, {}))) == []
    assert links(sentence(["car"]), video()) == []


def test_one_image_for_each_key_frame_or_none():
    graph = video(frame(1.0, {1: ("car", LEFT)}))
    with pytest.raises(InputError, match="one image for each of 1 key frames, found 2"):
        link_graphs(sentence(["car"]), graph, images=[np.zeros((4, 4, 3), np.uint8)] * 2, similarity=LEXICAL)


def test_crops_are_cut_from_the_key_frames_largest_first():
    picture = np.arange(10 * 10 * 3, dtype=np.uint8).reshape(10, 10, 3)
    graph = video(
        frame(1.0, {1: ("car", (0.0, 0.0, 0.2, 0.2))}, attributes=[(1, "red")]),
        frame(3.0, {1: ("car", (0.5, 0.5, 1.0, 1.0))}),
    )
    view = track_views(graph, [picture, picture])[0]
    assert [part.shape for part in view.crops] == [(5, 5, 3), (2, 2, 3)]
    np.testing.assert_array_equal(view.crops[0], picture[5:, 5:])
    assert view.attributes == {"red": 0.5}
    assert crop(picture, (0.5, 0.5, 0.5, 0.5)).size == 0


def test_links_become_tensors():
    people = {1: ("person", LEFT), 2: ("car", RIGHT)}
    graph = video(frame(1.0, people), frame(3.0, people, [(1, "near", 2)]))
    batch = holistic_batch([link_graphs(sentence(["man", "car"], [(0, "next to", 1)]), graph, similarity=LEXICAL)])
    assert batch.object_link.tolist() == [[0, 1], [0, 1]]
    assert batch.predicate_link.tolist() == [[2], [2], [1], [1]]


@pytest.mark.parametrize(
    ("lemma", "label", "expected"),
    [
        ("approach", "approach", 1.0),
        ("walk towards", "approach", 0.9),
        ("next to", "near", 0.9),
        ("be next to", "near", 0.9),
        ("over", "above", 0.9),
        ("sit on", "on", 0.8),
        ("stand beside", "near", 0.63),
        ("walk down", "move", 0.63),
        ("chase", "follow", 0.9),
        ("ride", "on", 0.7),
        ("go out", "leave", 0.9),
        ("leave", "leave", 1.0),
        ("leave", "move away from", 0.7),
        ("go in front of", "pass in front of", 0.9),
        ("approach", "move away from", 0.0),
        ("left of", "right of", 0.0),
        ("cook", "near", 0.0),
    ],
)
def test_predicates_match_by_paraphrase_and_implication(lemma, label, expected):
    assert predicate_similarity(lemma, label) == pytest.approx(expected)


def test_only_spatial_relations_have_a_mirror():
    assert [mirrored(label) for label in ("left of", "above", "near", "approach", "zigzag")] == [
        "right of",
        "below",
        "near",
        None,
        None,
    ]

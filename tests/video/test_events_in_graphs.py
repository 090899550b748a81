"""Events land in the graphs of the key frames, with their adverbs, and brief ones are not lost."""

from dataclasses import replace

from finsta.graphs.dynamic import Camera, FrameGraph
from finsta.graphs.scene_graph import NodeKind
from finsta.video.assemble import KeyFrame, shot_graphs
from finsta.video.tracking import ObjectTrack
from tests.video.paths import RATE, SECONDS, resting, through, track


def graphs(*tracks: ObjectTrack, at: tuple[float, ...]) -> list[FrameGraph]:
    frames = [KeyFrame(place=round(time * RATE), time=time, camera=Camera()) for time in at]
    found = shot_graphs(tracks, frames, index=0, shot=(0.0, SECONDS), aspect=1.0)
    for graph in found:
        graph.validate()
    return found


def predicates(graph: FrameGraph) -> set[tuple[str, int | None, int | None]]:
    names = [graph.identity(index) for index, node in enumerate(graph.nodes) if node.kind is NodeKind.PREDICATE]
    return {(label, subject, target) for _, label, subject, target in names}  # type: ignore[misc]


HIT = (
    track(1, through((2, 0.1, 0.5), (3, 0.38, 0.5))),
    track(2, through((3, 0.5, 0.5), (3.5, 0.65, 0.5))),
)


def test_an_event_is_in_the_key_frames_of_its_interval_and_in_no_other():
    before, during, after = graphs(*HIT, at=(0.5, 2.75, 5.0))
    assert ("hit", 1, 2) in predicates(during)
    assert ("hit", 1, 2) not in predicates(before) | predicates(after)


def test_a_brief_event_between_sparse_key_frames_is_in_the_nearer_one():
    first, last = graphs(*HIT, at=(0.5, 5.5))
    assert ("hit", 1, 2) in predicates(first)
    assert ("hit", 1, 2) not in predicates(last)
    assert {("move", 1, None), ("move", 2, None)}.isdisjoint(predicates(first))  # nothing moves at that moment


def test_the_pace_hangs_on_the_predicate():
    tracks = track(1, through((1, 0.05, 0.5), (3, 0.8, 0.5))), track(2, resting(0.9, 0.1))
    (graph,) = graphs(*tracks, at=(2.0,))
    adverbs = [
        graph.identity(index)[1] for index, node in enumerate(graph.nodes) if node.kind is NodeKind.PREDICATE_ATTRIBUTE
    ]
    assert adverbs == ["move quickly"]


def test_who_is_gone_for_a_while_is_in_no_graph_of_that_time():
    there = track(1, resting(0.5, 0.5))
    away = replace(there, absent=(there.times > 2) & (there.times < 4))
    first, middle, last = graphs(away, at=(1.0, 3.0, 5.0))
    assert [len(graph.nodes) > 0 for graph in (first, middle, last)] == [True, False, True]

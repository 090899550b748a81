"""Training of the relation head on graphs made on the spot: it learns, resumes where it was killed, is repeatable."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from finsta.config import RelationHeadConfig
from finsta.errors import FormatError, InputError, OutputError
from finsta.graphs.dynamic import DynamicSceneGraph, FrameGraph, VideoInfo, VisualNode
from finsta.graphs.scene_graph import Edge, EdgeKind, NodeKind, TextualSceneGraph
from finsta.graphs.serialization import save_graph
from finsta.training.relation_head.examples import (
    count_prior,
    disturbed,
    examples_of,
    may_be_mirrored,
    mirrored,
    predicates_of,
)
from finsta.training.relation_head.graphs import folder_graphs, world_graphs
from finsta.training.relation_head.scores import best_thresholds, hits, temporal_iou
from finsta.training.relation_head.train import train_relation_head
from finsta.video.predicates.head import RelationHead

TINY = RelationHeadConfig(
    width=16, epochs=30, batch_size=4, learning_rate=1e-2, fewest_examples=2, checkpoint_every=10, dropout=0.0
)


def silent(title):
    return lambda done, total: None


def graph(seed: int, *, frames: int = 24) -> DynamicSceneGraph:
    """A dog that runs towards a tree in some middle stretch of three seconds and stands before and after."""
    rng = np.random.default_rng(seed)
    first = int(rng.integers(3, 8))
    last = first + int(rng.integers(7, 12))
    x, y = 0.15 + 0.1 * rng.random(), 0.2 + 0.6 * rng.random()
    place = x + np.cumsum([0.04 if first <= frame < last else 0.0 for frame in range(frames)])
    found = []
    for frame in range(frames):
        nodes = [
            VisualNode(kind=NodeKind.OBJECT, label="dog", box=_box(place[frame], y), track=3),
            VisualNode(kind=NodeKind.OBJECT, label="tree", box=_box(0.85, y), track=5),
        ]
        edges = []
        if first <= frame < last:
            nodes.append(VisualNode(kind=NodeKind.PREDICATE, label="approach"))
            edges = [
                Edge(source=0, target=2, kind=EdgeKind.SUBJECT),
                Edge(source=2, target=1, kind=EdgeKind.OBJECT),
            ]
        else:
            nodes.append(VisualNode(kind=NodeKind.PREDICATE, label="wait"))
            edges = [Edge(source=0, target=2, kind=EdgeKind.SUBJECT)]
        found.append(FrameGraph(time=frame / 8, nodes=tuple(nodes), edges=tuple(edges)))
    video = VideoInfo(path="a.mp4", duration=frames / 8, width=64, height=64, frames_per_second=8.0, frame_count=frames)
    return DynamicSceneGraph(video=video, frames=tuple(found))


def _box(x: float, y: float) -> tuple[float, float, float, float]:
    return (max(x - 0.08, 0.0), max(y - 0.08, 0.0), min(x + 0.08, 1.0), min(y + 0.08, 1.0))


def named(count: int, *, start: int = 0) -> list[tuple[str, DynamicSceneGraph]]:
    return [(f"graph {seed}", graph(seed)) for seed in range(start, start + count)]


def test_predicates_that_are_told_often_enough_are_learned():
    graphs = [graph(seed) for seed in range(3)]
    assert predicates_of(graphs, fewest=3) == ("approach", "wait")
    with pytest.raises(InputError, match="told of 4 pairs of objects or more, found 6 relations"):
        predicates_of(graphs, fewest=4)


def test_a_predicate_holds_at_the_steps_of_its_key_frames():
    one = graph(0)
    (example,) = examples_of(one, ("approach", "wait"), rate=8.0, name="a")
    told = [any(node.label == "approach" for node in frame.nodes) for frame in one.frames]
    assert example.holds[0, 1][:, 0].tolist() == told
    assert example.holds[0, None][:, 1].tolist() == [not held for held in told]
    assert not example.labels((1, 0), 2).any()


def test_the_prior_counts_the_share_of_common_time():
    examples = [e for _, g in named(2) for e in examples_of(g, ("approach", "wait"), rate=8.0, name="")]
    held = [example.holds[0, 1][:, 0].mean() for example in examples]
    shares = count_prior(examples, ("approach", "wait")).shares
    assert shares["dog", "tree"] == pytest.approx((sum(held), 0.0, 2.0))
    assert shares["tree", "dog"] == (0.0, 0.0, 2.0)
    assert shares["dog", None] == pytest.approx((0.0, 2 - sum(held), 2.0))


def test_disturbed_paths_miss_and_jitter_and_mirrored_ones_exchange_sides():
    (example,) = examples_of(graph(0), ("approach",), rate=8.0, name="")
    paths = example.paths
    rng = np.random.default_rng(0)
    moved = disturbed(paths, rng, jitter=0.05, misses=0.3)
    assert 0.5 < moved.seen.mean() < 0.9
    shift = (moved.stable - paths.stable)[moved.seen]
    assert 0.05 * 0.16 * 0.7 < shift.std() < 0.05 * 0.16 * 1.3
    same = disturbed(paths, rng, jitter=0.0, misses=0.0)
    np.testing.assert_allclose(same.boxes, paths.boxes)
    np.testing.assert_array_equal(same.present, paths.present)
    np.testing.assert_allclose(mirrored(mirrored(paths)).boxes, paths.boxes)
    np.testing.assert_allclose(mirrored(paths).boxes[..., 0], 1 - paths.boxes[..., 2])


def test_sides_are_not_exchanged_where_a_predicate_names_one():
    assert may_be_mirrored(["follow", "bright"])
    assert not may_be_mirrored(["walk_left"])
    assert not may_be_mirrored(["right of"])


def test_temporal_iou_by_hand():
    assert temporal_iou((0.0, 2.0), (1.0, 3.0)) == pytest.approx(1 / 3)
    assert temporal_iou((0.0, 1.0), (2.0, 3.0)) == 0.0
    assert temporal_iou((1.0, 1.0), (1.0, 1.0)) == 1.0


def test_each_gold_interval_is_hit_once_by_the_surest():
    found = [((0.0, 2.0), 0.5), ((0.1, 2.0), 0.9), ((5.0, 6.0), 0.4)]
    assert hits(found, [(0.0, 2.0)]) == [False, True, False]


def test_the_threshold_is_where_the_intervals_agree_best():
    labels = np.zeros((16, 2), bool)
    labels[4:10, 0] = True
    chances = np.full((16, 2), 0.05)
    chances[4:10, 0] = 0.3
    chances[12:16, 0] = 0.18
    best = best_thresholds([chances], [labels], rate=8.0)
    assert 0.18 < best[0] <= 0.3
    assert best[1] == 0.5


def test_training_learns_which_motion_a_word_stands_for(tmp_path):
    head = train_relation_head(named(24), named(6, start=100), tmp_path / "head", config=TINY, stages=silent)
    losses = [json.loads(line)["loss"] for line in (tmp_path / "head/run/validation.jsonl").read_text().splitlines()]
    assert min(losses) < 0.5 * losses[0]
    right = 0
    for _, one in named(6, start=200):
        (example,) = examples_of(one, head.settings.predicates, rate=8.0, name="")
        pair = next(pair for pair in head.chances(example.paths) if pair.object == 5)
        said = pair.chances[:, head.settings.predicates.index("approach")] > 0.5
        right += int((said == example.holds[0, 1][:, 0]).mean() > 0.85)
    assert right >= 5


class KilledError(Exception):
    pass


def test_a_killed_run_goes_on_to_the_same_head(tmp_path):
    short = replace(TINY, epochs=4)

    def dying(title):
        def stop(done: int, total: int) -> None:
            if done == 15:
                raise KilledError

        return stop

    whole = train_relation_head(named(16), named(4, start=50), tmp_path / "whole", config=short, stages=silent)
    with pytest.raises(KilledError):
        train_relation_head(named(16), named(4, start=50), tmp_path / "killed", config=short, stages=dying)
    resumed = train_relation_head(named(16), named(4, start=50), tmp_path / "killed", config=short, stages=silent)
    assert resumed.settings == whole.settings
    for name, value in whole.network.state_dict().items():
        np.testing.assert_allclose(resumed.network.state_dict()[name], value, atol=1e-6)
    steps = [json.loads(line)["step"] for line in (tmp_path / "killed/run/log.jsonl").read_text().splitlines()]
    assert steps == list(range(16))


def test_a_finished_run_is_read_back_and_another_one_is_refused(tmp_path):
    short = replace(TINY, epochs=1)
    first = train_relation_head(named(8), named(2, start=50), tmp_path / "head", config=short, stages=silent)
    again = train_relation_head(named(8), named(2, start=50), tmp_path / "head", config=short, stages=silent)
    assert again.settings == first.settings
    with pytest.raises(OutputError, match=r"config\.width was 16, now 8"):
        train_relation_head(
            named(8), named(2, start=50), tmp_path / "head", config=replace(short, width=8), stages=silent
        )


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"rate": 0.0}, "--rate: expected more than 0, found 0.0"),
        ({"label_dropout": 1.0}, r"--label-dropout: expected a share in \[0, 1\), found 1.0"),
        ({"idle": 0.0}, r"--idle: expected a share in \(0, 1\], found 0.0"),
        ({"jitter": 0.5}, r"--jitter: expected a share in \[0, 0.5\), found 0.5"),
    ],
)
def test_a_setting_out_of_range_is_refused_by_its_option(setting, message, tmp_path):
    with pytest.raises(InputError, match=message):
        train_relation_head([], [], tmp_path / "head", config=replace(TINY, **setting), stages=silent)
    assert not (tmp_path / "head").exists()


def test_training_ends_early_where_nothing_improves(tmp_path):
    stuck = replace(TINY, learning_rate=1e-12, patience=2, epochs=20)
    train_relation_head(named(8), named(2, start=50), tmp_path / "head", config=stuck, stages=silent)
    assert len((tmp_path / "head/run/validation.jsonl").read_text().splitlines()) < 20


def write(folder: Path, count: int) -> None:
    for name, one in named(count):
        save_graph(one, folder / f"{name}.json", indent=None)


def test_a_folder_is_divided_by_the_names_of_its_files(tmp_path):
    write(tmp_path, 30)
    train, validation = folder_graphs(tmp_path, on_graph=lambda done, total: None)
    assert len(train) + len(validation) == 30
    assert 0 < len(validation) < 10
    write(tmp_path / "more", 5)
    names = {name for name, _ in folder_graphs(tmp_path, on_graph=lambda done, total: None)[1]}
    assert {name for name, _ in validation} <= names


def test_parts_of_a_folder_are_kept(tmp_path):
    write(tmp_path / "train", 3)
    write(tmp_path / "val", 2)
    write(tmp_path / "other", 2)
    (tmp_path / "train" / "failures.json").write_text("[]")
    assert [len(part) for part in folder_graphs(tmp_path, on_graph=lambda done, total: None)] == [3, 2]


def test_a_folder_without_graphs_of_videos_is_told(tmp_path):
    with pytest.raises(InputError, match="found 0 for training and 0 for validation"):
        folder_graphs(tmp_path, on_graph=lambda done, total: None)
    save_graph(TextualSceneGraph(text="a dog"), tmp_path / "text.json")
    with pytest.raises(FormatError, match="expected the graph of a video, found that of a text"):
        folder_graphs(tmp_path, on_graph=lambda done, total: None)


def test_the_world_gives_its_own_parts_without_rendering():
    train, validation = world_graphs(10, seed=0, on_graph=lambda done, total: None)
    assert (len(train), len(validation)) == (7, 1)
    assert len(train[0][1].frames) == 32
    with pytest.raises(InputError, match="--clips: expected 10 or more"):
        world_graphs(9, seed=0, on_graph=lambda done, total: None)


def test_the_command_trains_and_the_folder_loads(tmp_path, capsys):
    from finsta.command_line.main import main

    write(tmp_path / "graphs/train", 8)
    write(tmp_path / "graphs/val", 2)
    out = tmp_path / "head"
    main(
        [
            "train-relation-head",
            "--graphs",
            str(tmp_path / "graphs"),
            "--out",
            str(out),
            "--epochs",
            "1",
            "--width",
            "8",
        ]
    )
    assert "words: approach, wait" in capsys.readouterr().out
    assert RelationHead.load(out).settings.predicates == ("approach", "wait")

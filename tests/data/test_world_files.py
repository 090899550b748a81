"""The folder of a world: the same bytes, resumable, readable, and never someone else's."""

import hashlib
import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import av
import numpy as np
import pytest

from finsta.data.pairs import read_pairs
from finsta.data.world import WorldConfig, make_world
from finsta.data.world.compose import compose
from finsta.data.world.make import annotate
from finsta.data.world.render import frames
from finsta.data.world.vocabulary import COLOURS, HELD_OUT_LOOKS, HELD_OUT_PACES
from finsta.errors import InputError, OutputError
from finsta.graphs.holistic import HolisticSceneGraph
from finsta.graphs.serialization import load_graph

SMALL = WorldConfig(size=32)


def annotation(out: Path) -> dict[str, str]:
    """A digest of every file of a world but its videos."""
    files = [*out.glob("*.json*"), *(out / "graphs").iterdir()]
    return {str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def videos(out: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in (out / "videos").iterdir()}


@cache
def decoded(path: Path) -> np.ndarray:
    with av.open(str(path)) as container:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    out = tmp_path_factory.mktemp("world") / "w"
    make_world(out, clips=10, seed=5, config=SMALL, workers=1)
    return out


def test_a_world_holds_manifests_videos_and_graphs(world):
    assert sorted(path.name for path in world.iterdir()) == [
        "graphs",
        "test.jsonl",
        "train.jsonl",
        "val.jsonl",
        "videos",
        "world.json",
    ]
    pairs = {split: read_pairs(world, split) for split in ("train", "val", "test")}
    assert {split: len(found) for split, found in pairs.items()} == {"train": 7, "val": 1, "test": 2}
    for pair in [pair for found in pairs.values() for pair in found]:
        assert pair.coarse_caption
        graph = load_graph(pair.graph)
        assert isinstance(graph, HolisticSceneGraph)
        assert graph.text.text == pair.caption
        assert decoded(pair.video).shape == (32, 32, 32, 3)


def test_world_json_says_what_it_is_and_what_is_held_out(world):
    document = json.loads((world / "world.json").read_text())
    assert (document["format"], document["version"], document["seed"]) == ("finsta-world", 1, 5)
    assert document["config"]["size"] == 32
    assert {name: document["counts"][name] for name in ("clips", "train", "val", "test")} == {
        "clips": 10,
        "train": 7,
        "val": 1,
        "test": 2,
    }
    assert {tuple(pair) for pair in document["held_out"]["looks"]} == HELD_OUT_LOOKS
    assert {tuple(pair) for pair in document["held_out"]["paces"]} == HELD_OUT_PACES


def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not(world, tmp_path):
    make_world(tmp_path / "same", clips=10, seed=5, config=SMALL, workers=1)
    make_world(tmp_path / "other", clips=10, seed=6, config=SMALL, workers=1)
    assert annotation(tmp_path / "same") == annotation(world)
    ours, theirs = annotation(world), annotation(tmp_path / "other")
    assert all(ours[name] != theirs[name] for name in ours if name.startswith("graphs"))


def test_two_processes_give_the_same_bytes_as_one(tmp_path):
    for workers in (1, 2):
        make_world(tmp_path / str(workers), clips=26, seed=2, config=SMALL, workers=workers)
    assert annotation(tmp_path / "1") == annotation(tmp_path / "2")


def test_a_larger_world_holds_the_smaller_one(world, tmp_path):
    make_world(tmp_path / "w", clips=4, seed=5, config=SMALL, workers=1)
    few, before = annotation(tmp_path / "w"), videos(tmp_path / "w")
    make_world(tmp_path / "w", clips=10, seed=5, config=SMALL, workers=1)
    assert annotation(tmp_path / "w") == annotation(world)
    assert {name: digest for name, digest in annotation(world).items() if name in few and "graphs" in name} == {
        name: digest for name, digest in few.items() if "graphs" in name
    }
    assert videos(tmp_path / "w").items() >= before.items()


def test_an_interrupted_world_is_finished_and_keeps_its_clips(world, tmp_path):
    out = tmp_path / "w"

    def interrupt(done: int, wanted: int) -> None:
        if done == 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_world(out, clips=10, seed=5, config=SMALL, workers=1, progress=interrupt)
    assert not list(out.glob("*.jsonl"))
    (out / "graphs" / "000003.json").unlink()
    (out / "videos" / ".000009.mp4.1.tmp").write_bytes(b"half")
    kept = {name: time for name, time in videos(out).items() if name not in ("000003.mp4", ".000009.mp4.1.tmp")}
    make_world(out, clips=10, seed=5, config=SMALL, workers=1)
    assert annotation(out) == annotation(world)
    assert videos(out).items() >= kept.items()
    assert not list(out.rglob("*.tmp"))


def test_a_finished_world_is_left_alone(world):
    before = annotation(world), videos(world)
    calls = []
    make_world(world, clips=10, seed=5, config=SMALL, progress=lambda done, wanted: calls.append((done, wanted)))
    assert (annotation(world), videos(world)) == before
    assert calls == [(10, 10)]


def test_a_lost_video_is_rendered_again(world, tmp_path):
    make_world(tmp_path / "w", clips=3, seed=5, config=SMALL, workers=1)
    (tmp_path / "w" / "videos" / "000001.mp4").unlink()
    calls = []
    make_world(
        tmp_path / "w", clips=3, seed=5, config=SMALL, progress=lambda done, wanted: calls.append((done, wanted))
    )
    assert calls == [(2, 3), (3, 3)]
    assert len(decoded(tmp_path / "w" / "videos" / "000001.mp4")) == 32


def test_a_broken_manifest_is_written_anew(world, tmp_path):
    make_world(tmp_path / "w", clips=10, seed=5, config=SMALL, workers=1)
    (tmp_path / "w" / "test.jsonl").write_text('{"id": "0000')
    before = videos(tmp_path / "w")
    make_world(tmp_path / "w", clips=10, seed=5, config=SMALL, workers=1)
    assert annotation(tmp_path / "w") == annotation(world)
    assert videos(tmp_path / "w") == before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seed": 6}, r"holds a world with \{'seed': 5\}, wanted \{'seed': 6\}; choose another folder"),
        ({"config": WorldConfig(size=64)}, r"holds a world with .*'size': 32.* wanted .*'size': 64"),
        ({"clips": 9}, "holds 10 clips, wanted 9; ask for 10 or more"),
    ],
)
def test_another_world_in_the_folder_is_an_error(world, change, message):
    before = annotation(world)
    with pytest.raises(OutputError, match=message):
        make_world(world, **({"clips": 10, "seed": 5, "config": SMALL} | change))
    assert annotation(world) == before


def test_a_folder_with_other_files_is_an_error(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(OutputError, match=r"holds files but no world\.json; choose an empty or a new folder"):
        make_world(tmp_path, clips=1, seed=0)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_file_in_place_of_the_folder_is_an_error(tmp_path):
    (tmp_path / "w").write_text("")
    with pytest.raises(OutputError, match="expected a folder, found a file"):
        make_world(tmp_path / "w", clips=1, seed=0)
    with pytest.raises(OutputError, match="cannot be written"):
        make_world(tmp_path / "w" / "below", clips=1, seed=0)


def test_a_broken_world_json_is_an_error(tmp_path):
    (tmp_path / "world.json").write_text("{")
    with pytest.raises(OutputError, match="cannot be read as JSON"):
        make_world(tmp_path, clips=1, seed=0)


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ({"clips": 0}, "clips: expected 1 or more, found 0"),
        ({"seed": -1}, "seed: expected 0 or more, found -1"),
        ({"config": WorldConfig(size=33)}, "size: expected an even number of pixels, 32 or more; found 33"),
        ({"config": WorldConfig(frames_per_second=4)}, "frames_per_second: expected 8 or more"),
        ({"config": WorldConfig(frame_count=31)}, "frame_count: expected 4 seconds or more"),
        ({"config": WorldConfig(key_frames=7)}, "key_frames: expected two a second or more"),
        ({"config": WorldConfig(two_events=1.5)}, r"two_events: expected a share in \[0, 1\], found 1.5"),
    ],
)
def test_numbers_out_of_range_are_errors_and_nothing_is_written(tmp_path, numbers, message):
    with pytest.raises(InputError, match=message):
        make_world(tmp_path / "w", **({"clips": 1, "seed": 0} | numbers))
    assert not (tmp_path / "w").exists()


def test_the_gold_box_of_a_plain_thing_shows_its_colour_in_the_decoded_video(tmp_path):
    config = WorldConfig()
    make_world(tmp_path / "w", clips=12, seed=1, config=config, workers=1)
    right = wrong = 0
    for index in range(12):
        scene, entry, _ = annotate(1, config, index)
        images = decoded(tmp_path / "w" / entry["video"])
        for thing, look in enumerate(scene.things):
            if look.texture != "plain" or any(event.predicate.startswith("pass") for event in scene.events):
                continue
            for frame in range(0, 32, 5):
                box = scene.box(thing, frame)
                if box is None or min(box) == 0 or max(box) == 1:
                    continue
                x, y = int((box[0] + box[2]) / 2 * 64), int((box[1] + box[3]) / 2 * 64)
                seen = images[frame, y, x].astype(float)
                nearest = min(COLOURS, key=lambda colour: np.abs(seen - COLOURS[colour]).sum())
                right, wrong = right + (nearest == look.colour), wrong + (nearest != look.colour)
    assert right > 60
    assert wrong <= 0.05 * right


def test_what_passes_behind_is_hidden_and_what_passes_in_front_hides():
    checked = set()
    for index in range(60):
        scene = compose(4, index, WorldConfig())
        scene = replace(scene, things=tuple(replace(thing, texture="plain") for thing in scene.things))
        for event in scene.events:
            if not event.predicate.startswith("pass"):
                continue
            offset = scene.position[event.subject] - scene.position[event.object]
            frame = int(np.argmin(np.linalg.norm(offset, axis=1)))
            if np.linalg.norm(offset[frame]) > 0.3 * scene.radius[event.subject, frame]:
                continue
            view = (scene.position[event.object, frame] - scene.cameras.shift[frame]) / scene.cameras.scale[frame]
            image = list(frames(scene, size=64, rng=np.random.default_rng(0)))[frame].astype(float)
            seen = image[int(view[1] * 64), int(view[0] * 64)]
            subject, target = (
                np.abs(seen - COLOURS[scene.things[thing].colour]).sum() for thing in (event.subject, event.object)
            )
            assert (subject < target) == (event.predicate == "pass in front of")
            checked.add(event.predicate)
    assert checked == {"pass behind", "pass in front of"}


def test_a_still_camera_leaves_the_background_still_and_a_moving_one_does_not():
    found = {}
    for index in range(30):
        scene = compose(8, index, WorldConfig())
        corners = np.stack(list(frames(scene, size=64, rng=np.random.default_rng(0))))[:, :3, :3].astype(float)
        away = all(scene.polygon(thing, frame).min() > 0.06 for thing in range(len(scene.things)) for frame in (0, 31))
        if away:
            found.setdefault(bool(scene.cameras.shift.any()), []).append(np.abs(corners[31] - corners[0]).max())
    assert max(found[False]) == 0
    assert min(found[True]) > 0

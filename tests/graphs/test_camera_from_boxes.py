import math
from random import Random

import pytest
import torch

from finsta.encoders.gaussian_differential import GaussianDifferentialLayer
from finsta.encoders.motion import node_motion
from finsta.graphs.camera_from_boxes import with_estimated_cameras
from finsta.graphs.collate import video_batch
from finsta.graphs.dynamic import Camera, DynamicSceneGraph
from tests.encoders.setup import HEADS, WIDTH, doubled, past_of, states
from tests.graph_samples import tracks_graph

PLACES = [(0.3, 0.3), (0.7, 0.35), (0.45, 0.7), (0.6, 0.55), (0.35, 0.5)]
RELATIONS = {"relations": [(0, "near", 1), (2, "rest", None)], "attributes": [(0, "red"), (3, "blue")]}


def seen(frames: int, *, pan=(0.0, 0.0), zoom=1.0, mover=(0.0, 0.0), jitter=0.0, seed=0) -> DynamicSceneGraph:
    """Five objects through a camera that pans and zooms about the middle; object 0 moves in the world."""
    random, rows = Random(seed), []
    for t in range(frames):
        world = [(x + t * mover[0], y + t * mover[1]) if n == 0 else (x, y) for n, (x, y) in enumerate(PLACES)]
        scale = zoom**t
        rows.append(
            [
                (
                    0.5 + scale * (x - 0.5) + t * pan[0] + random.gauss(0, jitter),
                    0.5 + scale * (y - 0.5) + t * pan[1] + random.gauss(0, jitter),
                )
                for x, y in world
            ]
        )
    return tracks_graph(rows, **RELATIONS)


def is_identity(graph: DynamicSceneGraph) -> bool:
    batch = video_batch([graph])
    torch.manual_seed(0)
    module, x = GaussianDifferentialLayer(WIDTH, HEADS), states(batch, dtype=torch.float32)
    return torch.equal(module(x, batch)[0], x)


def motion_of_objects(graph: DynamicSceneGraph) -> torch.Tensor:
    """μ at σ = 0.05 of the five objects, in the key frames after the first."""
    batch = doubled(video_batch([graph]))
    found = node_motion(batch, past_of(batch), torch.tensor([0.05], dtype=torch.float64))[:, 0]
    return found[batch.is_kind(_object())].view(-1, 5)[1:]


def _object():
    from finsta.graphs.scene_graph import NodeKind

    return NodeKind.OBJECT


@pytest.mark.parametrize(
    "camera", [{"pan": (0.03, -0.02)}, {"zoom": 1.08}, {"zoom": 0.93, "pan": (0.02, 0.02)}], ids=["pan", "zoom", "both"]
)
def test_what_the_camera_does_alone_becomes_an_exact_identity(camera):
    graph = seen(4, **camera)
    estimated = with_estimated_cameras(graph)
    assert is_identity(estimated)
    assert estimated.frames[0].camera == Camera()
    assert estimated.frames[3].camera != Camera()
    if "zoom" in camera:
        assert not is_identity(graph)


def test_the_estimate_is_the_camera_that_moved():
    camera = with_estimated_cameras(seen(3, zoom=1.1, pan=(0.02, 0.0))).frames[2].camera
    assert camera.scale == pytest.approx(1 / 1.1**2)
    assert camera.stabilise(0.5 + 1.21 * 0.2 + 0.04, 0.5) == pytest.approx((0.7, 0.5))


@pytest.mark.parametrize("camera", [{}, {"pan": (0.04, 0.0)}, {"zoom": 1.08}], ids=["still", "pan", "zoom"])
def test_one_mover_stays_a_mover_and_the_others_stand_still(camera):
    found = motion_of_objects(with_estimated_cameras(seen(3, mover=(-0.06, 0.1), **camera)))
    assert (found[:, 0] > 0.85).all()
    assert (found[:, 1:] < 0.02).all()


@pytest.mark.parametrize("seed", range(5))
def test_noise_of_the_boxes_is_not_taken_for_a_camera(seed):
    graph = seen(3, jitter=0.002, seed=seed)
    assert with_estimated_cameras(graph) == graph


def test_under_noise_too_a_zoom_is_told_from_a_mover():
    found = motion_of_objects(with_estimated_cameras(seen(2, zoom=1.15, mover=(-0.05, 0.1), jitter=0.003)))[0]
    assert found[0] > 0.85
    assert found[1:].max() < 0.1


def test_two_objects_cannot_tell_a_camera_from_a_mover():
    graph = tracks_graph([[(0.2, 0.2), (0.5, 0.5)], [(0.3, 0.2), (0.6, 0.5)]])
    assert with_estimated_cameras(graph) == graph


def test_without_a_majority_the_camera_counts_as_still():
    there = [(x + 0.1 * math.cos(n), y + 0.1 * math.sin(n)) for n, (x, y) in enumerate(PLACES)]
    graph = tracks_graph([PLACES, there])
    assert with_estimated_cameras(graph).frames[1].camera == Camera()


def test_a_cut_starts_anew():
    rows = [[(x + 0.04 * t, y) for x, y in PLACES] for t in range(4)]
    cameras = [frame.camera for frame in with_estimated_cameras(tracks_graph(rows, shots=[0, 0, 1, 1])).frames]
    assert [camera.dx for camera in cameras] == pytest.approx([0, -0.04, 0, -0.04])


def test_a_known_camera_is_left_alone():
    cameras = [Camera(), Camera(dx=0.5), Camera()]
    graph = tracks_graph([[(x + 0.04 * t, y) for x, y in PLACES] for t in range(3)], cameras=cameras)
    assert with_estimated_cameras(graph) is graph


def test_objects_all_in_one_place_give_a_shift():
    near = [(0.5 + 0.004 * n, 0.5) for n in range(4)]
    graph = tracks_graph([near, [(x + 0.1, y) for x, y in near]])
    camera = with_estimated_cameras(graph).frames[1].camera
    assert (camera.scale, camera.dx) == (1.0, pytest.approx(-0.1))


def test_an_empty_video_stays_empty():
    graph = tracks_graph([[], []])
    assert with_estimated_cameras(graph) == graph

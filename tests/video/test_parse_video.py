"""A clip to its graph, end to end, with a detector that is as good as a fair one."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from finsta.errors import InputError, VideoError
from finsta.graphs.dynamic import DynamicSceneGraph
from finsta.graphs.scene_graph import NodeKind
from finsta.video import parse_video
from finsta.video.detectors.detection import Detections
from finsta.video.frames import Frame
from finsta.video.parse import analysis_rate
from tests.video.conftest import GoldDetector, WriteClip, draw_disc, plain, square, texture

RED, BLUE = (220, 20, 30), (20, 40, 220)
Boxes = Sequence[tuple[str, Callable[[float], Sequence[float] | None]]]


def scene(boxes: Boxes, colours: Sequence[tuple[int, int, int]], *, seconds: float, seed: int = 0) -> list[np.ndarray]:
    """Ten frames a second of discs over a pale texture."""
    background = (200 + texture(120, 160, seed) // 8).astype(np.uint8)
    images = []
    for index in range(round(seconds * 10)):
        image = background.copy()
        for (_, path), colour in zip(boxes, colours, strict=True):
            box = path(index / 10)
            if box is not None:
                draw_disc(image, box, colour)
        images.append(image)
    return images


def crossing(t: float) -> Sequence[float] | None:
    """Stands left, walks to the middle from second 1 to 3, goes out on the right from second 5 to 7."""
    x = float(np.interp(t, [1.0, 3.0, 5.0, 7.0], [0.15, 0.5, 0.5, 1.06]))
    box = np.clip(square(x, 0.5, 0.2), 0, 1)
    return None if box[2] - box[0] < 0.02 else tuple(box)


def waiting(t: float) -> Sequence[float] | None:
    return square(0.7, 0.5, 0.2)


TWO_DISCS: Boxes = [("walker", crossing), ("post", waiting)]


@pytest.fixture
def two_discs(clip: WriteClip) -> Path:
    return clip("discs.mp4", scene(TWO_DISCS, (RED, BLUE), seconds=8))


def said(graph: DynamicSceneGraph) -> dict[tuple[str, str, str | None], list[float]]:
    """Every predicate with the labels of its ends and the times of its key frames."""
    found: dict[tuple[str, str, str | None], list[float]] = {}
    for frame in graph.frames:
        for index, node in enumerate(frame.nodes):
            if node.kind is NodeKind.PREDICATE:
                subject, target = (None if end is None else frame.nodes[end].label for end in frame.ends(index))
                assert subject is not None
                found.setdefault((subject, node.label, target), []).append(frame.time)
    return found


def test_two_discs_approach_and_leave(two_discs: Path):
    graph = parse_video(two_discs, detector=GoldDetector(TWO_DISCS), key_frames=16)
    graph.validate()
    assert graph.detector == "gold"
    assert {number: track.label for number, track in graph.object_tracks.items()} == {1: "walker", 2: "post"}
    events = said(graph)
    # It comes up to the post, waits, goes on past it and out; smoothing blurs the ends a little.
    assert all(0.7 < time < 3.4 or 4.7 < time < 6.0 for time in events["walker", "approach", "post"])
    assert sum(time < 3.4 for time in events["walker", "approach", "post"]) >= 3
    assert all(5.0 < time < 6.8 for time in events["walker", "pass", "post"])
    assert all(5.0 < time < 7.2 for time in events["walker", "leave", None])
    assert all(3.0 < time < 6.0 for time in events["walker", "stand", None] if time > 1.5)
    assert ("post", "move", None) not in events
    assert len(events["post", "stand", None]) == 16
    attributes = {
        (frame.nodes[frame.ends(index)[0] or 0].label, node.label)
        for frame in graph.frames
        for index, node in enumerate(frame.nodes)
        if node.kind is NodeKind.ATTRIBUTE
    }
    assert attributes == {
        ("walker", "red"),
        ("post", "blue"),
        ("walker", "moving"),
        ("walker", "still"),
        ("post", "still"),
    }


def test_a_run_again_gives_the_same_graph(two_discs: Path):
    first, second = (parse_video(two_discs, detector=GoldDetector(TWO_DISCS)) for _ in range(2))
    assert first == second


def test_tracks_never_cross_a_cut(clip: WriteClip):
    boxes: Boxes = [("disc", lambda t: square(0.5, 0.5, 0.3))]
    images = scene(boxes, (RED,), seconds=3) + [255 - image for image in scene(boxes, (RED,), seconds=3, seed=1)]
    detector = GoldDetector(boxes, misses=0.0)
    graph = parse_video(clip("cut.mp4", images), detector=detector)
    assert detector.resets == 2
    assert [frame.shot for frame in graph.frames] == [0] * 4 + [1] * 4
    tracks = {frame.shot: {node.track for node in frame.nodes if node.track} for frame in graph.frames}
    assert tracks == {0: {1}, 1: {2}}


def test_a_pan_moves_no_object(clip: WriteClip):
    wide = (200 + texture(120, 400) // 8).astype(np.uint8)
    draw_disc(wide, square(0.45, 0.5, 0.3, aspect=400 / 120), RED)
    images = [wide[:, 3 * index : 3 * index + 160] for index in range(40)]

    def box(t: float) -> Sequence[float]:
        shift = 30 * t
        half = 0.15 * 120
        return ((180 - shift - half) / 160, 0.35, (180 - shift + half) / 160, 0.65)

    def visible(t: float) -> Sequence[float] | None:
        left, top, right, bottom = np.clip(box(t), 0, 1)
        return None if right - left < 0.1 else (left, top, right, bottom)

    graph = parse_video(clip("pan.mp4", images), detector=GoldDetector([("disc", visible)], misses=0.0))
    assert set(said(graph)) == {("disc", "stand", None)}
    last = graph.frames[-1]
    assert last.camera.dx == pytest.approx(30 * last.time / 160, rel=0.03)
    centres = [
        frame.camera.stabilise((node.box[0] + node.box[2]) / 2, (node.box[1] + node.box[3]) / 2)
        for frame in graph.frames
        for node in frame.nodes
        if node.box is not None and node.box[0] > 0.02 and node.box[2] < 0.98
    ]
    assert len(centres) >= 4
    np.testing.assert_allclose(centres, [(180 / 160, 0.5)] * len(centres), atol=0.03)


def test_one_frame_works(clip: WriteClip):
    graph = parse_video(clip("one.mp4", scene(TWO_DISCS, (RED, BLUE), seconds=0.1)), detector=GoldDetector(TWO_DISCS))
    assert [frame.time for frame in graph.frames] == [0.0]
    assert [node.label for node in graph.frames[0].nodes if node.track] == ["walker", "post"]


def test_nothing_found_gives_empty_key_frames_and_a_warning(clip: WriteClip):
    path = clip("empty.mp4", [plain((90, 90, 90))] * 20)
    graph = parse_video(path, detector=GoldDetector([]))
    assert len(graph.frames) == 8
    assert all(frame.nodes == () for frame in graph.frames)
    assert graph.warnings == (f"{path}: nothing was found by the detector 'gold': the key frames are empty",)


def test_auto_tells_which_detector_and_why(clip: WriteClip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("finsta.video.detectors.nanodet_path", lambda: None)
    graph = parse_video(clip("discs.mp4", scene(TWO_DISCS, (RED, BLUE), seconds=1)))
    assert graph.detector == "motion"
    assert graph.warnings[0].startswith("detector 'motion' was taken: motion: NanoDet is not installed")


def test_damage_is_told_in_the_graph_and_not_raised(clip: WriteClip):
    path = clip("discs.mp4", scene(TWO_DISCS, (RED, BLUE), seconds=8), options={"g": "10"})
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    graph = parse_video(path, detector=GoldDetector(TWO_DISCS))
    assert graph.frames
    assert any("truncated" in message for message in graph.warnings)


def test_progress_is_told_from_nought_to_one(clip: WriteClip):
    told: list[tuple[str, float]] = []
    path = clip("discs.mp4", scene(TWO_DISCS, (RED, BLUE), seconds=1))
    parse_video(path, detector=GoldDetector(TWO_DISCS), progress=lambda stage, done: told.append((stage, done)))
    assert list(dict.fromkeys(stage for stage, _ in told)) == ["objects (gold)", "graph"]
    done = [value for name, value in told if name == "objects (gold)"]
    assert done == sorted(done)
    assert (done[0], done[-1]) == (0.0, 1.0)


def test_decoding_ahead_changes_nothing(two_discs: Path):
    first, second = (
        parse_video(two_discs, detector=GoldDetector(TWO_DISCS), decode_ahead=ahead) for ahead in (True, False)
    )
    assert first == second


class Choosy(GoldDetector):
    """Says how large it likes pictures and how many at once, and notes what it was given."""

    picture_side = 80
    batch_size = 5

    def __init__(self) -> None:
        super().__init__([])
        self.batches: list[int] = []
        self.sides: set[int] = set()

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        self.batches.append(len(frames))
        self.sides |= {max(frame.image.shape) for frame in frames}
        return super().detect(frames)


def test_a_detector_gets_pictures_and_batches_of_the_size_it_asks_for(clip: WriteClip):
    path = clip("cut.mp4", [picture for seed in (1, 2) for picture in [texture(120, 160, seed)] * 12])
    detector = Choosy()
    parse_video(path, detector=detector)
    assert (detector.batches, detector.sides) == ([5, 5, 2, 5, 5, 2], {80})
    detector = Choosy()
    parse_video(path, detector=detector, max_side=120)
    assert detector.sides == {120}


def test_a_dissolve_parts_tracks(clip: WriteClip):
    boxes: Boxes = [("disc", lambda t: square(0.5, 0.5, 0.3))]
    first = scene(boxes, (RED,), seconds=0.1)[0]
    second = 255 - scene(boxes, (RED,), seconds=0.1, seed=1)[0]
    parts = [(index + 1) / 9 for index in range(8)]
    between = [(first * (1 - part) + second * part).astype(np.uint8) for part in parts]
    path = clip("melt.mp4", [first] * 30 + between + [second] * 30)
    detector = GoldDetector(boxes, misses=0.0)
    graph = parse_video(path, detector=detector)
    assert detector.resets == 2
    tracks = {frame.shot: {node.track for node in frame.nodes if node.track} for frame in graph.frames}
    assert tracks == {0: {1}, 1: {2}}


def test_every_shot_has_a_key_frame_also_when_there_are_more_shots(clip: WriteClip):
    images = [picture for seed in range(5) for picture in [texture(120, 160, seed)] * 5]
    graph = parse_video(clip("cuts.mp4", images), detector=GoldDetector([]), key_frames=3)
    assert [frame.shot for frame in graph.frames] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("detector", "duration", "file_rate", "expected"),
    [
        ("nanodet", 60.0, 30.0, 4.0),
        ("motion", 60.0, 30.0, 10.0),
        ("nanodet", 2.0, 30.0, 12.0),
        ("nanodet", 0.1, 30.0, 30.0),
        ("nanodet", 4.0, 2.0, 4.0),
    ],
)
def test_short_clips_and_motion_are_looked_at_more_closely(
    detector: str, duration: float, file_rate: float, expected: float
):
    found = analysis_rate(4.0, duration=duration, file_rate=file_rate, detector=detector)
    assert found == pytest.approx(expected)


def test_bad_arguments_are_told(clip: WriteClip, tmp_path: Path):
    path = clip("one.mp4", [plain((0, 0, 0))])
    with pytest.raises(InputError, match="key_frames must be positive, found 0"):
        parse_video(path, key_frames=0, detector=GoldDetector([]))
    with pytest.raises(InputError, match="frames_per_second must be positive"):
        parse_video(path, frames_per_second=-1.0, detector=GoldDetector([]))
    with pytest.raises(VideoError, match="found nothing there"):
        parse_video(tmp_path / "missing.mp4", detector=GoldDetector([]))


def test_the_room_is_light_to_import():
    import subprocess

    script = "import sys, finsta.video; print({'av', 'cv2', 'torch', 'scipy', 'scenedetect'} & sys.modules.keys())"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "set()"

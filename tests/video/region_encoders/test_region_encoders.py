"""Region encoders: one contract for all, and what is special of each; networks are tiny or random."""

import json

import cv2
import numpy as np
import pytest
import torch
import transformers as hub

from finsta.errors import InputError, MissingDependencyError
from finsta.video.detectors.nanodet import NanoDet
from finsta.video.region_encoders import RegionEncoder, open_region_encoder
from finsta.video.region_encoders.colour import ColourEncoder
from finsta.video.region_encoders.efficientnet import STAGES, EfficientNetEncoder, EfficientNetLite0
from finsta.video.region_encoders.hugging_face import HuggingFaceEncoder
from finsta.video.region_encoders.nanodet import NanoDetEncoder
from finsta.video.region_encoders.pictures import crop
from finsta.video.region_encoders.pooling import pool_boxes
from tests.video.conftest import texture

SIZES = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
BOXES = [
    np.array([[0.0, 0.0, 0.5, 1.0], [0.5, 0.2, 0.9, 0.8]], np.float32),
    np.zeros((0, 4), np.float32),
    np.array([[0.2, 0.2, 0.4, 0.6]], np.float32),
]


def images() -> list[np.ndarray]:
    return [texture(60, 80, seed=0), texture(60, 80, seed=1), texture(90, 50, seed=2)]


def processor(folder, kind: str):
    document = {
        "image_processor_type": kind,
        "do_resize": True,
        "do_center_crop": False,
        "size": {"height": 32, "width": 32},
        "do_rescale": True,
        "do_normalize": True,
        "image_mean": [0.5] * 3,
        "image_std": [0.5] * 3,
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(document))


def clip_folder(folder):
    tower = SIZES | {"image_size": 32, "patch_size": 8}
    config = hub.CLIPConfig(text_config=SIZES | {"vocab_size": 60}, vision_config=tower, projection_dim=12)
    hub.CLIPModel(config).save_pretrained(folder)
    processor(folder, "CLIPImageProcessor")
    return 12


def siglip_folder(folder):
    tower = SIZES | {"image_size": 32, "patch_size": 8}
    hub.SiglipModel(hub.SiglipConfig(text_config=SIZES | {"vocab_size": 60}, vision_config=tower)).save_pretrained(
        folder
    )
    processor(folder, "SiglipImageProcessor")
    return 16


def dino_folder(folder):
    config = hub.Dinov2Config(hidden_size=16, num_hidden_layers=1, num_attention_heads=2, image_size=32, patch_size=8)
    hub.Dinov2Model(config).save_pretrained(folder)
    processor(folder, "BitImageProcessor")
    return 16


FOLDERS = {"clip": clip_folder, "siglip": siglip_folder, "dino": dino_folder}


@pytest.fixture(params=["colour", "efficientnet", "nanodet", *FOLDERS])
def encoder(request, tmp_path) -> RegionEncoder:
    torch.manual_seed(0)
    if request.param == "colour":
        return ColourEncoder()
    if request.param == "efficientnet":
        return EfficientNetEncoder(EfficientNetLite0(), batch_size=2)
    if request.param == "nanodet":
        return NanoDetEncoder(NanoDet(), batch_size=2)
    dim = FOLDERS[request.param](tmp_path)
    found = open_region_encoder(f"hf:{tmp_path}")
    assert found.dim == dim
    return found


def test_every_box_has_a_row_of_length_one_and_a_picture_without_boxes_has_none(encoder):
    found = encoder.encode(images(), BOXES)
    assert isinstance(encoder, RegionEncoder)
    assert [rows.shape for rows in found] == [(2, encoder.dim), (0, encoder.dim), (1, encoder.dim)]
    for rows in found:
        np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-4)
        assert rows.dtype == np.float32


def test_a_picture_alone_is_the_same_as_among_others(encoder):
    found = encoder.encode(images(), BOXES)
    for image, boxes, rows in zip(images(), BOXES, found, strict=True):
        np.testing.assert_allclose(encoder.encode([image], [boxes])[0], rows, atol=1e-4)


def test_no_pictures_no_rows(encoder):
    assert encoder.encode([], []) == []


def test_points_under_a_box_are_averaged():
    ramp = torch.arange(8.0).repeat(8, 1)[None]  # column c holds c
    found = pool_boxes(ramp, np.array([[0.0, 0.0, 1.0, 1.0], [0.25, 0.1, 0.75, 0.3]], np.float32))
    np.testing.assert_allclose(found, [[3.5], [3.5]], atol=1e-5)
    assert pool_boxes(ramp, np.zeros((0, 4), np.float32)).shape == (0, 1)


def test_a_crop_has_a_margin_stays_inside_and_is_never_empty():
    image = np.arange(100 * 200 * 3, dtype=np.uint32).astype(np.uint8).reshape(100, 200, 3)
    assert crop(image, np.array([0.5, 0.5, 0.6, 0.6])).shape == (12, 24, 3)
    assert crop(image, np.array([0.0, 0.0, 1.0, 1.0])).shape == (100, 200, 3)
    assert crop(image, np.array([0.999, 0.5, 1.0, 0.5])).shape == (4, 4, 3)


def test_padding_is_that_of_tensorflow():
    # An even side, stride two: one pixel is missing, and it is put at the right and the bottom.
    network = EfficientNetLite0()
    torch.nn.init.zeros_(network.stem.weight)
    network.stem.weight.data[0, 0, 2, 2] = 1.0
    torch.nn.init.zeros_(network.stem.bias)
    x = torch.zeros(1, 3, 4, 4)
    x[0, 0, 2, 2] = 1.0
    assert network.stem(x)[0, 0].tolist() == [[1.0, 0.0], [0.0, 0.0]]


def test_maps_have_the_strides_that_are_pooled():
    maps = EfficientNetLite0().maps(torch.zeros(1, 3, 64, 96), last=14)
    assert [tuple(maps[tap].shape) for tap in (7, 14)] == [(1, 80, 4, 6), (1, 192, 2, 3)]
    assert sum(count for count, *_ in STAGES) == 16


def test_colour_tells_two_colours_apart():
    image = np.full((40, 80, 3), (200, 30, 30), np.uint8)
    image[:, 40:] = (30, 30, 200)
    rows = ColourEncoder().encode([image], [np.array([[0.0, 0.0, 0.5, 1.0], [0.5, 0.0, 1.0, 1.0]], np.float32)])[0]
    assert rows[0] @ rows[1] == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("spec", ["sift", "hf", "hf:", "colour:x"])
def test_an_unknown_name_is_told(spec):
    with pytest.raises(InputError, match="expected colour, efficientnet-lite0, nanodet or hf:HUB_ID_OR_FOLDER"):
        open_region_encoder(spec)


@pytest.mark.parametrize(("spec", "name"), [("efficientnet-lite0", "EfficientNet-Lite0"), ("nanodet", "NanoDet")])
def test_weights_that_are_not_there_are_told(spec, name, tmp_path, monkeypatch):
    monkeypatch.setenv("FINSTA_CACHE", str(tmp_path))
    with pytest.raises(MissingDependencyError, match=f"expected the {name} weights .* `finsta models get {spec}`"):
        open_region_encoder(spec)


def test_a_folder_without_a_vision_model_is_told(tmp_path):
    with pytest.raises(InputError, match="expected a folder or hub id of a vision model"):
        HuggingFaceEncoder.load(str(tmp_path))


def test_weights_in_the_cache_are_opened(tmp_path, monkeypatch):
    from safetensors.torch import save_file

    monkeypatch.setenv("FINSTA_CACHE", str(tmp_path))
    network = EfficientNetLite0()
    save_file(network.state_dict(), tmp_path / "efficientnet-lite0.safetensors")
    save_file(NanoDet().state_dict(), tmp_path / "nanodet.safetensors")
    found = open_region_encoder("efficientnet-lite0", device="cpu").encode(images(), BOXES)
    np.testing.assert_allclose(found[0], EfficientNetEncoder(network).encode(images(), BOXES)[0], atol=1e-5)
    assert open_region_encoder("nanodet", device="cpu").dim == 384


def test_a_picture_is_seen_alike_at_any_size(tmp_path):
    torch.manual_seed(0)
    encoder = EfficientNetEncoder(EfficientNetLite0())
    small = cv2.resize(texture(120, 160), (80, 60), interpolation=cv2.INTER_AREA)
    large = cv2.resize(small, (640, 480), interpolation=cv2.INTER_LINEAR)
    box = np.array([[0.1, 0.1, 0.6, 0.7]], np.float32)
    assert float(encoder.encode([small], [box])[0][0] @ encoder.encode([large], [box])[0][0]) > 0.99

"""Frames as the image processors of the families make them of whole pictures, and the processors' files on disk."""

import json

import numpy as np
import pytest
import torch

from finsta.transfer.hosts import load_host
from finsta.transfer.hosts.llm import FAMILIES
from finsta.transfer.hosts.llm.frames import fixed_frames, longest_frames, regular_frames, token_grid
from finsta.transfer.hosts.processor_files import ProcessorFiles
from tests.hosts.registry import own_host, shared_host

SIZES = ((40, 48), (48, 40), (31, 90), (16, 16), (9, 12))


def pictures(size):
    generator = np.random.default_rng(0)
    return [generator.integers(0, 256, (*size, 3), dtype=np.uint8) for _ in range(2)]


def whole(processor, images, **settings):
    """Bytes of whole pictures by an image processor: of tiles the first."""
    made = processor(images, do_rescale=False, do_normalize=False, return_tensors="np", **settings)
    found = np.asarray(made["pixel_values"])
    found = found[:, 0] if found.ndim == 5 and len(found) == len(images) else found
    return np.moveaxis(found.reshape(-1, *found.shape[-3:]), -3, -1).round().astype(np.uint8)


@pytest.mark.parametrize("size", SIZES)
def test_frames_of_fixed_size_are_squeezed_or_cut_out_as_image_processors_do(size):
    from transformers import CLIPImageProcessorPil

    images = pictures(size)
    for name in ("llava_onevision", "internvl"):
        processor = shared_host(name).image_processor
        assert np.array_equal(fixed_frames(processor, images), whole(processor, images)), name
    for name in (
        "video_llava",
        "llava_next_video",
    ):  # the latter's image processor cuts nothing out, its video one does
        processor = shared_host(name).image_processor
        cutting = CLIPImageProcessorPil(size=dict(processor.size), crop_size=dict(processor.crop_size))
        assert np.array_equal(fixed_frames(processor, images), whole(cutting, images)), name


@pytest.mark.parametrize("size", SIZES)
def test_frames_of_video_llava_are_those_of_its_image_processor(size):
    processor, images = shared_host("video_llava").image_processor, pictures(size)
    made = processor(images=images, do_rescale=False, do_normalize=False, return_tensors="np")
    expected = np.moveaxis(np.asarray(next(iter(made.values()))), -3, -1)
    assert np.array_equal(fixed_frames(processor, images), expected)


@pytest.mark.parametrize("size", SIZES)
def test_frames_of_smolvlm_are_those_of_its_image_processor_at_the_scale_of_videos(size):
    processor, images = shared_host("smolvlm").image_processor, pictures(size)
    made = processor(
        [[image] for image in images],
        do_image_splitting=False,
        size={"longest_edge": 16},
        do_rescale=False,
        do_normalize=False,
        return_tensors="np",
    )
    expected = np.moveaxis(np.asarray(made["pixel_values"])[:, 0], -3, -1).round().astype(np.uint8)
    assert np.array_equal(longest_frames(processor, images), expected)


def test_frames_of_free_size_are_squeezed_as_the_image_processor_does():
    from transformers import Qwen2VLImageProcessorPil

    processor = Qwen2VLImageProcessorPil()
    rows, columns, side = token_grid(processor)
    assert (rows, columns, side) == (10, 13, 28)
    images = pictures((10 * 28 + 9, 13 * 28 + 9))  # rounded to the same grid
    made = processor(images, do_rescale=False, do_normalize=False, return_tensors="pt")
    assert made["image_grid_thw"].tolist() == [[1, 20, 26]] * 2
    frames = torch.from_numpy(regular_frames(processor, images)).movedim(-1, -3).float()
    blocks = frames.reshape(2, 3, 10, 2, 14, 13, 2, 14).permute(0, 2, 5, 3, 6, 1, 4, 7).flatten(0, 4).flatten(1, 1)
    theirs = made["pixel_values"].reshape(-1, 3, 2, 14, 14)[:, :, 0]
    torch.testing.assert_close(blocks, theirs.to(torch.float32), rtol=0, atol=0)


@pytest.mark.parametrize(
    ("most", "grid"), [(28 * 28 * 1280, (10, 13)), (28 * 28 * 6, (2, 3)), (28 * 28, (1, 1)), (1, (1, 1))]
)
def test_the_most_pixels_bound_the_tokens(most, grid):
    from transformers import Qwen2VLImageProcessorPil

    processor = Qwen2VLImageProcessorPil(size={"shortest_edge": 1, "longest_edge": most})
    assert token_grid(processor)[:2] == grid


def test_preparing_prepared_frames_changes_nothing():
    for name in FAMILIES:
        host = shared_host(name)
        once = host.prepare(pictures((40, 48)))
        assert np.array_equal(host.prepare(list(once)), once), name


def test_the_processors_files_are_written_as_they_came(tmp_path):
    host = own_host("qwen2_5_vl")
    host.save(tmp_path / "host")
    for name, text in host.processor.texts.items():
        assert (tmp_path / "host" / name).read_text() == text
    again = load_host(tmp_path / "host")
    assert {**again.processor.texts} == {
        **host.processor.texts,
        **{name: text for name, text in again.processor.texts.items() if name == "chat_template.jinja"},
    }
    video = json.loads((tmp_path / "host" / "video_preprocessor_config.json").read_text())
    assert video["video_processor_type"] == "Qwen2VLVideoProcessor"


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("chat_template.json", '{"chat_template": "{{ 1 }}"}'),
        ("chat_template.jinja", "{{ 1 }}"),
        ("processor_config.json", '{"chat_template": "{{ 1 }}", "processor_class": "X"}'),
    ],
)
def test_the_processors_chat_template_becomes_the_tokenizers(tmp_path, file, text):
    own_host("llava_onevision").save(tmp_path / "host")
    (tmp_path / "host" / file).write_text(text)
    host = load_host(tmp_path / "host")
    assert host.tokenizer.chat_template == "{{ 1 }}"
    host.save(tmp_path / "again")
    assert (tmp_path / "again" / file).read_text() == text
    assert load_host(tmp_path / "again").tokenizer.chat_template == "{{ 1 }}"


def test_files_without_a_chat_template_leave_the_tokenizers():
    assert ProcessorFiles({"processor_config.json": "[]"}).chat_template is None


@pytest.mark.parametrize("nested", [False, True])
def test_frames_are_scaled_as_the_video_processor_says(tmp_path, nested):
    own_host("internvl").save(tmp_path / "host")
    settings = {"image_mean": [0.1, 0.2, 0.3], "image_std": [0.5, 0.6, 0.7]}
    file = tmp_path / "host" / ("processor_config.json" if nested else "video_preprocessor_config.json")
    content = json.loads(file.read_text())
    file.write_text(json.dumps({**content, "video_processor": settings} if nested else {**content, **settings}))
    host = load_host(tmp_path / "host")
    white = host.pixels([np.full((16, 16, 3), 255, np.uint8)])[0, :, 0, 0]
    torch.testing.assert_close(white, torch.tensor([0.9 / 0.5, 0.8 / 0.6, 0.7 / 0.7]))
    host.save(tmp_path / "again")
    assert (tmp_path / "again" / file.name).read_text() == file.read_text()
    assert json.loads((tmp_path / "again" / "preprocessor_config.json").read_text())["image_mean"][0] > 0.4

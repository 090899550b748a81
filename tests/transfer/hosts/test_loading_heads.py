"""Heads: the class that the config names keeps them; weights that it has no place for are not dropped in silence."""

import json
import warnings

import pytest
import torch
from safetensors.torch import load_file, save_file

from finsta.errors import HostError
from finsta.transfer.hosts import load_host
from finsta.transfer.hosts.loading import HostWarning
from tests.hosts.registry import shared_host
from tests.hosts.tiny import frames


def saved(name, folder):
    shared_host(name).save(folder)
    return folder


def test_weights_without_a_place_are_told(tmp_path):
    folder = saved("bridgetower:matching", tmp_path / "host")
    weights = load_file(folder / "model.safetensors")
    weights |= {"mlm_score.bias": torch.zeros(4), "text_encoder.embeddings.position_ids": torch.zeros(1, 24)}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.warns(HostWarning, match=r"1 of its weights have no place in a BridgeTowerForImage.*, mlm_score\.bias"):
        load_host(folder)


@pytest.mark.parametrize("name", ["bridgetower:matching", "blip", "flava", "git", "videomae:pre-training", "vjepa2"])
def test_a_whole_checkpoint_is_loaded_without_a_word(name, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load_host(saved(name, tmp_path / "host"), num_frames=shared_host(name).num_frames)


def test_a_body_without_the_head_that_its_config_names_is_refused(tmp_path):
    folder = saved("videomae:plain", tmp_path / "host")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "architectures": ["VideoMAEForVideoClassification"]}))
    with pytest.raises(HostError, match=r"not those of a VideoMAEForVideoClassification: .* parameters are missing"):
        load_host(folder)


def test_a_class_of_a_family_that_is_not_read_is_named_beside_those_that_are(tmp_path):
    folder = saved("blip-2", tmp_path / "host")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "architectures": ["Blip2ForConditionalGeneration"]}))
    weights = {key: value for key, value in load_file(folder / "model.safetensors").items() if "itm_head" not in key}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    names = r"config names Blip2ForConditionalGeneration, finsta reads Blip2ForImageTextRetrieval"
    with pytest.raises(HostError, match=names):
        load_host(folder)


def test_an_older_image_processor_of_bridgetower_crops_to_its_size(tmp_path):
    host, folder = shared_host("bridgetower"), saved("bridgetower", tmp_path / "host")
    settings = host.image_processor.to_dict()
    del settings["crop_size"]
    (folder / "processor_config.json").unlink()
    (folder / "preprocessor_config.json").write_text(json.dumps(settings, default=str))
    loaded = load_host(folder)
    assert torch.equal(loaded.pixels(frames(host)), host.pixels(frames(host)))
    loaded.save(tmp_path / "again")
    written = json.loads((tmp_path / "again" / "preprocessor_config.json").read_text())
    assert written["crop_size"] == {"shortest_edge": 16}


@pytest.mark.parametrize(
    ("name", "tag", "loader"),
    [
        ("videomae", "video-feature-extraction", "AutoImageProcessor"),
        ("vjepa2", "video-feature-extraction", "AutoVideoProcessor"),
        ("git", "video-text-to-text", "AutoProcessor"),
        ("flava", "video-text-retrieval", "AutoProcessor"),
    ],
)
def test_the_card_says_what_the_host_is_for_and_what_loads_it(name, tag, loader, tmp_path):
    card = (saved(name, tmp_path / "host") / "README.md").read_text()
    assert f"tags: [{tag}, finsta]" in card
    model = type(shared_host(name).model).__name__
    assert f'from transformers import {loader}, {model}\n\nmodel = {model}.from_pretrained("this folder")\n' in card
    assert f'processor = {loader}.from_pretrained("this folder")\n' in card

"""Hosts on disk: what is saved loads in bare `transformers`; what cannot be loaded says what to do."""

import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from finsta.errors import HostError, OutputError
from finsta.transfer.hosts import Host, ModelCard, load_host
from tests.tiny_hosts import CAPTIONS, FRAMES, KINDS, noise_frames, noise_pixels, tiny_host


@pytest.fixture(scope="module", params=KINDS)
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def saved(kind, tmp_path_factory):
    folder = tmp_path_factory.mktemp("hosts") / kind
    tiny_host(kind).save(folder)
    return folder


@pytest.fixture
def damaged(saved, tmp_path):
    """A copy to damage."""
    return shutil.copytree(saved, tmp_path / "damaged")


def scores(host):
    with torch.no_grad():
        return host.forward(noise_pixels(host), **host.tokens(CAPTIONS[:3])).similarity


def test_a_saved_host_loads_with_the_same_scores_tokens_and_frames(kind, saved):
    host, loaded = tiny_host(kind), load_host(saved, num_frames=FRAMES)
    assert torch.equal(scores(loaded), scores(host))
    assert loaded.tokens(CAPTIONS)["input_ids"].tolist() == host.tokens(CAPTIONS)["input_ids"].tolist()
    assert loaded.geometry == host.geometry
    assert (loaded.name, loaded.num_frames) == (str(saved), FRAMES)


def test_a_saved_host_has_the_same_keys_shapes_and_config(kind, saved):
    host = tiny_host(kind)
    file = load_file(saved / "model.safetensors")
    assert {name: value.shape for name, value in file.items()} == {
        name: value.shape for name, value in host.model.state_dict().items()
    }
    loaded = load_host(saved)
    loaded.save(saved.parent / "again")
    configs = [json.loads((folder / "config.json").read_text()) for folder in (saved, saved.parent / "again")]
    for config in configs:  # transformers notes the precision in more places of a model that it loaded
        for part in (config["text_config"], config["vision_config"]):
            part.pop("dtype", None)
    assert configs[0] == configs[1]


def test_saved_hosts_load_in_bare_transformers_and_score_the_same(tmp_path):
    np.save(tmp_path / "frames.npy", np.stack(noise_frames()))
    for kind in KINDS:
        tiny_host(kind).save(tmp_path / kind)
    script = """
import sys, numpy, torch
from transformers import AutoImageProcessor, AutoModel, AutoProcessor, AutoTokenizer, CLIPModel, XCLIPModel
unit = lambda x: torch.nn.functional.normalize(x, dim=-1)
for kind, model_class in (("clip", CLIPModel), ("xclip", XCLIPModel)):
    folder = f"{sys.argv[1]}/{kind}"
    model = AutoModel.from_pretrained(folder)
    assert type(model) is model_class and type(model_class.from_pretrained(folder)) is model_class
    frames = list(numpy.load(f"{sys.argv[1]}/frames.npy"))
    processor = AutoProcessor.from_pretrained(folder)
    text = processor(text=["a red cube"], return_tensors="pt")
    assert text["input_ids"].tolist() == AutoTokenizer.from_pretrained(folder)(["a red cube"])["input_ids"]
    pixels = processor(images=frames, return_tensors="pt")["pixel_values"]
    assert torch.equal(pixels, AutoImageProcessor.from_pretrained(folder)(frames, return_tensors="pt")["pixel_values"])
    with torch.no_grad():
        if kind == "xclip":
            logits = model(pixel_values=pixels[None], **text).logits_per_text
        else:
            video = unit(unit(model.get_image_features(pixel_values=pixels).pooler_output).mean(dim=0, keepdim=True))
            logits = model.logit_scale.exp() * unit(model.get_text_features(**text).pooler_output) @ video.T
    numpy.save(f"{sys.argv[1]}/{kind}.npy", logits.numpy())
assert not [name for name in sys.modules if name.startswith("finsta")]
"""
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True, capture_output=True)
    for kind in KINDS:
        host = tiny_host(kind)
        with torch.no_grad():
            ours = host.forward(host.pixels(noise_frames())[None], **host.tokens(["a red cube"])).similarity
        np.testing.assert_allclose(np.load(tmp_path / f"{kind}.npy"), ours.numpy(), rtol=1e-5, atol=1e-5)


def test_the_card_says_what_is_known_and_leaves_out_the_rest(kind, tmp_path):
    card = ModelCard(
        base_model="org/base", data="world, 200 pairs", command="finsta post-train …", metrics={"test R@1": 12.5}
    )
    tiny_host(kind).save(tmp_path / "out", card=card)
    text = (tmp_path / "out" / "README.md").read_text()
    assert text.startswith('---\nlibrary_name: transformers\nbase_model: "org/base"\n')
    assert "- Data: world, 200 pairs\n- Command: `finsta post-train …`\n" in text
    assert "Method" not in text
    assert "| test R@1 | 12.5 |" in text


def test_saving_over_something_is_refused_and_leaves_it(kind, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("keep")
    with pytest.raises(OutputError, match="out: exists already; expected a folder that is new or empty"):
        tiny_host(kind).save(tmp_path / "out")
    assert [path.name for path in tmp_path.rglob("*")] == ["out", "mine.txt"]


def test_an_empty_folder_is_filled_and_nothing_is_left_beside(kind, tmp_path):
    (tmp_path / "out").mkdir()
    tiny_host(kind).save(tmp_path / "out")
    assert (tmp_path / "out" / "model.safetensors").is_file()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_save_that_fails_leaves_nothing(kind, tmp_path, monkeypatch):
    host = tiny_host(kind)
    monkeypatch.setattr(host.tokenizer, "save_pretrained", lambda *arguments, **settings: 1 / 0)
    with pytest.raises(OutputError, match="out: cannot be written: division by zero"):
        host.save(tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_saving_below_a_file_is_an_output_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        tiny_host("clip").save(tmp_path / "file" / "out")


def test_xclip_takes_its_frames_from_the_config_and_clip_eight(tmp_path):
    tiny_host("xclip").save(tmp_path / "xclip")
    tiny_host("clip").save(tmp_path / "clip")
    assert load_host(tmp_path / "xclip").num_frames == FRAMES
    assert load_host(tmp_path / "clip").num_frames == 8
    with pytest.raises(HostError, match="exactly 2 frames"):
        load_host(tmp_path / "xclip", num_frames=4)
    with pytest.raises(HostError, match="at least 1 frame, found 0"):
        load_host(tmp_path / "clip", num_frames=0)


def test_weights_of_another_precision_are_read_as_float32(damaged):
    weights = {name: value.half() for name, value in load_file(damaged / "model.safetensors").items()}
    save_file(weights, damaged / "model.safetensors", metadata={"format": "pt"})
    assert {parameter.dtype for parameter in load_host(damaged).model.parameters()} == {torch.float32}


def test_pickled_weights_are_read_and_pickled_code_is_not_run(tmp_path):
    host = tiny_host("clip")
    host.save(tmp_path / "host")
    (tmp_path / "host" / "model.safetensors").unlink()
    torch.save(host.model.state_dict(), tmp_path / "host" / "pytorch_model.bin")
    assert torch.equal(scores(load_host(tmp_path / "host", num_frames=FRAMES)), scores(host))
    torch.save({"logit_scale": _Touch(tmp_path / "touched")}, tmp_path / "host" / "pytorch_model.bin")
    with pytest.raises(HostError, match="its weights cannot be read"):
        load_host(tmp_path / "host")
    assert not (tmp_path / "touched").exists()


class _Touch:
    """A pickle that makes a file when it is loaded."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (type(self.path).touch, (self.path,))


def test_the_older_image_processor_file_of_xclip_checkpoints_is_read(tmp_path):
    tiny_host("xclip").save(tmp_path / "host")
    (tmp_path / "host" / "processor_config.json").unlink()
    older = {
        "crop_size": {"height": 16, "width": 16},
        "do_center_crop": True,
        "do_normalize": True,
        "do_resize": True,
        "feature_extractor_type": "VideoMAEFeatureExtractor",
        "image_mean": [0.485, 0.456, 0.406],
        "image_std": [0.229, 0.224, 0.225],
        "resample": 2,
        "size": 16,
    }
    (tmp_path / "host" / "preprocessor_config.json").write_text(json.dumps(older))
    host = load_host(tmp_path / "host")
    images = noise_frames(height=20, width=30)
    expected = torch.from_numpy(np.array(host.image_processor(images, return_tensors="np")["pixel_values"])).squeeze(0)
    torch.testing.assert_close(host.pixels(images), expected)
    assert type(host.image_processor).__name__ == "VideoMAEImageProcessorPil"


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda f: (f / "config.json").unlink(), r"expected config\.json, found .*model\.safetensors"),
        (lambda f: (f / "config.json").write_text("{"), "expected the JSON config of a model"),
        (lambda f: (f / "config.json").write_text("{}"), "is not the config of a model: it has no model_type"),
        (
            lambda f: (f / "config.json").write_text('{"model_type": "bert"}'),
            "expected a host of a model_type that finsta knows, found 'bert'; `finsta hosts` lists them",
        ),
        (lambda f: (f / "tokenizer.json").unlink(), r"its tokenizer is missing: expected tokenizer\.json"),
        (lambda f: (f / "tokenizer.json").write_text("{"), "its tokenizer cannot be read"),
        (
            lambda f: [(f / name).unlink() for name in ("processor_config.json", "preprocessor_config.json")],
            r"its image processor is missing: expected preprocessor_config\.json",
        ),
        (lambda f: (f / "model.safetensors").unlink(), "its weights cannot be read .*copy or download it again"),
        (lambda f: (f / "model.safetensors").write_bytes(b"\0" * 100), "its weights cannot be read"),
        (
            lambda f: (f / "model.safetensors").write_bytes((f / "model.safetensors").read_bytes()[:-1000]),
            "its weights cannot be read",
        ),
    ],
)
def test_a_damaged_folder_is_a_host_error_that_says_what_is_wrong(damaged, damage, message):
    damage(damaged)
    with pytest.raises(HostError, match=message):
        load_host(damaged)


def test_weights_with_parameters_missing_are_refused(damaged):
    weights = load_file(damaged / "model.safetensors")
    del weights["visual_projection.weight"]
    save_file(weights, damaged / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(HostError, match=r"1 parameters are missing, visual_projection\.weight the first"):
        load_host(damaged)


def test_weights_of_another_shape_are_refused(damaged):
    weights = load_file(damaged / "model.safetensors")
    weights["visual_projection.weight"] = torch.zeros(8, 8)
    save_file(weights, damaged / "model.safetensors", metadata={"format": "pt"})
    message = (
        r"1 of them have another shape, visual_projection\.weight the first: expected \(\d+, \d+\), found \(8, 8\)"
    )
    with pytest.raises(HostError, match=message):
        load_host(damaged)


def test_a_tokenizer_that_ends_texts_otherwise_than_the_tower_expects_is_refused(damaged):
    config = json.loads((damaged / "config.json").read_text())
    config["text_config"]["eos_token_id"] = 7
    (damaged / "config.json").write_text(json.dumps(config))
    with pytest.raises(HostError, match="pools at token 7, but its tokenizer ends texts with"):
        load_host(damaged)


def test_frames_of_another_size_than_the_tower_reads_are_refused(damaged):
    for file in ("processor_config.json", "preprocessor_config.json"):
        (damaged / file).write_text((damaged / file).read_text().replace("16", "24"))
    with pytest.raises(HostError, match=r"reads frames of \(16, 16\) pixels, but its image processor makes \(24, 24\)"):
        load_host(damaged)


def test_a_path_that_is_no_folder_is_a_host_error(tmp_path):
    (tmp_path / "file.bin").write_text("")
    with pytest.raises(HostError, match=r"expected the folder of a model .* found a file there"):
        load_host(tmp_path / "file.bin")
    with pytest.raises(HostError, match=r"expected the folder of a model .* found nothing there"):
        load_host(tmp_path / "none")
    (tmp_path / "empty").mkdir()
    with pytest.raises(HostError, match=r"expected config\.json, found an empty folder"):
        load_host(tmp_path / "empty")


def test_a_hub_that_cannot_be_reached_says_to_download_elsewhere(monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(HostError, match=r"could not be had from the model hub: .*download the model elsewhere"):
        load_host("nobody/no-such-model")


def test_a_host_of_an_unknown_family_cannot_be_made():
    host = tiny_host("clip")
    host.model.config.model_type = "siglip3"
    with pytest.raises(HostError, match="found 'siglip3'; the nearest are siglip, siglip2, clip; `finsta hosts`"):
        Host(model=host.model, tokenizer=host.tokenizer, image_processor=host.image_processor, name="x")

"""Dual encoders beside CLIP and X-CLIP: what each of them does is what its own model does."""

import copy
import json

import pytest
import torch

from finsta.errors import HostError
from finsta.transfer.hosts import load_host
from finsta.transfer.hosts.frame_processor import FrameProcessor
from tests.hosts.dual import PATCH, patched
from tests.hosts.registry import shared_host
from tests.hosts.tiny import CAPTIONS, clips, frames, texts

OF_IMAGES = ("clip", "metaclip_2", "altclip", "chinese_clip", "siglip")
CLOSE = {"rtol": 1e-4, "atol": 1e-5}


@pytest.mark.parametrize("name", OF_IMAGES)
def test_one_frame_scores_as_the_model_scores_an_image(name):
    host = shared_host(name)
    tokens = texts(host)
    if name == "siglip":
        del tokens["attention_mask"]  # the checkpoints' tokenizers give none
    with torch.no_grad():
        ours = host.similarity(host.encode_text(texts(host)).pooled, host.encode_video(clips(host)[:, :1]).pooled)
        theirs = host.model(pixel_values=clips(host)[:, 0], **tokens).logits_per_text
    torch.testing.assert_close(ours, theirs, **CLOSE)


def test_one_frame_of_patches_scores_as_the_model_scores_an_image():
    host = shared_host("siglip2")
    with torch.no_grad():
        ours = host.similarity(host.encode_text(texts(host)).pooled, host.encode_video(clips(host)[:, :1]).pooled)
        theirs = host.model(**patched(host)).logits_per_text
    torch.testing.assert_close(ours, theirs, **CLOSE)


def test_frames_of_another_shape_are_read_as_if_padded_to_all_patches():
    host = shared_host("siglip2")
    pixels = clips(host, 1)[:, :1, :, :PATCH]  # one row of two patches
    patches = pixels[:, 0].unfold(2, PATCH, PATCH).unfold(3, PATCH, PATCH).permute(0, 2, 3, 4, 5, 1)
    padded = torch.zeros(1, 4, patches[0, 0, 0].numel())
    padded[:, :2] = patches.reshape(1, 2, -1)
    with torch.no_grad():
        video = host.encode_video(pixels)
        theirs = host.model.get_image_features(
            pixel_values=padded,
            pixel_attention_mask=torch.tensor([[1, 1, 0, 0]]),
            spatial_shapes=torch.tensor([[1, 2]]),
        ).pooler_output
    assert video.grid == (1, 2)
    torch.testing.assert_close(video.pooled.embedding, theirs / theirs.norm(), **CLOSE)


@pytest.mark.parametrize("name", ["siglip", "siglip2"])
def test_texts_of_siglip_are_padded_to_the_length_it_was_trained_on(name):
    host = shared_host(name)
    tokens = host.tokens(["a ball", CAPTIONS[0] * 9])
    assert tokens["input_ids"].shape == (2, 24)
    assert tokens["attention_mask"].sum(dim=1).tolist() == [2, 24]
    assert tokens["input_ids"][0, -1] == host.tokenizer.pad_token_id


def test_videoprism_embeds_as_its_model_does():
    host = shared_host("videoprism")
    with torch.no_grad():
        theirs = host.model(pixel_values_videos=clips(host), **texts(host))
        text, video = host.text_embeddings(texts(host)), host.video_embeddings(clips(host))
    torch.testing.assert_close(text, theirs.text_embeds, **CLOSE)
    torch.testing.assert_close(video, theirs.video_embeds, **CLOSE)
    softmax = (video @ text.T / 0.01).softmax(dim=0)
    with torch.no_grad():
        asked = host.model(pixel_values_videos=clips(host), **texts(host), temperature=0.01).logits_per_video
    torch.testing.assert_close(softmax, asked, **CLOSE)


@pytest.mark.parametrize("name", ["siglip", "siglip2", "videoprism"])
def test_a_patch_is_projected_as_if_every_patch_were_like_it(name):
    host = shared_host(name)
    with torch.no_grad():
        token = host.encode_video(clips(host)).tokens[0, 0, 0]
        if name == "videoprism":
            head = host.model.video_model
            alike = head.head_layernorm(head.head(token.expand(1, 5, -1))[0])[0, 0]
        else:
            alike = host.model.vision_model.head(token.expand(1, 5, -1))[0]
        torch.testing.assert_close(host.project_visual(token), alike, **CLOSE)
        together = host.project_visual(torch.stack([token, token])[None])
    torch.testing.assert_close(together, alike.expand(1, 2, -1), **CLOSE)


@pytest.mark.parametrize(("name", "place"), [("altclip", 0), ("chinese_clip", 0), ("siglip", -1), ("siglip2", -1)])
def test_the_token_that_a_tower_pools_is_projected_to_its_features(name, place):
    host = shared_host(name)
    with torch.no_grad():
        text = host.encode_text(texts(host))
        torch.testing.assert_close(host.project_text(text.tokens[:, place]), text.pooled.features, **CLOSE)


@pytest.mark.parametrize("name", ["siglip", "siglip2"])
def test_the_temperature_is_the_inverse_of_the_scale_whatever_its_shape(name):
    host = shared_host(name)
    assert host.temperature.shape == ()
    assert host.temperature.item() == pytest.approx(1 / torch.tensor(2.3).exp().item())


def test_a_tokenizer_with_more_words_than_the_tower_is_refused(tmp_path):
    host = shared_host("altclip")
    host.save(tmp_path / "host")
    words = len(host.tokenizer)
    other = copy.deepcopy(host.tokenizer)
    other.add_tokens([f"word{number}" for number in range(5)])
    other.save_pretrained(tmp_path / "host")
    with pytest.raises(
        HostError, match=rf"its text tower has {words} tokens, its tokenizer {words + 5}; they must fit"
    ):
        load_host(tmp_path / "host")


def test_a_tokenizer_whose_package_is_missing_names_it(tmp_path, monkeypatch):
    shared_host("siglip").save(tmp_path / "host")

    def missing(*arguments, **settings):
        raise ImportError("SiglipTokenizer requires the SentencePiece library\nand so on")

    monkeypatch.setattr("transformers.AutoTokenizer.from_pretrained", missing)
    with pytest.raises(HostError, match=r"not installed: SiglipTokenizer requires .* library; `pip install sentencepi"):
        load_host(tmp_path / "host")


def test_frames_are_prepared_by_the_settings_of_a_video_processor(tmp_path):
    settings = {
        "size": {"height": 12, "width": 20},
        "image_mean": [0.1, 0.2, 0.3],
        "image_std": [1, 1, 2],
        "video_processor_type": "LlavaOnevisionVideoProcessor",
    }
    for content, file in (
        (settings, "video_preprocessor_config.json"),
        ({"processor_class": "X", "video_processor": settings}, "processor_config.json"),
    ):
        folder = tmp_path / file
        folder.mkdir()
        (folder / file).write_text(json.dumps(content))
        processor = FrameProcessor.from_pretrained(str(folder), bundle="VideoPrismProcessor")
        assert processor.image_mean == [0.1, 0.2, 0.3]
        pixels = processor(frames(shared_host("clip")), do_rescale=False, do_normalize=False)["pixel_values"]
        assert [picture.shape for picture in pixels] == [(3, 12, 20)] * 2
        assert processor.to_dict()["image_processor_type"] == "LlavaOnevisionVideoProcessor"


def test_what_a_frame_processor_saves_names_bundle_and_class_and_is_read_again(tmp_path):
    processor = FrameProcessor({"size": {"height": 8, "width": 8}}, bundle="VideoPrismProcessor")
    processor.save_pretrained(tmp_path)
    bundle = json.loads((tmp_path / "processor_config.json").read_text())
    assert bundle["processor_class"] == "VideoPrismProcessor"
    assert bundle["video_processor"]["video_processor_type"] == "LlavaOnevisionVideoProcessor"
    assert FrameProcessor.from_pretrained(str(tmp_path), bundle="").settings["size"] == {"height": 8, "width": 8}


def test_a_folder_without_settings_of_a_video_processor_is_an_error(tmp_path):
    with pytest.raises(HostError, match=r"expected the settings of a video processor in one of .* found none"):
        FrameProcessor.from_pretrained(str(tmp_path), bundle="")

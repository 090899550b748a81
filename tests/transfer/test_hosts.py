"""The host contract: one table, host × claim."""

import json

import numpy as np
import pytest
import torch

from finsta.errors import HostError, InputError
from finsta.training.small_host import build_small_host
from finsta.transfer.capture import capture
from finsta.transfer.hosts import PooledVideo, join_texts, join_videos
from finsta.transfer.hosts import xclip as xclip_module
from finsta.transfer.hosts.contrast import contrastive_loss
from tests.tiny_hosts import CAPTIONS, FRAMES, KINDS, SIDE, noise_frames, noise_pixels, tiny_host


@pytest.fixture(scope="module", params=KINDS)
def host(request):
    return tiny_host(request.param)


def batch(host, clips=3):
    tokens = host.tokens(CAPTIONS[:clips])
    return noise_pixels(host, clips), tokens["input_ids"], tokens["attention_mask"]


def names_left(model):
    hooks = sum(len(module._forward_hooks) + len(module._forward_pre_hooks) for module in model.modules())
    return hooks, [name for name, _ in model.named_parameters()], [name for name, _ in model.named_buffers()]


def test_output_has_the_shapes_of_the_contract(host):
    pixels, ids, mask = batch(host)
    output = host.forward(pixels, ids, mask)
    assert output.text_embedding.shape == output.video_embedding.shape == (3, 32)
    assert output.text_tokens.shape == (3, ids.shape[1], 32)
    assert output.text_mask.tolist() == mask.bool().tolist()
    assert output.visual_tokens.shape == (3, FRAMES, 4, 32)
    assert output.grid == (2, 2)
    assert output.similarity.shape == (3, 3)


def test_embeddings_are_of_length_one(host):
    output = host.forward(*batch(host))
    ones = torch.ones(3)
    torch.testing.assert_close(output.text_embedding.norm(dim=-1), ones)
    torch.testing.assert_close(output.video_embedding.norm(dim=-1), ones)


def test_the_models_own_outputs_are_bit_identical_while_captured(host):
    pixels, ids, mask = batch(host)
    pixels = pixels if host.model.config.model_type == "xclip" else pixels[:, 0]
    with torch.no_grad():
        before = host.model(pixel_values=pixels, input_ids=ids, attention_mask=mask)
        with capture(host.model, "vision_model", "text_model.encoder.layers.0", "visual_projection") as seen:
            during = host.model(pixel_values=pixels, input_ids=ids, attention_mask=mask)
    assert set(seen) == {"vision_model", "text_model.encoder.layers.0", "visual_projection"}
    assert torch.equal(before.logits_per_text, during.logits_per_text)
    assert torch.equal(before.text_embeds, during.text_embeds)


def test_nothing_is_left_in_the_model_after_a_pass(host):
    before = names_left(host.model)
    host.forward(*batch(host))
    assert names_left(host.model) == before
    assert before[0] == 0


def test_nothing_is_left_in_the_model_after_an_error(host):
    before = names_left(host.model)
    with pytest.raises(RuntimeError, match="inside"), capture(host.model, "text_model"):
        raise RuntimeError("inside")
    with (
        pytest.raises(HostError, match=r"no submodule 'nothing'.*at its top it has .*text_model"),
        capture(host.model, "text_model", "nothing"),
    ):
        pass
    assert names_left(host.model) == before


def test_gradients_reach_both_towers_and_only_through_the_loss(host):
    host.forward(*batch(host)).loss.backward()
    reached = {name for name, parameter in host.model.named_parameters() if parameter.grad is not None}
    host.model.zero_grad(set_to_none=True)
    assert {"text_projection.weight", "visual_projection.weight", "logit_scale"} <= reached
    assert "vision_model.embeddings.patch_embedding.weight" in reached
    assert "text_model.embeddings.token_embedding.weight" in reached


def test_a_text_scores_the_same_alone_and_padded_among_longer_ones(host):
    together = host.text_embeddings(host.tokens(["a ball", CAPTIONS[0]]))
    alone = host.text_embeddings(host.tokens(["a ball"]))
    torch.testing.assert_close(together[:1], alone)


def test_a_video_scores_the_same_alone_and_in_a_batch(host):
    pixels = noise_pixels(host)
    torch.testing.assert_close(host.video_embeddings(pixels)[1:2], host.video_embeddings(pixels[1:2]))


def test_similarity_of_joined_encodings_is_that_of_one_batch(host):
    pixels, ids, mask = batch(host)
    whole = host.forward(pixels, ids, mask).similarity
    text = [host.encode_text({"input_ids": ids[i : i + 1], "attention_mask": mask[i : i + 1]}).pooled for i in range(3)]
    video = [host.encode_video(pixels[i : i + 1]).pooled for i in range(3)]
    torch.testing.assert_close(host.similarity(join_texts(text), join_videos(video)), whole, rtol=1e-4, atol=1e-4)


def test_pooled_tokens_go_through_the_hosts_own_text_head(host):
    encoding = host.encode_text(host.tokens(CAPTIONS))
    end = host.tokens(CAPTIONS)["attention_mask"].sum(dim=1) - 1
    projected = host.project_text(encoding.tokens[torch.arange(4), end])
    torch.testing.assert_close(projected, encoding.pooled.features)


def test_visual_tokens_go_the_way_of_the_class_token(host):
    pixels = noise_pixels(host)
    with capture(host.model, "vision_model", "visual_projection") as seen:
        tokens = host.encode_video(pixels).tokens
    class_tokens = seen["vision_model"].last_hidden_state[:, 0]
    torch.testing.assert_close(host.project_visual(class_tokens), seen["visual_projection"])
    assert host.project_visual(tokens).shape == (3, FRAMES, 4, 32)


def test_the_loss_of_uniform_similarities_is_log_of_the_batch():
    torch.testing.assert_close(contrastive_loss(torch.zeros(5, 5)), torch.tensor(5.0).log())


def test_as_many_texts_as_videos_are_expected(host):
    pixels, ids, mask = batch(host)
    with pytest.raises(HostError, match="as many texts as videos, found 2 and 3"):
        host.forward(pixels, ids[:2], mask[:2])


def test_pixels_are_what_the_image_processor_gives(host):
    images = noise_frames(height=20, width=30)
    expected = host.image_processor(images=images, return_tensors="pt")["pixel_values"]
    assert host.pixels(images).shape == (FRAMES, 3, SIDE, SIDE)
    torch.testing.assert_close(host.pixels(images), expected)


def test_normalising_a_batch_of_clips_equals_one_by_one(host):
    clips = [host.prepare(noise_frames(seed=seed)) for seed in range(2)]
    together = host.normalise(np.stack(clips))
    assert torch.equal(together, torch.stack([host.normalise(clip) for clip in clips]))


def test_prepared_frames_are_bytes_and_preparing_them_again_changes_nothing(host):
    prepared = host.prepare(noise_frames(height=20, width=30))
    assert prepared.dtype == np.uint8
    assert np.array_equal(host.prepare(list(prepared)), prepared)


def test_geometry_names_what_decides_the_prepared_frames(host):
    assert json.loads(host.geometry) == {
        "image_processor_type": "CLIPImageProcessor",
        "do_resize": True,
        "size": {"shortest_edge": 16},
        "resample": 3,
        "do_center_crop": True,
        "crop_size": {"height": 16, "width": 16},
    }


def test_texts_longer_than_the_text_tower_reads_keep_their_end_token(host):
    ids = host.tokens(["ball " * 500])["input_ids"]
    assert ids.shape == (1, 77)
    assert ids[0, -1] == host.model.config.text_config.eos_token_id


def test_an_empty_text_is_start_and_end(host):
    assert host.tokens([""])["input_ids"].tolist() == [[host.tokenizer.bos_token_id, host.tokenizer.eos_token_id]]


def test_one_frame_of_clip_is_plain_clip():
    host = tiny_host("clip")
    pixels, ids, mask = batch(host)
    ours = host.forward(pixels[:, :1], ids, mask)
    theirs = host.model(pixel_values=pixels[:, 0], input_ids=ids, attention_mask=mask, return_loss=True)
    torch.testing.assert_close(ours.similarity, theirs.logits_per_text)
    torch.testing.assert_close(ours.loss, theirs.loss)


def test_clip_pools_frames_normalised_averaged_and_normalised_again():
    host = tiny_host("clip")
    pixels = noise_pixels(host, 1)
    frames = host.model.get_image_features(pixel_values=pixels[0]).pooler_output
    lengths = frames.norm(dim=-1, keepdim=True)
    mean = (frames / lengths).mean(dim=0)
    torch.testing.assert_close(host.video_embeddings(pixels)[0], mean / mean.norm())


def test_xclip_scores_as_its_model_does():
    host = tiny_host("xclip")
    pixels, ids, mask = batch(host)
    ours = host.forward(pixels, ids, mask)
    theirs = host.model(pixel_values=pixels, input_ids=ids, attention_mask=mask, return_loss=True)
    torch.testing.assert_close(ours.similarity.T, theirs.logits_per_video)
    torch.testing.assert_close(ours.loss, theirs.loss)


@pytest.mark.parametrize("activations", [1, 3 * 128, 10**9])
def test_xclip_scores_the_same_in_blocks_of_any_size(monkeypatch, activations):
    host = tiny_host("xclip")
    text = host.encode_text(host.tokens(CAPTIONS)).pooled
    video = host.encode_video(noise_pixels(host)).pooled
    whole = host.similarity(text, video)
    monkeypatch.setattr(xclip_module, "ACTIVATIONS_AT_ONCE", activations)
    torch.testing.assert_close(host.similarity(text, video), whole)


def test_xclip_needs_the_context_that_prompts_are_made_from():
    host = tiny_host("xclip")
    text = host.encode_text(host.tokens(CAPTIONS)).pooled
    with pytest.raises(HostError, match=r"expected PooledVideo\.context"):
        host.similarity(text, PooledVideo(embedding=torch.zeros(1, 32)))


def test_xclip_refuses_another_number_of_frames():
    host = tiny_host("xclip")
    with pytest.raises(HostError, match="exactly 2 frames, for which the weights are made, found 3"):
        host.video_embeddings(torch.zeros(1, 3, 3, SIDE, SIDE))


def test_a_small_host_is_the_same_for_the_same_seed_and_leaves_the_random_state():
    torch.manual_seed(1)
    expected = torch.rand(1)
    torch.manual_seed(1)
    first, second, other = tiny_host("clip"), tiny_host("clip"), tiny_host("clip", seed=1)
    assert torch.equal(torch.rand(1), expected)
    states = [host.model.state_dict() for host in (first, second, other)]
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])
    assert not torch.equal(states[0]["text_projection.weight"], states[2]["text_projection.weight"])
    assert first.tokenizer.get_vocab() == second.tokenizer.get_vocab()


@pytest.mark.parametrize("numbers", [{"width": 40}, {"image_size": 20}, {"layers": 0}, {"frames": 0}])
def test_a_small_host_whose_numbers_do_not_fit_is_refused(numbers):
    with pytest.raises(InputError, match="a width that is a multiple of 32; found image"):
        build_small_host("clip", captions=CAPTIONS, **numbers)


def test_a_small_host_without_captions_is_refused():
    with pytest.raises(InputError, match="expected captions to train a tokenizer on"):
        build_small_host("clip", captions=["", " "])


def test_words_of_the_captions_are_one_token_each_and_lower_cased(host):
    ids = host.tokens(["A RED cube"])["input_ids"][0]
    names = host.tokenizer.convert_ids_to_tokens(ids)
    assert names == ["<|startoftext|>", "a</w>", "red</w>", "cube</w>", "<|endoftext|>"]

"""Fusion encoders: one frame is the plain model; several frames enter as the family's documentation says."""

import dataclasses

import pytest
import torch

from finsta.errors import HostError
from finsta.transfer.hosts import Capabilities, PooledVideo, load_host
from finsta.transfer.hosts.pieces import unit
from tests.hosts import fusion
from tests.hosts.registry import shared_host
from tests.hosts.tiny import CAPTIONS, clips, frames, texts

NAMES = sorted(fusion.TINY)
PATCHES = 4


def one_frame(host) -> torch.Tensor:
    return clips(host)[:, :1]


@pytest.mark.parametrize(
    ("name", "has"),
    [
        ("blip", (False, True, False, True)),
        ("blip:retrieval", (True, True, True, False)),
        ("blip:answers", (False, True, False, True)),
        ("blip-2", (True, True, True, False)),
        ("bridgetower", (True, True, True, False)),
        ("bridgetower:matching", (True, True, False, False)),
        ("bridgetower:words", (True, True, False, False)),
        ("bridgetower:plain", (True, True, False, False)),
        ("flava", (True, True, True, False)),
        ("flava:plain", (True, True, True, False)),
        ("git", (False, True, False, True)),
    ],
)
def test_what_a_class_of_a_family_is_able_to_do(name, has):
    text, cross_modal, joint, generates = has
    assert shared_host(name).capabilities == Capabilities(
        text=text, video=True, cross_modal=cross_modal, joint=joint, generates=generates
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_patch_of_a_frame_moves_its_own_token_most(name):
    host = shared_host(name)
    pixels = clips(host, 1)
    noise = 2 * torch.randn(3, fusion.PATCH, fusion.PATCH, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        before = host.encode_video(pixels).tokens
        for frame in range(host.num_frames):
            for patch in range(PATCHES):
                top, left = fusion.PATCH * (patch // 2), fusion.PATCH * (patch % 2)
                changed = pixels.clone()
                changed[0, frame, :, top : top + fusion.PATCH, left : left + fusion.PATCH] += noise
                moved = (host.encode_video(changed).tokens - before).norm(dim=-1)[0]
                assert divmod(int(moved.argmax()), PATCHES) == (frame, patch)


def test_blip_of_one_frame_scores_and_matches_as_its_model_does():
    host = shared_host("blip:retrieval")
    pixels, tokens = one_frame(host), texts(host)
    with torch.no_grad():
        cosines = host.model(pixel_values=pixels[:, 0], **tokens, use_itm_head=False).itm_score
        scores = host.model(pixel_values=pixels[:, 0], **tokens).itm_score
        fused = host.encode_pairs(pixels, tokens)
        ours = host.similarity(host.encode_text(tokens).pooled, host.encode_video(pixels).pooled)
    torch.testing.assert_close(ours * host.temperature, cosines.T)
    torch.testing.assert_close(fused.match.sigmoid(), scores.softmax(-1)[:, 1])
    torch.testing.assert_close(fused.pooled, fused.tokens[:, 0])


def test_blip_matches_a_text_with_the_patches_of_all_frames_end_to_end():
    host = shared_host("blip:retrieval")
    pixels, tokens = clips(host), texts(host)
    with torch.no_grad():
        states = [host.model.vision_model(pixels[:, frame]).last_hidden_state for frame in range(host.num_frames)]
        expected = host.model.text_encoder(
            **tokens,
            encoder_hidden_states=torch.cat(states, 1),
            encoder_attention_mask=torch.ones(len(pixels), sum(state.shape[1] for state in states)),
        ).last_hidden_state
        found = host.encode_pairs(pixels, tokens).tokens
        projected = torch.stack([host.model.vision_proj(state[:, 0]) for state in states])
        embedding = host.video_embeddings(pixels)
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(embedding, unit(projected.mean(0)))


def test_blip_projects_tokens_as_it_does_its_class_tokens():
    host = shared_host("blip:retrieval")
    with torch.no_grad():
        text = host.encode_text(texts(host))
        torch.testing.assert_close(host.project_text(text.tokens[:, 0]), text.pooled.features)
        classes = host.model.vision_model(clips(host)[:, 0]).last_hidden_state[:, 0]
        torch.testing.assert_close(unit(host.project_visual(classes)), host.video_embeddings(one_frame(host)))


def test_blip_2_of_one_frame_scores_and_matches_as_its_model_does():
    host = shared_host("blip-2")
    pixels, tokens, call = one_frame(host), texts(host), fusion.TINY["blip-2"].call(host)
    with torch.no_grad():
        cosines = host.model(**call).logits_per_text
        scores = host.model(**call, use_image_text_matching_head=True).logits_per_image
        text, video = host.encode_text(tokens), host.encode_video(pixels)
        fused = host.encode_pairs(pixels, tokens)
    torch.testing.assert_close(host.similarity(text.pooled, video.pooled) * host.temperature, cosines)
    torch.testing.assert_close(fused.match.sigmoid(), scores.softmax(-1)[:, 1])
    torch.testing.assert_close(host.project_text(text.tokens[:, 0]), text.pooled.features)


def test_blip_2_needs_the_queries_of_a_video():
    host = shared_host("blip-2")
    text = host.encode_text(texts(host)).pooled
    with pytest.raises(HostError, match=r"expected PooledVideo\.context, found None"):
        host.similarity(text, PooledVideo(embedding=torch.zeros(1, 24)))


def test_queries_of_blip_2_read_every_frame():
    host, pixels = shared_host("blip-2"), clips(shared_host("blip-2"), 1)
    with torch.no_grad():
        before = host.encode_video(pixels).pooled.context
        for frame in range(host.num_frames):
            changed = pixels.clone()
            changed[:, frame] = changed[:, frame].flip(-1)
            assert not torch.equal(host.encode_video(changed).pooled.context, before), frame


def test_a_saved_blip_2_has_its_processor_with_its_queries(tmp_path):
    from transformers import AutoProcessor

    host = shared_host("blip-2")
    host.save(tmp_path / "host")
    load_host(tmp_path / "host").save(tmp_path / "again")
    for folder in ("host", "again"):
        processor = AutoProcessor.from_pretrained(tmp_path / folder, backend="pil")
        assert (type(processor).__name__, processor.num_query_tokens) == ("Blip2Processor", 3)
        ids = processor(images=frames(host)[0], text=CAPTIONS[0])["input_ids"][0]
        assert ids == fusion.TINY["blip-2"].call(host)["input_ids"][0].tolist()[: len(ids)]


def test_flava_of_one_frame_scores_and_matches_as_its_model_does():
    host = shared_host("flava")
    pixels, tokens = one_frame(host), texts(host)
    with torch.no_grad():
        own = host.model(**fusion.TINY["flava"].call(host))
        fused = host.encode_pairs(pixels, tokens)
        ours = host.similarity(host.encode_text(tokens).pooled, host.encode_video(pixels).pooled)
    torch.testing.assert_close(ours, own.contrastive_logits_per_text)
    torch.testing.assert_close(fused.match.sigmoid(), own.itm_logits.softmax(-1)[:, 1])
    torch.testing.assert_close(fused.tokens, own.multimodal_embeddings[:, -fused.tokens.shape[1] :])
    torch.testing.assert_close(fused.pooled, own.multimodal_embeddings[:, 0])


def test_flava_takes_the_frames_in_any_order():
    """Its multimodal transformer has no positions of its own, so frames have no order (our protocol says so)."""
    host = shared_host("flava")
    pixels, tokens = clips(host), texts(host)
    with torch.no_grad():
        straight, turned = (host.encode_pairs(each, tokens) for each in (pixels, pixels.flip(1)))
    torch.testing.assert_close(straight.tokens, turned.tokens, rtol=1e-4, atol=1e-5)
    assert not torch.allclose(straight.tokens, host.encode_pairs(pixels[:, :1], tokens).tokens)


def test_flava_projects_tokens_as_it_does_its_class_tokens():
    host = shared_host("flava")
    with torch.no_grad():
        text = host.encode_text(texts(host))
        torch.testing.assert_close(host.project_text(text.tokens[:, 0]), text.pooled.features)
        classes = host.model.flava.image_model(clips(host)[:, 0]).last_hidden_state[:, 0]
        torch.testing.assert_close(unit(host.project_visual(classes)), host.video_embeddings(one_frame(host)))


def test_bridgetower_of_one_frame_has_the_embeddings_of_its_model():
    host = shared_host("bridgetower")
    pixels, tokens = one_frame(host), texts(host)
    with torch.no_grad():
        own = host.model(pixel_values=pixels[:, 0], **tokens)
        text, video = host.encode_text(tokens), host.encode_video(pixels)
        plain = host.model.bridgetower(pixel_values=pixels[:, 0], **tokens)
        fused = host.encode_pairs(pixels, tokens)
    torch.testing.assert_close(text.pooled.embedding, own.text_embeds)
    torch.testing.assert_close(video.pooled.embedding, own.image_embeds)
    torch.testing.assert_close(fused.tokens, plain.text_features)
    torch.testing.assert_close(fused.pooled, plain.pooler_output)
    torch.testing.assert_close(host.temperature, 1 / host.model.logit_scale.exp())


def test_bridgetower_reads_each_frame_with_the_text_and_averages():
    host = shared_host("bridgetower:matching")
    pixels, tokens = clips(host), texts(host)
    with torch.no_grad():
        own = [host.model(pixel_values=pixels[:, frame], **tokens).logits for frame in range(host.num_frames)]
        fused = host.encode_pairs(pixels, tokens)
        states = [host.model.bridgetower(pixel_values=pixels[:, frame], **tokens) for frame in range(host.num_frames)]
    odds = torch.stack([scores[:, 1] - scores[:, 0] for scores in own]).mean(0)
    torch.testing.assert_close(fused.match, odds)
    torch.testing.assert_close(fused.tokens, torch.stack([state.text_features for state in states]).mean(0))


def test_bridgetower_reads_no_text_into_what_it_gives_of_the_video():
    host = shared_host("bridgetower")
    with torch.no_grad():
        own = host.model(pixel_values=one_frame(host)[:, 0], **texts(host), output_hidden_states=True)
        last = host.model.bridgetower.vision_model.visual.forward_post(own.hidden_states[1][-1])
        torch.testing.assert_close(host.encode_video(one_frame(host)).tokens[:, 0], last[:, 1:])
        torch.testing.assert_close(host.encode_text(texts(host)).tokens, own.hidden_states[0][-1])


def test_git_gives_what_goes_into_the_projection_to_its_decoder():
    host, read = shared_host("git"), []
    hook = host.model.git.visual_projection.register_forward_pre_hook(lambda module, inputs: read.append(inputs[0]))
    with torch.no_grad():
        host.model(**fusion.TINY["git"].call(host))
        hook.remove()
        tokens = host.encode_video(clips(host)).tokens
    own = read[0].unflatten(1, (host.num_frames, 1 + PATCHES))  # frame after frame, each with its class token
    torch.testing.assert_close(tokens, own[:, :, 1:])


def test_git_fuses_as_its_model_does():
    host = shared_host("git")
    tokens = texts(host)
    with torch.no_grad():
        own = host.model.git(pixel_values=clips(host), **tokens).last_hidden_state
        fused = host.encode_pairs(clips(host), tokens)
    before = host.num_frames * (1 + PATCHES)
    torch.testing.assert_close(fused.tokens, own[:, before:])
    last = tokens["attention_mask"].sum(1) - 1
    torch.testing.assert_close(fused.pooled, own[torch.arange(len(own)), before + last])


def test_git_of_pictures_reads_one_frame():
    host = shared_host("git:picture")
    assert host.num_frames == 1
    assert host.encode_video(clips(host)).tokens.shape[1] == 1


def test_variants_of_a_family_share_what_they_do_not_change():
    for name in NAMES:
        spec = shared_host(name).spec
        changed = {"title", "family", "classes", "variants", "loss", "language", "reads", "temperature"}
        for field in dataclasses.fields(spec):
            if field.name not in changed and not field.name.startswith(("encode", "project", "similarity")):
                base = shared_host(name.partition(":")[0]).spec
                assert getattr(spec, field.name) == getattr(base, field.name), (name, field.name)


def test_what_the_decoder_of_blip_has_written_so_far_starts_with_its_own_token():
    host = shared_host("blip")
    tokens = host.tokens(CAPTIONS[:1])
    other = {**tokens, "input_ids": tokens["input_ids"].clone()}
    other["input_ids"][:, 0] = host.config.text_config.bos_token_id
    with torch.no_grad():
        ours = host.encode_pairs(clips(host, 1), tokens).tokens
        torch.testing.assert_close(ours, host.encode_pairs(clips(host, 1), other).tokens)
        logits = host.model.text_decoder.cls(host.encode_pairs(clips(host, 1)[:, :1], tokens).tokens)
        own = host.model(pixel_values=clips(host, 1)[:, 0], **other).logits
    torch.testing.assert_close(logits, own)

"""What every host gives of texts, clips and pairs: shapes, lengths, independence of the batch, gradients."""

import pytest
import torch

from tests.hosts.registry import TINY, own_host, shared_host
from tests.hosts.tiny import CAPTIONS, PAIRS, clips, texts

CLOSE = {"rtol": 1e-4, "atol": 1e-5}
"""Of sums of float32 in another order."""


@pytest.fixture(scope="module", params=sorted(TINY))
def name(request):
    return request.param


@pytest.fixture(scope="module")
def host(name):
    return shared_host(name)


def needs(host, capability):
    if not getattr(host.capabilities, capability):
        pytest.skip(f"a {host.spec.family} without {capability}")


def test_visual_tokens_fill_the_grid_and_share_out_the_frames(host):
    with torch.no_grad():
        video = host.encode_video(clips(host))
    steps, patches = video.tokens.shape[1:3]
    assert video.tokens.shape == (PAIRS, steps, patches, host.widths.visual)
    assert 1 <= steps <= host.num_frames
    assert video.grid[0] * video.grid[1] == patches
    assert video.pooled.embedding.shape == (PAIRS, host.widths.pooled_video)
    torch.testing.assert_close(video.pooled.embedding.norm(dim=-1), torch.ones(PAIRS))


def test_text_tokens_are_those_of_the_tokenizer(host):
    needs(host, "text")
    tokens = texts(host)
    with torch.no_grad():
        text = host.encode_text(tokens)
    assert text.tokens.shape == (*tokens["input_ids"].shape, host.widths.text)
    assert text.mask.tolist() == tokens["attention_mask"].bool().tolist()
    torch.testing.assert_close(text.pooled.embedding.norm(dim=-1), torch.ones(PAIRS))


def test_fused_tokens_are_those_of_the_tokenizer(host):
    needs(host, "cross_modal")
    tokens = texts(host)
    with torch.no_grad():
        fused = host.encode_pairs(clips(host), tokens)
    assert fused.tokens.shape == (*tokens["input_ids"].shape, host.widths.fused)
    assert fused.mask.tolist() == tokens["attention_mask"].bool().tolist()
    assert len(fused.pooled) == PAIRS
    assert fused.match is None or fused.match.shape == (PAIRS,)


def test_fused_tokens_depend_on_text_and_video(host):
    needs(host, "cross_modal")
    pixels, tokens = clips(host), texts(host)
    with torch.no_grad():
        straight, crossed = (host.encode_pairs(each, tokens).tokens for each in (pixels, pixels.flip(0)))
    real = tokens["attention_mask"].bool()
    assert not torch.allclose(straight[0][real[0]], crossed[0][real[0]], **CLOSE)
    torch.testing.assert_close(straight[1][real[1]], crossed[1][real[1]], **CLOSE)  # the middle of three stays


def test_a_clip_is_the_same_alone_and_in_a_batch(host):
    pixels = clips(host)
    with torch.no_grad():
        together, alone = host.encode_video(pixels), host.encode_video(pixels[1:2])
    torch.testing.assert_close(together.tokens[1:2], alone.tokens, **CLOSE)
    torch.testing.assert_close(together.pooled.embedding[1:2], alone.pooled.embedding, **CLOSE)


def test_a_text_is_the_same_alone_and_padded_among_longer_ones(host):
    needs(host, "text")
    with torch.no_grad():
        together = host.text_embeddings(host.tokens(["a ball", CAPTIONS[0]]))
        alone = host.text_embeddings(host.tokens(["a ball"]))
    torch.testing.assert_close(together[:1], alone, **CLOSE)


def test_visual_tokens_come_in_the_order_of_the_frames_and_patches(host):
    """Noise in one corner of one frame changes the tokens there more than the tokens of the opposite corner."""
    pixels = clips(host, 1)
    changed = pixels.clone()
    height, width = pixels.shape[-2:]
    with torch.no_grad():
        before = host.encode_video(pixels)
        rows, columns = before.grid
        corner = changed[:, -1, :, -(height // rows) :, -(width // columns) :]
        corner += 2 * torch.randn(corner.shape, generator=torch.Generator().manual_seed(0))
        after = host.encode_video(changed)
    moved = (after.tokens - before.tokens).norm(dim=-1)[0]  # [steps, patches]
    assert int(moved.flatten().argmax()) == moved.numel() - 1


def test_gradients_reach_every_module_that_is_read(name):
    host = own_host(name)
    has, pixels = host.capabilities, clips(host)
    losses = [host.encode_video(pixels).tokens.square().sum()]
    if has.text:
        losses.append(host.encode_text(texts(host)).tokens.square().sum())
    if has.cross_modal:
        losses.append(host.encode_pairs(pixels, texts(host)).tokens.square().sum())
    sum(losses).backward()
    for module in host.spec.reads(host.model).values():
        parameters = list(host.model.get_submodule(module).parameters())
        assert any(parameter.grad is not None and bool(parameter.grad.any()) for parameter in parameters), module


def test_similarities_of_texts_and_videos_are_finite_and_differ(host):
    needs(host, "joint")
    with torch.no_grad():
        scores = host.similarity(host.encode_text(texts(host)).pooled, host.encode_video(clips(host)).pooled)
    assert scores.shape == (PAIRS, PAIRS)
    assert bool(scores.isfinite().all())
    assert scores.unique().numel() > 1
    assert host.temperature is None or host.temperature.shape == ()


def test_a_host_that_writes_tells_how_likely_an_answer_is(host):
    needs(host, "generates")
    with torch.no_grad():
        each = host.log_likelihood(clips(host), [""] * PAIRS, CAPTIONS[:PAIRS])
        alone = host.log_likelihood(clips(host)[:1], [""], CAPTIONS[:1])
    assert each.shape == (PAIRS,)
    assert bool((each < 0).all())
    torch.testing.assert_close(each[:1], alone, **CLOSE)


def test_a_host_that_writes_writes(host):
    needs(host, "generates")
    written = host.generate(clips(host, 2), ["", ""], max_new_tokens=3)
    assert len(written) == 2
    assert all(isinstance(text, str) for text in written)

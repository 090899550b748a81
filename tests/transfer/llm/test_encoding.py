"""Clips, texts and pairs through video LLMs, against the models' own passes."""

import pytest
import torch

from finsta.errors import HostError
from finsta.transfer.hosts.llm import FAMILIES
from finsta.transfer.hosts.llm.encoding import inputs, preamble
from finsta.transfer.hosts.llm.packing import patch_layout, patch_rows
from finsta.transfer.hosts.llm.rows import Rows, behind, pad_rows
from tests.hosts.llm import cut_by_hand
from tests.hosts.registry import shared_host
from tests.hosts.tiny import CAPTIONS, PAIRS, clips, texts


@pytest.fixture(params=sorted(FAMILIES))
def host(request):
    return shared_host(request.param)


def test_text_states_are_those_of_the_whole_model_without_a_clip(host):
    tokens = host.tokens([CAPTIONS[0]])
    with torch.no_grad():
        ours = host.encode_text(tokens)
        theirs = host.model.model(**tokens).last_hidden_state
    torch.testing.assert_close(ours.tokens, theirs, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(ours.pooled.features, theirs[:, -1], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("side", ["left", "right"])
def test_texts_are_the_same_padded_on_either_side(host, side):
    alone = host.tokens(["a ball"])["input_ids"][0]
    long = host.tokens([CAPTIONS[0]])["input_ids"][0]
    rows = pad_rows([alone.tolist(), long.tolist()], host.tokenizer.pad_token_id, left=side == "left")
    with torch.no_grad():
        together = host.encode_text({"input_ids": rows.ids, "attention_mask": rows.mask})
        single = host.encode_text({"input_ids": alone[None], "attention_mask": torch.ones_like(alone)[None]})
        fused = host.encode_pairs(clips(host, 2), {"input_ids": rows.ids, "attention_mask": rows.mask})
        paired = host.encode_pairs(
            clips(host, 1), {"input_ids": alone[None], "attention_mask": torch.ones_like(alone)[None]}
        )
    real = rows.mask[0].bool()
    torch.testing.assert_close(together.tokens[0][real], single.tokens[0], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(fused.tokens[0][real], paired.tokens[0], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(fused.pooled[0], paired.pooled[0], rtol=1e-4, atol=1e-5)
    assert not together.tokens[0][~real].any()
    assert not fused.tokens[0][~real].any()


def test_fused_states_are_those_of_the_whole_model_behind_the_prompt(host):
    family, pixels = FAMILIES[host.config.model_type], clips(host, 1)
    ids = host.tokens([CAPTIONS[0]])["input_ids"]
    before = preamble(family, host.model, host.tokenizer, pixels)
    starts = int(ids[0, 0] == host.tokenizer.bos_token_id)
    row = torch.cat([before, ids[0, starts:]])[None]
    given = inputs(family, host.model, Rows(ids=row, mask=torch.ones_like(row)), pixels)
    with torch.no_grad():
        ours = host.encode_pairs(pixels, texts(host, 1))
        theirs = host.model.model(input_ids=row, attention_mask=torch.ones_like(row), **given).last_hidden_state
    expected = theirs[0, len(before) - starts :]  # a start token's state is that of the last token of the prompt
    torch.testing.assert_close(ours.tokens[0], expected, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(ours.pooled[0], theirs[0, -1], rtol=1e-5, atol=1e-5)


def test_visual_tokens_are_what_the_language_model_is_given(host):
    """Each of them is found, in order, among the embeddings that it reads."""
    family, pixels = FAMILIES[host.config.model_type], clips(host, 1)
    seen = []
    language = host.model.get_submodule(family.language)
    handle = language.register_forward_pre_hook(
        lambda module, arguments, named: seen.append(named["inputs_embeds"]), with_kwargs=True
    )
    with torch.no_grad():
        host.encode_pairs(pixels, texts(host, 1))
        handle.remove()
        tokens = host.encode_video(pixels).tokens.flatten(0, 2)
    distance = torch.cdist(tokens, seen[0][0], compute_mode="donot_use_mm_for_euclid_dist")
    assert bool((distance.amin(1) < 1e-4).all())
    places = distance.argmin(1)
    assert bool((places[1:] > places[:-1]).all())


def test_patches_are_cut_as_by_loops_and_as_the_image_processors_cut_them():
    from transformers import Qwen2VLImageProcessorPil

    clip = torch.randn(2, 4, 3, 24, 16, generator=torch.Generator().manual_seed(0))
    ours = patch_rows(clip, patch=4, merge=2, temporal=2)
    assert torch.equal(ours, torch.cat([cut_by_hand(each, patch=4, merge=2, temporal=2) for each in clip]))
    still = clip[:1, :1].expand(-1, 2, -1, -1, -1)
    theirs, rows, columns = Qwen2VLImageProcessorPil().patchify(clip[0, 0].numpy(), 4, 2, 2)
    assert (rows, columns) == (6, 4)
    assert torch.equal(patch_rows(still, patch=4, merge=2, temporal=2), torch.from_numpy(theirs.copy()))


def test_the_last_of_an_odd_number_of_frames_stands_twice():
    clip = torch.randn(1, 3, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    twice = torch.cat([clip, clip[:, -1:]], dim=1)
    cut = {"patch": 4, "merge": 2, "temporal": 2}
    assert torch.equal(patch_rows(clip, **cut), patch_rows(twice, **cut))
    assert patch_layout(clip.shape, **cut) != patch_layout(twice.shape, **cut)
    assert patch_layout(clip.shape, **cut).steps == 2


def test_an_odd_number_of_frames_goes_through_a_model_of_frame_pairs():
    host = shared_host("qwen3_vl")
    with torch.no_grad():
        odd = host.encode_video(clips(host)[:, :3]).tokens
        fused = host.encode_pairs(clips(host)[:, :3], texts(host))
    assert odd.shape == (PAIRS, 2, 4, 32)
    assert bool(fused.tokens.isfinite().all())


def test_a_frame_of_zeros_is_no_padding():
    host = shared_host("smolvlm")
    pixels = torch.zeros_like(clips(host))
    with torch.no_grad():
        tokens = host.encode_video(pixels).tokens
        host.encode_pairs(pixels, texts(host))
    assert tokens.shape == (PAIRS, 3, 4, 32)
    assert not pixels.any()


def test_frames_of_a_wrong_size_are_refused():
    with pytest.raises(HostError, match=r"multiples of 8 pixels, for 2 × 2 patches of 4 make one token; found 12 × 16"):
        shared_host("qwen2_5_vl").encode_video(torch.zeros(1, 2, 3, 12, 16))
    with pytest.raises(HostError, match=r"expected frames of \(16, 16\) pixels, found \(24, 16\)"):
        shared_host("internvl").encode_video(torch.zeros(1, 2, 3, 24, 16))


def test_as_many_texts_as_clips_are_expected(host):
    with pytest.raises(HostError, match="expected as many texts as videos, found 3 and 2"):
        host.encode_pairs(clips(host, 2), texts(host))


def test_a_text_with_a_placeholder_is_refused():
    host = shared_host("video_llava")
    with pytest.raises(HostError, match="expected texts without the token that stands for a part of the video"):
        host.encode_pairs(clips(host, 2), host.tokens(["a <video>", "a ball"]))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"__len__": lambda self: 10_000}, r"its language model has \d+ tokens, its tokenizer 10000; they must fit"),
        ({"pad_token_id": None}, r"has no padding token; set pad_token in tokenizer_config\.json"),
        (
            {"__len__": lambda self: 40},
            r"visual tokens stand where its tokenizer writes token \d+, but that has only 40",
        ),
    ],
)
def test_a_tokenizer_of_another_model_is_refused(settings, message):
    host = shared_host("qwen2_vl")
    tokenizer = type("Other", (), {"__len__": lambda self: 300, "pad_token_id": 0, **settings})()
    with pytest.raises(HostError, match=message):
        host.spec.check_tokenizer(tokenizer, host.config, "other")


def test_texts_are_laid_behind_what_they_share_without_a_gap():
    ids = torch.tensor([[9, 9, 1, 5], [1, 6, 7, 8]])
    mask = torch.tensor([[0, 0, 1, 1], [1, 1, 1, 1]])
    laid = behind(torch.tensor([3, 4]), ids, mask, 1)
    assert laid.rows.ids.tolist() == [[3, 4, 5, 0, 0], [3, 4, 6, 7, 8]]
    assert laid.rows.mask.tolist() == [[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]]
    hidden = torch.arange(10.0).reshape(2, 5, 1)
    assert laid.states(hidden)[..., 0].tolist() == [[0, 0, 1, 2], [6, 7, 8, 9]]
    assert laid.last(hidden)[:, 0].tolist() == [2, 9]


def test_texts_behind_nothing_keep_their_start():
    laid = behind(torch.tensor([], dtype=torch.long), torch.tensor([[9, 1, 5]]), torch.tensor([[0, 1, 1]]), 1)
    assert laid.rows.ids.tolist() == [[1, 5]]
    assert laid.states(torch.tensor([[[3.0], [4.0]]]))[..., 0].tolist() == [[0, 3, 4]]


def test_states_computed_in_half_precision_are_near_those_in_single(host):
    """As a run with ``--precision bf16`` computes them: weights in single precision, products in half."""
    with torch.no_grad():
        exact = host.encode_video(clips(host)).tokens, host.encode_pairs(clips(host), texts(host)).tokens
        with torch.autocast("cpu", torch.bfloat16):
            near = host.encode_video(clips(host)).tokens, host.encode_pairs(clips(host), texts(host)).tokens
            likely = host.log_likelihood(clips(host), [""] * PAIRS, CAPTIONS[:PAIRS])
    for first, second in zip(exact, near, strict=True):
        assert second.dtype == torch.float32
        assert float((first - second).norm() / first.norm()) < 0.05
    assert bool(likely.isfinite().all())

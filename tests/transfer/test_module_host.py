"""Any module as a host, and a similarity matrix alone as one."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_model
from torch import nn

from finsta.errors import HostError
from finsta.tasks.multiple_choice import evaluate_multiple_choice
from finsta.tasks.retrieval import evaluate_retrieval
from finsta.transfer.capture import capture
from finsta.transfer.hosts import (
    FrameProcessor,
    PlainTokenizer,
    Recipe,
    TokensAt,
    black_box_host,
    join_texts,
    join_videos,
    module_host,
)
from finsta.transfer.hosts.black_box import ByteTokenizer
from tests.hosts import open_clip
from tests.hosts.own import LENGTH, RECIPE, TwoTowers, tokenize, two_towers
from tests.hosts.tiny import CAPTIONS, PAIRS, clips, made, texts
from tests.training.steps import data

ROOT = Path(__file__).parent.parent.parent

FUSED = replace(
    RECIPE,
    encode_pairs=lambda model, pixels, tokens: model.pairs(pixels, tokens["input_ids"]),
    fused=TokensAt(module="cross"),
    match=lambda model, pooled: pooled.sum(-1),
)


@pytest.fixture(scope="module")
def host():
    return two_towers()


def box(host):
    """The same model, of which only its scores are shown."""

    def similarity(asked, pixels):
        return host.similarity(host.encode_text(host.tokens(asked)).pooled, host.encode_video(pixels).pooled)

    return black_box_host(similarity, host.model, image_processor=host.image_processor, num_frames=2)


def test_a_module_host_gives_what_the_recipe_reads(host):
    with torch.no_grad():
        text, video = host.encode_text(texts(host)), host.encode_video(clips(host))
        scores = host.similarity(text.pooled, video.pooled)
        cosine = nn.functional.cosine_similarity(
            host.model.sentence(texts(host)["input_ids"])[:, None], host.model.video(clips(host))[None], dim=-1
        )
    assert text.tokens.shape == (PAIRS, LENGTH, 24)
    assert text.mask.sum(1).tolist() == [len(caption.split()) for caption in CAPTIONS[:PAIRS]]
    assert video.tokens.shape == (PAIRS, 2, 4, 24)
    torch.testing.assert_close(scores, cosine * host.model.logit_scale.exp())
    assert (host.spec.family, host.spec.loss) == ("dual encoder", "contrastive")


def test_its_tokens_are_those_of_the_named_module_in_their_places(host):
    with torch.no_grad():
        tokens = host.encode_video(clips(host, 1)).tokens
        with capture(host.model, "visual.blocks") as seen:
            host.model.frames(clips(host, 1)[0, 1:])
    torch.testing.assert_close(tokens[0, 1], seen["visual.blocks"][1:, 0])
    changed = clips(host, 1)
    changed[0, 1, :, 8:, :8] += 3  # row 1, column 0 of frame 1
    with torch.no_grad():
        moved = (host.encode_video(changed).tokens - tokens).norm(dim=-1)[0]
    assert divmod(int(moved.argmax()), 4) == (1, 2)


def test_a_module_host_can_have_a_cross_modal_encoder():
    host = two_towers(FUSED)
    with torch.no_grad():
        fused = host.encode_pairs(clips(host), texts(host))
    assert host.spec.family == "fusion encoder"
    assert fused.tokens.shape == (PAIRS, LENGTH, 24)
    assert fused.pooled.shape == (PAIRS, 24)
    torch.testing.assert_close(fused.match, fused.pooled.sum(-1))


def test_a_module_host_without_texts_is_a_video_encoder():
    recipe = replace(RECIPE, encode_text=None, text=None)
    host = module_host(TwoTowers(), recipe, image_processor=FrameProcessor.of_size(16, 16), name="mine")
    assert host.spec.family == "video encoder"
    assert host.capabilities.joint is False
    with pytest.raises(HostError, match=r"mine: a video encoder .* has not a text encoder"):
        host.encode_text({})


def test_a_recipe_may_fix_the_number_of_frames():
    recipe = replace(RECIPE, encode_text=None, text=None, fixed_frames=4)
    processor = FrameProcessor.of_size(16, 16)
    assert module_host(TwoTowers(), recipe, image_processor=processor).num_frames == 4
    with pytest.raises(HostError, match="expected exactly 4 frames, for which the weights are made, found 2"):
        module_host(TwoTowers(), recipe, image_processor=processor, num_frames=2)


def test_no_hook_is_left_in_the_module(host):
    with torch.no_grad():
        host.encode_video(clips(host))
        host.encode_text(texts(host))
    assert not any(module._forward_hooks for module in host.model.modules())


def test_a_module_that_is_not_there_is_an_error_that_names_the_nearest():
    for wrong, near in (("visual.block", r"visual\.blocks"), ("text_model.resblocks", r"text\.resblocks")):
        with pytest.raises(HostError, match=rf"TwoTowers has no submodule '{wrong}'; the nearest are .*{near}.*; at"):
            two_towers(replace(RECIPE, visual=TokensAt(module=wrong)))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"visual": TokensAt(module="visual.blocks", leading=1)}, r"visual\.blocks: expected 3 or 6 rows of .* 2 × 2"),
        ({"visual": TokensAt(module="visual.blocks", order="tokens first")}, r"found \[6, 5, 24\] once leading"),
        ({"visual": TokensAt(module="visual.norm")}, r"visual\.norm: expected tokens .* found \[6, 24\]"),
        ({"visual": TokensAt(module="cross")}, "cross: was not called; name a module that runs"),
        ({"grid": (3, 2)}, "3 × 2 patches of a frame"),
        ({"grid": (0, 2)}, "0 × 2 patches of a frame"),
    ],
)
def test_a_recipe_that_does_not_fit_says_what_to_mend(change, message):
    host = two_towers(replace(RECIPE, **change))
    with pytest.raises(HostError, match=message):
        host.encode_video(clips(two_towers()))


def test_words_that_are_not_as_many_as_tokens_say_so():
    host = two_towers(replace(RECIPE, text=TokensAt(module="text", order="tokens first", leading=1)))
    with pytest.raises(HostError, match=r"text: expected as many states as tokens, \[3, 12\]; found \[3, 11\]"):
        host.encode_text(texts(host))


class Sheet(nn.Module):
    """Puts its states out in a dict."""

    def __init__(self):
        super().__init__()
        self.states = Inner()

    def forward(self, pixels):
        return self.states(pixels)["states"].mean(1)


class Inner(nn.Linear):
    """Four tokens of width 5 for each clip."""

    def __init__(self):
        super().__init__(3, 5)

    def forward(self, pixels):
        return {"states": super().forward(pixels.mean((1, 3, 4)))[:, None].expand(-1, 4, -1)}


def test_a_module_that_puts_out_no_tensor_asks_for_take():
    recipe = Recipe(encode_video=lambda model, pixels: model(pixels), visual=TokensAt(module="states"), grid=(2, 2))
    processor, pixels = FrameProcessor.of_size(16, 16), torch.zeros(2, 1, 3, 16, 16)
    with pytest.raises(HostError, match="expected a tensor, found a dict; give `take` a function"):
        module_host(Sheet(), recipe, image_processor=processor).encode_video(pixels)
    taken = replace(recipe, visual=TokensAt(module="states", take=lambda output: output["states"]))
    assert module_host(Sheet(), taken, image_processor=processor).encode_video(pixels).tokens.shape == (2, 1, 4, 5)


def test_half_a_recipe_is_refused():
    with pytest.raises(HostError, match="encode_text and text together, or neither"):
        two_towers(replace(RECIPE, text=None))
    with pytest.raises(HostError, match="encode_pairs and fused together, or neither"):
        two_towers(replace(FUSED, fused=None))
    with pytest.raises(HostError, match="its recipe reads texts; expected a tokenizer, found none"):
        module_host(TwoTowers(), RECIPE, image_processor=FrameProcessor.of_size(16, 16))


def test_a_plain_tokenizer_marks_what_follows_the_last_word():
    encoding = PlainTokenizer(lambda texts: torch.tensor([[5, 0, 6, 0], [7, 0, 0, 0]]))(["a", "b"])
    assert encoding["attention_mask"].tolist() == [[1, 1, 1, 0], [1, 0, 0, 0]]


def test_saving_a_module_host_writes_its_weights_for_the_same_class(host, tmp_path):
    host.save(tmp_path / "out")
    other = TwoTowers().eval()
    load_model(other, str(tmp_path / "out" / "model.safetensors"))
    with torch.no_grad():
        assert torch.equal(other.video(clips(host)), host.model.video(clips(host)))
    card = (tmp_path / "out" / "README.md").read_text()
    assert "The weights of a `TwoTowers`" in card
    assert "transformers" not in card


def test_a_recipe_may_save_as_its_project_does(tmp_path):
    save = lambda model, folder: torch.save(model.state_dict(), folder / "mine.pt")  # noqa: E731
    two_towers(replace(RECIPE, save=save)).save(tmp_path / "out")
    assert (tmp_path / "out" / "mine.pt").is_file()
    assert not (tmp_path / "out" / "model.safetensors").exists()


def test_a_black_box_scores_as_the_function_does_and_gradients_reach_the_parameters(host):
    shut = box(host)
    text, video = shut.encode_text(shut.tokens(CAPTIONS[:PAIRS])), shut.encode_video(clips(host))
    scores = shut.similarity(text.pooled, video.pooled)
    with torch.no_grad():
        open_ = host.similarity(host.encode_text(texts(host)).pooled, host.encode_video(clips(host)).pooled)
    torch.testing.assert_close(scores, open_)
    scores.sum().backward()
    assert host.model.words.weight.grad is not None
    host.model.zero_grad(set_to_none=True)


def test_a_black_box_shows_no_tokens_and_no_embedding(host):
    widths = box(host).widths
    assert (widths.text, widths.visual, widths.pooled_text, widths.pooled_video) == (0, 0, 0, 0)


def test_encodings_of_a_black_box_are_joined_like_others(host):
    shut = box(host)
    parts = [shut.encode_text(shut.tokens([caption])).pooled for caption in CAPTIONS[:PAIRS]]
    films = [shut.encode_video(clips(host)[i : i + 1]).pooled for i in range(PAIRS)]
    with torch.no_grad():
        joined = shut.similarity(join_texts(parts), join_videos(films))
        whole = shut.similarity(
            shut.encode_text(shut.tokens(CAPTIONS[:PAIRS])).pooled, shut.encode_video(clips(host)).pooled
        )
    torch.testing.assert_close(joined, whole)


@pytest.mark.parametrize("asked", [["a ball"], ["naïve 球", ""], [""], ["long " * 400, "b"]])
def test_bytes_of_texts_give_the_texts_again(asked):
    encoding = ByteTokenizer()(asked)
    assert ByteTokenizer.texts(encoding["input_ids"]) == tuple(asked)
    assert encoding["attention_mask"].sum(1).tolist() == [len(text.encode()) for text in asked]


def test_words_of_the_test_model_are_known():
    assert tokenize(["a ball unknown"])[0, :4].tolist()[2:] == [1, 0]


def test_the_recipe_in_the_documents_runs_on_a_model_of_that_form():
    code = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "hosts.md").read_text(), re.DOTALL)[0]
    found = {"model": made(open_clip.CLIP).eval(), "tokenize": open_clip.tokenize}
    exec(compile(code, "docs/hosts.md", "exec"), found)
    host, model = found["host"], found["model"]
    pixels, tokens = clips(host, 2), texts(host, 2)
    with torch.no_grad():
        scores = host.similarity(host.encode_text(tokens).pooled, host.encode_video(pixels).pooled)
        frames = model.encode_image(pixels.flatten(0, 1), normalize=True).unflatten(0, (2, 8)).mean(1)
        told = model.encode_text(tokens["input_ids"], normalize=True)
        tower = host.project_visual(model.visual.transformer(torch.zeros(1, 3, 16)))
    cosine = told @ nn.functional.normalize(frames, dim=-1).T
    torch.testing.assert_close(scores, cosine * model.logit_scale.exp(), rtol=1e-4, atol=1e-4)
    assert (host.widths.visual, host.widths.text, host.widths.pooled_video, tower.shape[-1]) == (16, 16, 8, 8)
    assert host.encode_video(pixels).grid == (7, 7)


@pytest.mark.parametrize("kind", ["recipe", "black box"])
def test_hosts_of_ones_own_are_evaluated_like_others(host, kind):
    judged = host if kind == "recipe" else box(host)
    pairs = data()[1]
    retrieval = evaluate_retrieval(judged, pairs, batch_size=3)
    choice = evaluate_multiple_choice(judged, pairs)
    both = [evaluate_retrieval(host, pairs), evaluate_multiple_choice(host, pairs)]
    assert [retrieval.metrics, choice.metrics] == [result.metrics for result in both]

"""What a video LLM says and how likely it finds an answer: the model's own loss, the model's own `generate`."""

import pytest
import torch

from finsta.transfer.hosts.llm import FAMILIES
from finsta.transfer.hosts.llm.prompts import answered, prompt_texts
from tests.hosts.registry import own_host, shared_host
from tests.hosts.tiny import CAPTIONS, clips

PROMPTS = ["", "what is red?"]


@pytest.fixture(params=sorted(FAMILIES))
def host(request):
    return shared_host(request.param)


def sharpened(host):
    """With logits far apart, so that rounding changes no choice."""
    twin = own_host(host.config.model_type)
    head = twin.model.get_output_embeddings()
    head.weight = torch.nn.Parameter(30 * head.weight.detach())  # another one than that of tied embeddings
    return twin


def by_hand(host, ids, pixels):
    """One row of tokens with one clip, as the model's own forward takes them."""
    family = FAMILIES[host.config.model_type]
    row = torch.tensor([ids])
    more = {"mm_token_type_ids": (row == family.placeholder(host.config)).long() * 2} if family.typed else {}
    return {"input_ids": row, "attention_mask": torch.ones_like(row), **family.pack(host.config, pixels), **more}


def test_log_likelihood_is_minus_the_models_own_loss(host):
    family, pixels = FAMILIES[host.config.model_type], clips(host, 2)
    layout = family.layout(host.config, pixels.shape)
    rows = answered(family, host.tokenizer, host.config, layout, PROMPTS, CAPTIONS[:2])
    with torch.no_grad():
        ours = host.log_likelihood(pixels, PROMPTS, CAPTIONS[:2])
        for index, row in enumerate(rows):
            labels = torch.tensor([[i if mark else -100 for i, mark in zip(row.ids, row.answer, strict=True)]])
            theirs = host.model(**by_hand(host, row.ids, pixels[index : index + 1]), labels=labels).loss
            torch.testing.assert_close(-ours[index], theirs, rtol=1e-5, atol=1e-5)


def test_gradients_flow_through_the_log_likelihood_into_all_parts(host):
    host = own_host(host.config.model_type)
    host.log_likelihood(clips(host, 2), PROMPTS, CAPTIONS[:2]).sum().backward()
    family = FAMILIES[host.config.model_type]
    for module in (family.projector, family.language):
        assert any(
            bool(value.grad.any()) for value in host.model.get_submodule(module).parameters() if value.grad is not None
        )


@pytest.mark.parametrize("beams", [1, 2])
def test_what_is_written_is_what_the_models_own_generate_writes(host, beams):
    host, family = sharpened(host), FAMILIES[host.config.model_type]
    pixels = clips(host, 2)
    ours = host.generate(pixels, PROMPTS, max_new_tokens=4, beams=beams)
    texts = prompt_texts(family, host.tokenizer, host.config, family.layout(host.config, pixels.shape), PROMPTS)
    for index, text in enumerate(texts):
        starts = host.tokenizer.bos_token is not None and text.startswith(host.tokenizer.bos_token)
        ids = host.tokenizer(text, add_special_tokens=not starts)["input_ids"]
        inputs = by_hand(host, ids, pixels[index : index + 1])
        with torch.no_grad():
            written = host.model.generate(**inputs, max_new_tokens=4, num_beams=beams, do_sample=False)
        assert ours[index] == host.tokenizer.decode(written[0, len(ids) :], skip_special_tokens=True).strip()
    assert any(ours) or host.config.tie_word_embeddings  # where the last token is the likeliest, here a line's end

"""Saved folders read by the families' own processors, which need torchvision: the same tokens, pixels and logits."""

import numpy as np
import pytest
import torch

from finsta.transfer.hosts.llm import FAMILIES
from finsta.transfer.hosts.llm.encoding import inputs
from finsta.transfer.hosts.llm.prompts import prompt_ids
from finsta.transfer.hosts.llm.rows import Rows
from tests.hosts.registry import shared_host
from tests.hosts.tiny import frames

pytest.importorskip("torchvision", reason="video processors of transformers need torchvision")

QUESTION = "What is red?"


@pytest.fixture(params=sorted(FAMILIES))
def name(request):
    return request.param


def needed(name):
    if name == "smolvlm":
        pytest.importorskip("num2words", reason="SmolVLM's processor needs num2words")


def read(processor, family, name, prepared):
    """One clip and one question through a processor."""
    messages = [{"role": "user", "content": [{"type": "video"}, {"type": "text", "text": QUESTION}]}]
    text = processor.tokenizer.apply_chat_template(
        messages, chat_template=family.template, tokenize=False, add_generation_prompt=True
    )
    rate, count = (2.0 if name.startswith("qwen") else 1.0), len(prepared)
    metadata = {
        "fps": rate, "total_num_frames": count, "duration": count / rate, "frames_indices": list(range(count))
    }  # fmt: skip
    return processor(
        text=[text],
        videos=[np.stack(prepared)],
        video_metadata=[metadata],
        do_sample_frames=False,
        add_special_tokens=name != "smolvlm",  # whose template writes the start token itself
        return_tensors="pt",
    )


def test_the_saved_bundle_makes_the_same_tokens_pixels_and_logits(tmp_path, name):
    from transformers import AutoProcessor

    needed(name)
    host, family = shared_host(name), FAMILIES[name]
    host.save(tmp_path / "host")
    prepared = host.prepare(frames(host))
    theirs = dict(read(AutoProcessor.from_pretrained(tmp_path / "host"), family, name, list(prepared)))
    pixels = host.normalise(prepared)[None]
    ids = prompt_ids(family, host.tokenizer, host.config, family.layout(host.config, pixels.shape), [QUESTION])[0]
    assert theirs["input_ids"].tolist() == [ids]
    row = torch.tensor([ids])
    ours = inputs(family, host.model, Rows(ids=row, mask=torch.ones_like(row)), pixels)
    for key, value in ours.items():
        torch.testing.assert_close(theirs[key].to(value.dtype), value, rtol=1e-5, atol=1e-5)
    theirs.pop("video_metadata", None)
    with torch.no_grad():
        expected = host.model(**theirs).logits
        found = host.model(input_ids=row, attention_mask=torch.ones_like(row), **ours).logits
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


def test_frames_are_resized_as_the_video_processor_does_to_a_few_levels(tmp_path, name):
    """PIL and torchvision round differently; of noise, the hardest picture to resize, a few levels of 255."""
    from transformers import AutoVideoProcessor

    host = shared_host(name)
    host.save(tmp_path / "host")
    processor = AutoVideoProcessor.from_pretrained(tmp_path / "host")
    if name in ("qwen2_vl", "qwen2_5_vl", "qwen3_vl", "video_llama_3"):
        pytest.skip("their video processors keep the aspect of each clip; finsta squeezes all to one size")
    images = frames(host)
    made = processor([np.stack(images)], do_sample_frames=False, return_tensors="pt")
    theirs = made["pixel_values_videos" if "pixel_values_videos" in made else "pixel_values"][0]
    deviation = min(host.image_processor.image_std)
    assert float((theirs - host.pixels(images)).abs().max()) * 255 * deviation < 4

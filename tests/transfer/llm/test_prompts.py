"""Prompts: placeholders as the processors of transformers write them, templates, answers."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
import transformers
from transformers.models.smolvlm import processing_smolvlm

from finsta.errors import HostError
from finsta.transfer.hosts.llm import FAMILIES
from finsta.transfer.hosts.llm.images import SMOL_CHAT
from finsta.transfer.hosts.llm.numbers import in_words
from finsta.transfer.hosts.llm.prompts import CAPTION_REQUEST, answered, prompt_texts
from tests.hosts.registry import own_host, shared_host
from tests.hosts.tiny import clips


@pytest.fixture(params=sorted(FAMILIES))
def name(request):
    return request.param


def asked(name, prompts=("",), frames=None):
    host = shared_host(name)
    shape = list(clips(host, 1).shape)
    shape[1] = frames or shape[1]
    family = FAMILIES[name]
    layout = family.layout(host.config, shape)
    return host, family, layout, prompt_texts(family, host.tokenizer, host.config, layout, prompts)


def of_transformers(name, host, frames, monkeypatch):
    """What the family's own processor puts in the place of a clip; its video processor is not run."""
    tokenizer, frame = host.tokenizer, clips(host, 1).shape[-3:]
    processor = getattr(transformers, host.processor_class)
    self = SimpleNamespace(
        video_token=tokenizer.video_token,
        image_token=tokenizer.image_token,
        video_processor=SimpleNamespace(merge_size=2, temporal_patch_size=2),
        patch_size=8,
        num_additional_image_tokens=1,
        vision_feature_select_strategy="default",
        num_image_tokens=9,
        vision_start_token="<|vision_start|>",
        vision_end_token="<|vision_end|>",
        image_seq_len=4,
        image_seq_length=4,
        fake_image_token="<fake_token_around_image>",
        global_image_token="<global-img>",
        start_image_token="<img>",
        end_image_token="</img>",
    )
    rate = 2 if name == "qwen3_vl" else 1
    metadata = SimpleNamespace(
        fps=rate,
        frames_indices=list(range(frames)),
        timestamps=[float(second) for second in range(frames)],
        duration=frames,
    )
    if name == "internvl":
        self.image_token = tokenizer.context_image_token
    if name == "qwen3_vl":
        self._calculate_timestamps = lambda *arguments: processor._calculate_timestamps(self, *arguments)
    if name == "smolvlm":
        monkeypatch.setattr(processing_smolvlm, "num2words", in_words)
    steps = -(-frames // 2) if name.startswith("qwen") else frames
    inputs = {
        "pixel_values_videos": np.zeros((1, frames, *frame)),
        "pixel_values": np.zeros((1, frames, *frame)),
        "video_grid_thw": np.array([[steps, 4, 4]]),
        "video_merge_sizes": np.array([2]),
        "video_compression_mask": torch.ones(steps * 4, dtype=torch.bool),
        "video_metadata": [metadata],
    }
    return processor.replace_video_token(self, inputs, 0)


CLASSES = {
    "video_llava": "VideoLlavaProcessor",
    "llava_next_video": "LlavaNextVideoProcessor",
    "llava_onevision": "LlavaOnevisionProcessor",
    "qwen2_vl": "Qwen2VLProcessor",
    "qwen2_5_vl": "Qwen2_5_VLProcessor",
    "qwen3_vl": "Qwen3VLProcessor",
    "video_llama_3": "VideoLlama3Processor",
    "smolvlm": "SmolVLMProcessor",
    "internvl": "InternVLProcessor",
}


@pytest.mark.parametrize("frames", [1, 3, 4])
def test_a_clip_is_written_as_the_familys_processor_writes_it(name, frames, monkeypatch):
    host, family, layout, _ = asked(name, frames=frames)
    host.processor_class = CLASSES[name]
    ours = family.placeholders(host.tokenizer, host.config, layout)
    assert ours == of_transformers(name, host, frames, monkeypatch)


def test_each_visual_token_has_a_placeholder(name):
    host, family, _, texts = asked(name)
    ids = host.tokenizer(texts[0])["input_ids"]
    pixels = clips(host, 1)
    features = family.pack(host.config, pixels)
    get = host.model.get_image_features if "pixel_values" in features else host.model.model.get_video_features
    with torch.no_grad():
        found = get(**features, return_dict=True).pooler_output
    count = (
        sum(part.shape[:-1].numel() for part in found) if isinstance(found, list | tuple) else found.shape[:-1].numel()
    )
    assert ids.count(family.placeholder(host.config)) == count


def test_an_empty_prompt_asks_for_a_caption():
    _, _, _, texts = asked("qwen2_5_vl", ("", "What is red?"))
    clip = "<|vision_start|>" + "<|video_pad|>" * 8 + "<|vision_end|>"
    start, end = "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n", "<|im_end|>\n"
    assert texts == [
        f"{start}{clip}{question}{end}<|im_start|>assistant\n" for question in (CAPTION_REQUEST, "What is red?")
    ]


def test_vicuna_is_asked_as_it_was_taught():
    _, _, _, texts = asked("video_llava", ("What is red?",))
    assert texts == ["USER: " + "<video>" * 15 + "\nWhat is red? ASSISTANT:"]


def test_smolvlms_template_is_that_of_its_processor():
    messages = [{"role": "user", "content": [{"type": "video"}, {"type": "text", "text": "What is red?"}]}]
    tokenizer = shared_host("smolvlm").tokenizer
    ours, theirs = (
        tokenizer.apply_chat_template(messages, chat_template=each, tokenize=False, add_generation_prompt=True)
        for each in (SMOL_CHAT, processing_smolvlm.DEFAULT_CHAT_TEMPLATE)
    )
    assert ours == theirs == "<|im_start|>User: <video>What is red?<end_of_utterance>\nAssistant:"


def test_a_tokenizers_own_template_is_used_where_it_places_a_clip():
    host, family = own_host("qwen2_vl"), FAMILIES["qwen2_vl"]
    layout = family.layout(host.config, clips(host, 1).shape)
    host.tokenizer.chat_template = "{{ 'ask <|video_pad|> ' + messages[0]['content'][1]['text'] }}"
    try:
        placed = prompt_texts(family, host.tokenizer, host.config, layout, ["why"])
        host.tokenizer.chat_template = "{{ 'ask ' + messages[0]['content'][1]['text'] }}"
        lacking = prompt_texts(family, host.tokenizer, host.config, layout, ["why"])
    finally:
        host.tokenizer.chat_template = None
    assert placed == ["ask " + "<|video_pad|>" * 8 + " why"]
    assert lacking == prompt_texts(family, host.tokenizer, host.config, layout, ["why"])


def test_answers_stand_where_the_template_puts_them_and_end_with_the_end_token():
    for name, between in (("video_llava", " "), ("smolvlm", " "), ("internvl", "")):
        host, family, layout, texts = asked(name)
        row = answered(family, host.tokenizer, host.config, layout, [""], ["a red cube"])[0]
        expected = host.tokenizer(texts[0] + between + "a red cube" + host.tokenizer.eos_token)["input_ids"]
        marked = [token for token, mark in zip(row.ids, row.answer, strict=True) if mark]
        if name != "smolvlm":  # whose template writes the start token itself
            assert row.ids == expected
        assert marked[-1] == host.tokenizer.eos_token_id
        assert host.tokenizer.decode(marked[:-1]).strip() == "a red cube"
        assert row.answer == sorted(row.answer)


def test_a_start_token_is_added_once():
    host, _, layout, _ = asked("smolvlm")
    family = FAMILIES["smolvlm"]
    row = answered(family, host.tokenizer, host.config, layout, [""], ["a"])[0]
    assert row.ids.count(host.tokenizer.bos_token_id) == 1
    host, _, layout, _ = asked("video_llava")
    row = answered(FAMILIES["video_llava"], host.tokenizer, host.config, layout, [""], ["a"])[0]
    assert row.ids[0] == host.tokenizer.bos_token_id
    assert row.ids.count(host.tokenizer.bos_token_id) == 1


@pytest.mark.parametrize(("name", "prompt"), [("video_llava", "what <video>"), ("internvl", "what <IMG_CONTEXT>")])
def test_a_prompt_that_holds_a_placeholder_is_refused(name, prompt):
    with pytest.raises(HostError, match="expected a prompt without <video>, which stands for the video; found 'what"):
        asked(name, (prompt,))


def test_numbers_in_words():
    assert [in_words(number) for number in (0, 1, 8, 13, 20, 32, 100, 128, 300, 999)] == [
        "zero", "one", "eight", "thirteen", "twenty", "thirty-two", "one hundred", "one hundred and twenty-eight",
        "three hundred", "nine hundred and ninety-nine",
    ]  # fmt: skip
    assert in_words(1000) == "1000"

"""Prompts as a family writes them: its chat template, the clip's placeholders expanded, answers where they belong."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from finsta.errors import HostError
from finsta.transfer.hosts.llm.family import Layout, VideoLLM, name_of

CAPTION_REQUEST = "Describe the video in one sentence."
"""What an empty prompt asks."""

_PROBE = "answer"

Message = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A prompt with its answer, as one row of tokens.

    Attributes:
        ids: Of all tokens.
        answer: True = token of the answer, the token that ends it included.
    """

    ids: list[int]
    answer: list[bool]


def prompt_ids(
    family: VideoLLM, tokenizer: Any, config: Any, layout: Layout, prompts: Sequence[str]
) -> list[list[int]]:
    """Tokens of each prompt, up to where its answer begins."""
    return [_ids(tokenizer, text) for text in prompt_texts(family, tokenizer, config, layout, prompts)]


def prompt_texts(family: VideoLLM, tokenizer: Any, config: Any, layout: Layout, prompts: Sequence[str]) -> list[str]:
    """Each prompt by the chat template, the clip's placeholders expanded.

    Raises:
        HostError: if a prompt holds what stands for a clip.
    """
    template = _template(family, tokenizer)
    mark, clip = _mark(family, tokenizer), family.placeholders(tokenizer, config, layout)
    texts = []
    for prompt in prompts:
        text = _rendered(tokenizer, template, [_question(prompt)])
        if text.count(mark) != 1 or name_of(tokenizer, family.placeholder(config)) in prompt:
            raise HostError(f"expected a prompt without {mark}, which stands for the video; found {prompt!r}")
        texts.append(text.replace(mark, clip, 1))
    return texts


def answered(
    family: VideoLLM, tokenizer: Any, config: Any, layout: Layout, prompts: Sequence[str], answers: Sequence[str]
) -> list[Asked]:
    """Each prompt with its answer and the token that ends an answer.

    Both are tokenized together, so that the model reads what it would read in training: what the template puts between
    them (a space after ``ASSISTANT:``) belongs to the answer.
    """
    between, end = _between(tokenizer, _template(family, tokenizer)), tokenizer.eos_token or ""
    rows = []
    texts = prompt_texts(family, tokenizer, config, layout, prompts)
    for text, answer in zip(texts, answers, strict=True):
        found = tokenizer(
            text + between + answer + end, add_special_tokens=_adds_start(tokenizer, text), return_offsets_mapping=True
        )
        marks = [last > len(text) for _, last in found["offset_mapping"]]
        rows.append(Asked(ids=found["input_ids"], answer=marks))
    return rows


def _question(prompt: str) -> Message:
    return {"role": "user", "content": [{"type": "video"}, {"type": "text", "text": prompt or CAPTION_REQUEST}]}


def _rendered(tokenizer: Any, template: str, messages: list[Message], *, ask: bool = True) -> str:
    text: str = tokenizer.apply_chat_template(
        messages, chat_template=template, add_generation_prompt=ask, tokenize=False
    )
    return text


def _between(tokenizer: Any, template: str) -> str:
    """What the template writes between a prompt and its answer."""
    asked = _rendered(tokenizer, template, [_question("")])
    reply = {"role": "assistant", "content": [{"type": "text", "text": _PROBE}]}
    told = _rendered(tokenizer, template, [_question(""), reply], ask=False)
    start = told.find(_PROBE, len(asked)) if told.startswith(asked) else -1
    return told[len(asked) : start] if start >= 0 else ""


def _template(family: VideoLLM, tokenizer: Any) -> str:
    """The tokenizer's own template where it places a clip, else the family's."""
    own = tokenizer.chat_template
    if family.own_template or not isinstance(own, str):
        return family.template
    placed = _mark(family, tokenizer) in _rendered(tokenizer, own, [_question("")])
    return own if placed else family.template


def _mark(family: VideoLLM, tokenizer: Any) -> str:
    return str(getattr(tokenizer, "video_token", None) or family.mark)


def _ids(tokenizer: Any, text: str) -> list[int]:
    ids: list[int] = tokenizer(text, add_special_tokens=_adds_start(tokenizer, text))["input_ids"]
    return ids


def _adds_start(tokenizer: Any, text: str) -> bool:
    """Whether the tokenizer is to add its start token: not where the template wrote it."""
    return tokenizer.bos_token is None or not text.startswith(tokenizer.bos_token)

"""Video LLMs: a vision tower, a projector, a language model that reads visual tokens among its own."""

from functools import partial
from typing import Any

from finsta.errors import HostError
from finsta.transfer.hosts.llm.encoding import encode_pairs, encode_text, encode_video, preamble
from finsta.transfer.hosts.llm.family import VideoLLM
from finsta.transfer.hosts.llm.images import INTERNVL, SMOLVLM
from finsta.transfer.hosts.llm.language import generate, log_likelihood
from finsta.transfer.hosts.llm.llava import LLAVA_NEXT_VIDEO, LLAVA_ONEVISION, VIDEO_LLAVA
from finsta.transfer.hosts.llm.qwen import QWEN2_5_VL, QWEN2_VL, QWEN3_VL, VIDEO_LLAMA_3
from finsta.transfer.hosts.spec import HostSpec, LanguageSpec

FAMILIES: dict[str, VideoLLM] = {
    "video_llava": VIDEO_LLAVA,
    "llava_next_video": LLAVA_NEXT_VIDEO,
    "llava_onevision": LLAVA_ONEVISION,
    "qwen2_vl": QWEN2_VL,
    "qwen2_5_vl": QWEN2_5_VL,
    "qwen3_vl": QWEN3_VL,
    "video_llama_3": VIDEO_LLAMA_3,
    "smolvlm": SMOLVLM,
    "internvl": INTERNVL,
}
"""By ``model_type``."""


def video_llm_spec(family: VideoLLM) -> HostSpec:
    """The row of the table of hosts that a family of video LLMs makes."""
    return HostSpec(
        title=family.title,
        family="video LLM",
        classes=family.classes,
        processor_files=True,
        reads=lambda model: {
            "visual tokens": family.projector,
            "text tokens": family.language,
            "fused tokens": family.language,
        },
        encode_video=partial(encode_video, family),
        encode_text=partial(encode_text, family),
        encode_pairs=partial(encode_pairs, family),
        preamble=partial(preamble, family),
        loss="captioning",
        language=LanguageSpec(log_likelihood=partial(log_likelihood, family), generate=partial(generate, family)),
        frame_size=family.frame_size,
        text_length=lambda config: int(config.text_config.max_position_embeddings),
        check_tokenizer=partial(_check_tokenizer, family),
        prepare=family.prepare,
    )


def _check_tokenizer(family: VideoLLM, tokenizer: Any, config: Any, name: str) -> None:
    """A tokenizer of another model is told here.

    Raises:
        HostError: if it has more tokens than the language model, no padding token, or not the clip's placeholder.
    """
    size, known = len(tokenizer), config.text_config.vocab_size
    if size > known:
        raise HostError(f"{name}: its language model has {known} tokens, its tokenizer {size}; they must fit")
    if tokenizer.pad_token_id is None:
        raise HostError(f"{name}: its tokenizer has no padding token; set pad_token in tokenizer_config.json")
    if family.placeholder(config) >= size:
        raise HostError(
            f"{name}: visual tokens stand where its tokenizer writes token {family.placeholder(config)}, but that has "
            f"only {size} tokens; copy the tokenizer's files from the model that these weights come from"
        )


VIDEO_LLMS: dict[str, HostSpec] = {name: video_llm_spec(family) for name, family in FAMILIES.items()}
"""Rows of the table of hosts."""

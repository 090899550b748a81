"""A small host from nothing: the architecture of a known family, a tokenizer trained on the captions at hand."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

import torch

from finsta.errors import InputError
from finsta.transfer.hosts import Host

if TYPE_CHECKING:
    from transformers import CLIPTokenizer

LONGEST_TEXT = 77
LOGIT_SCALE = 4.0
"""Where the logarithm of the logit scale starts. Untrained towers give nearly equal embeddings for all inputs; with
CLIP's own start (2.66) contrastive training from nothing stays at chance several times longer."""
LARGEST_VOCABULARY = 4096
"""Tokens at most; captions of a small world need a few hundred beside the 514 that every CLIP tokenizer has."""


def build_small_host(
    kind: Literal["clip", "xclip"],
    *,
    captions: Iterable[str],
    image_size: int = 64,
    patch_size: int = 8,
    width: int = 128,
    layers: int = 4,
    frames: int = 8,
    seed: int = 0,
) -> Host:
    """Build an untrained host of a family, the same weights and tokens for the same arguments.

    Args:
        kind: ``clip`` (frames on their own, mean-pooled) or ``xclip`` (frames exchange messages).
        captions: What the tokenizer is trained on; words that occur twice or more become one token each.
        image_size: Height and width of a frame, pixels.
        patch_size: Side of a patch, pixels; must divide the image size.
        width: Width of both towers and of the joint space; a multiple of 32, one attention head for each 32.
        layers: Layers of each tower.
        frames: Frames of a clip.
        seed: Of the weights; the global random state is left as it was.

    Raises:
        InputError: if the numbers do not fit together, or there is no caption.
    """
    if kind not in ("clip", "xclip"):
        raise InputError(f"expected a kind of host, clip or xclip, found {kind!r}")
    if min(image_size, patch_size, width, layers, frames) < 1 or image_size % patch_size or width % 32:
        raise InputError(
            "expected positive numbers, an image size that is a multiple of the patch size, a width that is a multiple "
            f"of 32; found image {image_size}, patch {patch_size}, width {width}, layers {layers}, frames {frames}"
        )
    tokenizer = train_tokenizer(captions)
    tower = {
        "hidden_size": width,
        "intermediate_size": 4 * width,
        "num_hidden_layers": layers,
        "num_attention_heads": width // 32,
    }
    text = tower | {
        "vocab_size": len(tokenizer),
        "max_position_embeddings": LONGEST_TEXT,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    vision = tower | {"image_size": image_size, "patch_size": patch_size}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = _clip(text, vision, width) if kind == "clip" else _xclip(text, vision, width, frames)
    return Host(
        model=model.eval(),
        tokenizer=tokenizer,
        image_processor=_image_processor(image_size),
        name=f"small-{kind}",
        num_frames=frames,
    )


def train_tokenizer(captions: Iterable[str]) -> "CLIPTokenizer":
    """A tokenizer of CLIP's own class and layout, its merges learned from the captions.

    The layout is CLIP's: bytes, bytes at the end of a word, merges, start, end. So any text can be read, the end token
    has the largest id (X-CLIP's text tower pools at the largest), and padding repeats it after the first.

    Raises:
        InputError: if there is no caption with a word in it.
    """
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    from transformers import CLIPTokenizer

    layout = CLIPTokenizer().backend_tokenizer
    learner = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    learner.normalizer, learner.pre_tokenizer = layout.normalizer, layout.pre_tokenizer
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    endings = [f"{letter}</w>" for letter in alphabet]
    trainer = trainers.BpeTrainer(
        vocab_size=LARGEST_VOCABULARY - 2,
        min_frequency=2,
        show_progress=False,
        initial_alphabet=alphabet,
        special_tokens=endings,  # known from the start: met in the captions, they would be numbered in random order
        end_of_word_suffix="</w>",
    )
    learner.train_from_iterator(captions, trainer)
    merges: Any = [tuple(merge) for merge in _merges(learner)]
    if not merges:
        raise InputError("expected captions to train a tokenizer on, found none with a word in it")
    names = [
        *alphabet,
        *endings,
        *dict.fromkeys("".join(merge) for merge in merges),
        "<|startoftext|>",
        "<|endoftext|>",
    ]
    vocabulary = {name: index for index, name in enumerate(names)}
    return CLIPTokenizer(vocab=vocabulary, merges=merges, model_max_length=LONGEST_TEXT)


def _merges(learner: Any) -> list[list[str]]:
    import json

    merges: list[list[str]] = json.loads(learner.to_str())["model"]["merges"]
    return merges


def _clip(text: dict[str, Any], vision: dict[str, Any], width: int) -> Any:
    from transformers import CLIPConfig, CLIPModel

    text, vision = text | {"projection_dim": width}, vision | {"projection_dim": width}
    config = CLIPConfig(
        text_config=text, vision_config=vision, projection_dim=width, logit_scale_init_value=LOGIT_SCALE
    )
    return CLIPModel(config)


def _xclip(text: dict[str, Any], vision: dict[str, Any], width: int, frames: int) -> Any:
    from transformers import XCLIPConfig, XCLIPModel

    integration = {
        "num_frames": frames,
        "mit_hidden_size": width,
        "mit_intermediate_size": 4 * width,
        "mit_num_attention_heads": width // 32,
    }
    return XCLIPModel(
        XCLIPConfig(
            text_config=text,
            vision_config=vision | integration,
            projection_dim=width,
            prompt_num_attention_heads=width // 32,
            logit_scale_init_value=LOGIT_SCALE,
        )
    )


def _image_processor(image_size: int) -> Any:
    from transformers import CLIPImageProcessorPil

    return CLIPImageProcessorPil(
        size={"shortest_edge": image_size}, crop_size={"height": image_size, "width": image_size}
    )

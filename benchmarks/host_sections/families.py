"""One host of each family with random weights, in the proportions of a published one or smaller."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))  # tokenizers of tests, in processes of one measurement too

from finsta.training.small_host import train_tokenizer
from finsta.transfer.hosts import Host
from tests.hosts.tokenizers import bert, qwen

SIDE = 224


@dataclass(frozen=True, kw_only=True)
class Size:
    """Of the towers; ``None`` for a layer count takes that of the published model.

    Attributes:
        width: Of vision and text; None takes the published ones.
        vision: Layers of the vision tower.
        text: Layers of the text tower, decoder or language model.
    """

    width: int | None = None
    vision: int | None = None
    text: int | None = None

    def tower(self, width: int, layers: int | None, published: int) -> dict[str, Any]:
        """Settings of a tower; heads of 64."""
        width = self.width or width
        return {
            "hidden_size": width,
            "intermediate_size": 4 * width,
            "num_attention_heads": width // 64,
            "num_hidden_layers": layers or published,
        }


@dataclass(frozen=True, kw_only=True)
class HostOfFamily:
    """A row of the table.

    Attributes:
        title: The published model by whose sizes it is built.
        build: Makes it.
        vision: Published layers of its vision tower.
        text: Published layers of its text tower, decoder or language model; 0 where it has none.
        train: What moves.
    """

    title: str
    build: Callable[[Size], Host]
    vision: int
    text: int
    train: tuple[str, ...] = ("all",)


def clip(size: Size) -> Host:
    """openai/clip-vit-base-patch32 over 8 frames."""
    from transformers import CLIPConfig, CLIPImageProcessorPil, CLIPModel

    tokenizer = train_tokenizer(["a red thing follows the blue thing"] * 2)
    ends = {name: getattr(tokenizer, name) for name in ("bos_token_id", "eos_token_id", "pad_token_id")}
    config = CLIPConfig(
        text_config={**size.tower(512, size.text, 12), **ends},
        vision_config={**size.tower(768, size.vision, 12), "image_size": SIDE, "patch_size": 32},
        projection_dim=size.width or 512,
    )
    processor = CLIPImageProcessorPil(size={"shortest_edge": SIDE}, crop_size={"height": SIDE, "width": SIDE})
    return _host(CLIPModel(config), tokenizer, processor, frames=8)


def videomae(size: Size) -> Host:
    """MCG-NJU/videomae-base: 16 frames, joined two by two."""
    from transformers import VideoMAEConfig, VideoMAEImageProcessorPil, VideoMAEModel

    config = VideoMAEConfig(**size.tower(768, size.vision, 12), image_size=SIDE, patch_size=16, num_frames=16)
    processor = VideoMAEImageProcessorPil(size={"shortest_edge": SIDE}, crop_size={"height": SIDE, "width": SIDE})
    return _host(VideoMAEModel(config), None, processor, frames=16)


def blip(size: Size) -> Host:
    """Salesforce/blip-itm-base-coco over 8 frames of 224 pixels."""
    from transformers import BlipConfig, BlipForImageTextRetrieval, BlipImageProcessorPil

    config = BlipConfig(
        text_config={**size.tower(768, size.text, 12), "encoder_hidden_size": size.width or 768, "vocab_size": 30524},
        vision_config={**size.tower(768, size.vision, 12), "image_size": SIDE, "patch_size": 16},
    )
    processor = BlipImageProcessorPil(size={"height": SIDE, "width": SIDE})
    return _host(BlipForImageTextRetrieval(config), bert(), processor, frames=8)


def git(size: Size) -> Host:
    """microsoft/git-base-vatex: 6 frames."""
    from transformers import CLIPImageProcessorPil, GitConfig, GitForCausalLM

    tokenizer = bert()
    config = GitConfig(
        **size.tower(768, size.text, 6),
        vision_config={**size.tower(768, size.vision, 12), "image_size": SIDE, "patch_size": 16},
        num_image_with_embedding=6,
        bos_token_id=tokenizer.cls_token_id,
        eos_token_id=tokenizer.sep_token_id,
        pad_token_id=0,
    )
    processor = CLIPImageProcessorPil(size={"shortest_edge": SIDE}, crop_size={"height": SIDE, "width": SIDE})
    return _host(GitForCausalLM(config), tokenizer, processor, frames=6)


def llava_onevision(size: Size) -> Host:
    """llava-hf/llava-onevision-qwen2-0.5b-ov-hf over 8 frames of 384 pixels: SigLIP so400m and Qwen2 0.5B."""
    from transformers import (
        LlavaOnevisionConfig,
        LlavaOnevisionForConditionalGeneration,
        LlavaOnevisionImageProcessorPil,
    )

    tokenizer = qwen(image="<image>", video="<video>")
    ends = {name: getattr(tokenizer, name) for name in ("bos_token_id", "eos_token_id", "pad_token_id")}
    side = 384 if size.width is None else SIDE
    vision = {"model_type": "siglip_vision_model", "image_size": side, "patch_size": 14, "vision_use_head": False}
    text = {**size.tower(896, size.text, 24), **ends, "model_type": "qwen2", "vocab_size": 151936}
    text |= {"num_key_value_heads": 2, "intermediate_size": 4864 if size.width is None else 4 * size.width}
    vision |= size.tower(1152, size.vision, 26)
    if size.width is None:
        vision |= {"intermediate_size": 4304, "num_attention_heads": 16}
    places = {f"{name}_token_index": tokenizer.convert_tokens_to_ids(f"<{name}>") for name in ("image", "video")}
    config = LlavaOnevisionConfig(vision_config=vision, text_config=text, **places)
    processor = LlavaOnevisionImageProcessorPil(size={"height": side, "width": side})
    return _host(LlavaOnevisionForConditionalGeneration(config), tokenizer, processor, frames=8)


def _host(model: Any, tokenizer: Any, processor: Any, *, frames: int) -> Host:
    name = f"{type(model).__name__}, random weights"
    return Host(model=model.eval(), tokenizer=tokenizer, image_processor=processor, name=name, num_frames=frames)


FAMILIES: Mapping[str, HostOfFamily] = {
    "dual encoder": HostOfFamily(title="CLIP ViT-B/32, 8 frames", build=clip, vision=12, text=12),
    "video encoder": HostOfFamily(title="VideoMAE-B, 16 frames", build=videomae, vision=12, text=0),
    "fusion encoder": HostOfFamily(title="BLIP-base (ITM), 8 frames", build=blip, vision=12, text=12),
    "generative": HostOfFamily(title="GIT-base, 6 frames", build=git, vision=12, text=6),
    "video LLM": HostOfFamily(
        title="LLaVA-OneVision 0.5B, 8 frames, LoRA", build=llava_onevision, vision=26, text=24, train=("lora",)
    ),
}
"""By the names of ``HostSpec.family``."""

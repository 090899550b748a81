"""Tiny dual encoders."""

from typing import Any, Literal

import torch

from finsta.training.small_host import build_small_host
from finsta.transfer.hosts import Host
from finsta.transfer.hosts.frame_processor import FrameProcessor
from tests.hosts import tokenizers
from tests.hosts.tiny import CAPTIONS, PAIRS, TinyHost, clips, made, texts

FRAMES, SIDE, PATCH, WIDTH = 2, 16, 8, 32
TOWER = {"hidden_size": WIDTH, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
PICTURE = {"size": {"shortest_edge": SIDE}, "crop_size": {"height": SIDE, "width": SIDE}}


def small(kind: Literal["clip", "xclip"]) -> Host:
    """The small hosts that experiments train, still smaller."""
    return build_small_host(
        kind, captions=CAPTIONS * 2, image_size=SIDE, patch_size=PATCH, width=WIDTH, layers=2, frames=FRAMES
    )


def host(model: Any, tokenizer: Any, image_processor: Any, *, frames: int = FRAMES) -> Host:
    """A host named by its model's type."""
    name = f"tiny-{model.config.model_type}"
    return Host(model=model.eval(), tokenizer=tokenizer, image_processor=image_processor, name=name, num_frames=frames)


def metaclip_2() -> Host:
    """CLIP with XLM-RoBERTa's tokens."""
    from transformers import CLIPImageProcessorPil, MetaClip2Config, MetaClip2Model

    tokenizer = tokenizers.roberta()
    text = {**TOWER, "vocab_size": len(tokenizer), "max_position_embeddings": 24, **special(tokenizer)}
    vision = {**TOWER, "image_size": SIDE, "patch_size": PATCH}
    config = MetaClip2Config(text_config=text, vision_config=vision, projection_dim=WIDTH)
    return host(made(lambda: MetaClip2Model(config)), tokenizer, CLIPImageProcessorPil(**PICTURE))


def altclip() -> Host:
    """CLIP's vision tower beside XLM-RoBERTa."""
    from transformers import AltCLIPConfig, AltCLIPModel, CLIPImageProcessorPil

    tokenizer = tokenizers.roberta()
    text = {**TOWER, "vocab_size": len(tokenizer), "max_position_embeddings": 26, "project_dim": 24}
    vision = {**TOWER, "image_size": SIDE, "patch_size": PATCH}
    config = AltCLIPConfig(text_config=text | special(tokenizer), vision_config=vision, projection_dim=WIDTH)
    return host(made(lambda: AltCLIPModel(config)), tokenizer, CLIPImageProcessorPil(**PICTURE))


def chinese_clip() -> Host:
    """CLIP's vision tower beside BERT."""
    from transformers import ChineseCLIPConfig, ChineseCLIPImageProcessorPil, ChineseCLIPModel

    tokenizer = tokenizers.bert()
    text = {**TOWER, "vocab_size": len(tokenizer), "max_position_embeddings": 24}
    vision = {**TOWER, "image_size": SIDE, "patch_size": PATCH}
    config = ChineseCLIPConfig(text_config=text, vision_config=vision, projection_dim=WIDTH)
    processor = ChineseCLIPImageProcessorPil(size={"height": SIDE, "width": SIDE}, do_center_crop=False)
    return host(made(lambda: ChineseCLIPModel(config)), tokenizer, processor)


def siglip() -> Host:
    """As SigLIP 2's checkpoints of frames of one size are: SigLIP's model, Gemma's tokens."""
    from transformers import GemmaTokenizer, SiglipConfig, SiglipImageProcessorPil, SiglipModel

    tokenizer = tokenizers.gemma(GemmaTokenizer)
    text = {**TOWER, "vocab_size": len(tokenizer), "max_position_embeddings": 24, "projection_size": WIDTH}
    vision = {**TOWER, "image_size": SIDE, "patch_size": PATCH}
    config = SiglipConfig(text_config=text | special(tokenizer), vision_config=vision)
    processor = SiglipImageProcessorPil(size={"height": SIDE, "width": SIDE})
    return host(sigmoid(made(lambda: SiglipModel(config))), tokenizer, processor)


def siglip_2() -> Host:
    """SigLIP 2 that reads patches of frames of any shape, four at most."""
    from transformers import Siglip2Config, Siglip2ImageProcessorPil, Siglip2Model, Siglip2Tokenizer

    tokenizer = tokenizers.gemma(Siglip2Tokenizer)
    text = {**TOWER, "vocab_size": len(tokenizer), "max_position_embeddings": 24, "projection_size": WIDTH}
    vision = {**TOWER, "patch_size": PATCH, "num_patches": 4}
    config = Siglip2Config(text_config=text | special(tokenizer), vision_config=vision)
    processor = Siglip2ImageProcessorPil(patch_size=PATCH, max_num_patches=4)
    return host(sigmoid(made(lambda: Siglip2Model(config))), tokenizer, processor)


def videoprism() -> Host:
    """Three frames of 2 × 2 patches; its own processor needs torchvision."""
    from transformers import VideoPrismClipModel, VideoPrismConfig, VideoPrismTokenizer

    tokenizer = tokenizers.t5(VideoPrismTokenizer)
    text = {**TOWER, "vocab_size": len(tokenizer), "max_position_embeddings": 24}
    layers = {"num_spatial_layers": 1, "num_temporal_layers": 1, "num_auxiliary_layers": 1}
    sizes = {name: value for name, value in TOWER.items() if name != "num_hidden_layers"}
    vision = {**sizes, **layers, "image_size": SIDE, "num_frames": 3, "tubelet_size": [1, PATCH, PATCH]}
    config = VideoPrismConfig(text_config=text, vision_config=vision)
    settings = {"size": {"height": SIDE, "width": SIDE}, "do_normalize": False}
    processor = FrameProcessor(settings, bundle="VideoPrismProcessor")
    return host(made(lambda: VideoPrismClipModel(config)), tokenizer, processor, frames=3)


def special(tokenizer: Any) -> dict[str, int]:
    """Ids of the tokens that text towers must know."""
    return {f"{name}_token_id": getattr(tokenizer, f"{name}_token_id") for name in ("bos", "eos", "pad")}


def sigmoid(model: Any) -> Any:
    """Scale and bias where the training of SigLIP starts; models made from configs have zeros."""
    with torch.no_grad():
        model.logit_scale.fill_(2.3)
        model.logit_bias.fill_(-10.0)
    return model


def patched(host: Host) -> dict[str, torch.Tensor]:
    """First frames of clips as patches, as SigLIP 2 wants them."""
    patches = clips(host)[:, 0].unfold(2, PATCH, PATCH).unfold(3, PATCH, PATCH).permute(0, 2, 3, 4, 5, 1)
    rows, columns = patches.shape[1:3]
    return {
        "pixel_values": patches.reshape(PAIRS, rows * columns, -1),
        "pixel_attention_mask": torch.ones(PAIRS, rows * columns, dtype=torch.long),
        "spatial_shapes": torch.tensor([[rows, columns]] * PAIRS),
        "input_ids": texts(host)["input_ids"],
    }


def first_frames(host: Host) -> dict[str, torch.Tensor]:
    """First frames of clips as images, and texts."""
    return {"pixel_values": clips(host)[:, 0], **texts(host)}


TINY: dict[str, TinyHost] = {
    "clip": TinyHost(build=lambda: small("clip"), call=first_frames),
    "metaclip_2": TinyHost(build=metaclip_2, call=first_frames),
    "altclip": TinyHost(build=altclip, call=first_frames),
    "chinese_clip": TinyHost(build=chinese_clip, call=first_frames),
    "siglip": TinyHost(build=siglip, call=first_frames),
    "siglip2": TinyHost(build=siglip_2, call=patched),
    "xclip": TinyHost(build=lambda: small("xclip"), call=lambda host: {"pixel_values": clips(host), **texts(host)}),
    "videoprism": TinyHost(build=videoprism, call=lambda host: {"pixel_values_videos": clips(host), **texts(host)}),
}

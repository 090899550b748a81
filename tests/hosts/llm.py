"""Tiny video LLMs: two layers everywhere, frames of four tokens, tokenizers of the real classes."""

import json
from collections.abc import Mapping
from typing import Any

import torch

from finsta.transfer.hosts import Host
from finsta.transfer.hosts.processor_files import ProcessorFiles
from tests.hosts.tiny import TinyHost, clips, made, texts
from tests.hosts.tokenizers import llama, qwen

WIDTH = 32
TEXT = {"hidden_size": WIDTH, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
TOWER = {"hidden_size": 24, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 2}
POSITIONS = {"rope_type": "default", "rope_theta": 10_000.0, "mrope_section": [2, 3, 3]}
FIXED = {"do_rescale": True, "do_normalize": True, "resample": 3}
BUNDLED = {
    "patch_size": 8,
    "num_additional_image_tokens": 1,
    "vision_feature_select_strategy": "default",
    "num_image_tokens": 9,
    "image_seq_len": 4,
    "image_seq_length": 4,
}
"""What bundles of one family or another know of a frame."""


def language(tokenizer: Any, **more: Any) -> dict[str, Any]:
    """Config of a language model with this tokenizer's tokens."""
    special = {name: getattr(tokenizer, name) for name in ("bos_token_id", "eos_token_id", "pad_token_id")}
    return TEXT | special | {"num_key_value_heads": 1, "vocab_size": len(tokenizer), **more}


def host(model: Any, tokenizer: Any, processor: Any, *, frames: int, bundle: str, video: dict[str, Any]) -> Host:
    """A host with the files that a checkpoint of its family has; the settings of its video processor among them."""
    settings = {"video_processor_type": bundle.replace("Processor", "VideoProcessor"), **FIXED, **video}
    files = {
        "preprocessor_config.json": {**processor.to_dict(), "processor_class": bundle},
        "video_preprocessor_config.json": settings,
        "processor_config.json": {"processor_class": bundle, **BUNDLED},
    }
    return Host(
        model=model.eval(),
        tokenizer=tokenizer,
        image_processor=processor,
        name=f"tiny-{model.config.model_type}",
        num_frames=frames,
        processor=ProcessorFiles({name: json.dumps(content, default=str) for name, content in files.items()}),
    )


def tokens_of(tokenizer: Any) -> dict[str, int]:
    """Ids of the placeholders by the names that configs have them by."""
    ids = {name: tokenizer.convert_tokens_to_ids(getattr(tokenizer, f"{name}_token")) for name in ("image", "video")}
    return {f"{name}_token_index": token for name, token in ids.items()}


def llava(name: str, processor: Any, tower: dict[str, Any], bundle: str, **more: Any) -> Host:
    """Video-LLaVA and LLaVA-NeXT-Video: CLIP and Llama; LLaVA-OneVision: SigLIP and Qwen2."""
    import transformers

    vicuna = name != "LlavaOnevision"
    tokenizer = llama() if vicuna else qwen(image="<image>", video="<video>")
    text = language(tokenizer, model_type="llama" if vicuna else "qwen2")
    config = getattr(transformers, f"{name}Config")(
        vision_config=TOWER | tower, text_config=text, **tokens_of(tokenizer), **more
    )
    model = made(lambda: getattr(transformers, f"{name}ForConditionalGeneration")(config))
    video = {key: processor.to_dict().get(key) for key in ("size", "crop_size", "do_center_crop")}
    return host(model, tokenizer, processor, frames=3, bundle=bundle, video=video)


def video_llava() -> Host:
    """Frames of 2 × 2 patches and a class token."""
    from transformers import VideoLlavaImageProcessor

    processor = VideoLlavaImageProcessor(size={"shortest_edge": 16}, crop_size={"height": 16, "width": 16})
    tower = {"model_type": "clip_vision_model", "image_size": 16, "patch_size": 8}
    return llava("VideoLlava", processor, tower, "VideoLlavaProcessor")


def llava_next_video() -> Host:
    """Frames of 4 × 4 patches, pooled to 2 × 2."""
    from transformers import LlavaNextImageProcessorPil

    processor = LlavaNextImageProcessorPil(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
    tower = {"model_type": "clip_vision_model", "image_size": 32, "patch_size": 8}
    return llava("LlavaNextVideo", processor, tower, "LlavaNextVideoProcessor")


def llava_onevision() -> Host:
    """Frames of 3 × 3 patches, interpolated to 2 × 2, and a token at the end."""
    from transformers import LlavaOnevisionImageProcessorPil

    processor = LlavaOnevisionImageProcessorPil(size={"height": 24, "width": 24})
    tower = {"model_type": "siglip_vision_model", "image_size": 24, "patch_size": 8, "vision_use_head": False}
    return llava("LlavaOnevision", processor, tower, "LlavaOnevisionProcessor")


def qwen_vl(kind: str, *, bundle: str, vision: Mapping[str, Any], **text: Any) -> Host:
    """Steps of two frames, 4 × 4 patches merged to 2 × 2 tokens."""
    import transformers

    tokenizer = qwen()
    tower = {"depth": 2, "num_heads": 2, "patch_size": 4, "out_hidden_size": WIDTH, **vision}
    names = {
        f"{name}_token_id": tokenizer.convert_tokens_to_ids(token)
        for name, token in (
            ("image", "<|image_pad|>"),
            ("video", "<|video_pad|>"),
            ("vision_start", "<|vision_start|>"),
            ("vision_end", "<|vision_end|>"),
        )
    }
    config = getattr(transformers, f"{kind}Config")(
        vision_config=tower, text_config=language(tokenizer, rope_parameters=POSITIONS, **text), **names
    )
    model = made(lambda: getattr(transformers, f"{kind}ForConditionalGeneration")(config))
    size = {"shortest_edge": 16, "longest_edge": 4 * 64}
    grey = {"image_mean": [0.5] * 3, "image_std": [0.5] * 3} if kind == "Qwen3VL" else {}
    processor = transformers.Qwen2VLImageProcessorPil(
        patch_size=4, merge_size=2, temporal_patch_size=2, size=size, **grey
    )
    kind = "Qwen3VLVideoProcessor" if kind == "Qwen3VL" else "Qwen2VLVideoProcessor"
    video = {"video_processor_type": kind, "size": size, "patch_size": 4}
    if kind == "Qwen3VLVideoProcessor":
        video["size"] = {**size, "longest_edge": 4 * size["longest_edge"]}  # of all frames together
    else:
        video["cap_pixels_per_frame"] = False
    return host(model, tokenizer, processor, frames=4, bundle=bundle, video=video)


def qwen2_vl() -> Host:
    """Full attention over each step."""
    vision = {"embed_dim": 24, "hidden_size": WIDTH, "mlp_ratio": 2}
    return qwen_vl("Qwen2VL", bundle="Qwen2VLProcessor", vision=vision)


def qwen2_5_vl() -> Host:
    """Windows of one token in the first layer."""
    vision = {"hidden_size": 24, "intermediate_size": 48, "window_size": 8, "fullatt_block_indexes": [1]}
    return qwen_vl("Qwen2_5_VL", bundle="Qwen2_5_VLProcessor", vision=vision)


def qwen3_vl() -> Host:
    """The first layer of the tower is read by the first of the language model too."""
    vision = {"hidden_size": 24, "intermediate_size": 48, "num_position_embeddings": 16}
    return qwen_vl(
        "Qwen3VL", bundle="Qwen3VLProcessor", vision={**vision, "deepstack_visual_indexes": [0]}, head_dim=16
    )


def video_llama_3() -> Host:
    """Steps of one frame, 4 × 4 patches averaged to 2 × 2."""
    import transformers

    tokenizer = qwen()
    ids = {f"{name}_token_id": tokenizer.convert_tokens_to_ids(f"<|{name}_pad|>") for name in ("image", "video")}
    config = transformers.VideoLlama3Config(
        vision_config=TOWER | {"patch_size": 4}, text_config=language(tokenizer, model_type="qwen2"), **ids
    )
    model = made(lambda: transformers.VideoLlama3ForConditionalGeneration(config))
    size = {"shortest_edge": 16, "longest_edge": 4 * 64}
    processor = transformers.VideoLlama3ImageProcessorPil(patch_size=4, size=size)
    size = {**size, "longest_edge": 3 * size["longest_edge"]}  # of all frames together
    video = {"size": size, "patch_size": 4, "merge_size": 2, "use_token_compression": False}
    return host(model, tokenizer, processor, frames=3, bundle="VideoLlama3Processor", video=video)


def smolvlm() -> Host:
    """Frames of 4 × 4 patches, shuffled to 2 × 2 tokens."""
    import transformers

    tokenizer = qwen(
        image="<image>",
        video="<video>",
        end="<end_of_utterance>",
        start="<|im_start|>",
        fake_image="<fake_token_around_image>",
        global_image="<global-img>",
    )
    config = transformers.SmolVLMConfig(
        vision_config=TOWER | {"image_size": 16, "patch_size": 4},
        text_config=language(tokenizer, model_type="llama"),
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        scale_factor=2,
    )
    model = made(lambda: transformers.SmolVLMForConditionalGeneration(config))
    processor = transformers.SmolVLMImageProcessorPil(
        size={"longest_edge": 64}, max_image_size={"longest_edge": 16}, image_mean=[0.5] * 3, image_std=[0.5] * 3
    )
    video = {"max_image_size": {"longest_edge": 16}, "size": {"longest_edge": 16}, "resample": 1}
    return host(model, tokenizer, processor, frames=3, bundle="SmolVLMProcessor", video=video)


def internvl() -> Host:
    """Frames of 4 × 4 patches, shuffled to 2 × 2 tokens."""
    import transformers

    tokenizer = qwen(
        image="<image>", video="<video>", context_image="<IMG_CONTEXT>", start_image="<img>", end_image="</img>"
    )
    config = transformers.InternVLConfig(
        vision_config=TOWER | {"image_size": 16, "patch_size": 4},
        text_config=language(tokenizer, model_type="qwen2"),
        image_token_id=tokenizer.convert_tokens_to_ids("<IMG_CONTEXT>"),
        image_seq_length=4,
        tie_word_embeddings=True,
    )
    model = made(lambda: transformers.InternVLForConditionalGeneration(config))
    processor = transformers.GotOcr2ImageProcessorPil(size={"height": 16, "width": 16})
    video = {"size": {"height": 16, "width": 16}}
    return host(model, tokenizer, processor, frames=3, bundle="InternVLProcessor", video=video)


def behind_placeholders(host: Host, token: int, count: int) -> dict[str, torch.Tensor]:
    """Texts behind the placeholders of their clips."""
    read = texts(host)
    ids, mask = read["input_ids"], read["attention_mask"]
    return {
        "input_ids": torch.cat([ids.new_full((len(ids), count), token), ids], dim=1),
        "attention_mask": torch.cat([mask.new_ones(len(ids), count), mask], dim=1),
    }


def cut_by_hand(clip: torch.Tensor, *, patch: int, merge: int, temporal: int) -> torch.Tensor:
    """Patches of a clip in the order of the families that take grids, by loops."""
    frames, _, height, width = clip.shape
    side, rows = patch * merge, []
    for step in range(0, frames, temporal):
        for top in range(0, height, side):
            for left in range(0, width, side):
                for y in range(top, top + side, patch):
                    for x in range(left, left + side, patch):
                        cut = clip[step : step + temporal, :, y : y + patch, x : x + patch]
                        rows.append(cut.transpose(0, 1).flatten())
    return torch.stack(rows)


def call_llava(host: Host) -> dict[str, torch.Tensor]:
    """Frames as they are."""
    each = {"video_llava": (5, 0), "llava_next_video": (4, 0), "llava_onevision": (4, 1)}[host.config.model_type]
    count = each[0] * host.num_frames + each[1]
    return {
        "pixel_values_videos": clips(host),
        **behind_placeholders(host, host.config.video_token_index, count),
    }


def call_qwen(host: Host) -> dict[str, torch.Tensor]:
    """Patches over two frames and their grid."""
    pixels, token = clips(host), host.config.video_token_id
    patches = torch.cat([cut_by_hand(clip, patch=4, merge=2, temporal=2) for clip in pixels])
    read = behind_placeholders(host, token, 2 * 4)
    if host.config.model_type == "qwen3_vl":  # wants something between the steps
        read = behind_placeholders(host, token, 2 * 4 + 1)
        read["input_ids"][:, 4] = host.config.vision_start_token_id
    return {
        "pixel_values_videos": patches,
        "video_grid_thw": torch.tensor([[2, 4, 4]] * len(pixels)),
        "mm_token_type_ids": (read["input_ids"] == token).long() * 2,
        **read,
    }


def call_video_llama(host: Host) -> dict[str, torch.Tensor]:
    """Patches of single frames, their grid, and how many are merged."""
    pixels = clips(host)
    return {
        "pixel_values_videos": torch.cat([cut_by_hand(clip, patch=4, merge=2, temporal=1) for clip in pixels]),
        "video_grid_thw": torch.tensor([[host.num_frames, 4, 4]] * len(pixels)),
        "video_merge_sizes": torch.full((len(pixels),), 2),
        **behind_placeholders(host, host.config.video_token_id, host.num_frames * 4),
    }


def call_images(host: Host) -> dict[str, torch.Tensor]:
    """Frames as images: SmolVLM takes them by clip, InternVL in a row."""
    pixels = clips(host)
    return {
        "pixel_values": pixels if host.config.model_type == "smolvlm" else pixels.flatten(0, 1),
        **behind_placeholders(host, host.config.image_token_id, host.num_frames * 4),
    }


TINY: dict[str, TinyHost] = {
    "video_llava": TinyHost(build=video_llava, call=call_llava),
    "llava_next_video": TinyHost(build=llava_next_video, call=call_llava),
    "llava_onevision": TinyHost(build=llava_onevision, call=call_llava),
    "qwen2_vl": TinyHost(build=qwen2_vl, call=call_qwen),
    "qwen2_5_vl": TinyHost(build=qwen2_5_vl, call=call_qwen),
    "qwen3_vl": TinyHost(build=qwen3_vl, call=call_qwen),
    "video_llama_3": TinyHost(build=video_llama_3, call=call_video_llama),
    "smolvlm": TinyHost(build=smolvlm, call=call_images),
    "internvl": TinyHost(build=internvl, call=call_images),
}

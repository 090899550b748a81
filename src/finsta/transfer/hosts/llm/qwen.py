"""Qwen2-VL, Qwen2.5-VL, Qwen3-VL and VideoLLaMA 3: patches of frames of any size, with their grid."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch

from finsta.shapes import Float, Tensor
from finsta.transfer.hosts.llm.family import Layout, VideoLLM, name_of, video_token
from finsta.transfer.hosts.llm.frames import regular_frames
from finsta.transfer.hosts.llm.packing import patch_grids, patch_layout, patch_rows
from finsta.transfer.hosts.pieces import by_step, sides

CHAT = (
    "{% for message in messages %}{% if loop.first and message['role'] != 'system' %}"
    "{{ '<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n' }}{% endif %}"
    "{{ '<|im_start|>' + message['role'] + '\n' }}{% for part in message['content'] %}"
    "{% if part['type'] == 'video' %}{{ '<|vision_start|><|video_pad|><|vision_end|>' }}"
    "{% else %}{{ part['text'] }}{% endif %}{% endfor %}{{ '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
"""As Qwen2-VL was taught."""

FRAMES_A_SECOND = 2.0
"""Qwen-VL models are told when a frame was taken. A host reads frames at the middles of equal parts of a clip, whatever
its length, so they are told the rate that they were taught with; positions of Qwen2.5-VL are those of its default."""

VIDEO_LLAMA_MERGE = 2
"""Patches on each side of a token of a clip; VideoLLaMA 3 merges no patches of images."""


def _cut(config: Any) -> dict[str, int]:
    """How Qwen-VL models cut a clip."""
    vision = config.vision_config
    return {
        "patch": sides(vision.patch_size)[0],
        "merge": vision.spatial_merge_size,
        "temporal": sides(vision.temporal_patch_size)[0],
    }


def qwen_layout(config: Any, shape: Sequence[int]) -> Layout:
    """Two frames make a step; of an odd number the last one stands twice."""
    return patch_layout(shape, **_cut(config))


def qwen_pack(config: Any, pixels: Float[Tensor, "clips frames 3 height width"]) -> dict[str, Tensor]:
    """Patches of all clips and the grid of each."""
    qwen_layout(config, pixels.shape)
    cut = _cut(config)
    grids = patch_grids(pixels.shape, patch=cut["patch"], temporal=cut["temporal"]).to(pixels.device)
    return {"pixel_values_videos": patch_rows(pixels, **cut), "video_grid_thw": grids}


def visual(model: Any, packed: dict[str, Tensor], layout: Layout) -> Float[Tensor, "clips steps patches width"]:
    """All that the language model is given in the place of the placeholders."""
    found = model.model.get_video_features(**packed, return_dict=True).pooler_output  # one tensor a clip
    return by_step(torch.stack(tuple(found)), (layout.rows, layout.columns))


def repeated(tokenizer: Any, config: Any, layout: Layout) -> str:
    """One placeholder for each token, nothing between."""
    return name_of(tokenizer, config.video_token_id) * (layout.steps * layout.patches)


def qwen3_placeholders(tokenizer: Any, config: Any, layout: Layout) -> str:
    """Each step has its time in front and is set between the marks of a picture."""
    frames_a_step = sides(config.vision_config.temporal_patch_size)[0]
    begin, end = (name_of(tokenizer, token) for token in (config.vision_start_token_id, config.vision_end_token_id))
    token, parts = name_of(tokenizer, config.video_token_id), []
    for step in range(layout.steps):
        first, last = step * frames_a_step, min((step + 1) * frames_a_step, layout.frames) - 1
        time = (first / FRAMES_A_SECOND + last / FRAMES_A_SECOND) / 2
        parts.append(f"<{time:.1f} seconds>{begin}{token * layout.patches}{end}")
    return "".join(parts)


def video_llama_layout(config: Any, shape: Sequence[int]) -> Layout:
    """Every frame is a step."""
    return patch_layout(shape, patch=sides(config.vision_config.patch_size)[0], merge=VIDEO_LLAMA_MERGE, temporal=1)


def video_llama_pack(config: Any, pixels: Float[Tensor, "clips frames 3 height width"]) -> dict[str, Tensor]:
    """Patches of all clips, their grids and merges. No token is dropped for being like that of the frame before."""
    patch = sides(config.vision_config.patch_size)[0]
    video_llama_layout(config, pixels.shape)
    grids = patch_grids(pixels.shape, patch=patch, temporal=1).to(pixels.device)
    return {
        "pixel_values_videos": patch_rows(pixels, patch=patch, merge=VIDEO_LLAMA_MERGE, temporal=1),
        "video_grid_thw": grids,
        "video_merge_sizes": torch.full_like(grids[:, 0], VIDEO_LLAMA_MERGE),
    }


def video_llama_placeholders(tokenizer: Any, config: Any, layout: Layout) -> str:
    """Each frame has its time in front; told are frames one second apart, the rate that the model was taught."""
    token = name_of(tokenizer, config.video_token_id) * layout.patches
    return ",".join(f"Time {step:.1f}s:{token}" for step in range(layout.steps))


def _qwen(title: str, name: str, placeholders: Any) -> VideoLLM:
    return VideoLLM(
        title=title,
        classes=(name,),
        projector="model.visual.merger",
        projectors=("model.visual.deepstack_merger_list",),
        layout=qwen_layout,
        pack=qwen_pack,
        visual=visual,
        placeholders=placeholders,
        placeholder=video_token,
        mark="<|video_pad|>",
        template=CHAT,
        typed=True,
        prepare=regular_frames,
    )


QWEN2_VL = _qwen("Qwen2-VL: patches over two frames, merged 2 × 2", "Qwen2VLForConditionalGeneration", repeated)
QWEN2_5_VL = _qwen(
    "Qwen2.5-VL: patches over two frames, windowed attention, merged 2 × 2",
    "Qwen2_5_VLForConditionalGeneration",
    repeated,
)
QWEN3_VL = _qwen(
    "Qwen3-VL: patches over two frames, merged 2 × 2, read by several layers, times in the text",
    "Qwen3VLForConditionalGeneration",
    qwen3_placeholders,
)
VIDEO_LLAMA_3 = VideoLLM(
    title="VideoLLaMA 3: patches of single frames, averaged 2 × 2, times in the text, Qwen2.5",
    classes=("VideoLlama3ForConditionalGeneration",),
    projector="model.projector",
    layout=video_llama_layout,
    pack=video_llama_pack,
    visual=visual,
    placeholders=video_llama_placeholders,
    placeholder=video_token,
    mark="<|video_pad|>",
    template=CHAT.replace("<|vision_start|><|video_pad|><|vision_end|>", "<|video_pad|>\n"),
    prepare=partial(regular_frames, merge=VIDEO_LLAMA_MERGE),
)

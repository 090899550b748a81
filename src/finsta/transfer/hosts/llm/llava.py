"""Video-LLaVA, LLaVA-NeXT-Video, LLaVA-OneVision: each frame an image of fixed size, its tokens pooled or not."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from finsta.shapes import Float, Tensor
from finsta.transfer.hosts.llm.family import Layout, VideoLLM, name_of, video_token
from finsta.transfer.hosts.llm.frames import fixed_frames
from finsta.transfer.hosts.llm.packing import frame_layout
from finsta.transfer.hosts.pieces import by_step, vision_size

VICUNA = (
    "{% for message in messages %}{{ message['role'].upper() + ': ' }}"
    "{% for part in message['content'] if part['type'] == 'video' %}{{ '<video>\n' }}{% endfor %}"
    "{% for part in message['content'] if part['type'] == 'text' %}{{ part['text'] + ' ' }}{% endfor %}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'ASSISTANT:' }}{% endif %}"
)
"""USER: <video> … ASSISTANT: …, as Vicuna was taught."""

QWEN = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + ' ' }}"
    "{% for part in message['content'] if part['type'] == 'video' %}{{ '<video>' }}{% endfor %}"
    "{% for part in message['content'] if part['type'] == 'text' %}{{ '\n' + part['text'] }}{% endfor %}"
    "{{ '<|im_end|>' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
"""<|im_start|>user … <|im_end|><|im_start|>assistant …, as LLaVA-OneVision was taught."""


def pack(config: Any, pixels: Float[Tensor, "clips frames 3 height width"]) -> dict[str, Tensor]:
    """Clips as they are."""
    return {"pixel_values_videos": pixels}


def features(model: Any, packed: dict[str, Tensor]) -> Float[Tensor, "..."]:
    """Of the clips, after the projector, as the language model is given them."""
    found: Tensor = model.model.get_video_features(**packed, return_dict=True).pooler_output
    return found


def video_llava_visual(
    model: Any, packed: dict[str, Tensor], layout: Layout
) -> Float[Tensor, "clips steps patches width"]:
    """Without the class token of each frame, which the language model reads too but which lies nowhere."""
    tokens = features(model, packed)[:, 1:]  # [B·T, P, width]
    return tokens.reshape(-1, layout.steps, *tokens.shape[1:])


def pooled_layout(config: Any, shape: Sequence[int]) -> Layout:
    """LLaVA-NeXT-Video pools blocks of tokens and leaves out what is left over at the right and at the bottom."""
    whole, stride = frame_layout(config, shape), config.spatial_pool_stride
    return Layout(frames=shape[1], steps=shape[1], rows=whole.rows // stride, columns=whole.columns // stride)


def next_visual(model: Any, packed: dict[str, Tensor], layout: Layout) -> Float[Tensor, "clips steps patches width"]:
    """All that the language model reads."""
    return by_step(features(model, packed), (layout.rows, layout.columns))


def onevision_visual(
    model: Any, packed: dict[str, Tensor], layout: Layout
) -> Float[Tensor, "clips steps patches width"]:
    """Without the token that ends a clip."""
    return by_step(features(model, packed)[:, :-1], (layout.rows, layout.columns))


def _repeated(extra_in_step: int, extra: int) -> Any:
    def placeholders(tokenizer: Any, config: Any, layout: Layout) -> str:
        count = layout.steps * (layout.patches + extra_in_step) + extra
        return name_of(tokenizer, config.video_token_id) * count

    return placeholders


VIDEO_LLAVA = VideoLLM(
    title="Video-LLaVA: CLIP-like towers for images and videos, Vicuna",
    classes=("VideoLlavaForConditionalGeneration",),
    projector="model.multi_modal_projector",
    layout=frame_layout,
    pack=pack,
    visual=video_llava_visual,
    placeholders=_repeated(1, 0),
    placeholder=video_token,
    mark="<video>",
    template=VICUNA,
    prepare=fixed_frames,
    frame_size=vision_size,
)

LLAVA_NEXT_VIDEO = replace(
    VIDEO_LLAVA,
    title="LLaVA-NeXT-Video: CLIP, tokens pooled 2 × 2, Vicuna or Mistral",
    classes=("LlavaNextVideoForConditionalGeneration",),
    layout=pooled_layout,
    visual=next_visual,
    placeholders=_repeated(0, 0),
)

LLAVA_ONEVISION = replace(
    VIDEO_LLAVA,
    title="LLaVA-OneVision: SigLIP, tokens interpolated to half the rows and columns, Qwen2",
    classes=("LlavaOnevisionForConditionalGeneration",),
    layout=lambda config, shape: frame_layout(config, shape, merge=2),
    visual=onevision_visual,
    placeholders=_repeated(0, 1),
    template=QWEN,
)

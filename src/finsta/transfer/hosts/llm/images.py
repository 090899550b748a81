"""SmolVLM and InternVL: a clip is a row of images, each with words in front."""

from collections.abc import Sequence
from typing import Any

import torch

from finsta.shapes import Float, Tensor
from finsta.transfer.hosts.llm.family import Layout, VideoLLM, image_token, name_of
from finsta.transfer.hosts.llm.frames import fixed_frames, longest_frames
from finsta.transfer.hosts.llm.numbers import in_words
from finsta.transfer.hosts.llm.packing import frame_layout
from finsta.transfer.hosts.pieces import by_step, vision_size

SMOL_CHAT = (
    "<|im_start|>{% for message in messages %}{{ message['role'] | capitalize }}"
    "{% if message['content'][0]['type'] == 'image' %}{{ ':' }}{% else %}{{ ': ' }}{% endif %}"
    "{% for part in message['content'] %}{% if part['type'] == 'text' %}{{ part['text'] }}"
    "{% elif part['type'] == 'video' %}{{ '<video>' }}{% endif %}{% endfor %}<end_of_utterance>\n{% endfor %}"
    "{% if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}"
)
"""What SmolVLM's processor uses for videos, whatever template it has."""

INTERN_CHAT = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' }}{% for part in message['content'] %}"
    "{% if part['type'] == 'video' %}{{ '<video>\n' }}{% else %}{{ part['text'] }}{% endif %}{% endfor %}"
    "{{ '<|im_end|>\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
"""As InternVL was taught."""

SMALLEST = 1e-12
"""Set into a frame that is zero everywhere: SmolVLM takes such a frame for padding and leaves it out."""


def smol_layout(config: Any, shape: Sequence[int]) -> Layout:
    """The connector makes one token of ``scale_factor`` × ``scale_factor`` patches."""
    return frame_layout(config, shape, merge=config.scale_factor)


def smol_pack(config: Any, pixels: Float[Tensor, "clips frames 3 height width"]) -> dict[str, Tensor]:
    """Clips as they are; none of their frames is taken for padding."""
    empty = (pixels == 0).flatten(2).all(dim=2)  # [B, T]
    if bool(empty.any()):
        pixels = pixels.clone()
        pixels[..., 0, 0, 0][empty] = SMALLEST
    return {"pixel_values": pixels}


def smol_visual(model: Any, packed: dict[str, Tensor], layout: Layout) -> Float[Tensor, "clips steps patches width"]:
    """All that the language model is given in the place of the placeholders."""
    found = model.model.get_image_features(**packed, return_dict=True).pooler_output  # one tensor a clip
    return by_step(torch.stack(tuple(found)), (layout.rows, layout.columns))


def smol_placeholders(tokenizer: Any, config: Any, layout: Layout) -> str:
    """How many frames of how long a clip, then each frame with its time; told are frames one second apart."""
    around = getattr(tokenizer, "fake_image_token", "<fake_token_around_image>")
    picture = name_of(tokenizer, config.image_token_id) * layout.patches
    picture = f"{around}{getattr(tokenizer, 'global_image_token', '<global-img>')}{picture}{around}"
    length = f"{layout.frames // 3600}:{layout.frames // 60 % 60:02d}:{layout.frames % 60:02d}"
    text = (
        f"You are provided the following series of {in_words(layout.frames)} frames from a {length} [H:MM:SS] video.\n"
    )
    for second in range(layout.frames):
        text += f"\nFrame from {second // 60:02d}:{second % 60:02d}:{picture}"
    return text + "\n\n"


def intern_layout(config: Any, shape: Sequence[int]) -> Layout:
    """Pixel shuffle makes one token of two by two patches (``downsample_ratio`` one half)."""
    return frame_layout(config, shape, merge=round(1 / config.downsample_ratio))


def intern_pack(config: Any, pixels: Float[Tensor, "clips frames 3 height width"]) -> dict[str, Tensor]:
    """Frames of all clips in a row."""
    return {"pixel_values": pixels.flatten(0, 1)}


def intern_visual(model: Any, packed: dict[str, Tensor], layout: Layout) -> Float[Tensor, "clips steps patches width"]:
    """All that the language model is given in the place of the placeholders."""
    found: Tensor = model.model.get_image_features(**packed, return_dict=True).pooler_output  # [B·T, P, width]
    return found.reshape(-1, layout.steps, *found.shape[1:])


def intern_placeholders(tokenizer: Any, config: Any, layout: Layout) -> str:
    """Each frame on a line of its own, numbered, between the marks of a picture."""
    picture = name_of(tokenizer, config.image_token_id) * layout.patches
    picture = f"{tokenizer.start_image_token}{picture}{tokenizer.end_image_token}"
    return "\n".join(f"Frame{number}: {picture}" for number in range(1, layout.steps + 1))


SMOLVLM = VideoLLM(
    title="SmolVLM: SigLIP, pixel shuffle, frames with times in the text, SmolLM2",
    classes=("SmolVLMForConditionalGeneration",),
    projector="model.connector",
    language="model.text_model",
    layout=smol_layout,
    pack=smol_pack,
    visual=smol_visual,
    placeholders=smol_placeholders,
    placeholder=image_token,
    mark="<video>",
    template=SMOL_CHAT,
    own_template=True,
    prepare=longest_frames,
    frame_size=vision_size,
)

INTERNVL = VideoLLM(
    title="InternVL: InternViT, pixel shuffle, numbered frames, Qwen2 or another language model",
    classes=("InternVLForConditionalGeneration",),
    projector="model.multi_modal_projector",
    layout=intern_layout,
    pack=intern_pack,
    visual=intern_visual,
    placeholders=intern_placeholders,
    placeholder=image_token,
    mark="<video>",
    template=INTERN_CHAT,
    prepare=fixed_frames,
    frame_size=vision_size,
)

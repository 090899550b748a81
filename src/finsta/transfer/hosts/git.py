"""GIT: the patches of all frames and the text in one causal transformer, which writes captions and answers.

Frames are read natively: each through the vision tower, plus a learned embedding of its place in time, laid end to end.
Their number is that of the temporal embeddings (``num_image_with_embedding``). A checkpoint without them was trained on
pictures and reads one frame.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from finsta.shapes import Float, Tensor
from finsta.transfer.hosts.encodings import FusedEncoding, PooledVideo, VideoEncoding
from finsta.transfer.hosts.pieces import check_vocabulary, patch_grid, unit, vision_size
from finsta.transfer.hosts.spec import HostSpec, LanguageSpec
from finsta.transfer.hosts.writing import by_length, join, last_real, mean_log_likelihood, words


def encode_video(model: Any, pixels: Float[Tensor, "videos frames 3 height width"]) -> VideoEncoding:
    """States of the frames' patches as they go into the projection to the decoder, temporal embedding included.

    GIT has no pooled vector of a video: the mean of the frames' class tokens stands for it (our definition).
    """
    videos, frames = pixels.shape[:2]
    states = model.git.image_encoder(pixel_values=pixels.flatten(0, 1)).last_hidden_state
    states = states.unflatten(0, (videos, frames))  # [B, T, 1 + P, Dv]
    if model.config.num_image_with_embedding is not None:
        states = states + torch.stack(tuple(model.git.img_temporal_embedding))[:, 0]  # [T, 1, Dv]
    return VideoEncoding(
        pooled=PooledVideo(embedding=unit(states[:, :, 0].mean(dim=1))),
        tokens=states[:, :, 1:],
        grid=patch_grid(model.config.vision_config),
    )


def encode_pairs(
    model: Any, pixels: Float[Tensor, "pairs frames 3 height width"], tokens: Mapping[str, Tensor]
) -> FusedEncoding:
    """States of the text's tokens, each of which sees all frames and what stands before it; pooled is the last one."""
    ids, mask = tokens["input_ids"], tokens["attention_mask"]
    states = model.git(
        input_ids=ids, attention_mask=mask, pixel_values=_pictures(model, pixels), use_cache=False
    ).last_hidden_state[:, -ids.shape[1] :]
    return FusedEncoding(tokens=states, mask=mask.bool(), pooled=last_real(states, mask))


def log_likelihood(
    model: Any, tokenizer: Any, pixels: Tensor, prompts: Sequence[str], answers: Sequence[str]
) -> Float[Tensor, " texts"]:
    """Of what follows the prompt (a question, or nothing for a caption), up to and with the token that ends it."""
    longest = _positions(model.config)
    rows = join(
        [_start(tokenizer, prompt, longest) for prompt in prompts],
        [[*words(tokenizer, answer, longest), tokenizer.sep_token_id] for answer in answers],
        longest=longest,
        pad=tokenizer.pad_token_id,
        device=pixels.device,
    )
    logits = model(
        input_ids=rows.input_ids,
        attention_mask=rows.attention_mask,
        pixel_values=_pictures(model, pixels),
        use_cache=False,
        logits_to_keep=rows.input_ids.shape[1],
    ).logits
    return mean_log_likelihood(logits, rows.targets)


def generate(
    model: Any, tokenizer: Any, pixels: Tensor, prompts: Sequence[str], max_new_tokens: int, beams: int
) -> list[str]:
    """The model's own ``generate``, prompts of one length at a time."""
    starts = [_start(tokenizer, prompt, _positions(model.config)) for prompt in prompts]
    written = [""] * len(starts)
    for rows, ids in by_length(starts, pixels.device):
        found = model.generate(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            pixel_values=_pictures(model, pixels[rows]),
            max_new_tokens=max_new_tokens,
            num_beams=beams,
            do_sample=False,
        )
        texts = tokenizer.batch_decode(found[:, ids.shape[1] :], skip_special_tokens=True)
        for row, text in zip(rows, texts, strict=True):
            written[row] = text.strip()
    return written


def _pictures(model: Any, pixels: Float[Tensor, "videos frames 3 height width"]) -> Tensor:
    """Clips for a model with temporal embeddings, pictures for one without."""
    return pixels[:, 0] if model.config.num_image_with_embedding is None else pixels


def _start(tokenizer: Any, prompt: str, longest: int) -> list[int]:
    return [tokenizer.cls_token_id, *words(tokenizer, prompt, longest - 1)]


def _positions(config: Any) -> int:
    return int(config.max_position_embeddings)


GIT = HostSpec(
    title="GIT: frames with temporal embeddings and text in one causal transformer",
    family="generative",
    classes=("GitForCausalLM",),
    processor="GitProcessor",
    reads=lambda model: {"visual tokens": "git.image_encoder", "fused tokens": "git.encoder"},
    encode_video=encode_video,
    encode_pairs=encode_pairs,
    loss="captioning",
    language=LanguageSpec(log_likelihood=log_likelihood, generate=generate),
    fixed_frames=lambda config: int(config.num_image_with_embedding or 1),
    frame_size=vision_size,
    text_length=_positions,
    check_tokenizer=check_vocabulary,
)

"""What of a host moves in a run, and what it is at the end: low-rank matrices merged, weights blended."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import torch
from torch import nn

from finsta.config import PostTrainConfig
from finsta.shapes import Tensor
from finsta.training.post_training.blend import blended
from finsta.transfer.hosts import Host, load_host
from finsta.transfer.lora import attach_lora, merge_lora
from finsta.transfer.moving import freeze_others, moving_parameters
from finsta.transfer.plan import ENCODERS, SIDES, Side, TransferPlan

LORA = "lora"


def move(host: Host, config: PostTrainConfig) -> None:
    """Let only what the settings name have gradients; attach matrices of low rank where these are named.

    Raises:
        InputError: if they name something that the host has not.
        MissingDependencyError: if matrices of low rank are asked for and `peft` is not installed.
    """
    if config.train == ("all",):
        return
    others = tuple(word for word in config.train if word != LORA)
    moving: list[nn.Parameter] = []
    if others:  # found before the matrices are there, which change the names of what they stand beside
        moving += moving_parameters(host, replace(config, train=others)).values()
    if LORA in config.train:
        attach_lora(host, config.lora, seed=config.seed)
        moving += moving_parameters(host, replace(config, train=(LORA,))).values()
    freeze_others(host, moving)


def unmoved_notices(host: Host, plan: TransferPlan, config: PostTrainConfig) -> tuple[str, ...]:
    """Encoders into which something is carried that moves no weight of theirs, a line each; told once they are frozen.

    Found by one blank pass: what an encoder puts out asks for gradients where a weight behind it moves. In a joint
    space one side that moves is enough: it meets the other where that stands.
    """
    if config.train == ("all",):
        return ()
    joint = {side for side in plan.into if (plan.relational or plan.direct) and side != "cross_modal"}
    taught = [side for side in SIDES if plan.reads(side) or side in joint]
    was = host.model.training
    host.model.eval()
    try:
        with torch.enable_grad():
            still = {side for side in taught if not _moves(host, side)}
    finally:
        host.model.train(was)
    return tuple(
        f"{host.name}: --train {' '.join(config.train)} moves no weight of its {ENCODERS[side]}; what is carried into "
        f"it is lost; name weights of it too{', or --lora.parts' if LORA in config.train else ''}"
        for side in taught
        if side in still and (plan.reads(side) or joint <= still)
    )


def _moves(host: Host, side: Side) -> bool:
    pixels, word = host.blank_pixels(), ["a"]
    outputs: list[Tensor | None]
    if side == "text":
        text = host.encode_text(host.tokens(word))
        outputs = [text.pooled.embedding, text.tokens]
    elif side == "video":
        video = host.encode_video(pixels)
        outputs = [video.pooled.embedding, video.tokens]
    else:
        pairs = host.encode_pairs(pixels, host.tokens(word))
        outputs = [pairs.pooled, pairs.tokens]
    found = [output for output in outputs if output is not None and output.numel()]
    return not found or any(output.requires_grad for output in found)


def finish(host: Host, start: str | Path | Mapping[str, Tensor], config: PostTrainConfig) -> None:
    """Make of the trained model what is written.

    Args:
        host: Trained.
        start: Folder or hub id that it was loaded from, or its weights as they were.
        config: Of the run.

    Raises:
        TrainingError: if merged weights are not finite.
    """
    merge_lora(host)
    host.model.requires_grad_(True)
    if config.blend < 1:
        if isinstance(start, Mapping):
            before = start
        else:
            before = load_host(start, num_frames=host.num_frames).model.state_dict()
        host.model.load_state_dict(blended(before, host.model.state_dict(), config.blend))

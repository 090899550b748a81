"""What of a host moves in a run, and what it is at the end: low-rank matrices merged, weights blended."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from torch import nn

from finsta.config import PostTrainConfig
from finsta.shapes import Tensor
from finsta.training.post_training.blend import blended
from finsta.transfer.hosts import Host, load_host
from finsta.transfer.lora import attach_lora, merge_lora
from finsta.transfer.moving import freeze_others, moving_parameters

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

"""The settings of a fine-tuning run."""

from dataclasses import dataclass
from typing import Literal

from finsta.errors import InputError


@dataclass(frozen=True, kw_only=True)
class FineTuneConfig:
    """One fine-tuning run."""

    # Optimiser steps.
    steps: int = 500
    # Samples in a step.
    batch_size: int = 16
    # Peak learning rate of the host.
    learning_rate: float = 1e-5
    # Peak learning rate of a head or classifier, which starts from nothing.
    head_learning_rate: float = 1e-3
    # Which weights move: `all`, or the `head` alone.
    train: Literal["all", "head"] = "all"
    # AdamW weight decay.
    weight_decay: float = 0.05
    # Largest norm of the gradient.
    clip_norm: float = 1.0
    # Steps of linear warm-up before the cosine.
    warm_up_steps: int = 50
    # Seed of everything random.
    seed: int = 0
    # Steps between checkpoints from which a run can resume.
    checkpoint_every: int = 100
    # Threads that make batches while a step runs; 0 makes each when it is its turn.
    workers: int = 1
    # Precision of the computation; weights stay in single precision.
    precision: Literal["fp32", "bf16", "fp16"] = "fp32"
    # Frames read of a clip; 0 takes what the host was made for or trained with, else 8.
    frames: int = 0
    # Open-ended questions: how many answers a head chooses among, the most frequent ones.
    vocabulary: int = 1000


def check_fine_tuning(config: FineTuneConfig) -> None:
    """Raise ``InputError``, by the name of the option, where a number is out of range."""
    for name in ("steps", "batch_size", "checkpoint_every", "vocabulary"):
        if getattr(config, name) < 1:
            raise InputError(f"--{name.replace('_', '-')}: expected 1 or more, found {getattr(config, name)}")
    for name in ("learning_rate", "head_learning_rate", "clip_norm"):
        if not getattr(config, name) > 0:
            raise InputError(f"--{name.replace('_', '-')}: expected more than 0, found {getattr(config, name)}")
    for name in ("warm_up_steps", "weight_decay", "frames", "workers"):
        if getattr(config, name) < 0:
            raise InputError(f"--{name.replace('_', '-')}: expected 0 or more, found {getattr(config, name)}")

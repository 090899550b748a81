"""What of a host moves in a run, and what it is at the end: low-rank matrices merged, weights blended."""

from pathlib import Path

from finsta.config import PostTrainConfig
from finsta.training.blend import blended
from finsta.transfer.hosts import Host, load_host
from finsta.transfer.moving import freeze_others, moving_parameters


def move(host: Host, config: PostTrainConfig) -> None:
    """Let only what the settings name have gradients.

    Raises:
        InputError: if they name something that the host has not.
    """
    if config.train != ("all",):
        freeze_others(host, moving_parameters(host, config))


def finish(host: Host, start: str | Path, config: PostTrainConfig) -> None:
    """Make of the trained model what is written.

    Args:
        host: Trained.
        start: Folder or hub id that it was loaded from.
        config: Of the run.
    """
    host.model.requires_grad_(True)
    if config.blend < 1:
        before = load_host(start, num_frames=host.num_frames).model.state_dict()
        host.model.load_state_dict(blended(before, host.model.state_dict(), config.blend))

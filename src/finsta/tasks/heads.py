"""Heads: what fine-tuning puts on a host that cannot do a task by itself, and the file that keeps it.

``head.safetensors`` lies beside the plain checkpoint; its metadata says what it is for. The checkpoint loads in bare
`transformers` without it; ``finsta evaluate`` finds it.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import nn

from finsta.errors import FormatError, HostError
from finsta.shapes import Float, Tensor
from finsta.transfer.hosts import Host

FILE = "head.safetensors"


@dataclass(frozen=True, kw_only=True)
class HeadSpec:
    """What a head is.

    Attributes:
        task: Which task it does.
        width: Of what it reads; see :func:`features`.
        outputs: Names of the classes or answers; one empty name where it gives one number, how well a text fits.
        reads_text: Whether it reads a text beside the video.
        hidden: Width of a hidden layer; 0 for none.
    """

    task: str
    width: int
    outputs: tuple[str, ...]
    reads_text: bool
    hidden: int = 0


class Head(nn.Module):
    """Layer norm, then a linear layer, or two with GELU between.

    Args:
        spec: What it is.
    """

    def __init__(self, spec: HeadSpec) -> None:
        super().__init__()
        self.spec = spec
        self.norm = nn.LayerNorm(spec.width)
        self.hidden = nn.Sequential(nn.Linear(spec.width, spec.hidden), nn.GELU()) if spec.hidden else nn.Identity()
        self.output = nn.Linear(spec.hidden or spec.width, len(spec.outputs))

    def forward(self, x: Float[Tensor, "items width"]) -> Float[Tensor, "items outputs"]:
        """Logits."""
        logits: Tensor = self.output(self.hidden(self.norm(x)))
        return logits


def features(
    host: Host, pixels: Float[Tensor, "items frames 3 height width"], texts: Sequence[str] | None
) -> Float[Tensor, "items dim"]:
    """What a head reads: the pooled video, or with texts a vector for each pair of text and video.

    Of a host with a cross-modal encoder that is the pooled pair; of another both pooled vectors side by side, with
    their product where they are of one width.

    Raises:
        HostError: if there are texts and the host reads none.
    """
    if texts is None:
        return host.encode_video(pixels).pooled.embedding
    has = host.capabilities
    if has.cross_modal:
        return host.encode_pairs(pixels, host.tokens(texts)).pooled
    if not has.text:
        raise HostError(
            f"{host.name}: a {host.spec.family} ({host.spec.title}) reads no text, and cannot be asked a question"
        )
    video = host.encode_video(pixels).pooled.embedding
    text = host.encode_text(host.tokens(texts)).pooled.embedding
    parts = [video, text, *([video * text] if video.shape[-1] == text.shape[-1] else [])]
    return torch.cat(parts, dim=-1)


def features_width(host: Host, *, reads_text: bool) -> int:
    """Width of :func:`features`."""
    widths = host.widths
    if not reads_text:
        return widths.pooled_video
    if host.capabilities.cross_modal:
        with torch.no_grad():
            blank = torch.zeros(1, host.num_frames, 3, *_size(host), device=host.device)
            return int(features(host, blank, ["a"]).shape[-1])
    same = widths.pooled_video == widths.pooled_text
    return widths.pooled_video + widths.pooled_text + (widths.pooled_video if same else 0)


def save_head(head: Head, folder: Path) -> None:
    """Write ``head.safetensors``."""
    from safetensors.torch import save_file

    weights = {name: weight.detach().cpu().contiguous() for name, weight in head.state_dict().items()}
    save_file(weights, folder / FILE, metadata={"finsta_head": json.dumps(asdict(head.spec))})


def load_head(folder: Path) -> Head | None:
    """The head beside a checkpoint; ``None`` where there is none.

    Raises:
        FormatError: if the file is no head.
    """
    path = folder / FILE
    if not path.is_file():
        return None
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            entry = json.loads(file.metadata()["finsta_head"])
            spec = HeadSpec(**{**entry, "outputs": tuple(entry["outputs"])})
            head = Head(spec)
            head.load_state_dict({name: file.get_tensor(name) for name in file.keys()})  # noqa: SIM118
    except (SafetensorError, OSError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise FormatError(
            f"{path}: expected the head that `finsta fine-tune` writes, found something else ({error}); run that "
            "command again, or remove the file"
        ) from error
    return head.eval()


def _size(host: Host) -> tuple[int, int]:
    import numpy as np

    frame = host.prepare([np.zeros((48, 64, 3), np.uint8)])
    return frame.shape[1], frame.shape[2]

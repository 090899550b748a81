"""What keeps a host near to what it was, beside its own loss on the same pairs."""

import copy

import torch
from torch.nn import functional

from finsta.config import RegulariseConfig
from finsta.shapes import Float, Tensor
from finsta.training.post_training.batches import PairBatch
from finsta.training.post_training.encoded import Encoded, Needs, encode
from finsta.transfer.distillation import joint_mean
from finsta.transfer.hosts import Host


class Start:
    """The host as it was, as far as a term asks for it.

    Neither copy is part of a checkpoint: both are made of the host that the run starts from, which is loaded anew
    whenever a run goes on.

    ``start``, L2-SP (Li et al. 2018): half the squared distance of the moving weights from where they were,

        L = α/2 Σ (θ − θ₀)²

    It keeps a copy of the moving weights. ``features``, after feature distillation of continual learning: how far what
    the host puts out turned from what it put out,

        L = β mean over encoders of mean_i (1 − cos(f_i, f_i⁰))

    f the pooled vectors of text, video and pairs, of encoders that the host has. It keeps a second host, hence the
    memory of its weights once more, and costs a second forward pass.

    Args:
        host: As it is now; those of its parameters count whose gradients are asked for.
        config: The two weights.
    """

    def __init__(self, host: Host, config: RegulariseConfig) -> None:
        self.config = config
        self._moving: dict[str, torch.nn.Parameter] = {}
        self._weights: dict[str, Tensor] = {}
        if config.l2_start:
            self._moving = {name: p for name, p in host.model.named_parameters() if p.requires_grad}
            self._weights = {name: parameter.detach().clone() for name, parameter in self._moving.items()}
        self._host: Host | None = None
        if config.features:
            self._host = copy.copy(host)
            self._host.model = copy.deepcopy(host.model).eval().requires_grad_(False)

    def needs(self, host: Host) -> Needs:
        """Which parts of the host it runs."""
        has, asked = host.capabilities, self._host is not None
        return Needs(text=asked and has.text, video=asked and has.video, pairs=asked and has.cross_modal)

    def terms(self, batch: PairBatch, encoded: Encoded) -> dict[str, Tensor]:
        """The weighted terms that are asked for."""
        terms = {}
        if self._moving:
            terms["start"] = self.config.l2_start * self._distance()
        if self._host is not None:
            terms["features"] = self.config.features * self._turned(self._host, batch, encoded)
        return terms

    def _distance(self) -> Float[Tensor, ""]:
        for name, parameter in self._moving.items():  # the host may have gone to another device since
            self._weights[name] = self._weights[name].to(parameter.device)
        squares = [(parameter - self._weights[name]).square().sum() for name, parameter in self._moving.items()]
        return torch.stack(squares).sum() / 2

    def _turned(self, before: Host, batch: PairBatch, encoded: Encoded) -> Float[Tensor, ""]:
        now = _pooled(encoded)
        before.model.to(next(iter(now)).device)
        with torch.no_grad():
            was = _pooled(
                encode(
                    before,
                    batch,
                    Needs(
                        text=encoded.text is not None,
                        video=encoded.video is not None,
                        pairs=encoded.pairs is not None,
                    ),
                )
            )
        turned = [1 - functional.cosine_similarity(a, b, dim=-1) for a, b in zip(now, was, strict=True)]
        return torch.stack([joint_mean(part, torch.ones_like(part)) for part in turned]).mean()


def _pooled(encoded: Encoded) -> list[Tensor]:
    found = [part.pooled.embedding for part in (encoded.text, encoded.video) if part is not None]
    return found if encoded.pairs is None else [*found, encoded.pairs.pooled]

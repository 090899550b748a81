"""A host's own objective, whatever its family: what it was trained with, on the pairs at hand."""

from dataclasses import replace

import torch
from torch import nn
from torch.nn import functional

from finsta.alignment.contrastive import Temperature
from finsta.alignment.gathering import gather_rows, processes
from finsta.errors import HostError
from finsta.shapes import Float, Int, Tensor
from finsta.training.post_training.batches import PairBatch
from finsta.training.post_training.encoded import Encoded, Needs
from finsta.training.post_training.host_loss import (
    captioning_loss,
    hard_negative_loss,
    hardest_others,
    likelihood_margin_loss,
    matching_loss,
    pair_loss,
    sigmoid_loss,
)
from finsta.transfer.hosts import Host
from finsta.transfer.hosts.spec import OwnLoss

SENTENCE_DIM = 384
"""Of the sentence encoder."""


class OwnObjective(nn.Module):
    """The host's own loss, and that of hard negatives in the same form.

    ==========  ==========================================================  =========================================
    form        the host's own loss                                         hard negatives
    ==========  ==========================================================  =========================================
    contrast    symmetric InfoNCE                                           InfoNCE against the edits alone
    sigmoid     pairwise log-sigmoid                                        InfoNCE against the edits alone
    matching    pair or no pair, and the contrast where there is a joint    edits are no pairs
                space; wrong pairs are the nearest of the batch
    captioning  −log p of the caption                                       margin of log p between caption and edit
    none        InfoNCE of projected videos with frozen sentence            InfoNCE against the edits alone
                embeddings of the captions (our definition)
    ==========  ==========================================================  =========================================

    ``none`` has a projection and a temperature of its own, which are thrown away.

    Args:
        host: Whose.

    Raises:
        HostError: if the host's description names a loss that it cannot have.
    """

    def __init__(self, host: Host) -> None:
        super().__init__()
        self.form: OwnLoss = host.spec.loss
        has = host.capabilities
        lacks = {
            "contrastive": None if has.joint else "a joint space",
            "sigmoid": None if has.joint else "a joint space",
            "matching": None if has.cross_modal else "a cross-modal encoder",
            "captioning": None if has.generates else "a decoder of text",
        }.get(self.form)
        if lacks is not None:
            raise HostError(
                f"{host.name}: its description says loss={self.form!r}, for which it has not {lacks}; "
                "mend its HostSpec, or say loss='none'"
            )
        if self.form == "none":
            self.projection = nn.Linear(host.widths.pooled_video, SENTENCE_DIM)
            self.temperature = Temperature(0.07)

    def needs(self, host: Host) -> Needs:
        """Which parts of the host it runs."""
        joint = host.capabilities.joint and self.form in ("contrastive", "sigmoid", "matching")
        return Needs(
            text=joint,
            video=joint or self.form == "none",
            pairs=self.form == "matching",
            likelihood=self.form == "captioning",
        )

    def loss(self, host: Host, batch: PairBatch, encoded: Encoded) -> Float[Tensor, ""]:
        """The host's own loss on the pairs; the batches of all processes count as one."""
        if self.form == "captioning":
            assert encoded.likelihood is not None
            return captioning_loss(encoded.likelihood)
        if self.form == "matching":
            found = self._matching(host, batch, encoded)
            if encoded.similarity is not None:
                found = found + pair_loss(encoded.similarity, encoded.same_caption)
            return found
        if self.form == "none":
            return pair_loss(self._sentence_logits(batch, encoded), encoded.same_caption)
        assert encoded.similarity is not None
        form = sigmoid_loss if self.form == "sigmoid" else pair_loss
        return form(encoded.similarity, encoded.same_caption)

    def negatives(
        self, host: Host, batch: PairBatch, encoded: Encoded, owner: Int[Tensor, " negatives"] | None
    ) -> Float[Tensor, ""]:
        """What hard negatives add.

        Args:
            host: Which.
            batch: Its hard negatives are read.
            encoded: What the host makes of the batch.
            owner: Which pair each belongs to, on the host's device; ``None`` where other processes alone have some:
                the host is called all the same, since parameters that are shared out come from all processes.
        """
        if owner is not None:
            return self._against(self._wrong(host, batch, encoded, owner), host, batch, encoded, owner)
        first = replace(
            batch,
            negatives=None if batch.captions is None else {name: rows[:1] for name, rows in batch.captions.items()},
            negative_texts=batch.texts[:1],
            negative_sentences=None if batch.sentences is None else batch.sentences[:1],
        )
        owner = torch.zeros(1, dtype=torch.long, device=host.device)
        return self._against(self._wrong(host, first, encoded, owner)[:0], host, batch, encoded, owner[:0])

    def _wrong(
        self, host: Host, batch: PairBatch, encoded: Encoded, owner: Int[Tensor, " negatives"]
    ) -> Float[Tensor, " negatives"]:
        """The score of each hard negative and its video."""
        if self.form == "captioning":
            texts = batch.negative_texts
            return host.log_likelihood(batch.pixels[owner.cpu()], [""] * len(texts), texts)
        if self.form == "none":
            assert batch.negative_sentences is not None
            video = self._videos(encoded)[owner]
            scores: Tensor = (batch.negative_sentences.to(video.device) * video).sum(1) / self.temperature()
            return scores
        assert batch.negatives is not None
        if self.form == "matching":
            return _match(host, host.encode_pairs(batch.pixels[owner.cpu()], batch.negatives).match)
        assert encoded.video is not None
        edited = host.similarity(host.encode_text(batch.negatives).pooled, encoded.video.pooled)
        wrong: Tensor = edited[torch.arange(len(owner), device=owner.device), owner]
        return wrong

    def _against(
        self,
        wrong: Float[Tensor, " negatives"],
        host: Host,
        batch: PairBatch,
        encoded: Encoded,
        owner: Int[Tensor, " negatives"],
    ) -> Float[Tensor, ""]:
        """The loss of hard negatives beside the true captions."""
        if self.form == "captioning":
            assert encoded.likelihood is not None
            return likelihood_margin_loss(encoded.likelihood, wrong, owner)
        if self.form == "matching":
            assert encoded.pairs is not None
            return matching_loss(_match(host, encoded.pairs.match), wrong, wrong_share=0.5)
        if self.form == "none":
            assert batch.sentences is not None
            video = self._videos(encoded)
            true = (batch.sentences.to(video.device) * video).sum(1) / self.temperature()
            return hard_negative_loss(true, wrong, owner)
        return hard_negative_loss(encoded.own_similarity.diagonal(), wrong, owner)

    def _matching(self, host: Host, batch: PairBatch, encoded: Encoded) -> Float[Tensor, ""]:
        """Wrong pairs are made inside this process's part of the batch."""
        assert encoded.pairs is not None
        assert batch.captions is not None
        similarity = encoded.own_similarity if encoded.similarity is not None else None
        texts, videos = hardest_others(batch.same_caption.to(host.device), similarity)
        true = _match(host, encoded.pairs.match)
        if not len(texts):
            return matching_loss(true, true.new_zeros(0), wrong_share=0.0)
        tokens = {name: value[texts.cpu()] for name, value in batch.captions.items()}
        wrong = _match(host, host.encode_pairs(batch.pixels[videos.cpu()], tokens).match)
        return matching_loss(true, wrong)

    def _videos(self, encoded: Encoded) -> Float[Tensor, "batch dim"]:
        assert encoded.video is not None
        projected: Tensor = functional.normalize(self.projection(encoded.video.pooled.embedding), dim=-1)
        return projected

    def _sentence_logits(self, batch: PairBatch, encoded: Encoded) -> Float[Tensor, "all all"]:
        assert batch.sentences is not None
        videos = self._videos(encoded)
        sentences = batch.sentences.to(videos.device)
        if processes() > 1:
            videos, sentences = gather_rows(videos), gather_rows(sentences)
        logits: Tensor = sentences @ videos.T / self.temperature()
        return logits


def _match(host: Host, match: Float[Tensor, " pairs"] | None) -> Float[Tensor, " pairs"]:
    if match is None:
        raise HostError(
            f"{host.name}: its description says loss='matching', but its encode_pairs gives no match; expected a logit "
            "for each pair in FusedEncoding.match"
        )
    return match

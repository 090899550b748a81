"""What is minimised when a host is fine-tuned for a task."""

from collections.abc import Iterator, Sequence

import torch
from torch import nn
from torch.nn import functional

from finsta.errors import HostError
from finsta.shapes import Float, Int, Tensor
from finsta.tasks.classifiers import own_logits
from finsta.tasks.heads import Head, features
from finsta.tasks.prompts import QUESTION_PROMPT, STATEMENT_PROMPT, before_answers
from finsta.tasks.scoring import said, ways_of
from finsta.training.fine_tuning.batches import TaskBatch
from finsta.training.post_training.host_loss import (
    captioning_loss,
    hardest_others,
    matching_loss,
    pair_loss,
    sigmoid_loss,
)
from finsta.transfer.hosts import Host


class FineTuning(nn.Module):
    """The loss of one task on one host.

    Recognition: cross-entropy over the classes, of the model's own classifier or of the head. Retrieval: the host's own
    loss on pairs (InfoNCE, sigmoid, matching against other pairs of the batch, or the likelihood of the caption).
    Captioning: the likelihood of the caption. Questions: the likelihood of the right answer, for hosts that write; else
    cross-entropy over the head's answers, over the choices, or of the statement's truth.

    Args:
        host: Its model becomes part of this module, and is trained with it.
        task: Name of the task.
        head: Where the host needs one: see :func:`finsta.training.fine_tuning.heads.make_head`.
    """

    def __init__(self, host: Host, task: str, head: Head | None) -> None:
        super().__init__()
        self.host, self.task, self.head = host, task, head
        self.model = host.model
        self.ways = ways_of(host) if task in ("retrieval", "paragraph_retrieval", "multiple_choice_qa") else ()
        check_host(host, task)

    def forward(self, batch: TaskBatch, progress: float) -> dict[str, Tensor]:
        """The loss under the task's name."""
        return {self.task: self._loss(batch)}

    def head_parameters(self) -> Iterator[nn.Parameter]:
        """Those that start from nothing: of the head, or of the model's own classifier."""
        if self.head is not None:
            yield from self.head.parameters()
        elif self.task == "recognition":
            yield from self.model.classifier.parameters()

    def _loss(self, batch: TaskBatch) -> Float[Tensor, ""]:
        host, target = self.host, batch.target.to(self.host.device)
        if self.task == "recognition":
            logits = own_logits(host, batch.pixels) if self.head is None else self._head(batch, None)
            return functional.cross_entropy(logits, target)
        if self.task in ("retrieval", "paragraph_retrieval"):
            return self._pairs(batch)
        if self.task == "captioning":
            return captioning_loss(host.log_likelihood(batch.pixels, [""] * len(batch.texts), batch.texts))
        return self._written(batch) if host.capabilities.generates else self._answered(batch, target)

    def _answered(self, batch: TaskBatch, target: Int[Tensor, " batch"]) -> Float[Tensor, ""]:
        """By a host that does not write."""
        if self.task == "open_qa":
            return functional.cross_entropy(self._head(batch, batch.texts), target)
        if self.task == "binary_qa":
            logits = self._head(batch, batch.texts)[:, 0]
            return functional.binary_cross_entropy_with_logits(logits, target.to(logits.dtype))
        return self._chosen(batch)

    def _head(self, batch: TaskBatch, texts: Sequence[str] | None) -> Float[Tensor, "batch outputs"]:
        assert self.head is not None
        logits: Tensor = self.head(features(self.host, batch.pixels.to(self.host.device), texts))
        return logits

    def _pairs(self, batch: TaskBatch) -> Float[Tensor, ""]:
        host, same = self.host, batch.same_text.to(self.host.device)
        if "similarity" in self.ways:
            text, video = host.encode_text(host.tokens(batch.texts)).pooled, host.encode_video(batch.pixels).pooled
            form = sigmoid_loss if host.spec.loss == "sigmoid" else pair_loss
            return form(host.similarity(text, video), same)
        if "matching" in self.ways:
            texts, videos = hardest_others(same, None)
            true = self._match(batch.pixels, batch.texts)
            return matching_loss(
                true, self._match(batch.pixels[videos.cpu()], [batch.texts[place] for place in texts.tolist()])
            )
        return captioning_loss(host.log_likelihood(batch.pixels, [""] * len(batch.texts), batch.texts))

    def _written(self, batch: TaskBatch) -> Float[Tensor, ""]:
        """The right answer after the question; of a statement "yes" or "no"."""
        if self.task == "binary_qa":
            prompts = [STATEMENT_PROMPT.format(text.rstrip(". ")) for text in batch.texts]
            answers = ["yes" if value else "no" for value in batch.target.tolist()]
        else:
            prompts = [QUESTION_PROMPT.format(text) if text else "" for text in batch.texts]
            answers = batch.answers
        if self.task == "multiple_choice_qa":
            answers = [own[place] for own, place in zip(batch.choices, batch.target.tolist(), strict=True)]
        fitting = before_answers(self.host, prompts, answers)
        return captioning_loss(self.host.log_likelihood(batch.pixels, fitting, answers))

    def _chosen(self, batch: TaskBatch) -> Float[Tensor, ""]:
        """Cross-entropy over the choices of each question, scored as the task scores them."""
        owner = [place for place, own in enumerate(batch.choices) for _ in own]
        texts = [said(batch.texts[place], choice) for place, own in enumerate(batch.choices) for choice in own]
        if self.head is not None:
            scores = self.head(features(self.host, batch.pixels[owner], texts))[:, 0]
        elif "similarity" in self.ways:
            scores = self._similar(batch, texts, owner)
        else:
            scores = self._match(batch.pixels[owner], texts)
        parts = scores.split([len(own) for own in batch.choices])
        targets = batch.target.to(scores.device)
        losses = [
            functional.cross_entropy(part[None], target[None]) for part, target in zip(parts, targets, strict=True)
        ]
        return torch.stack(losses).mean()

    def _similar(self, batch: TaskBatch, texts: Sequence[str], owner: Sequence[int]) -> Float[Tensor, " texts"]:
        """Similarity of each text and its own video."""
        host = self.host
        text, video = host.encode_text(host.tokens(texts)).pooled, host.encode_video(batch.pixels).pooled
        scores = []
        for place in range(len(batch.texts)):
            rows = [row for row, of in enumerate(owner) if of == place]
            scores.append(host.similarity(text.select(rows), video.select([place]))[:, 0])
        return torch.cat(scores)

    def _match(self, pixels: Tensor, texts: Sequence[str]) -> Float[Tensor, " pairs"]:
        match = self.host.encode_pairs(pixels, self.host.tokens(texts)).match
        assert match is not None  # `ways_of` has looked
        return match


def check_host(host: Host, task: str) -> None:
    """Refuse a host that cannot be trained for a task, before anything is decoded or written.

    Raises:
        HostError: if it lacks what the task needs.
    """
    has, lacks = host.capabilities, ""
    if task == "captioning" and not has.generates:
        lacks = "does not write"
    elif task in ("retrieval", "paragraph_retrieval") and not ways_of(host):
        lacks = "has no way to score texts"
    elif task.endswith("_qa") and not (has.text or has.cross_modal or has.generates):
        lacks = "reads no text, and cannot be asked a question"
    if lacks:
        raise HostError(
            f"{host.name}: a {host.spec.family} ({host.spec.title}) cannot be fine-tuned for {task}: it {lacks}; "
            "`finsta hosts` lists those that do"
        )

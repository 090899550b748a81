"""Batches of samples for fine-tuning: pixels, what is said and asked, and what is right."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from finsta.metrics.answers import normalise_answer
from finsta.shapes import Bool, Float, Int, Tensor
from finsta.tasks.items import Item, TaskItems
from finsta.tasks.views import Clips


@dataclass(frozen=True, kw_only=True)
class TaskBatch:
    """Some samples of one task.

    Attributes:
        ids: Of the samples, for messages.
        pixels: Their clips.
        texts: Of each, its caption, question or statement.
        choices: Of each, the texts to choose from.
        answers: Of each, the answer to write.
        target: Of each, the right class, choice or answer, or 1 for a true statement; -1 where there is none.
        same_text: Which samples have the same text.
    """

    ids: tuple[str, ...]
    pixels: Float[Tensor, "batch frames 3 height width"]
    texts: list[str]
    choices: list[tuple[str, ...]]
    answers: list[str]
    target: Int[Tensor, " batch"]
    same_text: Bool[Tensor, "batch batch"]


class TaskCollator:
    """Makes the batches of a task; of several captions or answers one is drawn, by the number of the batch.

    Args:
        items: Of the training split, all readable.
        clips: Their frames.
        vocabulary: Answers of the head, for open-ended questions.
        seed: Of the draws.
    """

    def __init__(self, items: TaskItems, clips: Clips, *, vocabulary: Sequence[str] = (), seed: int = 0) -> None:
        self.task, self.items, self.clips, self.seed = items.task, items.items, clips, seed
        self.place = {answer: place for place, answer in enumerate(vocabulary)}

    def __call__(self, indices: Sequence[int], number: int) -> TaskBatch:
        """The batch of some indices."""
        some = [self.items[index] for index in indices]
        generator = np.random.default_rng([self.seed, number])
        texts = [self._text(item, generator) for item in some]
        answers = [_drawn(item.sample.answers, generator) for item in some]
        return TaskBatch(
            ids=tuple(item.sample.id for item in some),
            pixels=self.clips.pixels([item.segment for item in some]),
            texts=texts,
            choices=[item.sample.choices for item in some],
            answers=answers,
            target=torch.tensor([self._target(item, answer) for item, answer in zip(some, answers, strict=True)]),
            same_text=torch.tensor([[one == other for other in texts] for one in texts]),
        )

    def _text(self, item: Item, generator: np.random.Generator) -> str:
        if self.task == "paragraph_retrieval":
            return " ".join(item.sample.captions)
        if self.task in ("captioning", "retrieval"):
            return _drawn(item.sample.captions, generator)
        return item.sample.question or ""

    def _target(self, item: Item, answer: str) -> int:
        sample = item.sample
        if self.task == "recognition":
            return -1 if sample.label is None else sample.label
        if self.task == "multiple_choice_qa":
            return -1 if sample.answer is None else sample.answer
        if self.task == "binary_qa":
            return int(answer == "true")
        return self.place.get(normalise_answer(answer), -1)


def _drawn(texts: Sequence[str], generator: np.random.Generator) -> str:
    return texts[int(generator.integers(len(texts)))] if texts else ""

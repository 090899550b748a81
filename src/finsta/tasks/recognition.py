"""Action recognition: which of the classes a video shows."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from finsta.metrics.recognition import average_views, top_k
from finsta.shapes import Array
from finsta.tasks.classifiers import Classifier, open_classifier
from finsta.tasks.encoding import inference
from finsta.tasks.heads import Head
from finsta.tasks.items import TaskItems
from finsta.tasks.prompts import CLASS_PROMPTS
from finsta.tasks.result import ItemScores, TaskResult
from finsta.tasks.settings import TaskSettings
from finsta.tasks.views import Clips, Views, open_clips
from finsta.transfer.hosts import Host


@dataclass(frozen=True, kw_only=True)
class Recognition:
    """Top-1 and Top-5 over several views of each video.

    Attributes:
        items: Labelled videos and their classes.
        views: Clips and crops; the probabilities of all are averaged.
        prompts: What is said of a class, ``{}`` its name; for hosts without classifier and head.
        head: A head from fine-tuning.
        settings: How it is run.
    """

    items: TaskItems
    views: Views = field(default_factory=Views)
    prompts: Sequence[str] = CLASS_PROMPTS
    head: Head | None = None
    settings: TaskSettings = field(default_factory=TaskSettings)

    def evaluate(self, host: Host) -> TaskResult:
        """Measure the host; it is left in the mode that it was in.

        Returns:
            ``Top-1`` (primary; percent), ``Top-5``, ``mean_class_accuracy``; ``videos``, ``classes``, ``clips``,
            ``crops``, ``skipped_videos``, ``missing_videos``.

        Raises:
            HostError: if the host cannot tell classes.
            InputError: if no video decodes, or a score is not a number.
        """
        items = self.items
        with inference(host):
            classify, way = open_classifier(
                host, items.classes, prompts=self.prompts, batch_size=self.settings.batch_size, head=self.head
            )
            with open_clips(host, items.segments, self.settings, views=self.views) as clips:
                scores = self._scores(clips, classify)
            skipped = clips.skipped
            row = {segment: place for place, segment in enumerate(clips.readable)}
        kept = [item for item in items.items if item.segment in row]
        labels = np.array([item.sample.label for item in kept], dtype=np.int64)
        found = top_k(scores[[row[item.segment] for item in kept]], labels)
        counts = {"videos": len(kept), "classes": len(items.classes), "clips": self.views.clips,
                  "crops": self.views.crops, "skipped_videos": len(skipped),
                  "missing_videos": len(items.missing)}  # fmt: skip
        return TaskResult(
            metrics=found.summary() | counts,
            primary="Top-1",
            item_scores=ItemScores(
                value=100 * found.hits[0],
                stratum=("Top-1",) * len(kept),
                cluster=tuple(item.sample.video for item in kept),
                name=tuple(item.sample.id for item in kept),
            ),
            skipped=skipped,
            missing=items.missing,
            notes={"scores": way} | ({"prompts": " | ".join(self.prompts)} if way.startswith("zero") else {}),
        )

    def _scores(self, clips: Clips, classify: Classifier) -> Array:
        size, found = self.settings.batch_size, []
        for start in range(0, len(clips.readable), size):
            views = clips.each_view(clips.readable[start : start + size])
            logits = torch.stack([classify(pixels) for pixels in views], dim=1)
            found.append(average_views(logits.double().cpu().numpy()))
        return np.concatenate(found)

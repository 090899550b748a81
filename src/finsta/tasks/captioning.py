"""Captioning: what a host writes about a video, beside its reference captions."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from finsta.errors import HostError
from finsta.metrics.captions import evaluate_captions
from finsta.metrics.captions.evaluation import CIDER
from finsta.metrics.captions.paraphrases import paraphrase_table
from finsta.models import wordnet_path
from finsta.tasks.encoding import inference
from finsta.tasks.items import TaskItems
from finsta.tasks.prompts import fitted
from finsta.tasks.result import ItemScores, TaskResult
from finsta.tasks.settings import TaskSettings
from finsta.tasks.views import Clips, open_clips
from finsta.text import DEFAULT_PARSER, TextParser
from finsta.transfer.hosts import Host
from finsta.video.segments import Segment


@dataclass(frozen=True, kw_only=True)
class Captioning:
    """BLEU-1 to 4, METEOR, ROUGE-L, CIDEr-D and SPICE-like of generated captions.

    A host that does not write has no captions: retrieving one of the training split would measure retrieval, so it is
    refused.

    Attributes:
        items: Videos with reference captions; all captions of one part of a video are its references.
        prompt: What stands before the caption; most hosts want none.
        max_new_tokens: Length of a caption at most.
        beams: Of the beam search; 1 takes the likeliest next token each time.
        parser: For SPICE-like; ``None`` leaves it out.
        wordnet: For METEOR; see :func:`finsta.models.wordnet_path`.
        paraphrases: METEOR's table, where it is at hand.
        settings: How it is run.
    """

    items: TaskItems
    prompt: str = ""
    max_new_tokens: int = 32
    beams: int = 1
    parser: TextParser | str | None = DEFAULT_PARSER
    wordnet: Path | None = field(default_factory=wordnet_path)
    paraphrases: Path | None = field(default_factory=paraphrase_table)
    settings: TaskSettings = field(default_factory=TaskSettings)

    def evaluate(self, host: Host) -> TaskResult:
        """Measure the host; it is left in the mode that it was in.

        Returns:
            ``CIDEr-D`` (primary) and the other metrics, all times 100; ``captions``, ``skipped_videos``,
            ``missing_videos``.

        Raises:
            HostError: if the host does not write.
            InputError: if no video decodes.
        """
        if not host.capabilities.generates:
            raise HostError(
                f"{host.name}: a {host.spec.family} ({host.spec.title}) does not write captions; take a host that "
                "does, or judge this one by retrieval"
            )
        references: dict[Segment, list[str]] = {}
        for item in self.items.items:
            references.setdefault(item.segment, []).extend(item.sample.captions)
        with open_clips(host, self.items.segments, self.settings) as clips, inference(host):
            kept = clips.readable
            written = self._write(host, clips, kept)
            skipped = clips.skipped
        first = {item.segment: item for item in reversed(self.items.items)}
        names = tuple(first[segment].part for segment in kept)
        found = evaluate_captions(
            written,
            [references[segment] for segment in kept],
            wordnet=self.wordnet,
            paraphrases=self.paraphrases,
            parser=self.parser,
        )
        counts = {"captions": len(names), "skipped_videos": len(skipped), "missing_videos": len(self.items.missing)}
        left_out = {f"{name} left out": why for name, why in found.left_out.items()}
        return TaskResult(
            metrics=found.summary() | counts,
            primary=CIDER,
            item_scores=ItemScores(
                value=100 * found.scores[CIDER].items,
                stratum=(CIDER,) * len(names),
                cluster=tuple(first[segment].sample.video for segment in kept),
                name=names,
            ),
            skipped=skipped,
            missing=self.items.missing,
            notes={"prompt": self.prompt, "beams": str(self.beams), **left_out},
            written=dict(zip(names, written, strict=True)),
        )

    def _write(self, host: Host, clips: Clips, segments: Sequence[Segment]) -> list[str]:
        size, written = self.settings.batch_size, []
        for start in range(0, len(segments), size):
            some = segments[start : start + size]
            prompts, tokens = fitted(host, [self.prompt] * len(some), self.max_new_tokens)
            written += host.generate(clips.pixels(some), prompts, max_new_tokens=tokens, beams=self.beams)
            self.settings.progress(start + len(some), len(segments))
        return [text.strip() for text in written]

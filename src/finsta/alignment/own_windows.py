"""The windows of the best track of each text predicate: which are positive, which negative, and what that costs."""

from dataclasses import dataclass, field, replace

import torch
from torch.utils.checkpoint import checkpoint

from finsta.alignment.contrastive import Contrast, Tally, Terms, contrast_terms
from finsta.alignment.search import FoundWindows, WindowRules, too_close
from finsta.alignment.windows import CLOSE, all_windows, parts, window_lengths, window_overlap, windows_of
from finsta.shapes import Bool, Float, Int, Tensor


def _nothing() -> Tensor:
    return torch.zeros(0, 0, 0, dtype=torch.bool)


@dataclass(frozen=True, kw_only=True)
class PredicateWindows:
    """What PTC pairs with what, for the Q text predicates that it asks about; also the grounding of each one in time.

    Attributes:
        text_node: The text predicates, by node index.
        track: Track of the best window, as in ``video.track_index``.
        first: First key frame of the best window.
        last: Last key frame of the best window; both are in it.
        rivals: The K predicate tracks of the batch, as in ``video.track_index``.
        what: Other predicate tracks of the same video; the most similar window of each is a negative.
        other_video: Predicate tracks of other videos; the same.
        rival_first: First key frame of that window.
        rival_last: Last key frame of that window.
        weight: Of the row.
        positive: Windows of the best window's track that are positives; row first, column last key frame.
        when: Windows of that track that are negatives.
        ignored: Windows of that track that are neither.
    """

    text_node: Int[Tensor, " queries"]
    track: Int[Tensor, " queries"]
    first: Int[Tensor, " queries"]
    last: Int[Tensor, " queries"]
    rivals: Int[Tensor, " tracks"]
    what: Bool[Tensor, "queries tracks"]
    other_video: Bool[Tensor, "queries tracks"]
    rival_first: Int[Tensor, "queries tracks"]
    rival_last: Int[Tensor, "queries tracks"]
    weight: Float[Tensor, " queries"]
    positive: Bool[Tensor, "queries frames frames"] = field(default_factory=_nothing)
    when: Bool[Tensor, "queries frames frames"] = field(default_factory=_nothing)
    ignored: Bool[Tensor, "queries frames frames"] = field(default_factory=_nothing)


@dataclass(frozen=True, kw_only=True)
class OwnContrast:
    """What the text predicates' rows come to.

    Attributes:
        terms: Of the loss.
        all: Tally against all negatives.
        groups: Against those of one group.
        positives: Positive windows.
        ignored: Windows of the best tracks that are neither.
        explanation: Where it was asked for.
    """

    terms: tuple[Terms, ...]
    all: Tally
    groups: dict[str, Tally]
    positives: int
    ignored: int
    explanation: PredicateWindows | None


@dataclass(frozen=True, kw_only=True)
class OwnWindows:
    """Text predicates look for windows: columns are all windows of the best track, then one window of every track.

    Attributes:
        found: By the search.
        windows: Who is asked and who is a rival.
        shared: Rivals that share the objects of the positive.
        rivals: Similarity of the one window of every track.
        seconds: Lengths of the key frames of each query's video.
        rules: Thresholds and budget.
    """

    found: FoundWindows
    windows: PredicateWindows
    shared: Bool[Tensor, "queries tracks"]
    rivals: Float[Tensor, "queries tracks"]
    seconds: Float[Tensor, "queries frames"]
    rules: WindowRules

    def contrast(
        self,
        prefix: Float[Tensor, "queries tracks frames_and_one"],
        weighted: Float[Tensor, "tracks frames dim"],
        supported: Bool[Tensor, "tracks frames"],
        temperature: Float[Tensor, ""] | float,
        *,
        explain: bool,
    ) -> OwnContrast:
        """The terms of all rows, in blocks of rows; where there are several, what a block holds is made again."""
        queries, frames = self.seconds.shape
        size = max(1, self.rules.budget // max(frames**2, 1))
        own = prefix[torch.arange(queries, device=prefix.device), self.found.track]  # [Q, T + 1]
        states, temperature = weighted[self.found.track], torch.as_tensor(temperature)  # [Q, T, d]
        terms: list[Terms] = []
        tallies: list[dict[str, Tally]] = []
        positives, ignored = 0, 0
        for part in parts(queries, size):
            masks = self._masks(part, supported)
            asked = self._asked(part, masks)
            arguments = (own[part], states[part], self.rivals[part], temperature, asked)
            again = size < queries
            similarity, found = checkpoint(_terms, *arguments, use_reentrant=False) if again else _terms(*arguments)
            terms.append(found)
            tallies.append(self._tallies(part, replace(asked, similarity=similarity)))
            positives, ignored = positives + int(masks.positive.sum()), ignored + int(masks.ignored.sum())
        return OwnContrast(
            terms=tuple(terms),
            all=sum((tally["all"] for tally in tallies), Tally()),
            groups={name: sum((tally[name] for tally in tallies), Tally()) for name in tallies[0] if name != "all"},
            positives=positives,
            ignored=ignored,
            explanation=self._explained(supported) if explain else None,
        )

    def close_to_each_other(self) -> Bool[Tensor, "queries queries"]:
        """Whether the best window of a column overlaps that of a row, in the row's seconds, too much to oppose it."""
        rows = []
        for part in parts(len(self.seconds), max(1, self.rules.budget // max(self.seconds.shape[1] ** 2, 1))):
            first, last = self.found.first[part], self.found.last[part]
            close = too_close(window_overlap(self.seconds[part], first, last), first, last, self.rules)
            rows.append(close[:, self.found.first, self.found.last])
        return torch.cat(rows)

    def _masks(self, part: slice, supported: Bool[Tensor, "tracks frames"]) -> "_Masks":
        first, last = self.found.first[part], self.found.last[part]
        overlap = window_overlap(self.seconds[part], first, last)
        real = windows_of(supported[self.found.track[part]])
        positive = real & (overlap >= self.rules.positive_iou - CLOSE)
        when = real & ~positive & ~too_close(overlap, first, last, self.rules)
        return _Masks(positive=positive, when=when, ignored=real & ~positive & ~when)

    def _asked(self, part: slice, masks: "_Masks") -> Contrast:
        """The contrast of some rows; its similarity is still to be filled in."""
        shared, weight = self.shared[part], self.windows.weight[part].to(self.rivals.dtype)
        when = masks.when.flatten(1)
        positive = torch.cat([masks.positive.flatten(1), torch.zeros_like(shared)], 1)
        hard = torch.cat([when, shared], 1)
        return Contrast(
            similarity=weight.new_zeros(()).expand(positive.shape),
            positive=positive,
            negative=torch.cat([when, (self.windows.what | self.windows.other_video)[part]], 1),
            weight=weight[:, None].expand(positive.shape),
            negative_weight=torch.where(hard, self.rules.same_objects_weight, 1.0).to(weight.dtype),
        )

    def _tallies(self, part: slice, contrast: Contrast) -> dict[str, Tally]:
        own = contrast.negative.shape[1] - self.shared.shape[1]
        nothing = torch.zeros_like(contrast.negative[:, :own])
        rivals = {
            "what": self.windows.what,
            "other_video": self.windows.other_video,
            "same_objects": self.shared,
        }
        groups = {"all": contrast, "when": contrast.columns(0, own)}
        groups |= {name: contrast.against(torch.cat([nothing, mask[part]], 1)) for name, mask in rivals.items()}
        return {name: group.tally() for name, group in groups.items()}

    def _explained(self, supported: Bool[Tensor, "tracks frames"]) -> PredicateWindows:
        masks = self._masks(slice(0, len(self.seconds)), supported)
        return replace(self.windows, positive=masks.positive, when=masks.when, ignored=masks.ignored)


@dataclass(frozen=True, kw_only=True)
class _Masks:
    """Windows of the best track of some rows."""

    positive: Bool[Tensor, "rows frames frames"]
    when: Bool[Tensor, "rows frames frames"]
    ignored: Bool[Tensor, "rows frames frames"]


def _terms(
    prefix: Float[Tensor, "rows frames_and_one"],
    states: Float[Tensor, "rows frames dim"],
    rivals: Float[Tensor, "rows tracks"],
    temperature: Float[Tensor, ""],
    asked: Contrast,
) -> tuple[Float[Tensor, "rows columns"], Terms]:
    """Similarities, without gradient, and the terms of some rows."""
    similarity = torch.cat([all_windows(prefix, window_lengths(states)).flatten(1), rivals], 1)
    return similarity.detach(), contrast_terms(replace(asked, similarity=similarity), temperature)


def frames_inside(found: FoundWindows, frames: int) -> Bool[Tensor, "queries frames"]:
    """The key frames of the best window."""
    place = torch.arange(frames, device=found.first.device)
    return (place >= found.first[:, None]) & (place <= found.last[:, None])

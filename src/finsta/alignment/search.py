"""The search of PTC: the best window for each text predicate, and the best one of every other track against it."""

from collections.abc import Iterator
from dataclasses import dataclass, fields

import torch

from finsta.alignment.names import BatchIndex
from finsta.alignment.tracks import row_of
from finsta.alignment.windows import (
    CLOSE,
    WindowLengths,
    all_windows,
    parts,
    window_overlap,
    windows_inside,
    windows_of,
)
from finsta.graphs.batch import HolisticBatch
from finsta.shapes import Bool, Float, Int, Tensor


@dataclass(frozen=True, kw_only=True)
class WindowRules:
    """Which windows are positive and which are negative.

    Attributes:
        positive_iou: From this temporal IoU with the best window on, a window of its track is positive.
        negative_iou: Below it, a window of its track is a "when" negative.
        only_links: Whether the best window is sought on linked tracks only; else on all tracks of the video.
        pieces_are_negative: Whether a window inside the best one may be a negative. It usually shows the same event,
            so by default it is ignored.
        same_objects_weight: How many times a negative counts that shares the objects of the positive: all "when"
            negatives, tracks of the same objects, and tracks of other videos whose objects have the same names.
        trust: How many times the prior counts beside the similarity in the search.
        budget: Similarities held at once: tracks and text predicates are taken in blocks of that size, in the search
            and in the loss, and what a block holds is made again in backward.
    """

    positive_iou: float = 0.7
    negative_iou: float = 0.3
    only_links: bool = True
    pieces_are_negative: bool = False
    trust: float = 1.0
    budget: int = 1 << 24
    same_objects_weight: float = 1.0


@dataclass(frozen=True, kw_only=True)
class PredicateLinks:
    """The links of text predicates whose track occurs with some confidence.

    Attributes:
        row: Text predicate, as a row of ``names.predicates``.
        track: Row of ``index.predicates``.
        first: First key frame of the interval.
        last: Last key frame of the interval.
        similarity: In [0, 1].
    """

    row: Int[Tensor, " links"]
    track: Int[Tensor, " links"]
    first: Int[Tensor, " links"]
    last: Int[Tensor, " links"]
    similarity: Float[Tensor, " links"]

    @classmethod
    def of(
        cls, batch: HolisticBatch, index: BatchIndex, present: Bool[Tensor, " text_nodes"] | None
    ) -> "PredicateLinks":
        """Those of a batch; ``present`` says which text nodes have a state."""
        node, track, first, last = batch.predicate_link
        track = row_of(index.predicates.track, batch.video)[track]
        kept = index.predicates.occurs.any(1)[track]
        kept = kept if present is None else kept & present[node]
        return cls(
            row=index.names.predicate_row[node[kept]],
            track=track[kept],
            first=first[kept],
            last=last[kept],
            similarity=batch.predicate_similarity[kept],
        )

    def block(self, rows: slice, tracks: slice) -> "PredicateLinks":
        """The links of a range of rows to a range of tracks, both renumbered from 0."""
        kept = (self.row >= rows.start) & (self.row < rows.stop)
        kept = kept & (self.track >= tracks.start) & (self.track < tracks.stop)
        columns = {f.name: getattr(self, f.name)[kept] for f in fields(self)}
        return type(self)(**(columns | {"row": self.row[kept] - rows.start, "track": self.track[kept] - tracks.start}))


@dataclass(frozen=True, kw_only=True)
class FoundWindows:
    """What the search found for each posed text predicate, Q of them, and each predicate track, K.

    Attributes:
        track: Row of the track of the best window.
        first: Its first key frame.
        last: Its last key frame.
        score: Its similarity plus prior.
        rival: Whether a track has a window that may be a negative.
        rival_first: First key frame of the most similar one of these.
        rival_last: Its last key frame.
    """

    track: Int[Tensor, " queries"]
    first: Int[Tensor, " queries"]
    last: Int[Tensor, " queries"]
    score: Float[Tensor, " queries"]
    rival: Bool[Tensor, "queries tracks"]
    rival_first: Int[Tensor, "queries tracks"]
    rival_last: Int[Tensor, "queries tracks"]


def same_objects(index: BatchIndex, track: Int[Tensor, " queries"]) -> Bool[Tensor, "queries tracks"]:
    """Which tracks join the same objects as a given one, whoever is the subject.

    Of candidates there is one track for each role, and who is the subject is what they are told apart by: each joins
    the same objects as itself alone.
    """
    predicates = index.predicates
    if predicates.is_candidate:
        return track[:, None] == torch.arange(len(predicates.track), device=track.device)
    subject, target = predicates.subject[track][:, None], predicates.target[track][:, None]
    straight = (subject == predicates.subject) & (target == predicates.target)
    return straight | ((subject == predicates.target) & (target == predicates.subject))


def too_close(
    overlap: Float[Tensor, "queries frames frames"],
    first: Int[Tensor, " queries"],
    last: Int[Tensor, " queries"],
    rules: WindowRules,
) -> Bool[Tensor, "queries frames frames"]:
    """Windows that overlap the best one too much to be negatives, or lie inside it."""
    close = overlap >= rules.negative_iou - CLOSE
    return close if rules.pieces_are_negative else close | windows_inside(first, last, overlap.shape[1])


@torch.no_grad()
def find_windows(
    prefix: Float[Tensor, "queries tracks frames_and_one"],
    lengths: WindowLengths,
    *,
    graph: Int[Tensor, " queries"],
    links: PredicateLinks,
    seconds: Float[Tensor, "graphs frames"],
    index: BatchIndex,
    rules: WindowRules,
) -> FoundWindows:
    """Score all windows of all tracks for each query, in blocks of tracks and queries that bound the memory.

    Args:
        prefix: Of each query with each track.
        lengths: Of the sums of all windows.
        graph: The pair of each query.
        links: ``row`` numbers the queries here; every query has one.
        seconds: Lengths of the key frames of each video.
        index: Of the batch.
        rules: Thresholds.
    """
    search = _Search(prefix=prefix, graph=graph, links=links, seconds=seconds, index=index, rules=rules)
    score, place = search.best(lengths)
    frames = prefix.shape[2] - 1
    track, first, last = place // frames**2, place // frames % frames, place % frames
    best, place = search.rivals(lengths, track, first, last)
    return FoundWindows(
        track=track,
        first=first,
        last=last,
        score=score,
        rival=best > -torch.inf,
        rival_first=place // frames,
        rival_last=place % frames,
    )


@dataclass(frozen=True, kw_only=True)
class _Search:
    """Both passes of the search; the attributes are the arguments of :func:`find_windows`."""

    prefix: Float[Tensor, "queries tracks frames_and_one"]
    graph: Int[Tensor, " queries"]
    links: PredicateLinks
    seconds: Float[Tensor, "graphs frames"]
    index: BatchIndex
    rules: WindowRules

    def best(self, lengths: WindowLengths) -> tuple[Float[Tensor, " queries"], Int[Tensor, " queries"]]:
        """Score and place (track, first, last as one number) of the best window of each query."""
        queries, tracks, edges = self.prefix.shape
        squared = (edges - 1) ** 2
        if self.rules.only_links:
            allowed = torch.zeros(queries, tracks, dtype=torch.bool, device=self.prefix.device)
            allowed[self.links.row, self.links.track] = True
        else:
            allowed = self.graph[:, None] == self.index.predicates.graph
        score = self.prefix.new_full((queries,), -torch.inf)
        place = torch.zeros(queries, dtype=torch.long, device=score.device)
        for columns, table in lengths.blocks():
            windows = windows_of(self.index.predicates.occurs[columns])
            for rows in self._rows(table):
                if not bool(allowed[rows, columns].any()):
                    continue
                scores = all_windows(self.prefix[rows, columns], table)
                scores = scores + self.rules.trust * self._prior(scores, rows, columns)
                scores = scores.masked_fill(~(allowed[rows, columns, None, None] & windows), -torch.inf)
                value, at = scores.flatten(1).max(1)
                better = value > score[rows]
                score[rows] = torch.where(better, value, score[rows])
                place[rows] = torch.where(better, at + columns.start * squared, place[rows])
        return score, place

    def rivals(
        self,
        lengths: WindowLengths,
        track: Int[Tensor, " queries"],
        first: Int[Tensor, " queries"],
        last: Int[Tensor, " queries"],
    ) -> tuple[Float[Tensor, "queries tracks"], Int[Tensor, "queries tracks"]]:
        """Similarity and place (first, last as one number) of the most similar window that each track may oppose."""
        same = same_objects(self.index, track)
        best = self.prefix.new_full(same.shape, -torch.inf)
        place = torch.zeros(same.shape, dtype=torch.long, device=best.device)
        for columns, table in lengths.blocks():
            windows = windows_of(self.index.predicates.supported[columns])
            for rows in self._rows(table):
                overlap = window_overlap(self.seconds[self.graph[rows]], first[rows], last[rows])
                close = too_close(overlap, first[rows], last[rows], self.rules)
                barred = same[rows, columns, None, None] & close[:, None]
                scores = all_windows(self.prefix[rows, columns], table).masked_fill(~windows | barred, -torch.inf)
                best[rows, columns], place[rows, columns] = scores.flatten(2).max(2)
        return best, place

    def _rows(self, table: Float[Tensor, "block frames frames"]) -> Iterator[slice]:
        return parts(len(self.prefix), max(1, self.rules.budget // max(table.numel(), 1)))

    def _prior(
        self, scores: Float[Tensor, "rows columns frames frames"], rows: slice, columns: slice
    ) -> Float[Tensor, "rows columns frames frames"]:
        return _prior(scores, self.graph[rows], self.links.block(rows, columns), self.seconds)


def _prior(
    scores: Float[Tensor, "queries tracks frames frames"],
    graph: Int[Tensor, " queries"],
    links: PredicateLinks,
    seconds: Float[Tensor, "graphs frames"],
) -> Float[Tensor, "queries tracks frames frames"]:
    """Link similarity × temporal IoU with the link's interval; the best link where a track has several; else 0."""
    queries, tracks, frames, _ = scores.shape
    said = links.similarity[:, None, None] * window_overlap(seconds[graph[links.row]], links.first, links.last)
    place = (links.row * tracks + links.track)[:, None].expand(-1, frames**2)
    prior = torch.zeros(queries * tracks, frames**2, device=scores.device, dtype=said.dtype)
    return prior.scatter_reduce(0, place, said.flatten(1), "amax").reshape(scores.shape).to(scores.dtype)

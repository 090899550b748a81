"""PTC, predicate-centred temporal contrasting: text predicates against windows of predicate tracks."""

from dataclasses import replace

import torch

from finsta.alignment.contrastive import (
    Contrast,
    LossReport,
    NodeStates,
    contrast_terms,
    cosines,
    full_precision,
    nothing_to_contrast,
    shares,
    weighted_mean,
    without_autocast,
)
from finsta.alignment.names import BatchIndex
from finsta.alignment.own_windows import OwnContrast, OwnWindows, PredicateWindows, frames_inside
from finsta.alignment.search import FoundWindows, PredicateLinks, WindowRules, find_windows, same_objects
from finsta.alignment.windows import WindowLengths, frame_lengths, one_window, prefix_sums
from finsta.graphs.batch import HolisticBatch
from finsta.shapes import Bool, Float, Int, Tensor

__all__ = ["PredicateWindows", "predicate_temporal_loss", "window_loss"]


def predicate_temporal_loss(  # noqa: PLR0913 - one loss, its thresholds, and what is at hand already
    text_states: Float[Tensor, "text_nodes dim"],
    video_states: Float[Tensor, "video_nodes dim"],
    batch: HolisticBatch,
    *,
    temperature: Float[Tensor, ""] | float,
    positive_iou: float = 0.7,
    negative_iou: float = 0.3,
    only_links: bool = True,
    edited: NodeStates | None = None,
    index: BatchIndex | None = None,
    explain: bool = False,
) -> LossReport[PredicateWindows]:
    """:func:`window_loss` over node states.

    A track has in a key frame the state of its predicate's node, or, where the predicate does not occur, the mean of
    its subject's and its object's.

    Args:
        text_states: State of every node of ``batch.text``; those of the predicates are read.
        video_states: State of every node of ``batch.video``, e.g. from ``Regions``.
        batch: The graphs and the links between them.
        temperature: τ > 0.
        positive_iou: From this temporal IoU with the best window on, a window of its track is positive.
        negative_iou: Below it, a window of its track that is no piece of the best one is negative.
        only_links: Whether the best window is sought on linked tracks only; so during the warm-up.
        edited: Wrong versions of text predicates: negatives for the windows of the true ones.
        index: Of this batch, where it is at hand already.
        explain: Whether the report says what was paired with what.
    """
    index = index or BatchIndex.of(batch)
    return window_loss(
        text_states,
        index.predicates.states(full_precision(video_states)),
        batch,
        index=index,
        temperature=temperature,
        rules=WindowRules(positive_iou=positive_iou, negative_iou=negative_iou, only_links=only_links),
        edited=edited,
        explain=explain,
    )


@without_autocast
def window_loss(
    text_states: Float[Tensor, "text_nodes dim"],
    track_states: Float[Tensor, "tracks frames dim"],
    batch: HolisticBatch,
    *,
    index: BatchIndex,
    temperature: Float[Tensor, ""] | float,
    rules: WindowRules,
    edited: NodeStates | None = None,
    present: Bool[Tensor, " text_nodes"] | None = None,
    explain: bool = False,
) -> LossReport[PredicateWindows]:
    """Predicate-centred temporal contrasting, PTC.

    Known from the paper: TSG predicate against a DSG high-order region over a temporal interval. Search, masks and
    weights are our definition.

    1. A text predicate is pulled towards the best window of a predicate track, and towards the windows of that track
       whose temporal IoU with it is at least ``positive_iou``.
    2. It is pushed away from the windows of that track with an IoU below ``negative_iou`` ("when"), and from the most
       similar window of each other track of the same video ("what") and of other videos, except tracks that the
       predicate names (see :mod:`finsta.alignment.names`). The best window is pushed away from the other text
       predicates of the batch, except those that name it or hold of the same objects at the same time.

    A window is a run of key frames from one supported frame of the track to another (see ``PredicateTracks``); its
    similarity is the cosine of the text state with the mean of the track's states in it, weighted by confidence. The
    best window has the highest sum of similarity and prior, without gradient, among those that begin and end where the
    track's predicate occurs; the prior of a window of a linked track is the link's similarity × its temporal IoU with
    the link's interval. A predicate without a link is not asked.

    Ignored: windows in between, and pieces of the best window, since a piece of an event shows the event; windows of
    other tracks of the same objects that overlap the best one, since nothing that is seen tells them apart. Each other
    track stands in the contrast with one window only, so that long videos do not drown the "when" negatives.
    A row weighs text confidence × mean confidence in the window × link similarity.

    All windows of all tracks are scored from prefix sums. Memory is bounded by tracks × frames × width, by queries ×
    tracks × frames, and by ``rules.budget`` (or frames², where that is more); the explanation needs queries × frames².
    Uniform similarities give log(1 + number of negatives) for a row. Its sibling
    :func:`~finsta.alignment.spatial.object_spatial_loss` asks which instead of when.

    Args:
        text_states: State of every node of ``batch.text``; those of the predicates are read.
        track_states: State of each predicate track in each key frame; read where ``index.predicates.supported``.
        batch: The graphs and the links between them.
        index: Of this batch.
        temperature: τ > 0.
        rules: Thresholds.
        edited: Wrong versions of text predicates.
        present: Which text nodes have a state; all by default.
        explain: Whether the report says what was paired with what.
    """
    links = PredicateLinks.of(batch, index, present)
    row = links.row.unique()
    if not len(row):
        return LossReport(loss=nothing_to_contrast(text_states, track_states, torch.as_tensor(temperature)))
    weighted = full_precision(track_states) * index.predicates.confidence[:, :, None]
    text = full_precision(text_states)[index.names.predicates]
    prefix, lengths = prefix_sums(text[row], weighted), WindowLengths(weighted, rules.budget)
    graph, seconds = batch.text.graph_index[index.names.predicates[row]], frame_lengths(batch.video)
    found = find_windows(
        prefix.detach(),
        lengths,
        graph=graph,
        links=replace(links, row=torch.searchsorted(row, links.row)),
        seconds=seconds,
        index=index,
        rules=rules,
    )
    windows = _asked(found, row, links, batch, index)
    shared = _shared(found, row, windows, index)
    rivals = one_window(prefix, lengths.one(found.rival_first, found.rival_last), found.rival_first, found.rival_last)
    rows = OwnWindows(found=found, windows=windows, shared=shared, rivals=rivals, seconds=seconds[graph], rules=rules)
    forward = rows.contrast(prefix, weighted, index.predicates.supported, temperature, explain=explain)
    vector = _window_states(weighted, found)
    backward = _to_text(cosines(vector, text), found, row, windows, batch, index, rows, present)
    if edited is not None:
        wrong = windows.text_node[:, None] == edited.node
        backward = backward.with_negatives(cosines(vector, full_precision(edited.states)), wrong)
    loss = weighted_mean([*forward.terms, contrast_terms(backward, temperature)])
    return _report(loss, windows, forward, backward, len(text))


def _asked(
    found: FoundWindows, row: Int[Tensor, " queries"], links: PredicateLinks, batch: HolisticBatch, index: BatchIndex
) -> PredicateWindows:
    tracks, node = index.predicates, index.names.predicates[row]
    own = found.track[:, None] == torch.arange(len(tracks.track), device=row.device)
    others = found.rival & ~own & ~index.names.event_track[row]
    same_video = batch.text.graph_index[node][:, None] == tracks.graph
    strongest = torch.zeros(len(index.names.predicates), device=row.device)
    strongest = strongest.scatter_reduce(0, links.row, links.similarity, "amax")[row]
    inside = frames_inside(found, tracks.supported.shape[1]) & tracks.supported[found.track]
    seen = (tracks.confidence[found.track] * inside).sum(1) / inside.sum(1)
    return PredicateWindows(
        text_node=node,
        track=tracks.track[found.track],
        first=found.first,
        last=found.last,
        rivals=tracks.track,
        what=others & same_video,
        other_video=others & ~same_video,
        rival_first=found.rival_first,
        rival_last=found.rival_last,
        weight=batch.text.confidence[node] * seen * strongest,
    )


def _shared(
    found: FoundWindows, row: Int[Tensor, " queries"], windows: PredicateWindows, index: BatchIndex
) -> Bool[Tensor, "queries tracks"]:
    """Rivals that share the objects of the positive: the same tracks, or things of the same names elsewhere."""
    return (windows.what & same_objects(index, found.track)) | (windows.other_video & index.names.ends_track[row])


def _to_text(
    similarity: Float[Tensor, "queries predicates"],
    found: FoundWindows,
    row: Int[Tensor, " queries"],
    windows: PredicateWindows,
    batch: HolisticBatch,
    index: BatchIndex,
    own: OwnWindows,
    present: Bool[Tensor, " text_nodes"] | None,
) -> Contrast:
    """Best windows look for their text predicates among all of the batch."""
    names = index.names
    positive = row[:, None] == torch.arange(len(names.predicates), device=row.device)
    holds = names.event_text[:, row].T | names.event_track[:, found.track].T
    close = own.close_to_each_other()
    told_apart = torch.zeros_like(positive)  # other predicates of the caption: only where it is known that they differ
    told_apart[:, row] = ~(same_objects(index, found.track)[:, found.track] & close)
    graph = batch.text.graph_index[names.predicates]
    negative = ~positive & ~holds & (told_apart | (graph[row][:, None] != graph))
    if present is not None:
        negative = negative & present[names.predicates]
    weight = windows.weight.to(similarity.dtype)[:, None].expand_as(similarity)
    return Contrast(similarity=similarity, positive=positive, negative=negative, weight=weight)


def _window_states(weighted: Float[Tensor, "tracks frames dim"], found: FoundWindows) -> Float[Tensor, "queries dim"]:
    """The sum of the states in the best window; its direction is that of their mean."""
    inside = frames_inside(found, weighted.shape[1]).to(weighted.dtype)
    return torch.einsum("qt,qtd->qd", inside, weighted[found.track])


def _report(
    loss: Float[Tensor, ""], windows: PredicateWindows, forward: OwnContrast, backward: Contrast, texts: int
) -> LossReport[PredicateWindows]:
    groups = {"text": backward.columns(0, texts).tally(), "edited": backward.columns(texts).tally()}
    tallies = {**forward.groups, **groups}
    left = (len(windows.rivals) - 1) * len(windows.text_node) - (windows.what | windows.other_video).sum()
    return LossReport(
        loss=loss,
        positives=forward.positives,
        negatives=forward.all.negatives + int(backward.negative.sum()),
        ignored=forward.ignored + int(left),
        accuracy=forward.all.share,
        negatives_by={name: tally.negatives for name, tally in tallies.items()},
        accuracy_by=shares(tallies),
        explanation=forward.explanation,
    )

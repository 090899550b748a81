"""The direct form: OSC, PTC and phrase to clip posed in the host's own joint space (our definition).

The host's text tower reads the phrases of the graph, its own head projects its visual tokens, and nothing that is
thrown away stands in between: whatever the losses ask for, the host itself has to learn.
"""

from dataclasses import dataclass, replace

import torch

from finsta.alignment.contrastive import (
    Contrast,
    LossReport,
    NodeStates,
    contrast_terms,
    cosines,
    full_precision,
    shares_won,
    weighted_mean,
    without_autocast,
)
from finsta.alignment.gathering import gather_batch, gather_edits, gather_rows, gather_tracks, processes
from finsta.alignment.names import BatchIndex
from finsta.alignment.phrases import Phrase, phrases_of
from finsta.alignment.roi import nearest_frames, node_weights, pool_regions, pool_tokens, roi_weights
from finsta.alignment.search import WindowRules
from finsta.alignment.spatial import ObjectPairs, object_spatial_loss
from finsta.alignment.temporal import PredicateWindows, window_loss
from finsta.config import AlignmentConfig
from finsta.graphs.batch import HolisticBatch
from finsta.graphs.scene_graph import NodeKind
from finsta.shapes import Bool, Float, Int, Tensor

__all__ = ["DirectAlignment", "DirectReport", "Phrase", "phrases_of", "pool_regions", "roi_weights"]


@dataclass(frozen=True, kw_only=True)
class PhraseClips:
    """What phrase to clip pairs with what.

    Attributes:
        text_node: The phrases, by node index.
        positive: The clip of the phrase's own pair.
        negative: Clips of other pairs in which nothing goes by the phrase's name.
    """

    text_node: Int[Tensor, " phrases"]
    positive: Bool[Tensor, "phrases clips"]
    negative: Bool[Tensor, "phrases clips"]


@dataclass(frozen=True, kw_only=True)
class DirectReport:
    """What one batch gives, unweighted; ``phrase_to_clip`` is ``None`` where no clip vectors were given."""

    object_spatial: LossReport[ObjectPairs]
    predicate_temporal: LossReport[PredicateWindows]
    phrase_to_clip: LossReport[PhraseClips] | None


@dataclass(frozen=True, kw_only=True)
class DirectAlignment:
    """OSC, PTC and phrase to clip in the host's joint space. It has no parameters.

    Where several processes share the work, the contrast is over the batches of all of them; tokens are pooled where
    they are made.

    A visual node is its box, pooled over the host's token grid; a predicate track is subject ∪ object, pooled the same
    way in every key frame in which they are seen, whether or not the predicate occurs there: that it occurs cannot be
    read off how it was pooled. A key frame is seen at the host's nearest sampled frame.

    Attributes:
        config: Thresholds and warm-up; its temperature and hops are not used here.
        same_objects_weight: See ``WindowRules``.
        explain: Whether the reports say what was paired with what.
    """

    config: AlignmentConfig
    same_objects_weight: float = 1.0
    explain: bool = False

    def __call__(
        self,
        phrases: NodeStates,
        tokens: Float[Tensor, "batch frames cells dim"],
        batch: HolisticBatch,
        *,
        frame_times: Float[Tensor, "batch frames"],
        grid: tuple[int, int],
        temperature: Float[Tensor, ""] | float,
        clips: Float[Tensor, "batch dim"] | None = None,
        progress: float = 0.0,
        edited: NodeStates | None = None,
    ) -> DirectReport:
        """All three losses.

        Args:
            phrases: Embeddings of the phrases, by the host's text tower and head, and the node of each.
            tokens: Visual tokens in the joint space, by the host's head; without class tokens.
            batch: The graphs and the links between them; clip b belongs to graph b.
            frame_times: Seconds at which the host's frames were taken.
            grid: Rows and columns of one frame's tokens.
            temperature: τ > 0, e.g. the host's own.
            clips: Pooled embedding of each clip, what the host is judged by.
            progress: Share of the training steps that are done, in [0, 1].
            edited: Embeddings of wrong versions of phrases.
        """
        index, only_links = BatchIndex.of(batch), progress < self.config.warm_up
        states, present = _on_nodes(phrases, batch.text.num_nodes)
        regions = pool_regions(tokens, batch.video, frame_times, grid)
        tracks = pool_predicate_tracks(tokens, batch, index, frame_times, grid)
        if processes() > 1:
            edited = gather_edits(edited, states, batch.text.num_nodes)
            clips = None if clips is None else gather_rows(clips)
            states, present = gather_rows(states), gather_rows(present.float()) > 0
            regions, tracks, batch = gather_rows(regions), gather_tracks(tracks), gather_batch(batch)
            index = BatchIndex.of(batch)
        objects = object_spatial_loss(
            states,
            regions,
            batch,
            temperature=temperature,
            object_threshold=self.config.object_threshold,
            only_links=only_links,
            edited=edited,
            present=present,
            index=index,
            explain=self.explain,
        )
        predicates = window_loss(
            states,
            tracks,
            batch,
            index=index,
            temperature=temperature,
            rules=self._rules(only_links),
            edited=edited,
            present=present,
            explain=self.explain,
        )
        clip_report = None
        if clips is not None:
            clip_report = phrase_to_clip_loss(
                states,
                clips,
                batch,
                temperature=temperature,
                present=present,
                index=index,
                edited=edited,
                explain=self.explain,
            )
        return DirectReport(object_spatial=objects, predicate_temporal=predicates, phrase_to_clip=clip_report)

    def _rules(self, only_links: bool) -> WindowRules:
        return WindowRules(
            positive_iou=self.config.positive_iou,
            negative_iou=self.config.negative_iou,
            only_links=only_links,
            same_objects_weight=self.same_objects_weight,
        )


def pool_predicate_tracks(
    tokens: Float[Tensor, "batch frames cells dim"],
    batch: HolisticBatch,
    index: BatchIndex,
    frame_times: Float[Tensor, "batch frames"],
    grid: tuple[int, int],
) -> Float[Tensor, "tracks key_frames dim"]:
    """The tokens over subject ∪ object of each predicate track in each key frame that supports it; zeros elsewhere."""
    tracks, video = index.predicates, batch.video
    track, frame = tracks.supported.nonzero(as_tuple=True)
    ends = tracks.subject_node[track, frame], tracks.target_node[track, frame]
    witness = torch.stack([tracks.node[track, frame], *ends]).amax(0)  # any node of that key frame knows its time
    graph = tracks.graph[track]
    host_frame = nearest_frames(video.time[witness], graph, frame_times)
    pooled = pool_tokens(tokens, node_weights(video, *ends, grid), graph, host_frame)
    states = pooled.new_zeros(*tracks.node.shape, pooled.shape[1])
    return states.index_put((track, frame), pooled)


@without_autocast
def phrase_to_clip_loss(
    text_states: Float[Tensor, "text_nodes dim"],
    clips: Float[Tensor, "batch dim"],
    batch: HolisticBatch,
    *,
    temperature: Float[Tensor, ""] | float,
    present: Bool[Tensor, " text_nodes"],
    index: BatchIndex | None = None,
    edited: NodeStates | None = None,
    explain: bool = False,
) -> LossReport[PhraseClips]:
    """Phrases of objects and predicates against pooled clip vectors (our definition).

    1. A phrase and the clip of its pair are pulled together.
    2. A phrase is pushed away from the clips of other pairs, a clip from the phrases of other captions and from the
       wrong versions of its own, except where the phrase names a track of that clip or something that its caption
       speaks of (see :mod:`finsta.alignment.names`).

    A positive weighs the parser's confidence in the text node. One phrase in each of B pairs and uniform similarities
    give log B.

    Args:
        text_states: State of every node of ``batch.text``.
        clips: Pooled embedding of each clip.
        batch: The graphs.
        temperature: τ > 0.
        present: Which text nodes have a state.
        index: Of this batch, where it is at hand already.
        edited: Wrong versions of phrases.
        explain: Whether the report says what was paired with what.
    """
    index = index or BatchIndex.of(batch)
    asked = batch.text.is_kind(NodeKind.OBJECT) | batch.text.is_kind(NodeKind.PREDICATE)
    node = (present & asked).nonzero().squeeze(1)
    clips = full_precision(clips)
    similarity = cosines(full_precision(text_states)[node], clips)
    positive = _one_hot(batch.text.graph_index[node], len(clips)).bool()
    pairs = PhraseClips(text_node=node, positive=positive, negative=~positive & ~_held_by_clips(batch, index)[node])
    weight = batch.text.confidence[node].to(similarity.dtype)[:, None].expand_as(similarity)
    forward = Contrast(similarity=similarity, positive=positive, negative=pairs.negative, weight=weight)
    backward = forward.transposed()
    if edited is not None:
        wrong = _one_hot(batch.text.graph_index[edited.node], len(clips)).bool().T
        backward = backward.with_negatives(cosines(clips, full_precision(edited.states)), wrong)
    loss = weighted_mean([contrast_terms(direction, temperature) for direction in (forward, backward)])
    report = _report(loss, pairs, forward, backward, batch)
    return replace(report, explanation=pairs) if explain else report


def _held_by_clips(batch: HolisticBatch, index: BatchIndex) -> Bool[Tensor, "text_nodes clips"]:
    """Whether a phrase names a track of a clip, or something that the clip's caption speaks of."""
    names, text, clips = index.names, batch.text, batch.text.num_graphs
    held = torch.zeros(text.num_nodes, clips, dtype=torch.bool, device=text.node_kind.device)
    for nodes, by_text, by_track, track_graph in (
        (names.objects, names.object_text, names.object_track, index.objects.graph),
        (names.predicates, names.event_text, names.event_track, index.predicates.graph),
    ):
        said = by_text.float() @ _one_hot(text.graph_index[nodes], clips)
        shown = by_track.float() @ _one_hot(track_graph, clips)
        held[nodes] = said + shown > 0
    return held


def _one_hot(graph: Int[Tensor, " items"], count: int) -> Float[Tensor, "items graphs"]:
    return (graph[:, None] == torch.arange(count, device=graph.device)).float()


def _on_nodes(
    phrases: NodeStates, num_nodes: int
) -> tuple[Float[Tensor, "text_nodes dim"], Bool[Tensor, " text_nodes"]]:
    """Phrases as node states (the mean of several for one node, zeros for none), and which nodes have one."""
    values = full_precision(phrases.states)
    count = torch.bincount(phrases.node, minlength=num_nodes)
    states = values.new_zeros(num_nodes, values.shape[1]).index_add(0, phrases.node, values)
    return states / count.clamp_min(1)[:, None], count > 0


def _report(
    loss: Float[Tensor, ""], pairs: PhraseClips, forward: Contrast, backward: Contrast, batch: HolisticBatch
) -> LossReport[PhraseClips]:
    phrases = len(pairs.text_node)
    objects = batch.text.is_kind(NodeKind.OBJECT)[pairs.text_node][:, None]
    groups = {
        "object": forward.against(objects),
        "predicate": forward.against(~objects),
        "text": backward.columns(0, phrases),
        "edited": backward.columns(phrases),
    }
    edits = int(groups["edited"].negative.sum())
    return LossReport(
        loss=loss,
        positives=int(pairs.positive.sum()),
        negatives=int(pairs.negative.sum()) + edits,
        ignored=int((~pairs.positive & ~pairs.negative).sum()),
        accuracy=forward.share_won(),
        negatives_by={name: int(group.negative.sum()) for name, group in groups.items() if name != "text"},
        accuracy_by=shares_won(groups),
    )

"""Which phrases hold of which things, by name: such pairs are never negatives of each other (our definition).

A text object *names* another thing if both have the same lemma and every attribute of the phrase is one of the thing's:
"circle" names a red circle, "red circle" names a red circle, "blue circle" does not, and whether a circle of unknown
colour is red stays open, so it may be a negative. A text predicate names another event if lemma and modifiers do so in
the same way, its subject names the event's subject, and its object, where it has one, the event's object.

A track goes by the label and the attributes that the video graph gives it, and by every phrase that is linked to it.
"""

from dataclasses import dataclass

import torch

from finsta.alignment.tracks import ObjectTracks, PredicateTracks, row_of
from finsta.graphs.batch import GraphBatch, HolisticBatch, edge_type
from finsta.graphs.scene_graph import EdgeKind, NodeKind
from finsta.shapes import Bool, Float, Int, Tensor


@dataclass(frozen=True, kw_only=True)
class Names:
    """Who names what in a batch, across all of its pairs.

    Attributes:
        objects: The text objects, by node index.
        predicates: The text predicates, by node index.
        object_row: For each text node its row among ``objects``, or -1.
        predicate_row: For each text node its row among ``predicates``, or -1.
        object_text: A text object names what another text object speaks of.
        object_label: A text object names an object track by the track's own label and attributes.
        object_track: The same, or by a phrase that is linked to the track.
        event_text: A text predicate names what another text predicate speaks of.
        event_track: A text predicate names a predicate track.
        ends_track: Subject and object of a text predicate name those of a predicate track, whatever happens there.
    """

    objects: Int[Tensor, " objects"]
    predicates: Int[Tensor, " predicates"]
    object_row: Int[Tensor, " text_nodes"]
    predicate_row: Int[Tensor, " text_nodes"]
    object_text: Bool[Tensor, "objects objects"]
    object_label: Bool[Tensor, "objects object_tracks"]
    object_track: Bool[Tensor, "objects object_tracks"]
    event_text: Bool[Tensor, "predicates predicates"]
    event_track: Bool[Tensor, "predicates predicate_tracks"]
    ends_track: Bool[Tensor, "predicates predicate_tracks"]

    @classmethod
    def of(cls, batch: HolisticBatch, tracks: ObjectTracks, events: PredicateTracks) -> "Names":
        """Compare all names of a batch."""
        text, video, words = _shared_words(batch)
        objects, object_row = _nodes(batch.text, NodeKind.OBJECT)
        phrases = _text_things(batch.text, objects, EdgeKind.ATTRIBUTE, text, words)
        object_text = phrases.names(phrases)
        object_label = phrases.names(_visual_objects(batch.video, tracks, video, words))
        linked = object_row[batch.object_link[0]], tracks.row_of_track[batch.object_link[1]]
        object_track = object_label | _by_link(object_text, *linked, len(tracks.track))

        predicates, predicate_row = _nodes(batch.text, NodeKind.PREDICATE)
        phrases = _text_things(batch.text, predicates, EdgeKind.PREDICATE_ATTRIBUTE, text, words)
        ends = _at(object_row, batch.text.anchor[predicates])
        track_ends = _at(tracks.row_of_track, torch.stack([events.subject, events.target], 1))
        ends_track = _ends_named(object_track, ends, track_ends)
        event_text = phrases.names(phrases) & _ends_named(object_text, ends, ends)
        event_label = phrases.names(_visual_events(batch.video, events, video, words)) & ends_track
        linked = predicate_row[batch.predicate_link[0]], row_of(events.track, batch.video)[batch.predicate_link[1]]
        return cls(
            objects=objects,
            predicates=predicates,
            object_row=object_row,
            predicate_row=predicate_row,
            object_text=object_text,
            object_label=object_label,
            object_track=object_track,
            event_text=event_text,
            event_track=event_label | _by_link(event_text, *linked, len(events.track)),
            ends_track=ends_track,
        )


@dataclass(frozen=True, kw_only=True)
class _Things:
    """Things by their word and by the words that modify them, as numbers that text and video share."""

    word: Int[Tensor, " things"]
    modifiers: Float[Tensor, "things words"]  # 0 or 1

    def names(self, other: "_Things") -> Bool[Tensor, "things others"]:
        missing = self.modifiers @ (1 - other.modifiers).T
        return (self.word[:, None] == other.word) & (missing == 0)


def _shared_words(batch: HolisticBatch) -> tuple[Int[Tensor, " text_labels"], Int[Tensor, " video_labels"], int]:
    """For each label of the text and of the video its number in one vocabulary, and the size of that."""
    sides = [[label.lower() for label in graph.labels] for graph in (batch.text, batch.video)]
    number = {label: index for index, label in enumerate(dict.fromkeys(sides[0] + sides[1]))}
    text, video = (
        torch.tensor([number[label] for label in side], dtype=torch.long, device=batch.text.node_kind.device)
        for side in sides
    )
    return text, video, len(number)


def _nodes(graph: GraphBatch, kind: NodeKind) -> tuple[Int[Tensor, " things"], Int[Tensor, " nodes"]]:
    """The nodes of a kind, and for every node its row among them or -1."""
    nodes = graph.is_kind(kind).nonzero().squeeze(1)
    rows = torch.full_like(graph.node_kind, -1)
    rows[nodes] = torch.arange(len(nodes), device=rows.device)
    return nodes, rows


def _modifiers(
    graph: GraphBatch, kind: EdgeKind, row: Int[Tensor, " nodes"], things: int, word: Int[Tensor, " labels"], words: int
) -> Float[Tensor, "things words"]:
    """How many edges of a kind join each thing to each word; ``row`` says which thing a node is, -1 for none."""
    owner, modifier = graph.edge_index[:, graph.edge_type == edge_type(kind)]
    kept = row[owner] >= 0
    owner, modifier = owner[kept], modifier[kept]
    count = torch.zeros(things, words, device=row.device)
    place = row[owner], word[graph.label_index[modifier]]
    return count.index_put(place, torch.ones_like(owner, dtype=count.dtype), accumulate=True)


def _text_things(
    text: GraphBatch, nodes: Int[Tensor, " things"], kind: EdgeKind, word: Int[Tensor, " labels"], words: int
) -> _Things:
    row = torch.full_like(text.node_kind, -1)
    row[nodes] = torch.arange(len(nodes), device=row.device)
    count = _modifiers(text, kind, row, len(nodes), word, words)
    return _Things(word=word[text.label_index[nodes]], modifiers=(count > 0).float())


def _visual_objects(video: GraphBatch, tracks: ObjectTracks, word: Int[Tensor, " labels"], words: int) -> _Things:
    """A track goes by its label most often seen, by confidence, and by the attributes seen half of the time."""
    nodes = (tracks.row >= 0).nonzero().squeeze(1)
    row = tracks.row[nodes]
    votes = torch.zeros(len(tracks.track), words, device=row.device)
    votes = votes.index_put((row, word[video.label_index[nodes]]), video.confidence[nodes].float(), accumulate=True)
    times = torch.bincount(row, minlength=len(tracks.track))
    count = _modifiers(video, EdgeKind.ATTRIBUTE, tracks.row, len(tracks.track), word, words)
    label = votes.argmax(1) if words else row
    return _Things(word=label, modifiers=(2 * count >= times[:, None]).float())


def _visual_events(video: GraphBatch, events: PredicateTracks, word: Int[Tensor, " labels"], words: int) -> _Things:
    """All occurrences of a predicate track have one label; its modifiers are those seen half of the time."""
    row = row_of(events.track, video)[video.track_index]
    count = _modifiers(video, EdgeKind.PREDICATE_ATTRIBUTE, row, len(events.track), word, words)
    times = (events.node >= 0).sum(1)
    return _Things(word=word[events.label_index], modifiers=(2 * count >= times[:, None]).float())


def _by_link(
    names: Bool[Tensor, "things things"], row: Int[Tensor, " links"], column: Int[Tensor, " links"], tracks: int
) -> Bool[Tensor, "things tracks"]:
    """A thing names a track if it names a thing that is linked to the track."""
    linked = torch.zeros(len(names), tracks, device=names.device)
    linked[row, column] = 1.0
    return names.float() @ linked > 0


def _at(values: Int[Tensor, " values"], index: Int[Tensor, "items 2"]) -> Int[Tensor, "items 2"]:
    """Values at an index, -1 at -1."""
    return torch.where(index >= 0, values[index], -1)


def _ends_named(
    names: Bool[Tensor, "objects things"], ends: Int[Tensor, "events 2"], others: Int[Tensor, "others 2"]
) -> Bool[Tensor, "events others"]:
    """Whether the subject and the object of each event, where it has one, name those of each other event."""
    named = torch.ones(len(ends), len(others), dtype=torch.bool, device=names.device)
    for end, other in zip(ends.T, others.T, strict=True):
        both = (end[:, None] >= 0) & (other >= 0)
        named = named & ((end < 0)[:, None] | (both & _pairs(names, end, other)))
    return named


def _pairs(
    names: Bool[Tensor, "objects things"], row: Int[Tensor, " rows"], column: Int[Tensor, " columns"]
) -> Bool[Tensor, "rows columns"]:
    """Every pair of a row and a column; where an index is -1 the value means nothing."""
    if not names.numel():
        return torch.zeros(len(row), len(column), dtype=torch.bool, device=names.device)
    return names[row[:, None], column[None]]


@dataclass(frozen=True, kw_only=True)
class BatchIndex:
    """What both losses look up in a batch; it depends on the graphs only and can serve several losses."""

    objects: ObjectTracks
    predicates: PredicateTracks
    names: Names

    @classmethod
    def of(cls, batch: HolisticBatch) -> "BatchIndex":
        """Read it off a batch."""
        objects, predicates = ObjectTracks.of(batch.video), PredicateTracks.of(batch.video)
        return cls(objects=objects, predicates=predicates, names=Names.of(batch, objects, predicates))

"""Zero-shot scoring of predicates by a CLIP-like model: which sentence fits the picture of a pair (our definition).

The union of two boxes is cut out and compared with sentences "a photo of a person riding a horse". A bare cosine has no
zero and some sentences fit every picture, so that

1. from each score that of an empty picture is taken (content-free calibration, Zhao et al. 2021);
2. all sentences of a pair, both ways round, share one softmax with what explains the picture without any of them: "a
   photo of a person and a horse", and the words that the boxes give already (on, behind, near …);
3. the temperature of that softmax is fitted, video by video, on what the boxes know: where they say that a thing is
   above another, the model is asked whether it is above or below. A model that cannot tell is softened, up to
   ``SOFTEST`` times; it is never sharpened.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from finsta.graphs.dynamic import Box, DynamicSceneGraph, FrameGraph, VisualNode
from finsta.graphs.scene_graph import Edge, EdgeKind, NodeKind
from finsta.shapes import Array, Float
from finsta.video.predicates.picture_text import PictureTextModel, open_picture_text_model
from finsta.video.predicates.vocabulary import OPPOSITE, PHRASES, SPATIAL, askable
from finsta.video.region_encoders.pictures import Picture, crop

LEAST = 0.35
"""Chance that a predicate must have; it must also beat every other sentence of its pair."""

MOST_PAIRS = 8
"""Pairs of a key frame that are looked at, the nearest first."""

NEAR = 0.5
"""Gap of two boxes, in mean sizes, within which a pair is looked at."""

SOFTEST = 4.0
TEMPERATURES = (1.0, 1.25, 1.5, 2.0, 2.5, 3.0, SOFTEST)

DOUBT = 2.0
"""Questions that count for a temperature of 2 before any is asked: a few answers prove little."""


@dataclass(frozen=True, kw_only=True, eq=False)
class _Pair:
    """Two objects of a key frame, by node, and the spatial words that are said of them."""

    frame: int
    first: int
    second: int
    contact: bool
    said: tuple[tuple[int, str, int], ...]


class ZeroShotPredicates:
    """Adds to a video graph the predicates that a model of pictures and sentences sees.

    Args:
        model: See :class:`PictureTextModel`.
        least: Chance that a predicate must have.
    """

    def __init__(self, model: PictureTextModel, *, least: float = LEAST) -> None:
        self.model, self.least, self.name = model, least, model.name

    def add(self, graph: DynamicSceneGraph, images: Sequence[Picture]) -> DynamicSceneGraph:
        """The graph with a predicate more for each pair where a sentence wins.

        Args:
            graph: With its spatial relations.
            images: The pictures of its key frames.

        Raises:
            ValueError: if there are not as many pictures as key frames.
        """
        if len(images) != len(graph.frames):
            raise ValueError(f"expected a picture for each of {len(graph.frames)} key frames, found {len(images)}")
        pairs = [pair for index, frame in enumerate(graph.frames) for pair in _pairs(frame, index, graph)]
        asked = [(pair, self._questions(graph.frames[pair.frame], pair)) for pair in pairs]
        asked = [(pair, questions) for pair, questions in asked if any(word for _, word, _, _ in questions)]
        crops = [_union(images[pair.frame], graph.frames[pair.frame], pair) for pair, _ in asked]
        temperature = self._temperature(graph, asked, crops)
        found: dict[int, list[tuple[int, str, int, float]]] = {}
        for (pair, questions), picture in zip(asked, crops, strict=True):
            scores = self._scores(picture, [text for *_, text in questions]) / temperature
            chances = np.exp(scores - scores.max())
            chances /= chances.sum()
            best = int(chances.argmax())
            subject, word, target, _ = questions[best]
            if word is not None and chances[best] >= self.least:
                found.setdefault(pair.frame, []).append((subject, word, target, float(chances[best])))
        frames = tuple(_extended(frame, found.get(index, [])) for index, frame in enumerate(graph.frames))
        return replace(graph, frames=frames)

    @staticmethod
    def _questions(frame: FrameGraph, pair: _Pair) -> list[tuple[int, str | None, int, str]]:
        """Subject, predicate (none for what explains the picture without one), object, sentence."""
        first, second = (frame.nodes[index].label for index in (pair.first, pair.second))
        found: list[tuple[int, str | None, int, str]] = [
            (pair.first, None, pair.second, f"a photo of {_a(first)} and {_a(second)}"),
            *(
                (s, None, o, _sentence(frame.nodes[s].label, SPATIAL[word], frame.nodes[o].label))
                for s, word, o in pair.said
            ),
        ]
        for subject, target in ((pair.first, pair.second), (pair.second, pair.first)):
            labels = frame.nodes[subject].label, frame.nodes[target].label
            words = askable(*labels, contact=pair.contact)
            found += [(subject, word, target, _sentence(labels[0], PHRASES[word], labels[1])) for word in words]
        return found

    def _scores(self, picture: Picture, texts: Sequence[str]) -> Float[Array, " texts"]:
        """How much better each sentence fits than it fits an empty picture."""
        found = self.model.similarity([picture, np.full_like(picture, 127)], texts)
        return np.asarray(found[0] - found[1], np.float64)

    def _temperature(
        self,
        graph: DynamicSceneGraph,
        asked: Sequence[tuple[_Pair, list[tuple[int, str | None, int, str]]]],
        crops: Sequence[Picture],
    ) -> float:
        """The softening with which the model answers best what the boxes know."""
        margins = []
        for (pair, _), picture in zip(asked, crops, strict=True):
            nodes = graph.frames[pair.frame].nodes
            for subject, word, target in pair.said:
                if word in OPPOSITE:
                    texts = [
                        _sentence(nodes[subject].label, SPATIAL[other], nodes[target].label)
                        for other in (word, OPPOSITE[word])
                    ]
                    right, wrong = self._scores(picture, texts)
                    margins.append(float(right - wrong))
        return fitted_temperature(margins)


def fitted_temperature(margins: Sequence[float]) -> float:
    """The one of ``TEMPERATURES`` with the least log loss on questions of which the boxes know the answer.

    Args:
        margins: Score of the right sentence minus that of the wrong one, for each question.
    """
    losses = {t: _loss(margins, t) + DOUBT * abs(np.log(t / 2.0)) for t in TEMPERATURES}
    return min(losses, key=lambda t: losses[t])


def _loss(margins: Sequence[float], temperature: float) -> float:
    """Log loss of the right answers, in nats, summed."""
    return float(np.logaddexp(0.0, -np.array(margins) / temperature).sum()) if margins else 0.0


def _sentence(subject: str, words: str, target: str) -> str:
    return f"a photo of {_a(subject)} {words} {_a(target)}"


def _a(noun: str) -> str:
    return f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}"


def _pairs(frame: FrameGraph, index: int, graph: DynamicSceneGraph) -> Iterator[_Pair]:
    """The nearest pairs of objects of a key frame."""
    aspect = graph.video.width / graph.video.height
    boxes = {place: node.box for place, node in enumerate(frame.nodes) if node.box is not None}
    places = sorted(boxes)
    gaps = {
        (first, second): _gap(boxes[first], boxes[second], aspect)
        for first in places
        for second in places
        if first < second
    }
    near = sorted((pair for pair, gap in gaps.items() if gap <= NEAR), key=lambda pair: (gaps[pair], pair))
    for first, second in near[:MOST_PAIRS]:
        said = tuple(
            (subject, node.label, target)
            for place, node in enumerate(frame.nodes)
            if node.kind is NodeKind.PREDICATE and node.label in SPATIAL
            for subject, target in [frame.ends(place)]
            if subject is not None and target is not None and {subject, target} == {first, second}
        )
        yield _Pair(frame=index, first=first, second=second, contact=gaps[first, second] == 0.0, said=said)


def _gap(first: Box, second: Box, aspect: float) -> float:
    """Distance between two boxes in mean sizes; 0 where they overlap."""
    across = max(first[0] - second[2], second[0] - first[2], 0.0) * aspect
    along = max(first[1] - second[3], second[1] - first[3], 0.0)
    areas = [max((box[2] - box[0]) * (box[3] - box[1]) * aspect, 1e-9) for box in (first, second)]
    return float(np.hypot(across, along) / (sum(area**0.5 for area in areas) / 2))


def _union(image: Picture, frame: FrameGraph, pair: _Pair) -> Picture:
    boxes = [frame.nodes[index].box for index in (pair.first, pair.second)]
    corners = np.array([box for box in boxes if box is not None])
    return crop(image, np.concatenate([corners[:, :2].min(0), corners[:, 2:].max(0)]))


def _extended(frame: FrameGraph, found: Sequence[tuple[int, str, int, float]]) -> FrameGraph:
    """The key frame with predicates more, except those that it has."""
    nodes, edges = list(frame.nodes), list(frame.edges)
    known = {(node.label, *frame.ends(place)) for place, node in enumerate(nodes) if node.kind is NodeKind.PREDICATE}
    for subject, word, target, chance in found:
        if (word, subject, target) in known:
            continue
        trust = (nodes[subject].confidence * nodes[target].confidence) ** 0.5
        sure = round(min(chance * trust, 1.0), 4)
        edges.append(Edge(source=subject, target=len(nodes), kind=EdgeKind.SUBJECT, confidence=sure))
        edges.append(Edge(source=len(nodes), target=target, kind=EdgeKind.OBJECT, confidence=sure))
        nodes.append(VisualNode(kind=NodeKind.PREDICATE, label=word, confidence=sure))
    return replace(frame, nodes=tuple(nodes), edges=tuple(edges))


def open_predicate_model(spec: str) -> ZeroShotPredicates:
    """Open a model by name; see :func:`.picture_text.open_picture_text_model` for the names and errors."""
    return ZeroShotPredicates(open_picture_text_model(spec))

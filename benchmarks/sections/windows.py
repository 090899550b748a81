"""PTC over a long video, forward and backward, beside the loop over windows."""

from collections.abc import Callable

import torch
from torch.nn import functional

from finsta.alignment.names import BatchIndex
from finsta.alignment.search import WindowRules
from finsta.alignment.temporal import window_loss
from finsta.graphs.collate import holistic_batch
from finsta.graphs.dynamic import DynamicSceneGraph, FrameGraph, VideoInfo, VisualNode
from finsta.graphs.holistic import HolisticSceneGraph, Link
from finsta.graphs.scene_graph import Edge, EdgeKind, NodeKind, TextNode, TextualSceneGraph
from measuring import Row, Settings, alternate

WIDTH, TEMPERATURE = 256, 0.07
VERBS = ("push", "follow", "circle", "pass", "touch", "leave")
EVERY = 16
"""The loop is timed on one track and on every 16th first key frame; its time grows with the windows, and is scaled."""


def pair(frames: int, tracks: int, predicates: int) -> HolisticSceneGraph:
    """A video whose things stand in a ring, each related to its neighbours now and then, and a text of some of it."""
    things = tracks // 2
    ends = [(n % things, (n + 1 + n // things) % things, VERBS[n % len(VERBS)]) for n in range(tracks)]
    graphs = []
    for index in range(frames):
        nodes = [
            VisualNode(kind=NodeKind.OBJECT, label=f"thing{n}", box=(0.1, 0.1, 0.3, 0.3), track=n)
            for n in range(things)
        ]
        edges = []
        for number, (subject, target, verb) in enumerate(ends):
            if (index // 16 + number) % 3 == 0:
                edges.append(Edge(source=subject, target=len(nodes), kind=EdgeKind.SUBJECT))
                edges.append(Edge(source=len(nodes), target=target, kind=EdgeKind.OBJECT))
                nodes.append(VisualNode(kind=NodeKind.PREDICATE, label=verb))
        graphs.append(FrameGraph(time=float(index), nodes=tuple(nodes), edges=tuple(edges)))
    info = VideoInfo(
        path="clip", duration=float(frames), width=64, height=64, frames_per_second=1.0, frame_count=frames
    )
    words = tuple(TextNode(kind=NodeKind.PREDICATE, label=verb, lemma=verb) for verb in VERBS[:predicates])
    links = []
    for node in range(predicates):
        subject, target, verb = ends[node]
        start = 16.0 * (-node % 3)
        links.append(
            Link(
                text_node=node,
                subject_track=subject,
                object_track=target,
                label=verb,
                interval=(start, start + 15),
                similarity=1.0,
            )
        )
    video = DynamicSceneGraph(video=info, frames=tuple(graphs))
    return HolisticSceneGraph(text=TextualSceneGraph(text="", nodes=words), video=video, links=tuple(links))


def ours(frames: int, tracks: int, predicates: int) -> Callable[[], object]:
    """All of PTC: search, masks, both directions."""
    batch = holistic_batch([pair(frames, tracks, predicates)])
    index = BatchIndex.of(batch)
    text, states = inputs(batch.text.num_nodes, len(index.predicates.track), frames)

    def run() -> torch.Tensor:
        text.grad = states.grad = None
        report = window_loss(text, states, batch, index=index, temperature=TEMPERATURE, rules=WindowRules())
        report.loss.backward()
        return report.loss

    return run


def looped(frames: int) -> list[tuple[int, int]]:
    """The windows that the loop is timed on."""
    return [(first, last) for first in range(EVERY // 2, frames, EVERY) for last in range(first, frames)]


def loop(frames: int, predicates: int) -> Callable[[], object]:
    """The cosines of windows of one track with all text predicates, window by window, and a loss over them."""
    text, states = inputs(predicates, 1, frames)
    windows = looped(frames)

    def run() -> torch.Tensor:
        text.grad = states.grad = None
        scores = []
        for first, last in windows:
            pooled = states[0, first : last + 1].mean(0)
            scores.append(functional.cosine_similarity(text, pooled[None]))
        logits = torch.stack(scores, 1) / TEMPERATURE
        loss = (logits.logsumexp(1) - logits.amax(1)).mean()
        loss.backward()
        return loss

    return run


def inputs(texts: int, tracks: int, frames: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Random states that want gradients."""
    generator = torch.Generator().manual_seed(0)
    text = torch.randn(texts, WIDTH, generator=generator).requires_grad_()
    states = torch.randn(tracks, frames, WIDTH, generator=generator).requires_grad_()
    return text, states


def rows(settings: Settings) -> list[Row]:
    """How many times faster, at 256 key frames, 40 predicate tracks and 6 text predicates."""
    frames, tracks, predicates = (16, 8, 3) if settings.quick else (256, 40, 6)
    work = {"ours": ours(frames, tracks, predicates), "loop": loop(frames, predicates)}
    times = alternate(work, rounds=1 if settings.quick else 3)
    windows = tracks * frames * (frames + 1) // 2
    factor = windows / len(looped(frames))
    return [
        Row(
            what=f"PTC, {frames} key frames, {tracks} tracks, {predicates} text predicates, forward + backward: "
            "times faster",
            ours=f"{times.median('ours'):.2f} s",
            other=f"loop over {windows:,} windows: {factor * times.median('loop'):.0f} s ({times.median('loop'):.2f} s "
            f"for one in {factor:.0f})",
            ratio=factor * times.ratio("loop", "ours"),
            wanted="≥ 20",
        )
    ]

"""Claims that hold for any graph, over graphs that hypothesis chooses."""

from dataclasses import replace
from itertools import pairwise

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from finsta.encoders.graph_encoder import EncodedGraphs
from finsta.encoders.streaming import frames_between, holistic_frames_between
from finsta.graphs.batch import HolisticBatch
from finsta.graphs.collate import holistic_batch
from tests.encoders.setup import TINY, doubled_holistic, encoder, features
from tests.encoders.test_graph_encoder import PARTS, close, rows
from tests.graph_samples import sample_holistic_graph

MODULES = {recurrence: encoder(replace(TINY, recurrence=recurrence)) for recurrence in ("sequential", "scan")}
few = settings(max_examples=7, deadline=None, derandomize=True, database=None)

graphs = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 10**6),
        "frames": st.integers(0, 12),
        "tracks": st.integers(0, 5),
        "clauses": st.integers(0, 3),
        "cut": st.booleans(),
    }
)


def batch_of(*chosen: dict[str, int]) -> HolisticBatch:
    return doubled_holistic(holistic_batch([sample_holistic_graph(**sizes) for sizes in chosen]))


@few
@given(graph=graphs, cuts=st.sets(st.integers(1, 11)), recurrence=st.sampled_from(sorted(MODULES)))
def test_a_stream_cut_anywhere_gives_what_the_whole_gives(graph, cuts, recurrence):
    batch = batch_of(graph)
    text, video = features(batch)
    whole, state = MODULES[recurrence](batch, text, video), None
    ends = [0, *sorted(cuts), 12]
    for start, stop in pairwise(ends):
        of_video, of_union = (frames_between(part, start, stop)[1] for part in (batch.video, batch.union))
        piece = holistic_frames_between(batch, start, stop)
        out, state = MODULES[recurrence].stream(piece, text, rows(video, of_video), state)
        close(out, EncodedGraphs(text=whole.text, video=whole.video[of_video], union=whole.union[of_union]))


@few
@given(chosen=st.lists(graphs, min_size=2, max_size=3), recurrence=st.sampled_from(sorted(MODULES)))
def test_any_batch_gives_what_its_graphs_give_one_by_one(chosen, recurrence):
    batch = batch_of(*chosen)
    text, video = features(batch)
    together = MODULES[recurrence](batch, text, video)
    for index, graph in enumerate(chosen):
        inside = {part: getattr(batch, part).graph_index == index for part in PARTS}
        alone = MODULES[recurrence](batch_of(graph), rows(text, inside["text"]), rows(video, inside["video"]))
        close(alone, EncodedGraphs(**{part: getattr(together, part)[inside[part]] for part in PARTS}))


@few
@given(graph=graphs)
def test_gradients_are_finite_for_any_graph(graph):
    batch = batch_of(graph)
    module = MODULES["scan"]
    module.zero_grad()
    out = module(batch, *features(batch))
    sum(getattr(out, part).square().sum() for part in PARTS).backward()
    assert all(torch.isfinite(p.grad).all() for p in module.parameters() if p.grad is not None)

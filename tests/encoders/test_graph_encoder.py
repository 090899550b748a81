from dataclasses import replace
from itertools import pairwise

import pytest
import torch

from finsta.config import EncoderConfig
from finsta.encoders.embedding import NodeFeatures
from finsta.encoders.graph_encoder import EncodedGraphs, GraphEncoder
from finsta.encoders.streaming import frames_between, holistic_frames_between
from finsta.errors import InputError
from finsta.graphs.batch import GraphBatch, HolisticBatch
from finsta.graphs.collate import holistic_batch
from tests.encoders.setup import TINY, assert_same_function, doubled_holistic, encoder, features
from tests.graph_samples import empty_holistic_graph, renumbered, sample_batch, sample_holistic_graph
from tests.reference import encoders as reference

PARTS = ("text", "video", "union")
both = pytest.mark.parametrize("recurrence", ["sequential", "scan"])


@pytest.fixture(scope="module")
def batch() -> HolisticBatch:
    return doubled_holistic(sample_batch(2, frames=6, tracks=3))


def close(found: EncodedGraphs, expected: EncodedGraphs, **tolerance: float) -> None:
    for part in PARTS:
        torch.testing.assert_close(getattr(found, part), getattr(expected, part), **tolerance)


def rows(given: NodeFeatures, kept: torch.Tensor) -> NodeFeatures:
    return NodeFeatures(label=given.label[kept], region=given.region[kept])


@both
def test_encoder_equals_its_loop_written_twin_in_value_and_gradient(recurrence):
    batch = doubled_holistic(sample_batch(1, frames=4, tracks=3))
    module = encoder(replace(TINY, recurrence=recurrence))
    text, video = features(batch)

    def run(label: torch.Tensor) -> torch.Tensor:
        out = module(batch, replace(text, label=label), video)
        return torch.cat([out.text, out.video, out.union])

    def twin(label: torch.Tensor) -> torch.Tensor:
        return torch.cat(reference.graph_encoder(module, batch, replace(text, label=label), video))

    assert_same_function(run, twin, text.label, module)


def test_streams_are_arranged_as_in_the_paper():
    module = encoder(replace(TINY, layers=3))
    assert [len(module.text.layers), len(module.video.recurrent), len(module.video.motion)] == [3, 3, 2]
    assert [len(module.union.recurrent), len(module.union.motion)] == [3, 2]
    assert module.union is not module.video
    shared = encoder(replace(TINY, share_video_layers=True))
    assert shared.union is shared.video
    assert len(encoder(replace(TINY, gaussian_differential=False)).video.motion) == 0


def test_every_parameter_but_the_withheld_labels_receives_a_gradient(batch):
    module = encoder()
    out = module(batch, *features(batch))
    weights = [torch.randn(getattr(out, part).shape, dtype=torch.float64) for part in PARTS]
    sum((getattr(out, part) * weight).sum() for part, weight in zip(PARTS, weights, strict=True)).backward()
    without = [name for name, p in module.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    assert without == []
    assert all(p.grad.isfinite().all() for p in module.parameters())


def test_each_stream_reads_what_it_should(batch):
    module = encoder()
    text, video = features(batch)
    out = module(batch, text, video)
    words = module(batch, replace(text, label=-text.label), video)
    pixels = module(batch, text, replace(video, region=-video.region))
    assert torch.equal(words.video, out.video)
    assert torch.equal(pixels.text, out.text)
    assert not torch.allclose(words.union, out.union)
    assert not torch.allclose(pixels.union, out.union)


@both
def test_a_batch_gives_what_its_graphs_give_one_by_one(recurrence):
    graphs = [
        sample_holistic_graph(0),
        empty_holistic_graph(),
        sample_holistic_graph(1, frames=1),
        sample_holistic_graph(2),
    ]
    batch = doubled_holistic(holistic_batch(graphs))
    text, video = features(batch)
    module = encoder(replace(TINY, recurrence=recurrence))
    together = module(batch, text, video)
    found = {part: [] for part in PARTS}
    for index, graph in enumerate(graphs):
        single = doubled_holistic(holistic_batch([graph]))
        mine = [rows(text, batch.text.graph_index == index), rows(video, batch.video.graph_index == index)]
        out = module(single, *mine)
        for part in PARTS:
            found[part].append(getattr(out, part))
    close(together, EncodedGraphs(**{part: torch.cat(outs) for part, outs in found.items()}))


@both
def test_node_numbering_does_not_matter(recurrence, batch):
    module, (text, video) = encoder(replace(TINY, recurrence=recurrence)), features(batch)
    generator = torch.Generator().manual_seed(0)
    orders = {part: torch.randperm(getattr(batch, part).num_nodes, generator=generator) for part in PARTS}
    moved = {part: renumbered(getattr(batch, part), orders[part]) for part in PARTS}
    place = {part: order.argsort() for part, order in orders.items()}
    origin = moved["union"].origin
    visual = moved["union"].modality == 1
    origin = torch.where(visual, place["video"][origin.clamp_max(len(place["video"]) - 1)], 0) + torch.where(
        visual, 0, place["text"][origin.clamp_max(len(place["text"]) - 1)]
    )
    other = replace(batch, **moved | {"union": replace(moved["union"], origin=origin)})
    found = module(other, rows(text, orders["text"]), rows(video, orders["video"]))
    expected = module(batch, text, video)
    close(found, EncodedGraphs(**{part: getattr(expected, part)[orders[part]] for part in PARTS}))


@both
def test_a_later_key_frame_changes_nothing_before_it(recurrence, batch):
    module, (text, video) = encoder(replace(TINY, recurrence=recurrence)), features(batch)
    later = batch.video.frame_index >= 3
    center = torch.where(later[:, None], 1 - batch.video.center, batch.video.center)
    of_union = torch.where(
        ((batch.union.modality == 1) & (batch.union.frame_index >= 3))[:, None],
        1 - batch.union.center,
        batch.union.center,
    )
    other = replace(batch, video=replace(batch.video, center=center), union=replace(batch.union, center=of_union))
    changed = module(other, text, replace(video, region=torch.where(later[:, None], -video.region, video.region)))
    out = module(batch, text, video)
    early = batch.union.frame_index < 3
    assert torch.equal(changed.video[~later], out.video[~later])
    assert torch.equal(changed.union[early], out.union[early])
    assert not torch.allclose(changed.union[~early], out.union[~early])


@both
@pytest.mark.parametrize("cuts", [[0, 6], [0, 1, 2, 3, 4, 5, 6], [0, 4, 6]])
def test_pieces_of_a_stream_give_what_the_whole_gives(recurrence, batch, cuts):
    module, (text, video) = encoder(replace(TINY, recurrence=recurrence, layers=3)), features(batch)
    whole, state = module(batch, text, video), None
    for start, stop in pairwise(cuts):
        piece = holistic_frames_between(batch, start, stop)
        piece.video.validate()
        piece.union.validate()
        of_video, of_union = (frames_between(part, start, stop)[1] for part in (batch.video, batch.union))
        out, state = module.stream(piece, text, rows(video, of_video), state)
        state = state.detach()
        close(out, EncodedGraphs(text=whole.text, video=whole.video[of_video], union=whole.union[of_union]))


def test_a_piece_of_a_video_holds_its_nodes_edges_and_pasts_and_no_others(batch):
    whole = batch.video
    piece, kept = frames_between(whole, 2, 4)
    assert set(piece.frame_index.tolist()) == {2, 3}
    assert len(kept) == int(((whole.frame_index >= 2) & (whole.frame_index < 4)).sum())
    edges = {tuple(edge) for edge in kept[piece.edge_index].T.tolist()}
    assert edges == {tuple(edge) for edge in whole.edge_index.T.tolist() if edge[1] in set(kept.tolist())}
    for node, previous in zip(kept.tolist(), piece.previous.tolist(), strict=True):
        old = int(whole.previous[node])
        assert (previous == -1 and old not in kept.tolist()) or int(kept[previous]) == old


@pytest.mark.parametrize(
    "graphs", [[empty_holistic_graph()], [sample_holistic_graph(0, frames=0)]], ids=["all", "video"]
)
def test_empty_graphs_give_empty_states(graphs):
    batch = doubled_holistic(holistic_batch(graphs))
    out = encoder()(batch, *features(batch))
    assert [len(getattr(out, part)) for part in PARTS] == [getattr(batch, part).num_nodes for part in PARTS]
    assert all(getattr(out, part).isfinite().all() for part in PARTS)


def test_the_same_seed_gives_the_same_states_with_dropout_too(batch):
    config = replace(TINY, dropout=0.3, label_dropout=0.5)

    def run() -> EncodedGraphs:
        module = encoder(config)
        torch.manual_seed(5)
        return module(batch, *features(batch))

    close(run(), run(), rtol=0, atol=0)


@both
def test_bfloat16_autocast_stays_near_and_has_finite_gradients(recurrence):
    batch = sample_batch(2)
    torch.manual_seed(0)
    module = GraphEncoder(replace(TINY, recurrence=recurrence), label_dim=6, region_dim=5)
    expected = module(batch, *features(batch))
    with torch.autocast("cpu", torch.bfloat16):
        out = module(batch, *features(batch))
    close(out, expected, atol=0.1, rtol=0.1)
    (out.union.square().sum() + out.text.sum()).backward()
    assert all(p.grad.isfinite().all() for p in module.parameters() if p.grad is not None)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"heads": 3}, "heads must divide the width, found width 8 and 3 heads"),
        ({"layers": 0}, "encoder.layers must be at least 1, found 0"),
        ({"dropout": 1.5}, r"encoder.dropout is a chance and must lie in \[0, 1\], found 1.5"),
    ],
)
def test_sizes_that_cannot_be_used_are_refused(wrong, message):
    with pytest.raises(InputError, match=message):
        GraphEncoder(replace(TINY, **wrong), label_dim=6, region_dim=5)


def test_states_stay_tied_to_their_graph(batch):
    # Turning the second graph's features around leaves the first graph's states alone.
    module, (text, video) = encoder(), features(batch)

    def flip(given: NodeFeatures, graphs: GraphBatch) -> NodeFeatures:
        sign = torch.where(graphs.graph_index == 1, -1.0, 1.0)[:, None]
        return NodeFeatures(label=given.label * sign, region=given.region * sign)

    found, expected = module(batch, flip(text, batch.text), flip(video, batch.video)), module(batch, text, video)
    for part in PARTS:
        first = getattr(batch, part).graph_index == 0
        assert torch.equal(getattr(found, part)[first], getattr(expected, part)[first])
        assert not torch.allclose(getattr(found, part)[~first], getattr(expected, part)[~first])


def test_the_default_config_is_the_small_preset():
    from finsta.presets import small

    assert small() == EncoderConfig()


@pytest.mark.parametrize(("name", "millions"), [("small", 8.1), ("base", 31.6), ("paper", 86.1)])
def test_presets_have_the_size_that_the_documents_state(name, millions):
    from finsta import presets

    with torch.device("meta"):
        module = GraphEncoder(getattr(presets, name)(), label_dim=512, region_dim=512)
    assert round(sum(p.numel() for p in module.parameters()) / 1e6, 1) == millions

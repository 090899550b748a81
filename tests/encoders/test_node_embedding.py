from dataclasses import replace

import pytest
import torch

from finsta.encoders.embedding import NodeEmbedding, NodeFeatures, time_waves
from finsta.errors import InputError
from finsta.graphs.batch import HolisticBatch
from finsta.graphs.collate import video_batch
from tests.encoders.setup import WIDTH, doubled, doubled_holistic, features, stirred
from tests.graph_samples import sample_batch, tracks_graph
from tests.reference import encoders as reference


@pytest.fixture(scope="module")
def batch() -> HolisticBatch:
    return doubled_holistic(sample_batch(2))


def embedding(label_dropout: float) -> NodeEmbedding:
    torch.manual_seed(0)
    return stirred(NodeEmbedding(WIDTH, label_dim=6, region_dim=5, label_dropout=label_dropout))


@pytest.mark.parametrize("withheld", [False, True])
def test_embedding_equals_its_loop_written_twin(batch, withheld):
    module = embedding(float(withheld))
    module.train(withheld)
    for graphs, given in zip((batch.text, batch.video), features(batch), strict=True):
        found = module(graphs, module.content(graphs, given))
        content = [reference.node_content(module, graphs, given, n, withheld=withheld) for n in range(graphs.num_nodes)]
        expected = torch.stack([reference.node_embedding(module, graphs, n, row) for n, row in enumerate(content)])
        torch.testing.assert_close(found, expected, atol=1e-9, rtol=1e-9)


@pytest.mark.parametrize("training", [True, False])
def test_at_a_rate_of_one_visual_labels_are_never_read(batch, training):
    module, (_, video) = embedding(1.0).train(training), features(batch)
    other = replace(video, label=-video.label)
    assert torch.equal(module.content(batch.video, video), module.content(batch.video, other))


def test_text_labels_are_always_read(batch):
    module, (text, _) = embedding(1.0), features(batch)
    other = replace(text, label=-text.label)
    assert (module.content(batch.text, text) != module.content(batch.text, other)).any(1).all()


def test_below_a_rate_of_one_labels_are_withheld_in_training_only_and_by_track(batch):
    module, (_, video) = embedding(0.5), features(batch)
    other = replace(video, label=-video.label)

    def read() -> torch.Tensor:
        torch.manual_seed(3)
        one = module.content(batch.video, video)
        torch.manual_seed(3)
        return (one != module.content(batch.video, other)).any(1)

    seen = read()
    of_tracks = {track: seen[batch.video.track_index == track] for track in range(batch.video.num_tracks)}
    assert all(rows.all() or not rows.any() for rows in of_tracks.values())
    assert 0 < seen.float().mean() < 1
    module.eval()
    assert read().all()


def test_the_scale_of_features_does_not_matter(batch):
    module, (_, video) = embedding(0.0), features(batch)
    large = NodeFeatures(label=1000 * video.label, region=1000 * video.region)
    torch.testing.assert_close(
        module.content(batch.video, large), module.content(batch.video, video), rtol=1e-3, atol=1e-4
    )


def test_box_time_kind_modality_and_confidence_each_tell_nodes_apart():
    batch = doubled(video_batch([tracks_graph([[(0.2, 0.2)]])]))
    module, content = embedding(0.0), torch.zeros(1, WIDTH, dtype=torch.float64)
    others = {
        "box": batch.box + 0.1,
        "time": batch.time + 1,
        "node_kind": batch.node_kind + 1,
        "modality": batch.modality - 1,
        "confidence": batch.confidence - 0.5,
    }
    for name, value in others.items():
        assert not torch.allclose(module(replace(batch, **{name: value}), content), module(batch, content)), name


def test_time_waves_by_hand():
    waves = time_waves(torch.tensor([0.0, 0.125], dtype=torch.float64))
    assert waves.shape == (2, 64)
    assert waves[0].tolist() == [0.0] * 32 + [1.0] * 32
    assert waves[1, [0, 32]].tolist() == pytest.approx([1.0, 0.0])  # a quarter of the shortest period


def test_features_of_another_shape_are_refused_with_the_shape_that_was_expected(batch):
    module, (text, video) = embedding(1.0), features(batch)
    rows = batch.text.num_nodes
    with pytest.raises(InputError, match=f"label features must be {batch.video.num_nodes} nodes × 6, found"):
        module.content(batch.video, text)
    wide = replace(text, region=torch.zeros(rows, 9, dtype=torch.float64))
    with pytest.raises(
        InputError, match=rf"region features must be {rows} nodes × 5, found \[{rows}, 9\]; .*region_dim=9"
    ):
        module.content(batch.text, wide)
    assert video.label.shape == (batch.video.num_nodes, 6)

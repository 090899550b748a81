"""Both losses against their loop-written twins on random graphs."""

import pytest
import torch

from finsta.alignment.spatial import object_spatial_loss
from finsta.alignment.temporal import predicate_temporal_loss
from finsta.graphs.collate import holistic_batch
from tests.graph_samples import sample_holistic_graphs
from tests.reference import alignment as reference
from tests.reference.alignment_in_time import predicate_temporal_loss as slow_predicate_temporal_loss

DIM = 6
CASES = [(0, (1, 6, 4, 2)), (1, (3, 6, 4, 2)), (7, (4, 9, 3, 3)), (3, (2, 1, 3, 2)), (4, (5, 4, 5, 1))]
"""Seed, and pairs, key frames, tracks and clauses."""


def world(seed, count, frames, tracks, clauses):
    graphs = sample_holistic_graphs(count, seed, frames=frames, tracks=tracks, clauses=clauses)
    batch = holistic_batch(graphs)
    generator = torch.Generator().manual_seed(seed)
    text = torch.randn(batch.text.num_nodes, DIM, generator=generator, dtype=torch.float64)
    video = torch.randn(batch.video.num_nodes, DIM, generator=generator, dtype=torch.float64)
    return batch, reference.World(graphs=graphs, text_states=text, video_states=video)


@pytest.mark.parametrize("only_links", [True, False])
@pytest.mark.parametrize(("seed", "shape"), CASES)
def test_object_spatial_loss_is_its_loops(seed, shape, only_links):
    batch, slow = world(seed, *shape)
    report = object_spatial_loss(
        slow.text_states, slow.video_states, batch, temperature=0.2, object_threshold=0.4, only_links=only_links
    )
    loss, accuracy = reference.object_spatial_loss(slow, temperature=0.2, threshold=0.4, only_links=only_links)
    assert float(report.loss) == pytest.approx(loss, abs=1e-6)
    assert report.accuracy == accuracy


@pytest.mark.parametrize("only_links", [True, False])
@pytest.mark.parametrize(("seed", "shape"), CASES)
def test_predicate_temporal_loss_is_its_loops(seed, shape, only_links):
    batch, slow = world(seed, *shape)
    report = predicate_temporal_loss(slow.text_states, slow.video_states, batch, temperature=0.2, only_links=only_links)
    loss, accuracy = slow_predicate_temporal_loss(slow, temperature=0.2, only_links=only_links)
    assert float(report.loss) == pytest.approx(loss, abs=1e-6)
    assert {group: report.accuracy_by[group] for group in accuracy} == pytest.approx(dict(accuracy))

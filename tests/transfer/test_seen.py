"""What the nodes of a graph look like to a host: times of token steps, and colours where there are no tokens."""

import pytest
import torch

from finsta.graphs.collate import holistic_batch
from finsta.transfer.hosts import PooledVideo, VideoEncoding
from finsta.transfer.seen import COLOUR_GRID, COLOURS, colour_tokens, region_width, see_regions, step_times
from tests.graphs.test_batch import PAIR
from tests.hosts.registry import shared_host


def test_steps_that_cover_frames_evenly_stand_at_the_middle_of_their_frames():
    frames = torch.tensor([[0.5, 1.5, 2.5, 3.5], [1.0, 3.0, 5.0, 7.0]])
    assert step_times(frames, 4) is frames
    assert step_times(frames, 2).tolist() == [[1.0, 3.0], [2.0, 6.0]]
    assert step_times(frames, 1).tolist() == [[2.0], [4.0]]
    assert step_times(frames, 3)[0].tolist() == pytest.approx([2 / 3, 2.0, 10 / 3])


def test_a_clip_of_one_frame_has_one_time():
    torch.testing.assert_close(step_times(torch.tensor([[0.7]]), 2), torch.tensor([[0.7, 0.7]]))


def test_colours_are_mean_and_deviation_of_each_cell():
    pixels = torch.zeros(1, 1, 3, 28, 28)
    pixels[0, 0, 0, :2, :2] = torch.tensor([[1.0, 3.0], [3.0, 1.0]])  # the first of 14 × 14 cells
    tokens = colour_tokens(pixels)
    assert tokens.shape == (1, 1, 14 * 14, COLOURS)
    assert tokens[0, 0, 0].tolist() == pytest.approx([2, 0, 0, 1, 0, 0])
    assert not tokens[0, 0, 1:].any()


def test_a_host_without_tokens_is_seen_by_its_colours_and_another_by_its_tokens():
    graphs = holistic_batch([PAIR]).video
    pixels = torch.rand(1, 2, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    times = torch.tensor([[0.5, 1.5]])
    bare = VideoEncoding(pooled=PooledVideo(embedding=torch.zeros(1, 0)), tokens=torch.zeros(1, 2, 0, 0), grid=(0, 0))
    assert see_regions(bare, graphs, frame_times=times, pixels=pixels).shape == (graphs.num_nodes, COLOURS)
    shown = VideoEncoding(pooled=PooledVideo(embedding=torch.zeros(1, 4)), tokens=torch.ones(1, 1, 4, 5), grid=(2, 2))
    found = see_regions(shown, graphs, frame_times=times, pixels=pixels)
    torch.testing.assert_close(found, torch.ones(graphs.num_nodes, 5))


def test_the_width_of_regions_is_known_before_anything_is_seen():
    host = shared_host("videomae")
    assert region_width(host) == host.widths.visual
    assert COLOUR_GRID == (14, 14)

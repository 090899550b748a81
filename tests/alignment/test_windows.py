import pytest
import torch
from torch.nn import functional

from finsta.alignment.tracks import PredicateTracks
from finsta.alignment.windows import (
    WindowLengths,
    all_windows,
    frame_lengths,
    one_window,
    prefix_sums,
    window_lengths,
    window_overlap,
    windows_inside,
    windows_of,
)
from finsta.graphs.collate import video_batch
from tests.alignment.samples import video_of
from tests.graph_samples import sample_dynamic_graph
from tests.reference import alignment_in_time as reference


def test_key_frames_stand_for_half_the_way_to_their_neighbours():
    graphs = [sample_dynamic_graph(seed, frames=frames) for seed, frames in enumerate((9, 6, 1, 3))]
    slow = torch.zeros(4, 9)
    for row, graph in enumerate(graphs):
        slow[row, : len(graph.frames)] = torch.tensor(reference.frame_lengths(graph))
    torch.testing.assert_close(frame_lengths(video_batch(graphs)), slow)


def test_a_batch_without_key_frames_has_no_lengths():
    assert frame_lengths(video_batch([video_of([], frames=0)])).shape == (1, 0)


def test_overlap_is_that_of_the_seconds():
    lengths = torch.tensor([[1.0, 2.0, 3.0]])
    found = window_overlap(lengths, torch.tensor([1]), torch.tensor([2]))[0]
    torch.testing.assert_close(found, torch.tensor([[0, 2 / 6, 5 / 6], [0, 2 / 5, 1.0], [0, 0, 3 / 5]]))


@pytest.mark.parametrize("seed", range(3))
def test_overlap_is_its_loops(seed):
    lengths = torch.rand(1, 5, generator=torch.Generator().manual_seed(seed))
    for first in range(5):
        for last in range(first, 5):
            found = window_overlap(lengths, torch.tensor([first]), torch.tensor([last]))[0]
            slow = [
                [reference.overlap(lengths[0].tolist(), (first, last), (a, b)) if a <= b else 0.0 for b in range(5)]
                for a in range(5)
            ]
            torch.testing.assert_close(found, torch.tensor(slow))


def test_windows_inside_a_window_are_its_pieces():
    found = windows_inside(torch.tensor([1]), torch.tensor([2]), 4)[0]
    assert found.nonzero().tolist() == [[1, 1], [1, 2], [2, 2]]


def test_windows_begin_and_end_where_a_track_is_supported():
    assert windows_of(torch.tensor([[True, False, True]]))[0].int().tolist() == [[1, 0, 1], [0, 0, 0], [0, 0, 1]]


def test_prefix_sums_give_the_cosine_of_every_query_with_the_mean_of_every_window():
    generator = torch.Generator().manual_seed(0)
    query = torch.randn(3, 4, generator=generator, dtype=torch.float64)
    weighted = torch.randn(2, 5, 4, generator=generator, dtype=torch.float64)
    weighted[:, 2] = 0  # a key frame that does not support the track
    prefix, lengths = prefix_sums(query, weighted), window_lengths(weighted)
    scores = all_windows(prefix[:, :], lengths)
    for track in range(2):
        for first in range(5):
            for last in range(first, 5):
                summed = weighted[track, first : last + 1].sum(0)
                expected = (
                    functional.cosine_similarity(query, summed[None]) if summed.any() else torch.zeros(3).double()
                )
                torch.testing.assert_close(scores[:, track, first, last], expected)
    first, last = torch.tensor([[0, 3]] * 3), torch.tensor([[4, 3]] * 3)
    picked = one_window(prefix, WindowLengths(weighted, 1 << 20).one(first, last), first, last)
    torch.testing.assert_close(picked, torch.stack([scores[:, 0, 0, 4], scores[:, 1, 3, 3]], 1))


def test_float32_holds_short_windows_of_long_videos():
    weighted = torch.randn(1, 256, 32, generator=torch.Generator().manual_seed(0))
    exact = weighted.double()
    torch.testing.assert_close(window_lengths(weighted).double(), window_lengths(exact), atol=1e-4, rtol=1e-5)


def test_states_that_cancel_give_a_small_cosine_and_finite_gradients():
    weighted = torch.tensor([[[1.0, 0.0], [-1.0, 0.0]]], requires_grad=True)
    query = torch.tensor([[1.0, 0.0]])
    score = all_windows(prefix_sums(query, weighted), window_lengths(weighted))[0, 0]
    assert score[0].tolist() == [1.0, 0.0]
    score[0, 1].backward()
    assert weighted.grad.isfinite().all()


def test_gradients_of_window_cosines_are_those_of_finite_differences():
    query, weighted = (torch.randn(*shape, dtype=torch.float64, requires_grad=True) for shape in ((2, 3), (2, 4, 3)))
    real = windows_of(torch.ones(2, 4, dtype=torch.bool))

    def scores(q, w):
        return all_windows(prefix_sums(q, w), window_lengths(w))[:, real]

    assert torch.autograd.gradcheck(scores, (query, weighted))


def test_a_track_is_supported_where_its_predicate_or_both_of_its_ends_are_seen():
    whole = video_of(["circle", "square"], [(0, "push", 1, [1, 2])], frames=4)
    without = video_of(["circle"], frames=4)
    from dataclasses import replace

    video = replace(whole, frames=(*whole.frames[:3], without.frames[3]))
    tracks = PredicateTracks.of(video_batch([video, whole]))
    assert tracks.supported.int().tolist() == [[1, 1, 1, 0], [1, 1, 1, 1]]
    assert tracks.occurs.int().tolist() == [[0, 1, 1, 0], [0, 1, 1, 0]]
    assert (tracks.graph.tolist(), tracks.subject.tolist(), tracks.target.tolist()) == ([0, 1], [0, 3], [1, 4])


def test_where_the_predicate_does_not_occur_the_mean_of_its_ends_stands_in():
    batch = video_batch([video_of(["circle", "square"], [(0, "push", 1, [1])], frames=2)])
    states = torch.tensor([[1.0], [3.0], [10.0], [30.0], [100.0]])
    assert PredicateTracks.of(batch).states(states).flatten().tolist() == [2.0, 100.0]

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from finsta.alignment.roi import nearest_frames, pool_regions, roi_weights
from finsta.graphs.collate import video_batch
from finsta.graphs.scene_graph import NodeKind
from tests.alignment.samples import video_of
from tests.reference import alignment as reference

side = st.floats(0, 1, width=32)


def test_a_box_over_half_of_a_cell_and_half_of_its_neighbour_weighs_both_the_same():
    weights = roi_weights(torch.tensor([[0.25, 0.0, 0.75, 0.5]]), 2, 2)
    torch.testing.assert_close(weights, torch.tensor([[0.5, 0.5, 0.0, 0.0]]))


def test_a_box_inside_one_cell_weighs_that_cell_alone():
    weights = roi_weights(torch.tensor([[0.7, 0.4, 0.9, 0.6]]), 3, 2)
    torch.testing.assert_close(weights, torch.tensor([[0.0, 0.0, 0.0, 1.0, 0.0, 0.0]]))


@settings(max_examples=40, deadline=None)
@given(st.tuples(side, side), st.tuples(side, side), st.integers(1, 5), st.integers(1, 5))
def test_weights_are_shares_of_the_box_area(xs, ys, rows, columns):
    box = [min(xs), min(ys), max(xs), max(ys)]
    if box[2] - box[0] < 0.01 or box[3] - box[1] < 0.01:
        return
    expected = reference.roi_weights(box, rows, columns)
    torch.testing.assert_close(
        roi_weights(torch.tensor([box]), rows, columns)[0], torch.tensor(expected), atol=2e-5, rtol=0
    )


@pytest.mark.parametrize(
    ("box", "cell"), [((0.0, 0.0, 0.0, 0.0), 0), ((1.0, 1.0, 1.0, 1.0), 3), ((0.9, 0.1, 0.9, 0.1), 1)]
)
def test_a_box_without_area_is_the_cell_at_its_place(box, cell):
    assert roi_weights(torch.tensor([box]), 2, 2).argmax() == cell
    assert float(roi_weights(torch.tensor([box]), 2, 2).sum()) == pytest.approx(1.0)


def test_a_key_frame_is_seen_at_the_nearest_sampled_frame():
    times = torch.tensor([[0.0, 1.0, 2.0], [10.0, 20.0, 30.0]])
    found = nearest_frames(torch.tensor([0.4, 0.6, 9.0, 26.0]), torch.tensor([0, 0, 0, 1]), times)
    assert found.tolist() == [0, 1, 2, 2]


def test_a_node_is_pooled_over_what_it_hangs_on_at_its_time():
    video = video_of(["red circle", "square"], [(0, "push", 1, [1])], frames=2)  # top left, bottom right
    batch = video_batch([video, video])
    tokens = torch.arange(2 * 2 * 4, dtype=torch.float64).reshape(2, 2, 4, 1)  # clip, frame, 2 × 2 cells
    pooled = pool_regions(tokens, batch, torch.tensor([[0.0, 1.0]] * 2), (2, 2))
    kinds = [list(NodeKind)[kind] for kind in batch.node_kind.tolist()]
    assert [kind.value for kind in kinds[:7]] == ["object", "attribute", "object"] * 2 + ["predicate"]
    first = [0.0, 0.0, 3.0, 4.0, 4.0, 7.0, 5.5]
    assert pooled.flatten().tolist() == [*first, *(value + 8 for value in first)]


def test_the_union_of_boxes_counts_shared_cells_once():
    video = video_of(["circle", "square"], [(0, "push", 1, [0])], boxes=[(0.0, 0.0, 1.0, 0.5), (0.5, 0.0, 1.0, 1.0)])
    tokens = torch.tensor([1.0, 10.0, 100.0, 1000.0]).reshape(1, 1, 4, 1)
    pooled = pool_regions(tokens, video_batch([video]), torch.zeros(1, 1), (2, 2))
    torch.testing.assert_close(pooled[2, 0], torch.tensor((1 + 10 + 1000) / 3))


def test_a_node_that_hangs_on_nothing_sees_the_whole_frame():
    from finsta.graphs.dynamic import DynamicSceneGraph, FrameGraph, VisualNode

    lone = FrameGraph(time=0.0, nodes=(VisualNode(kind=NodeKind.PREDICATE, label="rain"),))
    batch = video_batch([DynamicSceneGraph(video=video_of([]).video, frames=(lone,))])
    pooled = pool_regions(torch.arange(4.0).reshape(1, 1, 4, 1), batch, torch.zeros(1, 1), (2, 2))
    assert pooled.tolist() == [[1.5]]


def test_pooling_is_differentiable_in_the_tokens():
    batch = video_batch([video_of(["circle", "square"], [(0, "push", 1, [0])])])
    tokens = torch.randn(1, 2, 6, 2, dtype=torch.float64, requires_grad=True)
    times = torch.tensor([[0.0, 1.0]])
    assert torch.autograd.gradcheck(lambda t: pool_regions(t, batch, times, (2, 3)), (tokens,))


def test_clips_without_a_node_give_no_rows():
    batch = video_batch([video_of([], frames=2)])
    assert pool_regions(torch.zeros(1, 2, 4, 3), batch, torch.zeros(1, 2), (2, 2)).shape == (0, 3)

import math
from dataclasses import replace

import pytest
import torch

from finsta.alignment.contrastive import NodeStates
from finsta.alignment.names import BatchIndex
from finsta.alignment.search import WindowRules
from finsta.alignment.temporal import predicate_temporal_loss, window_loss
from finsta.graphs.collate import holistic_batch
from finsta.graphs.scene_graph import NodeKind
from tests.alignment.samples import pair_of, states_of, text_of, video_of
from tests.graph_samples import empty_holistic_graph, sample_batch, sample_holistic_graphs
from tests.reference import alignment as reference
from tests.reference.alignment_in_time import predicate_temporal_loss as slow_loss

VERBS = ("push", "pull", "lift", "kick", "turn")


def one_event_each(count=3, *, frames=1, inside=(0,)):
    """In each pair one thing does something, each something else, in the key frames ``inside`` of ``frames``."""
    interval = (float(min(inside)), float(max(inside)))
    return holistic_batch(
        [
            pair_of(
                text_of(["circle"], [(0, verb, None)]),
                video_of(["circle"], [(0, verb, None, inside)], frames=frames),
                [(0, 0)],
                [(0, 0, verb, None, interval)],
            )
            for verb in VERBS[:count]
        ]
    )


def ptc(batch, text=None, video=None, **options):
    text = states_of(batch.text.num_nodes) if text is None else text
    video = states_of(batch.video.num_nodes, seed=1) if video is None else video
    return predicate_temporal_loss(text, video, batch, **({"temperature": 0.1, "explain": True} | options))


def windows(mask):
    return [tuple(window) for window in mask.nonzero().tolist()]


@pytest.mark.parametrize("count", [2, 5])
def test_uniform_similarities_give_log_of_the_batch(count):
    report = ptc(one_event_each(count), torch.ones(2 * count, 6), torch.ones(2 * count, 6))
    assert report.loss.item() == pytest.approx(math.log(count), rel=1e-6)
    assert (report.positives, report.accuracy) == (count, 0.0)
    others = count * (count - 1)
    found = {name: number for name, number in report.negatives_by.items() if number}
    assert found == {"other_video": others, "same_objects": others, "text": others}


def test_uniform_similarities_give_log_of_one_plus_the_negatives_of_a_row():
    batch = one_event_each(1, frames=6, inside=(0, 1))
    report = ptc(batch, torch.ones(2, 6), torch.ones(batch.video.num_nodes, 6))
    assert report.loss.item() == pytest.approx(math.log(1 + report.negatives), rel=1e-6)


def test_windows_are_sorted_by_their_overlap_with_the_best_one():
    batch = one_event_each(1, frames=6, inside=(0, 1, 2))
    found = ptc(batch, torch.ones(2, 6), torch.ones(batch.video.num_nodes, 6), positive_iou=0.7).explanation
    assert (found.first.tolist(), found.last.tolist()) == ([0], [2])
    assert windows(found.positive[0]) == [(0, 2), (0, 3)]  # IoU 1 and 3/4
    assert windows(found.when[0]) == [
        (2, 3), (2, 4), (2, 5),  # IoU 1/4 … 1/6
        (3, 3), (3, 4), (3, 5), (4, 4), (4, 5), (5, 5),
    ]  # fmt: skip
    assert (0, 0) in windows(found.ignored[0])  # IoU 1/3 and a piece
    assert windows(found.positive[0] | found.when[0] | found.ignored[0]) == [
        (first, last) for first in range(6) for last in range(first, 6)
    ]


def test_a_piece_of_the_event_is_a_negative_only_if_the_rules_say_so():
    batch = one_event_each(1, frames=5, inside=(0, 1, 2, 3, 4))
    index = BatchIndex.of(batch)
    states = index.predicates.states(torch.ones(batch.video.num_nodes, 6))
    reports = [
        window_loss(
            torch.ones(2, 6),
            states,
            batch,
            index=index,
            temperature=0.1,
            rules=WindowRules(pieces_are_negative=pieces),
            explain=True,
        )
        for pieces in (False, True)
    ]
    assert reports[0].loss.item() == 0.0
    assert windows(reports[1].explanation.when[0]) == [(i, i) for i in range(5)]


def test_the_prior_leads_the_search_to_the_interval_of_the_link():
    pair = pair_of(
        text_of(["circle"], [(0, "push", None)]),
        video_of(["circle"], [(0, "push", None, range(6))], frames=6),
        events=[(0, 0, "push", None, (2.0, 3.0))],
    )
    batch = holistic_batch([pair])
    found = ptc(batch, torch.ones(2, 6), torch.ones(batch.video.num_nodes, 6)).explanation
    assert (found.first.tolist(), found.last.tolist()) == ([2], [3])


def test_similarity_can_overrule_the_prior():
    pair = pair_of(
        text_of(["circle"], [(0, "push", None)]),
        video_of(["circle"], [(0, "push", None, range(4))], frames=4),
        events=[(0, 0, "push", None, (0.0, 1.0))],
        similarity=0.2,
    )
    batch = holistic_batch([pair])
    video = torch.zeros(8, 2)
    video[batch.video.is_kind(NodeKind.PREDICATE)] = torch.tensor([[-5.0, 0.0], [-5.0, 0.0], [1.0, 0.0], [1.0, 0.1]])
    found = ptc(batch, torch.tensor([[0.0, 0.0], [1.0, 0.0]]), video).explanation
    assert (found.first.tolist(), found.last.tolist()) == ([2], [2])


def test_unlinked_tracks_are_searched_only_after_the_warm_up():
    pair = pair_of(
        text_of(["circle", "square"], [(0, "push", None)]),
        video_of(["circle", "square"], [(0, "push", None, [0]), (1, "pull", None, [0])]),
        events=[(0, 0, "push", None, (0.0, 1.0))],
        similarity=0.2,
    )
    batch = holistic_batch([pair])
    text, video = torch.tensor([[1.0, 0.0]] * 3), torch.tensor([[0.0, 1.0], [0.0, 1.0], [-1.0, 0.0], [1.0, 0.0]])
    assert ptc(batch, text, video).explanation.track.tolist() == [2]
    assert ptc(batch, text, video, only_links=False).explanation.track.tolist() == [3]


def test_another_relation_of_the_same_objects_is_a_negative_only_at_other_times():
    """What overlaps in time cannot be told apart by sight: only the label differs."""
    video = video_of(
        ["circle", "square"], [(0, "push", 1, [0, 1]), (1, "near", 0, [0, 1, 2, 3]), (0, "rest", None, [1])], frames=4
    )
    pair = pair_of(text_of(["circle", "square"], [(0, "push", 1)]), video, events=[(0, 0, "push", 1, (0.0, 1.0))])
    report = ptc(holistic_batch([pair]))
    found = report.explanation
    assert found.what.tolist() == [[False, True, True]]
    assert found.rival_first[0, 1] >= 2
    assert (report.negatives_by["what"], report.negatives_by["same_objects"]) == (2, 1)


def test_tracks_that_the_predicate_names_are_ignored_in_every_video():
    def pair(verb, phrase):
        text = text_of([phrase], [(0, verb, None)])
        return pair_of(text, video_of([phrase], [(0, verb, None, [0])]), [(0, 0)], [(0, 0, verb, None, (0.0, 1.0))])

    batch = holistic_batch([pair("push", "red circle"), pair("push", "red circle"), pair("push", "blue circle")])
    found = ptc(batch).explanation
    assert found.other_video.int().tolist() == [[0, 0, 1], [0, 0, 1], [1, 1, 0]]
    assert ptc(batch).negatives_by["text"] == 4


def test_ignored_tracks_and_texts_carry_no_gradient():
    batch = one_event_each(3)
    twin = holistic_batch(
        [
            pair_of(
                text_of(["circle"], [(0, "push", None)]),
                video_of(["circle"], [(0, "push", None, [0])]),
                [(0, 0)],
                events,
            )
            for events in ([(0, 0, "push", None, (0.0, 1.0))], [])
        ]
    )
    text, video = states_of(4), states_of(4, seed=1)
    report = ptc(twin, text, video)
    report.loss.backward()
    assert (report.loss.item(), report.ignored) == (0.0, 1)
    assert not text.grad.any()
    assert not video.grad.any()
    assert ptc(batch).loss.item() > 0


def test_predicates_of_one_caption_at_one_time_do_not_exclude_each_other():
    def report(second):
        video = video_of(["circle"], [(0, "walk", None, [0, 1]), (0, "wave", None, second)], frames=4)
        interval = (float(second[0]), float(second[-1]))
        links = [(0, 0, "walk", None, (0.0, 1.0)), (1, 0, "wave", None, interval)]
        text = text_of(["circle"], [(0, "walk", None), (0, "wave", None)])
        batch = holistic_batch([pair_of(text, video, events=links)])
        return ptc(batch, torch.ones(3, 6), torch.ones(batch.video.num_nodes, 6))

    assert report([0, 1]).negatives_by["text"] == 0
    assert report([2, 3]).negatives_by["text"] == 2


def test_a_wrong_version_of_a_predicate_is_a_negative_for_its_own_window():
    batch = one_event_each(2)
    wrong = NodeStates(states=states_of(2, seed=7), node=torch.tensor([3, 3]))
    report = ptc(batch, edited=wrong)
    assert report.negatives_by["edited"] == 2
    assert report.negatives == ptc(batch).negatives + 2
    aligned = ptc(batch, torch.eye(4), torch.eye(4), edited=replace(wrong, states=torch.zeros(2, 4)))
    assert aligned.accuracy_by["edited"] == 1.0


def test_a_row_weighs_what_the_parsers_are_sure_of():
    pairs = [
        pair_of(
            text_of(["circle"], [(0, verb, None)]),
            video_of(["circle"], [(0, verb, None, [0])], confidence=confidence),
            events=[(0, 0, verb, None, (0.0, 1.0))],
            similarity=0.5,
        )
        for verb, confidence in (("push", 1.0), ("pull", 0.4))
    ]
    batch = holistic_batch(pairs)
    batch = replace(batch, text=replace(batch.text, confidence=torch.tensor([1.0, 0.8, 1.0, 1.0])))
    torch.testing.assert_close(ptc(batch).explanation.weight, torch.tensor([0.4, 0.2]))


def test_search_and_loss_give_the_same_in_blocks_of_any_size():
    batch = sample_batch(3, frames=6)
    index, text = BatchIndex.of(batch), states_of(batch.text.num_nodes)
    states = index.predicates.states(states_of(batch.video.num_nodes, seed=1))

    def found(budget):
        rules = WindowRules(budget=budget, only_links=False)
        report = window_loss(text, states, batch, index=index, temperature=0.1, rules=rules, explain=True)
        return report, torch.autograd.grad(report.loss, text, retain_graph=True)[0]

    (whole, gradient), *parts = (found(budget) for budget in (1 << 24, 36, 200, 1))
    for report, other in parts:
        torch.testing.assert_close(report.loss, whole.loss, atol=1e-12, rtol=0)
        torch.testing.assert_close(other, gradient, atol=1e-12, rtol=0)
        counts = ("positives", "negatives", "ignored", "accuracy", "negatives_by", "accuracy_by")
        assert all(getattr(report, name) == getattr(whole, name) for name in counts)
        same = [
            torch.equal(a, b) for a, b in zip(*(vars(r.explanation).values() for r in (report, whole)), strict=True)
        ]
        assert all(same)


def test_negatives_of_the_same_objects_can_count_more():
    graphs = sample_holistic_graphs(3, 5)
    batch = holistic_batch(graphs)
    index, text, video = BatchIndex.of(batch), states_of(batch.text.num_nodes), states_of(batch.video.num_nodes, seed=1)
    report = window_loss(
        text,
        index.predicates.states(video),
        batch,
        index=index,
        temperature=0.2,
        rules=WindowRules(same_objects_weight=3.0),
    )
    world = reference.World(graphs=graphs, text_states=text.detach(), video_states=video.detach())
    slow, _ = slow_loss(world, temperature=0.2, same_objects_weight=3.0)
    assert report.negatives_by["same_objects"] > 0
    assert report.loss.item() == pytest.approx(slow, abs=1e-6)


@pytest.mark.parametrize(
    "batch",
    [
        holistic_batch([empty_holistic_graph()]),
        holistic_batch([pair_of(text_of(["circle"]), video_of(["circle"]), [(0, 0)])]),
        holistic_batch(
            [pair_of(text_of(["circle"], [(0, "push", None)]), video_of(["circle"], [(0, "push", None, [0])]))]
        ),
        one_event_each(1),
        holistic_batch([pair_of(text_of([]), video_of(["star"])), pair_of(text_of(["star"]), video_of([], frames=0))]),
    ],
    ids=["empty", "no predicates", "no links", "one video", "one side each"],
)
def test_nothing_to_contrast_gives_exactly_zero_and_a_path_for_the_gradient(batch):
    text, video = states_of(batch.text.num_nodes), states_of(batch.video.num_nodes)
    temperature = torch.tensor(0.1, dtype=torch.float64, requires_grad=True)
    report = ptc(batch, text, video, temperature=temperature, only_links=False)
    report.loss.backward()
    assert report.loss.item() == 0.0
    assert temperature.grad.item() == 0.0
    assert report.accuracy is None
    assert not text.grad.any()
    assert not video.grad.any()


def test_the_gradient_is_that_of_finite_differences():
    batch = sample_batch(2, frames=3, tracks=2, clauses=1)
    assert ptc(batch).positives > 0
    inputs = (
        states_of(batch.text.num_nodes, 3),
        states_of(batch.video.num_nodes, 3, seed=1),
        torch.tensor(0.3, dtype=torch.float64, requires_grad=True),
    )
    assert torch.autograd.gradcheck(
        lambda text, video, t: ptc(batch, text, video, temperature=t).loss, inputs, fast_mode=True
    )


def test_fifty_steps_of_training_find_when_and_what():
    pairs = []
    for first, second in (("push", "pull"), ("lift", "kick"), ("turn", "push")):
        text = text_of(["circle", "square"], [(0, first, 1), (0, second, 1)])
        video = video_of(["circle", "square"], [(0, first, 1, [0, 1, 2]), (0, second, 1, [3, 4, 5])], frames=6)
        links = [(0, 0, first, 1, (0.0, 2.0)), (1, 0, second, 1, (3.0, 5.0))]
        pairs.append(pair_of(text, video, [(0, 0), (1, 1)], links))
    batch = holistic_batch(pairs)
    text, video = (
        states_of(n, seed=s, dtype=torch.float32) for n, s in ((batch.text.num_nodes, 0), (batch.video.num_nodes, 1))
    )
    optimizer = torch.optim.Adam([text, video], lr=0.1)
    for _ in range(50):
        optimizer.zero_grad()
        ptc(batch, text, video).loss.backward()
        optimizer.step()
    report = ptc(batch, text, video, only_links=False)
    assert report.loss.item() < 0.1
    assert (report.accuracy, set(report.accuracy_by.values())) == (1.0, {1.0})
    assert (report.explanation.first.tolist(), report.explanation.last.tolist()) == ([0, 3] * 3, [2, 5] * 3)

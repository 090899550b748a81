"""The network against its loop-written twin, and what must not change its scores."""

from dataclasses import replace

import pytest
import torch

from finsta.text.learned.anchors import anchor_names
from finsta.text.learned.hints import Hint
from finsta.text.learned.network import make_labels, teaching_loss
from finsta.text.learned.roles import Role
from finsta.text.learned.scorers import all_pairs
from finsta.text.learned.supervision import IGNORED, Target, make_target
from tests.reference.text_parser import relation_scores
from tests.text.learned.setup import PAIRS, caption, labels_of, network, vocabulary

CAPTIONS = [caption("a man riding a horse"), caption("cat sits on red chair"), caption("horse lying"), caption("dog")]


HINTED = [
    replace(CAPTIONS[0], hint=Hint(relations={(1, 4): "ride", (4, 1): "gallop beside"})),
    replace(CAPTIONS[1], hint=Hint(relations={(0, 4): "sit on", (3, 0): "sit"})),
]


@pytest.mark.parametrize("captions", [CAPTIONS, HINTED], ids=["alone", "with the rules"])
def test_relation_scores_are_those_of_the_loop(captions):
    net, batcher = network()
    batch = batcher(captions)
    states = net.encoder(batch)
    pairs = all_pairs(batch.mask, batch.mask)
    logits, _ = net.relations(states, batch, pairs)
    for (number, subject, target), row in zip(pairs.tolist(), logits, strict=True):
        one = captions[number]
        expected = relation_scores(net.relations, states[number, : len(one)], one, batcher, subject, target)
        torch.testing.assert_close(row[: len(expected)], expected, rtol=1e-4, atol=1e-5)
        assert (row[len(expected) :] < -1e8).all()


def test_a_caption_alone_gets_the_scores_that_it_gets_in_a_batch():
    net, batcher = network()
    whole = batcher(CAPTIONS)
    kinds, lengths = net.nodes(net.encoder(whole), whole)
    for number, one in enumerate(CAPTIONS):
        alone = batcher([one])
        kind, length = net.nodes(net.encoder(alone), alone)
        torch.testing.assert_close(kind[0], kinds[number, : len(one)])
        torch.testing.assert_close(length[0], lengths[number, : len(one)])


def test_training_hides_words_and_evaluation_hides_none():
    net, batcher = network()
    batch = batcher(CAPTIONS)
    assert torch.equal(net.encoder(batch), net.encoder(batch))
    net.train()
    assert not torch.equal(net.encoder(batch), net.encoder(batch))


def test_what_the_rules_say_changes_every_score_and_training_leaves_it_out_at_times():
    net, batcher = network()
    plain = PAIRS[1][0]  # the cat sits on the red chair
    hint = Hint(
        lengths={Role.OBJECT: {1: 1}, Role.ATTRIBUTE: {5: 0}},
        attributes=frozenset({(6, 5)}),
        relations={(1, 6): "sit on"},
    )
    targets = [make_target(plain, PAIRS[1][1], anchor_names(*PAIRS[1]), batcher.vocabulary.inventory)]
    scores = []
    for one in (plain, replace(plain, hint=hint)):
        batch = batcher([one])
        scores.append(net(batch, make_labels(targets, batch.mask)))
    for name in ("kinds", "lengths", "attributes", "relations"):
        assert not torch.equal(getattr(scores[0], name), getattr(scores[1], name)), name
    net.train()
    batch = batcher([replace(plain, hint=hint)] * 64)
    kept = net._doubting(batch).hints.amax((1, 2))
    assert 0.5 < kept.mean() < 1


def test_targets_hold_lengths_attributes_and_relations():
    words = vocabulary()
    one, facts = PAIRS[1]
    target = make_target(one, facts, anchor_names(one, facts), words.inventory)
    assert target == Target(
        lengths={Role.OBJECT: {1: 0, 6: 0}, Role.ATTRIBUTE: {5: 0}},
        attributes=frozenset({(6, 5)}),
        relations={(1, 6): 1 + words.inventory.number["sit on"]},
    )


def test_a_relation_that_cannot_be_had_is_left_out_of_the_loss():
    words = vocabulary()
    facts = [("man", "gallop beside", "horse")]
    target = make_target(PAIRS[0][0], facts, anchor_names(PAIRS[0][0], facts), words.inventory)
    assert target.relations == {(1, 4): IGNORED}


def test_a_relation_of_the_captions_own_words_is_a_candidate_label():
    words = vocabulary()
    one = caption("a man sits a horse")
    facts = [("man", "sit", "horse")]
    target = make_target(one, facts, anchor_names(one, facts), words.inventory)
    assert target.relations == {(1, 4): 1 + len(words.inventory.relations)}


def labelled():
    net, batcher = network()
    return net, *labels_of(batcher)


def test_the_teaching_loss_is_least_where_the_pupil_says_what_the_teacher_says():
    net, batch, labels = labelled()
    other, _ = network(seed=1)
    mine, theirs = net(batch, labels), other(batch, labels)
    same = teaching_loss(mine, mine, labels, batch.mask)
    assert same < teaching_loss(theirs, mine, labels, batch.mask)
    (gradient,) = torch.autograd.grad(same, net.nodes.kind.weight)
    assert gradient.abs().max() < 1e-6


def test_the_teacher_gets_no_gradient():
    net, batch, labels = labelled()
    other, _ = network(seed=1)
    teaching_loss(net(batch, labels), other(batch, labels), labels, batch.mask).backward()
    assert all(parameter.grad is None for parameter in other.parameters())

"""BLEU, ROUGE-L and CIDEr by hand, beside slow twins, and beside coco-caption where that is installed."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finsta.errors import InputError
from finsta.metrics.captions import bleu, cider, rouge_l
from finsta.metrics.captions.rouge import common_subsequence


def split(*texts):
    return [text.split() for text in texts]


def test_bleu_by_hand():
    """4 of 5 words; 2 of 4 pairs ("a man", "a horse"); "a horse" is in another reference; closest length is 5."""
    first, second, third, fourth = bleu(
        split("a man on a horse"), [split("a man rides a horse", "the man is sitting on his horse")]
    )
    assert first.corpus == pytest.approx(1.0)  # "on" is in the second reference
    assert second.corpus == pytest.approx(math.sqrt(5 / 5 * 2 / 4))
    assert third.corpus == pytest.approx(0, abs=1e-4)
    assert fourth.corpus == pytest.approx(0, abs=1e-3)


def test_bleu_counts_a_word_as_often_as_the_reference_that_has_it_most_often():
    assert bleu(split("the the the"), [split("the cat the", "the dog")])[0].corpus == pytest.approx(2 / 3)


def test_bleu_is_from_sums_over_captions_with_a_brevity_penalty():
    scores = bleu(split("a b", "a"), [split("a b c"), split("a b c d")])[0]
    assert scores.corpus == pytest.approx(1.0 * math.exp(1 - 7 / 3))
    np.testing.assert_allclose(scores.items, [math.exp(1 - 3 / 2), math.exp(1 - 4)])


def test_bleu_takes_the_shorter_of_two_references_that_are_equally_near():
    assert bleu(split("a a"), [split("a a a", "a")])[0].corpus == pytest.approx(1.0)


def test_an_empty_caption_scores_nothing():
    references = [split("a b"), split("c d")]
    candidates = [[], ["c", "d"]]
    assert bleu(candidates, references)[0].items.tolist() == pytest.approx([0, 1])
    assert rouge_l(candidates, references).items.tolist() == [0, 1]
    assert cider(candidates, references).items[0] == 0


def test_rouge_by_hand():
    """ "a man a horse" is common: P = 4/5, R = 4/5 of the first reference; of the second "man horse": R = 2/3."""
    score = rouge_l(split("a man on a horse"), [split("a man rides a horse", "man horse race")])
    assert score.corpus == pytest.approx(0.8)


def test_rouge_may_take_precision_and_recall_from_different_references():
    """P = 3/3 from the long reference, R = 1/1 from the short one."""
    assert rouge_l(split("a b c"), [split("a x b y c", "b")]).corpus == pytest.approx(1.0)


def test_cider_by_hand():
    """Two items, so that a word of one item weighs log 2 and a word of both nothing.

    Item one: "a" is in both items, "dog" in one. Candidate and reference have "dog" and "a dog": both cosines are 1 for
    n = 1 and n = 2, there is no longer n-gram; 10 · (1 + 1 + 0 + 0) / 4 = 5.
    """
    scores = cider(split("a dog", "a cat"), [split("a dog"), split("a horse")])
    np.testing.assert_allclose(scores.items, [5, 0])
    assert scores.corpus == pytest.approx(2.5)


def test_cider_d_clips_and_punishes_length_and_cider_does_not():
    """ "dog" three times beside once: clipped 1·1/(3·1), and e^{-2²/72} for two words too many."""
    candidates, references = split("dog dog dog", "x"), [split("dog"), split("y")]
    expected = 10 / 4 * (1 / 3) * math.exp(-(2**2) / 72)
    assert cider(candidates, references).items[0] == pytest.approx(expected)
    assert cider(candidates, references, clipped=False).items[0] == pytest.approx(10 / 4)


def test_cider_of_one_item_is_zero_because_every_word_is_in_all_items():
    assert cider(split("a dog"), [split("a dog")]).corpus == 0


def slow_common_subsequence(first, second):
    if not first or not second:
        return 0
    if first[-1] == second[-1]:
        return 1 + slow_common_subsequence(first[:-1], second[:-1])
    return max(slow_common_subsequence(first[:-1], second), slow_common_subsequence(first, second[:-1]))


WORDS = st.lists(st.sampled_from("abcd"), max_size=6)


@settings(deadline=None, max_examples=60)
@given(WORDS, WORDS)
def test_the_longest_common_subsequence_is_that_of_its_recursion(first, second):
    assert common_subsequence(first, second) == slow_common_subsequence(first, second)


CAPTIONS = st.lists(
    st.tuples(
        st.lists(st.sampled_from("abcdefg"), min_size=1, max_size=9),
        st.lists(st.lists(st.sampled_from("abcdefg"), min_size=1, max_size=9), min_size=1, max_size=4),
    ),
    min_size=1,
    max_size=5,
)


@settings(deadline=None, max_examples=80)
@given(CAPTIONS)
def test_figures_are_those_of_coco_caption(captions):
    """The pure-Python part of the reference implementation, on any tokens."""
    scorers = pytest.importorskip("pycocoevalcap.bleu.bleu", reason="pip install --no-deps pycocoevalcap==1.2")
    from pycocoevalcap.cider.cider import Cider
    from pycocoevalcap.rouge.rouge import Rouge

    candidates, references = zip(*captions, strict=True)
    theirs = {number: [" ".join(text) for text in several] for number, several in enumerate(references)}
    ours = {number: [" ".join(text)] for number, text in enumerate(candidates)}
    expected, items = scorers.Bleu(4).compute_score(theirs, ours, verbose=0)
    found = bleu(candidates, references)
    np.testing.assert_allclose([score.corpus for score in found], expected, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose([score.items for score in found], items, rtol=1e-9, atol=1e-12)
    for score, scorer in ((rouge_l(candidates, references), Rouge()), (cider(candidates, references), Cider())):
        corpus, single = scorer.compute_score(theirs, ours)
        np.testing.assert_allclose(score.corpus, corpus, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(score.items, single, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("metric", [bleu, rouge_l, cider])
def test_captions_without_references_are_an_error(metric):
    with pytest.raises(InputError, match=r"found none for 1 of 2, number 1 the first; leave these out"):
        metric(split("a", "b"), [split("a"), []])
    with pytest.raises(InputError, match="references for each of one or more captions, found 1 captions and 0 lists"):
        metric(split("a"), [])
    with pytest.raises(InputError, match="found 0 captions"):
        metric([], [])

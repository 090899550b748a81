"""Answers: normalisation, types, vocabulary, choices and statements."""

import numpy as np
import pytest

from finsta.errors import InputError
from finsta.metrics.answers import (
    AnswerVocabulary,
    area_under_curve,
    binary_hits,
    choice_hits,
    exact_match,
    normalise_answer,
    question_type,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The red Car.", "red car"),
        ("  a  dog\nbecause", "dog"),
        ("Two", "2"),
        ("a", "a"),
        ("3.5, or 10,000!", "3.5 or 10,000"),
        ("it's a t-shirt", "it's t-shirt"),
        ("'yes'", "yes"),
        ("", ""),
        ("ＡＢＣ", "abc"),
    ],
)
def test_answers_are_normalised(text, expected):
    assert normalise_answer(text) == expected


def test_one_of_several_right_answers_is_enough():
    assert exact_match(["A dog", "cat", "cats"], [["dog", "hound"], ["dog"], ["cat"]]).tolist() == [True, False, False]


def test_the_type_is_the_given_one_or_the_first_word():
    assert question_type("What is it?") == "what"
    assert question_type("What is it?", "color") == "color"
    assert question_type("?") == "other"


def test_the_vocabulary_holds_the_most_frequent_answers_and_says_how_many_it_covers():
    vocabulary = AnswerVocabulary.build(["Dog", "a dog", "cat", "bird", "cat", "fish"], size=3)
    assert vocabulary.answers == ("cat", "dog", "bird")
    assert vocabulary.coverage == pytest.approx(5 / 6)
    assert vocabulary.covers([["the dog"], ["fish"], ["fish", "bird"]]) == pytest.approx(2 / 3)


def test_a_tie_among_choices_counts_its_share():
    scores = [np.array([1.0, 2.0]), np.array([2.0, 2.0, 1.0]), np.array([0.0, 0.0, 0.0])]
    np.testing.assert_allclose(choice_hits(scores, [1, 0, 2]), [1, 1 / 2, 1 / 3])
    assert choice_hits([np.array([1.0, 2.0])], [0]).tolist() == [0]


def test_statements_by_hand():
    margins, truth = np.array([0.5, -1.0, 0.0, 2.0]), np.array([True, False, True, False])
    assert binary_hits(margins, truth).tolist() == [1, 1, 0.5, 0]
    # true margins 0.5 and 0, false -1 and 2: 0.5 > -1, 0 > -1, the other two lose
    assert area_under_curve(margins, truth) == pytest.approx(2 / 4)


def test_a_constant_gets_half_of_the_statements():
    margins, truth = np.zeros(6), np.array([True, False] * 3)
    assert binary_hits(margins, truth).mean() == 0.5
    assert area_under_curve(margins, truth) == 0.5
    assert np.isnan(area_under_curve(np.zeros(2), np.array([True, True])))


def test_bad_input_is_an_error():
    with pytest.raises(InputError, match="found 1 answers to 2 questions"):
        exact_match(["a"], [["a"], ["b"]])
    with pytest.raises(InputError, match="1 questions have no right answer, number 1 the first"):
        exact_match(["a", "b"], [["a"], []])
    with pytest.raises(InputError, match="found 0 and 10"):
        AnswerVocabulary.build(["", " "], size=10)
    with pytest.raises(InputError, match="question 0: expected a right choice from 0 to 1, found 2"):
        choice_hits([np.zeros(2)], [2])
    with pytest.raises(InputError, match="the scores of each question, found 0 for 1 questions"):
        choice_hits([], [0])
    with pytest.raises(InputError, match=r"question 0: scores are not numbers \(NaN\)"):
        choice_hits([np.array([np.nan, 0])], [0])
    with pytest.raises(InputError, match="found 1 for 2 statements"):
        binary_hits(np.zeros(1), np.array([True, False]))
    with pytest.raises(InputError, match=r"1 of 1 margins are not numbers"):
        area_under_curve(np.array([np.nan]), np.array([True]))

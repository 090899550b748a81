"""Normal forms, where spaCy's own are known to slip."""

import pytest

from finsta.text.lemmas import gerund_lemma, lemma_of, third_person_lemma
from finsta.text.pipeline import pipe


@pytest.mark.parametrize(
    ("sentence", "word", "expected"),
    [
        ("A man is riding a bike.", "riding", "ride"),
        ("A girl is staring at a dog.", "staring", "stare"),
        ("The sun is shining.", "shining", "shine"),
        ("A man is running.", "running", "run"),
        ("A man is sitting.", "sitting", "sit"),
        ("A man is visiting a park.", "visiting", "visit"),
        ("Three men ride.", "Three", "3"),
        ("Three men ride.", "men", "man"),
        ("She holds him.", "him", "he"),
        ("She sees her.", "her", "she"),
        ("A man wears glasses.", "glasses", "glasses"),
        ("two glasses of water", "glasses", "glass"),
    ],
)
def test_a_word_has_this_normal_form(sentence, word, expected):
    (doc,) = pipe([sentence])
    assert lemma_of(next(token for token in doc if token.text == word)) == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("passes", "pass"),
        ("leaves", "leave"),
        ("carries", "carry"),
        ("goes", "go"),
        ("boxes", "box"),
        ("spins", "spin"),
    ],
)
def test_the_third_person_loses_its_ending(word, expected):
    assert third_person_lemma(word) == expected


@pytest.mark.parametrize(
    ("word", "expected"), [("hopping", "hop"), ("dancing", "dance"), ("singing", "sing"), ("falling", "fall")]
)
def test_a_gerund_loses_its_ending(word, expected):
    assert gerund_lemma(word) == expected

"""Which words are one, which are alike, and how much."""

import pytest

from finsta.query import Words
from finsta.query.words import Part


@pytest.mark.parametrize(
    ("part", "word", "label", "similarity"),
    [
        (Part.OBJECT, "cup", "Cups", 1.0),
        (Part.OBJECT, "man", "person", 0.9),
        (Part.OBJECT, "bike", "bicycle", 0.9),
        (Part.OBJECT, "vehicle", "car", 0.7),
        (Part.OBJECT, "man", "woman", 0.0),
        (Part.OBJECT, "person", "moving object", 0.0),
        (Part.PREDICATE, "sit on", "sitting_on", 1.0),
        (Part.PREDICATE, "run", "running", 1.0),
        (Part.PREDICATE, "chase", "follow", 0.9),
        (Part.PREDICATE, "next to", "near", 0.9),
        (Part.PREDICATE, "walk", "move", 0.9),
        (Part.PREDICATE, "walk", "run", 0.0),
        (Part.PREDICATE, "hold", "near", 0.0),
        (Part.ATTRIBUTE, "crimson", "red", 0.9),
        (Part.ATTRIBUTE, "red", "blue", 0.0),
        (Part.MODIFIER, "gradually", "slowly", 0.9),
    ],
)
def test_words_match_by_form_and_by_the_tables(part, word, label, similarity, monkeypatch):
    monkeypatch.setattr("finsta.query.words.wordnet_path", lambda: None)
    assert Words().similarity(part, word, label) == pytest.approx(similarity)
    assert Words(exact=True).similarity(part, word, label) == (1.0 if similarity == 1.0 else 0.0)


def test_what_an_action_implies_counts_from_the_similarity_that_is_asked_for():
    assert Words(least=0.4).similarity(Part.PREDICATE, "hold", "near") == 0.5


def test_a_relation_is_read_from_its_other_end_too_unless_words_must_be_exact():
    labels = ["right of", "near", "hold", "touch", "hit"]
    assert Words().mirrored("left of", labels) == {"right of": 1.0}
    assert Words().mirrored("near", labels) == {"near": 1.0}
    assert Words().mirrored("touch", labels) == {}
    assert Words(exact=True).mirrored("near", labels) == {}


def test_wordnet_adds_synonyms_and_wants_verbs_to_share_enough_senses(tmp_path, monkeypatch):
    import gzip

    path = tmp_path / "wordnet.txt.gz"
    many = " ".join(f"v{number}" for number in range(100, 120))
    lines = [
        "sofa\tn1",
        "davenport\tn1 n2",
        "hoist\tv1 v2",
        "raise\tv1 v2 v3",
        f"pass\tv9 {many}",
        "run\tv9 v8",
        "",
        "",
    ]
    path.write_bytes(gzip.compress("\n".join(lines).encode()))
    monkeypatch.setattr("finsta.query.words.wordnet_path", lambda: path)
    words = Words()
    assert words.similarity(Part.OBJECT, "davenport", "sofa") == 0.9
    assert words.similarity(Part.PREDICATE, "hoist", "raise") == 0.8
    assert words.similarity(Part.PREDICATE, "pass", "run") == 0.0

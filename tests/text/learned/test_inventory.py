"""The relations to choose from."""

import json
from dataclasses import asdict

import pytest

from finsta.errors import FormatError
from finsta.text.learned.inventory import Candidate, Inventory, build_inventory
from finsta.text.learned.vocabulary import load_vocabulary, pieces
from tests.text.learned.setup import PAIRS, caption, vocabulary

INVENTORY = Inventory(
    relations=("on", "sit on"),
    words=("", "on", "sit", "lay"),
    stands_for={"lying": ("lay",)},
    endings=("on", "in front of"),
)


def test_relations_that_the_caption_spells_out_are_candidates_unless_they_are_known():
    found = INVENTORY.candidates(caption("man riding on grass"))
    assert found == [Candidate(name="ride", places=(1,)), Candidate(name="ride on", places=(1, 2))]
    assert [one.name for one in INVENTORY.candidates(caption("cat sits on grass"))] == ["sit"]


def test_no_verb_no_candidate_and_no_ending_before_the_verb():
    assert INVENTORY.candidates(caption("cat on grass")) == []
    assert [one.name for one in INVENTORY.candidates(caption("on horse riding"))] == ["ride"]
    assert INVENTORY.candidates(caption("it is on")) == []


def test_a_word_stands_for_itself_its_lemma_and_what_it_goes_along_with():
    assert INVENTORY.meanings(caption("lying on")) == [{"lying", "lie", "lay"}, {"on"}]


def test_a_rare_word_of_a_relation_is_the_unknown_one():
    assert INVENTORY.parts("lay on") == [3, 1]
    assert INVENTORY.parts("stroll on") == [0, 1]


def test_counting_keeps_what_occurs_often_enough():
    inventory = build_inventory(PAIRS)
    assert set(inventory.relations) == {"ride", "sit on", "on"}
    assert inventory.words[0] == ""
    assert set(inventory.words[1:]) == {"on", "sit", "ride"}
    assert inventory.endings == ()


def test_a_vocabulary_survives_the_way_to_disk_and_back(tmp_path):
    words = vocabulary()
    words.save(tmp_path / "vocabulary.json")
    assert asdict(load_vocabulary(tmp_path / "vocabulary.json")) == asdict(words)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "not the vocabulary of a text parser"),
        (json.dumps({"format": "finsta-text-parser", "version": 9}), "expected format .* found"),
        (json.dumps({"format": "finsta-text-parser", "version": 1}), "not the vocabulary of a text parser"),
    ],
)
def test_a_broken_vocabulary_is_refused(tmp_path, content, message):
    path = tmp_path / "vocabulary.json"
    path.write_text(content)
    with pytest.raises(FormatError, match=message):
        load_vocabulary(path)


def test_letter_sequences_do_not_depend_on_the_process():
    assert pieces("cat") == [1 + hash_ % 8191 for hash_ in HASHES]


def _fnv(text: str) -> int:
    value = 0x811C9DC5
    for byte in text.encode():
        value = (value ^ byte) * 0x01000193 % 2**32
    return value


HASHES = [_fnv(piece) for piece in ("<ca", "cat", "at>", "<cat", "cat>", "<cat>")]

"""Scores to facts."""

from dataclasses import replace

import pytest
import torch

from finsta.errors import FormatError
from finsta.text.learned.anchors import Anchor, Role
from finsta.text.learned.batch import Batcher
from finsta.text.learned.decode import Findings, Found, Joined, Reader
from finsta.text.learned.network import ParserNetwork
from finsta.text.learned.storage import load_reader, save_parser
from tests.text.learned.setup import PAIRS, caption, learned_by_heart, network

CAPTIONS = [one for one, _ in PAIRS[:4]]


def test_the_loss_falls_to_nothing_on_captions_that_are_learned_by_heart():
    assert learned_by_heart()[2] < 0.02


def test_captions_learned_by_heart_give_their_facts():
    net, batcher, _ = learned_by_heart()
    for found, (_, facts) in zip(Reader([net], batcher).read(CAPTIONS), PAIRS[:4], strict=True):
        assert set(found.facts()) == set(facts)


def test_a_relation_stands_on_the_words_that_say_it():
    net, batcher, _ = learned_by_heart()
    found = Reader([net], batcher).read(CAPTIONS)
    assert [one.places for one in found[0].relations] == [(2,)]
    assert found[1].relations[0].places
    assert set(found[1].relations[0].places) <= {2, 3}


def test_a_caption_without_words_says_nothing_and_any_other_names_something():
    net, batcher = network()
    empty, full = Reader([net], batcher).read([caption(""), caption("zzz")])
    assert empty == Findings(objects=(), attributes=(), owned=(), relations=())
    assert len(full.objects) >= 1
    assert Reader([net], batcher).read([]) == []


def test_an_object_alone_is_a_fact_only_where_there_is_no_other():
    one = Found(anchor=Anchor(start=0, head=0), name="cat", confidence=1.0)
    two = replace(one, name="dog")
    alone = Findings(objects=(one, two), attributes=(), owned=(), relations=())
    assert alone.facts() == [("cat",), ("dog",)]
    joined = Joined(source=0, target=1, name="near", places=(), confidence=1.0)
    assert replace(alone, relations=(joined, joined)).facts() == [("cat", "near", "dog")]


class Fixed(torch.nn.Module):
    """Says one thing of every input."""

    def __init__(self, *values):
        super().__init__()
        self.values = values

    def forward(self, *_):
        return self.values if len(self.values) > 1 else self.values[0]


def test_a_word_is_part_of_a_name_or_an_attribute_but_not_both():
    """ "chair" with "red" before it: a name of two words (chance 0.9), or an attribute (0.6)."""
    net, batcher = network()
    kinds = torch.tensor([[[-9.0, 9.0], [9.0, -9.0]]])  # red: attribute; chair: object
    for chance, facts in ((0.6, [("red chair",)]), (0.99, [("chair", "is", "red")])):
        lengths = torch.full((1, 2, 2, 4), -9.0)
        lengths[..., 0] = torch.tensor(0.1).log()
        lengths[0, 1, 0, 1] = torch.tensor(0.9).log()
        net.encoder, net.nodes = Fixed(torch.zeros(1, 2, 16)), Fixed(kinds, lengths)
        net.attributes = Fixed(torch.tensor([chance]).logit())
        labels = 2 + len(batcher.vocabulary.inventory.relations)  # none, and one candidate at least
        net.relations = Fixed(torch.zeros(0, labels), torch.zeros(0, 2))  # one object has no pair
        assert Reader([net], batcher).read([caption("red chair")])[0].facts() == facts


def test_a_saved_parser_reads_as_the_one_that_was_saved(tmp_path):
    _, batcher = network()
    whole = ParserNetwork(batcher.vocabulary).eval().half().float()  # what half precision can hold
    save_parser([whole], batcher.vocabulary, tmp_path)
    captions = [caption("a man riding a horse"), caption("cat sits on red chair")]
    expected = Reader([whole], Batcher(batcher.vocabulary)).read(captions)
    assert [one.facts() for one in load_reader(tmp_path).read(captions)] == [one.facts() for one in expected]


def test_weights_that_do_not_fit_the_vocabulary_are_refused(tmp_path):
    _, batcher = network()
    save_parser([ParserNetwork(batcher.vocabulary)], batcher.vocabulary, tmp_path)
    replace(batcher.vocabulary, words={"one": 1}).save(tmp_path / "vocabulary.json")
    with pytest.raises(FormatError, match="not the weights of this text parser"):
        load_reader(tmp_path)
    (tmp_path / "model.safetensors").unlink()
    with pytest.raises(FormatError, match="not the weights of this text parser"):
        load_reader(tmp_path)


def test_roles_keep_their_order_because_weights_depend_on_it():
    assert list(Role) == [Role.OBJECT, Role.ATTRIBUTE]


def test_two_networks_that_agree_say_what_one_says_and_two_that_differ_are_averaged():
    net, batcher, _ = learned_by_heart()
    other, _ = network(seed=3)
    once, twice = Reader([net], batcher).read(CAPTIONS), Reader([net, net], batcher).read(CAPTIONS)
    assert [one.facts() for one in once] == [one.facts() for one in twice]
    assert Reader([net, other], batcher).read(CAPTIONS) == Reader([other, net], batcher).read(CAPTIONS)

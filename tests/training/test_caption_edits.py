"""Edited captions made on the fly: which, when, for whom; and edited phrases as negatives of OSC, PTC and the direct
form."""

from collections import Counter
from dataclasses import replace

import pytest
import torch

from finsta.config import ParseConfig, control
from finsta.data.clips import ClipCache
from finsta.data.graph_store import GraphStore
from finsta.data.pairs import HardNegative
from finsta.text import parse_text
from finsta.training import post_train
from finsta.training.loop.loop import read_log
from finsta.training.post_training.batches import Negatives, PairCollator
from finsta.training.post_training.caption_edits import CaptionEdits, TextGraphs, parsed_captions
from finsta.training.post_training.collating import make_collator
from finsta.training.post_training.graph_inputs import edited_nodes
from tests.hosts.registry import own_host, shared_host
from tests.training.steps import CONFIG, NOTHING, data, step

RULES = ParseConfig(text_parser="rules")
KINDS = ("attribute", "role", "predicate", "adverb", "order")


def bare():
    """The pairs without hard negatives of their own."""
    return tuple(replace(pair, negatives=()) for pair in data()[1])


def edits(pairs, **changes):
    graph_of = parsed_captions(TextGraphs(RULES), "detailed")
    return CaptionEdits(pairs, graph_of, **({"kinds": KINDS, "most": 9, "seed": 0} | changes))


def test_a_pair_without_hard_negatives_gets_edits_of_its_own_caption():
    pairs = bare()
    found = edits(pairs)(pairs[0], 0)
    assert {edit.kind for edit in found} == {"attribute", "role", "predicate", "adverb"}
    assert "the blue ball approaches a red cube slowly" in {edit.caption for edit in found}
    assert pairs[0].caption not in {edit.caption for edit in found}


def test_hard_negatives_of_the_manifest_come_first():
    pairs = data()[1]
    assert edits(pairs)(pairs[0], 0) == pairs[0].negatives


def test_kinds_and_number_are_the_settings():
    pairs = bare()
    assert {edit.kind for edit in edits(pairs, kinds=("role", "adverb"))(pairs[0], 0)} == {"role", "adverb"}
    assert len(edits(pairs, most=2)(pairs[0], 0)) == 2


def test_which_edits_are_taken_depends_on_seed_pair_and_step_alone():
    pairs = bare()
    one, other = edits(pairs, most=2), edits(pairs, most=2)
    other(pairs[1], 3)  # what was asked for before changes nothing
    assert [one(pairs[0], step) for step in range(4)] == [other(pairs[0], step) for step in range(4)]
    assert len(Counter(one(pairs[0], step) for step in range(20))) > 3
    assert [one(pairs[0], step) for step in range(4)] != [
        edits(pairs, most=2, seed=1)(pairs[0], step) for step in range(4)
    ]


def test_the_caption_that_is_trained_on_is_the_one_that_is_edited():
    pair = data()[1][0]
    texts = TextGraphs(RULES)
    assert parsed_captions(texts, "detailed")(pair) == parse_text(pair.caption, parser="rules")
    assert parsed_captions(texts, "coarse")(pair).text == pair.coarse_caption


def test_a_run_and_its_control_see_the_same_edits(tmp_path):
    pairs, host = bare(), shared_host("clip")
    weights = replace(CONFIG.transfer, negatives=0.5, most_edits=2)
    whole = collate(host, weights, pairs, tmp_path)
    alone = collate(host, control(replace(CONFIG, transfer=weights)).transfer, pairs, tmp_path)
    for number in range(3):
        assert whole([0, 1, 2], number).negative_texts == alone([0, 1, 2], number).negative_texts
    assert alone([0], 0).graphs is None


def collate(host, weights, pairs, folder, **changes):
    config = replace(CONFIG, parse=RULES, transfer=weights, **changes)
    clips = ClipCache(folder / "clips", frames=host.num_frames, prepare=host.prepare, geometry=host.geometry)
    graphs = GraphStore(folder / "graphs") if weights.uses_graphs else None
    return make_collator(host, pairs, clips, graphs, config)


def test_a_batch_holds_the_edits_of_its_step_as_tokens_and_as_texts(tmp_path):
    host, pairs = shared_host("clip"), bare()
    make = collate(host, replace(NOTHING, host=1.0, negatives=0.5, most_edits=2), pairs, tmp_path)
    first, second = make([0, 2], 0), make([0, 2], 1)
    assert first.negative_owner.tolist() == [0, 0, 1, 1]
    assert len(first.negatives["input_ids"]) == len(first.negative_texts) == 4
    assert first.negative_texts != second.negative_texts
    assert first.negative_texts == make([0, 2], 0).negative_texts
    assert first.graphs is None


def test_without_a_weight_nothing_is_edited(tmp_path):
    batch = collate(shared_host("clip"), replace(NOTHING, host=1.0), bare(), tmp_path)([0, 1], 0)
    assert batch.negatives is None
    assert batch.negative_owner is None
    assert batch.negative_texts == ()


def test_a_host_that_reads_no_text_has_edits_as_sentences(tmp_path):
    weights = replace(NOTHING, host=1.0, negatives=0.5, most_edits=1)
    batch = collate(shared_host("videomae"), weights, bare(), tmp_path)([0, 1], 0)
    assert batch.negatives is None
    assert batch.captions is None
    assert batch.negative_sentences.shape == (2, 384)


@pytest.mark.parametrize(
    ("true", "wrong", "found"),
    [
        (
            "A red circle follows a blue square.",
            "A green circle follows a blue square.",
            [("red circle", "green circle"), ("red circle follows blue square", "green circle follows blue square")],
        ),
        (
            "A red circle follows a blue square.",
            "A blue square follows a red circle.",  # both objects are spoken of: only the event is wrong
            [("red circle follows blue square", "blue square follows red circle")],
        ),
        ("A man runs quickly.", "A man runs slowly.", [("man runs quickly", "man runs slowly")]),
        ("A man runs, then a dog barks.", "A dog barks, then a man runs.", []),  # no phrase tells of order
        ("A man runs.", "A man and a dog run.", []),  # unequal numbers: which stands for which is not known
    ],
)
def test_edited_phrases_are_those_that_the_true_caption_does_not_have(true, wrong, found):
    from finsta.alignment.phrases import phrases_of

    graphs = parse_text(true, parser="rules"), parse_text(wrong, parser="rules")
    phrases = {phrase.node: phrase.text for phrase in phrases_of(graphs[0])}
    assert [(phrases[node], phrase) for _, node, phrase in edited_nodes(*graphs)] == found


WEIGHTS = replace(
    NOTHING, direct=1.0, relational=1.0, object_spatial=1.0, predicate_temporal=1.0, edited_phrases=True
)  # fmt: skip


def test_edited_phrases_enter_the_batch_in_its_own_numbering(tmp_path):
    pairs = bare()
    batch = collate(shared_host("clip"), replace(WEIGHTS, most_edits=1, edits=("predicate",)), pairs, tmp_path)(
        [1, 2], 0
    )
    edited = batch.graphs.edited
    assert batch.negatives is None  # the host's own loss did not ask
    assert edited.node.tolist() == [1, 4]  # predicates of the first and the second text, of three nodes each
    assert edited.graphs.num_graphs == 2
    assert len(batch.graphs.edited_phrases["input_ids"]) == 2
    kinds = edited.graphs.node_kind[edited.edited_node]
    assert (kinds == batch.graphs.graphs.text.node_kind[edited.node]).all()


def another_subject(pair) -> HardNegative:
    words = pair.caption.split()
    place = next(index for index, word in enumerate(words) if word in ("cube", "ball", "cone"))
    return HardNegative(caption=" ".join([*words[:place], "dog", *words[place + 1 :]]), kind="attribute")


def test_edited_phrases_are_negatives_of_all_three_forms(tmp_path):
    pairs = bare()
    plain, with_edits = (step(own_host("clip"), replace(WEIGHTS, edited_phrases=chosen)) for chosen in (False, True))
    host = shared_host("clip")
    clips = ClipCache(tmp_path, frames=host.num_frames, prepare=host.prepare, geometry=host.geometry)
    other = Negatives(of=lambda pair, step: (another_subject(pair),), host=False, graph_of=TextGraphs(RULES))
    batch = PairCollator(host, pairs, clips, graphs=GraphStore(tmp_path), negatives=other)([0, 1, 2])
    assert batch.graphs.edited.node.tolist() == [0, 1, 3, 4, 6, 7]  # subjects, and what they do
    for name in ("object_spatial", "predicate_temporal", "direct_object", "direct_predicate", "direct_clip"):
        without = replace(batch, graphs=replace(batch.graphs, edited=None, edited_phrases=None))
        more = with_edits.objective(batch, 0.5)[name].item()
        less = plain.objective(without, 0.5)[name].item()
        assert more > less, name


def test_a_run_with_edits_on_the_fly_needs_neither_graphs_nor_negatives_in_the_data(tmp_path):
    own_host("clip").save(tmp_path / "host")
    pairs = [replace(pair, graph=None) for pair in bare()]
    config = replace(CONFIG, steps=2, batch_size=2, parse=RULES, transfer=replace(NOTHING, host=1.0, negatives=0.5))
    post_train(tmp_path / "host", pairs, tmp_path / "e", config=config)
    assert all(line["negatives"] > 0 for line in read_log(tmp_path / "e" / "run"))


def test_negatives_of_ones_own_can_be_given(tmp_path):
    host, pairs = shared_host("clip"), bare()
    clips = ClipCache(tmp_path, frames=host.num_frames, prepare=host.prepare, geometry=host.geometry)
    own = Negatives(of=lambda pair, step: (HardNegative(caption=f"not {pair.caption}", kind="role"),))
    batch = PairCollator(host, pairs, clips, negatives=own)([0, 1])
    assert batch.negative_texts == tuple(f"not {pair.caption}" for pair in pairs[:2])
    assert torch.equal(batch.negative_owner, torch.tensor([0, 1]))

"""Captions, their gold graphs, and captions that are false."""

from collections import Counter
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from finsta.data.pairs import HardNegative
from finsta.data.world.claims import Claim, Clause, Description, describe
from finsta.data.world.make import annotate
from finsta.data.world.negatives import CHANGES, Setting
from finsta.data.world.settings import WorldConfig
from finsta.data.world.vocabulary import ADVERBS, COLOURS, HELD_OUT_LOOKS, SHAPES, VERBS
from finsta.data.world.wording import word
from finsta.graphs.collate import holistic_batch
from finsta.graphs.scene_graph import EdgeKind, NodeKind
from tests.data.world_checks import happens, happens_anywhere, pace

CLIPS = 300
RED_CIRCLE = Description(noun="circle", shape="circle", colour="red", size="small", texture=None)
BLUE_BOX = Description(noun="box", shape="square", colour="blue", size=None, texture="striped")
PUSH = Clause(
    predicate="push", form=0, pace="quickly", pace_word=0, pace_last=False, voice="active", subject=0, object=1
)
SPIN = Clause(predicate="spin", form=1, pace=None, pace_word=0, pace_last=False, voice="active", subject=0, object=None)
THINGS = {0: RED_CIRCLE, 1: BLUE_BOX}
ONE = Claim(things=THINGS, clauses=(PUSH,), relation=None, template=0, style="present", definite=False)
TWO = replace(ONE, clauses=(PUSH, SPIN), relation="sequence", template=1)


@cache
def clips():
    return tuple(annotate(11, WorldConfig(), index) for index in range(CLIPS))


@cache
def further_clips():
    return tuple(annotate(11, WorldConfig(), index) for index in range(CLIPS, 2 * CLIPS))


def spoken(graph):
    return [(node.kind.value, node.label, node.lemma, node.span) for node in graph.nodes]


@pytest.mark.parametrize(
    ("claim", "sentence"),
    [
        (ONE, "A small red circle quickly pushes a striped blue box."),
        (replace(ONE, style="progressive"), "A small red circle is quickly pushing a striped blue box."),
        (replace(ONE, style="nominal"), "A small red circle quickly pushing a striped blue box."),
        (
            replace(ONE, clauses=(replace(PUSH, voice="passive", pace_last=True),), definite=True),
            "The striped blue box is pushed by the small red circle quickly.",
        ),
        (
            replace(ONE, clauses=(replace(PUSH, voice="passive"),), style="progressive"),
            "A striped blue box is being quickly pushed by a small red circle.",
        ),
        (TWO, "A small red circle quickly pushes a striped blue box and then the red circle rotates."),
        (
            replace(TWO, shared="left out"),
            "A small red circle quickly pushes a striped blue box and then rotates.",
        ),
        (
            replace(TWO, shared="it", template=0),
            "A small red circle quickly pushes a striped blue box, then it rotates.",
        ),
        (
            replace(TWO, template=5, definite=True),
            "After the small red circle quickly pushes the striped blue box, the red circle rotates.",
        ),
        (
            replace(TWO, template=4),
            "A small red circle rotates after the red circle quickly pushes a striped blue box.",
        ),
    ],
)
def test_a_claim_is_worded(claim, sentence):
    assert word(claim).text == sentence


def test_the_graph_of_a_caption_has_its_words_by_span_in_order_of_mention():
    graph = word(replace(TWO, shared="it", template=0)).graph
    assert spoken(graph) == [
        ("attribute", "small", "small", (2, 7)),
        ("attribute", "red", "red", (8, 11)),
        ("object", "circle", "circle", (12, 18)),
        ("predicate_attribute", "quickly", "quickly", (19, 26)),
        ("predicate", "pushes", "push", (27, 33)),
        ("attribute", "striped", "striped", (36, 43)),
        ("attribute", "blue", "blue", (44, 48)),
        ("object", "box", "box", (49, 52)),
        ("predicate", "rotates", "rotate", (62, 69)),
    ]
    assert graph.nodes[2].mentions == ((12, 18), (59, 61))
    assert {(edge.kind.value, edge.source, edge.target) for edge in graph.edges} == {
        ("attribute", 2, 0),
        ("attribute", 2, 1),
        ("attribute", 7, 5),
        ("attribute", 7, 6),
        ("predicate_attribute", 4, 3),
        ("subject", 2, 4),
        ("object", 4, 7),
        ("subject", 2, 8),
        ("temporal_order", 4, 8),
    }


def test_a_passive_keeps_its_roles_and_while_orders_both_ways():
    clauses = (replace(PUSH, voice="passive"), replace(SPIN, subject=1))
    caption = word(replace(TWO, clauses=clauses, relation="while", template=0))
    assert caption.text == "A striped blue box is quickly pushed by a small red circle while the blue box rotates."
    pushed, rotates = caption.predicates
    assert caption.graph.sources(pushed, EdgeKind.SUBJECT) == [caption.objects[0]]
    assert caption.graph.targets(pushed, EdgeKind.OBJECT) == [caption.objects[1]]
    assert caption.graph.targets(pushed, EdgeKind.TEMPORAL_ORDER) == [rotates]
    assert caption.graph.targets(rotates, EdgeKind.TEMPORAL_ORDER) == [pushed]
    assert (caption.graph.nodes[pushed].label, caption.graph.nodes[pushed].lemma) == ("pushed", "push")


def test_every_graph_is_valid_and_every_span_says_its_label():
    for _, entry, graph in clips():
        graph.validate()
        assert graph.text.text == entry["caption"]
        for node in graph.text.nodes:
            assert node.span == node.mentions[0]
            assert graph.text.text[slice(*node.span)] == node.label
            assert {graph.text.text[slice(*span)] for span in node.mentions} <= {node.label, "it"}


def test_every_word_of_a_caption_belongs_to_a_node_or_is_a_function_word():
    function_words = {
        *["a", "an", "the", "is", "being", "by", ",", "then", "and", "first", "before", "after", "while", "it"]
    }
    for _, entry, graph in clips():
        covered = [span for node in graph.text.nodes for span in node.mentions]
        rest = "".join(
            " " if any(start <= place < end for start, end in covered) else letter
            for place, letter in enumerate(entry["caption"])
        )
        assert set(rest.lower().rstrip(".").replace(",", " , ").split()) <= function_words


def test_links_lead_to_what_the_words_mean():
    for scene, _, graph in clips()[:100]:
        batch = holistic_batch([graph])
        assert batch.object_link.shape[1] == len(graph.text.indices(NodeKind.OBJECT))
        assert batch.predicate_link.shape[1] == len(scene.events) == len(graph.text.indices(NodeKind.PREDICATE))
        for link in graph.object_links:
            thing = scene.things[link.subject_track]
            assert graph.text.nodes[link.text_node].lemma == thing.noun
            said = {graph.text.nodes[node].lemma for node in graph.text.attributes(link.text_node)}
            assert thing.colour in said <= {thing.colour, thing.size, thing.texture}
        for link in graph.predicate_links:
            event = next(event for event in scene.events if event.predicate == link.label)
            assert (event.subject, event.object) == (link.subject_track, link.object_track)
            assert scene.seconds(event) == link.interval
            forms = {lemma for _, _, lemma in VERBS[event.predicate].forms}
            assert graph.text.nodes[link.text_node].lemma in forms | {event.predicate}


def test_key_frames_hold_what_is_visible_and_going_on():
    for scene, _, graph in clips()[:120]:
        assert [frame.time for frame in graph.video.frames] == [place / 8 for place in range(2, 32, 4)]
        for frame in graph.video.frames:
            now = round(frame.time * 8)
            shown = {node.track: node.box for node in frame.nodes if node.kind is NodeKind.OBJECT}
            assert shown == {
                thing: box for thing in range(len(scene.things)) if (box := scene.box(thing, now)) is not None
            }
            going_on = {
                event.predicate
                for event in scene.events
                if event.first <= now <= event.last and {event.subject, event.object} <= {*shown, None}
            }
            assert {node.label for node in frame.nodes if node.kind is NodeKind.PREDICATE} == going_on


def test_the_gold_camera_brings_still_things_to_rest():
    for scene, _, graph in clips()[:120]:
        acting = {thing for event in scene.events for thing in (event.subject, event.object)}
        for thing in set(range(len(scene.things))) - acting:
            centers = []
            for frame in graph.video.frames:
                x1, y1, x2, y2 = next(node.box for node in frame.nodes if node.track == thing)
                centers.append(frame.camera.stabilise((x1 + x2) / 2, (y1 + y2) / 2))
            np.testing.assert_allclose(centers, [centers[0]] * len(centers), atol=1e-4)


def test_coarse_captions_name_all_things_and_colours_in_half_of_the_clips():
    coloured = 0
    for scene, entry, _ in clips():
        words = entry["coarse_caption"].lower().replace(",", "").rstrip(".").split()
        assert sorted(word for word in words if word in {thing.noun for thing in scene.things}) == sorted(
            thing.noun for thing in scene.things
        )
        assert not set(words) & {form for verb in VERBS.values() for form, _, _ in verb.forms}
        coloured += bool(set(words) & set(COLOURS))
    assert coloured / CLIPS == pytest.approx(0.5, abs=0.09)


def changes(kind):
    """The scene, the claim and the changed claim of every clip that has a negative of this kind."""
    for index, (scene, _, _) in enumerate(clips()):
        rng = np.random.default_rng(index)
        claim = describe(scene, rng, WorldConfig())
        changed = CHANGES[kind](scene, claim, rng, Setting(WorldConfig(), held_out=True))
        if changed is not None:
            yield scene, claim, changed


def test_swapped_roles_are_false_and_symmetric_events_are_not_swapped():
    seen = Counter()
    for scene, claim, changed in changes("role"):
        ((event, old, new),) = [
            (event, old, new)
            for event, old, new in zip(scene.events, claim.clauses, changed.clauses, strict=True)
            if old != new
        ]
        assert (new.subject, new.object) == (old.object, old.subject)
        assert new == replace(old, subject=new.subject, object=new.object)
        assert not happens(scene, new.predicate, new.subject, new.object, event.first, event.last)
        assert not happens_anywhere(scene, new.predicate, new.subject, new.object)
        seen[new.predicate] += 1
    assert set(seen) == {verb for verb, entry in VERBS.items() if entry.binary} - {"touch"}


def test_exchanged_predicates_are_false():
    seen = Counter()
    for scene, claim, changed in changes("predicate"):
        ((old, new),) = [pair for pair in zip(claim.clauses, changed.clauses, strict=True) if pair[0] != pair[1]]
        assert new == replace(old, predicate=new.predicate)
        assert not happens_anywhere(scene, new.predicate, new.subject, new.object), (scene.events, new)
        seen[new.predicate] += 1
    assert set(seen) == set(VERBS)


def test_exchanged_adverbs_contradict_the_measured_speed():
    count = 0
    for scene, claim, changed in changes("adverb"):
        ((event, old, new),) = [
            (event, old, new)
            for event, old, new in zip(scene.events, claim.clauses, changed.clauses, strict=True)
            if old != new
        ]
        assert new == replace(old, pace=new.pace)
        assert old.pace == pace(scene, event) != new.pace
        count += 1
    assert count > 110


def test_exchanged_order_is_false_and_only_sequences_are_exchanged():
    count = 0
    for scene, claim, changed in changes("order"):
        assert scene.relation == "sequence"
        assert changed == replace(claim, clauses=claim.clauses[::-1])
        early, late = scene.events
        again = [(early, late.first, scene.num_frames - 1), (late, 0, early.last)]
        assert not any(happens(scene, e.predicate, e.subject, e.object, first, last) for e, first, last in again)
        count += 1
    assert count > 60


def test_exchanged_attributes_describe_no_things_that_do_so():
    count = 0
    for scene, claim, changed in changes("attribute"):
        assert changed.clauses == claim.clauses
        others = [
            [index for index, thing in enumerate(scene.things) if changed.things[name].fits(thing)]
            for name in sorted(changed.things)
        ]
        places = dict(zip(sorted(changed.things), others, strict=True))
        said = [
            any(
                happens_anywhere(scene, clause.predicate, subject, target)
                for subject in places[clause.subject]
                for target in (places[clause.object] if clause.object is not None else [None])
                if subject != target
            )
            for clause in changed.clauses
        ]
        assert not all(said)
        count += 1
    assert count > 200


def test_two_mentioned_things_exchange_exactly_one_quality():
    for _, claim, changed in changes("attribute"):
        different = [
            (thing, quality)
            for thing in claim.things
            for quality in ("noun", "shape", "colour", "size", "texture")
            if getattr(claim.things[thing], quality) != getattr(changed.things[thing], quality)
        ]
        assert len({quality for _, quality in different}) == 1
        assert len(different) == min(len(claim.things), 2)


def test_negatives_differ_from_the_caption_and_from_each_other():
    for _, entry, _ in clips():
        captions = [entry["caption"], *(negative["caption"] for negative in entry["negatives"])]
        assert len(set(captions)) == len(captions)
        assert [HardNegative(**negative).kind for negative in entry["negatives"]] == sorted(
            (negative["kind"] for negative in entry["negatives"]), key=list(CHANGES).index
        )


def test_captions_of_training_clips_never_name_a_held_out_look_even_falsely():
    for _, entry, _ in clips():
        if entry["split"] == "test":
            continue
        for caption in [entry["caption"], *(negative["caption"] for negative in entry["negatives"])]:
            for colour, shape in HELD_OUT_LOOKS:
                assert f"{colour} {shape}" not in caption.lower()


@pytest.mark.parametrize("kind", ["attribute", "role", "predicate", "adverb", "order"])
def test_a_bag_of_words_cannot_tell_false_captions_from_true_ones(kind):
    pairs = [
        (entry["caption"], negative["caption"])
        for _, entry, _ in clips() + further_clips()
        for negative in entry["negatives"]
        if negative["kind"] == kind
    ]
    half = len(pairs) // 2
    accuracy = np.mean([_accuracy(pairs[:half], pairs[half:]), _accuracy(pairs[half:], pairs[:half])])
    assert len(pairs) > 150
    assert accuracy < 0.58


def _accuracy(train, test):
    """Of a logistic regression on word counts, fitted by gradient descent."""
    words = sorted({token for pair in train for caption in pair for token in _words(caption)})
    vocabulary = {token: place for place, token in enumerate(words)}

    def counts(pairs):
        rows = np.zeros((2 * len(pairs), len(vocabulary) + 1))
        for row, caption in enumerate(caption for pair in pairs for caption in pair):
            rows[row, -1] = 1
            for token in _words(caption):
                if token in vocabulary:
                    rows[row, vocabulary[token]] += 1
        return rows, np.tile([1.0, 0.0], len(pairs))

    x, y = counts(train)
    weight = np.zeros(x.shape[1])
    for _ in range(300):
        weight -= 0.5 * (x.T @ (1 / (1 + np.exp(-x @ weight)) - y) / len(y) + 1e-3 * weight)
    x, y = counts(test)
    score = x @ weight
    return float(np.mean(np.where(score == 0, 0.5, (score > 0) == (y == 1))))


def _words(caption):
    return caption.lower().replace(",", "").rstrip(".").split()


def test_verbs_colours_shapes_and_adverbs_are_balanced():
    events, looks = Counter(), Counter()
    for scene, _, _ in clips() + further_clips():
        events.update(event.predicate for event in scene.events)
        looks.update(value for thing in scene.things for value in (thing.colour, thing.shape))
        events.update(event.adverb for event in scene.events if event.adverb)
    for names, counter, tolerance in (
        (list(VERBS), events, 0.5),
        (list(COLOURS), looks, 0.2),
        (list(SHAPES), looks, 0.2),
        (list(ADVERBS), events, 0.1),
    ):
        mean = np.mean([counter[name] for name in names])
        assert all(abs(counter[name] - mean) < tolerance * mean for name in names), counter

"""What the formats say and ask is true of the scenes: answers by a way of their own, wrong choices false."""

import re
from itertools import pairwise, permutations

import numpy as np
import pytest

from finsta.data.world.formats.captions import claim_of, paraphrases, speaks_of_none
from finsta.data.world.formats.choices import FOURS, choices, five_captions
from finsta.data.world.formats.clips import World, WorldClip
from finsta.data.world.formats.films import films
from finsta.data.world.formats.gaps import GAP, gap
from finsta.data.world.formats.questions import NUMBERS, Question, questions
from finsta.data.world.formats.violin import CLIPS, PAIRS, statement_pairs
from finsta.data.world.negatives import CHANGES, Setting
from finsta.data.world.scene import Event
from finsta.data.world.truth import holds
from finsta.data.world.vocabulary import COLOURS, NOUNS, VERBS, rivals


def asked(many: World, template: str) -> list[tuple[WorldClip, Question]]:
    found = [(clip, q) for clip in many.clips[:300] for q in questions(clip, clip.rng("t")) if q.template == template]
    assert len(found) > 30
    assert {question.answer for _, question in found} <= ANSWERS[template]
    assert all(question.answers == len(ANSWERS[template]) for _, question in found)
    return found


ANSWERS = {
    "subject": set(NOUNS),
    "object": set(NOUNS),
    "action": {verb.forms[0][1] for verb in VERBS.values()},
    "color": set(COLOURS),
    "total": {"two", "three", "four"},
    "texture": {"zero", "one", "two"},
    "location": {"left", "right", "top", "bottom"},
    "pace": {"slowly", "quickly"},
    "order": {"before", "after"},
}


def called(clip: WorldClip, colour: str, noun: str) -> int:
    """The one thing of this colour and noun."""
    (thing,) = [n for n, each in enumerate(clip.scene.things) if (each.colour, each.noun) == (colour, noun)]
    return thing


def event_of(clip: WorldClip, participle: str) -> Event:
    (event,) = [e for e in clip.scene.events if participle in (form[1] for form in VERBS[e.predicate].forms)]
    return event


def test_counts_are_those_of_the_things(many):
    for clip, question in asked(many, "total"):
        assert question.answer == NUMBERS[len(clip.scene.things)]
    for clip, question in asked(many, "texture"):
        texture = question.text.split()[2]
        assert question.answer == NUMBERS[[thing.texture for thing in clip.scene.things].count(texture)]


def test_a_colour_is_that_of_the_only_thing_of_its_shape(many):
    for clip, question in asked(many, "color"):
        noun = question.text.split()[4]
        (shape,) = [shape for shape, nouns in NOUNS.items() if noun in nouns]
        (thing,) = [thing for thing in clip.scene.things if thing.shape == shape]
        assert question.answer == thing.colour


def test_things_that_act_and_are_acted_on_are_those_of_the_event(many):
    for clip, question in asked(many, "subject"):
        words = re.fullmatch(r"what is (.+?)(?: the (\w+) (\w+))? \?", question.text)
        assert words
        event = event_of(clip, words[1])
        assert clip.scene.things[event.subject].shape == question.answer
        assert event.object == (called(clip, words[2], words[3]) if words[2] else None)
    for clip, question in asked(many, "object"):
        words = re.fullmatch(r"what is the (\w+) (\w+) (.+) \?", question.text)
        assert words
        event = event_of(clip, words[3])
        assert event.subject == called(clip, words[1], words[2])
        assert event.object is not None
        assert clip.scene.things[event.object].shape == question.answer


def test_actions_and_paces_are_those_of_the_only_event_of_a_thing(many):
    for clip, question in asked(many, "action"):
        _, _, _, colour, noun, *_ = question.text.split()
        (event,) = [e for e in clip.scene.events if called(clip, colour, noun) in (e.subject, e.object)]
        assert VERBS[event.predicate].forms[0][1] == question.answer
    for clip, question in asked(many, "pace"):
        _, _, _, colour, noun, *_ = question.text.split()
        thing = called(clip, colour, noun)
        assert question.answer in [event.adverb for event in clip.scene.events if event.subject == thing]


def test_a_place_is_where_the_thing_is_in_the_last_picture(many):
    for clip, question in asked(many, "location"):
        _, _, _, colour, noun, *_ = question.text.split()
        box = clip.scene.box(called(clip, colour, noun), clip.scene.num_frames - 1)
        assert box is not None
        x, y = (box[0] + box[2]) / 2 - 0.5, (box[1] + box[3]) / 2 - 0.5
        sides = {"left": -x, "right": x, "top": -y, "bottom": y}
        assert question.answer == max(sides, key=sides.__getitem__)


def test_before_and_after_are_the_order_of_the_events(many):
    for clip, question in asked(many, "order"):
        words = re.match(r"when does the (\w+) (\w+) (.+) , before or after", question.text)
        assert words
        first, second = clip.scene.events
        assert first.last < second.first
        thing = called(clip, words[1], words[2])
        lemmas = {VERBS[event.predicate].forms[0][2]: event for event in (first, second) if event.subject == thing}
        (event,) = [event for lemma, event in lemmas.items() if words[3].startswith(lemma)]
        assert question.answer == ("before" if event is first else "after")


def test_verbs_of_a_question_exclude_each_other():
    for group in FOURS:
        for one, other in permutations(group, 2):
            assert other in rivals(one)
    assert {verb for group in FOURS for verb in group} == set(VERBS)


def test_wrong_actions_and_colours_are_false(many):
    kinds = set()
    for clip, found in choices(many.clips[:300], "t"):
        for choice in found:
            kinds.add(choice.kind)
            assert len({choice.right, *choice.wrong}) == 4
            if choice.kind == "action":
                words = re.fullmatch(r"What does the (\w+) (\w+) do\?", choice.question)
                assert words
                thing = called(clip, words[1], words[2])
                thirds = {verb.forms[0][0]: name for name, verb in VERBS.items()}
                (event,) = [event for event in clip.scene.events if event.subject == thing]
                assert choice.right.startswith(f"It {VERBS[event.predicate].forms[0][0]}")
                for wrong in choice.wrong:
                    told = wrong.removeprefix("It ").rstrip(".").partition(" the ")[0]
                    frames = (0, clip.scene.num_frames - 1)
                    assert not holds(clip.scene, thirds[told], thing, event.object, frames=frames)
            if choice.kind == "color":
                noun = choice.question.split()[4]
                (shape,) = [shape for shape, nouns in NOUNS.items() if noun in nouns]
                colours = {thing.colour for thing in clip.scene.things if thing.shape == shape}
                assert {choice.right.lower()} == colours
    assert kinds == {"action", "color", "role", "predicate", "adverb", "order"}


def test_the_corners_of_two_changes_are_as_far_from_each_other(many):
    """Each choice has one neighbour in either direction: the right one is no centre."""
    corners = [c for _, found in choices(many.clips[:300], "t") for c in found if c.kind == "adverb"]
    assert len(corners) > 20
    for choice in corners:
        texts = [set(enumerate(text.split())) for text in (choice.right, *choice.wrong)]
        distances = [sorted(len(one ^ other) for other in texts) for one in texts]
        assert all(each == distances[0] for each in distances)


def test_five_captions_differ_in_one_word_and_its_article(many):
    found = [five for clip in many.clips[:200] if (five := five_captions(clip, "t")) is not None]
    assert len(found) > 100
    for right, wrong in found:
        assert len({right, *wrong}) == 5
        for one, other in pairwise((right, *wrong)):
            assert len(one.split()) == len(other.split())
            changed = [a for a, b in zip(one.split(), other.split(), strict=True) if a.strip(",.") != b.strip(",.")]
            assert 1 <= len([word for word in changed if word.lower() not in ("a", "an")]) <= 2


def test_a_gap_hides_a_colour_and_nothing_before_it_tells_which(many):
    found = [each for clip in many.clips[:200] if (each := gap(clip, "t")) is not None]
    assert len(found) > 100
    for text, with_gap, word in found:
        assert word in COLOURS
        assert with_gap.replace(GAP, word) == text
        assert not re.search(rf"\b[Aa]n? {GAP}", with_gap)


def test_statements_come_instatement_pairs_of_a_true_and_a_false_one(many):
    pairs = [statement_pairs(film) for film in films(many.of("test"), size=CLIPS)]
    assert np.mean([len(found) == PAIRS for found in pairs]) > 0.95
    for found in pairs:
        assert all(right != wrong for right, wrong in found)


def test_a_false_statement_speaks_of_no_event_whose_things_are_all_in_another_clip(many):
    found = []
    for clip, other in pairwise(many.clips):
        rng = clip.rng("t")
        claim = claim_of(clip, rng)
        assert not speaks_of_none([clip.scene], claim)
        false = CHANGES["predicate"](clip.scene, claim, rng, Setting(clip.config, held_out=False))
        if false is not None:
            there = {key: any(map(each.fits, other.scene.things)) for key, each in false.things.items()}
            acts = [(there[clause.subject], there.get(clause.object, True)) for clause in false.clauses]
            found.append(speaks_of_none([other.scene], false))
            assert found[-1] == (not any(map(all, acts)))
    assert {True, False} == set(found)


@pytest.mark.parametrize("count", [1, 20])
def test_paraphrases_differ_and_are_the_same_each_time(many, count):
    for clip in many.clips[:20]:
        texts = paraphrases(clip, count, "t")
        assert texts == paraphrases(clip, count, "t")
        assert len(texts) == count
        assert len(set(texts)) > 0.7 * count

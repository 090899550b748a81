"""Edited captions: what each edit writes, and that it differs in one thing and no more."""

import pytest

from finsta.text import EditVocabulary, edit_caption
from finsta.text.edits import KINDS
from finsta.text.vocabulary import Wording
from finsta.text.wording import article, substituted
from tests.text.by_rules import parse_text, parse_texts
from tests.text.facts import facts

NOTHING = EditVocabulary()


def edits(text, vocabulary=NOTHING, seed=0):
    return [(edit.kind, edit.caption) for edit in edit_caption(parse_text(text), vocabulary=vocabulary, seed=seed)]


EXCHANGES = [
    (
        "A red circle follows a blue square.",
        [
            ("attribute", "A blue circle follows a red square."),
            ("role", "A blue square follows a red circle."),
        ],
    ),
    ("A young girl is feeding an old cat.", [
        ("attribute", "An old girl is feeding a young cat."),
        ("role", "An old cat is feeding a young girl."),
    ]),
    ("A white dog chased by a black cat.", [
        ("attribute", "A black dog chased by a white cat."),
        ("role", "A black cat chased by a white dog."),
    ]),
    ("a laptop on a desk", [("role", "a desk on a laptop")]),
    ("two dogs chasing two cats", [("role", "two cats chasing two dogs")]),
    ("The man barks before the dog leaves.", [("order", "The man barks after the dog leaves.")]),
    ("After the man leaves, the dog barks.", [("order", "Before the man leaves, the dog barks.")]),
    ("A man runs, then a dog barks.", [("order", "A dog barks, then a man runs.")]),
    ("A man jumps. Then he sits down.", [("order", "A man sits down. Then he jumps.")]),
    ("A man is running and then jumping twice.", [("order", "A man is jumping twice and then running.")]),
    ("First, cut the tomatoes, then fry them.", [("order", "First, fry the tomatoes, then cut them.")]),
    ("The woman puts the onions in the pan, then stirs them.", [
        ("order", "The woman stirs the onions, then puts them in the pan."),
    ]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), EXCHANGES, ids=[text for text, _ in EXCHANGES])
def test_exchanges_need_no_vocabulary(text, expected):
    assert edits(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "A dog sleeps.",
        "A dog is next to a cat.",  # says the same with its ends exchanged
        "A red hat and a red shirt.",  # nothing to tell apart
        "He follows her.",  # pronouns change their form
        "A man follows two dogs.",  # the verb would have to agree
        "A man and a woman follow a dog.",  # would part the coordination
        "A dog chases a dog.",
        "A man runs while a dog barks.",  # at the same time
        "A man picks up the ball and then throws it.",  # "picks up it"
        "The man's dog follows a cat.",
        "A man follows a dog that is brown.",  # the attribute would stay behind
        "",
    ],
)
def test_nothing_is_edited_where_more_than_one_thing_or_none_would_change(text):
    assert edits(text) == []


def test_replacements_are_of_the_same_class_form_and_voice():
    data = [
        "A yellow dog barks slowly.",
        "A tall man pushes a box.",
        "A woman is walking.",
        "a cup under a table",
        "A ball was kicked by a boy.",
        "A boy kicks a ball.",
    ]
    vocabulary = EditVocabulary.from_graphs(parse_texts(data))
    text = "An orange cat quickly follows a small dog."
    assert edits(text, vocabulary) in [
        [
            ("attribute", "A yellow cat quickly follows a small dog."),
            ("attribute", "An orange cat quickly follows a tall dog."),
            ("role", "A small dog quickly follows an orange cat."),
            ("predicate", f"An orange cat quickly {verb} a small dog."),
            ("adverb", "An orange cat slowly follows a small dog."),
        ]
        for verb in ("pushes", "kicks")
    ]
    assert ("predicate", "a laptop under a desk") in edits("a laptop on a desk", vocabulary)


def test_the_vocabulary_of_captions_in_another_order_is_the_same():
    graphs = list(parse_texts(["A red dog barks loudly twice.", "A man walks with care in the morning."]))
    forward, backward = EditVocabulary.from_graphs(graphs), EditVocabulary.from_graphs(graphs[::-1])
    assert forward == backward
    assert forward.attributes == {"colour": (Wording(lemma="red", label="red"),)}
    assert forward.adverbs == {
        "count": (Wording(lemma="twice", label="twice"),),
        "manner": (Wording(lemma="loudly", label="loudly"),),
        "manner phrase": (Wording(lemma="with care", label="with care"),),
        "time phrase": (Wording(lemma="in morning", label="in the morning"),),
    }


def test_words_that_mean_the_same_do_not_replace_one_another():
    vocabulary = EditVocabulary.from_graphs(parse_texts(["A grey cat runs rapidly.", "a large box beside a door"]))
    assert [kind for kind, _ in edits("A gray dog quickly moves.", vocabulary)] == ["predicate"]
    assert [kind for kind, _ in edits("a big dog near a box", vocabulary)] == []


def test_one_seed_gives_one_list_and_seeds_differ():
    data = [f"A {colour} dog barks." for colour in ("red", "green", "blue", "pink", "black", "white", "brown")]
    vocabulary = EditVocabulary.from_graphs(parse_texts(data))
    text = "A yellow cat sleeps."
    lists = [edits(text, vocabulary, seed) for seed in range(8)]
    assert lists == [edits(text, vocabulary, seed) for seed in range(8)]
    assert len({str(found) for found in lists}) > 1


def test_no_edit_is_the_caption_itself_or_told_twice():
    texts = [text for text, _ in EXCHANGES] + ["A small red ball and a large blue cube roll away quickly."]
    graphs = list(parse_texts(texts))
    vocabulary = EditVocabulary.from_graphs(graphs)
    for graph in graphs:
        captions = [edit.caption for edit in edit_caption(graph, vocabulary=vocabulary, seed=1)]
        assert graph.text not in captions
        assert len(captions) == len(set(captions))
        assert {edit.kind for edit in edit_caption(graph, vocabulary=vocabulary, seed=1)} <= set(KINDS)


@pytest.mark.parametrize(
    ("text", "kind", "gone", "come"),
    [
        ("A red circle follows a square.", "attribute", ["circle:red"], ["circle:green"]),
        ("A man follows a dog.", "role", ["man|follow|dog"], ["dog|follow|man"]),
        ("A man follows a dog.", "predicate", ["man|follow|dog"], ["man|push|dog"]),
        ("A man runs quickly.", "adverb", ["run~quickly"], ["run~slowly"]),
        ("A man runs before a dog barks.", "order", ["run<bark"], ["bark<run"]),
    ],
)
def test_the_graph_of_an_edited_caption_differs_in_exactly_that(text, kind, gone, come):
    vocabulary = EditVocabulary.from_graphs(parse_texts(["A green circle moves slowly.", "A man pushes a box."]))
    graph = parse_text(text)
    caption = next(e.caption for e in edit_caption(graph, vocabulary=vocabulary, seed=0) if e.kind == kind)
    before, after = facts(graph), facts(parse_text(caption))
    assert [line for line in before if line not in after] == gone
    assert [line for line in after if line not in before] == come


@pytest.mark.parametrize(
    ("word", "expected"),
    [("apple", "an"), ("dog", "a"), ("hour", "an"), ("unicorn", "a"), ("umbrella", "an"), ("used", "a"), ("one", "a")],
)
def test_the_article_follows_the_sound(word, expected):
    assert article(word) == expected


def test_articles_and_capitals_follow_the_new_words():
    assert substituted("A red dog.", {(2, 5): "orange"}) == "An orange dog."
    assert substituted("Red dogs run.", {(0, 3): "blue"}) == "Blue dogs run."
    assert substituted("The dog sees an ant.", {(0, 7): "an ant", (13, 19): "The dog"}) == "An ant sees the dog."

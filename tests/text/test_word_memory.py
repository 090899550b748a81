"""The memory says of every word what spaCy's own components say."""

import pytest
import spacy

from finsta.text.pipeline import UNNEEDED, find_model, load_pipeline
from finsta.text.word_memory import NAME, REPLACED, remember_words

TEXTS = [
    "A man is riding a horse.",
    "There's a dog; it ain't gonna run.",  # judged by their neighbours
    "y'all let's c'mon, he's got ta go",
    "The dogs' leaves leave left leaves.",
    "there are two men who can't swim",
    "is there a cat",
    "",
    "\n  \t",
    "A man is riding a horse.",  # by now all of it is known
]


def rows(pipeline):
    return [
        [(token.text, token.tag_, token.pos_, token.lemma_, str(token.morph)) for token in doc]
        for doc in pipeline.pipe(TEXTS, batch_size=4)
    ]


@pytest.fixture
def own():
    return spacy.load(find_model(), exclude=list(UNNEEDED))


def test_every_word_is_annotated_as_by_the_components_that_are_replaced(own):
    expected = rows(own)
    remember_words(own)
    assert own.pipe_names[-1] == NAME
    assert not set(REPLACED) & set(own.pipe_names)
    assert rows(own) == expected
    assert rows(own) == expected  # from memory alone
    assert [(token.pos_, token.lemma_) for token in own(TEXTS[0])] == [row[2:4] for row in expected[0]]


def test_each_kind_of_word_is_asked_about_once(own):
    asked = []
    remember_words(own)
    memory = dict(own.pipeline)[NAME]
    memory.components = (lambda doc: asked.append(len(doc)) or doc, *memory.components)
    list(own.pipe(["a red car"] * 5))
    list(own.pipe(["a red car", "a red bus"]))
    assert asked == [3, 1]


def test_a_ruler_that_looks_at_three_words_is_left_as_it_is(own):
    own.get_pipe("attribute_ruler").add([[{"LOWER": "a"}, {"LOWER": "b"}, {"LOWER": "c"}]], {"POS": "X"})
    remember_words(own)
    assert set(REPLACED) <= set(own.pipe_names)
    assert next(token.pos_ for token in own("a b c")) == "X"


def test_a_ruler_that_asks_for_more_than_form_tag_and_label_is_left_as_it_is(own):
    own.get_pipe("attribute_ruler").add([[{"ENT_TYPE": "PERSON"}]], {"POS": "X"})
    remember_words(own)
    assert set(REPLACED) <= set(own.pipe_names)


def test_the_pipeline_of_the_parsers_remembers_and_multiplies_by_numpy():
    pipeline = load_pipeline()
    assert pipeline.pipe_names[-1] == NAME
    for _, component in pipeline.components:
        for node in () if getattr(component, "model", None) is None else component.model.walk():
            assert node.ops.use_blis is False

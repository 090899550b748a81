"""Tokens of captions: what Stanford's tokenizer gives for them, noted from CoreNLP 3.4.1."""

import pytest

from finsta.metrics.captions import tokenize
from finsta.metrics.captions.tokens import treebank_tokens

CASES = [
    ("A man's riding two horses.", "a man 's riding two horses"),
    ("The boys' dog isn't (very) big!", "the boys dog is n't -lrb- very -rrb- big"),
    ("She can't, won't and cannot stop...", "she ca n't wo n't and can not stop"),
    ('He says "hello" -- twice; they\'ve gone', "he says hello twice they 've gone"),
    ("T-shirt at 10:30, $5 or 10,000 & 3.5%", "t-shirt at 10:30 $ 5 or 10,000 & 3.5 %"),
    ("1/2 cup and ½ cup, 2-3 times", "1/2 cup and 1/2 cup 2-3 times"),
    ("Mr. Smith vs. Dr. Jones of the U.S.", "mr. smith vs. dr. jones of the u.s."),
    ("gonna gotta o'clock d'you AT&T and/or #1", "gon na got ta o'clock d'you at&t and/or # 1"),
    ("it’s “quoted” – and the 90's", "it 's quoted and the 90 's"),
    ("6'2 [a] {b}", "6 2 -lsb- a -rsb- -lcb- b -rcb-"),
    ("x@y.com http://a.b/c.html www.x.com", "x@y.com http://a.b/c.html www.x.com"),
    ("the piñata,broken", "the piñata broken"),
    ("  \n ", ""),
]


@pytest.mark.parametrize(("caption", "expected"), CASES)
def test_tokens_are_those_of_the_treebank_without_punctuation(caption, expected):
    assert " ".join(tokenize(caption)) == expected


def test_punctuation_is_there_before_it_is_taken_out():
    assert list(treebank_tokens('He says "no", (so)...')) == [
        "he", "says", "''", "no", "''", ",", "-lrb-", "so", "-rrb-", "...",
    ]  # fmt: skip


def test_quotes_of_either_direction_are_taken_out():
    assert tokenize("‘a’ 'b' “c” \"d\"") == ["a", "b", "c", "d"]

"""The engine finds what loops over the clips find: tracks, scores, intervals, order."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from finsta.query import Corpus, Pattern, Words
from tests.query.corpora import built, corpora, patterns, write_shards
from tests.reference.queries import answers

pytest.importorskip("duckdb")
pytest.importorskip("pyarrow")


@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(corpora(), st.lists(st.tuples(patterns(), st.booleans()), min_size=4, max_size=6))
def test_the_engine_answers_as_loops_over_the_clips_do(rows, asked):
    with TemporaryDirectory() as folder, Corpus(write_shards(Path(folder), rows, per_shard=2), threads=1) as corpus:
        for plain, exact in asked:
            pattern, words = built(plain), Words(exact=exact)
            expected = answers(rows, pattern, words)
            result = corpus.query(pattern, limit=10_000, words=words)
            found = [(a.id, [t.track for t in a.things], a.score, a.intervals) for a in result.answers]
            assert [answer[:2] for answer in found] == [answer[:2] for answer in expected]
            assert [answer[2] for answer in found] == pytest.approx([answer[2] for answer in expected])
            assert [answer[3] for answer in found] == [answer[3] for answer in expected]
            assert (result.total, result.searched) == (len(expected), len(rows))
            assert bool(result.reasons) == (not expected)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(patterns())
def test_the_exact_form_of_a_pattern_is_read_back_as_the_same_pattern(plain):
    pattern = built(plain)
    assert Pattern.parse(str(pattern)) == pattern

"""A corpus asked: answers, what they say, why there is none, and what is wrong with a folder."""

import pytest

pytest.importorskip("duckdb")
pytest.importorskip("pyarrow")

from finsta.errors import FormatError, InputError
from finsta.query import Corpus, Pattern, Thing, Words, query
from finsta.query.wording import answer_lines, summary
from tests.query.corpora import clip, relation, thing, write_shards


def ask(folder, text, **options):
    return query(folder, text, threads=1, **options)


def ids(result):
    return [answer.id for answer in result.answers]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """Three clips: a man with a cup, a person beside a car, a dog that runs and then jumps."""
    rows = [
        clip(
            "kitchen",
            [thing(0, "person", confidence=0.81), thing(1, "cup", attributes=["red"]), thing(2, "cup")],
            [
                relation(0, "holding", 1, intervals=((1.0, 2.0), (3.0, 4.0)), confidence=0.5),
                relation(0, "drinking from", 1, intervals=((3.5, 4.0),)),
                relation(0, "near", 2),
            ],
        ),
        clip(
            "street",
            [thing(0, "person", end=3.0), thing(1, "car", attributes=["large"])],
            [relation(1, "pass", 0, intervals=((0.5, 1.5),), modifiers=["quickly"]), relation(0, "near", 1)],
        ),
        clip(
            "garden",
            [thing(4, "dog")],
            [relation(4, "run", intervals=((0.0, 2.0),)), relation(4, "jump", intervals=((1.5, 2.5),))],
        ),
    ]
    return write_shards(tmp_path_factory.mktemp("corpus"), rows, per_shard=2)


def test_an_answer_says_which_tracks_when_how_sure_and_which_word_matched_what(corpus):
    result = ask(corpus, "a man holds a red cup, 1.5-3.5 s")
    (answer,) = result.answers
    assert (answer.id, answer.video, answer.row) == ("kitchen", "kitchen.mp4", 0)
    assert [found.track for found in answer.things] == [0, 1]
    assert answer.intervals == ((1.5, 2.0), (3.0, 3.5))
    assert answer.score == pytest.approx((0.81 * 0.9 * 1.0 * 0.5) ** (1 / 3))
    assert answer_lines(1, answer) == [
        "1. kitchen  1.50–2.00 s, 3.00–3.50 s  score 0.71  kitchen.mp4",
        "     ?a: track 0 (person); 'man' ~ 'person' 0.90",
        "     ?b: track 1 (cup)",
        "     person 0 holding cup 1, 1.50–2.00 s, 3.00–3.50 s; 'hold' ~ 'holding' 1.00",
    ]
    assert summary(result) == "1 answer in 1 clip of 3"


def test_a_pronoun_binds_the_same_track(corpus):
    (answer,) = ask(corpus, "a man holds a cup and drinks from it").answers
    assert [found.track for found in answer.things] == [0, 1]
    assert answer.intervals == ((1.0, 4.0), (3.5, 4.0))[:1]


def test_the_order_of_events_counts(corpus):
    assert ids(ask(corpus, "a dog runs, then jumps")) == ["garden"]
    result = ask(corpus, "a dog jumps, then runs")
    assert result.answers == ()
    assert result.reasons == ("every part of the query occurs, but never in the order that is asked for",)
    (answer,) = ask(corpus, "a dog runs while it jumps").answers
    assert answer.intervals == ((1.5, 2.0),)


def test_a_symmetric_relation_is_found_from_both_ends_unless_words_must_be_exact(corpus):
    assert ids(ask(corpus, "car near person")) == ["street"]
    assert ids(ask(corpus, "car near person", exact=True)) == []
    assert ids(ask(corpus, "person near car", exact=True)) == ["street"]


def test_different_things_are_different_tracks_and_twins_are_one_answer(corpus):
    assert [[t.track for t in a.things] for a in ask(corpus, "two cups").answers] == [[1, 2]]
    assert ids(ask(corpus, "two dogs")) == []


def test_the_best_come_first_ties_by_name_and_the_limit_keeps_the_count(corpus):
    result = ask(corpus, "?x", limit=2)
    assert (ids(result), result.total, result.clips) == (["garden", "kitchen"], 6, 3)
    assert summary(result) == "6 answers in 3 clips of 3, the best 2 shown"
    with pytest.raises(InputError, match="--limit: expected 1 or more, found 0"):
        ask(corpus, "?x", limit=0)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "a zebra",
            "no clip has an object called 'zebra'; the objects there are: cup (2), person (2), car (1), dog (1)",
        ),
        ("a blue cup", "no cup is 'blue'; the attributes there are: large (1), red (1)"),
        ("a dog eats", "no relation is called 'eat'; the relations there are: near (2), drinking from (1)"),
        ("a car passes a person slowly", "no 'pass' is 'slowly'; the modifiers there are: quickly (1)"),
        (
            "a dog holds a cup",
            "never 'dog hold cup': both words occur, but not joined so; between the two nothing is said anywhere",
        ),
        ("a dog and a car", "every part of the query occurs, but in no clip all of them with the same tracks"),
        (
            "a dog runs after 3 s",
            "it happens in 1 clip, but not in the time that is asked for (3..); in 'garden' at 0.00",
        ),
        ("a person plays with a cup", "; the nearest is 'near', which --least 0.5 takes"),
    ],
)
def test_without_an_answer_the_part_that_nothing_matches_is_named(corpus, text, reason):
    result = ask(corpus, text)
    assert result.total == 0
    assert any(reason in found for found in result.reasons), result.reasons


def test_words_are_data_and_never_statements(corpus):
    name = "x' OR 1=1; DROP TABLE answers; --"
    with Corpus(corpus, threads=1) as engine:
        for word in ("x' OR '1'='1", 'x" OR 1=1 --', "$limit", "{start}"):
            result = engine.query(Pattern(things=(Thing(name="a", label=word, attributes=(word,)),)))
            assert result.answers == ()
            assert repr(word) in result.reasons[0]
        assert engine.query(Pattern(things=(Thing(name="a", label="dog"),))).total == 1
    with pytest.raises(InputError, match=r"word .*: expected letters"):
        Pattern(things=(Thing(name="a", label=name),))


def test_labels_of_a_corpus_are_data_too(tmp_path):
    folder = write_shards(tmp_path, [clip("a", [thing(0, 'it\'s a "cup"; --')])])
    assert ask(folder, "?x").total == 1


def test_without_wordnet_the_result_says_so(corpus, monkeypatch):
    monkeypatch.setattr("finsta.query.words.wordnet_path", lambda: None)
    assert any("finsta models get wordnet" in warning for warning in ask(corpus, "a dog").warnings)


def test_a_document_of_the_answers_is_plain_json(corpus):
    import json

    document = json.loads(json.dumps(ask(corpus, "a dog runs").to_dict()))
    assert document["format"] == "finsta-answers"
    assert document["pattern"] == "?a:dog -run->"
    assert document["answers"][0]["relations"][0]["intervals"] == [[0.0, 2.0]]


def test_a_clip_without_anything_is_searched_and_not_found(tmp_path):
    folder = write_shards(tmp_path, [clip("empty", [])])
    assert (ask(folder, "?x").total, ask(folder, "?x").searched) == (0, 1)


def test_a_folder_without_shards_is_refused(tmp_path):
    with pytest.raises(
        InputError, match=r"expected Parquet files in shards/, or here, found none; give the folder that"
    ):
        ask(tmp_path, "a dog")
    with pytest.raises(InputError, match="expected a folder of shards, found nothing there"):
        ask(tmp_path / "none", "a dog")


def test_parquet_of_another_kind_is_refused_with_its_columns(tmp_path):
    import pyarrow as pa
    from pyarrow import parquet

    parquet.write_table(pa.table({"caption": ["a"], "url": ["b"]}), tmp_path / "a.parquet")
    with pytest.raises(FormatError, match=r"a.parquet: expected a shard with columns id, .*, found caption, url; give"):
        ask(tmp_path, "a dog")
    columns = {"id": ["a"], "video": ["b"], "duration": [1.0], "objects": [["dog"]], "relations": [["runs"]]}
    parquet.write_table(pa.table(columns), tmp_path / "a.parquet")
    with pytest.raises(FormatError, match="expected column objects to be a list of track, label"):
        ask(tmp_path, "a dog")


def test_a_file_that_is_no_parquet_is_left_out_and_reported(corpus, tmp_path):
    folder = write_shards(tmp_path, [clip("a", [thing(0, "dog")])])
    (folder / "shards" / "zzz.parquet").write_bytes(b"PAR1 not really")
    result = ask(folder, "a dog")
    assert ids(result) == ["a"]
    assert any("zzz.parquet: left out, it cannot be read as Parquet" in warning for warning in result.warnings)
    for path in (folder / "shards").glob("*.parquet"):
        path.write_bytes(b"nothing")
    with pytest.raises(InputError, match="expected shards, found none that can be read"):
        ask(folder, "a dog")


def test_a_shard_that_is_damaged_inside_is_left_out_and_reported(tmp_path):
    rows = [clip(f"clip {number}", [thing(0, f"dog number {number}")]) for number in range(40)]
    folder = write_shards(tmp_path, rows, per_shard=20)
    damaged = folder / "shards" / "00001.parquet"
    content = bytearray(damaged.read_bytes())
    end = len(content) - 8 - int.from_bytes(content[-8:-4], "little")  # the footer starts here, and stays whole
    content[4:end] = b"\xff" * (end - 4)
    damaged.write_bytes(content)
    with Corpus(folder, threads=1) as engine:
        result = engine.query(Pattern.parse("?a"), words=Words())
    assert (result.total, result.searched) == (20, 20)
    assert any("00001.parquet: left out, it is damaged" in warning for warning in result.warnings)


def test_words_that_were_not_understood_are_told_and_do_not_change_the_answers(corpus):
    result = query(corpus, "the person quickly")
    assert "not understood, and so not asked for: 'quickly'" in result.warnings[0]
    assert result.answers == query(corpus, "the person").answers

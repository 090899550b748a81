"""A corpus is read clip by clip, in order or shuffled, whole or in parts, by id, and by other libraries."""

import json
from collections import Counter

import pytest

import finsta
from finsta.corpus import shards
from finsta.corpus.schema import ClipSource, graph_from_row, row_from_graph
from finsta.corpus.work import Parsed
from finsta.corpus.writer import CorpusWriter
from finsta.errors import InputError
from tests.graph_samples import sample_holistic_graph

COUNT = 11


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Eleven clips in shards of four with row groups of two."""
    monkeypatch.setattr(shards, "GROUP", 2)
    with CorpusWriter.open(tmp_path / "corpus", shard_clips=4) as writer:
        for seed in range(COUNT):
            named = {"id": f"c{seed}", "key": str(seed), "video": f"/v/{seed}.mp4", "text": f"text {seed}"}
            source = ClipSource(**named, content="", size=1, modified=2, settings="{}", version="0")
            writer.add(Parsed(id=f"c{seed}", row=json.dumps(row_from_graph(sample_holistic_graph(seed), source))))
    return tmp_path / "corpus"


def test_clips_come_in_order_with_their_graphs(folder):
    corpus = finsta.open_corpus(folder)
    assert len(corpus) == COUNT
    for seed, clip in enumerate(corpus):
        assert (clip.id, clip.text, str(clip.video)) == (f"c{seed}", f"text {seed}", f"/v/{seed}.mp4")
        assert clip.graph == sample_holistic_graph(seed)


def test_a_clip_is_had_by_its_id(folder):
    corpus = finsta.open_corpus(folder)
    assert corpus["c7"].graph == sample_holistic_graph(7)
    assert corpus.ids == [f"c{seed}" for seed in range(COUNT)]
    assert "c7" in corpus
    assert "c11" not in corpus
    with pytest.raises(InputError, match="expected the id of a clip, found 'c11', which is none"):
        corpus["c11"]


def test_a_seed_shuffles_and_parts_make_up_the_whole(folder):
    corpus = finsta.open_corpus(folder)
    first = [clip.id for clip in corpus.stream(seed=1)]
    assert first == [clip.id for clip in corpus.stream(seed=1)]
    assert first != corpus.ids
    assert Counter(first) == Counter(corpus.ids)
    parts = [[clip.id for clip in corpus.stream(seed=1, part=part, parts=3)] for part in range(3)]
    assert Counter(id for part in parts for id in part) == Counter(corpus.ids)
    assert all(parts)
    with pytest.raises(InputError, match="expected a part from 0 to 2, found 3"):
        corpus.stream(part=3, parts=3)


def test_only_the_row_group_of_a_clip_is_read(folder, monkeypatch):
    corpus = finsta.open_corpus(folder)
    read = []
    group = corpus._group
    monkeypatch.setattr(corpus, "_group", lambda *place: read.append(place) or group(*place))
    next(iter(corpus))
    assert read == [(0, 0)]


def test_hugging_face_datasets_reads_the_shards(folder, tmp_path):
    datasets = pytest.importorskip("datasets")
    datasets.disable_progress_bars()
    files = str(folder / "shards" / "*.parquet")
    found = datasets.load_dataset("parquet", data_files=files, split="train", cache_dir=str(tmp_path / "cache"))
    assert found["id"][:] == [f"c{seed}" for seed in range(COUNT)]
    for seed, row in enumerate(found):
        assert graph_from_row(row) == sample_holistic_graph(seed)
    assert {"track", "label", "confidence", "start", "end", "attributes"} == set(found[0]["objects"][0])
    streamed = datasets.load_dataset("parquet", data_files=files, split="train", streaming=True)
    assert [row["id"] for row in streamed] == found["id"][:]


def test_what_is_no_corpus_is_said(tmp_path):
    with pytest.raises(InputError, match=r"expected a corpus with shards/\*.parquet, found none; make one with"):
        finsta.open_corpus(tmp_path)

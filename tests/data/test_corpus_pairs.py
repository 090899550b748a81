"""Pairs and graphs out of a corpus, one at a time, and out of a manifest of any size."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from finsta.corpus import shards
from finsta.corpus.keys import Recipe
from finsta.corpus.schema import ClipSource, row_from_graph
from finsta.corpus.work import Parsed
from finsta.corpus.writer import CorpusWriter
from finsta.data.corpus_pairs import CorpusGraphs, CorpusPairs, WithGraphs, is_corpus
from finsta.data.graph_store import GraphStore
from finsta.data.pair_file import PairFile
from finsta.data.pairs import HardNegative, Pair, read_pairs
from finsta.errors import FormatError, InputError
from tests.graph_samples import sample_holistic_graph

pytest.importorskip("pyarrow")

COUNT = 11
RECIPE = Recipe(settings="{}", version="0")


def write_corpus(folder: Path, *, without_text: tuple[int, ...] = (), part: int | None = None) -> Path:
    """Eleven clips in shards of four."""
    with CorpusWriter.open(folder, shard_clips=4) as writer:
        for seed in range(COUNT):
            graph = sample_holistic_graph(seed)
            text = None if seed in without_text else f"text {seed}"
            if seed == part:
                graph = replace(graph, video=replace(graph.video, video=replace(graph.video.video, start=2.5)))
            key = RECIPE.key("c", text, (2.5, 2.5 + graph.video.video.duration) if seed == part else None)
            named = {"id": f"c{seed}", "key": key, "video": f"/v/{seed}.mp4", "text": text}
            source = ClipSource(**named, content="c", size=1, modified=2, settings="{}", version="0")
            row = row_from_graph(graph if text is not None else graph.video, source)
            writer.add(Parsed(id=f"c{seed}", row=json.dumps(row)))
    return folder


@pytest.fixture(autouse=True)
def groups_of_two(monkeypatch):
    monkeypatch.setattr(shards, "GROUP", 2)


def test_every_clip_with_a_text_is_a_pair_with_its_graph(tmp_path):
    pairs = CorpusPairs(write_corpus(tmp_path / "corpus"))
    assert len(pairs) == COUNT
    assert [pair.id for pair in pairs] == [f"c{seed}" for seed in range(COUNT)]
    assert [(str(pair.video), pair.caption) for pair in pairs[3:5]] == [("/v/3.mp4", "text 3"), ("/v/4.mp4", "text 4")]
    store = GraphStore(tmp_path / "unused")
    assert all(store.load(pair) == sample_holistic_graph(seed) for seed, pair in enumerate(pairs))
    assert pairs[-1].id == "c10"
    with pytest.raises(IndexError):
        pairs[11]
    assert not (tmp_path / "unused").exists()


def test_clips_without_a_text_are_no_pairs(tmp_path):
    folder = write_corpus(tmp_path / "corpus", without_text=(0, 5, 10))
    assert [pair.id for pair in CorpusPairs(folder)] == ["c1", "c2", "c3", "c4", "c6", "c7", "c8", "c9"]
    with pytest.raises(InputError, match="expected clips with texts, found only clips without"):
        CorpusPairs(write_corpus(tmp_path / "silent", without_text=tuple(range(COUNT))))


def test_a_row_about_a_part_of_a_video_is_a_pair_about_that_part(tmp_path):
    pairs = CorpusPairs(write_corpus(tmp_path / "corpus", part=4))
    duration = sample_holistic_graph(4).video.video.duration
    assert (pairs[4].start, pairs[4].end) == (2.5, 2.5 + duration)
    assert all((pair.start, pair.end) == (None, None) for pair in pairs if pair.id != "c4")


def test_graphs_of_a_manifest_are_found_in_a_corpus_by_id_and_caption(tmp_path):
    corpus = CorpusGraphs(write_corpus(tmp_path / "corpus"))
    negatives = (HardNegative(caption="no", kind="role"),)
    known = Pair(id="c7", video=Path("/v/7.mp4"), caption="text 7", negatives=negatives)
    pairs = WithGraphs([known, replace(known, id="unknown"), replace(known, id="c8")], corpus)
    store = GraphStore(tmp_path / "parsed")
    assert store.load(pairs[0]) == sample_holistic_graph(7)
    assert pairs[0].negatives == negatives
    assert pairs[1] == replace(known, id="unknown")
    assert len(pairs[:2]) == 2
    with pytest.raises(FormatError, match="clip 'c8': expected the graph of the pair's caption 'text 7', found"):
        store.load(pairs[2])


def test_a_graph_without_its_text_is_refused_by_the_id_of_its_clip(tmp_path):
    graphs = CorpusGraphs(write_corpus(tmp_path / "corpus", without_text=(2,)))
    with pytest.raises(FormatError, match="clip 'c2': expected the graph of text and video"):
        graphs.graph(2)


def test_a_folder_without_shards_is_no_corpus(tmp_path):
    assert not is_corpus(tmp_path)
    assert is_corpus(write_corpus(tmp_path / "corpus"))
    with pytest.raises(InputError, match=r"expected a corpus with shards/\*\.parquet, found none"):
        CorpusGraphs(tmp_path)


LINES = [{"id": f"p{number}", "video": f"{number}.mp4", "caption": f"a cup {number}"} for number in range(5)]


def manifest(folder: Path, lines: list) -> Path:
    path = folder / "pairs.jsonl"
    path.write_text("\n\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines) + "\n")
    return path


def test_a_manifest_read_line_by_line_has_the_pairs_of_one_read_whole(tmp_path):
    path = manifest(tmp_path, LINES)
    pairs = PairFile(path)
    assert list(pairs) == read_pairs(path)
    assert pairs[2:4] == read_pairs(path)[2:4]
    assert pairs[-1].id == "p4"


def test_a_line_that_is_no_pair_is_told_when_it_is_asked_for(tmp_path):
    pairs = PairFile(manifest(tmp_path, [*LINES[:2], "{broken", *LINES[2:]]))
    assert pairs[3].id == "p2"
    with pytest.raises(FormatError, match=r"pairs\.jsonl:5: expected an object with id, video and caption"):
        pairs[2]


def test_ids_are_unique_in_a_manifest_of_any_size(tmp_path):
    with pytest.raises(FormatError, match="id 'p1' appears twice"):
        PairFile(manifest(tmp_path, [*LINES, LINES[1]]))
    with pytest.raises(FormatError, match="expected one JSON object a line, found none"):
        PairFile(manifest(tmp_path, [""]))

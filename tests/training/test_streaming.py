"""Pairs that are seen to while a run goes on: from a manifest or a corpus, with some that turn out to be broken."""

import json
from dataclasses import replace

import pytest

from finsta.config import TransferConfig
from finsta.corpus.keys import Recipe
from finsta.corpus.schema import ClipSource, row_from_graph
from finsta.corpus.work import Parsed
from finsta.corpus.writer import CorpusWriter
from finsta.data.opening import open_pairs
from finsta.errors import InputError, TrainingError
from finsta.graphs.serialization import load_graph
from finsta.training import post_train
from finsta.training.loop.loop import read_log
from finsta.training.loop.validation import read_validation
from tests.tiny_hosts import tiny_host
from tests.training.test_post_training import CONFIG, weights
from tests.training.tiny_pairs import tiny_pairs

pytest.importorskip("pyarrow")

DURING = replace(
    CONFIG, prepare="during", workers=2, transfer=TransferConfig(direct=0.5, relational=0.25), broken_share=0.5
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A data folder with a manifest, and a corpus of the same clips and captions."""
    folder = tmp_path_factory.mktemp("data")
    recipe = Recipe(settings="{}", version="0")
    lines = []
    with CorpusWriter.open(folder / "corpus", shard_clips=3) as writer:
        for pair in tiny_pairs(folder):
            lines.append({"id": pair.id, "video": str(pair.video), "caption": pair.caption, "graph": str(pair.graph)})
            named = {"id": pair.id, "video": str(pair.video), "text": pair.caption}
            key = recipe.key("c", pair.caption)
            source = ClipSource(**named, key=key, content="c", size=1, modified=2, settings="{}", version="0")
            writer.add(Parsed(id=pair.id, row=json.dumps(row_from_graph(load_graph(pair.graph), source))))
    (folder / "train.jsonl").write_text("\n".join(map(json.dumps, lines)))
    tiny_host("clip").save(folder / "host")
    return folder


def run(folder, out, pairs, config=DURING, **options):
    return post_train(folder / "host", pairs, out, config=config, cache=out.parent / "cache", **options)


def test_a_corpus_a_manifest_and_pairs_prepared_before_give_the_same_weights(folder, tmp_path):
    manifest = open_pairs(folder, "train", lazily=True)
    corpus = open_pairs(folder / "corpus", "train")
    bare = [replace(pair, graph=None) for pair in manifest]
    (tmp_path / "bare.jsonl").write_text(
        "\n".join(json.dumps({"id": p.id, "video": str(p.video), "caption": p.caption}) for p in bare)
    )
    joined = open_pairs(tmp_path / "bare.jsonl", "train", graphs=folder / "corpus", lazily=True)
    found = {
        "before": (list(manifest), replace(DURING, prepare="before")),
        "manifest": (manifest, DURING),
        "joined": (joined, DURING),
    }
    for name, (pairs, config) in found.items():
        assert run(folder, tmp_path / name / "e", pairs, config).pairs == 4
    before, *others = (weights(tmp_path / name / "e") for name in found)
    assert all(bool((before[name] == other[name]).all()) for other in others for name in before)
    assert run(folder, tmp_path / "corpus" / "e", corpus).pairs == 4  # drawn in blocks, and so in another order


def test_a_video_and_a_graph_that_turn_out_broken_are_skipped_counted_and_named(folder, tmp_path):
    broken = tmp_path / "late.mp4"
    broken.write_bytes((folder / "red.mp4").read_bytes()[:200])
    (tmp_path / "half.json").write_text("{")
    pairs = list(open_pairs(folder, "train"))
    pairs += [
        replace(pairs[0], id="no video", video=broken),
        replace(pairs[1], id="no graph", graph=tmp_path / "half.json"),
    ]
    done = run(folder, tmp_path / "e", pairs, replace(DURING, steps=8))
    assert set(done.failures) == {"no video", "no graph"}
    assert "late.mp4" in done.failures["no video"]
    assert json.loads((tmp_path / "e" / "run" / "failures.json").read_text()) == done.failures
    assert len(read_log(tmp_path / "e" / "run")) == 8


def test_too_many_broken_pairs_end_the_run(folder, tmp_path):
    pairs = [replace(pair, video=tmp_path / f"gone-{pair.id}.mp4") for pair in open_pairs(folder, "train")]
    with pytest.raises(TrainingError, match=r"not one of its 2 samples can be read: .*gone-"):
        run(folder, tmp_path / "e", pairs)


def test_the_host_is_judged_on_the_way_and_the_best_is_written(folder, tmp_path):
    pairs = list(open_pairs(folder, "train"))
    config = replace(DURING, prepare="before", steps=6, validate_every=2, keep_best=True, learning_rate=1e-5)
    done = run(folder, tmp_path / "e", pairs, config, validation=pairs)
    judged = read_validation(tmp_path / "e" / "run")
    assert [line["step"] for line in judged] == [0, 2, 4, 6]
    value, step = done.trained.best
    assert value == max(line["retrieval/R@1"] for line in judged)
    from finsta.tasks.evaluation import evaluate
    from finsta.transfer.hosts import load_host

    assert evaluate(load_host(tmp_path / "e"), pairs).metrics["retrieval/R@1"] == pytest.approx(value)
    assert not (tmp_path / "e" / "run" / "best").exists()
    assert step == next(line["step"] for line in judged if line["retrieval/R@1"] == value)


def test_validation_without_pairs_is_refused_before_the_run(folder, tmp_path):
    with pytest.raises(InputError, match=r"--validate-every: expected pairs to validate on, found none.*val\.jsonl"):
        run(folder, tmp_path / "e", list(open_pairs(folder, "train")), replace(DURING, validate_every=2))


def test_settings_that_change_no_weight_may_change_between_stops(folder, tmp_path):
    class StopError(Exception):
        pass

    def stages(title):
        def report(done, total):
            if (title, done) == ("steps", 3):
                raise StopError

        return report

    pairs = list(open_pairs(folder, "train"))
    with pytest.raises(StopError):
        run(folder, tmp_path / "e", pairs, stages=stages)
    other = replace(DURING, workers=0, prepare="before", checkpoint_every=1, keep_checkpoints=2)
    assert run(folder, tmp_path / "e", pairs, other).trained.steps == 4

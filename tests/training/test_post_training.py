"""Post-training as a whole, on tiny hosts: what it writes, what it learns from, and what it survives."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from finsta.config import AlignmentConfig, EncoderConfig, PostTrainConfig, TransferConfig, control
from finsta.data.clips import ClipCache
from finsta.data.graph_store import GraphStore
from finsta.errors import InputError, OutputError, TrainingError
from finsta.training import post_train
from finsta.training.loop.loop import read_log
from finsta.training.post_training.batches import PairCollator
from finsta.training.post_training.objective import PostTrainingObjective
from finsta.transfer.hosts import load_host
from finsta.transfer.labels import LabelTable
from tests.tiny_hosts import KINDS, tiny_host
from tests.training.tiny_pairs import tiny_pairs

EVERYTHING = TransferConfig(direct=0.5, relational=0.5, pooled=0.5, token=0.5, negatives=0.5, ramp=0.0)
CONFIG = PostTrainConfig(
    steps=4,
    batch_size=2,
    learning_rate=1e-3,
    warm_up_steps=1,
    checkpoint_every=2,
    encoder=EncoderConfig(width=32, heads=2, layers=2, dropout=0.1),
    alignment=AlignmentConfig(),
    transfer=EVERYTHING,
)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    return folder, tiny_pairs(folder)


@pytest.fixture(scope="module", params=KINDS)
def host(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("hosts") / request.param
    tiny_host(request.param).save(folder)
    return folder


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "model.safetensors")


def test_the_saved_host_has_the_keys_shapes_and_number_of_parameters_of_the_host(host, data, tmp_path):
    done = post_train(host, data[1], tmp_path / "e", config=CONFIG)
    before, after = weights(host), weights(tmp_path / "e")
    assert {name: value.shape for name, value in after.items()} == {name: value.shape for name, value in before.items()}
    assert any(not torch.equal(before[name], after[name]) for name in before)
    assert (done.pairs, done.failures, done.continued) == (4, {}, False)
    code = (
        "import sys, transformers\n"
        "model = transformers.AutoModel.from_pretrained(sys.argv[1])\n"
        "processor = transformers.AutoProcessor.from_pretrained(sys.argv[1])\n"
        "assert not any(name.startswith('finsta') for name in sys.modules)\n"
        "print(sum(parameter.numel() for parameter in model.parameters()))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "e")], capture_output=True, text=True, check=True
    )
    assert int(loaded.stdout) == sum(p.numel() for p in load_host(host).model.parameters())
    card = (tmp_path / "e" / "README.md").read_text()
    assert "4 steps of 2 pairs" in card
    assert "# e" in card.splitlines()


def test_every_term_is_logged_and_a_finished_run_does_nothing_more(host, data, tmp_path):
    post_train(host, data[1], tmp_path / "e", config=CONFIG)
    log = read_log(tmp_path / "e" / "run")
    assert [line["step"] for line in log] == [0, 1, 2, 3]
    terms = {
        "host", "negatives", "object_spatial", "predicate_temporal", "grounding", "relational", "pooled", "token",
        "direct_object", "direct_predicate", "direct_clip",
    }  # fmt: skip
    assert set(log[0]) == terms | {"step", "gradient_norm", "learning_rate", "seconds", "waiting"}
    written = (tmp_path / "e" / "model.safetensors").stat().st_mtime_ns
    assert post_train(host, data[1], tmp_path / "e", config=CONFIG).continued
    assert (tmp_path / "e" / "model.safetensors").stat().st_mtime_ns == written
    assert not (tmp_path / "e" / "run" / "checkpoints").exists()


def test_the_control_learns_from_the_host_loss_alone_and_needs_no_graph(host, data, tmp_path):
    bare = [replace(pair, graph=tmp_path / "nowhere.json") for pair in data[1]]
    config = control(replace(CONFIG, transfer=replace(EVERYTHING, negatives=0.0)))
    post_train(host, bare, tmp_path / "e", config=config)
    assert set(read_log(tmp_path / "e" / "run")[0]) == {
        "step",
        "host",
        "gradient_norm",
        "learning_rate",
        "seconds",
        "waiting",
    }


class InterruptedHereError(Exception):
    pass


def interrupt_at(step: int):
    def stage(title):
        def report(done, total):
            if title == "steps" and done == step:
                raise InterruptedHereError

        return report

    return stage


@pytest.mark.parametrize("step", [1, 3])
def test_an_interrupted_run_ends_with_the_weights_of_an_uninterrupted_one(host, data, tmp_path, step):
    post_train(host, data[1], tmp_path / "whole", config=CONFIG)
    with pytest.raises(InterruptedHereError):
        post_train(host, data[1], tmp_path / "cut", config=CONFIG, stages=interrupt_at(step))
    assert not (tmp_path / "cut" / "model.safetensors").exists()
    post_train(host, data[1], tmp_path / "cut", config=CONFIG)
    whole, cut = weights(tmp_path / "whole"), weights(tmp_path / "cut")
    assert all(torch.equal(whole[name], cut[name]) for name in whole)
    assert [line["host"] for line in read_log(tmp_path / "cut" / "run")] == [
        line["host"] for line in read_log(tmp_path / "whole" / "run")
    ]


KILLED = """
import os, signal, sys
from dataclasses import replace
from pathlib import Path
import torch
from tests.training.test_post_training import CONFIG
from tests.training.tiny_pairs import tiny_pairs
from finsta.training import post_train

torch.set_num_threads(1)
at = sys.argv[4]

def stage(title):
    return lambda done, total: os.kill(os.getpid(), signal.SIGKILL) if (title, str(done)) == ("steps", at) else None

config = replace(CONFIG, accumulation=2, workers=2)
post_train(sys.argv[1], tiny_pairs(Path(sys.argv[2])), Path(sys.argv[3]), config=config, stages=stage)
"""


@pytest.mark.slow
def test_a_run_killed_with_sigkill_twice_ends_with_the_bits_of_one_that_was_not(host, tmp_path):
    (tmp_path / "data").mkdir()
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(["src", "."]), "OMP_NUM_THREADS": "1"}

    def run(out, at):
        command = [sys.executable, "-c", KILLED, str(host), str(tmp_path / "data"), str(tmp_path / out), at]
        return subprocess.run(command, capture_output=True, env=environment, check=False)

    assert run("whole", "never").returncode == 0
    for at in ("1", "3"):
        killed = run("e", at)
        assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert [path.name for path in (tmp_path / "e" / "run" / "checkpoints").iterdir()] == ["step-000002"]
    assert run("e", "never").returncode == 0
    assert [line["step"] for line in read_log(tmp_path / "e" / "run")] == [0, 1, 2, 3]
    whole, cut = weights(tmp_path / "whole"), weights(tmp_path / "e")
    assert all(torch.equal(whole[name], cut[name]) for name in whole)


def test_a_pair_that_cannot_be_used_is_reported_and_the_rest_goes_on(host, data, tmp_path):
    broken = tmp_path / "broken.mp4"
    broken.write_text("this is no video")
    (tmp_path / "half.json").write_text("{")
    pairs = [
        *data[1],
        replace(data[1][0], id="no video", video=broken),
        replace(data[1][0], id="no graph", graph=tmp_path / "half.json"),
    ]
    done = post_train(host, pairs, tmp_path / "e", config=CONFIG)
    assert done.pairs == 4
    assert set(done.failures) == {"no video", "no graph"}
    assert "broken.mp4" in done.failures["no video"]
    assert "half.json" in done.failures["no graph"]
    assert json.loads((tmp_path / "e" / "run" / "failures.json").read_text()) == done.failures


def test_without_a_usable_pair_the_error_says_why(host, data, tmp_path):
    missing = [replace(pair, video=tmp_path / "gone.mp4") for pair in data[1]]
    with pytest.raises(InputError, match=r"no pair can be used of 4: .*gone.mp4"):
        post_train(host, missing, tmp_path / "e", config=CONFIG)


def test_another_run_is_not_written_over(host, data, tmp_path):
    post_train(host, data[1], tmp_path / "e", config=CONFIG)
    with pytest.raises(OutputError, match=r"config\.seed was 0, now 1"):
        post_train(host, data[1], tmp_path / "e", config=replace(CONFIG, seed=1))


def test_a_loss_that_is_not_finite_stops_with_step_term_and_pairs(host, data, tmp_path):
    spoiled = load_host(host)
    with torch.no_grad():
        spoiled.model.text_projection.weight.fill_(float("nan"))
    spoiled.save(tmp_path / "nan")
    with pytest.raises(TrainingError, match=r"step 0: .*host is nan.* on the pairs [0-3], [0-3]"):
        post_train(tmp_path / "nan", data[1], tmp_path / "e", config=control(CONFIG))


@pytest.mark.parametrize("term", ["relational", "pooled", "token", "direct", "negatives"])
def test_each_form_of_transfer_moves_the_host_on_its_own(host, data, tmp_path, term):
    model = load_host(host)
    alone = TransferConfig(host=0.0, object_spatial=0.0, predicate_temporal=0.0, direct=0.0, relational=0.0, ramp=0.0)
    config = replace(CONFIG, transfer=replace(alone, **{term: 1.0}))
    graphs = GraphStore(tmp_path)
    clips = ClipCache(tmp_path / "clips", frames=model.num_frames, prepare=model.prepare, geometry=model.geometry)
    words = [n.lemma for p in data[1] for n in graphs.load(p).text.nodes] + ["ball", "cube", "cone"]
    objective = PostTrainingObjective(model, config, LabelTable(model, words))
    batch = PairCollator(model, data[1], clips, graphs=graphs, negatives=True)([0, 1, 2])
    terms = objective(batch, 0.5)
    torch.stack(list(terms.values())).sum().backward()
    moved = {name for name, p in model.model.named_parameters() if p.grad is not None and bool(p.grad.abs().sum() > 0)}
    assert any(name.startswith("vision_model") for name in moved)
    assert any(name.startswith("text_model") for name in moved)


def test_what_teaches_the_graph_encoders_does_not_move_the_host(host, data, tmp_path):
    model = load_host(host)
    weights = TransferConfig(host=0.0, direct=0.0, relational=1e-30, ramp=1.0)
    graphs = GraphStore(tmp_path)
    clips = ClipCache(tmp_path / "clips", frames=model.num_frames, prepare=model.prepare, geometry=model.geometry)
    words = [n.lemma for p in data[1] for n in graphs.load(p).text.nodes] + ["ball", "cube", "cone"]
    objective = PostTrainingObjective(model, replace(CONFIG, transfer=weights), LabelTable(model, words))
    terms = objective(PairCollator(model, data[1], clips, graphs=graphs)([0, 1, 2]), 0.0)
    (terms["object_spatial"] + terms["predicate_temporal"]).backward()
    assert all(p.grad is None or not bool(p.grad.any()) for p in model.model.parameters())
    assert any(p.grad is not None and bool(p.grad.any()) for p in objective.own_parameters())

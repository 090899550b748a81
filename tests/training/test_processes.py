"""Several processes learn what one learns from the joint batch, and share one run."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from finsta.config import EncoderConfig, RegulariseConfig, TransferConfig
from finsta.errors import InputError
from finsta.training.loop.loop import read_log
from finsta.training.loop.sharding import check_even
from tests.tiny_hosts import KINDS, tiny_host
from tests.training.test_post_training import CONFIG
from tests.training.tiny_pairs import tiny_pairs

ROOT = Path(__file__).parent.parent.parent
SHARES = ((0, 1), (1, 4))
"""The pairs of each process, of different number."""

EVERYTHING = TransferConfig(direct=0.5, relational=0.5, pooled=0.5, token=0.5, negatives=0.5, ramp=0.0)
SETTLED = replace(
    CONFIG,
    encoder=EncoderConfig(width=32, heads=2, layers=2, dropout=0.0),
    transfer=EVERYTHING,
    regularise=RegulariseConfig(l2_start=0.1, features=0.1),
)
"""Nothing in it is random, so that it can be compared."""
IN_DOUBLE = replace(SETTLED, transfer=TransferConfig(direct=0.5, relational=0.0, grounding=0.0, negatives=0.5))
"""Of X-CLIP, whose attention over prompts is far from exact in single precision; the graph encoders know no other."""
TERMS = {"host", "negatives", "direct_object", "direct_predicate", "direct_clip", "start", "features"}
TAUGHT = {"object_spatial", "predicate_temporal", "grounding", "relational", "pooled", "token"}


def environment():
    return os.environ | {
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
        "OMP_NUM_THREADS": "1",
        "TOKENIZERS_PARALLELISM": "false",
    }


def launch(*arguments, timeout=250):
    """Two processes of a module."""
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--standalone", "-m", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=timeout, check=False
    )


def gradients(kind, folder, first, last):
    """By term its value and the gradient of everything that is trained, on some of the pairs."""
    from finsta.data.clips import ClipCache
    from finsta.data.graph_store import GraphStore
    from finsta.training.loop.processes import average_gradients
    from finsta.training.post_training.collating import make_collator
    from finsta.training.post_training.objective import PostTrainingObjective
    from finsta.transfer.labels import LabelTable

    pairs, host = tiny_pairs(folder), tiny_host(kind)
    pairs[0] = replace(pairs[0], negatives=())  # the first process has none, and does not keep the other waiting
    config = SETTLED if kind == "clip" else IN_DOUBLE
    if config is IN_DOUBLE:
        host.model.double()
    graphs = GraphStore(folder)
    clips = ClipCache(folder / "clips", frames=host.num_frames, prepare=host.prepare, geometry=host.geometry)
    words = sorted({n.lemma for p in pairs for n in graphs.load(p).text.nodes} | {"ball", "cube", "cone"})
    torch.manual_seed(0)
    objective = PostTrainingObjective(host, config, LabelTable(host, words)).train()
    with torch.no_grad():  # away from the start, from which the distance has no slope
        for parameter in objective.model.parameters():
            parameter.add_(0.01 * torch.ones_like(parameter))
    batch = make_collator(host, pairs, clips, graphs, config)(list(range(first, last)))
    terms = objective(replace(batch, pixels=batch.pixels.to(next(host.model.parameters()).dtype)), 0.5)
    found = {}
    for name, term in terms.items():
        objective.zero_grad()
        term.backward(retain_graph=True)
        average_gradients(objective.parameters())
        parts = [torch.zeros_like(p) if p.grad is None else p.grad for p in objective.parameters()]
        found[name] = term.detach(), torch.cat([part.flatten() for part in parts]).clone()
    return found


def main():
    """A process of the comparison, as ``torchrun`` starts it."""
    from finsta.training.loop.processes import join_processes, leave_processes, process

    kind, folder = sys.argv[1], Path(sys.argv[2])
    join_processes()
    own = folder / str(process())
    own.mkdir()
    torch.save(gradients(kind, own, *SHARES[process()]), folder / f"{process()}.pt")
    leave_processes()


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_two_processes_give_every_term_the_value_and_gradient_of_one(kind, tmp_path):
    done = launch("tests.training.test_processes", kind, str(tmp_path))
    assert done.returncode == 0, done.stderr[-3000:]
    (tmp_path / "one").mkdir()
    expected = gradients(kind, tmp_path / "one", 0, 4)
    assert set(expected) == (TERMS | TAUGHT if kind == "clip" else TERMS)
    for rank in range(2):
        found = torch.load(tmp_path / f"{rank}.pt")
        assert found.keys() == expected.keys()
        for name, (value, gradient) in expected.items():
            assert bool(gradient.abs().sum() > 0), name
            torch.testing.assert_close(found[name][0], value, atol=1e-5, rtol=1e-5, msg=lambda m, n=name: f"{n}: {m}")
            size = gradient.abs().max().clamp_min(1)  # of the temperature's, tens: single precision has seven digits
            torch.testing.assert_close(
                found[name][1] / size, gradient / size, atol=1e-5, rtol=0, msg=lambda m, n=name: f"{n}: {m}"
            )


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    lines = [
        {
            "id": pair.id,
            "video": pair.video.name,
            "caption": pair.caption,
            "graph": pair.graph.name,
            "negatives": [vars(negative) for negative in pair.negatives],
        }
        for pair in tiny_pairs(folder)
    ]
    for name in ("train", "val"):
        (folder / f"{name}.jsonl").write_text("\n".join(map(json.dumps, lines)))
    tiny_host("clip").save(folder / "host")
    return folder


def options(data, out):
    return [
        "finsta", "post-train", "--host", str(data / "host"), "--data", str(data), "--out", str(out),
        "--cache", str(out.parent / "cache"),
        *("--steps", "4", "--batch-size", "3", "--warm-up-steps", "1", "--checkpoint-every", "2"),
        *("--accumulation", "2", "--seed", "3"),
        *("--encoder.width", "32", "--encoder.heads", "2", "--encoder.layers", "2", "--learning-rate", "1e-5"),
        *("--transfer.negatives", "0.5", "--validate-every", "2", "--keep-best"),
    ]  # fmt: skip


@pytest.mark.slow
def test_a_run_that_torchrun_starts_twice_is_one_run(data, tmp_path):
    done = launch(*options(data, tmp_path / "two" / "e"))
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.count("trained on 4 pairs for 4 steps") == 1
    alone = subprocess.run(
        [sys.executable, "-m", *options(data, tmp_path / "one" / "e")],
        cwd=ROOT, env=environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert alone.returncode == 0, alone.stderr
    logs = [read_log(tmp_path / name / "e" / "run") for name in ("two", "one")]
    assert [line["step"] for line in logs[0]] == [0, 1, 2, 3]
    for two, one in zip(*logs, strict=True):
        assert two.keys() == one.keys()
        for name in one.keys() - {"seconds", "waiting"}:
            assert two[name] == pytest.approx(one[name], rel=1e-3, abs=1e-4), name
    first, second = (load_file(tmp_path / name / "e" / "model.safetensors") for name in ("two", "one"))
    assert all(torch.allclose(first[name], second[name], atol=1e-4) for name in second)


@pytest.mark.slow
def test_shared_out_parameters_learn_what_whole_ones_learn_and_go_on_after_a_stop(tmp_path):
    found = {}
    for how in ("plain", "sharded", "stopped"):
        done = launch("tests.training.tiny_sharded", str(tmp_path / how), how)
        assert done.returncode == 0, done.stderr[-3000:]
        found[how] = torch.load(tmp_path / how / "weights.pt")
        assert (found[how]["steps"], found[how]["best"]) == (9, (0.9, 4))
    plain, sharded, stopped = (found[how]["weights"] for how in ("plain", "sharded", "stopped"))
    assert plain.keys() == sharded.keys()
    assert all(torch.allclose(plain[name], sharded[name], atol=1e-5) for name in plain)
    assert all(torch.equal(sharded[name], stopped[name]) for name in sharded)
    shards = torch.load(tmp_path / "sharded" / "checkpoints" / "step-000006" / "state-0.pt", weights_only=True)
    assert shards["objective"]["layers.0.0.weight"].shape == (4, 8)


def test_shared_out_parameters_ask_for_shares_of_one_size():
    check_even(6, 3)
    with pytest.raises(InputError, match="--shard: expected --batch-size to be a multiple of the 4 processes, found 6"):
        check_even(6, 4)


def test_one_process_has_nothing_to_share_out(tmp_path):
    from tests.training.tiny_run import CONFIG as TINY
    from tests.training.tiny_run import train

    with pytest.raises(InputError, match="--shard: expected several processes to share parameters, found one"):
        train(tmp_path, config=replace(TINY, shard=True))


if __name__ == "__main__":
    main()

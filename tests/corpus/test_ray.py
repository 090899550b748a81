"""The same through a Ray cluster: same outcomes, same words for what fails, and the clips stand in the shards once."""

import json
import logging
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from finsta.config import CorpusConfig
from finsta.corpus import ray_engine
from finsta.corpus.ray_engine import import_ray
from finsta.errors import InputError, MissingDependencyError, WorkError
from tests.corpus.fakes import RECIPE, graph_of, make_broken
from tests.corpus.test_run import manifest, parse, rows

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
"""Ray starts within ten seconds or so, and leaves sockets to the collector."""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """Two cores of this machine as a cluster that the tests join, as a user would with ``--ray-address``."""
    pytest.importorskip("ray")
    ray = import_ray()
    ray.init(
        "local",
        num_cpus=2,
        include_dashboard=False,
        object_store_memory=100 << 20,
        log_to_driver=False,
        logging_level=logging.ERROR,
        _node_ip_address="127.0.0.1",
        runtime_env={"env_vars": {"PYTHONPATH": str(Path(__file__).parents[2])}},
    )
    yield ray
    ray.shutdown()


def test_a_manifest_is_parsed_by_actors_and_failures_are_told_as_by_processes(tmp_path, cluster):
    orders = {name: f"go {name}" for name in "abcde"} | {"f": "raise", "g": "die"}
    source = manifest(tmp_path, orders)
    done = parse(source, tmp_path / "o", engine="ray", workers=2, shard_clips=3)
    assert (done.parsed, done.shards) == (5, 2)
    assert [(failure.id, failure.kind) for failure in done.failures] == [("f", "video"), ("g", "crash")]
    assert "killed by SIGKILL" in done.failures[1].reason
    found = {row["id"]: json.loads(row["graph"]) for row in rows(tmp_path / "o")}
    assert Counter(row["id"] for row in rows(tmp_path / "o")) == Counter("abcde")
    assert found["a"]["video"]["frames"][0]["nodes"][0]["label"] == graph_of("go a", None).frames[0].nodes[0].label
    assert cluster.is_initialized(), "a cluster that was joined goes on"
    assert parse(source, tmp_path / "o", engine="ray").unchanged == 5


ALONE = """
import sys
from finsta.config import CorpusConfig
from finsta.corpus.run import parse_corpus
from tests.corpus.fakes import RECIPE, make_fake
if __name__ == "__main__":
    corpus = CorpusConfig(engine="ray", workers=1)
    done = parse_corpus(sys.argv[1], sys.argv[2], corpus=corpus, make_parser=make_fake, recipe=RECIPE)
    import ray
    print(done.parsed, ray.is_initialized())
"""


def test_without_an_address_a_cluster_is_started_for_the_run_and_ended_after(tmp_path):
    pytest.importorskip("ray")
    source = manifest(tmp_path, {"a": "go 1"})
    (tmp_path / "script.py").write_text(ALONE)
    command = [sys.executable, str(tmp_path / "script.py"), str(source), str(tmp_path / "o")]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    environment["PYTHONPATH"] = str(Path(__file__).parents[2])
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (ended.stdout, ended.returncode) == ("1 False\n", 0)
    assert [line for line in ended.stderr.splitlines() if "Set ray log level" not in line] == []
    assert [row["id"] for row in rows(tmp_path / "o")] == ["a"]


def test_what_workers_cannot_start_for_ends_the_run(tmp_path, cluster):
    engine = ray_engine.RayEngine(make_broken, RECIPE, CorpusConfig(engine="ray", workers=1))
    clip = ray_engine.group_from_json('[{"id": "a", "video": "a.mp4"}]')
    with pytest.raises(WorkError, match="expected the weights of a detector, found none; fetch them"):
        list(engine.outcomes([clip]))


def test_a_missing_package_is_named_with_its_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingDependencyError, match=r"--engine ray needs Ray with Ray Data.*finsta\[ray\]"):
        import_ray()


def test_an_address_at_which_nobody_answers_is_said(monkeypatch):
    class Ray:
        def is_initialized(self):
            return False

        def init(self, address, **options):
            raise ConnectionError("nobody there")

    with pytest.raises(InputError, match="--ray-address h:1: expected a Ray cluster, found none that answers"):
        ray_engine._connect(Ray(), CorpusConfig(engine="ray", ray_address="h:1"))

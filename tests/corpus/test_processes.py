"""Workers may raise, die, hang or never start: each clip has one outcome, and the others go on."""

import subprocess
import time

import pytest

from finsta.corpus.processes import ProcessPool
from finsta.corpus.work import Clip, Failure, Parsed, Unchanged, group_from_json, outcome_from_json, to_json
from finsta.errors import InputError, MissingDependencyError, WorkError
from tests.corpus.fakes import RECIPE, make_broken, make_buggy, make_dead, make_fake


def clips(folder, **orders):
    """A file for each name, and its clip."""
    for name, order in orders.items():
        (folder / name).write_text(order)
    return tuple(Clip(id=name, video=str(folder / name), mark=f"mark {name}") for name in orders)


def outcomes(groups, make=make_fake, **options):
    with ProcessPool(make, RECIPE, **({"workers": 1} | options)) as pool:
        return {outcome.id: outcome for outcome in pool.outcomes(groups)}


def calls(folder):
    return (folder / "calls").read_text().split()


def test_each_way_to_fail_is_told_and_the_others_go_on(tmp_path):
    group = clips(tmp_path, a="go 1", b="raise", c="bug", d="go 2")
    missing = Clip(id="e", video=str(tmp_path / "none.mp4"))
    folder = Clip(id="f", video=str(tmp_path))
    found = outcomes([group, (missing, folder)])
    assert [type(found[id]) for id in "abcdef"] == [Parsed, Failure, Failure, Parsed, Failure, Failure]
    assert [(found[id].kind, found[id].reason) for id in "bef"] == [
        ("video", f"{tmp_path}/b: not a film for you"),
        ("missing", f"{tmp_path}/none.mp4: no such file"),
        ("video", f"{tmp_path}: expected a video file, found a folder, device or pipe"),
    ]
    assert (found["c"].kind, found["c"].mark) == ("error", "mark c")
    assert found["c"].reason.startswith("KeyError: 'forgotten' (fakes.py:")
    assert "Traceback" in found["c"].detail


def test_a_clip_that_kills_its_worker_fails_after_two_and_one_that_did_so_by_chance_is_parsed(tmp_path):
    group = clips(tmp_path, a="go 1", b="die", c="go 2", d="die-once", e="go 3")
    found = outcomes([group])
    assert [type(found[id]) for id in "abcde"] == [Parsed, Failure, Parsed, Parsed, Parsed]
    assert found["b"].kind == "crash"
    assert "its worker process was killed by SIGKILL (out of memory?), and so did the one before" in found["b"].reason
    assert sorted(calls(tmp_path)) == ["a", "b", "b", "c", "d", "d", "e"]


def test_a_clip_that_takes_too_long_fails_alone(tmp_path):
    group = clips(tmp_path, a="go 1", b="hang", c="go 2")
    found = outcomes([group], time_limit=1.0)
    assert [type(found[id]) for id in "abc"] == [Parsed, Failure, Parsed]
    assert (found["b"].kind, found["b"].reason) == ("time", f"{tmp_path}/b: took longer than the limit of 1 s")


def test_clips_of_one_content_and_text_are_parsed_once_and_share_a_graph(tmp_path):
    first, second, other = clips(tmp_path, a="go 1", b="go 1", c="go 2")
    said = Clip(id="d", video=first.video, text="a dog")
    found = outcomes([(first, second, other, said)])
    assert calls(tmp_path) == ["a", "c", "a"]
    rows = {id: outcome.row for id, outcome in found.items()}
    assert (
        rows["a"].replace('"id": "a"', "").replace("/a", "/b").split("modified")[0]
        == (rows["b"].replace('"id": "b"', "").split("modified")[0])
    )
    assert "a dog" in rows["d"]


def test_a_clip_whose_key_is_settled_is_not_parsed(tmp_path):
    (clip,) = clips(tmp_path, a="go 1")
    (parsed,) = outcomes([(clip,)]).values()
    key = parsed.row.split('"key": "')[1][:64]
    settled = Clip(id="a", video=clip.video, settled=key)
    assert outcomes([(settled,)]) == {"a": Unchanged(id="a")}
    assert calls(tmp_path) == ["a"]


def test_what_every_clip_would_meet_ends_the_run(tmp_path):
    group = clips(tmp_path, a="go 1")
    with pytest.raises(MissingDependencyError, match="expected the weights of a detector, found none; fetch them"):
        outcomes([group], make=make_broken)
    with pytest.raises(WorkError, match=r"a worker could not start:\n(.*\n)+ZeroDivisionError: at the start"):
        outcomes([group], make=make_buggy)
    with pytest.raises(WorkError, match=r"3 workers in a row died before they were ready; the last was killed by SIGK"):
        outcomes([group], make=make_dead)
    with pytest.raises(MissingDependencyError, match="expected a package, found none"):
        outcomes([clips(tmp_path, b="nothing-installed")])
    with pytest.raises(InputError, match="expected at least 1 worker, found 0"):
        ProcessPool(make_fake, RECIPE, workers=0)


def test_workers_are_kept_from_call_to_call_and_end_with_the_pool(tmp_path):
    (clip,) = clips(tmp_path, a="go 1")
    with ProcessPool(make_fake, RECIPE, workers=2) as pool:
        for _ in range(2):
            assert len(list(pool.outcomes([(clip,)]))) == 1
        (worker,) = pool._workers
        process = worker._process.pid
        assert runs(process)
    assert ends(process)


def test_outcomes_and_groups_travel_as_json():
    values = [Parsed(id="a", row="{}"), Unchanged(id="ä"), Failure(id="b", video="v", kind="time", reason="r\n")]
    assert [outcome_from_json(to_json(value)) for value in values] == values
    group = (Clip(id="a", video="v", text="t"), Clip(id="b", video="w", settled="k", mark="m"))
    assert group_from_json(to_json(group)) == group


def runs(process):
    """Whether a process runs."""
    found = subprocess.run(["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True, check=False)
    return found.stdout.strip() != "" and not found.stdout.strip().startswith("Z")


def ends(process):
    """Whether a process ends within some seconds."""
    for _ in range(200):
        if not runs(process):
            return True
        time.sleep(0.05)
    return False

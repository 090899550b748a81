"""The demo as a whole, very small: what it writes, what it prints, and that a second run reuses it."""

import re

import pytest

from finsta.config import control
from finsta.errors import MissingDependencyError, OutputError
from finsta.experiments import sample_clip as sample
from finsta.experiments.demo import CONTROL, FINSTA, HOST, DemoConfig, arms, run_demo
from finsta.tasks.evaluation import load_evaluation
from tests.tiny_clips import write_clip

SMALL = DemoConfig(clips=40, width=32, layers=1, pre_training_steps=2, post_training_steps=2, batch_size=4)


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    return folder, write_clip(folder / "clip.mp4", "green"), []


def run(demo, config=SMALL):
    folder, clip, stages = demo

    def stage(title):
        stages.append(title)
        return lambda done, total: None

    return run_demo(
        folder / "out",
        config,
        stages=stage,
        progress=lambda name, share: None,
        say=lambda line: None,
        video=clip,
        text="a green cone",
    )


def test_the_demo_prints_what_it_measured_and_writes_one_page(demo):
    report = run(demo)
    lines = report.table.splitlines()
    assert [line.split()[0] for line in lines[1:4]] == [HOST, CONTROL, FINSTA]
    folder = demo[0] / "out"
    for name in (HOST, CONTROL, FINSTA):
        metrics = load_evaluation(folder / "evaluation" / f"{name.lower()}.json")[0].metrics
        row = next(line for line in lines if line.startswith(name))
        assert f"{metrics['retrieval/text_to_video/R@1']:.1f}" == row.split()[1]
        assert f"{metrics['multiple_choice/accuracy']:.1f}" == row.split()[5]
    assert "Finsta − control, multiple choice" in report.table
    page = report.page.read_text()
    assert (page.count("<svg"), page.count("srcdoc=")) == (3, 2)
    assert not re.search(r'(src|href)="(https?:)?//', page)
    assert (folder / "parse" / "graphs.json").is_file()


def test_a_second_run_reuses_everything(demo):
    first = run(demo)
    demo[2].clear()
    assert run(demo).table == first.table
    assert {title for title in demo[2] if "steps" in title or "test videos" in title} == set()


def test_a_folder_with_another_demo_is_refused(demo):
    run(demo)
    with pytest.raises(OutputError, match="other settings"):
        run(demo, DemoConfig(clips=41))


def test_the_two_arms_differ_in_the_terms_of_the_loss_alone():
    settings = arms(SMALL)
    assert settings[CONTROL] == control(settings[FINSTA])
    assert settings[FINSTA].transfer.uses_graphs
    assert not settings[CONTROL].transfer.uses_graphs


def test_without_the_package_of_the_clip_the_error_says_what_to_install(monkeypatch):
    def missing(name):
        raise sample.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(sample.metadata, "files", missing)
    with pytest.raises(MissingDependencyError, match=r"finsta\[demo\]"):
        sample.sample_clip()

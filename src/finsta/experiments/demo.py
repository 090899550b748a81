"""The demo: parse a real clip, make a world, train a small host on it, post-train it twice, evaluate the three."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from finsta.config import EncoderConfig, ParseConfig, PostTrainConfig, control
from finsta.data.pairs import Pair, read_pairs
from finsta.data.places import cache_folder, clip_folder
from finsta.errors import OutputError
from finsta.experiments.sample_clip import Sample, sample_clip
from finsta.graphs.serialization import save_graph, write_text
from finsta.tasks.evaluation import Evaluation, evaluate, load_evaluation, save_evaluation
from finsta.training.loop.stages import Stages
from finsta.training.post_training.train import post_train

HOST, CONTROL, FINSTA = "host", "control", "Finsta"


@dataclass(frozen=True, kw_only=True)
class DemoConfig:
    """Sizes that two cores finish in time.

    The small host is CLIP over frames: X-CLIP, whose frames attend to each other, was tried and needs far more steps
    from nothing than ten minutes hold.
    """

    # Seed of world and training.
    seed: int = 0
    # Clips of the world; 70 % of them to train on, 20 % to test.
    clips: int = 2000
    # Width and layers of the small host.
    width: int = 96
    layers: int = 2
    # Pixels of a patch's side, of 64.
    patch_size: int = 8
    # Frames that the host reads of a clip.
    frames: int = 4
    # Steps on coarse captions (objects only), from nothing.
    pre_training_steps: int = 600
    # Steps of each of the two post-trainings on detailed captions.
    post_training_steps: int = 250
    # Pairs in a step.
    batch_size: int = 32

    @classmethod
    def quick(cls, *, seed: int = 0) -> "DemoConfig":
        """So little that its numbers mean nothing: shows that everything runs."""
        return cls(seed=seed, clips=40, width=32, layers=1, pre_training_steps=4, post_training_steps=4, batch_size=8)

    def pre_training(self) -> PostTrainConfig:
        """The host's own loss on coarse captions, as hosts are trained on web captions."""
        return control(
            PostTrainConfig(
                steps=self.pre_training_steps,
                batch_size=self.batch_size,
                learning_rate=7e-4,
                frames=self.frames,
                seed=self.seed,
                caption="coarse",
            )
        )

    def post_training(self) -> PostTrainConfig:
        """Finsta with its default weights, at a size that fits the small host."""
        return PostTrainConfig(
            steps=self.post_training_steps,
            batch_size=self.batch_size,
            learning_rate=5e-4,
            frames=self.frames,
            seed=self.seed,
            encoder=EncoderConfig(width=64, layers=2, feed_forward=128),
        )


@dataclass(frozen=True, kw_only=True)
class DemoReport:
    """The table as text, and the page that shows everything."""

    table: str
    page: Path


def run_demo(
    out: Path,
    config: DemoConfig,
    *,
    stages: Stages,
    progress: Callable[[str, float], None],
    say: Callable[[str], None],
    video: Path | None = None,
    text: str | None = None,
) -> DemoReport:
    """Run what is not done yet in the folder, and write its page.

    Args:
        out: A folder of its own.
        config: Sizes.
        stages: Makes the progress bars.
        progress: The bars of parsing, by name.
        say: Told in a line what comes next.
        video: A clip instead of the one that comes with the demo.
        text: What happens in it.

    Raises:
        OutputError: if the folder holds a demo of other settings, or cannot be written.
    """
    _claim(out, config)
    times = out / "times.json"
    seconds: dict[str, float] = json.loads(times.read_text(encoding="utf-8")) if times.is_file() else {}
    with _timed(seconds, "parse"):
        sample = sample_clip() if video is None else Sample(video=video, text=text or "", note="your clip")
        say(f"1/5 parsing {sample.note}")
        _parse(sample, out, progress, say)
    with _timed(seconds, "world"):
        say(f"2/5 rendering a world of {config.clips} clips")
        _world(out, config, stages)
    train, test = read_pairs(out / "world", "train"), read_pairs(out / "world", "test")
    with _timed(seconds, "host"):
        say(f"3/5 training a small host on {len(train)} pairs with coarse captions, {config.pre_training_steps} steps")
        _host(out, config, train, stages)
    with _timed(seconds, "post-training"):
        say(f"4/5 post-training it twice on detailed captions, {config.post_training_steps} steps each")
        for name, settings in arms(config).items():
            post_train(
                out / HOST,
                train,
                out / name.lower(),
                config=settings,
                cache=cache_folder(out / "world"),
                data="the embedded world",
                command="finsta demo",
                stages=_named(stages, name),
            )
    with _timed(seconds, "evaluation"):
        say(f"5/5 evaluating the three on {len(test)} unseen clips")
        evaluations = {name: _evaluate(out, name, test, config.frames, stages) for name in (HOST, CONTROL, FINSTA)}
    write_text(times, json.dumps(seconds) + "\n")
    from finsta.experiments.demo_page import render_table, write_demo_page

    page = write_demo_page(out, config, evaluations, seconds)
    return DemoReport(table=render_table(evaluations), page=page)


def arms(config: DemoConfig) -> dict[str, PostTrainConfig]:
    """The two post-trainings: the same pairs, steps, rates and seed; only the terms of the loss differ."""
    finsta = config.post_training()
    return {CONTROL: control(finsta), FINSTA: finsta}


def _claim(out: Path, config: DemoConfig) -> None:
    """Refuse a folder that holds another demo."""
    settings = json.dumps(asdict(config), indent=1) + "\n"
    file = out / "demo.json"
    if file.is_file() and file.read_text(encoding="utf-8") != settings:
        raise OutputError(f"{out}: holds a demo of other settings; choose another --out, or remove the folder")
    if not file.is_file() and out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise OutputError(f"{out}: exists and is no demo; choose another --out")
    write_text(file, settings)


def _parse(sample: Sample, out: Path, progress: Callable[[str, float], None], say: Callable[[str], None]) -> None:
    from finsta.parsing import Pipeline
    from finsta.viewer.report import write_report

    folder = out / "parse"
    if (folder / "report.html").is_file():
        return
    parsed = Pipeline(ParseConfig())(video=sample.video, text=sample.text or None, progress=progress)
    for line in (*parsed.notes, *parsed.warnings):
        say(f"    {line}")
    save_graph(parsed.graph, folder / "graphs.json")
    write_report(parsed.graph, parsed.images, folder / "report.html")


def _world(out: Path, config: DemoConfig, stages: Stages) -> None:
    from finsta.data.world import make_world

    make_world(out / "world", clips=config.clips, seed=config.seed, progress=stages("clips"))


def _host(out: Path, config: DemoConfig, train: list[Pair], stages: Stages) -> None:
    """An untrained host of the family's own architecture, then its own loss on coarse captions."""
    from finsta.training.small_host import build_small_host

    untrained = out / "untrained"
    if not untrained.is_dir():
        captions = [caption for pair in train for caption in (pair.caption, pair.coarse_caption or "")]
        build_small_host(
            "clip",
            captions=captions,
            image_size=64,
            patch_size=config.patch_size,
            width=config.width,
            layers=config.layers,
            frames=config.frames,
            seed=config.seed,
        ).save(untrained)
    post_train(
        untrained,
        train,
        out / HOST,
        config=config.pre_training(),
        cache=cache_folder(out / "world"),
        data="the embedded world, coarse captions",
        command="finsta demo",
        stages=_named(stages, HOST),
    )


def _evaluate(out: Path, name: str, test: list[Pair], frames: int, stages: Stages) -> Evaluation:
    from finsta.transfer.hosts import load_host

    file = out / "evaluation" / f"{name.lower()}.json"
    if file.is_file():
        return load_evaluation(file)[0]
    host = load_host(out / name.lower(), num_frames=frames)
    evaluation = evaluate(host, test, cache=clip_folder(out / "world"), progress=stages(f"{name}: test videos"))
    save_evaluation(evaluation, file, {"host": name, "data": "world/test.jsonl"})
    return evaluation


def _named(stages: Stages, name: str) -> Stages:
    """The same bars, each with the name of the run before its title."""
    return lambda title: stages(f"{name}: {title}")


@contextmanager
def _timed(seconds: dict[str, float], name: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    seconds[name] = seconds.get(name, 0.0) + time.perf_counter() - began

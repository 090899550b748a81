"""The demo's table and its page: what was measured, how it was learned, and the graphs behind it."""

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from finsta.experiments.demo import CONTROL, FINSTA, HOST, DemoConfig
from finsta.graphs.serialization import load_graph, write_text
from finsta.shapes import Image
from finsta.tasks.bootstrap import Interval, bootstrap_interval
from finsta.tasks.evaluation import MULTIPLE_CHOICE, RETRIEVAL, Evaluation
from finsta.training.loop.loop import read_log
from finsta.viewer.charts import Series, line_chart, table
from finsta.viewer.page import Section, inner_page, render_page

KINDS = ("attribute", "role", "predicate", "adverb", "order")
CAVEAT = (
    "One seed, a small host, a few hundred steps: the demo shows that everything runs and what was measured, not that "
    "the method helps. The interval is over clips; the spread over seeds is not in it."
)


def columns() -> list[tuple[str, str]]:
    """Heading and metric of each column."""
    retrieval = [
        ("R@1 text→video", f"{RETRIEVAL}/text_to_video/R@1"),
        ("R@5", f"{RETRIEVAL}/text_to_video/R@5"),
        ("MdR", f"{RETRIEVAL}/text_to_video/MdR"),
        ("R@1 video→text", f"{RETRIEVAL}/video_to_text/R@1"),
        ("multiple choice", f"{MULTIPLE_CHOICE}/accuracy"),
    ]
    return retrieval + [(kind, f"{MULTIPLE_CHOICE}/accuracy/{kind}") for kind in KINDS]


def rows(evaluations: Mapping[str, Evaluation]) -> list[list[str | float]]:
    """A row for each host; a kind of negative that the test clips do not have is left open."""
    return [
        [name, *(evaluation.metrics.get(metric, "–") for _, metric in columns())]
        for name, evaluation in evaluations.items()
    ]


def differences(evaluations: Mapping[str, Evaluation]) -> dict[str, Interval]:
    """Finsta less control on the same clips, by task, with a paired bootstrap over clips."""
    first, second = evaluations[CONTROL].results, evaluations[FINSTA].results
    return {task: bootstrap_interval(first[task].item_scores, second[task].item_scores) for task in first}


def render_table(evaluations: Mapping[str, Evaluation]) -> str:
    """The table for a terminal, the differences, and what they do not say."""
    heads = ["", *(head for head, _ in columns())]
    cells = [[cell if isinstance(cell, str) else f"{cell:.1f}" for cell in row] for row in rows(evaluations)]
    widths = [max(len(row[place]) for row in [heads, *cells]) for place in range(len(heads))]
    lines = [
        "  ".join(cell.ljust(width) if place == 0 else cell.rjust(width) for place, (cell, width) in enumerate(pairs))
        for row in [heads, *cells]
        for pairs in [list(zip(row, widths, strict=True))]
    ]
    return "\n".join([*lines, "", *difference_lines(evaluations), CAVEAT])


def difference_lines(evaluations: Mapping[str, Evaluation]) -> list[str]:
    """Finsta less control, in words."""
    names = {RETRIEVAL: "R@1, both ways", MULTIPLE_CHOICE: "multiple choice"}
    return [
        f"Finsta − control, {names[task]}: {i.difference:+.1f} points, 95 % interval [{i.low:+.1f}, {i.high:+.1f}] "
        f"over {i.clusters} clips"
        for task, i in differences(evaluations).items()
    ]


def write_demo_page(
    out: Path, config: DemoConfig, evaluations: Mapping[str, Evaluation], seconds: Mapping[str, float]
) -> Path:
    """Write ``index.html`` in the demo's folder."""
    result = table(["", *(head for head, _ in columns())], rows(evaluations))
    lines = "".join(f"<p>{escape(line)}</p>" for line in difference_lines(evaluations))
    sections = [
        Section(heading="Result", note=CAVEAT, html=result + lines),
        Section(
            heading="What was compared",
            note=_compared(config),
        ),
        Section(heading="Curves", html=f'<div class="charts">{"".join(_charts(out))}</div>'),
        Section(heading="A real clip", html=_report(out / "parse" / "report.html", "The clip and its graphs")),
        Section(
            heading="A clip of the embedded world, with its gold graph", html=_world_report(out, "A clip of the world")
        ),
        Section(heading="Time", html=_times(seconds)),
    ]
    page = out / "index.html"
    write_text(page, render_page("finsta demo", sections))
    return page


def _compared(config: DemoConfig) -> str:
    return (
        f"A small CLIP over frames, trained from nothing on coarse captions ({config.pre_training_steps} steps), is "
        f"post-trained twice on the same detailed pairs, for the same {config.post_training_steps} steps of "
        f"{config.batch_size} pairs at the same rate: control with its own loss only, Finsta with the structural terms "
        "beside it. Chance in multiple choice is 50."
    )


def _charts(out: Path) -> list[str]:
    """Host loss of the three trainings, then the structural terms of the Finsta run."""
    logs = {name: read_log(out / name.lower() / "run") for name in (HOST, CONTROL, FINSTA)}
    own = {name: _series(log, "host", name) for name, log in logs.items()}
    beside = ("step", "host", "gradient_norm", "learning_rate", "seconds")
    terms = [name for name in logs[FINSTA][0] if name not in beside]
    charts = {
        "Pre-training, own loss": [own[HOST]],
        "Post-training, own loss": [own[CONTROL], own[FINSTA]],
        "Finsta, structural terms (weighted)": [_series(logs[FINSTA], t, t.replace("_", " ")) for t in terms],
    }
    return [_figure(title, series) for title, series in charts.items() if series]


def _figure(title: str, series: Sequence[Series]) -> str:
    chart = line_chart(series, title=title, x_label="step", y_label="loss", width=540)
    return f"<figure><figcaption>{escape(title)}</figcaption>{chart}</figure>"


def _series(log: Sequence[Mapping[str, Any]], term: str, name: str) -> Series:
    """A term by step, as a running mean over a twentieth of the run."""
    window = max(len(log) // 20, 1)
    values = [line[term] for line in log]
    points = [
        (float(log[place]["step"]), sum(values[max(0, place - window + 1) : place + 1]) / min(window, place + 1))
        for place in range(len(log))
    ]
    return Series(name=name, points=tuple(points))


def _report(path: Path, title: str) -> str:
    return inner_page(path.read_text(encoding="utf-8"), title=title)


def _world_report(out: Path, title: str) -> str:
    """The first test clip with two events, or the first one."""
    from finsta.data.pairs import read_pairs
    from finsta.viewer.report import render_report

    pairs = read_pairs(out / "world", "test")
    pair = next((pair for pair in pairs if any(n.kind == "order" for n in pair.negatives)), pairs[0])
    assert pair.graph is not None
    graph = load_graph(pair.graph)
    return inner_page(render_report(graph, images=_key_frames(pair.video, graph)), title=title)


def _key_frames(video: Path, graph: object) -> list[Image]:
    from finsta.video.frames import frames_at

    return frames_at(video, [graph.video.video.start + frame.time for frame in graph.video.frames])  # type: ignore[attr-defined]


def _times(seconds: Mapping[str, float]) -> str:
    total = sum(seconds.values())
    cells = [[name, value] for name, value in [*seconds.items(), ("in all", total)]]
    return table(["stage", "seconds, over all runs of this folder"], cells)

"""Conversion: one bad file does not stop the rest, a killed run goes on, and no reader ever sees half a file."""

import json
from pathlib import Path
from typing import Any

import pytest

from finsta.data import conversion
from finsta.data.annotations.opening import AnnotationSettings, open_annotations, recognise
from finsta.data.annotations.reading import AnnotationItem, NamedGraph
from finsta.data.conversion import REST, Conversion, convert
from finsta.errors import FormatError, InputError, OutputError
from finsta.graphs.dynamic import DynamicSceneGraph
from finsta.graphs.scene_graph import TextualSceneGraph
from finsta.graphs.serialization import load_graph, save_graph
from tests.data.annotations.samples import (
    vidvrd_document,
    write_action_genome,
    write_json,
    write_pvsg,
    write_visual_genome,
)
from tests.graph_samples import sample_dynamic_graph, sample_holistic_graph

SETTINGS = {"source": "here"}


def run(source: Path, out: Path, to: Any = "graphs", **options: Any) -> Conversion:
    reader = open_annotations(source, recognise(source), AnnotationSettings())
    return convert(reader.items(), out, to=to, settings=SETTINGS, **options)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    for name in "abc":
        write_json(tmp_path / "vidvrd" / f"{name}.json", vidvrd_document())
    return tmp_path / "vidvrd"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_each_video_becomes_a_graph_and_a_second_run_finds_it_done(source: Path, tmp_path: Path):
    seen: list[tuple[int, int]] = []
    report = run(source, tmp_path / "out", progress=lambda *done: seen.append(done))
    assert (report.done, report.kept, report.failures) == (3, 0, {})
    assert seen == [(1, 3), (2, 3), (3, 3)]
    assert names(tmp_path / "out") == ["a.json", "b.json", "c.json", "convert.json", "done.jsonl"]
    graph = load_graph(tmp_path / "out" / "a.json")
    assert isinstance(graph, DynamicSceneGraph)
    assert len(graph.frames) == 6
    assert vars(run(source, tmp_path / "out")) == vars(Conversion(kept=3))


def test_one_bad_file_is_reported_and_the_rest_converted_and_a_mended_one_is_caught_up(source: Path, tmp_path: Path):
    whole = (source / "b.json").read_text()
    (source / "b.json").write_text(whole[:100])
    report = run(source, tmp_path / "out")
    assert (report.done, list(report.failures)) == (2, ["b"])
    assert "expected a whole JSON document" in json.loads((tmp_path / "out" / "failures.json").read_text())["b"]
    (source / "b.json").write_text(whole)
    assert vars(run(source, tmp_path / "out")) == vars(Conversion(done=1, kept=2))
    assert "failures.json" not in names(tmp_path / "out")


@pytest.mark.parametrize("end", ["", '{"id": "b", "fil'])
def test_a_run_that_was_killed_goes_on_and_writes_again_what_has_no_line(source: Path, tmp_path: Path, end: str):
    out = tmp_path / "out"
    run(source, out)
    before = (out / "b.json").read_bytes()
    first = (out / "done.jsonl").read_text().splitlines()[0]
    (out / "done.jsonl").write_text(first + "\n" + end)
    (out / "b.json").write_text("half of it")
    (out / "c.json").unlink()
    report = run(source, out)
    assert (report.done, report.kept) == (2, 1)
    assert (out / "b.json").read_bytes() == before
    assert run(source, out).kept == 3


def test_a_folder_of_another_conversion_is_refused(source: Path, tmp_path: Path):
    run(source, tmp_path / "out")
    with pytest.raises(OutputError, match=r"out: holds a conversion with another --to; choose another --out, or add"):
        run(source, tmp_path / "out", to="graphml")


def test_a_limit_takes_the_head(source: Path, tmp_path: Path):
    seen: list[tuple[int, int]] = []
    assert run(source, tmp_path / "out", limit=2, progress=lambda *done: seen.append(done)).done == 2
    assert seen == [(1, 2), (2, 2)]
    assert vars(run(source, tmp_path / "out")) == vars(Conversion(done=1, kept=2))


def test_a_source_that_breaks_off_is_told_and_what_came_before_is_kept(tmp_path: Path):
    folder = write_visual_genome(tmp_path / "vg")
    text = (folder / "objects.json").read_text()
    (folder / "objects.json").write_text(text[:-30])
    report = run(folder, tmp_path / "out")
    assert (report.done, list(report.failures)) == (1, [REST])
    assert "objects.json:1, element 1: expected a whole JSON array" in report.failures[REST]


def test_a_source_without_items_is_an_error(tmp_path: Path):
    with pytest.raises(InputError, match="here: expected one video or image at least, found none"):
        convert([], tmp_path / "out", to="graphs", settings=SETTINGS)


def test_warnings_of_the_graphs_are_gathered(tmp_path: Path):
    write_json(tmp_path / "in" / "v.json", vidvrd_document() | {"frame_count": 9})
    assert "states 9 frames and has boxes for 6" in run(tmp_path / "in", tmp_path / "out").warnings[0]


@pytest.fixture
def graphs(tmp_path: Path) -> Path:
    """A folder as parse and world leave it: of a clip, of a pair, and of a text alone."""
    save_graph(sample_dynamic_graph(1), tmp_path / "graphs" / "clip" / "graphs.json")
    save_graph(sample_holistic_graph(2), tmp_path / "graphs" / "pair" / "graphs.json")
    save_graph(TextualSceneGraph(text="A man."), tmp_path / "graphs" / "words.json")
    return tmp_path / "graphs"


@pytest.mark.parametrize(
    ("to", "files"),
    [
        ("graphs", ["clip.json", "pair.json", "words.json"]),
        ("networkx", ["clip.json", "pair.json", "words.json"]),
        ("graphml", ["clip.graphml", "pair.graphml", "words.graphml"]),
        ("pyg", ["clip.pt", "pair.pt", "words.pt"]),
    ],
)
def test_graphs_of_every_kind_go_into_forms_of_one_file_each(graphs: Path, tmp_path: Path, to: Any, files: list[str]):
    pytest.importorskip("networkx")
    pytest.importorskip("torch_geometric")
    report = run(graphs, tmp_path / "out", to=to)
    assert (report.done, report.failures) == (3, {})
    assert [name for name in names(tmp_path / "out") if name not in ("convert.json", "done.jsonl")] == files


@pytest.mark.parametrize(
    ("to", "file", "content"), [("vidvrd", "vidvrd.json", "results"), ("coco", "coco.json", "annotations")]
)
def test_videos_go_into_one_file_and_a_text_alone_is_reported(graphs: Path, tmp_path: Path, to, file, content):
    report = run(graphs, tmp_path / "out", to=to)
    assert report.done == 2
    assert report.failures == {
        "words": "words: expected the graph of a video, found that of a text alone; choose another form"
    }
    document = json.loads((tmp_path / "out" / file).read_text())
    assert document[content]
    assert run(graphs, tmp_path / "out", to=to).done == 2


def test_a_graph_goes_to_vidvrd_annotations_and_back(graphs: Path, tmp_path: Path):
    run(graphs, tmp_path / "out", to="vidvrd-annotations")
    assert recognise(tmp_path / "out") == "vidvrd"
    back = run(tmp_path / "out", tmp_path / "back")
    assert (back.done, back.failures) == (2, {})
    there, here = load_graph(graphs / "clip" / "graphs.json"), load_graph(tmp_path / "back" / "clip.json")
    assert set(there.object_tracks) == set(here.object_tracks)


def test_a_graph_that_cannot_be_written_is_reported(tmp_path: Path):
    graph = sample_dynamic_graph(1)
    bad = DynamicSceneGraph(video=graph.video.__class__(**vars(graph.video) | {"width": 0}), frames=graph.frames)
    items = [AnnotationItem(id="x", read=lambda: [NamedGraph(name="x", graph=bad)])]
    report = convert(items, tmp_path / "out", to="vidvrd-annotations", settings=SETTINGS)
    assert "expected the size of the video, found 0×240" in report.failures["x"]


def test_nothing_half_written_stays_where_the_disk_fails(graphs: Path, tmp_path: Path, monkeypatch):
    torch = pytest.importorskip("torch")
    pytest.importorskip("torch_geometric")

    def fails(data: object, path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", fails)
    with pytest.raises(OutputError, match=r"clip.pt: cannot be written: No space left on device; choose"):
        run(graphs, tmp_path / "out", to="pyg")
    assert names(tmp_path / "out") == ["convert.json"]


def test_forms_are_told_by_the_files(tmp_path: Path, source: Path, graphs: Path):
    assert recognise(source) == recognise(source / "a.json") == "vidvrd"
    assert recognise(graphs) == recognise(graphs / "words.json") == "graphs"
    assert recognise(write_action_genome(tmp_path / "ag")) == "action-genome"
    write_action_genome(tmp_path / "above" / "annotations")
    assert recognise(tmp_path / "above") == "action-genome"
    folder = write_pvsg(tmp_path / "pvsg")
    assert recognise(folder) == recognise(folder / "pvsg.json") == "pvsg"
    assert recognise(write_visual_genome(tmp_path / "vg")) == "visual-genome"
    write_json(tmp_path / "other" / "x.json", {"a": 1})
    with pytest.raises(InputError, match=r"other: expected annotations of VidVRD, VidOR.*found none.*by --from"):
        recognise(tmp_path / "other")


def test_every_form_of_one_file_a_graph_has_a_suffix():
    assert set(conversion.SUFFIXES) | {"vidvrd", "coco"} == set(conversion.Target.__args__)


def test_a_graph_file_of_another_format_is_named(tmp_path: Path):
    write_json(tmp_path / "g" / "x.json", {"format": "finsta-graphs", "version": 9})
    with pytest.raises(FormatError, match="expected format 'finsta-graphs', version 1"):
        next(open_annotations(tmp_path / "g", "graphs").items()).read()
    with pytest.raises(InputError, match=r"none: expected a graph \(.json\), or a folder of them, found none"):
        list(open_annotations(tmp_path / "none", "graphs").items())

"""Graphs from one form of file into another: one file a graph, or one file for all.

Everything is written whole or not at all. What is one file a graph goes on where it stopped: a line of ``done.jsonl``
says that an item's files are there. An item that cannot be read or written is told in ``failures.json`` and the work
goes on; a run with other settings into the same folder is refused.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from finsta.data.annotations.reading import AnnotationItem, NamedGraph
from finsta.errors import FinstaError, FormatError, InputError, OutputError
from finsta.graphs.dynamic import DynamicSceneGraph
from finsta.graphs.holistic import HolisticSceneGraph
from finsta.graphs.serialization import Graph, save_graph, write_text

Target = Literal["graphs", "vidvrd", "vidvrd-annotations", "coco", "networkx", "graphml", "pyg"]

SUFFIXES: dict[Target, str] = {
    "graphs": ".json",
    "vidvrd-annotations": ".json",
    "networkx": ".json",
    "graphml": ".graphml",
    "pyg": ".pt",
}
"""Forms of one file a graph; the others are one file for all, ``{form}.json``."""

REST = "(the rest of the source)"
"""Under this name a source is reported that broke off."""


@dataclass(kw_only=True)
class Conversion:
    """What a run did: items converted, found done already, and failed with the reason; warnings of the graphs."""

    done: int = 0
    kept: int = 0
    failures: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def convert(
    items: Iterable[AnnotationItem],
    out: Path,
    *,
    to: Target,
    settings: Mapping[str, Any],
    limit: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Conversion:
    """Convert items into a folder.

    Args:
        items: What to convert; an item is read when its turn comes.
        out: The folder, made where it is not there.
        to: The form.
        settings: What the run was asked for; kept in ``convert.json``, and equal in all runs into a folder.
        limit: Items at most; 0 takes all.
        progress: Told the items gone through, and how many there are (0 where nobody knows).

    Raises:
        OutputError: if the folder holds a run with other settings, or cannot be written.
        InputError: if there is no item at all.
    """
    _claim(out, {"--to": to, **settings})
    report = Conversion()
    graphs = _graphs(items, out, to=to, report=report, limit=limit, progress=progress)
    if to in SUFFIXES:
        for item, made in graphs:
            _keep(out, item, made, to, report)
    else:
        _collect(out, to, graphs, report)
    if not report.done and not report.kept and not report.failures:
        raise InputError(f"{settings.get('source', 'the source')}: expected one video or image at least, found none")
    _write_failures(out, report.failures)
    return report


def _graphs(
    items: Iterable[AnnotationItem],
    out: Path,
    *,
    to: Target,
    report: Conversion,
    limit: int,
    progress: Callable[[int, int], None] | None,
) -> Iterator[tuple[AnnotationItem, list[NamedGraph]]]:
    """The graphs of each item that is not done yet and can be read."""
    done = _done(out) if to in SUFFIXES else set()
    number = 0
    try:
        for number, item in enumerate(items, 1):
            if item.id in done:
                report.kept += 1
            else:
                try:
                    made = list(item.read())
                except OutputError:
                    raise
                except FinstaError as error:
                    report.failures[item.id] = str(error)
                else:
                    report.warnings += [warning for each in made for warning in _warnings(each.graph)]
                    yield item, made
            total = min(limit, item.total) if limit and item.total else limit or item.total
            if progress is not None:
                progress(number, total or number)
            if number == limit:
                return
    except FormatError as error:
        if not number:
            raise
        report.failures[REST] = str(error)


def _keep(out: Path, item: AnnotationItem, made: list[NamedGraph], to: Target, report: Conversion) -> None:
    """Write the files of an item, then the line that says so."""
    try:
        for each in made:
            _write(each.graph, out / f"{each.name}{SUFFIXES[to]}", to)
    except InputError as error:
        report.failures[item.id] = str(error)
        return
    files = [f"{each.name}{SUFFIXES[to]}" for each in made]
    with (out / "done.jsonl").open("a", encoding="utf-8") as ledger:
        ledger.write(json.dumps({"id": item.id, "files": files}, ensure_ascii=False) + "\n")
    report.done += 1


def _collect(
    out: Path, to: Target, graphs: Iterator[tuple[AnnotationItem, list[NamedGraph]]], report: Conversion
) -> None:
    """Write one file of all graphs."""
    from finsta.graphs.exports.coco_boxes import save_coco_boxes
    from finsta.graphs.exports.vidvrd_results import RelationResult, relation_results, require_size, save_results

    def videos() -> Iterator[tuple[str, DynamicSceneGraph]]:
        for item, made in graphs:
            try:
                for each in made:
                    video = video_of(each.graph, each.name)
                    require_size(video)
                    yield each.name, video
            except InputError as error:
                report.failures[item.id] = str(error)
            else:
                report.done += 1

    if to == "coco":
        save_coco_boxes(videos(), out / "coco.json")
        return
    results: dict[str, list[RelationResult]] = {}
    for name, video in videos():
        try:
            results[name] = relation_results(video)
        except InputError as error:
            report.failures[name] = str(error)
    save_results(results, out / "vidvrd.json")


def _write(graph: Graph, path: Path, to: Target) -> None:
    if to == "graphs":
        save_graph(graph, path, indent=None)
    elif to == "graphml":
        from finsta.graphs.exports.graphml import save_graphml

        save_graphml(graph, path)
    elif to == "vidvrd-annotations":
        from finsta.graphs.exports.vidvrd_annotation import save_vidvrd_annotation

        save_vidvrd_annotation(video_of(graph, path.stem), path, video_id=path.stem)
    elif to == "networkx":
        from networkx import node_link_data

        from finsta.graphs.exports.networkx_graph import to_networkx

        document = node_link_data(to_networkx(graph), edges="edges")
        write_text(path, json.dumps(document, ensure_ascii=False) + "\n")
    else:
        _write_pyg(graph, path)


def _write_pyg(graph: Graph, path: Path) -> None:
    import torch

    from finsta.graphs.exports.pyg import to_hetero_data

    data = to_hetero_data(graph)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        torch.save(data, temporary)
        temporary.replace(path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink()
        raise OutputError(f"{path}: cannot be written: {error.strerror}; choose another output") from error


def video_of(graph: Graph, name: str) -> DynamicSceneGraph:
    """The video side of a graph.

    Raises:
        InputError: if it has none.
    """
    video = graph.video if isinstance(graph, HolisticSceneGraph) else graph
    if not isinstance(video, DynamicSceneGraph):
        raise InputError(f"{name}: expected the graph of a video, found that of a text alone; choose another form")
    return video


def _warnings(graph: Graph) -> tuple[str, ...]:
    return (*graph.text.warnings,) if isinstance(graph, HolisticSceneGraph) else graph.warnings


def _claim(out: Path, settings: Mapping[str, Any]) -> None:
    """Note what the folder is made with, or see that it is the same."""
    notes = out / "convert.json"
    if notes.is_file():
        with suppress(ValueError):
            if (found := json.loads(notes.read_text(encoding="utf-8"))) != settings:
                differ = sorted(name for name in {*found, *settings} if found.get(name) != settings.get(name))
                raise OutputError(
                    f"{out}: holds a conversion with another {', '.join(differ)}; choose another --out, "
                    "or add --overwrite"
                )
    write_text(notes, json.dumps(dict(settings), ensure_ascii=False, indent=1) + "\n")


def _done(out: Path) -> set[str]:
    """The items whose files are there; a line cut short by a kill counts for nothing and is taken out."""
    found: dict[str, str] = {}
    ledger = out / "done.jsonl"
    if not ledger.is_file():
        return set()
    for line in ledger.read_text(encoding="utf-8").splitlines():
        with suppress(ValueError, KeyError, TypeError):
            entry = json.loads(line)
            if all((out / name).is_file() for name in entry["files"]):
                found[entry["id"]] = line
    write_text(ledger, "".join(f"{line}\n" for line in found.values()))
    return set(found)


def _write_failures(out: Path, failures: Mapping[str, str]) -> None:
    if failures:
        write_text(out / "failures.json", json.dumps(failures, ensure_ascii=False, indent=1) + "\n")
    else:
        (out / "failures.json").unlink(missing_ok=True)

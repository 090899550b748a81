"""Make a world: clip by clip, on several processes, resumable, manifests last."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from finsta.data.world.claims import describe
from finsta.data.world.compose import compose, split_of
from finsta.data.world.gold import gold_graph
from finsta.data.world.negatives import hard_negatives
from finsta.data.world.render import write_video
from finsta.data.world.scene import Scene
from finsta.data.world.settings import VERSION, WorldConfig
from finsta.data.world.vocabulary import HELD_OUT_LOOKS, HELD_OUT_PACES, VERBS
from finsta.data.world.wording import coarse_caption, word
from finsta.errors import InputError, OutputError
from finsta.graphs.dynamic import VideoInfo
from finsta.graphs.holistic import HolisticSceneGraph
from finsta.graphs.serialization import save_graph, write_text

FORMAT = "finsta-world"
SPLITS = ("train", "val", "test")

Progress = Callable[[int, int], None]
"""Called with clips done and clips wanted, now and then."""

Entry = dict[str, Any]
"""A line of a manifest."""

_FEW = 24
"""So few clips are made faster without other processes."""


def make_world(
    out: str | Path,
    *,
    clips: int,
    seed: int,
    config: WorldConfig = WorldConfig(),
    progress: Progress | None = None,
    workers: int = 2,
) -> None:
    """Render ``clips`` video files with gold graphs, captions and hard negatives (our definition).

    Writes ``{train,val,test}.jsonl`` (70, 10 and 20 %, fixed by seed and number of the clip), ``videos/{id}.mp4``,
    ``graphs/{id}.json`` and ``world.json``. Annotations are the same bytes for the same seed and config, on any number
    of workers, and clip i is the same in a world of any size. Finished clips of an interrupted run are kept, and a
    world can be enlarged by a later call; manifests are written when everything else is there.

    Args:
        out: Folder, made if need be.
        clips: How many clips the folder shall hold.
        seed: 0 or more.
        config: The make of the clips.
        progress: Called with (done, wanted).
        workers: Processes. With two or more, a script must call this under ``if __name__ == "__main__"``.

    Raises:
        InputError: if a number is out of range.
        OutputError: if the folder holds something else, another world or a larger one, or cannot be written.
    """
    out = Path(out)
    config.check()
    for name, found, least in (("clips", clips, 1), ("seed", seed, 0), ("workers", workers, 1)):
        if found < least:
            raise InputError(f"{name}: expected {least} or more, found {found}")
    _claim_folder(out, clips, seed, config)
    known = _known_entries(out)
    entries = {index: known[_id(index)] for index in range(clips) if _id(index) in known and _is_whole(out, index)}
    missing = [index for index in range(clips) if index not in entries]
    report = progress or (lambda done, wanted: None)
    report(len(entries), clips)
    for index, entry in _make_all(partial(make_clip, out, seed, config), missing, workers):
        entries[index] = entry
        report(len(entries), clips)
    if missing or not known:
        _write_manifests(out, seed, [entries[index] for index in range(clips)])
    _write_document(out, seed, config, counts=_counts(entries.values()))


def make_clip(out: Path, seed: int, config: WorldConfig, index: int) -> Entry:
    """Make one clip, unless its files are there, and give its line of the manifest with its split."""
    scene, entry, graph = annotate(seed, config, index)
    if not _is_whole(out, index):
        try:
            write_video(out / entry["video"], scene, size=config.size, rng=np.random.default_rng([seed, 3, index]))
        except OSError as error:
            raise OutputError(f"{out / entry['video']}: cannot be written: {error}; choose another output") from error
        save_graph(graph, out / entry["graph"], indent=None)
    return entry


def annotate(seed: int, config: WorldConfig, index: int) -> tuple[Scene, Entry, HolisticSceneGraph]:
    """Everything about a clip but its pixels: the scene, its line of the manifest with its split, its gold graph."""
    scene, split = compose(seed, index, config), split_of(seed, index)
    rng = np.random.default_rng([seed, 2, index])
    claim = describe(scene, rng, config)
    caption = word(claim)
    negatives = hard_negatives(scene, claim, rng, config, held_out=split == "test")
    video = VideoInfo(
        path=f"videos/{_id(index)}.mp4",
        duration=config.frame_count / config.frames_per_second,
        width=config.size,
        height=config.size,
        frames_per_second=float(config.frames_per_second),
        frame_count=config.frame_count,
    )
    entry = {
        "id": _id(index),
        "video": video.path,
        "caption": caption.text,
        "coarse_caption": coarse_caption(scene, rng),
        "graph": f"graphs/{_id(index)}.json",
        "negatives": [asdict(negative) for negative in negatives],
        "held_out": _held_out(scene),
        "split": split,
    }
    return scene, entry, gold_graph(scene, caption, video=video, key_frames=config.key_frame_indices)


def _held_out(scene: Scene) -> list[str]:
    """What a clip shows that training never does: ``look``, ``pace``."""
    looks = any((thing.colour, thing.shape) in HELD_OUT_LOOKS for thing in scene.things)
    paces = any((event.predicate, event.adverb) in HELD_OUT_PACES for event in scene.events)
    return ["look"] * looks + ["pace"] * paces


def _id(index: int) -> str:
    return f"{index:06d}"


def _is_whole(out: Path, index: int) -> bool:
    """The graph is written after the video, so where the graph is there both are."""
    return (out / "graphs" / f"{_id(index)}.json").is_file() and (out / "videos" / f"{_id(index)}.mp4").is_file()


def _make_all(make: Callable[[int], Entry], indices: list[int], workers: int) -> Iterator[tuple[int, Entry]]:
    if workers == 1 or len(indices) <= _FEW:
        yield from ((index, make(index)) for index in indices)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_alone) as pool:
        try:
            yield from zip(indices, pool.map(make, indices, chunksize=8), strict=True)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _alone() -> None:
    """Keep each process to one thread: the processes are the parallelism."""
    import cv2

    cv2.setNumThreads(1)


def _document(seed: int, config: WorldConfig) -> dict[str, Any]:
    """What makes two worlds the same."""
    return {"format": FORMAT, "version": VERSION, "seed": seed, "config": asdict(config)}


def _claim_folder(out: Path, clips: int, seed: int, config: WorldConfig) -> None:
    """Make the folder this world's, or check that it is.

    Raises:
        OutputError: if it is something else's.
    """
    if out.exists() and not out.is_dir():
        raise OutputError(f"{out}: expected a folder, found a file; choose another output")
    if not (out / "world.json").exists():
        if out.is_dir() and any(out.iterdir()):
            raise OutputError(f"{out}: holds files but no world.json; choose an empty or a new folder")
        _write_document(out, seed, config, counts=None)
    document = _read_document(out)
    expected = _document(seed, config)
    differing = [name for name in expected if document.get(name) != expected[name]]
    if differing:
        found, wanted = ({name: source.get(name) for name in differing} for source in (document, expected))
        raise OutputError(f"{out}: holds a world with {found}, wanted {wanted}; choose another folder")
    there = (document.get("counts") or {}).get("clips", 0)
    if there > clips:
        raise OutputError(f"{out}: holds {there} clips, wanted {clips}; ask for {there} or more, or another folder")
    try:
        for folder in ("videos", "graphs"):
            (out / folder).mkdir(exist_ok=True)
            for stray in (out / folder).glob(".*.tmp"):
                stray.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"{out}: cannot be written: {error.strerror}; choose another output") from error


def _read_document(out: Path) -> dict[str, Any]:
    try:
        document = json.loads((out / "world.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise OutputError(f"{out / 'world.json'}: cannot be read as JSON: {error}; choose another folder") from error
    return document if isinstance(document, dict) else {}


def _write_document(out: Path, seed: int, config: WorldConfig, *, counts: dict[str, Any] | None) -> None:
    held_out = {"looks": sorted(HELD_OUT_LOOKS), "paces": sorted(HELD_OUT_PACES)}
    speeds = {
        name: {"unit": verb.unit, "slowly": verb.slow, "quickly": verb.quick, "seconds": verb.seconds}
        for name, verb in VERBS.items()
    }
    document = _document(seed, config) | {"counts": counts, "held_out": held_out, "verbs": speeds}
    write_text(out / "world.json", json.dumps(document, indent=1) + "\n")


def _known_entries(out: Path) -> dict[str, Entry]:
    """The lines of the manifests; none where a manifest is missing or broken, which only means more to do."""
    known = {}
    try:
        for split in SPLITS:
            for line in (out / f"{split}.jsonl").read_text(encoding="utf-8").splitlines():
                entry = json.loads(line)
                known[entry["id"]] = entry | {"split": split}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return known


def _write_manifests(out: Path, seed: int, entries: list[Entry]) -> None:
    for split in SPLITS:
        rows = [
            {name: value for name, value in entry.items() if name != "split"}
            for entry in entries
            if entry["split"] == split
        ]
        write_text(out / f"{split}.jsonl", "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))


def _counts(entries: Any) -> dict[str, Any]:
    rows = list(entries)
    kinds = sorted({negative["kind"] for row in rows for negative in row["negatives"]})
    return {
        "clips": len(rows),
        **{split: sum(row["split"] == split for row in rows) for split in SPLITS},
        "held_out": sum(bool(row["held_out"]) for row in rows),
        "negatives": {kind: sum(n["kind"] == kind for row in rows for n in row["negatives"]) for kind in kinds},
    }

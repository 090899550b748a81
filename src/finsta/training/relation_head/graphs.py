"""Where the graphs come from that the relation head learns from: the embedded world, or a folder of files."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from finsta.data.world.compose import split_of
from finsta.data.world.make import annotate
from finsta.data.world.settings import WorldConfig
from finsta.errors import FormatError, InputError
from finsta.graphs.dynamic import DynamicSceneGraph
from finsta.graphs.holistic import HolisticSceneGraph
from finsta.graphs.serialization import load_graph

Named = tuple[str, DynamicSceneGraph]
"""A graph and the name of its file."""

OnGraph = Callable[[int, int], None]
"""Called with graphs read and graphs in all."""

NO_GRAPH = frozenset({"failures.json", "world.json"})
"""Files that `finsta convert` and `finsta world` write beside graphs."""

VALIDATION_SHARE = 0.1
"""Of the graphs of a folder that has no parts of its own."""


def world_graphs(clips: int, *, seed: int, on_graph: OnGraph) -> tuple[list[Named], list[Named]]:
    """Graphs of the training and of the validation clips of the embedded world, every frame a key frame, none rendered.

    Args:
        clips: Of the world; seven of ten are for training, one is for validation.
        seed: Of the world.
        on_graph: Told of every clip.

    Raises:
        InputError: if there are fewer than ten clips.
    """
    if clips < 10:
        raise InputError(f"--clips: expected 10 or more, so that each part has one, found {clips}")
    config = WorldConfig()
    config = WorldConfig(key_frames=config.frame_count)
    parts: dict[str, list[Named]] = {"train": [], "val": [], "test": []}
    for index in range(clips):
        part = split_of(seed, index)
        if part != "test":
            parts[part].append((f"clip {index}", annotate(seed, config, index)[2].video))
        on_graph(index + 1, clips)
    return parts["train"], parts["val"]


def folder_graphs(folder: Path, *, on_graph: OnGraph) -> tuple[list[Named], list[Named]]:
    """Graphs of a folder: of its parts ``train/`` and ``val/`` where it has both, else one in ten is for validation.

    Which one depends on a hash of the file's name alone, so that a folder can grow.

    Args:
        folder: Holds ``*.json`` files of :func:`finsta.graphs.serialization.save_graph`, in folders of any depth.
        on_graph: Told of every file.

    Raises:
        InputError: if there is no graph, or all are in one part.
        FormatError: if a file holds something else, or the graph of a text.
    """
    paths = sorted(path for path in folder.rglob("*.json") if path.name not in NO_GRAPH) if folder.is_dir() else []
    divided = (folder / "train").is_dir() and (folder / "val").is_dir()
    parts: dict[bool, list[Named]] = {False: [], True: []}
    for done, path in enumerate(paths, 1):
        name = path.relative_to(folder)
        if divided and name.parts[0] not in ("train", "val"):
            continue
        held = name.parts[0] == "val" if divided else _share(str(name)) < VALIDATION_SHARE
        parts[held].append((str(path), _video(path)))
        on_graph(done, len(paths))
    if not parts[False] or not parts[True]:
        raise InputError(
            f"{folder}: expected graphs of videos for training and for validation, as JSON files in train/ and val/ or "
            f"twenty or so in one folder; found {len(parts[False])} for training and {len(parts[True])} for validation"
        )
    return parts[False], parts[True]


def _share(name: str) -> float:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") / 2**32


def _video(path: Path) -> DynamicSceneGraph:
    graph = load_graph(path)
    video = graph.video if isinstance(graph, HolisticSceneGraph) else graph
    if not isinstance(video, DynamicSceneGraph):
        raise FormatError(f"{path}: expected the graph of a video, found that of a text; take it out of the folder")
    return video

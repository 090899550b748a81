"""Parsers of clips that need no model: what becomes of a clip stands in its file."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from finsta.corpus.keys import Recipe
from finsta.errors import MissingDependencyError, VideoError
from finsta.graphs.dynamic import DynamicSceneGraph, FrameGraph, VideoInfo, VisualNode
from finsta.graphs.holistic import HolisticSceneGraph
from finsta.graphs.scene_graph import NodeKind, TextualSceneGraph

RECIPE = Recipe(settings='{"parser": "fake"}')


@dataclass(frozen=True)
class FakeParsed:
    graph: DynamicSceneGraph | HolisticSceneGraph


class FakeParser:
    """Does what the first word of the file says: ``go``, ``raise``, ``bug``, ``die``, ``die-once``, ``hang``, ``slow``.

    Each use leaves a line in ``calls`` beside the video, so that tests can count.
    """

    def __call__(self, *, video, text, start=None, end=None):
        path = Path(video)
        with (path.parent / "calls").open("a") as calls:
            calls.write(f"{path.name}\n")
        content = path.read_text()
        self._obey(content.split()[0], path)
        return FakeParsed(graph_of(content, text))

    def _obey(self, order, path):
        if order == "raise":
            raise VideoError(f"{path}: not a film for you")
        if order == "bug":
            raise KeyError("forgotten")
        if order == "nothing-installed":
            raise MissingDependencyError("expected a package, found none; run: pip install it")
        first = (path.parent / "calls").read_text().splitlines().count(path.name) == 1
        if order == "die" or (order == "die-once" and first):
            os.kill(os.getpid(), signal.SIGKILL)
        if order == "hang":
            time.sleep(600)
        if order == "slow":
            time.sleep(0.01)


def graph_of(content, text):
    """A graph that shows which file, and which text, it was made from."""
    info = VideoInfo(path="x", duration=2.0, width=4, height=3, frames_per_second=1.0, frame_count=2)
    thing = VisualNode(kind=NodeKind.OBJECT, label=content, box=(0.1, 0.1, 0.9, 0.9), track=0, confidence=1 / 3)
    frames = tuple(FrameGraph(time=float(time), nodes=(thing,)) for time in range(2))
    video = DynamicSceneGraph(video=info, frames=frames, detector="fake", warnings=("a warning",))
    return video if text is None else HolisticSceneGraph(text=TextualSceneGraph(text=text), video=video)


def make_fake() -> FakeParser:
    return FakeParser()


def make_broken() -> FakeParser:
    raise MissingDependencyError("expected the weights of a detector, found none; fetch them")


def make_buggy() -> FakeParser:
    raise ZeroDivisionError("at the start")


def make_dead() -> FakeParser:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError

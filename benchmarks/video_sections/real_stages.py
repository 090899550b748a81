"""Where the time of parsing a video goes, stage by stage."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

FORWARD = "forward passes"


class Stages:
    """Seconds by stage; a stage that is called within another is not counted twice."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.seconds: dict[str, float] = {}
        self._clock, self._open = clock, ["the rest"]
        self._since = clock()

    def __enter__(self) -> "Stages":
        self.seconds.clear()
        self._since = self._clock()
        return self

    def __exit__(self, *error: object) -> None:
        self._charge()

    def _charge(self) -> None:
        now = self._clock()
        stage = self._open[-1]
        self.seconds[stage] = self.seconds.get(stage, 0.0) + now - self._since
        self._since = now

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count what is done within."""
        self._charge()
        self._open.append(name)
        try:
            yield
        finally:
            self._charge()
            self._open.pop()

    def watch(self, owner: Any, name: str, stage: str) -> None:
        """Count a function of a module, or a method of a class, from now on."""
        function = getattr(owner, name)

        def watched(*given: Any, **named: Any) -> Any:
            with self.stage(stage):
                return function(*given, **named)

        setattr(owner, name, watched)

    def watch_items(self, owner: Any, name: str, stage: str) -> None:
        """The same for a function that makes its items one by one."""
        function = getattr(owner, name)

        def watched(*given: Any, **named: Any) -> Iterator[Any]:
            items = function(*given, **named)
            while True:
                with self.stage(stage):
                    item = next(items, None)
                if item is None:
                    return
                yield item

        setattr(owner, name, watched)


def split(clips: list[Path], *, rounds: int) -> dict[str, dict[str, float]]:
    """Processor seconds of each stage, by name of the clip: one thread of everything, nothing decoded ahead."""
    import cv2
    import torch

    from finsta.graphs.serialization import save_graph
    from finsta.video import container, observations, parse, reading, survey
    from finsta.video.detectors import open_detector

    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    container.DECODER_THREADS = 1
    detector: Any = open_detector("nanodet")
    stages = Stages(process_time)
    stages.watch(reading, "frame_times", "times of frames")
    stages.watch_items(reading, "decode", "decoding")
    for owner, name in ((reading._Small, "planes"), (reading, "_thumbnail"), (reading.Upright, "image")):
        stages.watch(owner, name, "scaling")
    for finder in (survey.CutFinder, survey.DissolveFinder):
        stages.watch(finder, "add", "cuts and dissolves")
    stages.watch(survey.CameraTracker, "add_grey", "camera")
    stages.watch(detector, "detect", "into and out of the detector")
    stages.watch(detector.model, "forward", FORWARD)
    for name in ("_looks", "colour_shares"):
        stages.watch(observations, name, "colours")
    stages.watch(observations, "look", "key frames")
    stages.watch(parse, "choose_key_frames", "key frames")
    stages.watch(parse, "track_shots", "tracking")
    stages.watch(parse, "shot_graphs", "events, relations, attributes")

    def once(clip: Path) -> dict[str, float]:
        target = Path("/dev/null")
        with stages:
            graph = parse.parse_video(clip, detector=detector, frames_per_second=4.0, decode_ahead=False)
            with stages.stage("JSON"):
                save_graph(graph, target)
        return dict(stages.seconds)

    once(clips[0])  # libraries load
    found: dict[str, dict[str, float]] = {}
    for clip in clips:
        runs = [once(clip) for _ in range(rounds)]
        found[clip.name] = min(runs, key=lambda seconds: sum(seconds.values()))
    return found


def wall_shares(clips: list[Path], *, threads: int, rounds: int) -> dict[str, tuple[float, float]]:
    """Seconds by the wall of the whole and of the forward passes, decoding ahead, as `finsta parse` does it."""
    import torch

    from finsta.video.detectors import open_detector
    from finsta.video.parse import parse_video

    torch.set_num_threads(threads)
    detector: Any = open_detector("nanodet")
    spent = 0.0
    forward = detector.model.forward

    def watched(*given: Any) -> Any:
        nonlocal spent
        start = perf_counter()
        try:
            return forward(*given)
        finally:
            spent += perf_counter() - start

    detector.model.forward = watched
    parse_video(clips[0], detector=detector, frames_per_second=4.0)
    found: dict[str, tuple[float, float]] = {}
    for clip in clips:
        runs = []
        for _ in range(rounds):
            spent, start = 0.0, perf_counter()
            parse_video(clip, detector=detector, frames_per_second=4.0)
            runs.append((perf_counter() - start, spent))
        found[clip.name] = min(runs, key=lambda run: run[0] - run[1])
    return found

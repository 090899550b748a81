"""The whole way from a clip and a sentence to one graph: parse both sides, then link them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from finsta.config import ParseConfig
from finsta.errors import InputError
from finsta.graphs.dynamic import DynamicSceneGraph
from finsta.graphs.holistic import HolisticSceneGraph
from finsta.graphs.scene_graph import NodeKind, TextualSceneGraph
from finsta.video.segments import Segment

if TYPE_CHECKING:
    from finsta.link import SimilarityChoice
    from finsta.shapes import Image
    from finsta.video.detectors.detection import Detector
    from finsta.video.predicates.zero_shot import ZeroShotPredicates
    from finsta.video.region_encoders import RegionEncoder

Progress = Callable[[str, float], None]

PICTURE_SIDE = 640
"""Longest side of the key frames that are kept as pictures."""


@dataclass(frozen=True, kw_only=True)
class Parsed:
    """A graph, the pictures of its key frames (none for a text alone), and what was chosen and why."""

    graph: TextualSceneGraph | DynamicSceneGraph | HolisticSceneGraph
    images: tuple["Image", ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """The warnings of both sides."""
        graph = self.graph
        sides = (graph.text, graph.video) if isinstance(graph, HolisticSceneGraph) else (graph,)
        return tuple(warning for side in sides for warning in side.warnings)


@dataclass(frozen=True, kw_only=True)
class _Seen:
    """The last video: which file, found by which detector, and what it gave."""

    file: tuple[object, ...]
    detector: "Detector"
    graph: DynamicSceneGraph


class Pipeline:
    """Parsers that are loaded once and used for many pairs; captions of one video, one after another, share its graph.

    Args:
        config: How to parse.
        pictures: Whether the pictures of the key frames are asked for; without them a video is read less often.
    """

    def __init__(self, config: ParseConfig | None = None, *, pictures: bool = True) -> None:
        self.config = config or ParseConfig()
        self._pictures = pictures
        self._seen: _Seen | None = None

    def load(self, *, texts: bool = True) -> None:
        """Load the models now instead of with the first clip; those for texts too, unless there will be none.

        Raises:
            InputError: if a setting names no model.
            MissingDependencyError: if a package or weights are missing.
        """
        from finsta.text import open_parser
        from finsta.video.detectors import takes_prompts

        if not (texts and takes_prompts(self.config.detector)):
            _ = self._detector
        _ = self._region_encoder, self._predicate_model
        if texts:
            _ = self._similarity
            open_parser(self.config.text_parser, language=self.config.language).parse("A cup.")

    def __call__(
        self,
        *,
        video: str | Path | None = None,
        text: str | None = None,
        start: float | None = None,
        end: float | None = None,
        progress: Progress | None = None,
    ) -> Parsed:
        """Parse a video, a text, or both.

        Args:
            video: A file that FFmpeg reads.
            text: A sentence or a paragraph.
            start: Seconds at which the part of the video begins that is meant; None is the beginning.
            end: Seconds at which it ends; None is the end.
            progress: Told the name of a stage and how much of it is done, in [0, 1].

        Raises:
            InputError: if neither is given, or one cannot be read.
        """
        if video is None and text is None:
            raise InputError("nothing to parse: expected a video, a text, or both")
        text_graph = None if text is None else self._parse_text(text)
        if video is None:
            assert text_graph is not None
            return Parsed(graph=text_graph)
        return self._parse_video(Segment(Path(video), start, end), text_graph, progress)

    def _parse_text(self, text: str) -> TextualSceneGraph:
        from finsta.text import parse_text

        return parse_text(text, parser=self.config.text_parser, language=self.config.language)

    def _parse_video(self, segment: Segment, text: TextualSceneGraph | None, progress: Progress | None) -> Parsed:
        from finsta.link import link_graphs

        detector = self._detector_for(text)
        _ = self._predicate_model, None if text is None else self._similarity  # what is missing is told first
        graph = self._video_graph(segment, detector, progress)
        images: tuple[Image, ...] = ()
        if self._pictures or (text is not None and self.config.similarity.startswith("clip:")):
            images = _pictures(graph)
        notes = (f"detector {detector.name}: {getattr(detector, 'reason', '') or 'asked for'}",)
        if text is None:
            return Parsed(graph=graph, images=images, notes=notes)
        linked = link_graphs(text, graph, images=images, similarity=self._similarity)
        return Parsed(
            graph=linked,
            images=images,
            notes=(*notes, f"similarity {self._similarity.name}: {self._similarity.reason}"),
        )

    def _video_graph(self, segment: Segment, detector: "Detector", progress: Progress | None) -> DynamicSceneGraph:
        from finsta.video.parse import parse_video

        file = _identity(segment)
        if self._seen is None or self._seen.file != file or self._seen.detector is not detector:
            graph = parse_video(
                segment.video,
                start=segment.start,
                end=segment.end,
                detector=detector,
                key_frames=self.config.key_frames,
                frames_per_second=self.config.frames_per_second,
                decode_ahead=self.config.decode_ahead,
                relation_head=self.config.relation_head,
                region_encoder=self._region_encoder,
                progress=progress,
            )
            if self._predicate_model is not None:
                graph = self._predicate_model.add(graph, list(_pictures(graph)))
            self._seen = _Seen(file=file, detector=detector, graph=graph)
        return self._seen.graph

    def _detector_for(self, text: TextualSceneGraph | None) -> "Detector":
        """An open-vocabulary detector looks for what the text names, so that it is opened anew for each text."""
        from finsta.video.detectors import takes_prompts

        if text is None or self.config.prompts or not takes_prompts(self.config.detector):
            return self._detector
        named = dict.fromkeys(text.nodes[index].lemma for index in text.indices(NodeKind.OBJECT))
        return self._open_detector(tuple(named))

    @cached_property
    def _detector(self) -> "Detector":
        return self._open_detector(self.config.prompts)

    def _open_detector(self, prompts: tuple[str, ...]) -> "Detector":
        from finsta.video.detectors import open_detector

        config = self.config
        return open_detector(
            config.detector, prompts=prompts, device=config.device, batch_size=config.batch_size, half=config.half
        )

    @cached_property
    def _region_encoder(self) -> "RegionEncoder | None":
        from finsta.video.region_encoders import open_region_encoder

        return None if self.config.region_encoder is None else open_region_encoder(self.config.region_encoder)

    @cached_property
    def _predicate_model(self) -> "ZeroShotPredicates | None":
        from finsta.video.predicates import open_predicate_model

        return None if self.config.predicate_model is None else open_predicate_model(self.config.predicate_model)

    @cached_property
    def _similarity(self) -> "SimilarityChoice":
        from finsta.link import choose_similarity

        return choose_similarity(self.config.similarity)


def _identity(segment: Segment) -> tuple[object, ...]:
    """By what it is seen that it is still the same; a path without a file is left to the reader to complain of."""
    try:
        status = segment.video.stat()
    except OSError:
        return (segment,)
    return segment, status.st_size, status.st_mtime_ns


def _pictures(graph: DynamicSceneGraph) -> "tuple[Image, ...]":
    """Of the key frames."""
    from finsta.video.frames import frames_at

    times = [graph.video.start + frame.time for frame in graph.frames]
    return tuple(frames_at(graph.video.path, times, max_side=PICTURE_SIDE))

"""The trained graph encoder and alignment as a model that grounds: phrases to tracks, predicates to intervals."""

from collections.abc import Sequence
from pathlib import Path

import torch

from finsta.alignment.candidates import Candidates
from finsta.alignment.contrastive import cosines
from finsta.errors import FinstaError, InputError
from finsta.graphs.collate import holistic_item
from finsta.graphs.dynamic import DynamicSceneGraph
from finsta.graphs.holistic import HolisticSceneGraph
from finsta.graphs.scene_graph import NodeKind
from finsta.grounding.checkpoint import FILE, load_teacher
from finsta.grounding.choose import assign_tracks, best_window, fitting_candidates
from finsta.grounding.result import (
    Grounding,
    PhraseGrounding,
    PredicateGrounding,
    phrase_grounding,
    predicate_grounding,
)
from finsta.shapes import Array, Float, Image, Tensor, UInt8
from finsta.transfer.hosts import Host, load_host
from finsta.transfer.seen import region_width, see_regions
from finsta.transfer.teacher import GraphTeacher


class GroundingModel:
    """Grounds texts in videos with what post-training has learned (our definition).

    It reads the text graph, the tracks of the video graph (boxes, times, shots, camera) and the pictures. Labels,
    attributes, relations and links of the video graph are not read: the same tracks with others give the same answer.
    Every phrase takes the track of highest cosine, no track twice; every predicate the window of highest cosine among
    the candidates whose ends are the tracks so chosen. There is no "not in the video": a phrase without a match takes
    the least bad track, with a low score.

    Args:
        teacher: Trained graph encoder and alignment, in evaluation mode.
        host: The enhanced host, whose vision tower the teacher was trained on.
        reader: The host as it was before training, which read the labels; needed for words that training did not have.
        name: What to call it.

    Raises:
        InputError: if the teacher was trained on another host's visual tokens.
    """

    def __init__(self, teacher: GraphTeacher, host: Host, *, reader: Host | None = None, name: str = "") -> None:
        self.teacher = teacher
        self.host = host
        self.reader = reader
        self.name = name or host.name
        wanted, found = teacher.encoder.embedding.region.in_features, region_width(host)
        if wanted != found:
            raise InputError(
                f"{self.name}: was trained on regions of width {wanted}, but visual tokens of {host.name} have width "
                f"{found}; give the host that the same run wrote"
            )

    @classmethod
    def load(cls, folder: str | Path, *, frames: int | None = None) -> "GroundingModel":
        """Load what `finsta post-train` wrote.

        Where the host as it was before training cannot be found any more, the enhanced one reads new words.

        Args:
            folder: The folder of the enhanced host.
            frames: Frames read of a clip; None takes what the host was made for or trained with.

        Raises:
            InputError: if the folder has no such file.
            FormatError: if the file is broken.
            HostError: if the host cannot be loaded.
        """
        file = load_teacher(Path(folder) / FILE)
        host = load_host(folder, num_frames=frames)
        try:
            reader = load_host(file.base_host)
        except FinstaError:
            reader = host
        return cls(file.teacher, host, reader=reader, name=str(folder))

    def ground(
        self,
        graph: HolisticSceneGraph,
        *,
        video: str | Path | None = None,
        frames: UInt8[Array, "frames height width 3"] | None = None,
        images: Sequence[Image] | None = None,
    ) -> Grounding:
        """Ground the text of a graph in its video.

        Args:
            graph: Text and video; links are not read.
            video: The file, where the graph's own path does not lead to it.
            frames: The clip as `Host.prepare` makes it, where it is at hand.
            images: The clip as images, evenly spaced middles, where they are at hand.

        Raises:
            VideoError: if the file does not decode.
        """
        if not graph.text.indices(NodeKind.OBJECT) or not graph.video.object_tracks:
            return Grounding(text=graph.text.text, source=f"checkpoint {self.name}")
        if frames is None:
            frames = self.host.prepare(images if images is not None else self._read(graph.video, video))
        with torch.inference_mode():
            found = self._encode(graph, frames)
            phrases, chosen = self._phrases(graph, found)
            predicates = self._predicates(graph, found, chosen)
        return Grounding(text=graph.text.text, source=f"checkpoint {self.name}", phrases=phrases, predicates=predicates)

    def _read(self, graph: DynamicSceneGraph, video: str | Path | None) -> Sequence[Image]:
        from finsta.video.frames import sample_frames

        path = Path(video or graph.video.path)
        if not path.is_file():
            raise InputError(f"{path}: there is no such video; say where the file is with `video`")
        return sample_frames(path, self.host.num_frames)[0]

    def _encode(self, graph: HolisticSceneGraph, frames: UInt8[Array, "frames height width 3"]) -> "_Encoded":
        device = self.host.device
        batch = holistic_item(graph).to(device)
        pixels = self.host.normalise(frames)[None].to(device)
        count = len(frames)
        times = torch.tensor([[graph.video.video.duration * (i + 0.5) / count for i in range(count)]], device=device)
        candidates = Candidates.of(batch)
        alone = candidates.batch.video
        regions = see_regions(self.host.encode_video(pixels), alone, frame_times=times, pixels=pixels)
        teacher = self.teacher
        if self.reader is not None:
            teacher.labels = teacher.labels.extended(self.reader, batch.text.labels)
        text = teacher.alignment.text_regions(teacher.encode_text(batch.text), batch.text)
        states = teacher.encode_tracks(candidates, regions)
        objects = candidates.index.objects.average(teacher.alignment.video_regions(states, alone), alone.confidence)
        return _Encoded(
            candidates=candidates,
            text=text,
            objects=objects,
            pairs=teacher.alignment.candidate_states(states, candidates),
            tracks=_track_numbers(graph, batch.video.track_index, candidates.index.objects.track),
        )

    def _phrases(
        self, graph: HolisticSceneGraph, found: "_Encoded"
    ) -> tuple[tuple[PhraseGrounding, ...], dict[int, tuple[int, float]]]:
        """The groundings of objects; and of each object of the text its track, in the batch's numbers, and score."""
        nodes = graph.text.indices(NodeKind.OBJECT)
        similarity = cosines(found.text[nodes], found.objects).cpu()
        rows = assign_tracks(similarity)
        tracks = found.candidates.index.objects.track
        phrases, chosen = [], {}
        for place, (node, row) in enumerate(zip(nodes, rows.tolist(), strict=True)):
            score = float(similarity[place, row])
            chosen[node] = int(tracks[row]), score
            phrases.append(phrase_grounding(graph, node, found.tracks[int(tracks[row])], score))
        return tuple(phrases), chosen

    def _predicates(
        self, graph: HolisticSceneGraph, found: "_Encoded", chosen: dict[int, tuple[int, float]]
    ) -> tuple[PredicateGrounding, ...]:
        candidates, predicates = found.candidates.index.predicates, []
        for node in graph.text.indices(NodeKind.PREDICATE):
            allowed = fitting_candidates(found.candidates.batch.text, node, candidates, chosen)
            window = best_window(found.text[node], found.pairs, candidates, allowed)
            if window is None:
                continue
            target = int(candidates.target[window.candidate])
            subject = found.tracks[int(candidates.subject[window.candidate])]
            start = graph.video.frame_interval(window.first)[0]
            end = graph.video.frame_interval(window.last)[1]
            predicates.append(
                predicate_grounding(
                    graph,
                    node,
                    tracks=(subject, found.tracks[target] if target >= 0 else None),
                    interval=(start, end),
                    score=window.score,
                )
            )
        return tuple(predicates)


class _Encoded:
    """The states of one pair: of text nodes, object tracks and candidates; and the tracks' numbers in the graph."""

    def __init__(
        self,
        *,
        candidates: Candidates,
        text: Float[Tensor, "text_nodes dim"],
        objects: Float[Tensor, "tracks dim"],
        pairs: Float[Tensor, "pairs frames dim"],
        tracks: dict[int, int],
    ) -> None:
        self.candidates = candidates
        self.text = text
        self.objects = objects
        self.pairs = pairs
        self.tracks = tracks


def _track_numbers(graph: HolisticSceneGraph, index: Tensor, objects: Tensor) -> dict[int, int]:
    """For each object track of the batch its number in the video graph."""
    numbers = [node.track for frame in graph.video.frames for node in frame.nodes]
    wanted = set(objects.tolist())
    return {
        batch: number
        for batch, number in zip(index.tolist(), numbers, strict=True)
        if batch in wanted and number is not None
    }

"""Cross-modal coreference: the textual and the dynamic scene graph of a pair become one holistic scene graph."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from finsta.errors import InputError
from finsta.graphs.dynamic import DynamicSceneGraph, Track
from finsta.graphs.holistic import HolisticSceneGraph, Link
from finsta.graphs.scene_graph import NodeKind, TextualSceneGraph, Triplet
from finsta.link.choose import choose_similarity
from finsta.link.objects import assign, object_scores
from finsta.link.relations import PREDICATE_THRESHOLD, is_motion, mirrored, predicate_similarity
from finsta.link.similarity import PhraseSimilarity
from finsta.shapes import Image

FALLBACK = 0.4
"""Share of the ends' similarity that a predicate keeps where no visual predicate matches it."""
ONE_ENDED = 0.8
"""Share that a match keeps where only one of the two has an object."""
TOGETHER = 0.3
"""How well two tracks show a relation that is not seen between them, but that are there at one time."""
DIGITS = 4
"""Decimals of a similarity that goes into a file."""
MOVED = 0.02
"""Displacement of a box centre between key frames, in image widths, from which a track counts as moving."""


@dataclass(frozen=True, kw_only=True)
class _Match:
    track: Track
    similarity: float


class _Evidence:
    """What the video shows, looked up once: relations by the tracks that they join, key frames by track."""

    def __init__(self, video: DynamicSceneGraph) -> None:
        self.video = video
        self.tracks = video.object_tracks
        self.frames = {number: [frame for frame, _ in track.occurrences] for number, track in self.tracks.items()}
        self.relations: dict[int, list[Track]] = {}
        for track in video.predicate_tracks:
            for end in dict.fromkeys(track.identity[2:]):
                if isinstance(end, int):
                    self.relations.setdefault(end, []).append(track)
        self.best_match = cache(self._best_match)

    def together(self, subject: int, target: int | None) -> list[int]:
        """Key frames that show both tracks, or the one."""
        present = self.frames[subject]
        return present if target is None else sorted(set(present) & set(self.frames[target]))

    def _best_match(self, lemma: str, subject: int, target: int | None) -> _Match | None:
        matches = [
            _Match(track=track, similarity=value)
            for track in self.relations.get(subject, ())
            if (value := _match(track, lemma, subject, target)) >= PREDICATE_THRESHOLD
        ]
        return max(matches, key=lambda m: (m.similarity, len(m.track.occurrences)), default=None)


def link_graphs(
    text: TextualSceneGraph,
    video: DynamicSceneGraph,
    *,
    images: Sequence[Image] = (),
    similarity: PhraseSimilarity | None = None,
) -> HolisticSceneGraph:
    """Join a sentence and a video: which track each text object, and which interval each text predicate, refers to.

    *Objects.* Similarity of phrase and track, lessened where attributes (colour, texture, size, state) disagree,
    normalised in the video; a link where it passes 0.3; the best track of each text object, no track twice. Between
    tracks that fit alike, the one that shows the relation stated by the text is taken, then the one
    that is there together with the other end, then the more prominent one.
    *Known from the paper: similarity of text object and visual object or label, normalised, with a threshold.*

    *Predicates (our definition).* Among the predicate tracks between the linked tracks, the one whose label is most
    like the text's; mirrored spatial relations count ("right of" for "left of" with the ends exchanged), and the link
    then names the tracks in the order of the visual predicate. Its interval is the longest run of key frames that
    show it. If no label matches, the link has an empty label and 0.4 times the similarity of its ends, and its interval
    is the longest run of key frames that show both objects; for a motion verb, the run in which the subject moves, if
    it moves. A predicate whose subject is not linked stays unlinked.

    Args:
        text: The graph of the sentence.
        video: The graph of the video.
        images: The key frames of ``video``, in order, for similarities that look; may be left out.
        similarity: By default the one that ``choose_similarity("auto")`` takes.

    Raises:
        InputError: if there are images and not one for each key frame.
    """
    if len(images) not in (0, len(video.frames)):
        raise InputError(f"expected one image for each of {len(video.frames)} key frames, found {len(images)}")
    if not text.nodes or not video.object_tracks:
        return HolisticSceneGraph(text=text, video=video)
    scores = object_scores(text, video, images, similarity or choose_similarity("auto"))
    row = {node: index for index, node in enumerate(scores.nodes)}
    stated = [t for t in text.triplets() if t.subject in row and t.object in row]

    evidence = _Evidence(video)

    def support(number: int, subject: int, target: int) -> float:
        tracks = scores.tracks[subject], scores.tracks[target]
        match = evidence.best_match(text.nodes[stated[number].predicate].lemma, *tracks)
        return match.similarity if match else TOGETHER * bool(evidence.together(*tracks))

    ends = [(row[t.subject], row[t.object]) for t in stated if t.subject is not None and t.object is not None]
    chosen = assign(scores, ends, support)
    tracks = {scores.nodes[r]: scores.tracks[c] for r, c in chosen.items()}
    certain = {scores.nodes[r]: float(scores.similarity[r, c]) for r, c in chosen.items()}
    objects = [
        Link(
            text_node=node,
            subject_track=track,
            interval=video.interval(evidence.tracks[track]),
            similarity=round(certain[node], DIGITS),
        )
        for node, track in tracks.items()
    ]
    predicates = _predicate_links(text, evidence, tracks, certain)
    return HolisticSceneGraph(text=text, video=video, links=(*objects, *predicates))


def _predicate_links(
    text: TextualSceneGraph, evidence: _Evidence, tracks: dict[int, int], certain: dict[int, float]
) -> Iterator[Link]:
    candidates: dict[int, list[Link]] = {}
    for triplet in text.triplets():
        link = _predicate_link(text, evidence, triplet, tracks, certain)
        if link is not None:
            candidates.setdefault(triplet.predicate, []).append(link)
    for links in candidates.values():
        yield max(links, key=lambda link: (bool(link.label), link.similarity))


def _predicate_link(
    text: TextualSceneGraph,
    evidence: _Evidence,
    triplet: Triplet,
    tracks: dict[int, int],
    certain: dict[int, float],
) -> Link | None:
    if triplet.subject is None or triplet.subject not in tracks:
        return None
    linked = [end for end in (triplet.subject, triplet.object) if end is not None and end in tracks]
    subject, target = tracks[triplet.subject], tracks.get(triplet.object) if triplet.object is not None else None
    sure = sum(certain[end] for end in linked) / len(linked)
    lemma = text.nodes[triplet.predicate].lemma
    match = evidence.best_match(lemma, subject, target)
    if match is not None:
        ends = [end for end in match.track.identity[2:] if isinstance(end, int)]
        return Link(
            text_node=triplet.predicate,
            subject_track=ends[0],
            object_track=ends[1] if len(ends) > 1 else None,
            label=match.track.label,
            interval=_seconds(evidence.video, _longest_run([frame for frame, _ in match.track.occurrences])),
            similarity=round(sure * match.similarity, DIGITS),
        )
    interval = _shared_interval(evidence, lemma, subject, target)
    if interval is None:
        return None
    return Link(
        text_node=triplet.predicate,
        subject_track=subject,
        object_track=target,
        interval=interval,
        similarity=round(FALLBACK * sure, DIGITS),
    )


def _match(track: Track, lemma: str, subject: int, target: int | None) -> float:
    ends = track.identity[2:]
    value = predicate_similarity(lemma, track.label)
    if ends == (subject, target):
        return value
    if target is not None and ends == (target, subject):
        mirror = mirrored(track.label)
        return 0.0 if mirror is None else predicate_similarity(lemma, mirror)
    if ends[0] == subject and (target is None or ends[1] is None):
        return ONE_ENDED * value
    return 0.0


def _shared_interval(evidence: _Evidence, lemma: str, subject: int, target: int | None) -> tuple[float, float] | None:
    shared = evidence.together(subject, target)
    moving = [frame for frame in shared if is_motion(lemma) and _moves(evidence.video, subject, frame)]
    run = _longest_run(moving or shared)
    return _seconds(evidence.video, run) if run else None


def _moves(video: DynamicSceneGraph, track: int, frame: int) -> bool:
    """Whether the track's centre, the camera's own motion taken out, goes on from this key frame or came to it."""
    here = _center(video, track, frame)
    for other in (frame - 1, frame + 1):
        if 0 <= other < len(video.frames) and video.frames[other].shot == video.frames[frame].shot:
            there = _center(video, track, other)
            if here and there and max(abs(here[0] - there[0]), abs(here[1] - there[1])) > MOVED:
                return True
    return False


def _center(video: DynamicSceneGraph, track: int, frame: int) -> tuple[float, float] | None:
    graph = video.frames[frame]
    node = next((n for n in graph.nodes if n.kind is NodeKind.OBJECT and n.track == track), None)
    if node is None or node.box is None:
        return None
    x1, y1, x2, y2 = node.box
    return graph.camera.stabilise((x1 + x2) / 2, (y1 + y2) / 2)


def _longest_run(frames: Sequence[int]) -> list[int]:
    """The longest stretch of consecutive key frames, the first of equals."""
    runs: list[list[int]] = []
    for frame in frames:
        if runs and frame == runs[-1][-1] + 1:
            runs[-1].append(frame)
        else:
            runs.append([frame])
    return max(runs, key=len, default=[])


def _seconds(video: DynamicSceneGraph, run: Sequence[int]) -> tuple[float, float]:
    return video.frame_interval(run[0])[0], video.frame_interval(run[-1])[1]

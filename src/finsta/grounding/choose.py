"""From similarities to choices: a track for each phrase, a window of key frames for each predicate."""

from dataclasses import dataclass

import torch

from finsta.alignment.tracks import PredicateTracks
from finsta.alignment.windows import all_windows, prefix_sums, window_lengths, windows_of
from finsta.graphs.batch import GraphBatch
from finsta.shapes import Float, Int, Tensor


@dataclass(frozen=True, kw_only=True)
class Window:
    """Key frames of one candidate, first and last included.

    Attributes:
        candidate: Row of the candidates.
        first: First key frame.
        last: Last key frame.
        score: Cosine in [-1, 1].
    """

    candidate: int
    first: int
    last: int
    score: float


def assign_tracks(similarity: Float[Tensor, "objects tracks"]) -> Int[Tensor, " objects"]:
    """The track of each object of one text: the assignment with the highest sum in which no track is taken twice.

    Two phrases of one text are two things; mentions of one thing are one node already. Where there are more objects
    than tracks, each takes its best.
    """
    from scipy.optimize import linear_sum_assignment

    objects, tracks = similarity.shape
    if objects > tracks:
        return similarity.argmax(1)
    row, column = linear_sum_assignment(similarity.double().numpy(), maximize=True)
    chosen = torch.zeros(objects, dtype=torch.long)
    chosen[torch.as_tensor(row)] = torch.as_tensor(column)
    return chosen


def best_window(
    query: Float[Tensor, " dim"],
    states: Float[Tensor, "tracks frames dim"],
    tracks: PredicateTracks,
    allowed: list[tuple[int, float]],
) -> Window | None:
    """The window with the highest sum of cosine and the candidate's own bonus.

    Args:
        query: State of the predicate of the text.
        states: Of every candidate in every key frame.
        tracks: The candidates.
        allowed: Rows of candidates, and the bonus of each.
    """
    if not allowed:
        return None
    row = torch.tensor([row for row, _ in allowed])
    bonus = torch.tensor([bonus for _, bonus in allowed], dtype=states.dtype)
    weighted = states[row] * tracks.confidence[row][:, :, None]
    scores = all_windows(prefix_sums(query[None], weighted)[0], window_lengths(weighted))
    scores = scores.masked_fill(~windows_of(tracks.supported[row]), -torch.inf)
    place = int((scores + bonus[:, None, None]).argmax())
    frames = states.shape[1]
    item, first, last = place // frames**2, place // frames % frames, place % frames
    score = float(scores[item, first, last])
    if score == -torch.inf:
        return None
    return Window(candidate=int(row[item]), first=first, last=last, score=score)


def fitting_candidates(
    text: GraphBatch,
    predicate: int,
    tracks: PredicateTracks,
    chosen: dict[int, tuple[int, float]],
) -> list[tuple[int, float]]:
    """The candidates that a predicate of the text may stand for, with the similarity of their ends as a bonus.

    A predicate with an object takes pairs, one without takes single tracks. An end that the text names must be the
    track that was chosen for it; an end that it leaves open may be any.

    Args:
        text: Of the one text.
        predicate: Its node.
        tracks: The candidates of the one video.
        chosen: For each object of the text its track and its similarity.
    """
    ends = [int(end) for end in text.anchor[predicate]]
    wanted = [chosen.get(end) for end in ends]
    found = []
    for row, (subject, target) in enumerate(zip(tracks.subject.tolist(), tracks.target.tolist(), strict=True)):
        if (target >= 0) != (ends[1] >= 0):
            continue
        fits = all(want is None or want[0] == track for want, track in zip(wanted, (subject, target), strict=True))
        if fits and bool(tracks.supported[row].any()):
            found.append((row, sum(want[1] for want in wanted if want is not None)))
    return found

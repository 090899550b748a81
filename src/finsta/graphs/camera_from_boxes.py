"""Camera motion read off the object boxes, for graphs whose maker did not measure it (our definition).

Most objects of a picture stand still in the world; what moves them all alike is the camera. Between a key frame and
the one before, the objects that both have vote on ``before = scale · now + shift``: each pair of them proposes a
motion, and the one that most objects follow wins, if more than half do. Standing still is proposed too and wins a tie,
so that noise of a detector is not taken for a camera.
"""

from dataclasses import replace

import numpy as np

from finsta.graphs.dynamic import Camera, DynamicSceneGraph, FrameGraph
from finsta.shapes import Array, Float

FEWEST = 3
"""With fewer common objects nobody can tell a mover from a camera: it counts as still."""

TOLERANCE = 0.012
"""Distance, in frame widths or heights, between where an object is and where the camera alone would have put it."""

BASELINE = 0.05
"""Objects nearer than this to each other tell nothing of scale; such a pair proposes a shift."""

SCALES = (0.5, 2.0)
"""A change of scale outside this range, between neighbouring key frames, is not believed."""

Points = Float[Array, "objects 2"]


def with_estimated_cameras(graph: DynamicSceneGraph) -> DynamicSceneGraph:
    """The same graph, its cameras estimated from its boxes; unchanged where any camera is known (not the identity)."""
    if any(frame.camera != Camera() for frame in graph.frames):
        return graph
    frames: list[FrameGraph] = []
    for frame in graph.frames:
        before = frames[-1] if frames and frames[-1].shot == frame.shot else None
        frames.append(frame if before is None else replace(frame, camera=_camera_after(before, frame)))
    return replace(graph, frames=tuple(frames))


def _camera_after(before: FrameGraph, frame: FrameGraph) -> Camera:
    """The camera of a key frame, from that of the one before and what both see."""
    old, new = _centers(before), _centers(frame)
    common = sorted(old.keys() & new.keys())
    if len(common) < FEWEST:
        return before.camera
    scale, shift = camera_motion(np.array([new[track] for track in common]), np.array([old[track] for track in common]))
    return Camera(
        scale=before.camera.scale * scale,
        dx=before.camera.scale * shift[0] + before.camera.dx,
        dy=before.camera.scale * shift[1] + before.camera.dy,
    )


def camera_motion(now: Points, before: Points) -> tuple[float, tuple[float, float]]:
    """(scale, shift) with ``before ≈ scale · now + shift`` for most points; (1, (0, 0)) if no motion has a majority."""
    still = (1.0, (0.0, 0.0))
    best, agreed = still, _followers(still, now, before)
    for first in range(len(now)):
        for second in range(first):
            motion = _of_pair(now[[first, second]], before[[first, second]])
            followers = _followers(motion, now, before)
            if followers.sum() > agreed.sum():
                best, agreed = motion, followers
    if 2 * agreed.sum() <= len(now):
        return still
    if best == still:
        return best
    refined = _fit(now[agreed], before[agreed])
    return refined if _followers(refined, now, before).sum() >= agreed.sum() else best


def _followers(motion: tuple[float, tuple[float, float]], now: Points, before: Points) -> Array:
    scale, shift = motion
    within: Array = np.linalg.norm(scale * now + np.array(shift) - before, axis=1) < TOLERANCE
    return within


def _of_pair(now: Points, before: Points) -> tuple[float, tuple[float, float]]:
    apart = float(np.linalg.norm(now[1] - now[0]))
    scale = float(np.linalg.norm(before[1] - before[0])) / apart if apart > BASELINE else 1.0
    return _centred(scale if SCALES[0] < scale < SCALES[1] else 1.0, now, before)


def _fit(now: Points, before: Points) -> tuple[float, tuple[float, float]]:
    """Least squares; of points that all lie in one place, the shift alone."""
    centred = now - now.mean(0)
    spread = float((centred**2).sum())
    scale = float((centred * (before - before.mean(0))).sum()) / spread if spread > BASELINE**2 else 1.0
    return _centred(scale, now, before)


def _centred(scale: float, now: Points, before: Points) -> tuple[float, tuple[float, float]]:
    x, y = before.mean(0) - scale * now.mean(0)
    return scale, (float(x), float(y))


def _centers(frame: FrameGraph) -> dict[int, tuple[float, float]]:
    return {
        node.track: ((node.box[0] + node.box[2]) / 2, (node.box[1] + node.box[3]) / 2)
        for node in frame.nodes
        if node.track is not None and node.box is not None
    }

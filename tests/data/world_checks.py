"""What each verb means, measured on positions, radii, angles, boxes and depth: written apart from the generator."""

import numpy as np

from finsta.data.world.scene import Event, Scene

PACE_LIMITS = {
    "circle": (172.5, 305.0),
    "jump over": (0.72, 0.92),
    "pass behind": (0.41, 0.59),
    "pass in front of": (0.41, 0.59),
    "enter": (0.28, 0.44),
    "leave": (0.28, 0.44),
    "grow": (0.37, 0.69),
    "shrink": (0.37, 0.69),
    "spin": (46.0, 99.0),
    "bounce": (1.4, 2.35),
}
"""Upper bound of slow and lower bound of quick, for the verbs that differ from straight motion."""

STRAIGHT = (0.2, 0.35)


def path(scene: Scene, thing: int, first: int, last: int) -> float:
    steps = [
        np.hypot(*(scene.position[thing, frame + 1] - scene.position[thing, frame])) for frame in range(first, last)
    ]
    return float(sum(steps))


def distance(scene: Scene, one: int, other: int, frame: int) -> float:
    return float(np.hypot(*(scene.position[one, frame] - scene.position[other, frame])))


def circles_gap(scene: Scene, one: int, other: int, frame: int) -> float:
    return distance(scene, one, other, frame) - float(scene.radius[one, frame] + scene.radius[other, frame])


def outlines_gap(scene: Scene, one: int, other: int, frame: int) -> float:
    """Distance between two outlines, sampled densely; zero where one reaches into the other."""
    import cv2

    def dense(thing: int) -> np.ndarray:
        corners = scene.polygon(thing, frame)
        following = np.roll(corners, -1, axis=0)
        return np.concatenate([corners + share * (following - corners) for share in np.linspace(0, 1, 12)])

    a, b = dense(one), dense(other)
    hull = scene.polygon(other, frame).astype(np.float32)
    if any(cv2.pointPolygonTest(hull, (float(x), float(y)), False) >= 0 for x, y in a):
        return 0.0
    return float(np.sqrt(((a[:, None] - b[None]) ** 2).sum(axis=2)).min())


def winding(scene: Scene, one: int, other: int, first: int, last: int) -> float:
    """Degrees that ``one`` goes around ``other``."""
    total = 0.0
    for frame in range(first, last):
        x1, y1 = scene.position[one, frame] - scene.position[other, frame]
        x2, y2 = scene.position[one, frame + 1] - scene.position[other, frame + 1]
        total += np.degrees(np.arctan2(x1 * y2 - y1 * x2, x1 * x2 + y1 * y2))
    return abs(total)


def _approaches(s: Scene, a: int, b: int, first: int, last: int) -> bool:
    nearer = distance(s, a, b, first) - distance(s, a, b, last)
    return nearer > 0.1 and path(s, b, first, last) < 0.01 and circles_gap(s, a, b, last) > 0.02


def _moves_away(s: Scene, a: int, b: int, first: int, last: int) -> bool:
    farther = distance(s, a, b, last) - distance(s, a, b, first)
    return farther > 0.1 and path(s, b, first, last) < 0.01 and path(s, a, first, last) > 0.1


def _pushes(s: Scene, a: int, b: int, first: int, last: int) -> bool:
    ways = [s.position[thing, last] - s.position[thing, first] for thing in (a, b)]
    ahead = s.position[b, first] - s.position[a, first]
    together = all(np.hypot(*way) > 0.08 for way in ways) and ways[1] @ ahead > 0.98 * np.hypot(*ways[1]) * np.hypot(
        *ahead
    )
    return together and all(outlines_gap(s, a, b, frame) < 0.02 for frame in range(first + 2, last + 1))


def _follows(s: Scene, a: int, b: int, first: int, last: int) -> bool:
    both = min(path(s, a, first, last), path(s, b, first, last)) > 0.08
    behind = all(
        (s.position[b, frame] - s.position[a, frame]) @ (s.position[b, frame + 1] - s.position[b, frame]) > 0
        for frame in range(first, last)
    )
    return both and behind and all(0.02 < circles_gap(s, a, b, frame) < 0.15 for frame in range(first, last + 1))


def _circles(s: Scene, a: int, b: int, first: int, last: int) -> bool:
    away = [distance(s, a, b, frame) for frame in range(first, last + 1)]
    return winding(s, a, b, first, last) > 300 and max(away) < 1.05 * min(away) and path(s, b, first, last) < 0.01


def _jumps_over(s: Scene, a: int, b: int, first: int, last: int) -> bool:
    offset = s.position[a] - s.position[b]
    top = offset[first : last + 1, 1].min()
    apart = float(s.radius[a, first] + s.radius[b, first])
    sides = offset[first, 0] * offset[last, 0] < 0
    clear = all(circles_gap(s, a, b, frame) > 0 for frame in range(first, last + 1))
    return sides and clear and top < -apart and path(s, b, first, last) < 0.01 and path(s, a, first, last) > 2 * apart


def _passes(s: Scene, a: int, b: int, first: int, last: int) -> bool:
    before, after = s.position[a, first] - s.position[b, first], s.position[a, last] - s.position[b, last]
    nearest = min(distance(s, a, b, frame) for frame in range(first, last + 1))
    apart = float(s.radius[a, first] + s.radius[b, first])
    across = before @ after < -0.9 * np.hypot(*before) * np.hypot(*after)
    clear = circles_gap(s, a, b, first) > 0 and circles_gap(s, a, b, last) > 0
    return across and clear and nearest < 0.5 * apart and path(s, b, first, last) < 0.01


def _passes_behind(s: Scene, a: int, b: int, first: int, last: int) -> bool:
    return _passes(s, a, b, first, last) and s.depth.index(a) < s.depth.index(b)


def _passes_in_front(s: Scene, a: int, b: int, first: int, last: int) -> bool:
    return _passes(s, a, b, first, last) and s.depth.index(a) > s.depth.index(b)


def _hits(s: Scene, a: int, b: int, first: int, last: int) -> bool:
    impact = next((frame for frame in range(first, last) if path(s, b, frame, frame + 1) > 0.003), None)
    if impact is None or impact == first:
        return False
    run, rest = path(s, a, first, impact), path(s, a, impact, last)
    return run > 0.06 and rest < 0.01 and path(s, b, impact, last) > 0.08 and outlines_gap(s, a, b, impact) < 0.02


def _touches(s: Scene, a: int, b: int, first: int, last: int) -> bool:
    mover = path(s, a, first, last) > 0.08 or path(s, b, first, last) > 0.08
    return mover and outlines_gap(s, a, b, first) > 0.04 and outlines_gap(s, a, b, last) < 0.02


def whole(s: Scene, a: int, frame: int) -> bool:
    """Whether all of a thing's outline is in the frame."""
    corners = s.polygon(a, frame)
    return bool(((corners >= 0) & (corners <= 1)).all())


def _enters(s: Scene, a: int, b: int | None, first: int, last: int) -> bool:
    return all(s.box(a, frame) is None for frame in range(first + 1)) and whole(s, a, last)


def _leaves(s: Scene, a: int, b: int | None, first: int, last: int) -> bool:
    return whole(s, a, first) and all(s.box(a, frame) is None for frame in range(last, s.num_frames))


def _grows(s: Scene, a: int, b: int | None, first: int, last: int) -> bool:
    return bool(s.radius[a, last] > 1.25 * s.radius[a, first])


def _shrinks(s: Scene, a: int, b: int | None, first: int, last: int) -> bool:
    return bool(s.radius[a, last] < 0.8 * s.radius[a, first])


def _spins(s: Scene, a: int, b: int | None, first: int, last: int) -> bool:
    turned = abs(np.degrees(s.angle[a, last] - s.angle[a, first]))
    return bool(turned > 30) and path(s, a, first, last) < 0.01 and s.things[a].shape != "circle"


def _bounces(s: Scene, a: int, b: int | None, first: int, last: int) -> bool:
    height = s.position[a, first, 1] - s.position[a, first : last + 1, 1]
    peaks = sum(height[i - 1] < height[i] >= height[i + 1] and height[i] > 0.08 for i in range(1, len(height) - 1))
    return bool(peaks >= 2 and abs(height[-1]) < 1e-6 and np.ptp(s.position[a, first : last + 1, 0]) < 1e-6)


def _stops(s: Scene, a: int, b: int | None, first: int, last: int) -> bool:
    middle = (first + last) // 2
    seen = all(whole(s, a, frame) for frame in range(first, last + 1))
    moving = path(s, a, max(0, first - 1), middle) > 0.07
    return seen and moving and path(s, a, middle, last) < 1e-6 and last - middle >= 4


CHECKS = {
    "approach": _approaches,
    "move away from": _moves_away,
    "push": _pushes,
    "follow": _follows,
    "circle": _circles,
    "jump over": _jumps_over,
    "pass behind": _passes_behind,
    "pass in front of": _passes_in_front,
    "hit": _hits,
    "touch": _touches,
    "enter": _enters,
    "leave": _leaves,
    "grow": _grows,
    "shrink": _shrinks,
    "spin": _spins,
    "bounce": _bounces,
    "stop": _stops,
}


def happens(scene: Scene, predicate: str, subject: int, target: int | None, first: int, last: int) -> bool:
    return bool(CHECKS[predicate](scene, subject, target, first, last))


def happens_anywhere(scene: Scene, predicate: str, subject: int, target: int | None) -> bool:
    """Whether it happens within any window of half a second or more, tried on a grid."""
    frames = scene.num_frames
    windows = [(first, last) for first in range(0, frames - 4, 3) for last in range(first + 4, frames, 3)]
    return any(happens(scene, predicate, subject, target, *window) for window in windows)


def measured_speed(scene: Scene, event: Event) -> float:
    """The speed of the subject in the verb's own unit, from the motion alone."""
    a, first, last = event.subject, event.first, event.last
    seconds = (last - first) / scene.frames_per_second
    if event.predicate == "circle":
        assert event.object is not None
        return winding(scene, a, event.object, first, last) / seconds
    if event.predicate in ("grow", "shrink"):
        return float(abs(np.log(scene.radius[a, last] / scene.radius[a, first]))) / seconds
    if event.predicate == "spin":
        return float(abs(np.degrees(scene.angle[a, last] - scene.angle[a, first]))) / seconds
    if event.predicate == "bounce":
        height = -scene.position[a, first : last + 1, 1]
        low = [i for i in range(1, len(height) - 1) if height[i] <= height[i - 1] and height[i] < height[i + 1]]
        return (len(low) + 1) / seconds
    if event.predicate == "hit":
        moving = [frame for frame in range(first, last) if path(scene, a, frame, frame + 1) > 1e-6]
        seconds = len(moving) / scene.frames_per_second
    return path(scene, a, first, last) / seconds


def pace(scene: Scene, event: Event) -> str | None:
    """What the measured speed is called, or None between the two."""
    slow, quick = PACE_LIMITS.get(event.predicate, STRAIGHT)
    speed = measured_speed(scene, event)
    return "slowly" if speed <= slow else "quickly" if speed >= quick else None

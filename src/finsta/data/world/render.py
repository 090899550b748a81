"""From a scene to a video file: a cluttered background, anti-aliased things with outlines and textures, H.264."""

import os
from collections.abc import Iterator
from pathlib import Path

import av
import cv2
import numpy as np
from jaxtyping import Float, UInt8
from numpy import ndarray

from finsta.data.world.outlines import outline
from finsta.data.world.scene import Scene, Thing
from finsta.data.world.vocabulary import COLOURS

Canvas = UInt8[ndarray, "height width 3"]
Sprite = Float[ndarray, "side side 4"]

_OVER = 2
"""Pixels drawn for each pixel shown, along each side."""
_PAD = 2
"""Empty pixels around a sprite's circumscribed circle."""
_BORDER = 0.26
"""How far the background reaches beyond the first frame, on each side, in widths of the frame."""


def frames(scene: Scene, *, size: int, rng: np.random.Generator) -> Iterator[Canvas]:
    """The frames of a clip, RGB, ``size`` × ``size``. What is drawn at random does not touch the annotation."""
    ground = _background(rng, size)
    side = size * _OVER
    sprites = [_sprite(thing, float(scene.radius[index].max()) * side, rng) for index, thing in enumerate(scene.things)]
    still = None
    for frame in range(scene.num_frames):
        scale, shift = float(scene.cameras.scale[frame]), scene.cameras.shift[frame]
        if still is None or scale != 1 or shift.any():
            still = _seen_ground(ground, side, scale, shift + _BORDER)
        canvas = still.copy()
        for index in scene.depth:
            center = (scene.position[index, frame] - shift) / scale * side
            growth = float(scene.radius[index, frame] / scene.radius[index].max() / scale)
            _paste(canvas, sprites[index], center=center, scale=growth, angle=float(scene.angle[index, frame]))
        small = cv2.resize(canvas, (size, size), interpolation=cv2.INTER_AREA)
        yield np.clip(small + 0.5, 0, 255).astype(np.uint8)


def write_video(path: Path, scene: Scene, *, size: int, rng: np.random.Generator) -> None:
    """Render a scene into an mp4 file, by way of a temporary one beside it, so that no reader sees half of it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with av.open(str(temporary), "w", format="mp4") as container:
        # With its assembly x264 writes other bytes now and then for the same tiny frames; without it, never.
        options = {"preset": "veryfast", "crf": "16", "threads": "1", "x264-params": "asm=0"}
        stream = container.add_stream("libx264", rate=scene.frames_per_second, options=options)
        stream.width = stream.height = size
        stream.pix_fmt = "yuv420p"
        for image in frames(scene, size=size, rng=rng):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode(None))
    temporary.replace(path)


def _background(rng: np.random.Generator, size: int) -> Float[ndarray, "side side 3"]:
    """A soft gradient of muted colours with noise of two sizes, blocks and lines; larger than the frame."""
    side = round(size * _OVER * (1 + 2 * _BORDER))
    coarse = cv2.resize(rng.random((4, 4, 3), dtype=np.float32), (side, side), interpolation=cv2.INTER_CUBIC)
    level, tint = rng.uniform(60, 190), rng.uniform(-14, 14, size=3)
    ground = (34 * (coarse - 0.5) + (level + tint)).astype(np.float32)
    for _ in range(int(rng.integers(6, 16))):
        corner, extent = rng.uniform(0, side, size=2), rng.uniform(0.03, 0.22, size=2) * side
        tone = (level + tint + rng.uniform(-32, 32)).tolist()
        low, high = corner.astype(int).tolist(), (corner + extent).astype(int).tolist()
        if rng.random() < 0.6:
            cv2.rectangle(ground, low, high, tone, thickness=-1)
        else:
            cv2.line(ground, low, high, tone, thickness=int(rng.integers(1, 4)))
    grain = 9 * rng.standard_normal((side // 4, side // 4), dtype=np.float32)
    ground += cv2.resize(grain, (side, side), interpolation=cv2.INTER_LINEAR)[:, :, None]
    blurred: Float[ndarray, "side side 3"] = cv2.GaussianBlur(ground, (0, 0), 1.2)
    return blurred


def _seen_ground(
    ground: Float[ndarray, "side side 3"], side: int, scale: float, shift: Float[ndarray, " 2"]
) -> Float[ndarray, "height width 3"]:
    matrix = np.array([[scale, 0, shift[0] * side], [0, scale, shift[1] * side]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    seen: Float[ndarray, "height width 3"] = cv2.warpAffine(
        ground, matrix, (side, side), flags=flags, borderMode=cv2.BORDER_REFLECT
    )
    return seen


def _sprite(thing: Thing, radius: float, rng: np.random.Generator) -> Sprite:
    """A thing as premultiplied RGB and opacity, upright, its circumscribed circle ``radius`` pixels wide."""
    fine = 3
    half = int(np.ceil(radius)) + _PAD
    side = 2 * half * fine
    colour = np.array(COLOURS[thing.colour], dtype=float)
    paint = np.broadcast_to(colour, (side, side, 3)).copy()
    paint[_pattern(thing.texture, side, radius * fine, rng)] = (
        0.55 * colour if colour.sum() > 330 else 120 + 0.53 * colour
    )
    corners = np.round(outline(thing.shape) * radius * fine + half * fine).astype(np.int32)
    cv2.polylines(paint, [corners], True, (0.3 * colour).tolist(), thickness=max(round(0.16 * radius * fine), 1))
    opacity = np.zeros((side, side))
    cv2.fillPoly(opacity, [corners], 1.0)
    sprite = np.concatenate([paint * opacity[:, :, None], opacity[:, :, None]], axis=2)
    reduced: Sprite = cv2.resize(sprite, (2 * half, 2 * half), interpolation=cv2.INTER_AREA).astype(np.float32)
    return reduced


def _pattern(texture: str, side: int, radius: float, rng: np.random.Generator) -> ndarray:
    """Where the second colour of a texture goes."""
    y, x = (np.indices((side, side)) - side / 2) / radius
    marked: ndarray
    if texture == "striped":
        angle = rng.uniform(0, np.pi)
        marked = np.sin((x * np.cos(angle) + y * np.sin(angle)) * 2 * np.pi / 0.66) > 0.25
        return marked
    if texture == "dotted":
        spacing = 0.62
        dx, dy = (x + spacing / 2) % spacing - spacing / 2, (y + spacing / 2) % spacing - spacing / 2
        marked = np.hypot(dx, dy) < 0.17
        return marked
    return np.zeros((side, side), dtype=bool)


def _paste(
    canvas: Float[ndarray, "height width 3"],
    sprite: Sprite,
    *,
    center: Float[ndarray, " 2"],
    scale: float,
    angle: float,
) -> None:
    """Draw a sprite, turned and scaled, onto the part of the canvas that it covers."""
    half = int(np.ceil((sprite.shape[0] / 2 - _PAD) * scale)) + 2
    low = np.floor(center).astype(int) - half
    start, end = np.maximum(low, 0), np.minimum(low + 2 * half, canvas.shape[1::-1])
    if (end <= start).any():
        return
    cosine, sine = scale * np.cos(angle), scale * np.sin(angle)
    turn = np.array([[cosine, -sine], [sine, cosine]])
    middle = (np.array(sprite.shape[:2]) - 1) / 2
    matrix = np.concatenate([turn, (center - 0.5 - start - turn @ middle)[:, None]], axis=1)
    width, height = (end - start).tolist()
    patch = cv2.warpAffine(sprite, matrix, (width, height), flags=cv2.INTER_LINEAR)
    window = canvas[start[1] : end[1], start[0] : end[0]]
    window *= cv2.cvtColor(1 - patch[:, :, 3], cv2.COLOR_GRAY2RGB)
    window += patch[:, :, :3]

"""Key frames as JPEG inside the page, each once, and what is drawn over them."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass

from finsta.graphs.dynamic import Box
from finsta.shapes import Image

MAX_SIDE = 480
QUALITY = 80


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A key frame in the page: its data URI and its size in pixels there."""

    uri: str
    width: int
    height: int


@dataclass(frozen=True, kw_only=True)
class Crop:
    """A part of a key frame: which one, and the ``viewBox`` of the part in its pixels."""

    frame: int
    view: str
    width: float
    height: float


def picture(image: Image) -> Picture:
    """A JPEG of at most 480 pixels a side."""
    from PIL import Image as Pillow

    drawn = Pillow.fromarray(image)
    drawn.thumbnail((MAX_SIDE, MAX_SIDE))
    data = io.BytesIO()
    drawn.save(data, format="JPEG", quality=QUALITY, optimize=True)
    uri = "data:image/jpeg;base64," + base64.b64encode(data.getvalue()).decode("ascii")
    return Picture(uri=uri, width=drawn.width, height=drawn.height)


def crop(picture: Picture, frame: int, boxes: Sequence[Box], *, height: float = 44.0, widest: float = 92.0) -> Crop:
    """The part of a key frame around boxes, with a little margin, shown at most ``height`` × ``widest`` pixels."""
    x1, y1 = (min(box[side] for box in boxes) for side in (0, 1))
    x2, y2 = (max(box[side] for box in boxes) for side in (2, 3))
    margin_x, margin_y = 0.06 * (x2 - x1) + 0.005, 0.06 * (y2 - y1) + 0.005
    left, top = max(x1 - margin_x, 0.0) * picture.width, max(y1 - margin_y, 0.0) * picture.height
    wide = max(min(x2 + margin_x, 1.0) * picture.width - left, 1.0)
    high = max(min(y2 + margin_y, 1.0) * picture.height - top, 1.0)
    scale = min(height / high, widest / wide)
    return Crop(
        frame=frame,
        view=f"{left:.1f} {top:.1f} {wide:.1f} {high:.1f}",
        width=round(wide * scale, 1),
        height=round(high * scale, 1),
    )

"""Tiny video files of plain colours."""

from pathlib import Path

import numpy as np

COLOURS = {"red": (220, 30, 30), "green": (30, 200, 40), "blue": (30, 40, 220), "grey": (128, 128, 128)}


def write_clip(path: Path, colour: str, *, frames: int = 6, height: int = 24, width: int = 32) -> Path:
    """A clip of one colour that brightens a little from frame to frame, 10 frames a second."""
    import av

    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for index in range(frames):
            image = np.clip(np.array(COLOURS[colour]) + 4 * index, 0, 255).astype(np.uint8)
            picture = av.VideoFrame.from_ndarray(np.broadcast_to(image, (height, width, 3)).copy(), format="rgb24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    return path

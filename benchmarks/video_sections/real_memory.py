"""Memory that an hour of 1080p needs, beside a minute of it."""

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

RATE = 4
"""Frames a second of the file; all of them are analysed."""

OBJECTS = 8
"""Each is found for 45 seconds of a minute, so that six are in the picture, and tracks end and begin."""


def write_minutes(path: Path, minutes: int) -> None:
    """A 1080p file: one minute is encoded, and its packets are written so many times over."""
    import av
    import cv2

    noise = np.random.default_rng(0).integers(60, 200, (68, 120, 3)).astype(np.uint8)
    background = cv2.resize(noise, (1920, 1080), interpolation=cv2.INTER_CUBIC)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE, options={"preset": "ultrafast", "crf": "40", "bf": "0"})
        stream.width, stream.height, stream.pix_fmt = 1920, 1080, "yuv420p"
        packets = []
        for index in range(60 * RATE):
            image = background.copy()
            for left, top, right, bottom in pixel_boxes(index / RATE).tolist():
                cv2.rectangle(image, (left, top), (right, bottom), (left % 256, top % 256, 90), -1)
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts = index
            packets += stream.encode(frame)
        packets += stream.encode()
        data = [(bytes(packet), packet.is_keyframe) for packet in packets]
        for number in range(minutes * len(data)):
            payload, is_key = data[number % len(data)]
            packet = av.Packet(payload)
            packet.stream, packet.time_base, packet.is_keyframe = stream, stream.codec_context.time_base, is_key
            packet.pts = packet.dts = number
            packet.duration = 1
            container.mux(packet)


def pixel_boxes(time: float) -> np.ndarray:
    """Boxes of objects that go round once a minute."""
    place = np.arange(OBJECTS)
    angle = 2 * np.pi * (time / 60 * (1 + place % 3) + place / OBJECTS)
    centres = np.stack([960 + (300 + 60 * place) * np.cos(angle), 540 + (150 + 30 * place) * np.sin(angle)], 1)
    half = np.array([40 + 8 * place, 60 + 6 * place]).T
    return np.concatenate([centres - half, centres + half], 1).astype(int)


class Planted:
    """Says where the objects are, a little wrong; the network's own memory does not grow with the video."""

    name = "planted"
    picture_side = 416

    def reset(self) -> None:
        """Nothing is kept."""

    def detect(self, frames: Sequence[object]) -> list[object]:
        """One item a frame."""
        from finsta.video.detectors.detection import Detections

        found: list[object] = []
        for frame in frames:
            random = np.random.default_rng(frame.index)  # type: ignore[attr-defined]
            boxes = pixel_boxes(frame.time) / np.array([1920, 1080, 1920, 1080])  # type: ignore[attr-defined]
            boxes = (boxes + random.normal(0, 0.002, boxes.shape)).astype(np.float32)
            boxes = boxes[(frame.time + 60 / OBJECTS * np.arange(OBJECTS)) % 60 < 45]  # type: ignore[attr-defined]
            scores = random.uniform(0.5, 0.9, len(boxes)).astype(np.float32)
            found.append(Detections.tidy(boxes, scores, ["box"] * len(boxes)))
        return found


def peak(path: Path) -> tuple[int, int]:
    """Highest resident memory, in bytes, of a process that parses the file, and before it began."""
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).parents[1])}
    command = [sys.executable, "-m", "video_sections.real_memory", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise RuntimeError(f"the process that parsed {path} failed:\n{done.stderr}")
    before, highest = (int(number) for number in done.stdout.split()[-2:])
    return highest, before


def _resident(name: str) -> int:
    found = re.search(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return 1024 * int(found[1])


def _main() -> None:
    import cv2  # noqa: F401
    import scenedetect.detectors  # noqa: F401

    from finsta.video.parse import parse_video

    before = _resident("VmRSS")
    graph = parse_video(sys.argv[1], detector=Planted(), frames_per_second=RATE)
    assert len(graph.frames) >= 8
    print(before, _resident("VmHWM"))


if __name__ == "__main__":
    _main()

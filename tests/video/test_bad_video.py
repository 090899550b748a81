"""Every bad input gives an error that names the file, or a warning and what could be read."""

import os
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from finsta.errors import VideoError
from finsta.video import VideoWarning, probe, read_frames, sample_frames
from tests.video.conftest import WriteClip, plain, texture


def audio_only(path: Path) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def no_frames(path: Path) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.time_base = Fraction(1, 10)
        container.start_encoding()
    return path


def text(path: Path) -> Path:
    path.write_text("This is no video.\n" * 50)
    return path


def empty(path: Path) -> Path:
    path.touch()
    return path


def folder(path: Path) -> Path:
    path.mkdir()
    return path


def noise(path: Path) -> Path:
    path.write_bytes(np.random.default_rng(0).bytes(5000))
    return path


BAD = {
    "missing.mp4": (lambda path: path, "expected a video file, found nothing there"),
    "folder.mp4": (folder, "expected a video file, found a folder; name one file in it"),
    "empty.mp4": (empty, r"found an empty file \(0 bytes\)"),
    "text.mp4": (text, "expected a video, found text"),
    "text.txt": (text, "expected a video.*, found"),
    "noise.mp4": (noise, "expected a video, found 5000 bytes of something else"),
    "audio.mp4": (audio_only, r"expected a video stream, found audio \(aac\)"),
    "none.avi": (no_frames, "expected at least one frame|expected a video"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_video_is_told_with_its_name(tmp_path: Path, name: str):
    make, message = BAD[name]
    path = make(tmp_path / name)
    for use in (probe, lambda path: list(read_frames(path)), lambda path: sample_frames(path, 2)):
        with pytest.raises(VideoError, match=message) as caught:
            use(path)
        assert str(path) in str(caught.value)


def test_a_file_without_permission_is_told(clip: WriteClip, monkeypatch: pytest.MonkeyPatch):
    path = clip("secret.mp4", [plain((0, 0, 0))])
    path.chmod(0)
    if os.geteuid() == 0:  # root reads everything, so only the answer of the system is played
        monkeypatch.setattr("os.access", lambda path, mode: False)
    with pytest.raises(VideoError, match="permission to read it is missing; run `chmod \\+r` on it"):
        probe(path)


def moving_texture(count: int) -> list[np.ndarray]:
    picture = texture(96, 400)
    return [picture[:, 4 * index : 4 * index + 128] for index in range(count)]


def test_a_truncated_file_gives_what_is_there_and_a_warning(clip: WriteClip, warnings_of: Callable):
    path = clip("whole.mp4", moving_texture(40), options={"g": "5"})
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    frames, told = warnings_of(read_frames, path)
    assert 5 < len(frames) < 35
    assert [frame.index for frame in frames] == list(range(len(frames)))
    assert any("truncated: it should last 4.00 s" in message and str(path) in message for message in told)


def test_a_truncated_file_is_sampled_over_what_is_there(clip: WriteClip, warnings_of: Callable):
    path = clip("whole.mp4", moving_texture(40), options={"g": "5"})
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    (_, times), _ = warnings_of(sample_frames, path, 4)
    assert len(set(times)) == 4
    with pytest.warns(VideoWarning, match="truncated"):
        sample_frames(path, 4)


@pytest.mark.parametrize(
    ("index_first", "size", "message"),
    [
        (False, 400, "400 bytes of MP4 without a readable index"),
        (True, 200, "200 bytes of MP4 without a readable index"),
        (True, 400, "expected a codec that FFmpeg decodes, found none"),
    ],
)
def test_a_file_cut_off_before_its_index_ends_is_told(clip: WriteClip, index_first: bool, size: int, message: str):
    path = clip("whole.mp4", moving_texture(10), index_first=index_first)
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(VideoError, match=message):
        probe(path)


def test_damage_in_the_middle_leaves_the_rest(clip: WriteClip, warnings_of: Callable):
    path = clip("whole.avi", moving_texture(40), codec="ffv1", pixel_format="bgr0")
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 3000] = np.random.default_rng(1).bytes(3000)
    path.write_bytes(content)
    frames, _ = warnings_of(read_frames, path)
    assert len(frames) >= 30
    assert all(later.time > earlier.time for earlier, later in pairwise(frames))

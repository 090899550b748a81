"""Videos of formats show what the world's own show: renamed, joined, cut and coded otherwise."""

from pathlib import Path

import av
import numpy as np
import pytest

from finsta.data.world.formats.content import VideoJob, Way
from finsta.data.world.formats.videos import make_video
from finsta.errors import OutputError


def pictures(path: Path) -> np.ndarray:
    with av.open(str(path)) as container:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])


def frame_times(path: Path) -> list[float]:
    with av.open(str(path)) as container:
        return [float(frame.time) for frame in container.decode(video=0)]


@pytest.fixture
def sources(world: Path) -> tuple[Path, ...]:
    return tuple(sorted((world / "videos").iterdir())[:3])


def make(folder: Path, job: VideoJob) -> Path:
    make_video(folder, job)
    return folder / job.target


@pytest.mark.parametrize("suffix", [".avi", ".webm", ".gif"])
def test_a_recoded_video_shows_the_same(tmp_path: Path, sources, suffix: str):
    made = make(tmp_path, VideoJob(target=f"v{suffix}", way="recode", sources=sources[:1]))
    own, other = pictures(sources[0]).astype(int), pictures(made).astype(int)
    assert other.shape == own.shape
    assert np.abs(own - other).mean() < 4
    assert np.allclose(frame_times(made), frame_times(sources[0]), atol=0.011)


@pytest.mark.parametrize("slot", [4.0, 5.0])
def test_joined_videos_are_frame_by_frame_the_world_s_own_at_their_times(tmp_path: Path, sources, slot: float):
    made = make(tmp_path, VideoJob(target="a/b/film.mp4", way="join", sources=sources, slot=slot))
    assert np.array_equal(pictures(made), np.concatenate([pictures(source) for source in sources]))
    expected = [slot * place + time for place in range(3) for time in frame_times(sources[place])]
    assert np.allclose(frame_times(made), expected, atol=1e-3)


def test_a_cut_begins_and_ends_with_its_frames(tmp_path: Path, sources):
    made = make(tmp_path, VideoJob(target="cut.mp4", way="cut", sources=sources[:1], first=5, last=16))
    own = pictures(sources[0])[5:17].astype(int)
    assert pictures(made).shape == own.shape
    assert np.abs(own - pictures(made)).mean() < 3
    assert frame_times(made)[0] == 0


def test_what_is_there_is_not_made_again(tmp_path: Path, sources):
    (tmp_path / "v.mp4").write_text("mine")
    assert make(tmp_path, VideoJob(target="v.mp4", way="link", sources=sources[:1])).read_text() == "mine"


@pytest.mark.parametrize(("way", "target"), [("join", "v.mp4"), ("recode", "v.avi"), ("cut", "v.mp4")])
def test_a_broken_video_of_the_world_is_named(tmp_path: Path, sources, way: Way, target: str):
    broken = tmp_path / "000000.mp4"
    broken.write_bytes(sources[0].read_bytes()[:100])
    with pytest.raises(
        OutputError, match=r"cannot be made of .*000000\.mp4: .*make the world whole with `finsta world`"
    ):
        make_video(tmp_path, VideoJob(target=target, way=way, sources=(broken,)))
    assert not list(tmp_path.glob(".*.tmp"))


def test_files_of_different_makes_are_not_joined(tmp_path: Path, sources):
    other = make(tmp_path, VideoJob(target="cut.mp4", way="cut", sources=sources[:1], first=0, last=9))
    with av.open(str(tmp_path / "big.mp4"), "w") as out:
        stream = out.add_stream("libx264", rate=8)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        out.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8))))
        out.mux(stream.encode(None))
    job = VideoJob(target="film.mp4", way="join", sources=(other, tmp_path / "big.mp4"), slot=4.0)
    with pytest.raises(OutputError, match=r"film\.mp4: cannot be made of .*big\.mp4 and cut\.mp4 are coded diff"):
        make_video(tmp_path, job)
    assert not list(tmp_path.glob(".*.tmp"))

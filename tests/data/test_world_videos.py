"""The video files of a world are the same bytes for the same seed, as its annotation is."""

from finsta.data.world.make import make_clip
from finsta.data.world.settings import WorldConfig


def test_a_clip_is_the_same_file_whenever_it_is_rendered(tmp_path):
    def rendered(place: str) -> bytes:
        for folder in ("videos", "graphs"):
            (tmp_path / place / folder).mkdir(parents=True)
        make_clip(tmp_path / place, 0, WorldConfig(), 14)
        return (tmp_path / place / "videos" / "000014.mp4").read_bytes()

    assert len({rendered(str(place)) for place in range(8)}) == 1

"""Frames prepared with Pillow beside those of the video processors of `transformers`, which need torchvision."""

import pytest
import torch

from finsta.transfer.hosts import load_host
from tests.hosts.registry import shared_host
from tests.hosts.tiny import frames

pytest.importorskip("torchvision", reason="the video processors of transformers need torchvision")

STEP = {"videomae": 2 / 255, "timesformer": 2 / 255, "vivit": 4 / 255, "vjepa2": 1 / 255 / 0.224}
"""What one step of a byte makes after normalising: Pillow rounds what it has resized, torchvision not always alike."""


@pytest.mark.parametrize("name", sorted(STEP))
def test_a_saved_folder_gives_the_video_processor_that_prepares_the_same_frames(name, tmp_path):
    from transformers import AutoVideoProcessor

    host = shared_host(name)
    host.save(tmp_path / "host")
    batch = AutoVideoProcessor.from_pretrained(tmp_path / "host")(frames(host), return_tensors="pt")
    theirs = batch["pixel_values_videos" if name == "vjepa2" else "pixel_values"][0]
    assert float((theirs - host.pixels(frames(host))).abs().max()) <= STEP[name] * 1.001


@pytest.mark.parametrize("name", sorted(STEP))
def test_what_a_video_processor_saves_is_read_and_written_back(name, tmp_path):
    from transformers import AutoVideoProcessor

    host = shared_host(name)
    host.save(tmp_path / "host")
    processor = AutoVideoProcessor.from_pretrained(tmp_path / "host")
    (tmp_path / "host" / "preprocessor_config.json").unlink(missing_ok=True)
    processor.save_pretrained(tmp_path / "host")
    loaded = load_host(tmp_path / "host")
    torch.testing.assert_close(loaded.pixels(frames(host)), host.pixels(frames(host)))
    loaded.save(tmp_path / "again")
    again = AutoVideoProcessor.from_pretrained(tmp_path / "again")
    theirs = (each(frames(host), return_tensors="pt") for each in (processor, again))
    first, second = (next(iter(batch.values())) for batch in theirs)
    assert torch.equal(first, second)

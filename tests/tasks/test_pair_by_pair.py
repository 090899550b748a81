"""Retrieval and multiple choice of hosts without a joint space, and what validation says of hosts that read no text."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from finsta.config import PostTrainConfig
from finsta.data.pairs import HardNegative, Pair
from finsta.errors import HostError, InputError
from finsta.tasks.evaluation import evaluate
from finsta.tasks.metrics import retrieval_ranks
from finsta.training.post_training.judging import validation_of
from finsta.video.frames import sample_frames
from tests.hosts.registry import own_host, shared_host
from tests.tiny_clips import write_clip

VALIDATED = replace(PostTrainConfig(), validate_every=1)


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clips")
    return [
        Pair(
            id=colour,
            video=write_clip(folder / f"{colour}.mp4", colour),
            caption=f"a {colour} cube",
            negatives=(HardNegative(caption="a green cone slowly", kind="attribute"),),
        )
        for colour in ("red", "blue")
    ]


@pytest.mark.parametrize("name", ["git", "qwen2_5_vl"])
def test_a_host_that_writes_is_judged_by_the_likelihood_of_each_text_with_each_video(name, pairs):
    host = shared_host(name)
    texts = [pair.caption for pair in pairs]
    found = evaluate(host, pairs, batch_size=3)
    with torch.no_grad():
        pixels = [host.pixels(sample_frames(pair.video, host.num_frames)[0])[None] for pair in pairs]
        slow = np.array([[host.log_likelihood(clip, [""], [text]).item() for clip in pixels] for text in texts])
        wrong = [host.log_likelihood(clip, [""], ["a green cone slowly"]).item() for clip in pixels]
    expected = retrieval_ranks(slow, np.eye(2, dtype=bool)).summary()
    assert found.metrics["retrieval/text_to_video/R@1"] == expected["R@1"]
    assert found.results["retrieval"].notes == {"scores": "likelihood"}
    assert found.metrics["multiple_choice/accuracy"] == 50 * (slow.diagonal() > np.array(wrong)).sum()


def test_videos_that_do_not_decode_are_left_out(pairs, tmp_path):
    lost = Pair(id="lost", video=tmp_path / "lost.mp4", caption="a cube")
    found = evaluate(own_host("git"), [*pairs, lost])
    assert (found.metrics["retrieval/videos"], found.metrics["retrieval/skipped_videos"]) == (2, 1)
    assert list(found.skipped) == [str(lost.video)]


def test_validation_measures_a_host_without_a_joint_space(pairs, tmp_path):
    judge = validation_of(own_host("git"), pairs, VALIDATED, cache=tmp_path)
    assert judge is not None
    assert 0 <= judge.measure()["retrieval/R@1"] <= 100


def test_a_host_that_reads_no_text_has_no_way_to_be_judged(pairs, tmp_path):
    with pytest.raises(HostError, match="scoring texts takes one of similarity, matching, likelihood"):
        evaluate(shared_host("videomae"), pairs)
    with pytest.raises(InputError, match=r"--validate-every: .* has no way to score texts.*leave it out"):
        validation_of(shared_host("videomae"), pairs, VALIDATED, cache=tmp_path)

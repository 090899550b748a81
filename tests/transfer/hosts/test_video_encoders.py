"""Video encoders: tokens are the model's own, in the order of frames and patches; pooled is what classifiers read."""

import pytest
import torch
from safetensors.torch import load_file, save_file

from finsta.alignment.roi import nearest_frames
from finsta.errors import HostError
from finsta.transfer.capture import capture
from finsta.transfer.hosts import load_host
from finsta.transfer.hosts.frame_processor import FrameProcessor
from finsta.transfer.hosts.pieces import unit
from finsta.transfer.seen import step_times
from tests.hosts import video
from tests.hosts.registry import TINY, shared_host
from tests.hosts.tiny import clips, frames

NAMES = sorted(video.TINY)
JOINED = {"videomae": 2, "timesformer": 1, "vivit": 2, "vjepa2": 2, "videoprism_vision_model": 1}
"""Frames that make one token step."""
PATCHES = 4


def joined(name: str) -> int:
    return JOINED[name.partition(":")[0]]


def own_states(name: str) -> torch.Tensor:
    """What the module that is read puts out when a user calls the model on clips, nothing hidden."""
    host = shared_host(name)
    model = host.model.base_model if name == "videomae:pre-training" else host.model
    call = dict(TINY[name].call(host))
    call.pop("bool_masked_pos", None)
    (read,) = host.spec.reads(model).values()
    with torch.no_grad(), capture(model, read) as seen:
        model(**call)
    output = seen[read] if isinstance(seen[read], torch.Tensor) else seen[read].last_hidden_state
    if name.startswith("videoprism"):  # one row for each patch, in which its frames are
        return output.unflatten(0, (-1, PATCHES)).flatten(1, 2)
    return output


def place(name: str, step: int, patch: int) -> int:
    """Where the family lays the token of a step and a patch, told by its papers and code."""
    if name.startswith("timesformer"):
        return 1 + patch * video.FRAMES + step
    if name.startswith("videoprism"):
        return patch * video.FRAMES + step
    return step * PATCHES + patch + (1 if name.startswith("vivit") else 0)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "timesformer:space"])
def test_tokens_are_the_models_own_states_in_their_places(name):
    host, states = shared_host(name), own_states(name)
    with torch.no_grad():
        tokens = host.encode_video(clips(host)).tokens
    steps = video.FRAMES // joined(name)
    assert tokens.shape[1:3] == (steps, PATCHES)
    for step in range(steps):
        for patch in range(PATCHES):
            torch.testing.assert_close(tokens[:, step, patch], states[:, place(name, step, patch)])


def test_tokens_of_frames_that_run_apart_are_those_of_each_frame():
    host, states = shared_host("timesformer:space"), own_states("timesformer:space")
    with torch.no_grad():
        encoded = host.encode_video(clips(host))
    torch.testing.assert_close(encoded.tokens.flatten(0, 1), states[:, 1:])
    torch.testing.assert_close(encoded.pooled.embedding, unit(states[:, 0].unflatten(0, (-1, video.FRAMES)).mean(1)))


@pytest.mark.parametrize("name", NAMES)
def test_a_patch_of_a_frame_moves_its_own_token_most(name):
    host = shared_host(name)
    pixels = clips(host, 1)
    noise = 2 * torch.randn(3, video.PATCH, video.PATCH, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        before = host.encode_video(pixels).tokens
        for frame in range(video.FRAMES):
            for patch in range(PATCHES):
                top, left = video.PATCH * (patch // 2), video.PATCH * (patch % 2)
                changed = pixels.clone()
                changed[0, frame, :, top : top + video.PATCH, left : left + video.PATCH] += noise
                moved = (host.encode_video(changed).tokens - before).norm(dim=-1)[0]  # [steps, patches]
                assert divmod(int(moved.argmax()), PATCHES) == (frame // joined(name), patch)


@pytest.mark.parametrize("name", NAMES)
def test_the_time_of_a_frame_falls_to_the_step_that_covers_it(name):
    host, times = shared_host(name), 0.25 + 0.5 * torch.arange(float(video.FRAMES))
    with torch.no_grad():
        steps = host.encode_video(clips(host, 1)).tokens.shape[1]
    found = nearest_frames(times, torch.zeros(len(times), dtype=torch.long), step_times(times[None], steps))
    assert found.tolist() == [frame // joined(name) for frame in range(video.FRAMES)]


@pytest.mark.parametrize(
    "name", ["videomae", "videomae:first token", "timesformer", "vivit", "vjepa2", "videoprism_vision_model"]
)
def test_pooled_is_what_the_classifier_reads(name):
    host, read = shared_host(name), []
    hook = host.model.classifier.register_forward_pre_hook(lambda module, inputs: read.append(inputs[0]))
    with torch.no_grad():
        host.model(**TINY[name].call(host))
        hook.remove()
        embedding = host.video_embeddings(clips(host))
    torch.testing.assert_close(embedding, unit(read[0].flatten(1)))


@pytest.mark.parametrize(
    "name", ["videomae:plain", "videomae:pre-training", "vjepa2:plain", "videoprism_vision_model:plain"]
)
def test_without_a_classifier_pooled_is_the_mean_of_the_tokens(name):
    with torch.no_grad():
        encoded = shared_host(name).encode_video(clips(shared_host(name)))
    torch.testing.assert_close(encoded.pooled.embedding, unit(encoded.tokens.mean(dim=(1, 2))))


def test_pooled_of_a_plain_vivit_is_that_of_its_pooler():
    host = shared_host("vivit:plain")
    with torch.no_grad():
        pooled = host.model(pixel_values=clips(host)).pooler_output
        torch.testing.assert_close(host.video_embeddings(clips(host)), unit(pooled))


@pytest.mark.parametrize("name", [name for name in NAMES if name.split(":")[0] != "vjepa2" and "space" not in name])
def test_models_with_positions_in_time_refuse_other_numbers_of_frames(name):
    host = shared_host(name)
    with pytest.raises(HostError, match="exactly 4 frames, for which the weights are made, found 2"):
        host.encode_video(clips(host)[:, :2])


@pytest.mark.parametrize(("frames", "steps"), [(1, 1), (2, 1), (4, 2), (6, 3)])
def test_vjepa2_reads_whole_tubelets_of_any_number(frames, steps):
    host = shared_host("vjepa2")
    with torch.no_grad():
        encoded = host.encode_video(clips(host, 1)[:, [0, 1, 2, 3, 0, 1][:frames]])
    assert encoded.tokens.shape[1:3] == (steps, PATCHES)


def test_vjepa2_drops_no_frame_in_silence():
    host = shared_host("vjepa2")
    with pytest.raises(
        HostError, match=r"multiple of 2 frames .* found 3: the model drops what is over; .*num_frames=2"
    ):
        host.encode_video(clips(host)[:, :3])


@pytest.mark.parametrize("name", ["videomae", "timesformer", "vivit"])
def test_pixels_are_those_of_the_image_processor(name):
    host = shared_host(name)
    expected = host.image_processor(frames(host), return_tensors="pt")["pixel_values"][0]
    torch.testing.assert_close(host.pixels(frames(host)), expected)


@pytest.mark.parametrize("name", ["videomae", "timesformer", "vivit"])
def test_a_folder_with_the_settings_of_a_video_processor_only_gives_the_same_pixels(name, tmp_path):
    host = shared_host(name)
    host.save(tmp_path / "host")
    (tmp_path / "host" / "preprocessor_config.json").unlink()
    settings = host.image_processor.to_dict()
    kind = {"videomae": "VideoMAE", "timesformer": "Timesformer", "vivit": "Vivit"}[name]
    kept = {
        key: settings[key] for key in ("size", "crop_size", "rescale_factor", "image_mean", "image_std", "resample")
    }
    kept |= {"do_center_crop": True, "video_processor_type": f"{kind}VideoProcessor"}
    FrameProcessor(kept).save_pretrained(tmp_path / "host")
    loaded = load_host(tmp_path / "host")
    assert isinstance(loaded.image_processor, FrameProcessor)
    torch.testing.assert_close(loaded.pixels(frames(host)), host.pixels(frames(host)))
    loaded.save(tmp_path / "again")
    assert torch.equal(load_host(tmp_path / "again").pixels(frames(host)), loaded.pixels(frames(host)))


def test_videomae_weights_under_their_older_names_are_read(tmp_path):
    host = shared_host("videomae")
    host.save(tmp_path / "host")
    file = tmp_path / "host" / "model.safetensors"
    older = {
        key.replace("query.bias", "q_bias").replace("value.bias", "v_bias"): value
        for key, value in load_file(file).items()
    }
    assert sum("q_bias" in key for key in older) == 2
    save_file(older, file, metadata={"format": "pt"})
    with torch.no_grad():
        assert torch.equal(
            load_host(tmp_path / "host").video_embeddings(clips(host)), host.video_embeddings(clips(host))
        )

"""Hosts that write: likelihoods are the model's own loss, texts the model's own generation, also for several frames."""

import pytest
import torch

from finsta.errors import HostError
from finsta.transfer.hosts.writing import IGNORED, by_length, join, last_real, mean_log_likelihood
from tests.hosts.registry import own_host, shared_host
from tests.hosts.tiny import CAPTIONS, clips

PROMPTS = ["a red cube", "the ball", ""]
ANSWERS = ["pushes a green cone", "jumps", "follows the cube"]


def test_rows_lay_answers_behind_prompts_and_judge_only_them():
    rows = join([[5, 6], [7]], [[8, 2], [9, 9, 2]], longest=8, pad=0, device=torch.device("cpu"))
    assert rows.input_ids.tolist() == [[5, 6, 8, 2], [7, 9, 9, 2]]
    assert rows.targets.tolist() == [[IGNORED, IGNORED, 8, 2], [IGNORED, 9, 9, 2]]
    assert rows.attention_mask.tolist() == [[1, 1, 1, 1], [1, 1, 1, 1]]


def test_rows_are_padded_at_the_right_and_cut_to_the_positions_of_the_decoder():
    rows = join([[5], [7, 7, 7, 7]], [[8], [9, 9]], longest=3, pad=0, device=torch.device("cpu"))
    assert rows.input_ids.tolist() == [[5, 8, 0], [7, 7, 9]]
    assert rows.attention_mask.tolist() == [[1, 1, 0], [1, 1, 1]]
    assert rows.targets.tolist() == [[IGNORED, 8, IGNORED], [IGNORED, IGNORED, 9]]


def test_uniform_logits_give_the_logarithm_of_the_vocabulary():
    targets = torch.tensor([[IGNORED, 3, 1], [IGNORED, 2, IGNORED], [IGNORED, IGNORED, IGNORED]])
    found = mean_log_likelihood(torch.zeros(3, 3, 7), targets)
    torch.testing.assert_close(found, torch.tensor([-1.0, -1.0, 0.0]) * torch.tensor(7.0).log())


def test_prompts_of_one_length_come_together_and_keep_their_places():
    found = [(rows, ids.tolist()) for rows, ids in by_length([[1, 2], [3], [4, 5]], torch.device("cpu"))]
    assert found == [([1], [[3]]), ([0, 2], [[1, 2], [4, 5]])]


def test_the_last_real_token_is_found_on_whichever_side_the_padding_is():
    states = torch.arange(8.0).reshape(2, 4, 1)
    mask = torch.tensor([[1, 1, 0, 0], [0, 0, 1, 1]])
    assert last_real(states, mask).flatten().tolist() == [1.0, 7.0]


def words(host, text):
    return host.tokenizer(text, add_special_tokens=False)["input_ids"]


def labelled(host, start, prompt, answer):
    """Input and labels as a user of `transformers` writes them."""
    before = [start, *words(host, prompt)]
    after = [*words(host, answer), host.tokenizer.sep_token_id]
    return torch.tensor([before + after]), torch.tensor([[IGNORED] * len(before) + after])


@pytest.mark.parametrize(("name", "one"), [("git", False), ("git:picture", True), ("blip", True)])
def test_likelihood_is_the_models_own_loss(name, one):
    host = shared_host(name)
    pixels = clips(host)[:, :1] if one else clips(host)
    start = host.tokenizer.cls_token_id if name != "blip" else host.config.text_config.bos_token_id
    with torch.no_grad():
        ours = host.log_likelihood(pixels, PROMPTS, ANSWERS)
        for row, (prompt, answer) in enumerate(zip(PROMPTS, ANSWERS, strict=True)):
            ids, labels = labelled(host, start, prompt, answer)
            picture = pixels[row : row + 1, 0] if one else pixels[row : row + 1]
            own = host.model(pixel_values=picture, input_ids=ids, labels=labels).loss
            torch.testing.assert_close(-ours[row], own)


def test_likelihood_of_an_answer_is_the_models_own_loss():
    host = shared_host("blip:answers")
    pixels = clips(host)[:, :1]
    with torch.no_grad():
        ours = host.log_likelihood(pixels, PROMPTS, ANSWERS)
        for row, (prompt, answer) in enumerate(zip(PROMPTS, ANSWERS, strict=True)):
            asked = host.tokenizer(prompt, return_tensors="pt")
            ids, _ = labelled(host, host.config.text_config.bos_token_id, "", answer)
            own = host.model(
                pixel_values=pixels[row],
                input_ids=asked["input_ids"],
                attention_mask=asked["attention_mask"],
                labels=ids,
            ).loss
            torch.testing.assert_close(-ours[row], own)


@pytest.mark.parametrize("beams", [1, 2])
@pytest.mark.parametrize("name", ["git", "git:picture", "blip", "blip:answers"])
def test_what_is_written_is_what_the_model_itself_writes(name, beams):
    host = shared_host(name)
    pixels = clips(host) if name == "git" else clips(host)[:, :1]
    found = host.generate(pixels, PROMPTS, max_new_tokens=6, beams=beams)
    for row, prompt in enumerate(PROMPTS):
        picture = pixels[row : row + 1] if name == "git" else pixels[row]
        own = host.model.generate(pixel_values=picture, **asked(host, name, prompt), max_new_tokens=6, num_beams=beams)
        before = 1 if name == "blip:answers" else 1 + len(words(host, prompt))
        assert found[row] == host.tokenizer.decode(own[0, before:], skip_special_tokens=True).strip()
    assert any(found)


def asked(host, name, prompt):
    """The prompt as the model's own ``generate`` wants it."""
    if name.startswith("git"):
        ids = torch.tensor([[host.tokenizer.cls_token_id, *words(host, prompt)]])
        return {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    return {key: host.tokenizer(prompt, return_tensors="pt")[key] for key in ("input_ids", "attention_mask")}


@pytest.mark.parametrize("name", ["git", "blip", "blip:answers"])
def test_every_frame_has_a_say_in_what_is_likely(name):
    host = shared_host(name)
    pixels = clips(host, 1)
    with torch.no_grad():
        before = host.log_likelihood(pixels, [""], CAPTIONS[:1])
        for frame in range(host.num_frames):
            changed = pixels.clone()
            changed[:, frame] = changed[:, frame].flip(-1)
            assert not torch.equal(host.log_likelihood(changed, [""], CAPTIONS[:1]), before), frame


@pytest.mark.parametrize("name", ["git", "blip", "blip:answers"])
def test_likelihood_sends_gradients_into_both_towers(name):
    host = own_host(name)
    host.log_likelihood(clips(host), PROMPTS, ANSWERS).sum().backward()
    for module in host.spec.reads(host.model).values():
        assert any(
            value.grad is not None and bool(value.grad.any()) for value in host.model.get_submodule(module).parameters()
        )


@pytest.mark.parametrize("name", ["git", "blip", "blip:answers"])
def test_texts_longer_than_the_decoder_are_cut_and_not_an_error(name):
    host = shared_host(name)
    with torch.no_grad():
        found = host.log_likelihood(clips(host, 1), ["the ball " * 40], ["a cube " * 40])
    assert bool(found.isfinite().all())


def test_every_clip_wants_its_prompt_and_its_answer():
    host = shared_host("git")
    with pytest.raises(HostError, match="for each of 2 clips, found 2 and 1"):
        host.log_likelihood(clips(host, 2), ["", ""], ["a cube"])
    with pytest.raises(HostError, match="for each of 2 clips, found 3"):
        host.generate(clips(host, 2), PROMPTS)


def test_a_clip_of_another_length_is_not_written_about():
    host = shared_host("git")
    with pytest.raises(HostError, match="exactly 3 frames, for which the weights are made, found 2"):
        host.log_likelihood(clips(host)[:, :2], PROMPTS, ANSWERS)
    with pytest.raises(HostError, match="exactly 3 frames, for which the weights are made, found 2"):
        host.generate(clips(host)[:, :2], PROMPTS)


def test_blip_writes_of_several_frames_what_its_decoder_finds_most_likely():
    host, pixels = shared_host("blip"), clips(shared_host("blip"), 1)
    states = [host.model.vision_model(pixels[:, frame]).last_hidden_state for frame in range(host.num_frames)]
    ids = [host.config.text_config.bos_token_id]
    with torch.no_grad():
        for _ in range(5):
            logits = host.model.text_decoder(torch.tensor([ids]), encoder_hidden_states=torch.cat(states, 1)).logits
            ids.append(int(logits[0, -1].argmax()))
    assert host.tokenizer.sep_token_id not in ids
    assert host.generate(pixels, [""], max_new_tokens=5) == [host.tokenizer.decode(ids[1:], skip_special_tokens=True)]

"""How BLIP writes of a video: captions by its decoder, answers by a question encoder and a decoder."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from finsta.shapes import Float, Tensor
from finsta.transfer.hosts.spec import LanguageSpec
from finsta.transfer.hosts.writing import Rows, by_length, join, mean_log_likelihood, words


def frame_states(
    model: Any, pixels: Float[Tensor, "videos frames 3 height width"]
) -> Float[Tensor, "videos frames tokens dim"]:
    """Class token and patches of every frame, after the last layer norm."""
    states: Tensor = model.vision_model(pixel_values=pixels.flatten(0, 1)).last_hidden_state
    return torch.unflatten(states, 0, pixels.shape[:2])


def read_over_frames(
    model: Any, pixels: Float[Tensor, "pairs frames 3 height width"], tokens: Mapping[str, Tensor]
) -> Float[Tensor, "pairs length dim"]:
    """States of the text encoder's tokens, which attend to the tokens of all frames."""
    states: Tensor = model.text_encoder(
        input_ids=tokens["input_ids"],
        attention_mask=tokens["attention_mask"],
        encoder_hidden_states=frame_states(model, pixels).flatten(1, 2),
    ).last_hidden_state
    return states


def caption_log_likelihood(
    model: Any, tokenizer: Any, pixels: Tensor, prompts: Sequence[str], answers: Sequence[str]
) -> Float[Tensor, " texts"]:
    """Of a caption that goes on from its prompt, up to and with the token that ends it."""
    rows = _rows(model, tokenizer, [words(tokenizer, prompt, _positions(model)) for prompt in prompts], answers)
    seen = frame_states(model, pixels).flatten(1, 2)
    return _judge(model, rows, seen)


def generate_caption(
    model: Any, tokenizer: Any, pixels: Tensor, prompts: Sequence[str], max_new_tokens: int, beams: int
) -> list[str]:
    """What the model's own ``generate`` writes, the frames' tokens in the place of the picture's."""
    seen = frame_states(model, pixels).flatten(1, 2)
    starts = [[_start(model), *words(tokenizer, prompt, _positions(model))] for prompt in prompts]
    written = [""] * len(starts)
    for rows, ids in by_length(starts, pixels.device):
        texts = _write(model, tokenizer, ids, seen[rows], max_new_tokens, beams)
        for row, text in zip(rows, texts, strict=True):
            written[row] = text
    return written


def answer_log_likelihood(
    model: Any, tokenizer: Any, pixels: Tensor, prompts: Sequence[str], answers: Sequence[str]
) -> Float[Tensor, " texts"]:
    """Of an answer to a question (the prompt) on the video, up to and with the token that ends it.

    Questions of one length are read at a time: the port of BLIP to `transformers` (5.23) hands the mask of what the
    decoder attends to down to no layer, so padding of a question would be read as part of it.
    """
    parts, places = [pixels.new_zeros(0)], []
    for rows, ids in by_length(_questions(model, tokenizer, prompts), pixels.device):
        states = read_over_frames(model, pixels[rows], {"input_ids": ids, "attention_mask": torch.ones_like(ids)})
        joined = _rows(model, tokenizer, [[] for _ in rows], [answers[row] for row in rows])
        parts.append(_judge(model, joined, states))
        places += rows
    return torch.cat(parts)[torch.tensor(places, dtype=torch.long, device=pixels.device).argsort()]


def generate_answer(
    model: Any, tokenizer: Any, pixels: Tensor, prompts: Sequence[str], max_new_tokens: int, beams: int
) -> list[str]:
    """What the model's own ``generate`` answers, the frames' tokens in the place of the picture's."""
    written = [""] * len(prompts)
    for rows, ids in by_length(_questions(model, tokenizer, prompts), pixels.device):
        states = read_over_frames(model, pixels[rows], {"input_ids": ids, "attention_mask": torch.ones_like(ids)})
        starts = torch.full((len(rows), 1), _start(model), device=pixels.device)
        texts = _write(model, tokenizer, starts, states, max_new_tokens, beams)
        for row, text in zip(rows, texts, strict=True):
            written[row] = text
    return written


def _rows(model: Any, tokenizer: Any, prompts: Sequence[list[int]], answers: Sequence[str]) -> Rows:
    text = model.config.text_config
    return join(
        [[_start(model), *prompt] for prompt in prompts],
        [[*words(tokenizer, answer, _positions(model)), text.sep_token_id] for answer in answers],
        longest=_positions(model),
        pad=text.pad_token_id,
        device=model.device,
    )


def _judge(model: Any, rows: Rows, seen: Float[Tensor, "texts places dim"]) -> Float[Tensor, " texts"]:
    logits = model.text_decoder(
        input_ids=rows.input_ids, attention_mask=rows.attention_mask, encoder_hidden_states=seen, use_cache=False
    ).logits
    return mean_log_likelihood(logits, rows.targets)


def _write(
    model: Any, tokenizer: Any, starts: Tensor, seen: Float[Tensor, "texts places dim"], length: int, beams: int
) -> list[str]:
    text = model.config.text_config
    ids = model.text_decoder.generate(
        input_ids=starts,
        attention_mask=torch.ones_like(starts),
        encoder_hidden_states=seen,
        eos_token_id=text.sep_token_id,
        pad_token_id=text.pad_token_id,
        max_new_tokens=length,
        num_beams=beams,
        do_sample=False,
    )
    written: list[str] = tokenizer.batch_decode(ids[:, starts.shape[1] :], skip_special_tokens=True)
    return [text.strip() for text in written]


def _questions(model: Any, tokenizer: Any, prompts: Sequence[str]) -> list[list[int]]:
    return [tokenizer(prompt, truncation=True, max_length=_positions(model))["input_ids"] for prompt in prompts]


def _start(model: Any) -> int:
    return int(model.config.text_config.bos_token_id)


def _positions(model: Any) -> int:
    return int(model.config.text_config.max_position_embeddings)


CAPTIONING = LanguageSpec(log_likelihood=caption_log_likelihood, generate=generate_caption)
ANSWERING = LanguageSpec(log_likelihood=answer_log_likelihood, generate=generate_answer)

"""Any `torch.nn.Module` as a host: a recipe says how it is called, and which of its modules put out tokens."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from torch import nn

from finsta.errors import HostError
from finsta.shapes import Float, Int, Tensor
from finsta.transfer.capture import capture, find_submodule
from finsta.transfer.hosts.encodings import FusedEncoding, PooledText, PooledVideo, TextEncoding, VideoEncoding
from finsta.transfer.hosts.host import Host
from finsta.transfer.hosts.pieces import unit
from finsta.transfer.hosts.spec import Family, HostSpec, OwnLoss

TEMPERATURE = 0.07
"""Of cosines, where a recipe gives none: where CLIP's training starts."""


@dataclass(frozen=True, kw_only=True)
class TokensAt:
    """Where tokens come out of a module.

    Attributes:
        module: Dotted name, as in ``model.named_modules()``.
        leading: Tokens before the first patch or word: class tokens.
        trailing: Tokens after the last.
        order: Whether its output is ``[batch, tokens, width]`` or, as older CLIPs have it, ``[tokens, batch, width]``.
        take: What the module puts out → the tensor in it; by default the tensor itself, ``last_hidden_state``, or the
            first of a tuple.
    """

    module: str
    leading: int = 0
    trailing: int = 0
    order: Literal["batch first", "tokens first"] = "batch first"
    take: Callable[[Any], Tensor] | None = None


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a module is reached. Only ``encode_video``, ``visual`` and ``grid`` must be there.

    Attributes:
        encode_video: (model, pixels ``[videos, frames, 3, height, width]``) → pooled ``[videos, dim]``. Where it reads
            all frames of all clips in one batch, ``visual`` puts out one row for each frame of each clip.
        visual: Where visual tokens come out while ``encode_video`` runs.
        grid: Rows and columns of patches in a frame.
        encode_text: (model, tokens) → pooled ``[texts, dim]`` in the same space.
        text: Where text tokens come out while ``encode_text`` runs.
        encode_pairs: (model, pixels, tokens) → pooled ``[pairs, dim]`` of text i with video i.
        fused: Where the texts' tokens come out while ``encode_pairs`` runs, once they have seen the video.
        match: (model, pooled of ``encode_pairs``) → logit ``[pairs]`` that text and video belong together.
        temperature: Of the model's similarities: a number, or a function of the model.
        similarity: (model, `PooledText`, `PooledVideo`) → logits ``[texts, videos]``; None: cosine over temperature.
        project_visual: (model, visual tokens ``[..., width]``) → joint space; None: the direct form is left out.
        project_text: (model, text tokens ``[..., width]``) → joint space.
        loss: What the model was trained with.
        text_length: Tokens that it reads at most.
        fixed_frames: Frames that it is made for; None: any number.
        save: (model, folder) → writes the weights; None: ``save_pretrained`` of the model, or ``model.safetensors``.
        title: One line for people.
    """

    encode_video: Callable[[Any, Tensor], Tensor]
    visual: TokensAt
    grid: tuple[int, int]
    encode_text: Callable[[Any, Mapping[str, Tensor]], Tensor] | None = None
    text: TokensAt | None = None
    encode_pairs: Callable[[Any, Tensor, Mapping[str, Tensor]], Tensor] | None = None
    fused: TokensAt | None = None
    match: Callable[[Any, Tensor], Tensor] | None = None
    temperature: float | Callable[[Any], Tensor] = TEMPERATURE
    similarity: Callable[[Any, PooledText, PooledVideo], Tensor] | None = None
    project_visual: Callable[[Any, Tensor], Tensor] | None = None
    project_text: Callable[[Any, Tensor], Tensor] | None = None
    loss: OwnLoss = "contrastive"
    text_length: int | None = None
    fixed_frames: int | None = None
    save: Callable[[Any, Path], None] | None = None
    title: str = "a module of your own"


def module_host(
    model: nn.Module,
    recipe: Recipe,
    *,
    image_processor: Any,
    tokenizer: Any = None,
    name: str | None = None,
    num_frames: int | None = None,
) -> Host:
    """Make a host of any module; hooks on the named modules stand only while it is called.

    Args:
        model: Whatever holds the weights.
        recipe: How it is reached.
        image_processor: How frames are resized and normalised: one of `transformers`, or `FrameProcessor.of_size`.
        tokenizer: One of `transformers`, or `PlainTokenizer` around any function; None where no text is read.
        name: What to call it; the name of its class by default.
        num_frames: Frames to read of a clip; None takes what the recipe fixes, or 8 where it fixes none.

    Raises:
        HostError: if a module that the recipe names is not there, or the recipe lacks the other half of something,
            or fixes another number of frames.
    """
    spec = describe_module(model, recipe)
    if spec.reads_text and tokenizer is None:
        raise HostError(f"{type(model).__name__}: its recipe reads texts; expected a tokenizer, found none")
    return Host(
        model=model,
        tokenizer=tokenizer,
        image_processor=image_processor,
        name=name or type(model).__name__,
        num_frames=num_frames,
        spec=spec,
    )


def describe_module(model: nn.Module, recipe: Recipe) -> HostSpec:
    """The description that the rest of finsta reads, made of a recipe.

    Raises:
        HostError: as `module_host`.
    """
    places = {"visual tokens": recipe.visual, "text tokens": recipe.text, "fused tokens": recipe.fused}
    reads = {what: place.module for what, place in places.items() if place is not None}
    for module in reads.values():
        find_submodule(model, module)
    for function, place, half in (("encode_text", recipe.text, "text"), ("encode_pairs", recipe.fused, "fused")):
        if (getattr(recipe, function) is None) != (place is None):
            raise HostError(f"a recipe has {function} and {half} together, or neither; one of them is missing")
    has_text, has_pairs = recipe.encode_text is not None, recipe.encode_pairs is not None
    family: Family = "fusion encoder" if has_pairs else "dual encoder" if has_text else "video encoder"
    return HostSpec(
        title=recipe.title,
        family=family,
        reads=lambda model: reads,
        encode_video=_video_encoder(recipe),
        encode_text=_text_encoder(recipe) if has_text else None,
        encode_pairs=_pair_encoder(recipe) if has_pairs else None,
        similarity=(recipe.similarity or _cosine(recipe)) if has_text else None,
        project_visual=recipe.project_visual,
        project_text=recipe.project_text,
        temperature=_temperature(recipe) if has_text else None,
        loss=recipe.loss if has_text or has_pairs else "none",
        fixed_frames=lambda config: recipe.fixed_frames,
        text_length=lambda config: recipe.text_length,
        save=recipe.save,
    )


class PlainTokenizer:
    """A function from texts to ids, as research code has it, in the form that hosts ask for.

    Args:
        tokenize: Texts → ids ``[texts, length]``, as ``open_clip.tokenize`` gives them.
        padding: The id that fills up; what follows the last other id is padding.
    """

    is_fast = False
    """It does not say where tokens stand in the text, so tokens of texts are not taught."""

    def __init__(self, tokenize: Callable[[list[str]], Int[Tensor, "texts length"]], *, padding: int = 0) -> None:
        self.tokenize = tokenize
        self.padding = padding

    def __call__(self, texts: Sequence[str], **settings: Any) -> Any:
        """``input_ids`` and ``attention_mask``; the function pads and cuts off as it does."""
        from transformers import BatchEncoding

        ids = self.tokenize(list(texts)).long()
        real = (ids != self.padding).long()
        mask = real.flip(1).cummax(1).values.flip(1)  # padding between words counts as read
        return BatchEncoding({"input_ids": ids, "attention_mask": mask})


def _video_encoder(recipe: Recipe) -> Callable[[Any, Tensor], VideoEncoding]:
    def encode(model: Any, pixels: Float[Tensor, "videos frames 3 height width"]) -> VideoEncoding:
        pooled, tokens = _call(model, recipe.visual, lambda: recipe.encode_video(model, pixels))
        videos, frames = pixels.shape[:2]
        patches = recipe.grid[0] * recipe.grid[1]
        if tokens.shape[0] not in (videos, videos * frames) or not patches or tokens.shape[1] % patches:
            raise HostError(
                f"{recipe.visual.module}: expected {videos} or {videos * frames} rows of tokens, a multiple of the "
                f"{recipe.grid[0]} × {recipe.grid[1]} patches of a frame each; found {list(tokens.shape)} once leading "
                "and trailing tokens are left out; mend order, leading, trailing or grid"
            )
        return VideoEncoding(
            pooled=PooledVideo(embedding=unit(pooled)),
            tokens=tokens.reshape(videos, -1, patches, tokens.shape[-1]),
            grid=recipe.grid,
        )

    return encode


def _text_encoder(recipe: Recipe) -> Callable[[Any, Mapping[str, Tensor]], TextEncoding]:
    def encode(model: Any, tokens: Mapping[str, Tensor]) -> TextEncoding:
        assert recipe.text is not None
        assert recipe.encode_text is not None
        run = recipe.encode_text
        pooled, states = _call(model, recipe.text, lambda: run(model, tokens))
        return TextEncoding(
            pooled=PooledText(embedding=unit(pooled), features=pooled),
            tokens=_as_many(states, tokens, recipe.text),
            mask=tokens["attention_mask"].bool(),
        )

    return encode


def _pair_encoder(recipe: Recipe) -> Callable[[Any, Tensor, Mapping[str, Tensor]], FusedEncoding]:
    def encode(model: Any, pixels: Tensor, tokens: Mapping[str, Tensor]) -> FusedEncoding:
        assert recipe.fused is not None
        assert recipe.encode_pairs is not None
        run = recipe.encode_pairs
        pooled, states = _call(model, recipe.fused, lambda: run(model, pixels, tokens))
        return FusedEncoding(
            tokens=_as_many(states, tokens, recipe.fused),
            mask=tokens["attention_mask"].bool(),
            pooled=pooled,
            match=None if recipe.match is None else recipe.match(model, pooled),
        )

    return encode


def _call(model: nn.Module, place: TokensAt, run: Callable[[], Tensor]) -> tuple[Tensor, Tensor]:
    """What a call gives, and the tokens ``[batch, tokens, width]`` that a module puts out meanwhile."""
    with capture(model, place.module) as seen:
        pooled = run()
    if place.module not in seen:
        raise HostError(f"{place.module}: was not called; name a module that runs, or call it in the recipe's function")
    tokens = (place.take or _tensor)(seen[place.module])
    if tokens.ndim != 3:
        raise HostError(
            f"{place.module}: expected tokens [batch, tokens, width], found {list(tokens.shape)}; name another module, "
            "or give `take` a function that makes them"
        )
    tokens = tokens if place.order == "batch first" else tokens.transpose(0, 1)
    return pooled, tokens[:, place.leading : tokens.shape[1] - place.trailing]


def _as_many(states: Tensor, tokens: Mapping[str, Tensor], place: TokensAt) -> Tensor:
    if states.shape[:2] != tokens["input_ids"].shape:
        raise HostError(
            f"{place.module}: expected as many states as tokens, {list(tokens['input_ids'].shape)}; found "
            f"{list(states.shape[:2])}; mend order, leading or trailing"
        )
    return states


def _tensor(output: Any) -> Tensor:
    found = getattr(output, "last_hidden_state", output[0] if isinstance(output, tuple | list) else output)
    if not isinstance(found, Tensor):
        raise HostError(f"expected a tensor, found a {type(output).__name__}; give `take` a function that finds it")
    return found


def _temperature(recipe: Recipe) -> Callable[[Any], Tensor]:
    given = recipe.temperature
    if callable(given):
        return given
    return lambda model: torch.tensor(given, device=next(model.parameters()).device)


def _cosine(recipe: Recipe) -> Callable[[Any, PooledText, PooledVideo], Tensor]:
    temperature = _temperature(recipe)
    return lambda model, text, video: text.embedding @ video.embedding.T / temperature(model)

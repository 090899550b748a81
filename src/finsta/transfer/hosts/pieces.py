"""Pieces that families of hosts share."""

from collections.abc import Mapping
from typing import Any

from torch.nn import functional

from finsta.errors import HostError
from finsta.shapes import Float, Tensor
from finsta.transfer.capture import capture
from finsta.transfer.hosts.encodings import PooledText, PooledVideo, TextEncoding


def encode_text(model: Any, tokens: Mapping[str, Tensor]) -> TextEncoding:
    """Run texts through ``model.get_text_features``, keeping the hidden states of its text tower."""
    mask = tokens["attention_mask"]
    with capture(model, "text_model") as seen:
        features = pooled(model.get_text_features(input_ids=tokens["input_ids"], attention_mask=mask))
    return TextEncoding(
        pooled=PooledText(embedding=unit(features), features=features),
        tokens=seen["text_model"].last_hidden_state,
        mask=mask.bool(),
    )


def project_text(model: Any, tokens: Float[Tensor, "*items width"]) -> Float[Tensor, "*items dim"]:
    """Each text token through the text tower's own projection, as its end-of-text token goes."""
    projected: Tensor = model.text_projection(tokens)
    return projected


def project_visual(model: Any, tokens: Float[Tensor, "*items width"]) -> Float[Tensor, "*items dim"]:
    """Each patch token through layer norm and projection of the vision tower, as its class token goes."""
    projected: Tensor = model.visual_projection(model.vision_model.post_layernorm(tokens))
    return projected


def pooled(output: Any) -> Tensor:
    """Of the answer of a ``get_…_features`` method: the tensor itself, or the projected output inside."""
    features: Tensor = output if isinstance(output, Tensor) else output.pooler_output
    return features


def patch_grid(vision_config: Any) -> tuple[int, int]:
    """Rows and columns of patches that the vision tower cuts a frame into."""
    height, width = sides(vision_config.image_size)
    patch_height, patch_width = sides(vision_config.patch_size)
    return height // patch_height, width // patch_width


def tubelet_grid(config: Any) -> tuple[int, int]:
    """Rows and columns of tubelets, of ``tubelet_size`` frames × rows × columns, that a clip is cut into."""
    (height, width), (_, tubelet_height, tubelet_width) = sides(config.image_size), config.tubelet_size
    return height // tubelet_height, width // tubelet_width


def by_step(
    states: Float[Tensor, "videos tokens width"], grid: tuple[int, int]
) -> Float[Tensor, "videos steps patches width"]:
    """Tokens that lie step after step, row by row, without class token, as one row of patches for each step."""
    steps: Tensor = states.unflatten(1, (-1, grid[0] * grid[1]))
    return steps


def part_of_base(model: Any, part: str) -> str:
    """Dotted name of a part of the base model, which may be the model itself or one that a head is set upon."""
    return part if model.base_model is model else f"{model.base_model_prefix}.{part}"


def sides(size: int | list[int] | tuple[int, int]) -> tuple[int, int]:
    """Height and width from a config entry that gives one number for a square."""
    return (size, size) if isinstance(size, int) else (size[0], size[1])


def unit(vectors: Float[Tensor, "*items dim"]) -> Float[Tensor, "*items dim"]:
    """Vectors of length one; zero stays zero."""
    return functional.normalize(vectors, dim=-1)


def scaled_cosines(model: Any, text: PooledText, video: PooledVideo) -> Float[Tensor, "texts videos"]:
    """Cosine of text and video times the model's own scale; for one frame of CLIP it is its ``logits_per_text``."""
    logits: Tensor = model.logit_scale.exp() * (text.embedding @ video.embedding.T)
    return logits


def scale_temperature(model: Any) -> Float[Tensor, ""]:
    """The inverse of the model's learned logit scale."""
    temperature: Tensor = 1 / model.logit_scale.exp().squeeze()  # some keep it as a vector of one
    return temperature


def vision_size(config: Any) -> tuple[int, int]:
    """Height and width of the frames that a vision tower with positions of its own reads."""
    return sides(config.vision_config.image_size)


def text_positions(config: Any) -> int:
    """Positions of the text tower."""
    return int(config.text_config.max_position_embeddings)


def check_vocabulary(tokenizer: Any, config: Any, name: str) -> None:
    """A tokenizer of another model gives no error later, only nonsense; so it is held against the text tower here.

    Raises:
        HostError: if it has tokens that the tower has not, or hardly any.
    """
    known = getattr(config, "text_config", config).vocab_size
    size = max(tokenizer.get_vocab().values(), default=-1) + 1
    if not 3 < size <= known:
        raise HostError(f"{name}: its text tower has {known} tokens, its tokenizer {size}; they must fit")


def check_end_of_text(tokenizer: Any, config: Any, name: str) -> None:
    """A tokenizer whose texts end otherwise than the tower expects would make it pool at any place.

    Raises:
        HostError: if the vocabularies differ in size, or texts end with another token than the tower pools at.
    """
    check_vocabulary(tokenizer, config, name)
    tower = config.text_config
    # 2 is the mark of checkpoints whose tower pools at the largest id, whatever it is.
    if tower.eos_token_id not in (2, tokenizer("a")["input_ids"][-1]):
        raise HostError(
            f"{name}: its text tower pools at token {tower.eos_token_id}, but its tokenizer ends texts with "
            f"{tokenizer('a')['input_ids'][-1]}; make eos_token_id of text_config and the tokenizer agree"
        )

"""What finsta must know about one family of hosts, and the pieces that the families share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from torch.nn import functional

from finsta.shapes import Float, Tensor
from finsta.transfer.capture import capture
from finsta.transfer.hosts.encodings import PooledText, PooledVideo, TextEncoding, VideoEncoding

if TYPE_CHECKING:
    from transformers import PretrainedConfig


@dataclass(frozen=True, kw_only=True)
class HostSpecification:
    """How one family of hosts is reached: functions of its model, which is never changed.

    Attributes:
        title: One line for people.
        processor: Class of `transformers` that bundles tokenizer and image processor of this family.
        fixed_frames: Frames that the weights are made for, from the config; None where any number will do.
        encode_video: (model, pixels ``[videos, frames, 3, height, width]``) → `VideoEncoding`.
        similarity: (model, `PooledText`, `PooledVideo`) → logits ``[texts, videos]``.
        project_visual: (model, visual tokens ``[..., width]``) → joint space ``[..., dim]``, not normalised.
        project_text: (model, text tokens ``[..., width]``) → joint space ``[..., dim]``, not normalised.
    """

    title: str
    processor: str
    fixed_frames: Callable[["PretrainedConfig"], int | None]
    encode_video: Callable[[Any, Tensor], VideoEncoding]
    similarity: Callable[[Any, PooledText, PooledVideo], Tensor]
    project_visual: Callable[[Any, Tensor], Tensor]
    project_text: Callable[[Any, Tensor], Tensor]


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


def sides(size: int | list[int] | tuple[int, int]) -> tuple[int, int]:
    """Height and width from a config entry that gives one number for a square."""
    return (size, size) if isinstance(size, int) else (size[0], size[1])


def unit(vectors: Float[Tensor, "*items dim"]) -> Float[Tensor, "*items dim"]:
    """Vectors of length one; zero stays zero."""
    return functional.normalize(vectors, dim=-1)

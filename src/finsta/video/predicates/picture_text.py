"""Models that compare pictures with sentences, as zero-shot predicates need them."""

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch

from finsta.errors import InputError
from finsta.quiet import quiet
from finsta.shapes import Array, Float, Tensor
from finsta.video.region_encoders.pictures import Picture


@runtime_checkable
class PictureTextModel(Protocol):
    """Compares pictures with sentences.

    Attributes:
        name: For reports.
    """

    name: str

    def similarity(self, images: Sequence[Picture], texts: Sequence[str]) -> Float[Array, "images texts"]:
        """Scaled cosines: differences are log-odds by the model's own lights."""
        ...


class ClipModel:
    """A dual encoder of ``transformers``: CLIP, SigLIP and their like.

    Args:
        model: With ``get_text_features``, ``get_image_features`` and ``logit_scale``.
        processor: Of text and pictures.
        name: For reports.
    """

    def __init__(self, model: Any, processor: Any, *, name: str) -> None:
        self.model, self.processor, self.name = model.eval(), processor, name
        self._texts: dict[str, Tensor] = {}

    @torch.inference_mode()
    def similarity(self, images: Sequence[Picture], texts: Sequence[str]) -> Float[Array, "images texts"]:
        """See :class:`PictureTextModel`; sentences are remembered."""
        new = [text for text in dict.fromkeys(texts) if text not in self._texts]
        if new:
            batch = self.processor(text=new, padding=True, truncation=True, return_tensors="pt").to(self.model.device)
            features = _pooled(self.model.get_text_features(**batch))
            self._texts.update(zip(new, features, strict=True))
        batch = self.processor(images=list(images), input_data_format="channels_last", return_tensors="pt")
        pictures = _pooled(self.model.get_image_features(pixel_values=batch["pixel_values"].to(self.model.device)))
        scores = self.model.logit_scale.exp() * pictures @ torch.stack([self._texts[text] for text in texts]).T
        return np.asarray(scores.float().cpu().numpy())


def _pooled(output: Any) -> Float[Tensor, "items dim"]:
    features = output if isinstance(output, Tensor) else output.pooler_output
    return torch.nn.functional.normalize(features, dim=-1)


def open_picture_text_model(spec: str) -> ClipModel:
    """Open a model by name.

    Args:
        spec: ``hf:`` and a hub id or a folder of a CLIP-like model with its processor.

    Raises:
        InputError: if there is no such model.
    """
    kind, _, source = spec.partition(":")
    if kind != "hf" or not source:
        raise InputError(f"predicate model {spec!r}: expected hf:HUB_ID_OR_FOLDER of a CLIP-like model; give one")
    from transformers import AutoModel, AutoProcessor

    try:
        with quiet():
            model, processor = AutoModel.from_pretrained(source), AutoProcessor.from_pretrained(source)
        for part in ("get_text_features", "get_image_features", "logit_scale"):
            if not hasattr(model, part):
                raise ValueError(f"{type(model).__name__} has no {part}")
    except (OSError, ValueError, KeyError, RuntimeError, ImportError) as error:
        said = " ".join(str(error).split())[:300]
        raise InputError(
            f"{spec}: expected a folder or hub id of a CLIP-like model (CLIP, SigLIP) with its processor, found none "
            f"that can be used: {said}"
        ) from error
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return ClipModel(model.to(device), processor, name=spec)

"""Vision models of ``transformers`` as region encoders: each region is cut out and seen by itself."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from finsta.errors import InputError
from finsta.quiet import quiet
from finsta.shapes import Array, Float
from finsta.video.region_encoders.pictures import Picture, crop
from finsta.video.region_encoders.pooling import unit_rows


class HuggingFaceEncoder:
    """Crops through a vision model: the projected embedding of CLIP and SigLIP, else the pooled or the first token.

    Crops and not a map: these models see one object a picture in training, and their tokens mix all that is in it.

    Args:
        model: Takes ``pixel_values``.
        processor: Its image processor.
        name: For reports.
        batch_size: Crops that go through the network at once.
    """

    def __init__(self, model: Any, processor: Any, *, name: str, batch_size: int = 32) -> None:
        self.model, self.processor, self.name, self.batch_size = model.eval(), processor, name, batch_size
        self.dim = self._forward([np.zeros((32, 32, 3), np.uint8)]).shape[1]

    @classmethod
    def load(cls, source: str, *, device: str = "cpu") -> "HuggingFaceEncoder":
        """From a folder or the hub.

        Raises:
            InputError: if there is no vision model.
        """
        from transformers import AutoImageProcessor, AutoModel

        folder = Path(source)
        try:
            if folder.exists() and not (folder / "config.json").is_file():
                raise OSError("the folder holds no config.json")
            with quiet():
                model = AutoModel.from_pretrained(source).to(device)
                processor = AutoImageProcessor.from_pretrained(source, backend="pil")
            return cls(model, processor, name=f"hf:{source}")
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError, ImportError) as error:
            said = " ".join(str(error).split())[:300]
            raise InputError(
                f"hf:{source}: expected a folder or hub id of a vision model of transformers with its image processor "
                f"(CLIP, SigLIP, DINOv2), found none that can be used: {said}"
            ) from error

    def encode(self, images: Sequence[Picture], boxes: Sequence[Float[Array, "_ 4"]]) -> list[Float[Array, "_ dim"]]:
        """See :class:`finsta.video.region_encoders.RegionEncoder`."""
        crops = [crop(image, box) for image, given in zip(images, boxes, strict=True) for box in given]
        rows = [
            self._forward(crops[start : start + self.batch_size]) for start in range(0, len(crops), self.batch_size)
        ]
        stacked = np.concatenate(rows) if rows else np.zeros((0, self.dim), np.float32)
        ends = np.cumsum([len(given) for given in boxes])[:-1].tolist() if len(boxes) else []
        return list(np.split(stacked, ends)) if len(boxes) else []

    @torch.inference_mode()
    def _forward(self, crops: Sequence[Picture]) -> Float[Array, "crops dim"]:
        inputs = self.processor(images=list(crops), return_tensors="pt", input_data_format="channels_last")
        pixels = inputs["pixel_values"].to(self.model.device)
        if hasattr(self.model, "get_image_features"):
            output = self.model.get_image_features(pixel_values=pixels)
        else:
            output = self.model(pixel_values=pixels)
        pooled = getattr(output, "pooler_output", None)
        features = output.last_hidden_state[:, 0] if pooled is None else pooled.flatten(1)
        return unit_rows(features.float().cpu().numpy())

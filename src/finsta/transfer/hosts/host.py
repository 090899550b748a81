"""A host: a model with its tokenizer and image processor, and the few things that finsta asks of them."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.nn import functional

from finsta.errors import HostError
from finsta.shapes import Array, Float, Image, Int, Tensor, UInt8
from finsta.transfer.hosts.encodings import HostOutput, PooledText, PooledVideo, TextEncoding, VideoEncoding
from finsta.transfer.hosts.saving import ModelCard, save_host
from finsta.transfer.hosts.specification import HostSpecification, encode_text
from finsta.transfer.hosts.table import HOSTS

if TYPE_CHECKING:
    from transformers import BatchEncoding

DEFAULT_FRAMES = 8
"""Frames read of a clip where the weights do not fix their number."""


class Host:
    """A video-language model seen from outside; its class, parameters and config stay as they are.

    Everything runs on the model's device and in the mode (train or eval) that the model is in; gradients flow.

    Args:
        model: A model of a family in `HOSTS`.
        tokenizer: The model's tokenizer.
        image_processor: The model's image processor.
        name: What to call it: the folder or hub id that it came from.
        num_frames: Frames to read of a clip. None takes what the weights are made for, or 8 where they are free.

    Raises:
        HostError: if the family is unknown, or the weights are made for another number of frames.
    """

    def __init__(
        self, *, model: Any, tokenizer: Any, image_processor: Any, name: str, num_frames: int | None = None
    ) -> None:
        self.model = model
        self.tokenizer = tokenizer
        self.image_processor = image_processor
        self.name = name
        self.specification = specification_of(model.config.model_type, name)
        self.num_frames = _frames(self.specification, model.config, num_frames, name)

    @property
    def device(self) -> torch.device:
        """Where the model is."""
        device: torch.device = next(self.model.parameters()).device
        return device

    @property
    def geometry(self) -> str:
        """Resizing and cropping of frames, as JSON: `prepare` of two hosts gives the same where this is the same."""
        settings = self.image_processor.to_dict()
        names = ("image_processor_type", "do_resize", "size", "resample", "do_center_crop", "crop_size")
        return json.dumps({name: settings.get(name) for name in names}, sort_keys=True, default=str)

    def prepare(self, images: Sequence[Image]) -> UInt8[Array, "frames host_height host_width 3"]:
        """Frames resized and cropped as the model wants them, still bytes: what is worth keeping in a cache."""
        batch = self.image_processor(
            list(images), do_rescale=False, do_normalize=False, input_data_format="channels_last", return_tensors="np"
        )
        frames = np.asarray(batch["pixel_values"])  # image processors of videos add a leading dimension
        frames = frames.reshape(len(images), *frames.shape[-3:]).transpose(0, 2, 3, 1)
        return np.ascontiguousarray(frames.round().astype(np.uint8))

    def normalise(
        self, frames: UInt8[Array | Tensor, "*clips height width 3"]
    ) -> Float[Tensor, "*clips 3 height width"]:
        """Prepared frames as the numbers that the model reads, by the image processor's scale, mean and deviation."""
        processor = self.image_processor
        pixels = torch.as_tensor(np.array(frames) if isinstance(frames, np.ndarray) else frames).to(torch.float32)
        if processor.do_rescale:
            pixels = pixels * processor.rescale_factor
        if processor.do_normalize:
            mean, deviation = (pixels.new_tensor(values) for values in (processor.image_mean, processor.image_std))
            pixels = (pixels - mean) / deviation
        return pixels.movedim(-1, -3).contiguous()

    def pixels(self, images: Sequence[Image]) -> Float[Tensor, "frames 3 host_height host_width"]:
        """One clip, already sampled, as the model reads it: what the image processor itself gives, to rounding."""
        return self.normalise(self.prepare(images))

    def tokens(self, texts: Sequence[str]) -> "BatchEncoding":
        """``input_ids`` and ``attention_mask``, padded to the longest; longer than the text tower reads is cut off."""
        encoding: BatchEncoding = self.tokenizer(
            list(texts),
            padding=True,
            truncation=True,
            max_length=self.model.config.text_config.max_position_embeddings,
            return_tensors="pt",
        )
        return encoding

    def forward(
        self,
        pixel_values: Float[Tensor, "videos frames 3 height width"],
        input_ids: Int[Tensor, "texts length"],
        attention_mask: Int[Tensor, "texts length"],
    ) -> HostOutput:
        """One batch of pairs, text i describing video i.

        Raises:
            HostError: if there are more texts than videos or fewer, or the clips have another length than the weights.
        """
        if len(pixel_values) != len(input_ids):
            raise HostError(f"expected as many texts as videos, found {len(input_ids)} and {len(pixel_values)}")
        text = self.encode_text({"input_ids": input_ids, "attention_mask": attention_mask})
        video = self.encode_video(pixel_values)
        similarity = self.similarity(text.pooled, video.pooled)
        return HostOutput(text=text, video=video, similarity=similarity, loss=contrastive_loss(similarity))

    def encode_text(self, tokens: Mapping[str, Tensor]) -> TextEncoding:
        """Texts through the text tower; ``tokens`` as `tokens` gives them."""
        return encode_text(self.model, {name: tokens[name].to(self.device) for name in ("input_ids", "attention_mask")})

    def encode_video(self, pixels: Float[Tensor, "videos frames 3 height width"]) -> VideoEncoding:
        """Clips through the vision tower.

        Raises:
            HostError: if the weights are made for another number of frames.
        """
        _frames(self.specification, self.model.config, pixels.shape[1], self.name)
        return self.specification.encode_video(self.model, pixels.to(self.device))

    def text_embeddings(self, tokens: Mapping[str, Tensor]) -> Float[Tensor, "texts dim"]:
        """Texts in the joint space, of length one."""
        return self.encode_text(tokens).pooled.embedding

    def video_embeddings(self, pixels: Float[Tensor, "videos frames 3 height width"]) -> Float[Tensor, "videos dim"]:
        """Clips in the joint space, of length one."""
        return self.encode_video(pixels).pooled.embedding

    def similarity(self, text: PooledText, video: PooledVideo) -> Float[Tensor, "texts videos"]:
        """The host's own logits of every text for every video, its logit scale included."""
        return self.specification.similarity(self.model, text, video)

    def project_visual(self, tokens: Float[Tensor, "*items width"]) -> Float[Tensor, "*items dim"]:
        """Visual tokens, single or pooled, through the host's own head into the joint space; not normalised.

        CLIP and X-CLIP: layer norm and projection of the class token. X-CLIP's multi-frame integration is left out:
        it needs a full clip, and adds to what is given here.
        """
        return self.specification.project_visual(self.model, tokens)

    def project_text(self, tokens: Float[Tensor, "*items width"]) -> Float[Tensor, "*items dim"]:
        """Text tokens, single or pooled, through the host's own head into the joint space; not normalised."""
        return self.specification.project_text(self.model, tokens)

    def save(self, folder: str | Path, *, card: ModelCard | None = None) -> None:
        """Write a plain checkpoint that bare `transformers` loads: safetensors, tokenizer, processor, README.md.

        The folder appears whole or not at all.

        Raises:
            OutputError: if it exists and is not empty, or cannot be written.
        """
        save_host(self, Path(folder), card or ModelCard())


def contrastive_loss(similarity: Float[Tensor, "batch batch"]) -> Float[Tensor, ""]:
    """Symmetric cross-entropy over a batch of pairs: InfoNCE both ways, what CLIP and X-CLIP were trained with.

    1. Pulled together: text i and video i.
    2. Pushed apart: text i and the other videos; video i and the other texts.

    Uniform similarities give log B, for B pairs.
    """
    pairs = torch.arange(len(similarity), device=similarity.device)
    return (functional.cross_entropy(similarity, pairs) + functional.cross_entropy(similarity.T, pairs)) / 2


def specification_of(model_type: str | None, name: str) -> HostSpecification:
    """The table's entry for a ``model_type``.

    Raises:
        HostError: if there is none.
    """
    if model_type not in HOSTS:
        known = ", ".join(sorted(HOSTS))
        raise HostError(
            f"{name}: expected a host of model_type {known}; found {model_type!r}, which finsta does not know"
        )
    return HOSTS[model_type]


def _frames(specification: HostSpecification, config: Any, wanted: int | None, name: str) -> int:
    """How many frames to read of a clip, held against what the weights allow."""
    fixed = specification.fixed_frames(config)
    if wanted is not None and (wanted < 1 or (fixed is not None and wanted != fixed)):
        allowed = "at least 1 frame" if fixed is None else f"exactly {fixed} frames, for which the weights are made"
        raise HostError(f"{name}: expected {allowed}, found {wanted}; leave num_frames out to take what fits")
    return wanted or fixed or DEFAULT_FRAMES

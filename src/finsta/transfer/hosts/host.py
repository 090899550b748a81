"""A host: a model with its tokenizer and image processor, and the few things that finsta asks of them."""

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from finsta.errors import HostError
from finsta.shapes import Array, Float, Image, Int, Tensor, UInt8
from finsta.transfer.hosts.contrast import contrastive_loss
from finsta.transfer.hosts.encodings import (
    FusedEncoding,
    HostOutput,
    PooledText,
    PooledVideo,
    TextEncoding,
    VideoEncoding,
)
from finsta.transfer.hosts.lookup import spec_of
from finsta.transfer.hosts.saving import ModelCard, save_host
from finsta.transfer.hosts.spec import Capabilities, HostSpec, LanguageSpec, Widths

if TYPE_CHECKING:
    from transformers import BatchEncoding

DEFAULT_FRAMES = 8
"""Frames read of a clip where the weights do not fix their number."""

GEOMETRY = ("image_processor_type", "do_resize", "size", "resample", "do_center_crop", "crop_size")
FURTHER_GEOMETRY = (
    "patch_size", "max_num_patches", "min_pixels", "max_pixels", "merge_size", "do_pad", "pad_size", "max_image_size",
)  # fmt: skip
"""Settings of image processors that decide what becomes of a frame; the further ones count where they are there."""


class Host:
    """A video-language model seen from outside; its class, parameters and config stay as they are.

    Everything runs on the model's device and in the mode (train or eval) that the model is in; gradients flow. A host
    that lacks what it is asked for says so; `capabilities` tells beforehand.

    Args:
        model: A model of a family in `HOSTS`, or any module with a ``spec`` of its own.
        tokenizer: The model's tokenizer; None for a video encoder.
        image_processor: The model's image processor.
        name: What to call it: the folder or hub id that it came from.
        num_frames: Frames to read of a clip. None takes what the weights are made for, or 8 where they are free.
        spec: How the model is reached; None looks it up by the ``model_type`` of its config.
        processor: The bundle that tokenizer and image processor came in, to be saved as it came.

    Raises:
        HostError: if the family is unknown, or the weights are made for another number of frames.
    """

    def __init__(
        self,
        *,
        model: Any,
        tokenizer: Any,
        image_processor: Any,
        name: str,
        num_frames: int | None = None,
        spec: HostSpec | None = None,
        processor: Any = None,
    ) -> None:
        self.model = model
        self.tokenizer = tokenizer
        self.image_processor = image_processor
        self.processor = processor
        self.name = name
        self.config: Any = getattr(model, "config", None)
        spec = spec or spec_of(getattr(self.config, "model_type", None), name)
        self.spec = spec.of_class(type(model).__name__)
        self.num_frames = _frames(self.spec, self.config, num_frames, name)

    @property
    def capabilities(self) -> Capabilities:
        """What the host has."""
        return self.spec.capabilities

    @cached_property
    def widths(self) -> Widths:
        """Of what the host puts out, found by reading a black clip and a word once."""
        training = self.model.training
        self.model.eval()
        try:
            with torch.no_grad():
                pixels = self.blank_pixels()
                video, has = self.encode_video(pixels), self.capabilities
                text = self.encode_text(self.tokens(["a"])) if has.text else None
                fused = self.encode_pairs(pixels, self.tokens(["a"])) if has.cross_modal else None
        finally:
            self.model.train(training)
        return Widths(
            text=text.tokens.shape[-1] if text else 0,
            visual=video.tokens.shape[-1],
            fused=fused.tokens.shape[-1] if fused else 0,
            pooled_text=text.pooled.embedding.shape[-1] if text else 0,
            pooled_video=video.pooled.embedding.shape[-1],
            pooled_fused=fused.pooled.shape[-1] if fused else 0,
        )

    @property
    def temperature(self) -> Float[Tensor, ""] | None:
        """Of the host's own similarities; None where it has none."""
        return self.spec.temperature(self.model) if self.spec.temperature is not None else None

    @property
    def device(self) -> torch.device:
        """Where the model is."""
        device: torch.device = next(self.model.parameters()).device
        return device

    @property
    def geometry(self) -> str:
        """Resizing and cropping of frames, as JSON: `prepare` of two hosts gives the same where this is the same."""
        settings = self.image_processor.to_dict()
        chosen = {name: settings.get(name) for name in GEOMETRY}
        chosen |= {name: settings[name] for name in FURTHER_GEOMETRY if settings.get(name) is not None}
        return json.dumps(chosen, sort_keys=True, default=str)

    def prepare(self, images: Sequence[Image]) -> UInt8[Array, "frames host_height host_width 3"]:
        """Frames resized and cropped as the model wants them, still bytes: what is worth keeping in a cache."""
        if self.spec.prepare is not None:
            return self.spec.prepare(self.image_processor, images)
        unscaled = {"do_rescale": False, "do_normalize": False, "input_data_format": "channels_last"}
        if hasattr(self.image_processor, "offset"):  # ViViT's, which is taken off what is rescaled
            unscaled["offset"] = False
        batch = self.image_processor(list(images), **unscaled, return_tensors="np")
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
            pixels = pixels * processor.rescale_factor - (1 if getattr(processor, "offset", False) else 0)  # ViViT's
        if processor.do_normalize:
            mean, deviation = (pixels.new_tensor(values) for values in (processor.image_mean, processor.image_std))
            pixels = (pixels - mean) / deviation
        return pixels.movedim(-1, -3).contiguous()

    def blank_pixels(self) -> Float[Tensor, "1 frames 3 host_height host_width"]:
        """One black clip as the model reads it: for passes that only ask what a model is like."""
        return self.pixels([np.zeros((48, 64, 3), np.uint8)] * self.num_frames)[None]

    def pixels(self, images: Sequence[Image]) -> Float[Tensor, "frames 3 host_height host_width"]:
        """One clip, already sampled, as the model reads it: what the image processor itself gives, to rounding."""
        return self.normalise(self.prepare(images))

    def tokens(self, texts: Sequence[str]) -> "BatchEncoding":
        """``input_ids`` and ``attention_mask``, padded to the longest; longer than the text tower reads is cut off.

        Where the tower was trained on texts of one length (SigLIP), they are padded to that.
        """
        if self.tokenizer is None:
            raise self._lacks("a tokenizer")
        encoding: BatchEncoding = self.tokenizer(
            list(texts),
            padding="max_length" if self.spec.pads_to_length else True,
            truncation=True,
            max_length=self.spec.text_length(self.config),
            return_attention_mask=True,
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
        if self.spec.encode_text is None:
            raise self._lacks("a text encoder")
        return self.spec.encode_text(self.model, self._here(tokens))

    def encode_video(self, pixels: Float[Tensor, "videos frames 3 height width"]) -> VideoEncoding:
        """Clips through the vision tower.

        Raises:
            HostError: if the weights are made for another number of frames.
        """
        _frames(self.spec, self.config, pixels.shape[1], self.name)
        return self.spec.encode_video(self.model, pixels.to(self.device))

    def encode_pairs(
        self, pixels: Float[Tensor, "pairs frames 3 height width"], tokens: Mapping[str, Tensor]
    ) -> FusedEncoding:
        """Text i together with video i through the cross-modal encoder.

        Raises:
            HostError: if the host has none, or the weights are made for another number of frames.
        """
        if self.spec.encode_pairs is None:
            raise self._lacks("a cross-modal encoder")
        _frames(self.spec, self.config, pixels.shape[1], self.name)
        read = self._here(tokens)
        if self.spec.preamble is not None:
            read["preamble"] = self.spec.preamble(self.model, self.tokenizer, pixels).to(self.device)
        return self.spec.encode_pairs(self.model, pixels.to(self.device), read)

    def log_likelihood(
        self, pixels: Float[Tensor, "texts frames 3 height width"], prompts: Sequence[str], answers: Sequence[str]
    ) -> Float[Tensor, " texts"]:
        """Mean log-probability of the tokens of answer i, after prompt i and video i; an empty prompt for a caption.

        Raises:
            HostError: if the host does not write, or clips, prompts and answers do not fit it or each other.
        """
        language = self._language(pixels, prompts, answers)
        return language.log_likelihood(self.model, self.tokenizer, pixels.to(self.device), prompts, answers)

    def generate(
        self,
        pixels: Float[Tensor, "texts frames 3 height width"],
        prompts: Sequence[str],
        *,
        max_new_tokens: int = 32,
        beams: int = 1,
    ) -> list[str]:
        """What the host writes of video i after prompt i, the prompt left out; an empty prompt asks for a caption.

        Raises:
            HostError: if the host does not write, or is given clips or prompts that do not fit it or each other.
        """
        language = self._language(pixels, prompts)
        with torch.no_grad():
            return language.generate(self.model, self.tokenizer, pixels.to(self.device), prompts, max_new_tokens, beams)

    def text_embeddings(self, tokens: Mapping[str, Tensor]) -> Float[Tensor, "texts dim"]:
        """Texts in the joint space, of length one."""
        return self.encode_text(tokens).pooled.embedding

    def video_embeddings(self, pixels: Float[Tensor, "videos frames 3 height width"]) -> Float[Tensor, "videos dim"]:
        """Clips in the joint space, of length one."""
        return self.encode_video(pixels).pooled.embedding

    def similarity(self, text: PooledText, video: PooledVideo) -> Float[Tensor, "texts videos"]:
        """The host's own logits of every text for every video, its logit scale included."""
        if self.spec.similarity is None:
            raise self._lacks("a joint space of texts and videos")
        return self.spec.similarity(self.model, text, video)

    def project_visual(self, tokens: Float[Tensor, "*items width"]) -> Float[Tensor, "*items dim"]:
        """Visual tokens, single or pooled, through the host's own head into the joint space; not normalised.

        CLIP and X-CLIP: layer norm and projection of the class token. X-CLIP's multi-frame integration is left out:
        it needs a full clip, and adds to what is given here.
        """
        if self.spec.project_visual is None:
            raise self._lacks("a head from visual tokens into a joint space")
        return self.spec.project_visual(self.model, tokens)

    def project_text(self, tokens: Float[Tensor, "*items width"]) -> Float[Tensor, "*items dim"]:
        """Text tokens, single or pooled, through the host's own head into the joint space; not normalised."""
        if self.spec.project_text is None:
            raise self._lacks("a head from text tokens into a joint space")
        return self.spec.project_text(self.model, tokens)

    def save(self, folder: str | Path, *, card: ModelCard | None = None) -> None:
        """Write a plain checkpoint that bare `transformers` loads: safetensors, tokenizer, processor, README.md.

        The folder appears whole or not at all.

        Raises:
            OutputError: if it exists and is not empty, or cannot be written.
        """
        save_host(self, Path(folder), card or ModelCard())

    def _language(self, pixels: Tensor, *texts: Sequence[str]) -> LanguageSpec:
        """How the host writes, once it is sure that it does and that each clip has its texts."""
        if self.spec.language is None:
            raise self._lacks("a decoder of text")
        _frames(self.spec, self.config, pixels.shape[1], self.name)
        if any(len(each) != len(pixels) for each in texts):
            counts = " and ".join(str(len(each)) for each in texts)
            raise HostError(f"expected a prompt (and an answer) for each of {len(pixels)} clips, found {counts}")
        return self.spec.language

    def _here(self, tokens: Mapping[str, Tensor]) -> dict[str, Tensor]:
        return {name: tokens[name].to(self.device) for name in ("input_ids", "attention_mask")}

    def _lacks(self, what: str) -> HostError:
        return HostError(f"{self.name}: a {self.spec.family} ({self.spec.title}) has not {what}, which was asked for")


def _frames(spec: HostSpec, config: Any, wanted: int | None, name: str) -> int:
    """How many frames to read of a clip, held against what the weights allow."""
    fixed = spec.fixed_frames(config)
    if wanted is not None and (wanted < 1 or (fixed is not None and wanted != fixed)):
        allowed = "at least 1 frame" if fixed is None else f"exactly {fixed} frames, for which the weights are made"
        raise HostError(f"{name}: expected {allowed}, found {wanted}; leave num_frames out to take what fits")
    return wanted or fixed or DEFAULT_FRAMES

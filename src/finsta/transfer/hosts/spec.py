"""What finsta must know about one family of hosts: a row of the table of hosts, or the description of any module."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from finsta.shapes import Array, Image, Tensor, UInt8
from finsta.transfer.hosts.encodings import FusedEncoding, PooledText, PooledVideo, TextEncoding, VideoEncoding

if TYPE_CHECKING:
    from transformers import PretrainedConfig

Family = Literal["dual encoder", "video encoder", "fusion encoder", "generative", "video LLM"]

OwnLoss = Literal["contrastive", "sigmoid", "captioning", "matching", "none"]
"""What a host was trained with, in one word: InfoNCE over a batch, pairwise sigmoid, next word of the caption given the
video, pair or no pair; ``none`` where texts have no part in it."""


@dataclass(frozen=True, kw_only=True)
class LanguageSpec:
    """How a host that writes is asked.

    Attributes:
        log_likelihood: (model, tokenizer, pixels, prompts, answers) → ``[texts]``, the mean log-probability of the
            tokens of answer i after prompt i and video i; gradients flow. An empty prompt asks for a caption.
        generate: (model, tokenizer, pixels, prompts, max_new_tokens, beams) → what is written, without the prompt.
    """

    log_likelihood: Callable[[Any, Any, Tensor, Sequence[str], Sequence[str]], Tensor]
    generate: Callable[[Any, Any, Tensor, Sequence[str], int, int], list[str]]


@dataclass(frozen=True, kw_only=True)
class Capabilities:
    """What a host has; what it lacks is not transferred into.

    Attributes:
        text: A text encoder that reads without the video.
        video: A video encoder.
        cross_modal: An encoder that reads both.
        joint: A space in which texts and videos are compared.
        generates: Writes text.
    """

    text: bool
    video: bool
    cross_modal: bool
    joint: bool
    generates: bool


@dataclass(frozen=True, kw_only=True)
class Widths:
    """Widths of what a host puts out; 0 where it has no such thing."""

    text: int
    visual: int
    fused: int
    pooled_text: int
    pooled_video: int
    pooled_fused: int = 0


def _nothing_fixed(config: Any) -> None:
    """Any number will do."""


@dataclass(frozen=True, kw_only=True)
class HostSpec:
    """How one family of hosts is reached: functions of its model, which is never changed.

    A new family needs ``title``, ``family``, ``reads`` and ``encode_video``; every further function adds what the host
    can do. Pixels are ``[videos, frames, 3, height, width]``; tokens hold ``input_ids`` and ``attention_mask``.

    Attributes:
        title: One line for people.
        family: Which kind of host.
        classes: Classes of `transformers` whose checkpoints are read, the first where the config names none of them.
        variants: Descriptions of those classes that do other things than the first, by name of the class.
        processor: Class of `transformers` that bundles tokenizer and image processor; None: there is no bundle.
        processor_files: Whether the bundle's files are kept as they came instead, because its class needs torchvision.
        reads: model → what is read (``visual tokens``, ``text tokens``, ``fused tokens``) and the dotted name of the
            module that puts it out.
        encode_video: (model, pixels) → `VideoEncoding`.
        encode_text: (model, tokens) → `TextEncoding`; None: no text encoder.
        encode_pairs: (model, pixels, tokens) → `FusedEncoding` of text i with video i; None: no cross-modal encoder.
        preamble: (model, tokenizer, pixels) → ids ``[length]`` of what `encode_pairs` reads before each text; it finds
            them as ``preamble`` beside the tokens.
        similarity: (model, `PooledText`, `PooledVideo`) → logits ``[texts, videos]``; None: no joint space.
        project_visual: (model, visual tokens ``[..., width]``) → joint space ``[..., dim]``, not normalised.
        project_text: (model, text tokens ``[..., width]``) → joint space ``[..., dim]``, not normalised.
        temperature: model → the temperature of its similarities, the inverse of its logit scale.
        loss: The host's own objective.
        language: How it writes; None: it does not.
        fixed_frames: config → frames that the weights are made for; None where any number will do.
        frame_size: config → height and width that the vision tower reads; None where any will do.
        text_length: config → tokens that the text tower reads at most.
        pads_to_length: Whether every text is padded to ``text_length``, because the tower was trained so.
        check_tokenizer: (tokenizer, config, name) → raises where a tokenizer belongs to another model.
        image_processor: (folder or hub id) → the image processor, where `AutoImageProcessor` of `transformers` has none
            without torchvision; it has what `Host` asks of one (see `frame_processor.FrameProcessor`).
        save: (model, folder) → writes the weights, where the model is none of `transformers` and ``model.safetensors``
            will not do.
        prepare: (image processor, images) → bytes ``[frames, height, width, 3]``, where the image processor does not
            give frames as pictures.
    """

    title: str
    family: Family
    reads: Callable[[Any], Mapping[str, str]]
    encode_video: Callable[[Any, Tensor], VideoEncoding]
    classes: tuple[str, ...] = ()
    variants: Mapping[str, "HostSpec"] = field(default_factory=dict)
    processor: str | None = None
    processor_files: bool = False
    encode_text: Callable[[Any, Mapping[str, Tensor]], TextEncoding] | None = None
    encode_pairs: Callable[[Any, Tensor, Mapping[str, Tensor]], FusedEncoding] | None = None
    preamble: Callable[[Any, Any, Tensor], Tensor] | None = None
    similarity: Callable[[Any, PooledText, PooledVideo], Tensor] | None = None
    project_visual: Callable[[Any, Tensor], Tensor] | None = None
    project_text: Callable[[Any, Tensor], Tensor] | None = None
    temperature: Callable[[Any], Tensor] | None = None
    loss: OwnLoss = "none"
    language: LanguageSpec | None = None
    fixed_frames: Callable[["PretrainedConfig"], int | None] = _nothing_fixed
    frame_size: Callable[["PretrainedConfig"], tuple[int, int] | None] = _nothing_fixed
    text_length: Callable[["PretrainedConfig"], int | None] = _nothing_fixed
    pads_to_length: bool = False
    check_tokenizer: Callable[[Any, "PretrainedConfig", str], None] | None = None
    image_processor: Callable[[str], Any] | None = None
    save: Callable[[Any, Path], None] | None = None
    prepare: Callable[[Any, Sequence[Image]], UInt8[Array, "frames height width 3"]] | None = None

    def of_class(self, name: str) -> "HostSpec":
        """The description of one of the classes: its own where it does other things than the first."""
        return self.variants.get(name, self)

    @property
    def reads_text(self) -> bool:
        """Whether a tokenizer is needed."""
        return self.encode_text is not None or self.encode_pairs is not None or self.language is not None

    @property
    def capabilities(self) -> Capabilities:
        """What the functions that are there add up to."""
        return Capabilities(
            text=self.encode_text is not None,
            video=True,
            cross_modal=self.encode_pairs is not None,
            joint=self.similarity is not None,
            generates=self.language is not None,
        )

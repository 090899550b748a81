"""What differs between families of video LLMs; all else is shared."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from finsta.shapes import Array, Image, Tensor, UInt8


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How the tokens of a clip lie.

    Attributes:
        frames: Frames read.
        steps: Token steps: the frames, or half as many where two frames make one.
        rows: Of tokens in a step, from top to bottom.
        columns: Of tokens in a step, from left to right.
    """

    frames: int
    steps: int
    rows: int
    columns: int

    @property
    def patches(self) -> int:
        """Tokens in a step."""
        return self.rows * self.columns


@dataclass(frozen=True, kw_only=True)
class VideoLLM:
    """One family: a vision tower, a projector into the embedding space of a language model, and the language model.

    Attributes:
        title: One line for people.
        classes: Classes of `transformers` whose checkpoints are read.
        projector: Dotted name of the module that puts out the visual tokens.
        language: Dotted name of the language model, without its head.
        projectors: Dotted names of further modules that lead into the language model.
        layout: (config, shape of the pixels) → how the tokens of a clip lie.
        pack: (config, pixels ``[B, T, 3, H, W]``) → the keyword arguments that bring the clips into the model.
        visual: (model, what was packed, layout) → ``[B, steps, patches, width]``, after the projector.
        placeholders: (tokenizer, config, layout) → the text that stands for a clip in a prompt, its placeholders
            expanded, as the family's processor writes it.
        placeholder: config → id of the token that a visual token replaces.
        mark: What the chat template writes for a clip, unless the tokenizer has a ``video_token``.
        template: A chat template, for a tokenizer without one that places a clip.
        own_template: Whether `template` is used in any case, as the family's processor does for videos.
        typed: Whether the model is told which tokens are visual (``mm_token_type_ids``).
        prepare: (image processor, images) → bytes ``[frames, height, width, 3]``.
        frame_size: config → height and width that the vision tower reads; None where any regular grid will do.
    """

    title: str
    classes: tuple[str, ...]
    projector: str
    layout: Callable[[Any, Sequence[int]], Layout]
    pack: Callable[[Any, Tensor], dict[str, Tensor]]
    visual: Callable[[Any, dict[str, Tensor], Layout], Tensor]
    placeholders: Callable[[Any, Any, Layout], str]
    placeholder: Callable[[Any], int]
    mark: str
    template: str
    prepare: Callable[[Any, Sequence[Image]], UInt8[Array, "frames height width 3"]]
    own_template: bool = False
    typed: bool = False
    language: str = "model.language_model"
    projectors: tuple[str, ...] = ()
    frame_size: Callable[[Any], tuple[int, int] | None] = lambda config: None


def video_token(config: Any) -> int:
    """Id of the placeholder of models that tell clips from images."""
    return int(config.video_token_id)


def image_token(config: Any) -> int:
    """Id of the placeholder of models that read a clip as a row of images."""
    return int(config.image_token_id)


def name_of(tokenizer: Any, token: int) -> str:
    """A token as it is written in a text."""
    return str(tokenizer.convert_ids_to_tokens(token))

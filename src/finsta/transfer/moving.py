"""Which weights of a host move in training: by word, by pattern, or all."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

import torch
from torch import nn

from finsta.config import PostTrainConfig
from finsta.errors import InputError
from finsta.shapes import Tensor
from finsta.transfer.hosts import Host
from finsta.transfer.lora import target_layers

ADDED = "lora_"
"""In the name of every parameter that :mod:`finsta.transfer.lora` adds."""

SHOWN = 5


def moving_parameters(host: Host, config: PostTrainConfig) -> dict[str, nn.Parameter]:
    """The parameters that a run moves, by name; ``config.train`` says which, its words and patterns joined.

    - ``all``: every one.
    - ``text``, ``video``: those that only this encoder uses, its projection included.
    - ``cross_modal``: those that neither encoder uses alone, but both together do.
    - ``heads``: those that pooled vectors, similarities and answers depend on, but no token: projections, temperatures,
      heads.
    - ``lora``: the added matrices of low rank (:mod:`finsta.transfer.lora`); before they are attached, the weights of
      the layers beside which they will stand, to which they are added at the end.
    - anything else: a pattern of names as the shell knows them; ``*`` stands for any characters, dots included.

    What an encoder uses is found by one blank pass through it and back.

    Raises:
        InputError: if a word or pattern names nothing; it names the nearest parameters.
    """
    parameters = dict(host.model.named_parameters())
    chosen: set[str] = set()
    for word in config.train:
        found = _named(host, word, parameters, config)
        if not found:
            raise InputError(_nothing(host, word, parameters))
        chosen |= found
    return {name: parameter for name, parameter in parameters.items() if name in chosen}


def freeze_others(host: Host, moving: Iterable[nn.Parameter]) -> None:
    """Let only these parameters have gradients."""
    kept = {id(parameter) for parameter in moving}
    for parameter in host.model.parameters():
        parameter.requires_grad_(id(parameter) in kept)


def _named(host: Host, word: str, parameters: dict[str, nn.Parameter], config: PostTrainConfig) -> set[str]:
    if word == "all":
        return set(parameters)
    if word == "lora":
        attached = {name for name in parameters if ADDED in name}
        return attached or {f"{layer}.weight" for layer in target_layers(host, config.lora)}
    if word in ("text", "video", "cross_modal", "heads"):
        return _by_use(host, word, parameters)
    return {name for name in parameters if fnmatchcase(name, word)}


def _by_use(host: Host, word: str, parameters: dict[str, nn.Parameter]) -> set[str]:
    """What one blank pass and its way back show; the model is left as it was."""
    training, asked = host.model.training, [parameter.requires_grad for parameter in parameters.values()]
    host.model.eval().requires_grad_(True)
    try:
        with torch.enable_grad():
            use = _Use.of(host, parameters)
    finally:
        host.model.train(training)
        for parameter, was in zip(parameters.values(), asked, strict=True):
            parameter.requires_grad_(was)
    return {
        "text": use.text - use.video,
        "video": use.video - use.text,
        "cross_modal": use.pairs - use.text - use.video,
        "heads": (use.text | use.video | use.pairs | use.answers) - use.tokens,
    }[word]


@dataclass(frozen=True, kw_only=True)
class _Use:
    """Which parameters have a part in what a host puts out; empty where it puts out no such thing.

    Attributes:
        text: Of all that its text encoder gives.
        video: Of all that its video encoder gives.
        pairs: Of all that its cross-modal encoder gives.
        tokens: Of the tokens of all three.
        answers: Of similarities and answers.
    """

    text: set[str]
    video: set[str]
    pairs: set[str]
    tokens: set[str]
    answers: set[str]

    @classmethod
    def of(cls, host: Host, parameters: dict[str, nn.Parameter]) -> "_Use":
        """Found by a black clip and a word."""
        has = host.capabilities
        pixels = host.blank_pixels()
        video = host.encode_video(pixels)
        text = host.encode_text(host.tokens(["a"])) if has.text else None
        pairs = host.encode_pairs(pixels, host.tokens(["a"])) if has.cross_modal else None
        answers: list[Tensor | None] = []
        if has.joint and text is not None:
            answers.append(host.similarity(text.pooled, video.pooled))
        if has.generates:
            answers.append(host.log_likelihood(pixels, [""], ["a"]))
        return cls(
            text=_used(parameters, [text.pooled.embedding, text.pooled.features, text.tokens]) if text else set(),
            video=_used(parameters, [video.pooled.embedding, video.pooled.context, video.tokens]),
            pairs=_used(parameters, [pairs.pooled, pairs.tokens, pairs.match]) if pairs else set(),
            tokens=_used(parameters, [video.tokens, *(part.tokens for part in (text, pairs) if part is not None)]),
            answers=_used(parameters, answers),
        )


def _used(parameters: dict[str, nn.Parameter], outputs: Sequence[Tensor | None]) -> set[str]:
    """The parameters that gradients of some outputs reach."""
    roots = [output.float().sum() for output in outputs if output is not None and output.requires_grad]
    if not roots:
        return set()
    total = torch.stack(roots).sum()
    gradients = torch.autograd.grad(total, list(parameters.values()), retain_graph=True, allow_unused=True)
    return {name for name, gradient in zip(parameters, gradients, strict=True) if gradient is not None}


def _nothing(host: Host, word: str, parameters: dict[str, nn.Parameter]) -> str:
    known = sorted(parameters)
    if word in ("text", "cross_modal", "video", "heads"):
        return (
            f"--train {word}: {host.name} ({host.spec.title}) has no parameters that only this part uses; expected one "
            f"of all, text, video, cross_modal, heads, lora, or a pattern such as {known[0]}"
        )
    plain = word.replace("*", "").replace("?", "")
    near = difflib.get_close_matches(plain.strip("."), _places(known), n=SHOWN, cutoff=0.3) or known[:SHOWN]
    patterns = [place if place in parameters else f"{place}.*" for place in near]
    return (
        f"--train {word}: no parameter of {host.name} has such a name; the nearest are {', '.join(patterns)}; "
        "`finsta describe` lists the modules"
    )


def _places(names: list[str]) -> list[str]:
    """Names, and the modules that they stand in."""
    parts = [name.split(".") for name in names]
    return list(dict.fromkeys(".".join(part[:end]) for part in parts for end in range(1, len(part) + 1)))

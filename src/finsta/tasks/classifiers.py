"""How likely each class is, for a host with a classifier of its own, with a head, or with texts about the classes."""

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch

from finsta.errors import HostError
from finsta.shapes import Float, Tensor
from finsta.tasks.encoding import encode_texts
from finsta.tasks.heads import Head, features
from finsta.tasks.prompts import class_texts
from finsta.tasks.scoring import ways_of
from finsta.transfer.hosts import Host, PooledText

Classifier = Callable[[Float[Tensor, "videos frames 3 height width"]], Float[Tensor, "videos classes"]]


def open_classifier(
    host: Host,
    classes: Sequence[str],
    *,
    prompts: Sequence[str],
    batch_size: int,
    head: Head | None = None,
) -> tuple[Classifier, str]:
    """What gives class scores for clips, and in a word how.

    A head that was trained on these classes comes first, then a classifier of the model's own that names them, then
    zero-shot recognition: the similarity, else the match, else the likelihood of what the prompts say of each class,
    averaged over the prompts.

    Raises:
        HostError: if the host has none of these, or its classifier has other classes.
    """
    if head is not None and head.spec.task == "recognition":
        places = _places(head.spec.outputs, classes, host.name)
        return lambda pixels: head(features(host, pixels, None))[:, places], "head"
    if has_classifier(host):
        places = _places(own_classes(host), classes, host.name)
        return lambda pixels: own_logits(host, pixels)[:, places], "classifier"
    for way in ways_of(host):
        texts = class_texts(classes, prompts)
        if way == "similarity":
            encoded = [encode_texts(host, said, batch_size=batch_size) for said in texts]
            return partial(_by_similarity, host, encoded), f"zero-shot by {way}"
        return partial(_pair_by_pair, host, texts, way, batch_size), f"zero-shot by {way}"
    raise HostError(
        f"{host.name}: a {host.spec.family} ({host.spec.title}) knows no classes and reads no text; fine-tune it "
        "first: `finsta fine-tune --task recognition`"
    )


def has_classifier(host: Host) -> bool:
    """Whether the model classifies videos by itself."""
    return type(host.model).__name__.endswith("ForVideoClassification")


def own_logits(host: Host, pixels: Float[Tensor, "videos frames 3 height width"]) -> Float[Tensor, "videos classes"]:
    """Logits of the model's own classifier."""
    model: Any = host.model
    logits: Tensor = model(**{model.main_input_name: pixels.to(host.device)}).logits
    return logits


def own_classes(host: Host) -> list[str]:
    """Names of the classes of the model's own classifier, in order."""
    names = host.model.config.id2label
    return [str(names[index]) for index in range(len(names))]


def _places(own: Sequence[str], wanted: Sequence[str], name: str) -> list[int]:
    """Where each wanted class is among a model's own; by name, or by order where its own have no names."""
    if len(own) == len(wanted) and all(re.fullmatch(r"LABEL_\d+", label) for label in own):
        return list(range(len(own)))
    place = {_plain(label): index for index, label in enumerate(own)}
    if unknown := [label for label in wanted if _plain(label) not in place]:
        raise HostError(
            f"{name}: its {len(own)} classes ({', '.join(own[:2])}, …) lack {len(unknown)} of the {len(wanted)} "
            f"wanted, {unknown[0]!r} the first; take a model of this data set, or fine-tune: `finsta fine-tune`"
        )
    return [place[_plain(label)] for label in wanted]


def _plain(label: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", label.lower()))


def _by_similarity(host: Host, encoded: Sequence[PooledText], pixels: Tensor) -> Tensor:
    video = host.encode_video(pixels).pooled
    return torch.stack([host.similarity(text, video).T for text in encoded]).mean(dim=0)


def _pair_by_pair(host: Host, texts: Sequence[Sequence[str]], way: str, batch_size: int, pixels: Tensor) -> Tensor:
    rows = []
    for clip in pixels:
        said = [text for prompt in texts for text in prompt]
        scores = []
        for start in range(0, len(said), batch_size):
            some = said[start : start + batch_size]
            repeated = clip.expand(len(some), *clip.shape)
            if way == "likelihood":
                scores.append(host.log_likelihood(repeated, [""] * len(some), some))
                continue
            match = host.encode_pairs(repeated, host.tokens(some)).match
            assert match is not None  # `ways_of` has looked
            scores.append(match)
        rows.append(torch.cat(scores).reshape(len(texts), -1).mean(dim=0))
    return torch.stack(rows)

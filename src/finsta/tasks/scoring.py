"""How well texts fit videos, by whichever way a host has: similarity, matching head, or likelihood of the text."""

from collections.abc import Sequence
from typing import Literal, Protocol, runtime_checkable

import numpy as np
import torch

from finsta.errors import HostError
from finsta.shapes import Array, Float
from finsta.tasks.encoding import encode_texts, inference
from finsta.tasks.prompts import before_answers
from finsta.tasks.settings import Progress, nothing
from finsta.tasks.views import Clips
from finsta.transfer.hosts import Host, PooledVideo, join_videos
from finsta.video.segments import Segment

Way = Literal["similarity", "matching", "likelihood"]

WAYS: tuple[Way, ...] = ("similarity", "matching", "likelihood")

BLOCK = 1024
"""Texts that are scored at once."""


@runtime_checkable
class TextScores(Protocol):
    """Scores texts for videos; larger fits better. Scores of one video can be compared, those of two need not."""

    way: Way

    def matrix(self, segments: Sequence[Segment], texts: Sequence[str]) -> Float[Array, "videos texts"]:
        """Every text for every video."""

    def lists(
        self, segments: Sequence[Segment], prompts: Sequence[str], choices: Sequence[Sequence[str]]
    ) -> list[Array]:
        """For each video the scores ``[choices]`` of its own texts, each said after the video's prompt."""


def ways_of(host: Host) -> tuple[Way, ...]:
    """The ways that a host has; whether a cross-modal encoder has a matching head is found by one blank pass."""
    has = host.capabilities
    there = (has.joint, has.cross_modal and _matches(host), has.generates)
    return tuple(way for way, possible in zip(WAYS, there, strict=True) if possible)


def open_scores(
    host: Host,
    clips: Clips,
    *,
    batch_size: int,
    order: Sequence[Way] = WAYS,
    progress: Progress = nothing,
) -> TextScores:
    """The first of the ways that the host has.

    Args:
        host: In evaluation mode, without gradients: see :func:`finsta.tasks.encoding.inference`.
        clips: The videos.
        batch_size: Clips, or pairs, in one pass.
        order: Ways in order of preference.
        progress: Called with pairs done and pairs in all, by the ways that read pair by pair.

    Raises:
        HostError: if the host has none of them.
    """
    way = first_way(host, order)
    if way == "similarity":
        return Similarity(host, clips, batch_size)
    return PairByPair(host, clips, batch_size, way, progress)


def first_way(host: Host, order: Sequence[Way] = WAYS) -> Way:
    """The first of the ways that the host has; tasks ask before they decode videos.

    Raises:
        HostError: if the host has none of them.
    """
    has = ways_of(host)
    for way in order:
        if way in has:
            return way
    raise HostError(
        f"{host.name}: scoring texts takes one of {', '.join(order)}; a {host.spec.family} ({host.spec.title}) has "
        f"{', '.join(has) or 'none'}; take another host (`finsta hosts`), or where this one reads text, for questions, "
        "fine-tune it with a head: `finsta fine-tune`"
    )


class Similarity:
    """By the host's own similarity in its joint space; every video and every text is encoded once."""

    way: Way = "similarity"

    def __init__(self, host: Host, clips: Clips, batch_size: int) -> None:
        self.host, self.clips, self.batch_size = host, clips, batch_size
        self._videos: dict[Segment, PooledVideo] = {}

    def matrix(self, segments: Sequence[Segment], texts: Sequence[str]) -> Float[Array, "videos texts"]:
        """Every text for every video, block by block: X-CLIP makes a prompt of each text for each video."""
        found = np.empty((len(segments), len(texts)))
        with inference(self.host):
            text = encode_texts(self.host, texts, batch_size=self.batch_size)
            for first in range(0, len(segments), self.batch_size):
                videos = self._encode(segments[first : first + self.batch_size])
                for place in range(0, len(texts), BLOCK):
                    some = range(place, min(place + BLOCK, len(texts)))
                    scores = _numbers(self.host.similarity(text.select(some), videos)).T
                    found[first : first + self.batch_size, some.start : some.stop] = scores
        return found

    def lists(
        self, segments: Sequence[Segment], prompts: Sequence[str], choices: Sequence[Sequence[str]]
    ) -> list[Array]:
        """For each video the scores of its own texts; equal words are encoded once, so that they tie exactly."""
        asked = [[said(prompt, choice) for choice in own] for prompt, own in zip(prompts, choices, strict=True)]
        row = {text: index for index, text in enumerate(dict.fromkeys(text for own in asked for text in own))}
        scores = []
        with inference(self.host):
            text = encode_texts(self.host, list(row), batch_size=self.batch_size)
            for start in range(0, len(segments), self.batch_size):
                videos = self._encode(segments[start : start + self.batch_size])
                for place, own in enumerate(asked[start : start + self.batch_size]):
                    rows = [row[words] for words in own]
                    scores.append(_numbers(self.host.similarity(text.select(rows), videos.select([place])))[:, 0])
        return scores

    def _encode(self, segments: Sequence[Segment]) -> PooledVideo:
        new = [segment for segment in dict.fromkeys(segments) if segment not in self._videos]
        if new:
            pooled = self.host.encode_video(self.clips.pixels(new)).pooled
            self._videos |= {segment: pooled.select([place]) for place, segment in enumerate(new)}
        return join_videos([self._videos[segment] for segment in segments])


class PairByPair:
    """By the matching head of a cross-modal encoder, or by the likelihood of the text: one pass for each pair.

    Matching: the logit that text and video belong together. Likelihood: the mean log-probability of the text's tokens
    after prompt and video, so that a long text is not punished for its length.
    """

    def __init__(self, host: Host, clips: Clips, batch_size: int, way: Way, progress: Progress = nothing) -> None:
        self.host, self.clips, self.batch_size, self.way, self.progress = host, clips, batch_size, way, progress

    def matrix(self, segments: Sequence[Segment], texts: Sequence[str]) -> Float[Array, "videos texts"]:
        """Every text for every video."""
        return np.stack(self.lists(segments, [""] * len(segments), [texts] * len(segments)))

    def lists(
        self, segments: Sequence[Segment], prompts: Sequence[str], choices: Sequence[Sequence[str]]
    ) -> list[Array]:
        """For each video the scores of its own texts."""
        pairs = [
            (segment, prompt, choice)
            for segment, prompt, own in zip(segments, prompts, choices, strict=True)
            for choice in own
        ]
        found: list[Array] = []
        with inference(self.host):
            for start in range(0, len(pairs), self.batch_size):
                found.append(self._score(pairs[start : start + self.batch_size]))
                self.progress(min(start + self.batch_size, len(pairs)), len(pairs))
        scores = np.concatenate(found) if found else np.zeros(0)
        return np.split(scores, np.cumsum([len(own) for own in choices])[:-1])

    def _score(self, pairs: Sequence[tuple[Segment, str, str]]) -> Float[Array, " pairs"]:
        segments, prompts, texts = zip(*pairs, strict=True)
        pixels = self.clips.pixels(segments)
        if self.way == "likelihood":
            fitting = before_answers(self.host, prompts, texts)
            return _numbers(self.host.log_likelihood(pixels, fitting, list(texts)))
        words = [said(prompt, text) for prompt, text in zip(prompts, texts, strict=True)]
        match = self.host.encode_pairs(pixels, self.host.tokens(words)).match
        assert match is not None  # `ways_of` has looked
        return _numbers(match)


def said(prompt: str, text: str) -> str:
    """A text after its prompt, as one."""
    return f"{prompt} {text}".strip()


def _matches(host: Host) -> bool:
    with inference(host):
        pixels = host.pixels([np.zeros((48, 64, 3), np.uint8)] * host.num_frames)[None]
        return host.encode_pairs(pixels, host.tokens(["a"])).match is not None


def _numbers(values: torch.Tensor) -> Array:
    numbers: Array = values.double().cpu().numpy()
    return numbers

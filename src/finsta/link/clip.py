"""Phrase against region crop and label by CLIP."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from finsta.errors import InputError
from finsta.link.similarity import GENERIC, Crop, TrackView, head_noun, normal_form, phrase_label_similarity
from finsta.link.vocabulary import COCO_LABELS, GENERIC_LABELS
from finsta.quiet import quiet
from finsta.shapes import Array, Float, Tensor

PROMPT = "a photo of a {}"


class ClipSimilarity:
    """Zero-shot classification of the crop, and of the label, with the phrase among other things (form ours).

    A bare cosine of CLIP has no zero, so each is posed against a background: the COCO labels that the phrase does not
    name. With ``l`` CLIP's own scale and ``B`` the background,

        p(phrase | x) = exp(l cos(phrase, x)) / (exp(l cos(phrase, x)) + Σ_{b∈B} exp(l cos(b, x)))

    for ``x`` a crop (mean over the track's crops) and ``x`` the label's own prompt. The score is the mean of the two,
    and the label's alone without crops; class-agnostic labels ("moving object") leave it to the crops, and without
    crops count as in the lexical table. *Known from the paper: CLIP similarity of a text object and a visual
    object and its label.*

    Args:
        source: Folder or hub id of a CLIP of ``transformers`` with its processor.
        device: Where it runs.

    Raises:
        InputError: if there is no CLIP.
    """

    def __init__(self, source: str | Path, *, device: str = "cpu") -> None:
        self.source = str(source)
        self.device = device
        self._processor, self._model = _load(self.source)
        self._model.to(device)
        self._texts: dict[str, Tensor] = {}

    @torch.inference_mode()
    def scores(self, phrases: Sequence[str], tracks: Sequence[TrackView]) -> Float[Array, "phrases tracks"]:
        """See :class:`finsta.link.similarity.PhraseSimilarity`."""
        result = np.zeros((len(phrases), len(tracks)))
        crops = [self._images(track.crops) if track.crops else None for track in tracks]
        for row, phrase in enumerate(phrases):
            background = self._background(phrase)
            for column, (track, crop) in enumerate(zip(tracks, crops, strict=True)):
                result[row, column] = self._score(phrase, track.label, crop, background)
        return result

    def _score(self, phrase: str, label: str, crops: Tensor | None, background: Tensor) -> float:
        query = self._text([phrase])
        named = [] if label in GENERIC_LABELS else [self._text([label])]
        parts = [self._against(query, x, background) for x in (*named, *([] if crops is None else [crops]))]
        return float(np.mean(parts)) if parts else min(GENERIC, phrase_label_similarity(phrase, label))

    def _against(self, query: Tensor, x: Float[Tensor, "items dim"], background: Tensor) -> float:
        scale = self._model.logit_scale.exp()
        logits = scale * x @ torch.cat([query, background]).T  # [items, 1 + background]
        return float(logits.softmax(dim=-1)[:, 0].mean())

    def _background(self, phrase: str) -> Tensor:
        others = [name for name in COCO_LABELS if phrase_label_similarity(phrase, name) == 0]
        return self._text([name for name in others if normal_form(name) != head_noun(phrase)])

    def _text(self, words: Sequence[str]) -> Float[Tensor, "words dim"]:
        new = [word for word in dict.fromkeys(words) if word not in self._texts]
        if new:
            prompts = [PROMPT.format(word) for word in new]
            batch = self._processor(text=prompts, padding=True, truncation=True, return_tensors="pt").to(self.device)
            features = self._model.get_text_features(**batch).pooler_output
            self._texts.update(zip(new, torch.nn.functional.normalize(features, dim=-1), strict=True))
        return torch.stack([self._texts[word] for word in words])

    def _images(self, crops: Sequence[Crop]) -> Float[Tensor, "crops dim"]:
        batch = self._processor(images=list(crops), input_data_format="channels_last", return_tensors="pt")
        return torch.nn.functional.normalize(
            self._model.get_image_features(**batch.to(self.device)).pooler_output, dim=-1
        )


def _load(source: str) -> tuple[Any, Any]:
    from transformers import CLIPModel, CLIPProcessor

    try:
        with quiet():
            return CLIPProcessor.from_pretrained(source), CLIPModel.from_pretrained(source).eval()
    except (OSError, ValueError) as error:
        raise InputError(
            f"clip:{source}: expected a folder or hub id with a CLIP model and its processor: {error}"
        ) from error

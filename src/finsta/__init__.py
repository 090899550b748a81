"""Structural spatio-temporal alignment for video-language models: scene graphs in, a better checkpoint out.

The method is that of Fei et al., "Enhancing Video-Language Representations with Structural Spatio-Temporal Alignment"
(TPAMI 2024); ``docs/paper-map.md`` says which piece is known from the paper and which is our definition.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOME = {
    "DynamicSceneGraph": "graphs.dynamic",
    "FinstaError": "errors",
    "GraphEncoder": "encoders",
    "GroundingModel": "grounding",
    "HolisticSceneGraph": "graphs.holistic",
    "Pair": "data.pairs",
    "Pipeline": "parsing",
    "PostTrainConfig": "config",
    "TextualSceneGraph": "graphs.scene_graph",
    "TransferConfig": "config",
    "evaluate_multiple_choice": "tasks",
    "evaluate_retrieval": "tasks",
    "holistic_batch": "graphs.collate",
    "link_graphs": "link",
    "load_graph": "graphs.serialization",
    "load_host": "transfer.hosts",
    "make_world": "data.world",
    "open_corpus": "corpus.reader",
    "parse_corpus": "corpus.run",
    "parse_text": "text",
    "parse_video": "video",
    "post_train": "training",
    "read_pairs": "data.pairs",
    "save_graph": "graphs.serialization",
    "write_report": "viewer.report",
}

__all__ = ["__version__", *_HOME]  # noqa: PLE0604


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for, so that ``import finsta`` stays light."""
    if name not in _HOME:
        raise AttributeError(f"module 'finsta' has no attribute {name!r}")
    return getattr(import_module(f"finsta.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)

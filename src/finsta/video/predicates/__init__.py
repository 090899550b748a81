"""Relations that are learned: a head over the paths of pairs of objects, and zero-shot scoring of predicates.

Names load their modules when they are first used.
"""

from importlib import import_module
from typing import Any

_HOME = {
    "Paths": "paths",
    "RelationHead": "head",
    "merge_events": "merge",
    "open_predicate_model": "zero_shot",
    "paths_of_graph": "paths",
    "paths_of_tracks": "paths",
}

__all__ = [
    "Paths",
    "RelationHead",
    "merge_events",
    "open_predicate_model",
    "paths_of_graph",
    "paths_of_tracks",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)

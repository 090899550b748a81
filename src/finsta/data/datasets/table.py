"""The data sets, by name. A data set is one module that offers ``DATASET: DatasetSpec``; a line here makes it known."""

from importlib import import_module

from finsta.data.datasets.description import DatasetSpec
from finsta.errors import InputError

MODULES: dict[str, str] = {
    "kinetics400": "finsta.data.datasets.kinetics",
    "ssv2": "finsta.data.datasets.something",
    "youcook2": "finsta.data.datasets.youcook",
    "msrvtt": "finsta.data.datasets.msrvtt",
    "lsmdc": "finsta.data.datasets.lsmdc",
    "didemo": "finsta.data.datasets.didemo",
    "msvd": "finsta.data.datasets.msvd",
    "tgifqa": "finsta.data.datasets.tgif",
    "queryd": "finsta.data.datasets.queryd",
    "activitynet": "finsta.data.datasets.activitynet",
    "how2qa": "finsta.data.datasets.how2qa",
    "violin": "finsta.data.datasets.violin",
}
"""The module of each data set; it is imported when the data set is asked for."""


def dataset_names() -> tuple[str, ...]:
    """The names of all data sets."""
    return tuple(MODULES)


def dataset_spec(name: str) -> DatasetSpec:
    """What there is to know about a data set.

    Args:
        name: One of :data:`MODULES`; upper and lower case, ``-`` and ``_`` make no difference.

    Raises:
        InputError: if there is none of that name.
    """
    plain = name.lower().replace("-", "").replace("_", "")
    for known, module in MODULES.items():
        if plain == known:
            found: DatasetSpec = import_module(module).DATASET
            return found
    raise InputError(f"data set {name!r}: expected one of {', '.join(MODULES)}; `finsta data list` describes them")

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
    "manifest": "finsta.data.datasets.manifest",
}
"""The module of each data set; it is imported when the data set is asked for."""

ALIASES: dict[str, str] = {
    "anet": "activitynet",
    "activitynetcaptions": "activitynet",
    "k400": "kinetics400",
    "kinetics": "kinetics400",
    "lsmdc16": "lsmdc",
    "lsmdc2016": "lsmdc",
    "msrvttmc": "msrvtt",
    "msrvttqa": "msrvtt",
    "msvdqa": "msvd",
    "queryddataset": "queryd",
    "somethingsomethingv2": "ssv2",
    "20bnsomethingsomethingv2": "ssv2",
    "sthv2": "ssv2",
    "tgif": "tgifqa",
    "yc2": "youcook2",
    "youcook": "youcook2",
    "youcookii": "youcook2",
}
"""Other names, without ``-`` and ``_``: for asking, and for folders that hold the files of several data sets."""


def dataset_names() -> tuple[str, ...]:
    """The names of all data sets."""
    return tuple(MODULES)


def known_name(name: str) -> str | None:
    """The data set that a name means; None where it means none."""
    plain = "".join(letter for letter in name.lower() if letter.isalnum())
    return plain if plain in MODULES else ALIASES.get(plain)


def dataset_spec(name: str) -> DatasetSpec:
    """What there is to know about a data set.

    Args:
        name: One of :data:`MODULES` or :data:`ALIASES`; upper and lower case, ``-`` and ``_`` make no difference.

    Raises:
        InputError: if there is none of that name.
    """
    if known := known_name(name):
        found: DatasetSpec = import_module(MODULES[known]).DATASET
        return found
    raise InputError(f"data set {name!r}: expected one of {', '.join(MODULES)}; `finsta data list` describes them")

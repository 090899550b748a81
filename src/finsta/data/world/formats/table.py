"""The formats that a world can be written in, by the names of the data sets whose readers read them."""

from collections.abc import Callable, Sequence

from finsta.data.datasets.table import known_name
from finsta.data.world.formats.activitynet import activitynet
from finsta.data.world.formats.clips import World
from finsta.data.world.formats.content import FormatContent
from finsta.data.world.formats.didemo import didemo
from finsta.data.world.formats.how2qa import how2qa
from finsta.data.world.formats.lsmdc import lsmdc
from finsta.data.world.formats.msrvtt import msrvtt
from finsta.data.world.formats.msvd import msvd
from finsta.data.world.formats.queryd import queryd
from finsta.data.world.formats.recognition import kinetics, something
from finsta.data.world.formats.tgif import tgif
from finsta.data.world.formats.violin import violin
from finsta.data.world.formats.youcook import youcook
from finsta.errors import InputError

FORMATS: dict[str, Callable[[World], FormatContent]] = {
    "kinetics400": kinetics,
    "ssv2": something,
    "youcook2": youcook,
    "msrvtt": msrvtt,
    "lsmdc": lsmdc,
    "didemo": didemo,
    "msvd": msvd,
    "tgifqa": tgif,
    "queryd": queryd,
    "activitynet": activitynet,
    "how2qa": how2qa,
    "violin": violin,
}
"""What each consists of."""


def format_names(asked: Sequence[str]) -> list[str]:
    """The formats of some names, each once; ``all`` are all of them; case, ``-`` and ``_`` make no difference.

    Raises:
        InputError: if there is none of a name.
    """
    found: dict[str, None] = {}
    for name in asked:
        known = known_name(name)
        if name.strip().lower() == "all":
            found.update(dict.fromkeys(FORMATS))
        elif known in FORMATS:
            found[known] = None
        else:
            raise InputError(f"formats: expected all, or some of {', '.join(FORMATS)}, found {name!r}")
    return list(found)

"""A family's row of the table, by the ``model_type`` of a config."""

from difflib import get_close_matches

from finsta.errors import HostError
from finsta.transfer.hosts.spec import HostSpec
from finsta.transfer.hosts.table import HOSTS


def spec_of(model_type: str | None, name: str) -> HostSpec:
    """The table's entry for a ``model_type``.

    Raises:
        HostError: if there is none.
    """
    if model_type not in HOSTS:
        raise HostError(
            f"{name}: expected a host of a model_type that finsta knows, found {model_type!r}{_nearest(model_type)}; "
            "`finsta hosts` lists them; docs/hosts.md says how any other module is described by a HostSpec of its own"
        )
    return HOSTS[model_type]


def _nearest(model_type: str | None) -> str:
    near = get_close_matches(str(model_type), HOSTS, n=3, cutoff=0.5)
    return f"; the nearest are {', '.join(near)}" if near else ""

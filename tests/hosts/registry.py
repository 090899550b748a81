"""All tiny hosts by name, and how tests get one."""

import copy
from functools import cache

from finsta.transfer.hosts import Host
from tests.hosts import dual, fusion, llm, video
from tests.hosts.tiny import TinyHost

TINY: dict[str, TinyHost] = {**dual.TINY, **video.TINY, **fusion.TINY, **llm.TINY}


def model_type(name: str) -> str:
    """The key of the table `HOSTS` that a name of the registry stands for."""
    return name.partition(":")[0]


@cache
def shared_host(name: str) -> Host:
    """The host of this name, built once; only for tests that leave it as it is."""
    return TINY[name].build()


def own_host(name: str) -> Host:
    """A copy of the host of this name, to be changed."""
    host = shared_host(name)
    twin = copy.copy(host)
    twin.model = copy.deepcopy(host.model)
    return twin

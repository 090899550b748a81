"""Groups of clips through a Ray cluster, by Ray Data: one that is started here for the run, or one that is joined.

Blocks of clips go to a pool of actors. Each actor drives one worker process of its own through the same pool that local
runs use, so that a clip which crashes or hangs costs that process and not the actor, and is told in the same words. The
outcomes stream back to the process that called, the only one that writes. A machine that is lost is Ray's to make good:
its blocks go to another one, and what comes back twice counts once.

Every machine must have finsta and see the videos, and the models' weights, under the same paths.
"""

import logging
import os
from collections.abc import Iterable, Iterator, Mapping
from math import ceil
from types import TracebackType
from typing import Any

from finsta.config import CorpusConfig
from finsta.corpus.keys import Recipe
from finsta.corpus.processes import ProcessPool
from finsta.corpus.work import Group, MakeParser, Outcome, group_from_json, outcome_from_json, to_json
from finsta.errors import FinstaError, InputError, MissingDependencyError, WorkError

BLOCK_CLIPS = 8
"""Clips that an actor takes at a time, about: their outcomes come back together, so that these are at stake."""

MOST_BLOCKS = 50_000
"""The scheduler keeps a record of each."""

OBJECT_STORE = 256 << 20
"""Bytes of shared memory of a cluster that is started here; clips and outcomes are small."""

ENVIRONMENT = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_BACKEND_LOG_LEVEL": "fatal",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_worker_niceness": "0",
}
"""Ray tells nobody about the run, and the user nothing of its own inside; its workers have the usual priority."""


class RayEngine:
    """A pool of Ray actors, each of which keeps its models.

    Args:
        make_parser: Makes the parser of each worker; sent there by name.
        recipe: How clips are parsed.
        corpus: Workers, GPUs of each, the time limit of a clip, and the cluster to join.

    Raises:
        MissingDependencyError: if Ray is not installed.
        InputError: if no cluster answers at the address.
    """

    def __init__(self, make_parser: MakeParser, recipe: Recipe, corpus: CorpusConfig) -> None:
        self._ray = import_ray()
        self._make_parser, self._recipe, self._corpus = make_parser, recipe, corpus
        self._joined = _connect(self._ray, corpus)

    def __enter__(self) -> "RayEngine":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if not self._joined:
            self._ray.shutdown()

    def outcomes(self, groups: Iterable[Group]) -> Iterator[Outcome]:
        """One outcome a clip, as their blocks are done.

        Raises:
            WorkError: what a worker could not start for, or the cluster could not do.
        """
        listed = list(groups)
        clips = sum(map(len, listed))
        blocks = min(len(listed), ceil(clips / BLOCK_CLIPS), MOST_BLOCKS)
        corpus = self._corpus
        workers = min(corpus.workers or max(int(self._ray.cluster_resources().get("CPU", 1)), 1), blocks)
        done = self._ray.data.from_items(
            [{"group": to_json(group)} for group in listed], override_num_blocks=blocks
        ).map_batches(
            ParseActor,
            fn_constructor_args=(self._make_parser, self._recipe, corpus.time_limit),
            batch_size=1,
            compute=self._ray.data.ActorPoolStrategy(size=workers),
            num_cpus=1,
            num_gpus=corpus.ray_gpus or None,
        )
        try:
            for batch in done.iter_batches(batch_size=None, batch_format="pyarrow", prefetch_batches=0):
                for outcome, error in zip(batch["outcome"].to_pylist(), batch["error"].to_pylist(), strict=True):
                    if error:
                        raise WorkError(error)
                    yield outcome_from_json(outcome)
        except self._ray.exceptions.RayError as error:
            raise WorkError(f"the Ray cluster gave up: {error}") from error


class ParseActor:
    """In the cluster: one worker process, and blocks of groups through it."""

    def __init__(self, make_parser: MakeParser, recipe: Recipe, time_limit: float) -> None:
        self._pool = ProcessPool(make_parser, recipe, workers=1, time_limit=time_limit)

    def __call__(self, batch: Mapping[str, Any]) -> Iterator[dict[str, list[str]]]:
        """Outcomes as JSON in the column ``outcome``; what ends the whole run in ``error``, the other one empty."""
        groups = map(group_from_json, batch["group"])
        try:
            for outcome in self._pool.outcomes(groups):
                yield {"outcome": [to_json(outcome)], "error": [""]}
        except FinstaError as error:
            yield {"outcome": [""], "error": [str(error)]}


def import_ray() -> Any:
    """The package ``ray`` with ``ray.data``; set up as :data:`ENVIRONMENT` says.

    Raises:
        MissingDependencyError: if it is not installed.
    """
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise MissingDependencyError(
            "--engine ray needs Ray with Ray Data, found none; run: pip install 'finsta[ray]'"
        ) from error
    return ray


def _connect(ray: Any, corpus: CorpusConfig) -> bool:
    """Whether a cluster that others use was joined; else one was started, on this machine's own address only."""
    logging.getLogger("ray").setLevel(logging.ERROR)
    logging.getLogger("ray.data").setLevel(logging.WARNING)
    logging.getLogger("ray.data._internal.progress").setLevel(logging.ERROR)
    if not ray.is_initialized():
        options: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
        if corpus.ray_address is None:
            ray.init(
                "local",
                num_cpus=corpus.workers or None,
                include_dashboard=False,
                object_store_memory=OBJECT_STORE,
                _node_ip_address="127.0.0.1",
                **options,
            )
            _quiet(ray)
            return False
        try:
            ray.init(corpus.ray_address, **options)
        except (ConnectionError, ValueError, RuntimeError) as error:
            raise InputError(
                f"--ray-address {corpus.ray_address}: expected a Ray cluster, found none that answers ({error}); start "
                "one with `ray start --head`, or leave the option out"
            ) from error
    _quiet(ray)
    return True


def _quiet(ray: Any) -> None:
    """Bars of our own say how far the run is. A block that is lost for good is told as failures of its clips."""
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    context.max_errored_blocks = -1

"""A manifest to a folder of shards: what is not done yet, through an engine, to the one writer."""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol, runtime_checkable

from finsta.config import CorpusConfig, ParseConfig
from finsta.corpus.keys import Recipe, resolve
from finsta.corpus.manifest import ManifestClip, read_manifest
from finsta.corpus.plan import LARGEST_GROUP, Plan, make_plan
from finsta.corpus.processes import ProcessPool
from finsta.corpus.schema import import_arrow
from finsta.corpus.work import Clip, ClipParser, Failure, Group, MakeParser, Outcome, Parsed
from finsta.corpus.writer import CorpusWriter
from finsta.errors import InputError

SHARES = 4
"""Groups that each worker takes at least, if there are clips enough: the last ones are then shared out evenly."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How far a run is: clips by what became of them, of those that the workers have or had to look at."""

    clips: int
    parsed: int = 0
    unchanged: int = 0
    failed: int = 0

    @property
    def done(self) -> int:
        """Clips that have an outcome."""
        return self.parsed + self.unchanged + self.failed


@dataclass(frozen=True, kw_only=True)
class CorpusSummary:
    """What a run did.

    Attributes:
        clips: In the manifest.
        parsed: In this run.
        unchanged: Had an up-to-date row already.
        failures: Clips without one, in the order of the manifest.
        shards: Files there are now.
        seconds: That the run took.
    """

    clips: int
    parsed: int
    unchanged: int
    failures: tuple[Failure, ...]
    shards: int
    seconds: float


@runtime_checkable
class Engine(AbstractContextManager["Engine"], Protocol):
    """What has workers parse clips; they end with the context."""

    def outcomes(self, groups: Iterable[Group]) -> Iterator[Outcome]:
        """One outcome a clip, in any order, as they come."""


Progress = Callable[[Standing], None]


def parse_corpus(
    manifest: str | Path,
    out: str | Path,
    *,
    config: ParseConfig | None = None,
    corpus: CorpusConfig | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
    make_parser: MakeParser | None = None,
    recipe: Recipe | None = None,
) -> CorpusSummary:
    """Parse the clips of a manifest that have no up-to-date row yet, and write them as shards.

    Safe to kill and to repeat: the same call goes on where the last one ended. In a script, call it below
    ``if __name__ == "__main__":``, for the workers are processes that import the script.

    Args:
        manifest: See :func:`finsta.corpus.manifest.read_manifest`.
        out: Folder for ``shards/`` and ``failures.jsonl``.
        config: How to parse.
        corpus: How to share out and to write.
        overwrite: Replace rows that were made with other settings.
        progress: Told how far the run is after each clip.
        make_parser: Makes a parser of your own inside of each worker, in place of :class:`finsta.parsing.Pipeline`.
        recipe: What decides the graphs that it makes; needed with it.

    Raises:
        InputError: if the manifest or a setting cannot be used.
        OutputError: if the folder cannot be written, is in use, or holds rows made with other settings.
        MissingDependencyError: if a package or weights are missing.
        WorkError: if workers cannot be kept alive.
    """
    import_arrow()
    start = time.monotonic()
    corpus = corpus or CorpusConfig()
    if (make_parser is None) != (recipe is None):
        raise InputError("make_parser and recipe are given together, or neither")
    clips = read_manifest(manifest)
    if make_parser is None or recipe is None:
        make_parser, recipe = _pipeline_and_recipe(config or ParseConfig(), corpus, clips)
    with CorpusWriter.open(Path(out), shard_clips=corpus.shard_clips) as writer:
        plan = make_plan(
            clips,
            recipe,
            records=writer.records(),
            failures=writer.failures(),
            retry_failed=corpus.retry_failed,
            overwrite=overwrite,
            largest_group=max(1, min(LARGEST_GROUP, len(clips) // (SHARES * worker_count(corpus)))),
        )
        writer.will_replace(plan.replaces)
        standing = Standing(clips=0)
        if plan.groups:
            with open_engine(corpus, make_parser, recipe) as engine:
                standing = _work(plan, engine, writer, progress or _silent)
        writer.commit()
        return CorpusSummary(
            clips=len(clips),
            parsed=standing.parsed,
            unchanged=plan.done + standing.unchanged,
            failures=_settled_failures(clips, plan, writer),
            shards=len(writer.shards.numbers()),
            seconds=time.monotonic() - start,
        )


def _pipeline_and_recipe(
    config: ParseConfig, corpus: CorpusConfig, clips: Sequence[ManifestClip]
) -> tuple[MakeParser, Recipe]:
    """Our own parser. Only a worker that is alone decodes in a thread of its own; others would wait for one another."""
    alone = corpus.engine == "processes" and worker_count(corpus) == 1
    resolved = resolve(replace(config, decode_ahead=config.decode_ahead and alone))
    return partial(pipeline, resolved, texts=any(clip.text is not None for clip in clips)), Recipe.of(resolved)


def _settled_failures(clips: Sequence[ManifestClip], plan: Plan, writer: CorpusWriter) -> tuple[Failure, ...]:
    """The clips without a graph, in the order of the manifest; written down beside those of other manifests."""
    order = {clip.id: index for index, clip in enumerate(clips)}
    failures = sorted(plan.failures, key=lambda failure: order[failure.id])
    others = [failure for failure in writer.failures() if failure.id not in order]
    writer.settle_failures([*others, *failures])
    return tuple(failures)


def pipeline(config: ParseConfig, *, texts: bool) -> ClipParser:
    """In a worker: the parser of clips, its models loaded; those for texts if there are any.

    Where several workers keep the cores busy, the decoder has one thread too.
    """
    from finsta.parsing import Pipeline
    from finsta.video import container

    if not config.decode_ahead:
        container.DECODER_THREADS = 1
    parser = Pipeline(config, pictures=False)
    parser.load(texts=texts)
    return parser


def worker_count(corpus: CorpusConfig) -> int:
    """The workers that are asked for, or one for each core that this process may use."""
    if corpus.workers < 0:
        raise InputError(f"--workers: expected 0 or more, found {corpus.workers}")
    if corpus.workers:
        return corpus.workers
    usable = getattr(os, "sched_getaffinity", None)
    return len(usable(0)) if usable else os.cpu_count() or 1


def open_engine(corpus: CorpusConfig, make_parser: MakeParser, recipe: Recipe) -> Engine:
    """The engine that the settings name.

    Raises:
        InputError: if a setting is out of range.
        MissingDependencyError: if Ray is asked for and not installed.
    """
    if corpus.time_limit < 0:
        raise InputError(f"--time-limit: expected seconds, or 0 for no limit, found {corpus.time_limit:g}")
    if corpus.engine == "ray":
        from finsta.corpus.ray_engine import RayEngine

        return RayEngine(make_parser, recipe, corpus)
    return ProcessPool(make_parser, recipe, workers=worker_count(corpus), time_limit=corpus.time_limit)


def _work(plan: Plan, engine: Engine, writer: CorpusWriter, progress: Progress) -> Standing:
    """Have all groups parsed; a clip that comes back twice, as a cluster may have it, counts once."""
    left: dict[str, Clip] = {clip.id: clip for group in plan.groups for clip in group}
    parsed = unchanged = 0
    kept = len(plan.failures)

    def standing() -> Standing:
        failed = len(plan.failures) - kept
        return Standing(clips=plan.clips, parsed=parsed, unchanged=unchanged, failed=failed)

    def fail(failure: Failure) -> None:
        plan.failures.append(failure)
        writer.fail(failure)

    progress(standing())
    for outcome in engine.outcomes(plan.groups):
        if left.pop(outcome.id, None) is None:
            continue
        if isinstance(outcome, Failure):
            fail(outcome)
        elif isinstance(outcome, Parsed):
            parsed += 1
            writer.add(outcome)
        else:
            unchanged += 1
        progress(standing())
    for clip in left.values():
        reason = f"{clip.video}: nothing came back from the cluster for it"
        fail(Failure(id=clip.id, video=clip.video, kind="crash", reason=reason))
    return standing()


def _silent(standing: Standing) -> None:
    """Nobody wants to know."""

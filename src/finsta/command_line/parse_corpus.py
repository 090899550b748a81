"""``finsta parse --manifest``: a corpus of clips to shards, how far it is, and a table of what failed and why."""

import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from finsta.command_line.output import messages, results
from finsta.config import CorpusConfig, ParseConfig

if TYPE_CHECKING:
    from finsta.corpus.run import CorpusSummary, Standing
    from finsta.corpus.work import Failure

SOME_FAILED = 3
"""Exit status where every clip was tried and some have no graph."""

MOST_FAILURES = 20
"""Lines of the table; failures.jsonl has them all."""

LINE_SECONDS = 30.0
"""Seconds between lines of a log, where no terminal shows a bar."""

RECENT = 60.0
"""Seconds over which the rate is taken: the first clips wait for the models."""

KINDS = {
    "missing": "no such file",
    "video": "unreadable video",
    "text": "unusable text",
    "error": "error of finsta",
    "crash": "worker died",
    "time": "time limit",
}


def run_corpus(
    manifest: Path, out: Path, config: ParseConfig, corpus: CorpusConfig, *, overwrite: bool = False
) -> None:
    """Parse the clips of a manifest into a folder and say what came of it; exits with 3 if some failed.

    Raises:
        FinstaError: as :func:`finsta.corpus.run.parse_corpus`.
    """
    from finsta.corpus.run import parse_corpus

    with stopped_by_sigterm(), corpus_progress() as progress:
        done = parse_corpus(manifest, out, config=config, corpus=corpus, overwrite=overwrite, progress=progress)
    if done.failures:
        messages.print(failure_table(done.failures), soft_wrap=False)
        if len(done.failures) > MOST_FAILURES:
            messages.print(f"and {len(done.failures) - MOST_FAILURES} more", markup=False)
    results.print(summary(done, out), markup=False)
    if done.failures:
        sys.exit(SOME_FAILED)


def summary(done: "CorpusSummary", out: Path) -> str:
    """One line on a run, and one on what failed."""
    line = (
        f"{done.clips} clips: {done.parsed} parsed, {done.unchanged} done before, {len(done.failures)} failed; "
        f"{done.shards} {'shard' if done.shards == 1 else 'shards'} in {out / 'shards'}, {done.seconds:.0f} s"
    )
    if not done.failures:
        return line
    kinds = Counter(failure.kind for failure in done.failures)
    counts = ", ".join(f"{KINDS[kind]}: {count}" for kind, count in kinds.most_common())
    return f"{line}\n{counts}; see {out / 'failures.jsonl'}, and --retry-failed tries them again"


def failure_table(failures: "Sequence[Failure]") -> Table:
    """The first failures: which clip, what kind, why."""
    table = Table(title="clips without a graph", title_justify="left")
    for heading in ("clip", "what", "why"):
        table.add_column(heading, overflow="fold")  # a path is worth nothing without its end
    for failure in failures[:MOST_FAILURES]:
        table.add_row(*map(_plain, (failure.id, KINDS[failure.kind], failure.reason)))
    return table


def _plain(text: str) -> str:
    """Text of others, in which rich is to see no markup."""
    return text.replace("[", "\\[")


@contextmanager
def corpus_progress() -> "Iterator[Callable[[Standing], None]]":
    """A bar with rate, failures and time left; lines of a log where there is no terminal."""
    rate = Rate()
    if not messages.is_terminal:
        yield _Log(rate)
        return
    columns = (
        TextColumn("clips"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TextColumn("{task.fields[failed]} failed"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=messages) as bars:
        task = bars.add_task("clips", total=None, rate="", failed=0)

        def tell(standing: "Standing") -> None:
            rate.saw(standing.done)
            bars.update(task, completed=standing.done, total=standing.clips, rate=str(rate), failed=standing.failed)

        yield tell


class Rate:
    """Clips a second of late, by the times at which clips were done."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: list[tuple[float, int]] = []

    def saw(self, done: int) -> None:
        """So many clips are done now."""
        now = self._clock()
        self._seen.append((now, done))
        while len(self._seen) > 2 and self._seen[1][0] < now - RECENT:
            self._seen.pop(0)

    @property
    def a_second(self) -> float:
        """Clips a second; 0 before the second look."""
        if len(self._seen) < 2 or self._seen[-1][0] == self._seen[0][0]:
            return 0.0
        (start, first), (end, last) = self._seen[0], self._seen[-1]
        return (last - first) / (end - start)

    def __str__(self) -> str:
        rate = self.a_second
        return f"{rate:.1f} clips/s" if rate >= 1 else f"{60 * rate:.1f} clips/min"


class _Log:
    def __init__(self, rate: Rate) -> None:
        self._rate, self._next = rate, 0.0

    def __call__(self, standing: "Standing") -> None:
        self._rate.saw(standing.done)
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + LINE_SECONDS
        left = standing.clips - standing.done
        rest = f", {left / self._rate.a_second / 60:.0f} min left" if self._rate.a_second else ""
        line = f"{standing.done} of {standing.clips} clips, {standing.failed} failed, {self._rate}{rest}"
        messages.print(line, markup=False)


@contextmanager
def stopped_by_sigterm() -> Iterator[None]:
    """Take SIGTERM, by which schedulers announce the end, like Ctrl-C: finished clips become a shard first."""

    def stop(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGTERM, stop)
    except ValueError:  # not in the main thread, where signals do not arrive
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)

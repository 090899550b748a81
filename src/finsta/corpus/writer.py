"""The one process that writes into the folder of a corpus, and may be killed at any moment.

A finished clip is appended to the journal at once. When the journal holds a shard's worth, its rows become a shard: the
file is written beside its place, synced and renamed; then the journal is cleared. Killed before the rename, the rows
are still in the journal; killed after it, the next start finds them in both, and strikes them from the journal. So each
finished clip stands in the shards exactly once, or in the journal, and nothing beside the shards and the journal says
what is done, with which they could disagree.

The last shard is filled up before a new one is begun, so that many short runs do not leave many small files; a row that
takes the place of another one, since its video or text changed, is put where that stood. Readers of the shards never
see a clip twice.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from finsta.corpus.disk import LineFile, folder_lock, written
from finsta.corpus.schema import Row
from finsta.corpus.shards import RECORD_COLUMNS, Record, ShardFolder
from finsta.corpus.work import Failure, Parsed
from finsta.errors import InputError, OutputError
from finsta.graphs.serialization import write_text

SHARDS, FAILURES, PRIVATE = "shards", "failures.jsonl", ".finsta"

LARGEST_JOURNAL = 256 << 20
"""Bytes of rows that make a shard, whatever their number."""


class CorpusWriter:
    """Rows and failures into a folder. Use :meth:`open`, which sees to it that there is one writer only."""

    def __init__(self, out: Path, *, shard_clips: int) -> None:
        self.out = out
        self.shards = ShardFolder(out / SHARDS, out / PRIVATE / "shard.parquet")
        self._journal = LineFile(out / PRIVATE / "journal.jsonl")
        self._pending: dict[str, tuple[int, int]] = {}
        self._stands_in: dict[str, int] = {}
        self._shard_clips, self._room = shard_clips, shard_clips
        self._failures = LineFile(out / FAILURES)
        self._torn = True

    @classmethod
    @contextmanager
    def open(cls, out: Path, *, shard_clips: int = 1000) -> Iterator["CorpusWriter"]:
        """The writer of a folder, which is made if it is not there; what a killed one left is put in order.

        When the block ends, in whatever way, the rows that are finished become a shard.

        Raises:
            InputError: if a shard is to have no clips.
            OutputError: if the folder cannot be written, or another process writes into it.
        """
        if shard_clips < 1:
            raise InputError(f"--shard-clips: expected at least 1, found {shard_clips}")
        if out.exists() and not out.is_dir():
            raise OutputError(f"{out}: expected a folder, found a file; choose another --out")
        with folder_lock(out / PRIVATE / "lock"):
            writer = cls(out, shard_clips=shard_clips)
            try:
                writer._recover()
                yield writer
            finally:
                if not writer._torn:
                    writer.commit()
                writer._journal.close()
                writer._failures.close()

    def _recover(self) -> None:
        """Remove half a shard, and strike from the journal what is no row, or stands in the shards already."""
        with written(self.shards.temporary):
            self.shards.temporary.unlink(missing_ok=True)
        keys: dict[str, str] = {}
        for place in self._journal.places():
            row = _row(self._journal.read(place))
            if row is not None:
                self._pending[row["id"]], keys[row["id"]] = place, row["key"]
        for record in self.shards.records() if keys else ():
            if keys.get(record.id) == record.key:
                del self._pending[record.id]
            elif record.id in keys:
                self._stands_in[record.id] = record.shard or 0
        self._measure_room()
        self._torn = False

    def _measure_room(self) -> None:
        """How many rows the last shard can still take; where it is full, how many a new one takes."""
        numbers = self.shards.numbers()
        last = self.shards.count(numbers[-1]) if numbers else 0
        self._room = self._shard_clips - last if last < self._shard_clips else self._shard_clips

    def records(self) -> Iterator[Record]:
        """What each finished clip is known by, each id once: rows in the journal, then those of the shards."""
        for place in self._pending.values():
            row = json.loads(self._journal.read(place))
            yield Record._make((*(row[name] for name in RECORD_COLUMNS), self._stands_in.get(row["id"])))
        yield from (record for record in self.shards.records() if record.id not in self._pending)

    def failures(self) -> Iterator[Failure]:
        """What is known of earlier runs' failures; of several of one clip the last counts."""
        found: dict[str, Failure] = {}
        for place in self._failures.places():
            try:
                failure = Failure(**json.loads(self._failures.read(place)))
            except (ValueError, TypeError):
                continue
            found[failure.id] = failure
        yield from found.values()

    def will_replace(self, shards: Mapping[str, int]) -> None:
        """Say, by id, which shards hold earlier rows of clips, whose place the next ones take."""
        self._stands_in.update(shards)

    def add(self, parsed: Parsed) -> None:
        """A finished clip; after this returns, the death of the process cannot undo it."""
        self._pending[parsed.id] = self._journal.append(parsed.row)
        if len(self._pending) >= self._room or self._journal.size >= LARGEST_JOURNAL:
            self.commit()

    def fail(self, failure: Failure) -> None:
        """A clip that could not be finished."""
        self._failures.append(json.dumps(asdict(failure), ensure_ascii=False))

    def commit(self) -> None:
        """Make shards of the rows in the journal.

        Torn from its work (by Ctrl-C, a full disk), it is not to be called again: it cannot know whether the shard has
        been put in place. The next start looks.
        """
        self._torn = True
        replacing: dict[int, list[str]] = {}
        for id in self._pending.keys() & self._stands_in.keys():
            replacing.setdefault(self._stands_in.pop(id), []).append(id)
        for number, ids in replacing.items():
            self.shards.replace_rows(number, dict(zip(ids, self._rows(ids), strict=True)))
        replaced = {id for ids in replacing.values() for id in ids}
        self._append([id for id in self._pending if id not in replaced])
        self._pending.clear()
        self._journal.clear()
        self._measure_room()
        self._torn = False

    def _append(self, ids: list[str]) -> None:
        """Fill the last shard with rows, and as many new ones as it takes."""
        numbers = self.shards.numbers()
        last = numbers[-1] if numbers else 0
        room = self._shard_clips - (self.shards.count(last) if numbers else 0)
        if numbers and room > 0 and ids:
            self.shards.write(last, self._rows(ids[:room]), keep=True)
            ids = ids[room:]
        first = last + 1 if numbers else 0
        for index, start in enumerate(range(0, len(ids), self._shard_clips)):
            self.shards.write(first + index, self._rows(ids[start : start + self._shard_clips]))

    def _rows(self, ids: Iterable[str]) -> Iterator[Row]:
        return (json.loads(self._journal.read(self._pending[id])) for id in ids)

    def settle_failures(self, failures: Iterable[Failure]) -> None:
        """Write the file of failures anew: what failed by the end of a run, without what was mended."""
        lines = (json.dumps(asdict(failure), ensure_ascii=False) + "\n" for failure in failures)
        self._failures.close()
        write_text(self._failures.path, "".join(lines))
        self._failures = LineFile(self._failures.path)


def _row(line: str) -> Row | None:
    """A row of the journal; ``None`` for a line that a power cut has spoilt."""
    try:
        row = json.loads(line)
        return row if row.keys() >= set(RECORD_COLUMNS) else None
    except (ValueError, AttributeError):
        return None

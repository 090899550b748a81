"""A corpus that is open for queries, on DuckDB."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import gettempdir
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

from finsta.corpus.schema import import_arrow
from finsta.errors import InputError, MissingDependencyError
from finsta.query.answers import Answer, Result, Side, answer_of, both_sides, merged
from finsta.query.captions import caption_table
from finsta.query.pattern import Pattern
from finsta.query.plan import BEST, RELATIONS, ROWS, SHARDS, THINGS, VOCABULARY, answers_sql
from finsta.query.shards import COLUMNS, Shards, find_shards, read_rows
from finsta.query.words import Part, Words

if TYPE_CHECKING:
    import duckdb

UNUSED = "not understood, and so not asked for: {}; say it in other words, or in the exact form of docs/query.md"
NO_WORDNET = "WordNet is not here, so only the built-in tables know synonyms; run: finsta models get wordnet"


def query(
    folder: str | Path,
    pattern: Pattern | str,
    *,
    limit: int = 20,
    exact: bool = False,
    least: float = 0.6,
    parser: str = "rules",
    side: Side | Literal["both"] = "video",
    threads: int | None = None,
) -> Result:
    """Search a folder of shards; :class:`Corpus` does so many times without opening it anew.

    Args:
        folder: What ``finsta parse --manifest … --out FOLDER`` wrote.
        pattern: What to look for: a pattern, its exact form, or a sentence (:func:`finsta.query.read_query`).
        limit: Answers to give, best first.
        exact: Whether words match only in forms of their own.
        least: Similarity in [0, 1] from which words match.
        parser: Of sentences, as :func:`finsta.text.parse_text` takes it.
        side: Whether the graphs of the videos are asked, those of the texts, or both.
        threads: Of the engine; all cores where not given.

    Raises:
        InputError: if the query asks for nothing, or there is no shard.
        FormatError: if a file is Parquet of another kind.
        MissingDependencyError: if DuckDB or Arrow is not installed.
    """
    from finsta.query import read_query

    asked = read_query(pattern, parser=parser) if isinstance(pattern, str) else pattern
    words = Words(exact=exact, least=least)
    sides: tuple[Side, ...] = ("video", "text") if side == "both" else (side,)
    results, clips = [], set[tuple[int]]()
    for one in sides:
        with Corpus(folder, side=one, threads=threads) as corpus:
            results.append(corpus.query(asked, limit=limit, words=words))
            clips |= set(corpus.run("SELECT DISTINCT clip FROM answers") if results[-1].answers else [])
    found = results[0] if len(results) == 1 else both_sides(*results, clips=len(clips), limit=limit)
    unused = [UNUSED.format(", ".join(map(repr, asked.unused)))] if asked.unused else []
    return replace(found, warnings=(*unused, *found.warnings))


class Corpus:
    """The shards of a folder, checked once; their vocabulary is counted on first use and kept.

    Args:
        folder: As for :func:`query`.
        side: Whether the graphs of the videos are asked or those of the texts, which are read into memory here.
        threads: Of the engine; all cores where not given.
    """

    def __init__(self, folder: str | Path, *, side: Side = "video", threads: int | None = None) -> None:
        self.folder = str(folder)
        self.shards = find_shards(folder)
        settings: dict[str, Any] = {"temp_directory": gettempdir()}
        if threads is not None:
            settings["threads"] = threads
        self._engine: duckdb.DuckDBPyConnection = _duckdb().connect(":memory:", config=settings)
        self._vocabulary: dict[Part, Mapping[str, int]] = {}
        self.side: Side = side
        if side == "text":
            self._engine.register("texts", caption_table(self.shards.files))
            self.run("CREATE TABLE captions AS SELECT * FROM texts")
            self._engine.unregister("texts")

    def __enter__(self) -> "Corpus":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the engine's memory back."""
        self._engine.close()

    def vocabulary(self, part: Part) -> Mapping[str, int]:
        """The words of the corpus of one part of speech and how often they occur, the most frequent first."""
        if part not in self._vocabulary:
            rows = self.run(VOCABULARY[part.value], {"files": self.files})
            self._vocabulary[part] = dict(sorted(rows, key=lambda row: (-row[1], row[0])))
        return self._vocabulary[part]

    @property
    def files(self) -> list[str]:
        """The shards that are read."""
        return [str(path) for path in self.shards.files]

    def run(self, statement: str, parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Run a statement on the engine, with its parameters bound, and fetch all its rows."""
        asked = dict(parameters or {})
        if self.side == "text" and SHARDS in statement:
            statement = statement.replace(SHARDS, "captions")
            del asked["files"]
        return list(self._engine.execute(statement, asked).fetchall())

    def query(self, pattern: Pattern, *, limit: int = 20, words: Words | None = None) -> Result:
        """The answers to a pattern; see :func:`query`.

        A shard that turns out to be damaged while it is read is left out, and the query is run again without it.
        """
        if limit < 1:
            raise InputError(f"--limit: expected 1 or more, found {limit}")
        words = words or Words()
        try:
            return self._query(pattern, limit, words)
        except _duckdb().Error:
            if self.side == "text" or not self._leave_out_damaged():
                raise
            return self._query(pattern, limit, words)

    def _query(self, pattern: Pattern, limit: int, words: Words) -> Result:
        from finsta.query.reasons import reasons

        self.find(pattern, words)
        self.run(answers_sql(pattern))
        total, clips = self.run("SELECT count(*), count(DISTINCT clip) FROM answers")[0]
        rows = self.run(BEST, {"limit": limit})
        warnings = [*self.shards.warnings, *([] if words.knows_synonyms else [NO_WORDNET])]
        return Result(
            pattern=pattern,
            answers=tuple(self._answers(rows, pattern, words)),
            total=total,
            clips=clips,
            searched=self.shards.clips,
            reasons=() if rows else reasons(self, pattern, words),
            warnings=tuple(warnings),
        )

    def find(self, pattern: Pattern, words: Words) -> None:
        """Make the tables of tracks and of relation intervals that could be parts of a pattern."""
        time = pattern.time
        asked = {
            "files": self.files,
            "start": time.start,
            "end": time.end,
            "last": time.last,
            "at_least": time.at_least,
        }
        things, relations = self._word_tables(pattern, words)
        for name, statement, table in (("words_things", THINGS, things), ("words_relations", RELATIONS, relations)):
            if statement is RELATIONS and not pattern.relations:
                continue
            self._engine.register(name, table)
            try:
                self.run(statement, asked)
            finally:
                self._engine.unregister(name)

    def _word_tables(self, pattern: Pattern, words: Words) -> tuple[Any, Any]:
        """Which labels of the corpus each thing and each relation matches, as tables of Arrow."""
        pa = import_arrow()
        slots = pa.list_(pa.map_(pa.string(), pa.float64()))
        weighted = [("label", pa.string()), ("weight", pa.float64()), ("slots", slots)]
        things = [
            {
                "thing": number,
                "label": label,
                "weight": weight,
                "slots": self._slots(Part.ATTRIBUTE, thing.attributes, words),
            }
            for number, thing in enumerate(pattern.things)
            for label, weight in words.matches(Part.OBJECT, thing.label, self.vocabulary(Part.OBJECT)).items()
        ]
        relations = []
        for number, relation in enumerate(pattern.relations):
            modifiers = self._slots(Part.MODIFIER, relation.modifiers, words)
            labels = self.vocabulary(Part.PREDICATE)
            straight = words.matches(Part.PREDICATE, relation.predicate, labels)
            for flipped, found in ((False, straight), (True, words.mirrored(relation.predicate, labels))):
                relations += [
                    {"relation": number, "label": label, "flipped": flipped, "weight": weight, "slots": modifiers}
                    for label, weight in found.items()
                ]
        return (
            pa.Table.from_pylist(things, schema=pa.schema([("thing", pa.int32()), *weighted])),
            pa.Table.from_pylist(
                relations, schema=pa.schema([("relation", pa.int32()), ("flipped", pa.bool_()), *weighted])
            ),
        )

    def _slots(self, part: Part, asked: Sequence[str], words: Words) -> list[list[tuple[str, float]]]:
        """For each attribute (or modifier) asked for, the words of the corpus that count as it."""
        return [list(words.matches(part, word, self.vocabulary(part)).items()) for word in asked]

    def _answers(self, rows: Sequence[tuple[Any, ...]], pattern: Pattern, words: Words) -> list[Answer]:
        places = [(clip >> 32, clip & 0xFFFFFFFF) for clip, *_ in rows]
        contents = self._contents(places)
        return [
            Answer(
                id=clip_id,
                video=content["video"],
                duration=content["duration"],
                score=score,
                intervals=merged(intervals),
                shard=str(self.shards.files[file]),
                row=row,
                side=self.side,
                **answer_of(content, pattern, words, tracks=tracks),
            )
            for (_, clip_id, tracks, score, intervals), (file, row), content in zip(rows, places, contents, strict=True)
        ]

    def _contents(self, places: Sequence[tuple[int, int]]) -> list[dict[str, Any]]:
        """What stands in the rows of the answers."""
        if self.side == "video":
            return read_rows(self.shards.files, places, COLUMNS)
        rows = self.run(ROWS, {"clips": [file << 32 | row for file, row in places]})
        names = ("video", "duration", "objects", "relations")
        found = {(file, row): dict(zip(names, values, strict=True)) for file, row, *values in rows}
        return [found[place] for place in places]

    def _leave_out_damaged(self) -> bool:
        """Whether files were found that cannot be read to their end; they are read no more."""
        whole, warnings = [], []
        for path in self.shards.files:
            try:
                self.run(
                    "SELECT max(id), max(duration), max(objects), max(relations) FROM read_parquet($files)",
                    {"files": [str(path)]},
                )
                whole.append(path)
            except _duckdb().Error as error:
                warnings.append(f"{path}: left out, it is damaged: {str(error).splitlines()[0]}")
        if not warnings:
            return False
        if not whole:
            raise InputError(f"{self.folder}: expected shards, found none that is whole ({'; '.join(warnings)})")
        clips = self.run("SELECT count(*) FROM read_parquet($files)", {"files": [str(p) for p in whole]})[0][0]
        self.shards = Shards(files=tuple(whole), clips=clips, warnings=(*self.shards.warnings, *warnings))
        self._vocabulary = {}
        return True


@cache
def _duckdb() -> Any:
    try:
        import duckdb
    except ImportError as error:
        raise MissingDependencyError("queries need DuckDB, found none; run: pip install 'finsta[corpus]'") from error
    return duckdb

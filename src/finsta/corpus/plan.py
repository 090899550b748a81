"""What of a manifest is still to be parsed, seen from the shards, the journal and the failures of earlier runs."""

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from finsta.corpus.keys import Recipe
from finsta.corpus.manifest import ManifestClip
from finsta.corpus.shards import Record
from finsta.corpus.work import Clip, Failure, Group, failure, video_status
from finsta.errors import OutputError, VideoError

LARGEST_GROUP = 32
"""Clips that one worker takes together at most."""

STATUS_THREADS = 16
"""Files that are asked for their size at one time: on a network drive each answer takes a while."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What there is to do.

    Attributes:
        groups: Clips for the workers.
        done: Clips that have their row.
        failures: Clips that cannot be tried (no file), or are not tried again.
        replaces: By id, the shard that holds an earlier row of a clip that is to be parsed.
    """

    groups: list[Group] = field(default_factory=list)
    done: int = 0
    failures: list[Failure] = field(default_factory=list)
    replaces: dict[str, int] = field(default_factory=dict)

    @property
    def clips(self) -> int:
        """Clips for the workers."""
        return sum(map(len, self.groups))


def make_plan(
    manifest: Sequence[ManifestClip],
    recipe: Recipe,
    *,
    records: Iterable[Record],
    failures: Iterable[Failure] = (),
    retry_failed: bool = False,
    overwrite: bool = False,
    largest_group: int = LARGEST_GROUP,
) -> Plan:
    """Compare a manifest with what is known.

    A row is up to date if its key is that of content, text and recipe. The content is not read again for it where size
    and time of the file are those of the row, or the file is gone; else a worker reads it, and parses if it changed.

    Args:
        manifest: The clips that are asked for.
        recipe: How they are to be parsed.
        records: Of the rows that there are; those of other clips are passed over.
        failures: Of earlier runs.
        retry_failed: Whether to try them again although nothing has changed.
        overwrite: Whether rows that were made by another recipe are to be replaced.
        largest_group: Clips that one worker takes together at most.

    Raises:
        OutputError: if there are such rows, unless they are to be replaced.
    """
    statuses = _statuses(manifest)
    done, earlier = _known(manifest, statuses, recipe, records, overwrite)
    failed = {} if retry_failed else {failure.id: failure for failure in failures}
    plan = Plan(done=len(done))
    clips, sizes = [], []
    for index, (entry, status) in enumerate(zip(manifest, statuses, strict=True)):
        if index in done:
            continue
        if isinstance(status, VideoError):
            plan.failures.append(failure(Clip(id=entry.id, video=entry.video), status))
            continue
        mark = _mark(entry, status, recipe)
        if entry.id in failed and failed[entry.id].mark == mark:
            plan.failures.append(failed[entry.id])
            continue
        record = earlier.get(index)
        if record is not None and record.shard is not None:
            plan.replaces[entry.id] = record.shard
        settled = None if record is None else record.key
        clips.append(Clip(id=entry.id, video=entry.video, text=entry.text, mark=mark, settled=settled, part=entry.part))
        sizes.append(status[0])
    plan.groups.extend(group_by_size(clips, sizes, largest=largest_group))
    return plan


def _known(
    manifest: Sequence[ManifestClip],
    statuses: "Sequence[Status | VideoError]",
    recipe: Recipe,
    records: Iterable[Record],
    overwrite: bool,
) -> tuple[set[int], dict[int, Record]]:
    """By index in the manifest: the clips whose row is up to date, and the rows that must be looked into."""
    places = {clip.id: index for index, clip in enumerate(manifest)}
    done: set[int] = set()
    earlier: dict[int, Record] = {}
    for record in records:
        index = places.get(record.id)
        if index is None:
            continue
        if not overwrite:
            _check_recipe(record, recipe)
        status = statuses[index]
        same_file = isinstance(status, VideoError) or (record.size, record.modified) == status
        if same_file and recipe.key(record.content, manifest[index].text, manifest[index].part) == record.key:
            done.add(index)
        else:
            earlier[index] = record
    return done, earlier


def group_by_size(clips: Sequence[Clip], sizes: Sequence[int], *, largest: int) -> list[Group]:
    """Clips that may share a video, and therefore work, together: those whose files are of one size, in order.

    Args:
        clips: In order of the manifest.
        sizes: Bytes of each one's file.
        largest: Clips in a group at most.
    """
    unfilled: dict[int, list[Clip]] = {}
    groups: list[list[Clip]] = []
    for clip, size in zip(clips, sizes, strict=True):
        group = unfilled.get(size)
        if group is None or len(group) == largest:
            group = unfilled[size] = []
            groups.append(group)
        group.append(clip)
    return [tuple(group) for group in groups]


Status = tuple[int, int]
"""Size of a file in bytes, and time of its last change in nanoseconds."""


def _statuses(manifest: Sequence[ManifestClip]) -> list[Status | VideoError]:
    with ThreadPoolExecutor(STATUS_THREADS) as threads:
        slices = (manifest[start : start + 1000] for start in range(0, len(manifest), 1000))
        parts = threads.map(lambda part: [_status(clip.video) for clip in part], slices)
        return [status for part in parts for status in part]


def _status(video: str) -> Status | VideoError:
    try:
        status: os.stat_result = video_status(video)
    except VideoError as error:
        return error
    return status.st_size, status.st_mtime_ns


def _mark(clip: ManifestClip, status: Status, recipe: Recipe) -> str:
    facts = [clip.video, *status, *(clip.part or ()), clip.text, recipe.settings, recipe.version]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:32]


def _check_recipe(record: Record, recipe: Recipe) -> None:
    if (record.settings, record.version) == (recipe.settings, recipe.version):
        return
    difference = recipe.difference(record.settings, record.version)
    raise OutputError(
        f"clip {record.id!r} of the corpus was parsed otherwise ({difference}); choose another --out, or add "
        "--overwrite, and each clip is replaced when its new graph is there"
    )

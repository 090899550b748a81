"""MSR-VTT's captions, from any of the documents in which they are published.

The authors' ``train_val_videodatainfo.json`` and ``test_videodatainfo.json`` hold ``{"info", "videos": [{"video_id",
"split", "category", "url", "start time", "end time", "id"}], "sentences": [{"sen_id", "video_id", "caption"}]}``;
CLIP4Clip's ``MSRVTT_data.json`` is both in one; ``MSR_VTT.json``, of Frozen and collaborative-experts, holds
``{"annotations": [{"image_id", "caption"}]}``, and lists of videos beside it; the ``raw-captions.pkl`` of
collaborative-experts holds lists of words by video.

A document is streamed; what is kept are the captions of the split at hand, since those of one video need not stand
together: 180,000 sentences of the largest split, some 25 MB.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from finsta.data.datasets.files import AnnotationFiles
from finsta.data.documents.fields import shown, take
from finsta.data.documents.json_stream import located_array
from finsta.data.documents.tables import read_table
from finsta.data.documents.text import read_lines
from finsta.data.documents.unpickle import read_pickle
from finsta.errors import FormatError

TRAIN_VAL, TEST = "train_val_videodatainfo.json", "test_videodatainfo.json"
MERGED, COCO, RAW = "MSRVTT_data.json", "MSR_VTT.json", "raw-captions.pkl"

SPLITS = {"train": ("train",), "val": ("validate", "val", "validation"), "test": ("test",)}
"""What a split is called in the documents."""

RANGES = {"train": range(6_513), "val": range(6_513, 7_010), "test": range(7_010, 10_000)}
"""Numbers of the videos of each split of the full data set."""

Listed = tuple[str, str]
"""Place and name of a video."""


def videos_of(files: AnnotationFiles, split: str) -> list[Listed]:
    """The videos of a split of the full data set: as the documents say, or the list beside ``MSR_VTT.json``."""
    path = files.find(TEST if split == "test" else TRAIN_VAL, MERGED)
    if path is None:
        if path := files.find(f"{split}_list_full.txt"):
            return list(read_lines(path))
        path = files.need(
            *((TEST,) if split == "test" else (TRAIN_VAL,)),
            MERGED,
            COCO,
            RAW,
            what=f"the captions of the split {split}",
        )
        return [(str(path), f"video{number}") for number in RANGES[split]]
    found = []
    for where, entry in located_array(path, within=("videos",)):
        of = take(entry, "split", str, where)
        if all(of not in names for names in SPLITS.values()):
            raise FormatError(f"{where}: expected the split train, validate or test, found {of!r}; mend the entry")
        if of in SPLITS[split]:
            found.append((where, take(entry, "video_id", str, where)))
    return found


def listed(path: Path) -> Iterator[Listed]:
    """The videos of a list: a table with the column ``video_id``, or one a line."""
    if path.suffix == ".csv":
        for where, (video,) in read_table(path, ("video_id",)):
            yield where, video
    else:
        yield from read_lines(path)


def with_captions(
    files: AnnotationFiles, videos: Iterable[Listed], split: str | None = None
) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Place, name and captions of each video, in the order of the videos.

    Args:
        files: Where the documents are.
        videos: Which; those without a caption are a fault.
        split: A split of the full data set that all are of; None reads documents of all splits.
    """
    wanted = list(videos)
    captions: dict[str, list[str]] = {video: [] for _, video in wanted}
    documents = _documents(files, split)
    for path in documents:
        for video, caption in _sentences(path):
            if video in captions:
                captions[video].append(caption)
    for where, video in wanted:
        if captions[video]:
            yield where, video, tuple(captions[video])
        else:
            names = " or ".join(path.name for path in documents)
            files.fault(
                "unannotated",
                f"{where}: expected captions of {video!r} in {names}, found none; give the file that holds them, or "
                "leave the video out",
            )


def _documents(files: AnnotationFiles, split: str | None) -> list[Path]:
    if split is not None:
        names = (TEST if split == "test" else TRAIN_VAL, MERGED, COCO, RAW)
        return [files.need(*names, what=f"the captions of the split {split}")]
    if path := files.find(MERGED, COCO, RAW):
        return [path]
    what = f"the captions of all splits in {MERGED}, {COCO} or {RAW}, or in two files, one of them"
    return [files.need(name, what=what) for name in (TRAIN_VAL, TEST)]


def _sentences(path: Path) -> Iterator[tuple[str, str]]:
    """Video and caption of each sentence of a document."""
    if path.suffix.lower() == ".pkl":
        yield from _pickled(path)
        return
    key, name = ("annotations", "image_id") if path.name.lower() == COCO.lower() else ("sentences", "video_id")
    for where, entry in located_array(path, within=(key,)):
        yield take(entry, name, str, where), take(entry, "caption", str, where).strip()


def _pickled(path: Path) -> Iterator[tuple[str, str]]:
    found = read_pickle(path)
    if not isinstance(found, dict):
        raise FormatError(f"{path}: expected captions by video, found {shown(found)}; give the file as published")
    for video, captions in found.items():
        for caption in captions:
            if not isinstance(caption, str | list) or not all(isinstance(word, str) for word in caption):
                raise FormatError(
                    f"{path}, {video!r}: expected captions as words, found {shown(caption)}; give another"
                )
            yield video, (caption if isinstance(caption, str) else " ".join(caption)).strip()

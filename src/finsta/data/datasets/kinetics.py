"""Kinetics-400: a CSV a split, as DeepMind and the crawler publish it, and under MMAction2's names.

Header ``label,youtube_id,time_start,time_end,split`` and often ``is_cc``; the test file has no ``label``. A video is
one clip, ``{youtube_id}_{start:06d}_{end:06d}.mp4``, mostly in a folder of its class. Class indices are those of the
sorted names, as in MMAction2's ``label_map_k400.txt``; other numberings are in use, so an index of someone else's list
means nothing here. The names are read from a list of classes if there is one, else from the training file, else from
the split itself: the classes of a cut file are too few, which the check says.
"""

from collections.abc import Iterator, Sequence
from functools import partial

from finsta.data.datasets.description import DatasetSpec, Located, Official, Variant, VideoName
from finsta.data.datasets.files import AnnotationFiles
from finsta.data.documents.tables import read_header, read_table
from finsta.data.documents.text import read_lines
from finsta.data.samples import Sample

CLIP = ("youtube_id", "time_start", "time_end", "split")
NAMES = {"train": ("train",), "val": ("val", "validate"), "test": ("test",)}
"""What a split is called in file names and in the column ``split``."""


def _file_names(split: str) -> list[str]:
    heads = ("kinetics-400_", "kinetics_400_", "kinetics400_", "kinetics_", "k400_", "")
    return [f"{head}{name}.csv" for head in heads for name in NAMES[split]]


def _read(files: AnnotationFiles, split: str) -> Iterator[Located]:
    path = files.need(*_file_names(split), what=f"the {split} clips")
    labelled = split != "test" or "label" in read_header(path)
    index = {name: number for number, name in enumerate(files.keep(_classes))} if labelled else {}
    columns = (*CLIP, "label") if labelled else CLIP
    for where, (video, start, end, of, *label) in read_table(path, columns, broken=partial(files.fault, "broken")):
        if of not in NAMES[split]:
            files.fault("broken", f"{where}: expected a clip of the split {split}, found one of {of!r}; give its file")
            continue
        if label and label[0] not in index:
            files.fault("outside", _outside(where, label[0], len(index)))
            continue
        try:
            name = f"{video}_{int(float(start)):06d}_{int(float(end)):06d}"
        except (ValueError, OverflowError):
            files.fault("broken", f"{where}: expected seconds, found {start!r} and {end!r}; mend the row")
            continue
        yield where, Sample(id=name, video=name, label=index[label[0]] if label else None)


def _classes(files: AnnotationFiles) -> tuple[str, ...]:
    """The class names, sorted; none beside a test file alone, which has no labels."""
    if path := files.find("label_map_k400.txt", "kinetics400_label_map.txt", "kinetics_label_map.txt"):
        return tuple(sorted({name for _, name in read_lines(path)}))
    if path := files.find("kinetics_400_labels.csv", "kinetics400_labels.csv"):
        return tuple(sorted({name for _, (name,) in read_table(path, ("name",))}))
    for split in ("train", "val", "test"):
        path = files.find(*_file_names(split))
        if path is not None and (split != "test" or "label" in read_header(path)):
            return tuple(sorted({name for _, (name,) in read_table(path, ("label",), broken=_unsaid)}))
    return ()


def _unsaid(message: str) -> None:
    """Rows that cannot be read are told when the samples are read."""


def _outside(where: str, label: str, classes: int) -> str:
    return (
        f"{where}: expected one of the {classes} classes of the class list, found {label!r}; "
        "mend the label, or give the class list that belongs to the file"
    )


def _names(sample: Sample) -> Sequence[VideoName]:
    """The clip; without zeros; or the whole video, of which the clip is a part."""
    youtube, start, end = sample.video.rsplit("_", 2)
    return (
        VideoName(stem=sample.video),
        VideoName(stem=f"{youtube}_{int(start)}_{int(end)}"),
        VideoName(stem=youtube, start=float(start), end=float(end)),
    )


DATASET = DatasetSpec(
    name="kinetics400",
    title="Kinetics-400",
    video_names=_names,
    variants={
        "clips": Variant(
            tasks=("recognition",),
            protocol="One label a clip, of 400 classes. Views of a clip (parts in time, crops) are averaged before "
            "ranking. Clips that are no longer to be had are left out by everyone: results hold for those found.",
            metric="Top-1 and Top-5 accuracy",
            source="Kay et al. 2017; class order and counts of the copy as in MMAction2; views as in VideoMAE (16 "
            "frames, 5 parts, 3 crops)",
            read=_read,
            classes=_classes,
            folders=("kinetics", "k400", "kinetics-400", "kinetics_400"),
            splits={
                "train": (
                    Official(samples=246_534, videos=246_534, classes=400, source="DeepMind's train file, from memory"),
                    Official(samples=240_436, videos=240_436, classes=400, source="MMAction2's copy"),
                ),
                "val": (
                    Official(samples=19_906, videos=19_906, classes=400, source="DeepMind's val file"),
                    Official(samples=19_796, videos=19_796, classes=400, source="MMAction2's copy"),
                    Official(samples=19_787, videos=19_787, classes=400, source="UniFormer's list"),
                ),
                "test": (Official(samples=38_685, videos=38_685, source="DeepMind's test file"),),
            },
        )
    },
)

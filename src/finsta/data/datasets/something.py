"""Something-Something v2: JSON lists of clips, and the class names with their indices.

``something-something-v2-{train,validation,test}.json`` (or ``labels/{train,validation,test}.json``) hold ``{"id",
"label", "template", "placeholders"}``, in test ``{"id"}`` alone; ``…-labels.json`` maps class names to indices as text.
The class is the template without its square brackets. ``label``, the template with the things filled in, becomes the
caption. The labels of test, which were kept back at first, are read from ``test-answers.csv`` (``id;class``, no header)
where it is there.
"""

from collections.abc import Iterator, Sequence

from finsta.data.datasets.description import DatasetSpec, Located, Official, Variant, VideoName
from finsta.data.datasets.files import AnnotationFiles
from finsta.data.documents.fields import read_json, shown, take
from finsta.data.documents.json_stream import located_array
from finsta.data.documents.tables import read_table
from finsta.data.samples import Sample
from finsta.errors import FormatError

PREFIX = "something-something-v2"
ANSWERS = "test-answers.csv"
FILES = {"train": "train", "val": "validation", "test": "test"}


def _read(files: AnnotationFiles, split: str) -> Iterator[Located]:
    name = FILES[split]
    path = files.need(f"{PREFIX}-{name}.json", f"{name}.json", what=f"the {name} clips")
    answers = _answers(files) if split == "test" else None
    index = {} if answers == {} else {name: number for number, name in enumerate(files.keep(_classes))}
    for where, entry in located_array(path):
        clip = str(take(entry, "id", (str, int), where))
        template = take(entry, "template", str, where) if answers is None else answers.get(clip)
        if template is None:
            yield where, Sample(id=clip, video=clip)
            continue
        label = index.get(template.replace("[", "").replace("]", ""))
        if label is None:
            files.fault(
                "outside",
                f"{where}: expected a template of the {len(index)} classes of {PREFIX}-labels.json, found "
                f"{template!r}; mend the template, or give the class list that belongs to the file",
            )
            continue
        captions = (take(entry, "label", str, where).strip(),) if answers is None else ()
        yield where, Sample(id=clip, video=clip, captions=captions, label=label)


def _answers(files: AnnotationFiles) -> dict[str, str]:
    """The classes of test by clip, where they are there."""
    path = files.find(ANSWERS)
    rows = read_table(path, ("id", "class"), header=False, delimiter=";", quoted=False) if path is not None else ()
    return {clip.strip(): name.strip() for _, (clip, name) in rows}


def _classes(files: AnnotationFiles) -> tuple[str, ...]:
    """The class names by their indices."""
    path = files.need(f"{PREFIX}-labels.json", "labels.json", what="the class names")
    found = read_json(path)
    try:
        names = sorted(found, key=lambda name: int(found[name]))
        numbers = [int(found[name]) for name in names]
    except (TypeError, ValueError) as error:
        raise FormatError(
            f"{path}: expected class names with indices as text, found {shown(found)}; give the file as published"
        ) from error
    if numbers != list(range(len(names))):
        raise FormatError(
            f"{path}: expected the indices 0 to {len(names) - 1}, each once, found {sorted(numbers)[:12]} and so on; "
            "give the file as published"
        )
    return tuple(names)


def _names(sample: Sample) -> Sequence[VideoName]:
    """The number as it stands, or filled up with zeros."""
    return (VideoName(stem=sample.video), VideoName(stem=sample.video.zfill(6)))


DATASET = DatasetSpec(
    name="ssv2",
    title="Something-Something v2",
    suffix=".webm",
    video_names=_names,
    variants={
        "clips": Variant(
            tasks=("recognition",),
            protocol="One label a clip, of 174 classes (templates without brackets); reported on validation, since the "
            "labels of test were kept back until test-answers.csv.",
            metric="Top-1 and Top-5 accuracy",
            source="Goyal et al. 2017; views as in VideoMAE (16 frames, 2 parts, 3 crops)",
            read=_read,
            classes=_classes,
            folders=("something-something-v2", "sthv2", "20bn-something-something-v2"),
            splits={
                "train": (
                    Official(
                        samples=168_913, videos=168_913, captions=168_913, classes=174, source="the published file"
                    ),
                ),
                "val": (
                    Official(samples=24_777, videos=24_777, captions=24_777, classes=174, source="the published file"),
                ),
                "test": (Official(samples=27_157, videos=27_157, source="the published file"),),
            },
        )
    },
)

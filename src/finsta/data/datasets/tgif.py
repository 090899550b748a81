"""TGIF-QA, the task FrameQA: questions about animated GIFs that one frame can answer."""

from collections.abc import Iterator

from finsta.data.datasets.description import DatasetSpec, Located, Official, Variant
from finsta.data.datasets.files import AnnotationFiles
from finsta.data.datasets.shuffling import share
from finsta.data.documents.tables import read_table
from finsta.data.samples import Sample

KINDS = {"0": "object", "1": "number", "2": "color", "3": "location"}
"""Question types by their codes in the column ``type``."""

COLUMNS = ("gif_name", "question", "answer", "type", "vid_id")

VAL_SHARE = 0.1
"""Share of the GIFs of the training file that make ``val``: those whose :func:`share` lies below it."""


def is_val(gif: str) -> bool:
    """Whether a GIF of the training file belongs to ``val``, with all its questions."""
    return share("tgif-val", gif) < VAL_SHARE


def _read(files: AnnotationFiles, split: str) -> Iterator[Located]:
    """The questions of a file, or of a part of it. Its name says .csv; the fields stand between tabs."""
    if split == "test":
        path = files.need("Test_frameqa_question.csv", what="the test questions")
    else:
        path = files.need("Train_frameqa_question.csv", what="the training questions")
    for where, (gif, question, answer, code, number) in read_table(
        path, COLUMNS, delimiter="\t", broken=lambda message: files.fault("broken", message)
    ):
        if split in ("train", "val") and is_val(gif) != (split == "val"):
            continue
        kind = KINDS.get(code.strip())
        if kind is None:
            files.fault("outside", f"{where}: expected a type from 0 to 3, found {code!r}; mend or leave it out")
            continue
        yield (
            where,
            Sample(id=number, video=gif, question=question.strip(), answers=(answer.strip(),), kind=kind),
        )


_PAPER = "Jang et al. 2017"

DATASET = DatasetSpec(
    name="tgifqa",
    title="TGIF-QA",
    suffix=".gif",
    variants={
        "frameqa": Variant(
            tasks=("open_qa",),
            protocol="One answer in a word, exact match, also by type of question. There is no official validation "
            "split: val is a tenth of the GIFs of the training file, chosen by a hash of their names, train the "
            "others, trainval the whole file.",
            metric="accuracy, accuracy by type",
            source=_PAPER,
            splits={
                "train": (Official(source="trainval without val"),),
                "val": (Official(source="a tenth of the GIFs of trainval"),),
                "trainval": (Official(samples=39392, source=_PAPER),),
                "test": (Official(samples=13691, source=_PAPER),),
            },
            read=_read,
            folders=("tgif", "tgif_qa", "tgif-qa", "frameqa"),
        )
    },
)

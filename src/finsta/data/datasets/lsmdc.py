"""LSMDC: tables between tabs, without header and without quotes, six fields a clip.

``clip_id, start_aligned, end_aligned, start_extracted, end_extracted, sentence``. A ``"`` is a letter of the sentence;
a reader that takes it for a quote swallows whole rows. A clip is a file of its own, ``{movie}/{clip_id}.avi``, so its
times are not those of the sample. Clips may be described several times in the training file: the second sample of a
clip has the id ``{clip_id}#2``, the third ``#3``.

Retrieval is evaluated on the 1,000 clips of the challenge; loaders often call them both val and test. Here ``val`` is
``LSMDC16_annos_val.csv``, and the public test file is the test split of the variant ``captions``.
"""

from collections.abc import Iterator
from functools import partial

from finsta.data.datasets.description import DatasetSpec, Located, Official, Read, Variant
from finsta.data.datasets.files import AnnotationFiles
from finsta.data.datasets.repeats import Numbered
from finsta.data.documents.tables import read_table
from finsta.data.samples import Sample

COLUMNS = ("clip_id", "start_aligned", "end_aligned", "start_extracted", "end_extracted", "sentence")
CHALLENGE = "LSMDC16_challenge_1000_publictect.csv"


def _reader(names: dict[str, tuple[str, ...]]) -> Read:
    """Reads the file of each split."""

    def read(files: AnnotationFiles, split: str) -> Iterator[Located]:
        path = files.need(*names[split], what=f"the {split} clips")
        unique = Numbered()
        broken = partial(files.fault, "broken")
        rows = read_table(path, COLUMNS, header=False, delimiter="\t", quoted=False, broken=broken)
        for where, (clip, *_, sentence) in rows:
            if not clip.strip():
                files.fault("broken", f"{where}: expected the id of a clip, found none; mend the row")
                continue
            yield where, Sample(id=unique(clip), video=clip, captions=(sentence.strip(),))

    return read


def _files(part: str) -> tuple[str, ...]:
    return (f"LSMDC16_annos_{part}.csv", f"LSMDC16_annos_{part}_someone.csv", f"LSMDC16_annos_{part}_real.csv")


COMMON = {"train": _files("training"), "val": _files("val")}
COUNTS = {
    "train": (Official(samples=101_079, captions=101_079, source="collaborative-experts' list"),),
    "val": (Official(samples=7_408, captions=7_408, source="the LSMDC page, from memory"),),
}
FOLDERS = ("lsmdc2016", "lsmdc16", "task1")

DATASET = DatasetSpec(
    name="lsmdc",
    title="LSMDC",
    suffix=".avi",
    variants={
        "retrieval": Variant(
            tasks=("retrieval",),
            protocol="One sentence a clip; text and video search each other among the 1,000 clips of the challenge.",
            metric="R@1, R@5, R@10, median and mean rank",
            source="LSMDC 2016 challenge; as in collaborative-experts and CLIP4Clip",
            read=_reader({**COMMON, "test": (CHALLENGE, "LSMDC16_challenge_1000_publictest.csv")}),
            folders=FOLDERS,
            splits={
                **COUNTS,
                "test": (Official(samples=1_000, videos=1_000, captions=1_000, source="the challenge"),),
            },
        ),
        "captions": Variant(
            tasks=("captioning",),
            protocol="One sentence a clip, the public test file.",
            metric="CIDEr, METEOR, ROUGE-L, BLEU-4",
            source="LSMDC 2016, movie description",
            read=_reader({**COMMON, "test": _files("test")}),
            folders=FOLDERS,
            splits={
                **COUNTS,
                "test": (Official(samples=10_053, captions=10_053, source="the LSMDC page, from memory"),),
            },
        ),
    },
)

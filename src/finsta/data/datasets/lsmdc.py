"""LSMDC: tables between tabs, without header and without quotes.

Every row begins ``clip_id, start_aligned, end_aligned, start_extracted, end_extracted``; then comes the sentence, or
what the variant asks. A ``"`` is a letter of the sentence; a reader that takes it for a quote swallows whole rows. A
clip is a file of its own, ``{movie}/{clip_id}.avi``, so its times are not those of the sample. A clip may have several
rows: the second sample of a clip has the id ``{clip_id}#2``, the third ``#3``.

Retrieval is evaluated on the 1,000 clips of the challenge; loaders often call them both val and test. Here ``val`` is
``LSMDC16_annos_val.csv``, and the public test file is the test split of the variant ``captions``.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from finsta.data.datasets.description import DatasetSpec, Located, Official, Read, Variant
from finsta.data.datasets.files import AnnotationFiles
from finsta.data.datasets.repeats import Numbered
from finsta.data.datasets.shuffling import shuffled
from finsta.data.documents.tables import read_table
from finsta.data.samples import Sample

CLIP = ("clip_id", "start_aligned", "end_aligned", "start_extracted", "end_extracted")
CHALLENGE = ("LSMDC16_challenge_1000_publictect.csv", "LSMDC16_challenge_1000_publictest.csv")
CHOICES = 5

Make = Callable[[str, str, tuple[str, ...]], Sample]
"""The sample of an id, a clip, and the fields after those of :data:`CLIP`; raises ``ValueError`` with what is wrong."""


def _described(name: str, clip: str, fields: tuple[str, ...]) -> Sample:
    return Sample(id=name, video=clip, captions=(fields[0].strip(),))


def _filled(name: str, clip: str, fields: tuple[str, ...]) -> Sample:
    """``sentence, fill_in, blank``: the sentence with a gap is the question, the word of the gap the answer."""
    return Sample(id=name, video=clip, question=fields[1].strip(), answers=(fields[2].strip(),))


def _chosen(name: str, clip: str, fields: tuple[str, ...]) -> Sample:
    """Five sentences and the number of the right one, from 1; in training and validation the first is right."""
    sentences = [sentence.strip() for sentence in fields[:CHOICES]]
    if len(fields) == CHOICES:
        order = shuffled("lsmdc-choices", name, CHOICES)
        return Sample(id=name, video=clip, choices=tuple(sentences[place] for place in order), answer=order.index(0))
    if fields[CHOICES].strip() not in map(str, range(1, CHOICES + 1)):
        raise ValueError(f"expected a number of 1 to {CHOICES}, found {fields[CHOICES]!r}")
    return Sample(id=name, video=clip, choices=tuple(sentences), answer=int(fields[CHOICES]) - 1)


def _reader(names: Mapping[str, tuple[str, ...]], columns: Mapping[str, tuple[str, ...]], make: Make) -> Read:
    """Reads the file of each split, whose rows have these columns after those of the clip."""

    def read(files: AnnotationFiles, split: str) -> Iterator[Located]:
        path = files.need(*names[split], what=f"the {split} clips")
        unique = Numbered()
        broken = partial(files.fault, "broken")
        row = (*CLIP, *columns[split])
        for where, fields in read_table(path, row, header=False, delimiter="\t", quoted=False, broken=broken):
            clip = fields[0].strip()
            if not clip:
                broken(f"{where}: expected the id of a clip, found none; mend the row or leave it out")
                continue
            try:
                sample = make(unique(clip), clip, fields[len(CLIP) :])
            except ValueError as error:
                files.fault("outside", f"{where}: {error}; mend the row or leave it out")
                continue
            yield where, sample

    return read


def _same(splits: tuple[str, ...], columns: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    return dict.fromkeys(splits, columns)


def _annos(part: str) -> tuple[str, ...]:
    """The names of an annotation file; later releases replace names of persons by SOMEONE."""
    return (f"LSMDC16_annos_{part}.csv", f"LSMDC16_annos_{part}_someone.csv", f"LSMDC16_annos_{part}_real.csv")


SPLITS = ("train", "val", "test")
TRAINING = {"train": _annos("training"), "val": _annos("val")}
SENTENCE = _same(SPLITS, ("sentence",))
FIVE = tuple(f"sentence{number}" for number in range(1, CHOICES + 1))

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
            read=_reader({**TRAINING, "test": CHALLENGE}, SENTENCE, _described),
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
            read=_reader({**TRAINING, "test": _annos("test")}, SENTENCE, _described),
            folders=FOLDERS,
            splits={
                **COUNTS,
                "test": (Official(samples=10_053, captions=10_053, source="the LSMDC page, from memory"),),
            },
        ),
        "fib": Variant(
            tasks=("open_qa",),
            protocol="The one word that is missing in a sentence; right is what equals it.",
            metric="accuracy",
            source="LSMDC 2016, fill in the blank (Maharaj et al. 2017)",
            read=_reader(
                {
                    "train": ("LSMDC16_annos_training_FIB.csv",),
                    "val": ("LSMDC16_annos_val_FIB.csv",),
                    "test": ("LSMDC16_annos_test_FIB.csv",),
                },
                _same(SPLITS, ("sentence", "fill_in", "blank")),
                _filled,
            ),
            folders=FOLDERS,
            splits={
                "train": (Official(samples=296_960, source="Maharaj et al. 2017, from memory"),),
                "val": (Official(samples=21_689, source="Maharaj et al. 2017, from memory"),),
                "test": (Official(samples=30_354, source="Maharaj et al. 2017, from memory"),),
            },
        ),
        "mc": Variant(
            tasks=("multiple_choice_qa",),
            protocol="Which of five sentences belongs to the clip; the order of training and validation, whose right "
            "sentence is the first, is drawn once by a hash.",
            metric="accuracy",
            source="LSMDC 2016, multiple choice (Torabi et al. 2016)",
            read=_reader(
                {
                    "train": ("LSMDC16_multiple_choice_train.csv",),
                    "val": ("LSMDC16_multiple_choice_valid.csv",),
                    "test": ("LSMDC16_multiple_choice_test_randomized.csv",),
                },
                {"train": FIVE, "val": FIVE, "test": (*FIVE, "answer")},
                _chosen,
            ),
            folders=FOLDERS,
            splits={
                "train": (Official(samples=101_079, source="a question for each training sentence, from memory"),),
                "val": (Official(samples=7_408, source="a question for each validation sentence, from memory"),),
                "test": (Official(samples=10_053, source="a question for each public test sentence, from memory"),),
            },
        ),
    },
)

"""MSR-VTT: captions, the cuts of them that retrieval uses, open-ended questions, multiple choice.

``full`` is the authors' division; ``1k-A`` (of JSFusion) tests on 1,000 pairs with one sentence a video, of which five
sentences stand there twice, and trains on the 9,000 other videos, ``train-7k`` on 7,010; ``1k-B`` (of Miech et al.)
tests on 1,000 other videos with all their captions. What each is read from stands in
:mod:`~finsta.data.datasets.msrvtt_captions` and :mod:`~finsta.data.datasets.msrvtt_questions`.
"""

from collections.abc import Iterator
from pathlib import Path

from finsta.data.datasets.description import DatasetSpec, Located, Official, Variant
from finsta.data.datasets.files import AnnotationFiles
from finsta.data.datasets.msrvtt_captions import listed, videos_of, with_captions
from finsta.data.datasets.msrvtt_questions import read_choices, read_qa
from finsta.data.documents.tables import read_table
from finsta.data.documents.unpickle import read_pickle
from finsta.data.samples import Sample
from finsta.errors import FormatError

LISTS = {
    "train": ("MSRVTT_train.9k.csv", "train_list_jsfusion.txt"),
    "train-7k": ("MSRVTT_train.7k.csv",),
    "test": ("val_list_jsfusion.txt",),
}
MIECH = {"train": "train_list_miech.txt", "test": "test_list_miech.txt"}
JSFUSION = ("MSRVTT_JSFUSION_test.csv",)
CHOSEN = "jsfusion_val_caption_idx.pkl"


def _full(files: AnnotationFiles, split: str) -> Iterator[Located]:
    for where, video, captions in with_captions(files, videos_of(files, split), split):
        yield where, Sample(id=video, video=video, captions=captions)


def _one_k_a(files: AnnotationFiles, split: str) -> Iterator[Located]:
    if split != "test":
        yield from _videos(files, files.need(*LISTS[split], what="the list of training videos"))
    elif path := files.find(*JSFUSION):
        for where, (key, video, sentence) in read_table(path, ("key", "video_id", "sentence")):
            yield where, Sample(id=key, video=video, captions=(sentence.strip(),))
    else:
        yield from _chosen(files)


def _chosen(files: AnnotationFiles) -> Iterator[Located]:
    """The same 1,000 pairs, as a list of videos and the number of the caption that is taken of each."""
    path = files.need(*JSFUSION, *LISTS["test"], what="the 1,000 test pairs")
    chosen_by = files.need(CHOSEN, what="the numbers of the test captions")
    chosen = read_pickle(chosen_by)
    if not isinstance(chosen, dict):
        raise FormatError(f"{chosen_by}: expected a dict of numbers by video, found a {type(chosen).__name__}")
    for where, video, captions in with_captions(files, listed(path)):
        number = chosen.get(video)
        if number is None or not 0 <= number < len(captions):
            files.fault(
                "unannotated",
                f"{where}: expected the number of one of {len(captions)} captions of {video!r} in {chosen_by.name}, "
                f"found {number}; give the file that belongs to the captions",
            )
            continue
        yield where, Sample(id=video, video=video, captions=(captions[number],))


def _one_k_b(files: AnnotationFiles, split: str) -> Iterator[Located]:
    yield from _videos(files, files.need(MIECH[split], what=f"the list of {split} videos"))


def _videos(files: AnnotationFiles, path: Path) -> Iterator[Located]:
    """The videos of a list with all their captions."""
    for where, video, captions in with_captions(files, listed(path)):
        yield where, Sample(id=video, video=video, captions=captions)


def _counts(videos: int, source: str) -> tuple[Official, ...]:
    """Of a split with twenty captions a video."""
    return (Official(samples=videos, videos=videos, captions=20 * videos, source=source),)


RETRIEVAL = "R@1, R@5, R@10, median and mean rank"

DATASET = DatasetSpec(
    name="msrvtt",
    title="MSR-VTT",
    variants={
        "full": Variant(
            tasks=("captioning", "retrieval"),
            protocol="Captions of 2,990 test videos, each judged by its 20 references. In retrieval every caption is a "
            "query; a video is found by the best of its captions.",
            metric="CIDEr, BLEU-4, METEOR, ROUGE-L",
            source="Xu et al. 2016",
            read=_full,
            splits={
                "train": _counts(6_513, "the paper"),
                "val": _counts(497, "the paper"),
                "test": _counts(2_990, "the paper"),
            },
        ),
        "1k-A": Variant(
            tasks=("retrieval",),
            protocol="1,000 pairs of a video and one sentence search each other; five sentences are there twice, each "
            "with its own video as the only right one. Training on the 9,000 other videos (train) or 7,010 (train-7k).",
            metric=RETRIEVAL,
            source="JSFusion (Yu et al. 2018); training lists as in CLIP4Clip",
            read=_one_k_a,
            splits={
                "train": _counts(9_000, "MSRVTT_train.9k.csv"),
                "train-7k": _counts(7_010, "MSRVTT_train.7k.csv"),
                "test": (
                    Official(
                        samples=1_000,
                        videos=1_000,
                        captions=1_000,
                        distinct_captions=995,
                        source="MSRVTT_JSFUSION_test.csv",
                    ),
                ),
            },
        ),
        "1k-B": Variant(
            tasks=("retrieval",),
            protocol="1,000 test videos with all their captions, each a query; training on 6,656 videos.",
            metric=RETRIEVAL,
            source="Miech et al. 2018; lists as in collaborative-experts",
            read=_one_k_b,
            splits={
                "train": _counts(6_656, "collaborative-experts"),
                "test": _counts(1_000, "collaborative-experts"),
            },
        ),
        "qa": Variant(
            tasks=("open_qa",),
            protocol="One word answers a question; right is what equals the answer. Also by the first word of the "
            "question.",
            metric="accuracy",
            source="MSRVTT-QA (Xu et al. 2017)",
            read=read_qa,
            folders=("msrvtt_qa", "msrvtt-qa", "msrvttqa"),
            splits={
                "train": (Official(samples=158_581, videos=6_513, source="the paper, from memory"),),
                "val": (Official(samples=12_278, videos=497, source="the published file"),),
                "test": (Official(samples=72_821, videos=2_990, source="the paper, from memory"),),
            },
        ),
        "mc": Variant(
            tasks=("multiple_choice_qa",),
            protocol="Which of five captions belongs to the video; no training split, models of retrieval are used.",
            metric="accuracy",
            source="JSFusion (Yu et al. 2018); file as in ClipBERT",
            read=read_choices,
            folders=("msrvtt_mc", "msrvtt_retrieval_mc", "msrvtt-mc"),
            splits={"test": (Official(samples=2_990, videos=2_990, source="JSFusion"),)},
        ),
    },
)

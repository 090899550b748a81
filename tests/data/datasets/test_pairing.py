"""Samples of every kind become pairs, and a manifest of them is read back as it was."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from finsta.data.datasets import AnnotationFiles, Dataset, DatasetSpec, Located, Official, Variant, open_dataset
from finsta.data.datasets.pairing import write_pairs
from finsta.data.pairs import HardNegative, Pair, read_pairs
from finsta.data.samples import Sample
from finsta.errors import InputError, OutputError
from tests.data.datasets.writing import write


def dataset(folder: Path, *samples: Sample, videos: str = "v") -> Dataset:
    """A data set of these samples; each letter is a video that is there."""

    def read(files: AnnotationFiles, split: str) -> Iterator[Located]:
        return ((f"place {number}", sample) for number, sample in enumerate(samples))

    variant = Variant(
        tasks=("recognition",),
        protocol="p",
        metric="m",
        source="s",
        read=read,
        classes=lambda _: ("run", "jump high"),
        splits={"train": (Official(),)},
    )
    for name in videos:
        write(folder, f"videos/{name}.mp4", "")
    return open_dataset(DatasetSpec(name="own", title="Own", variants={"v": variant}), folder, "train")


@pytest.mark.parametrize(
    ("sample", "texts"),
    [
        (Sample(id="a", video="v", captions=("one",)), {"a": "one"}),
        (Sample(id="a", video="v", captions=("one", "", "two")), {"a-0": "one", "a-1": "two"}),
        (Sample(id="a", video="v", captions=("one",), label=1), {"a": "one"}),
        (Sample(id="a", video="v", label=1), {"a": "jump high"}),
        (Sample(id="a", video="v", question="who?", answers=("man", "boy")), {"a": "who? man"}),
        (Sample(id="a", video="v", question="He runs.", answers=("true",)), {"a": "He runs."}),
        (Sample(id="a", video="v", question="who?", choices=("x", "y"), answer=1), {"a": "who? y"}),
        (Sample(id="a", video="v", choices=("x", "y"), answer=0), {"a": "x"}),
    ],
)
def test_the_text_of_a_sample_is_what_is_true_of_it(tmp_path: Path, sample, texts):
    pairs = list(dataset(tmp_path, sample).pairs())
    assert {pair.id: pair.caption for pair in pairs} == texts
    assert all(pair.video == tmp_path / "videos/v.mp4" for pair in pairs)


def test_wrong_choices_are_hard_negatives_and_false_statements_are_left_out(tmp_path: Path):
    data = dataset(
        tmp_path,
        Sample(id="a", video="v", start=1.5, end=4.0, question="who?", choices=("x", "y", "z"), answer=1),
        Sample(id="b", video="v", question="He runs.", answers=("false",)),
    )
    wrong = tuple(HardNegative(caption=f"who? {choice}", kind="choice") for choice in "xz")
    assert list(data.pairs()) == [
        Pair(id="a", video=tmp_path / "videos/v.mp4", caption="who? y", negatives=wrong, start=1.5, end=4.0)
    ]


def test_missing_videos_are_left_out_and_named_once(tmp_path: Path):
    samples = [Sample(id=f"{n}", video=video, captions=("x",)) for n, video in enumerate("vwwvu")]
    missing: list[str] = []
    pairs = list(dataset(tmp_path, *samples).pairs(missing=missing.append))
    assert ([pair.id for pair in pairs], missing) == (["0", "3"], ["w", "u"])
    assert [pair.id for pair in dataset(tmp_path, *samples).pairs(limit=3)] == ["0"]


def test_a_split_that_keeps_its_answers_back_gives_no_pairs_but_a_reason(tmp_path: Path):
    data = dataset(tmp_path, Sample(id="a", video="v"), Sample(id="b", video="v", question="who?", choices=("x",)))
    with pytest.raises(
        InputError, match=r"Own, train: expected captions, labels or answers, found none, since this split"
    ):
        list(data.pairs())


def test_a_manifest_is_read_back_as_it_was_wherever_the_videos_lie(tmp_path: Path):
    choices = Sample(id="a", video="v", start=0.0, end=2.5, choices=("Ärger", "y"), answer=0)
    pairs = list(dataset(tmp_path / "data", choices, Sample(id="b", video="v", captions=("x",))).pairs())
    for manifest in (tmp_path / "data/train.jsonl", tmp_path / "elsewhere/train.jsonl"):
        manifest.parent.mkdir(exist_ok=True)
        assert write_pairs(pairs, manifest) == 2
        assert read_pairs(manifest) == pairs
    assert '"video": "videos/v.mp4"' in (tmp_path / "data/train.jsonl").read_text()
    with pytest.raises(OutputError):
        write_pairs(pairs, tmp_path / "data")

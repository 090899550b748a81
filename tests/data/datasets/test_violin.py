"""VIOLIN: two shapes with the same statements, the true one first in both, and never first by rule in ours."""

from pathlib import Path
from typing import Any

import pytest

from finsta.data.datasets import Dataset, open_dataset
from finsta.data.samples import Sample, Subtitle
from finsta.errors import FormatError
from tests.data.datasets.writing import faults_of, told, write, write_json, write_lines

CLIP = "gt3ntYidpvs_clip_000_040"


def annotation(folder: Path, clips: int = 1, split: str = "test") -> None:
    found: dict[str, Any] = {
        f"{CLIP}{number or ''}": {
            "file": f"{CLIP}{number or ''}",
            "source": "MovieClips",
            "span": [0, 40],
            "statement": [[f"{number} {place} is so. ", f"{number} {place} is not so."] for place in range(3)],
            "sub": [["Hello.", [1500, 2000]]],
            "split": split,
        }
        for number in range(clips)
    }
    write_json(folder, "violin_annotation.json", found | {"other": {"file": "other", "statement": [], "sub": []}})


def lines(folder: Path, clips: int = 1) -> None:
    entries = [
        {
            "paired_id": f"{CLIP}{number or ''}-{place}-{false}",
            "vid_name": f"{CLIP}{number or ''}",
            "statement": f"{number} {place} is {'not ' * false}so.",
            "example_id": 6 * number + 2 * place + false,
            "answer": 1 - false,
        }
        for number in range(clips)
        for place in range(3)
        for false in (0, 1)
    ]
    write_lines(folder, "violin_test_release.jsonl", *entries)


def labels(dataset: Dataset) -> dict[str, tuple[str, ...]]:
    return {str(sample.question): sample.answers for sample in dataset.samples()}


def test_labels_stay_with_their_statements_in_both_shapes(tmp_path: Path):
    expected = {f"0 {place} is so.": ("true",) for place in range(3)}
    expected |= {f"0 {place} is not so.": ("false",) for place in range(3)}
    annotation(tmp_path / "a")
    lines(tmp_path / "b")
    assert labels(open_dataset("violin", tmp_path / "a", "test")) == expected
    assert labels(open_dataset("violin", tmp_path / "b", "test")) == expected
    samples = [told(open_dataset("violin", tmp_path / name, "test")) for name in "ab"]
    assert samples[0].keys() == samples[1].keys()


def test_the_true_statement_comes_first_in_half_of_the_pairs_and_in_the_same_ones(tmp_path: Path):
    annotation(tmp_path / "a", clips=100)
    lines(tmp_path / "b", clips=100)
    orders = []
    for name in "ab":
        statements = list(open_dataset("violin", tmp_path / name, "test").samples())
        orders.append([sample.answers for sample in statements[::2]])
        pairs = list(open_dataset("violin", tmp_path / name, "test", variant="pairs").samples())
        assert [pair.answer == 0 for pair in pairs] == [first == ("true",) for first in orders[-1]]
        assert all("not" not in pair.choices[pair.answer] for pair in pairs if pair.answer is not None)
    assert orders[0] == orders[1]
    assert 120 < orders[0].count(("true",)) < 180


def test_a_sample_has_its_clip_and_what_is_said_in_seconds(tmp_path: Path):
    annotation(tmp_path, split="validate")
    samples = told(open_dataset("violin", tmp_path, "val"))
    assert samples[f"{CLIP}-1-0"] == Sample(
        id=f"{CLIP}-1-0",
        video=CLIP,
        question="0 1 is so.",
        answers=("true",),
        subtitles=(Subtitle(text="Hello.", start=1.5, end=2.0),),
    )
    assert told(open_dataset("violin", tmp_path, "test")) == {}


def test_a_clip_may_lie_in_its_whole_video(tmp_path: Path):
    annotation(tmp_path)
    write(tmp_path, "videos/gt3ntYidpvs.mp4", "")
    dataset = open_dataset("violin", tmp_path, "test")
    segment = dataset.segment(next(dataset.samples()))
    assert segment is not None
    assert (segment.video.name, segment.start, segment.end) == ("gt3ntYidpvs.mp4", 0.0, 40.0)


def test_a_private_test_has_statements_without_answers(tmp_path: Path):
    entries = [{"paired_id": f"x-0-{place}", "vid_name": "x", "statement": f"{place}"} for place in (0, 1)]
    write_lines(tmp_path, "violin_test_release.jsonl", *entries)
    assert [sample.answers for sample in open_dataset("violin", tmp_path, "test").samples()] == [(), ()]
    (pair,) = open_dataset("violin", tmp_path, "test", variant="pairs").samples()
    assert (pair.answer, sorted(pair.choices)) == (None, ["0", "1"])


def test_a_statement_without_its_partner_is_no_pair(tmp_path: Path):
    lines(tmp_path)
    path = tmp_path / "violin_test_release.jsonl"
    path.write_text("\n".join(path.read_text().splitlines()[:-1]))
    samples, faults = faults_of(open_dataset("violin", tmp_path, "test", variant="pairs"))
    assert len(samples) == 2
    assert "violin_test_release.jsonl:5: expected a true and a false statement" in faults[0].message
    assert len(list(open_dataset("violin", tmp_path, "test").samples())) == 5


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"statement": [["only one"]]}, "expected pairs of statements, found list"),
        ({"sub": [["x", [1]]]}, r"expected subtitles as \[text, \[start, end\]\] in milliseconds"),
        ({"file": 3}, "expected 'file' as str"),
        ({"sub": None}, "expected 'sub' as list, found NoneType None"),
    ],
)
def test_a_clip_of_another_form_is_told(tmp_path: Path, change, message):
    entry = {"file": "x", "statement": [["a", "b"]], "sub": [], "split": "test"} | change
    write_json(tmp_path, "violin_annotation.json", {"x": entry})
    with pytest.raises(FormatError, match=rf"violin_annotation\.json:1, 'x': {message}"):
        list(open_dataset("violin", tmp_path, "test").samples())


def test_an_answer_that_is_neither_is_told(tmp_path: Path):
    write_lines(
        tmp_path, "violin_train_release.jsonl", {"paired_id": "x-0-0", "vid_name": "x", "statement": "s", "answer": 2}
    )
    with pytest.raises(FormatError, match=r"violin_train_release\.jsonl:1: expected the answer 1 or 0, found 2"):
        list(open_dataset("violin", tmp_path, "train").samples())

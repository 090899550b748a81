"""LSMDC: tabs, no header, no quotes, clips with several rows, clip names with dots."""

from pathlib import Path

import pytest

from finsta.data.datasets import open_dataset
from finsta.data.samples import Sample
from finsta.errors import FormatError
from tests.data.datasets.writing import faults_of, told, write

CLIP = "0001_American_Beauty_00.00.51.926-00.00.54.129"
OTHER = "0001_American_Beauty_00.00.55.000-00.00.58.000"
TIMES = "00.00.51.926\t00.00.54.129\t00.00.51.926\t00.00.54.129"


def row(clip: str, *fields: str) -> str:
    return "\t".join((clip, TIMES, *fields)) + "\n"


def test_a_quote_is_a_letter_and_a_clip_may_be_described_twice(tmp_path: Path):
    text = row(CLIP, '"Someone, he says, looks up. ') + row(OTHER, 'A "car".') + row(CLIP, "He looks down.")
    write(tmp_path, "LSMDC16_annos_training.csv", text)
    assert list(open_dataset("lsmdc", tmp_path, "train").samples()) == [
        Sample(id=CLIP, video=CLIP, captions=('"Someone, he says, looks up.',)),
        Sample(id=OTHER, video=OTHER, captions=('A "car".',)),
        Sample(id=f"{CLIP}#2", video=CLIP, captions=("He looks down.",)),
    ]


def test_retrieval_tests_on_the_thousand_and_captions_on_the_public_test(tmp_path: Path):
    write(tmp_path, "LSMDC16_challenge_1000_publictect.csv", row(CLIP, "One."))
    write(tmp_path, "LSMDC16_annos_test.csv", row(CLIP, "Two.") + row(OTHER, "Three."))
    write(tmp_path, "task1/LSMDC16_annos_val_someone.csv", row(CLIP, "SOMEONE smiles."))
    assert [s.captions for s in open_dataset("lsmdc", tmp_path, "test").samples()] == [("One.",)]
    assert len(list(open_dataset("lsmdc", tmp_path, "test", variant="captions").samples())) == 2
    assert [s.captions for s in open_dataset("lsmdc", tmp_path, "val").samples()] == [("SOMEONE smiles.",)]


def test_blanks_and_choices_are_questions(tmp_path: Path):
    five = ["right", "b", "c", "d", "e"]
    write(tmp_path, "LSMDC16_annos_val_FIB.csv", row(CLIP, "She smiles.", "She _____ .", "smiles"))
    write(tmp_path, "LSMDC16_multiple_choice_valid.csv", "".join(row(f"c{n}", *five) for n in range(40)))
    write(tmp_path, "LSMDC16_multiple_choice_test_randomized.csv", row(CLIP, "a", "b", "right", "d", "e", "3"))
    blank = Sample(id=CLIP, video=CLIP, question="She _____ .", answers=("smiles",))
    assert list(open_dataset("lsmdc", tmp_path, "val", variant="fib").samples()) == [blank]
    choices = list(open_dataset("lsmdc", tmp_path, "val", variant="mc").samples())
    assert {sample.choices[sample.answer] for sample in choices if sample.answer is not None} == {"right"}
    assert {sample.answer for sample in choices} == {0, 1, 2, 3, 4}
    assert [s.answer for s in open_dataset("lsmdc", tmp_path, "test", variant="mc").samples()] == [2]


def test_rows_of_another_width_and_answers_that_are_none_are_named(tmp_path: Path):
    write(tmp_path, "LSMDC16_annos_val.csv", row(CLIP, "One.") + f"{CLIP}\tcut short\n" + row("", "Two."))
    data = open_dataset("lsmdc", tmp_path, "val")
    with pytest.raises(FormatError, match=r"annos_val.csv:2: expected 6 fields between tabs, found 2: '0001.*mend"):
        list(data.samples())
    samples, faults = faults_of(data)
    assert (len(samples), [fault.kind for fault in faults]) == (1, ["broken", "broken"])
    assert "val.csv:3: expected the id of a clip, found none; mend the row or leave it out" in faults[1].message
    write(tmp_path, "LSMDC16_multiple_choice_test_randomized.csv", row(CLIP, *"abcde", "6"))
    with pytest.raises(FormatError, match=r"randomized.csv:1: expected a number of 1 to 5, found '6'; mend the row"):
        list(open_dataset("lsmdc", tmp_path, "test", variant="mc").samples())


def test_a_table_between_commas_is_no_lsmdc(tmp_path: Path):
    write(tmp_path, "LSMDC16_annos_val.csv", "clip,start,end,sentence\n")
    with pytest.raises(FormatError, match=r"val.csv:1: expected 6 fields between tabs, found 1: 'clip,start"):
        list(open_dataset("lsmdc", tmp_path, "val").samples())


def test_a_clip_is_found_by_its_name_with_dots(tmp_path: Path):
    write(tmp_path, "LSMDC16_annos_val.csv", row(CLIP, "One.") + row(OTHER, "Two."))
    found = write(tmp_path, f"videos/0001_American_Beauty/{CLIP}.avi", "")
    data = open_dataset("lsmdc", tmp_path, "val")
    assert [data.segment(sample) is not None for sample in told(data).values()] == [True, False]
    assert str(data.segment(told(data)[CLIP])) == str(found)

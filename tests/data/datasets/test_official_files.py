"""The readers on the published files themselves, where these are at hand; the project does not need them."""

from pathlib import Path

import pytest

from finsta.data.datasets import dataset_names, open_dataset

ROOT = Path(__file__).parents[4] / "shared" / "data" / "annotations"

pytestmark = pytest.mark.skipif(not ROOT.is_dir(), reason=f"the published annotation files are not at {ROOT}")

WHOLE = [
    ("kinetics400", "clips", "val", 19_906),
    ("ssv2", "clips", "val", 24_777),
    ("youcook2", "segments", "train", 10_337),
    ("youcook2", "segments", "val", 3_492),
    ("youcook2", "paragraphs", "val", 457),
    ("youcook2", "retrieval", "val", 3_350),
    ("msrvtt", "1k-A", "test", 1_000),
    ("msrvtt", "qa", "val", 12_278),
    ("didemo", "paragraph", "val", 1_065),
    ("msvd", "captions", "test", 670),
    ("activitynet", "paragraph", "val", 4_917),
    ("how2qa", "release", "val", 2_852),
    ("how2qa", "value", "val", 3_115),
]
CUT = [("tgifqa", "frameqa", "test", 500), ("violin", "statements", "test", 500)]
"""Splits of which only the first rows are at hand."""


@pytest.mark.parametrize(("name", "variant", "split", "count"), WHOLE)
def test_whole_files_agree_with_the_official_counts(name, variant, split, count):
    check = open_dataset(name, ROOT, split, variant=variant).check()
    assert check.complete, [fault.message for fault in check.faults[:3]] or check.counts
    assert check.counts[0].found == count == check.counts[0].official


@pytest.mark.parametrize(("name", "variant", "split", "count"), CUT)
def test_files_that_are_cut_say_so(name, variant, split, count):
    check = open_dataset(name, ROOT, split, variant=variant).check()
    assert not check.complete
    assert check.faults == ()
    assert check.counts[0].found == count < (check.counts[0].official or 0)


def test_the_thousand_pairs_have_995_sentences():
    counts = {count.what: count.found for count in open_dataset("msrvtt", ROOT, "test", variant="1k-A").check().counts}
    assert (counts["captions"], counts["distinct_captions"]) == (1_000, 995)


def test_kinetics_classes_are_400_sorted_names():
    classes = open_dataset("kinetics400", ROOT, "val").classes
    assert (len(classes), list(classes), classes[0]) == (400, sorted(classes), "abseiling")


def test_every_name_of_this_test_is_a_data_set():
    assert {row[0] for row in [*WHOLE, *CUT]} <= set(dataset_names())

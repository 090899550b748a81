"""Data sets are opened by name, their files found wherever they lie, and what is asked wrongly is answered."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from finsta.data.datasets import (
    AnnotationFiles,
    DatasetSpec,
    Located,
    MissingFileError,
    Official,
    Variant,
    dataset_names,
    dataset_spec,
    open_dataset,
)
from finsta.data.datasets.opening import open_all
from finsta.data.documents.text import read_lines
from finsta.data.samples import Sample
from finsta.errors import FormatError, InputError
from tests.data.datasets.writing import write, write_json

TASKS = {"recognition", "captioning", "retrieval", "paragraph_retrieval", "open_qa", "multiple_choice_qa", "binary_qa"}


def read(files: AnnotationFiles, split: str) -> Iterator[Located]:
    for where, name in read_lines(files.need(f"{split}.txt", what="the names")):
        yield where, Sample(id=name, video=name, captions=(f"this is {name}",))


def own(**splits: Official) -> DatasetSpec:
    """A data set of one's own: a list of names."""
    variant = Variant(
        tasks=("retrieval",),
        protocol="names",
        metric="R@1",
        source="here",
        read=read,
        splits={name: (official,) for name, official in splits.items()},
    )
    return DatasetSpec(name="own", title="Own", variants={"names": variant, "others": variant})


@pytest.mark.parametrize("name", dataset_names())
def test_every_data_set_describes_itself(name):
    spec = dataset_spec(name)
    assert spec.name == name
    for variant in spec.variants.values():
        assert variant.tasks
        assert set(variant.tasks) <= TASKS
        assert all((variant.protocol, variant.metric, variant.source, variant.splits))
        assert all(official.source for known in variant.splits.values() for official in known)
        assert ("recognition" in variant.tasks) == (variant.classes is not None)


def test_names_are_read_kindly_and_others_refused():
    assert dataset_spec("MSR-VTT").name == "msrvtt"
    assert dataset_spec("Something-Something-v2").name == "ssv2"
    with pytest.raises(
        InputError, match=r"data set 'msr': expected one of kinetics400, .*; `finsta data list` describes"
    ):
        dataset_spec("msr")


def test_a_wrong_split_or_variant_says_which_there_are(tmp_path: Path):
    spec = own(train=Official(), val=Official(), test=Official())
    with pytest.raises(InputError, match=r"own, names: expected the split train, val or test, found 'tset'"):
        open_dataset(spec, tmp_path, "tset")
    with pytest.raises(InputError, match=r"own: expected the variant names or others, found 'all'"):
        open_dataset(spec, tmp_path, "val", variant="all")
    assert open_dataset(spec, tmp_path, "validation").split == "val"
    assert open_dataset(spec, tmp_path, "DEV", variant="others").variant == "others"


def test_all_splits_are_opened_or_those_named(tmp_path: Path):
    spec = own(train=Official(), val=Official())
    assert [(data.variant, data.split) for data in open_all(spec, tmp_path, split="training")] == [
        ("names", "train"),
        ("others", "train"),
    ]
    assert len(open_all(spec, tmp_path)) == 4
    assert len(open_all(spec, tmp_path, variant="others")) == 2
    with pytest.raises(InputError, match=r"own: expected the split train or val, found 'test'"):
        open_all(spec, tmp_path, split="test")
    with pytest.raises(InputError, match=r"own: expected the variant names or others, found 'x'"):
        open_all(spec, tmp_path, variant="x")
    few = replace(spec.variants["names"], splits={"test": (Official(),)})
    uneven = replace(spec, variants={"names": spec.variants["names"], "few": few})
    with pytest.raises(InputError, match=r"own, few: expected the split test, found 'val'"):
        open_all(uneven, tmp_path, variant="few", split="val")


def test_samples_are_read_anew_each_time_and_an_id_that_is_there_twice_is_named(tmp_path: Path):
    write(tmp_path, "val.txt", "a\nb\na\n")
    data = open_dataset(own(val=Official()), tmp_path, "val")
    stream = data.samples()
    assert [next(stream).id, next(stream).id] == ["a", "b"]
    with pytest.raises(
        FormatError, match=r"val.txt:3: expected each id once, found 'a' again; leave one of the two out"
    ):
        next(stream)
    write(tmp_path, "val.txt", "c")
    assert [sample.id for sample in data.samples()] == ["c"]


def test_a_file_is_found_at_three_levels_whatever_its_case(tmp_path: Path):
    path = write(tmp_path, "a/b/c/Val.TXT", "x")
    assert AnnotationFiles(tmp_path).find("val.txt") == path
    assert AnnotationFiles(tmp_path).find("*al.txt") == path
    assert AnnotationFiles(path).find("val.txt") == path
    write(tmp_path, "deep/b/c/d/test.txt", "x")
    assert AnnotationFiles(tmp_path).find("test.txt") is None
    with pytest.raises(InputError, match=r"none: no such folder; give the folder of the data set's annotation files"):
        AnnotationFiles(tmp_path / "none")


def test_of_several_files_the_one_in_the_named_folder_or_nearest_to_the_root_is_taken(tmp_path: Path):
    named = write(tmp_path, "own_qa/inner/val.txt", "")
    near = write(tmp_path, "val.txt", "")
    assert AnnotationFiles(tmp_path, folders=("own_qa",)).find("val.txt") == named
    assert AnnotationFiles(tmp_path).find("val.txt") == near
    near.unlink()
    write(tmp_path, "other/inner/val.txt", "")
    with pytest.raises(InputError, match=r"expected one val.txt, found .*other.*val.txt and .*own_qa.*val.txt; give"):
        AnnotationFiles(tmp_path).find("val.txt")


def test_the_folders_of_other_data_sets_are_passed_over(tmp_path: Path):
    write_json(tmp_path, "activitynet/train.json", {"v_1": {}})
    write_json(tmp_path, "something-something-v2/train.json", [])
    write_json(tmp_path, "something-something-v2/labels.json", {"a": "0"})
    assert list(open_dataset("ssv2", tmp_path, "train").samples()) == []
    (tmp_path / "something-something-v2/train.json").unlink()
    with pytest.raises(
        MissingFileError, match=r"expected the train clips in something-something-v2-train.json or train.json"
    ):
        list(open_dataset("ssv2", tmp_path, "train").samples())


def test_what_is_missing_is_asked_for_with_what_is_there(tmp_path: Path):
    with pytest.raises(
        MissingFileError, match=r"expected the names in val.txt, found no annotation file; give the folder"
    ):
        list(open_dataset(own(val=Official()), tmp_path, "val").samples())
    for number in range(10):
        write(tmp_path, f"{number}.json", "")
    with pytest.raises(MissingFileError, match=r"found 0.json, 1.json, .*, 7.json and 2 more; give the folder"):
        list(open_dataset(own(val=Official()), tmp_path, "val").samples())


def test_videos_beside_the_annotations_are_taken(tmp_path: Path):
    write_json(tmp_path, "ssv2/labels/test.json", [{"id": "5"}])
    write(tmp_path, "msvd/videos/5.webm", "")
    found = write(tmp_path, "ssv2/videos/5.webm", "")
    data = open_dataset("ssv2", tmp_path, "test")
    assert str(data.segment(next(data.samples()))) == str(found)
    found = write(tmp_path, "videos/5.webm", "")
    data = open_dataset("ssv2", tmp_path, "test")
    assert str(data.segment(next(data.samples()))) == str(found)


def test_without_videos_a_segment_cannot_be_had(tmp_path: Path):
    write(tmp_path, "val.txt", "a")
    data = open_dataset(own(val=Official()), tmp_path, "val")
    with pytest.raises(
        InputError, match=r"Own: expected a folder of videos, none was given; give `videos`, or --videos"
    ):
        data.segment(next(data.samples()))

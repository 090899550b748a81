"""MSVD: four shapes of the captions give the same samples; MSVD-QA finds its clips through the mapping."""

import pickle
from pathlib import Path

import pytest

from finsta.data.datasets import open_dataset
from finsta.data.samples import Sample
from finsta.errors import FormatError, InputError
from tests.data.datasets.writing import faults_of, told, write, write_json

CAPTIONS = {"-4w_PCjDBc_5_15": ["a squirrel eats", "a nut"], "abc_0_9": ["a man sings"], "xyz_1_2": ["x"]}


def lists(folder: Path) -> None:
    write(folder, "train_list.txt", "xyz_1_2\n")
    write(folder, "test_list.txt", "abc_0_9\n-4w_PCjDBc_5_15")


def as_json(folder: Path) -> None:
    write_json(folder, "captions_msvd.json", CAPTIONS)


def as_pickle(folder: Path) -> None:
    words = {name: [text.split() for text in texts] for name, texts in CAPTIONS.items()}
    (folder / "raw-captions.pkl").write_bytes(pickle.dumps(words, protocol=2))


def as_text(folder: Path) -> None:
    rows = [f"{name} {text}" for name, texts in CAPTIONS.items() for text in texts]
    write(folder, "AllVideoDescriptions.txt", "\n".join(["# what this is", "", *rows]))


def as_table(folder: Path) -> None:
    rows = ["VideoID,Start,End,WorkerID,Source,AnnotationTime,Language,Description"]
    for name, texts in CAPTIONS.items():
        video, start, end = name.rsplit("_", 2)
        rows += [f"{video},{start},{end},7,clean,12,English,{text}" for text in texts]
        rows.append(f'{video},{start},{end},7,clean,12,German,"Ein Mann, der singt"')
    write(folder, "MSR_Video_Description_Corpus.csv", "\n".join(rows))


@pytest.mark.parametrize("publish", [as_json, as_pickle, as_text, as_table])
def test_every_shape_of_the_captions_gives_the_same_samples(tmp_path: Path, publish):
    lists(tmp_path)
    publish(tmp_path)
    assert list(open_dataset("msvd", tmp_path, "test").samples()) == [
        Sample(id="abc_0_9", video="abc_0_9", captions=("a man sings",)),
        Sample(id="-4w_PCjDBc_5_15", video="-4w_PCjDBc_5_15", captions=("a squirrel eats", "a nut")),
    ]
    assert list(told(open_dataset("msvd", tmp_path, "train"))) == ["xyz_1_2"]


def test_a_listed_clip_without_captions_is_told(tmp_path: Path):
    write(tmp_path, "val_list.txt", "abc_0_9\nlost_1_2\n")
    as_json(tmp_path)
    samples, faults = faults_of(open_dataset("msvd", tmp_path, "val"))
    assert [sample.id for _, sample in samples] == ["abc_0_9"]
    assert [fault.kind for fault in faults] == ["unannotated"]
    with pytest.raises(FormatError, match=r"val_list\.txt:2: expected captions of 'lost_1_2', found none; give"):
        list(open_dataset("msvd", tmp_path, "val").samples())


def test_lists_without_captions_say_what_is_wanted(tmp_path: Path):
    lists(tmp_path)
    with pytest.raises(InputError, match=r"expected the captions in captions_msvd\.json, raw-captions\.pkl, .* none"):
        list(open_dataset("msvd", tmp_path, "test").samples())


class Runs:
    def __reduce__(self):
        return print, ("this has run",)


def test_a_pickle_that_would_run_something_is_refused(tmp_path: Path, capsys):
    lists(tmp_path)
    (tmp_path / "raw-captions.pkl").write_bytes(pickle.dumps({"abc_0_9": Runs()}))
    with pytest.raises(FormatError, match=r"raw-captions\.pkl: expected a pickle of plain values.* nothing of it was"):
        list(open_dataset("msvd", tmp_path, "test").samples())
    assert capsys.readouterr().out == ""


def test_captions_that_are_no_sentences_are_told(tmp_path: Path):
    lists(tmp_path)
    write_json(tmp_path, "captions_msvd.json", {"abc_0_9": ["fine", 7], "-4w_PCjDBc_5_15": ["x"]})
    samples, faults = faults_of(open_dataset("msvd", tmp_path, "test"))
    assert samples[0][1].captions == ("fine",)
    assert "captions_msvd.json:1, 'abc_0_9': expected sentences, found int 7" in faults[0].message


def questions(folder: Path) -> None:
    write_json(
        folder,
        "val_qa.json",
        [
            {"id": 31, "video_id": 1202, "question": "What is a man doing?", "answer": "sing"},
            {"id": 32, "video_id": 1, "question": "does it rain?", "answer": "no"},
        ],
    )


def test_questions_find_their_clips_and_their_first_words(tmp_path: Path):
    questions(tmp_path)
    write(tmp_path, "youtube_mapping.txt", "abc_0_9 vid1\n-4w_PCjDBc_5_15 vid1202\n")
    assert list(open_dataset("msvd", tmp_path, "val", variant="qa").samples()) == [
        Sample(
            id="31", video="-4w_PCjDBc_5_15", question="What is a man doing?", answers=("sing",), kind="what"
        ),
        Sample(id="32", video="abc_0_9", question="does it rain?", answers=("no",), kind="other"),
    ]  # fmt: skip


def test_without_the_mapping_clips_have_their_numbers(tmp_path: Path):
    questions(tmp_path)
    assert [s.video for s in open_dataset("msvd", tmp_path, "val", variant="qa").samples()] == ["vid1202", "vid1"]


def test_a_number_that_the_mapping_lacks_is_told(tmp_path: Path):
    questions(tmp_path)
    write(tmp_path, "youtube_mapping.txt", "abc_0_9 vid1\n")
    with pytest.raises(FormatError, match=r"qa\.json:1, element 0: expected a clip of youtube_mapping\.txt, .*1202"):
        list(open_dataset("msvd", tmp_path, "val", variant="qa").samples())
    write(tmp_path, "youtube_mapping.txt", "abc_0_9 1\n")
    with pytest.raises(FormatError, match=r"youtube_mapping\.txt:1: expected a name and vidN, found 'abc_0_9 1'"):
        list(open_dataset("msvd", tmp_path, "val", variant="qa").samples())


def test_a_question_without_answer_is_told(tmp_path: Path):
    write_json(tmp_path, "test_qa.json", [{"id": 1, "video_id": 2, "question": "what?"}])
    with pytest.raises(FormatError, match=r"test_qa\.json:1, element 0: expected the field 'answer'"):
        list(open_dataset("msvd", tmp_path, "test", variant="qa").samples())

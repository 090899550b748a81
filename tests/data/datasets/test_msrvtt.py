"""MSR-VTT: three documents of captions give the same samples; cuts, questions and choices from their own files."""

import pickle
from pathlib import Path
from typing import Any

import pytest

from finsta.data.datasets import open_dataset
from finsta.data.samples import Sample
from finsta.errors import FormatError, InputError
from tests.data.datasets.writing import faults_of, told, write, write_json, write_lines

TEXTS = {"video0": ["a", "b"], "video6513": ["c", "d"], "video7010": ["e", "f"], "video7011": ["g", "h"]}
SPLIT = {"video0": "train", "video6513": "validate", "video7010": "test", "video7011": "test"}
SENTENCES = [
    {"sen_id": 9, "video_id": video, "caption": f" {texts[n]}"} for n in (0, 1) for video, texts in TEXTS.items()
]


def authors(*splits: str) -> dict[str, Any]:
    """The authors' document; captions of one video do not stand together."""
    videos = [
        {"video_id": video, "start time": 1.0, "split": split, "id": 0}
        for video, split in SPLIT.items()
        if split in splits
    ]
    return {"info": {}, "videos": videos, "sentences": [s for s in SENTENCES if SPLIT[s["video_id"]] in splits]}


def as_authors(folder: Path) -> None:
    write_json(folder, "train_val_videodatainfo.json", authors("train", "validate"))
    write_json(folder, "test_videodatainfo.json", authors("test"))


def as_merged(folder: Path) -> None:
    write_json(folder, "MSRVTT_data.json", authors("train", "validate", "test"))


def as_coco(folder: Path) -> None:
    entries = [{"image_id": s["video_id"], "caption": s["caption"]} for s in SENTENCES]
    write_json(folder, "annotation/MSR_VTT.json", {"images": [{"id": "video0"}], "annotations": entries})
    for split, videos in {"train": "video0", "val": "video6513", "test": "video7010\nvideo7011"}.items():
        write(folder, f"high-quality/structured-symlinks/{split}_list_full.txt", videos)


def as_words(folder: Path) -> None:
    as_coco(folder)
    (folder / "annotation/MSR_VTT.json").unlink()
    words = {video: [[text] for text in texts] for video, texts in TEXTS.items()}
    (folder / "raw-captions.pkl").write_bytes(pickle.dumps(words))


@pytest.mark.parametrize("publish", [as_authors, as_merged, as_coco, as_words])
def test_every_published_document_gives_the_same_captions(tmp_path: Path, publish):
    publish(tmp_path)
    assert list(open_dataset("msrvtt", tmp_path, "train").samples()) == [
        Sample(id="video0", video="video0", captions=("a", "b"))
    ]
    assert list(told(open_dataset("msrvtt", tmp_path, "val"))) == ["video6513"]
    assert [s.captions for s in open_dataset("msrvtt", tmp_path, "test").samples()] == [("e", "f"), ("g", "h")]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (["a"], r"raw-captions.pkl: expected captions by video, found list \['a'\]; give the file as published"),
        ({"video0": [3]}, r"raw-captions.pkl, 'video0': expected captions as words, found int 3; give another"),
    ],
)
def test_pickled_captions_of_another_form_are_named(tmp_path: Path, content, message):
    (tmp_path / "raw-captions.pkl").write_bytes(pickle.dumps(content))
    with pytest.raises(FormatError, match=message):
        list(open_dataset("msrvtt", tmp_path, "train").samples())


def test_without_lists_the_numbers_of_the_videos_say_the_split(tmp_path: Path):
    entries = [{"image_id": f"video{number}", "caption": "x"} for number in range(6_513, 7_010)]
    write_json(tmp_path, "MSR_VTT.json", {"annotations": entries})
    check = open_dataset("msrvtt", tmp_path, "val").check()
    assert [count.found for count in check.counts if count.what == "videos"] == [497]
    assert check.faults == ()


def test_retrieval_takes_one_sentence_a_video_and_trains_on_a_list(tmp_path: Path):
    as_authors(tmp_path)
    write(tmp_path, "MSRVTT_JSFUSION_test.csv", 'key,vid_key,video_id,sentence\nret0,msr7010,video7010,"one, two"\n')
    write(tmp_path, "MSRVTT_train.9k.csv", "video_id\nvideo7011\nvideo0\n")
    assert list(open_dataset("msrvtt", tmp_path, "test", variant="1k-A").samples()) == [
        Sample(id="ret0", video="video7010", captions=("one, two",))
    ]
    train = open_dataset("msrvtt", tmp_path, "train", variant="1k-A")
    assert {video: sample.captions for video, sample in told(train).items()} == {
        "video7011": ("g", "h"),
        "video0": ("a", "b"),
    }


def test_the_same_pairs_come_from_a_list_and_numbers_of_captions(tmp_path: Path):
    as_coco(tmp_path)
    write(tmp_path, "val_list_jsfusion.txt", "video7010\nvideo7011")
    (tmp_path / "jsfusion_val_caption_idx.pkl").write_bytes(pickle.dumps({"video7010": 1, "video7011": 0}))
    data = open_dataset("msrvtt", tmp_path, "test", variant="1k-A")
    assert [sample.captions for sample in data.samples()] == [("f",), ("g",)]
    (tmp_path / "jsfusion_val_caption_idx.pkl").write_bytes(pickle.dumps({"video7010": 2, "video7011": 0}))
    with pytest.raises(
        FormatError, match=r"jsfusion.txt:1: expected the number of one of 2 captions of 'video7010' in"
    ):
        list(data.samples())
    (tmp_path / "jsfusion_val_caption_idx.pkl").write_bytes(pickle.dumps([1, 0]))
    with pytest.raises(FormatError, match=r"caption_idx.pkl: expected a dict of numbers by video, found a list"):
        list(data.samples())


def test_the_cut_of_miech_keeps_all_captions(tmp_path: Path):
    as_merged(tmp_path)
    write(tmp_path, "test_list_miech.txt", "video7011\n")
    assert [s.captions for s in open_dataset("msrvtt", tmp_path, "test", variant="1k-B").samples()] == [("g", "h")]


def test_a_listed_video_without_captions_is_told(tmp_path: Path):
    as_merged(tmp_path)
    write(tmp_path, "MSRVTT_train.7k.csv", "video_id\nvideo0\nvideo1\n")
    data = open_dataset("msrvtt", tmp_path, "train-7k", variant="1k-A")
    samples, faults = faults_of(data)
    assert ([sample.id for _, sample in samples], [fault.kind for fault in faults]) == (["video0"], ["unannotated"])
    with pytest.raises(
        FormatError, match=r"7k.csv:3: expected captions of 'video1' in MSRVTT_data.json, found none; give"
    ):
        list(data.samples())


QUESTIONS = [
    {"id": 158581, "video_id": 6513, "category_id": 14, "question": "what is a man doing?", "answer": "sing"},
    {"id": 158582, "video_id": 6514, "category_id": 14, "question": "how many men?", "answer": "two"},
]


def test_questions_come_as_a_list_or_as_lines(tmp_path: Path):
    write_json(tmp_path, "val_qa.json", QUESTIONS)
    assert list(open_dataset("msrvtt", tmp_path, "val", variant="qa").samples()) == [
        Sample(id="158581", video="video6513", question="what is a man doing?", answers=("sing",), kind="what"),
        Sample(id="158582", video="video6514", question="how many men?", answers=("two",), kind="how"),
    ]
    (tmp_path / "val_qa.json").unlink()
    line = {"answer": "couch", "question": "what?", "video_id": "video6513", "answer_type": "where"}
    write_lines(tmp_path, "msrvtt_qa/val.jsonl", line, line)
    assert list(open_dataset("msrvtt", tmp_path, "val", variant="qa").samples()) == [
        Sample(id="val-0", video="video6513", question="what?", answers=("couch",), kind="where"),
        Sample(id="val-1", video="video6513", question="what?", answers=("couch",), kind="where"),
    ]


def test_choices_come_as_lines_or_as_a_list(tmp_path: Path):
    write_lines(
        tmp_path, "msrvtt_mc_test.jsonl", {"qid": 7, "clip_name": "video7010", "options": list("abcde"), "answer": 4}
    )
    expected = Sample(id="7", video="video7010", choices=tuple("abcde"), answer=4)
    assert list(open_dataset("msrvtt", tmp_path, "test", variant="mc").samples()) == [expected]
    (tmp_path / "msrvtt_mc_test.jsonl").unlink()
    write_json(tmp_path, "mc_test.json", [{"video": "video7010.mp4", "caption": list("abcde"), "answer": 5}])
    with pytest.raises(FormatError, match=r"mc_test.json:1, element 0: expected an answer of 0 to 4, found 5; mend it"):
        list(open_dataset("msrvtt", tmp_path, "test", variant="mc").samples())


@pytest.mark.parametrize(
    ("variant", "split", "message"),
    [
        (
            "full",
            "test",
            r"expected the captions of the split test in test_videodatainfo.json or MSRVTT_data.json or MSR_VTT",
        ),
        (
            "1k-A",
            "test",
            r"expected the 1,000 test pairs in MSRVTT_JSFUSION_test.csv or val_list_jsfusion.txt, found no",
        ),
        ("1k-A", "train", r"expected the list of training videos in MSRVTT_train.9k.csv or train_list_jsfusion.txt"),
        ("qa", "train", r"expected the train questions in train_qa.json or msrvtt_qa_train.json"),
    ],
)
def test_a_file_that_is_not_there_is_asked_for_by_its_names(tmp_path: Path, variant, split, message):
    with pytest.raises(InputError, match=message):
        list(open_dataset("msrvtt", tmp_path, split, variant=variant).samples())


def test_captions_of_all_splits_need_both_files_of_the_authors(tmp_path: Path):
    write_json(tmp_path, "train_val_videodatainfo.json", authors("train", "validate"))
    write(tmp_path, "MSRVTT_train.9k.csv", "video_id\nvideo0\n")
    message = r"expected the captions of all splits .*, one of them in test_videodatainfo.json, found MSRVTT_train"
    with pytest.raises(InputError, match=message):
        list(open_dataset("msrvtt", tmp_path, "train", variant="1k-A").samples())


def test_a_split_that_the_document_does_not_know_is_named(tmp_path: Path):
    document = authors("test")
    document["videos"][1]["split"] = "hidden"
    write_json(tmp_path, "test_videodatainfo.json", document)
    with pytest.raises(
        FormatError, match=r"element 1: expected the split train, validate or test, found 'hidden'; mend"
    ):
        list(open_dataset("msrvtt", tmp_path, "test").samples())

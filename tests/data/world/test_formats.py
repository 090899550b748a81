"""Every reader reads what the world writes in its format, to the frames."""

from pathlib import Path

import pytest

from finsta.data.datasets import dataset_names, dataset_spec, open_dataset
from finsta.data.world.formats.clips import read_world
from finsta.data.world.formats.recognition import kinetics_class, something_labels
from finsta.data.world.formats.table import FORMATS
from finsta.data.world.vocabulary import VERBS
from finsta.video.frames import sample_frames

SPLITS = [
    (name, variant, split)
    for name in FORMATS
    for variant, described in dataset_spec(name).variants.items()
    for split in described.splits
]

PUBLISHED = {
    "kinetics400": "kinetics-400_test.csv kinetics-400_train.csv kinetics-400_val.csv label_map_k400.txt",
    "ssv2": "something-something-v2-labels.json something-something-v2-test.json something-something-v2-train.json "
    "something-something-v2-validation.json",
    "youcook2": "validation_youcook.csv yc2_val_anet_format_para.json youcookii_annotations_test_segments_only.json "
    "youcookii_annotations_trainval.json",
    "msrvtt": "MSRVTT_JSFUSION_test.csv MSRVTT_data.json MSRVTT_train.7k.csv MSRVTT_train.9k.csv msrvtt_mc_test.jsonl "
    "test_list_miech.txt test_qa.json test_videodatainfo.json train_list_miech.txt train_qa.json "
    "train_val_videodatainfo.json val_qa.json",
    "lsmdc": "LSMDC16_annos_test.csv LSMDC16_annos_test_FIB.csv LSMDC16_annos_training.csv "
    "LSMDC16_annos_training_FIB.csv LSMDC16_annos_val.csv LSMDC16_annos_val_FIB.csv "
    "LSMDC16_challenge_1000_publictect.csv LSMDC16_multiple_choice_test_randomized.csv "
    "LSMDC16_multiple_choice_train.csv LSMDC16_multiple_choice_valid.csv",
    "didemo": "test_data.json test_list.txt train_data.json train_list.txt val_data.json val_list.txt",
    "msvd": "AllVideoDescriptions.txt MSR_Video_Description_Corpus.csv captions_msvd.json raw-captions.pkl "
    "test_list.txt test_qa.json train_list.txt train_qa.json val_list.txt val_qa.json youtube_mapping.txt",
    "tgifqa": "Test_frameqa_question.csv Train_frameqa_question.csv",
    "queryd": "confidence_captions_combined_filtered-v2.pkl confidence_captions_combined_filtered.pkl "
    "raw_captions_combined_filtered-v2.pkl raw_captions_combined_filtered.pkl test_list.txt "
    "times_captions_combined_filtered-v2.pkl times_captions_combined_filtered.pkl train_list.txt val_list.txt",
    "activitynet": "test_ids.json train.json train_ids.json val_1.json val_2.json val_ids.json",
    "how2qa": "how2QA_test_public_release.csv how2QA_train_release.csv how2QA_val_release.csv how2_vid_mapping.json "
    "how2qa_test_public_release.jsonl how2qa_train_release.jsonl how2qa_val_release.jsonl how2r_qa_sub.jsonl",
    "violin": "violin_annotation.json violin_test_release.jsonl violin_train_release.jsonl violin_val_release.jsonl",
}


def test_there_is_a_format_for_every_data_set():
    assert set(FORMATS) == set(dataset_names()) - {"manifest"}
    assert len(FORMATS) == 12


@pytest.mark.parametrize("name", FORMATS)
def test_files_have_the_published_names_and_videos_the_official_extension(world: Path, name: str):
    folder = world / "formats" / name
    found = sorted(path.name for path in folder.iterdir() if path.is_file() and path.name != "format.json")
    assert found == sorted(PUBLISHED[name].split())
    suffixes = {path.suffix for path in (folder / "videos").rglob("*") if path.is_file()}
    assert suffixes == {dataset_spec(name).suffix}


@pytest.mark.parametrize(("name", "variant", "split"), SPLITS)
def test_every_split_is_read_without_a_fault_and_its_videos_are_there(world: Path, name: str, variant: str, split: str):
    dataset = open_dataset(name, world / "formats" / name, split, variant=variant)
    samples = list(dataset.samples())
    check = dataset.check()
    assert samples
    assert (check.faults, check.missing) == ((), ())
    for sample in samples:
        segment = dataset.segment(sample)
        assert segment is not None
        assert segment.start is None or segment.end is None or 0 <= segment.start < segment.end
    segment = dataset.segment(samples[-1])
    assert segment is not None
    images, times = sample_frames(segment.video, 3, start=segment.start, end=segment.end)
    assert [image.shape for image in images] == [(32, 32, 3)] * 3
    assert times == sorted(times)


@pytest.mark.parametrize(("name", "variant", "split"), SPLITS)
def test_samples_have_what_their_tasks_ask_for(world: Path, name: str, variant: str, split: str):
    dataset = open_dataset(name, world / "formats" / name, split, variant=variant)
    kept_back = split == "test" and name in ("kinetics400", "ssv2", "youcook2")
    for sample in dataset.samples():
        if "recognition" in dataset.task:
            assert (sample.label is None) == kept_back
            assert sample.label is None or 0 <= sample.label < len(dataset.classes)
        if {"captioning", "retrieval", "paragraph_retrieval"} & set(dataset.task):
            assert kept_back or all(caption.strip() for caption in sample.captions)
            assert kept_back or sample.captions
        if "open_qa" in dataset.task:
            assert sample.question
            assert len(sample.answers) == 1
        if "multiple_choice_qa" in dataset.task:
            assert len(set(sample.choices)) == len(sample.choices) >= 2
            assert sample.answer is not None
        if "binary_qa" in dataset.task:
            assert sample.answers in (("true",), ("false",))


def test_what_is_judged_holds_the_worlds_test_clips(world: Path):
    """The split that papers report on is the one with compositions that training never shows."""
    clips = read_world(world)
    test, train = len(clips.of("test")), len(clips.of("train"))
    judged = {("msrvtt", "full", "test"), ("lsmdc", "captions", "test"), ("msvd", "captions", "test")}
    judged |= {("youcook2", "segments", "val"), ("didemo", "moments", "test"), ("youcook2", "retrieval", "val")}
    for name, variant, split in judged:
        dataset = open_dataset(name, world / "formats" / name, split, variant=variant)
        assert len(list(dataset.samples())) == test
    assert len(list(open_dataset("msvd", world / "formats" / "msvd", "train").samples())) == train


def test_the_validation_gifs_that_the_reader_carves_are_the_worlds_own(world: Path):
    dataset = open_dataset("tgifqa", world / "formats" / "tgifqa", "val")
    assert len({sample.video for sample in dataset.samples()}) == len(read_world(world).of("val")) == 1


def test_classes_are_all_verbs_and_all_verbs_with_their_paces(world: Path):
    kinetics = open_dataset("kinetics400", world / "formats" / "kinetics400", "val")
    something = open_dataset("ssv2", world / "formats" / "ssv2", "val")
    assert len(kinetics.classes) == len(VERBS) == 17
    assert len(something.classes) == len(something_labels()) == 33
    clips = {clip.index: clip for clip in read_world(world).clips}
    for sample in something.samples():
        clip, number = divmod(int(sample.video) - 1, 10)
        event = clips[clip].scene.events[number]
        assert sample.label is not None
        label = something.classes[sample.label]
        assert label.startswith(f"Something {kinetics_class(event)}")
        assert (event.adverb or "") in label


def test_parts_of_films_are_where_their_events_are(world: Path):
    """Sentences of ActivityNet and QuerYD have the intervals of the gold events, one after the other."""
    config = read_world(world).config
    length = config.frame_count / config.frames_per_second
    clips = read_world(world).of("test")
    gold = [
        (place * length + clip.seconds(event)[0], place * length + clip.seconds(event)[1])
        for place, clip in enumerate(clips)
        for event in clip.scene.events
    ]
    for name, split in (("activitynet", "val"), ("queryd", "test")):
        dataset = open_dataset(name, world / "formats" / name, split, variant="segments")
        found = [(sample.start, sample.end) for sample in dataset.samples()]
        assert found == [pytest.approx(part, abs=0.01) for part in gold]


def test_both_shapes_of_how2qa_ask_the_same(world: Path):
    folder = world / "formats" / "how2qa"
    for split in ("train", "val", "test_public"):
        rows, lines = (list(open_dataset("how2qa", folder, split, variant=v).samples()) for v in ("release", "value"))
        assert len(rows) == len(lines)
        for row, line in zip(rows, lines, strict=True):
            assert (row.question, set(row.choices)) == (line.question, set(line.choices))
            assert row.answer is not None
            assert line.answer is not None
            assert row.choices[row.answer] == line.choices[line.answer]
            assert row.subtitles == line.subtitles != ()


def test_both_shapes_of_violin_say_the_same(world: Path, tmp_path: Path):
    folder = world / "formats" / "violin"
    (tmp_path / "lines").mkdir()
    for path in folder.glob("*.jsonl"):
        (tmp_path / "lines" / path.name).write_bytes(path.read_bytes())
    for split in ("train", "val", "test"):
        one, other = (list(open_dataset("violin", root, split).samples()) for root in (folder, tmp_path / "lines"))
        assert [(s.id, s.question, s.answers) for s in one] == [(s.id, s.question, s.answers) for s in other]

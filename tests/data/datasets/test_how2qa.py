"""How2QA: a table without header whose right answer is the last, lines with clips of a minute, subtitles of clips."""

import json
from pathlib import Path

import pytest

from finsta.data.datasets import open_dataset
from finsta.data.samples import Sample, Subtitle
from finsta.errors import FormatError
from tests.data.datasets.writing import faults_of, told, write, write_json, write_lines

ID = "NOuQ_ofjk-4"
ROWS = f'{ID},[7.2:18.0],10,12,16,how many knife is there?,1\n{ID},[64.0:66.5],"a, b",c,d,what? ,e \n'


def line(number: int, **other: object) -> dict[str, object]:
    choices = {"a0": "Www.a.com.", "a1": "B.", "a2": "C.", "a3": "D."}
    return {"vid_name": "25", "ts": "36.5-58.0", "qid": number, "q": "Which?"} | choices | {"answer_idx": 2} | other


def test_the_first_row_is_a_question_and_the_last_field_is_right(tmp_path: Path):
    write(tmp_path, "how2QA_val_release.csv", ROWS)
    first, second = open_dataset("how2qa", tmp_path, "val").samples()
    assert (first.id, first.video, first.start, first.end) == ("val-0", ID, 7.2, 18.0)
    assert (first.question, sorted(first.choices)) == ("how many knife is there?", ["1", "10", "12", "16"])
    assert [sample.choices[sample.answer] for sample in (first, second)] == ["1", "e"]
    assert (second.question, set(second.choices)) == ("what?", {"a, b", "c", "d", "e"})


def test_the_right_answer_stands_anywhere_and_always_at_the_same_place(tmp_path: Path):
    rows = [f"{ID},[1:2],a,b,c,what {number}?,d\n" for number in range(400)]
    write(tmp_path / "all", "how2QA_val_release.csv", "".join(rows))
    write(tmp_path / "cut", "how2qa_val_release.csv", "".join(reversed(rows[200:])))
    whole, cut = (list(open_dataset("how2qa", tmp_path / name, "val").samples()) for name in ("all", "cut"))
    counts = [sum(sample.answer == place for sample in whole) for place in range(4)]
    assert min(counts) > 70
    order = {sample.question: sample.choices for sample in whole}
    assert all(order[sample.question] == sample.choices for sample in cut)


def test_lines_have_their_choices_in_order_and_clips_their_youtube_names(tmp_path: Path):
    write_lines(tmp_path, "how2qa_val_release.jsonl", line(1), line(2, vid_name="e_3c", ts="nan-nan"))
    write_json(tmp_path, "how2_vid_mapping.json", {"25": f"{ID}_120_180"})
    first, second = open_dataset("how2qa", tmp_path, "val", variant="value").samples()
    assert first == Sample(
        id="1",
        video=f"{ID}_120_180",
        start=36.5,
        end=58.0,
        question="Which?",
        choices=("Www.a.com.", "B.", "C.", "D."),
        answer=2,
    )
    assert (second.video, second.start, second.end) == ("e_3c", None, None)


def test_a_test_may_keep_its_answers(tmp_path: Path):
    held = line(1)
    del held["answer_idx"]
    write_lines(tmp_path, "how2qa_test_public_release.jsonl", held)
    samples = told(open_dataset("how2qa", tmp_path, "test_public", variant="value"))
    assert samples["1"].answer is None


def test_whole_videos_and_clips_of_a_minute_stand_for_each_other(tmp_path: Path):
    write(tmp_path, "how2QA_val_release.csv", ROWS)
    write_lines(tmp_path, "how2qa_val_release.jsonl", line(1, vid_name=f"{ID}_120_180"))
    write(tmp_path, f"clips/{ID}_60_120.mp4", "")
    write(tmp_path, f"whole/{ID}.mp4", "")
    rows = open_dataset("how2qa", tmp_path, "val", videos=tmp_path / "clips")
    found = [rows.segment(sample) for sample in rows.samples()]
    assert found[0] is None
    assert found[1] is not None
    assert (found[1].video.name, found[1].start, found[1].end) == (f"{ID}_60_120.mp4", 4.0, 6.5)
    lines = open_dataset("how2qa", tmp_path, "val", variant="value", videos=tmp_path / "whole")
    segment = lines.segment(next(lines.samples()))
    assert segment is not None
    assert (segment.video.name, segment.start, segment.end) == (f"{ID}.mp4", 156.5, 178.0)


def test_subtitles_are_those_of_the_part_by_the_clock_of_the_question(tmp_path: Path):
    said = [{"text": f"{second}", "start": second, "end": second + 2} for second in range(0, 60, 3)]
    write(tmp_path, "how2QA_val_release.csv", ROWS)
    write_lines(tmp_path, "how2qa_val_release.jsonl", line(1, ts="1.0-4.0"))
    write_json(tmp_path, "how2_vid_mapping.json", {"25": f"{ID}_60_120"})
    subtitles = [{"vid_name": f"{ID}_0_60", "sub": []}, {"vid_name": f"{ID}_60_120", "sub": said}]
    write_lines(tmp_path, "how2r_qa_sub.jsonl", *subtitles)
    _, second = open_dataset("how2qa", tmp_path, "val").samples()
    assert second.subtitles == (Subtitle(text="3", start=63.0, end=65.0), Subtitle(text="6", start=66.0, end=68.0))
    (clip,) = open_dataset("how2qa", tmp_path, "val", variant="value").samples()
    assert clip.subtitles == (Subtitle(text="0", start=0.0, end=2.0), Subtitle(text="3", start=3.0, end=5.0))


def test_a_header_is_told_as_what_does_not_belong(tmp_path: Path):
    write(tmp_path, "how2QA_val_release.csv", "video,ts,a1,a2,a3,q,a0\n" + ROWS)
    with pytest.raises(FormatError, match=r"csv:1: expected a span as \[12\.5:20\.0\], found 'ts'.* no header"):
        list(open_dataset("how2qa", tmp_path, "val").samples())
    samples, faults = faults_of(open_dataset("how2qa", tmp_path, "val"))
    assert (len(samples), len(faults)) == (2, 1)


def test_seconds_with_two_points_are_told(tmp_path: Path):
    write(tmp_path, "how2QA_val_release.csv", ROWS.replace("7.2:", "7.2.1:"))
    samples, faults = faults_of(open_dataset("how2qa", tmp_path, "val"))
    assert len(samples) == 1
    assert r"csv:1: expected a span as [12.5:20.0], found '[7.2.1:18.0]'" in faults[0].message


def test_a_row_of_another_width_is_told(tmp_path: Path):
    write(tmp_path, "how2QA_val_release.csv", f"{ID},[1:2],a,b,c\n")
    with pytest.raises(FormatError, match=r"release\.csv:1: expected 7 fields between commas, found 5"):
        list(open_dataset("how2qa", tmp_path, "val").samples())


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"answer_idx": 4}, "expected answer_idx from 0 to 3, found 4"),
        ({"ts": "12"}, "expected ts as seconds, like 36.58-58.52, found '12'"),
        ({"a3": None}, "expected 'a3' as str"),
    ],
)
def test_a_line_that_is_no_question_is_told(tmp_path: Path, other, message):
    write_lines(tmp_path, "how2qa_val_release.jsonl", line(1, **other))
    with pytest.raises(FormatError, match=rf"release\.jsonl:1: {message}"):
        list(open_dataset("how2qa", tmp_path, "val", variant="value").samples())


def test_a_mapping_or_subtitles_of_another_form_are_told(tmp_path: Path):
    write_lines(tmp_path, "how2qa_val_release.jsonl", line(1))
    write_json(tmp_path, "how2_vid_mapping.json", ["x"])
    with pytest.raises(FormatError, match=r"how2_vid_mapping\.json: expected an object of names by names, found list"):
        list(open_dataset("how2qa", tmp_path, "val", variant="value").samples())
    write_json(tmp_path, "how2_vid_mapping.json", {})
    write(tmp_path, "how2r_qa_sub.jsonl", json.dumps({"vid_name": "25", "sub": [{"text": "x"}]}) + "\n{")
    with pytest.raises(FormatError, match=r"how2r_qa_sub\.jsonl:2: expected a whole JSON object a line"):
        list(open_dataset("how2qa", tmp_path, "val", variant="value").samples())
    write(tmp_path, "how2r_qa_sub.jsonl", json.dumps({"vid_name": "25", "sub": [{"text": "x"}]}))
    with pytest.raises(FormatError, match=r"how2r_qa_sub\.jsonl, '25': expected the field 'start'"):
        list(open_dataset("how2qa", tmp_path, "val", variant="value").samples())

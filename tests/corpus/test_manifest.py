"""Manifests, lists and folders name clips; what is none is said with its line."""

import json

import pytest

from finsta.corpus.manifest import ManifestClip, read_manifest
from finsta.errors import FormatError, InputError


def test_a_manifest_names_video_and_text_relative_to_itself(tmp_path):
    lines = [
        {"id": "a", "video": "v/a.mp4", "caption": "a dog", "negatives": []},
        {"id": 2, "video": "/abs/b.mp4", "text": "a cat"},
        {"id": "c", "video": "c.mp4", "caption": None},
        {"id": "d", "video": "c.mp4", "start": 1, "end": 2.5},
        {"id": "e", "video": "c.mp4", "end": 2.5},
    ]
    (tmp_path / "pairs.jsonl").write_text("\n\n".join(map(json.dumps, lines)) + "\n")
    assert read_manifest(tmp_path / "pairs.jsonl") == [
        ManifestClip(id="a", video=str(tmp_path / "v/a.mp4"), text="a dog"),
        ManifestClip(id="2", video="/abs/b.mp4", text="a cat"),
        ManifestClip(id="c", video=str(tmp_path / "c.mp4")),
        ManifestClip(id="d", video=str(tmp_path / "c.mp4"), start=1.0, end=2.5),
        ManifestClip(id="e", video=str(tmp_path / "c.mp4"), end=2.5),
    ]
    assert [clip.part for clip in read_manifest(tmp_path / "pairs.jsonl")[2:]] == [None, (1.0, 2.5), (0.0, 2.5)]


def test_a_list_names_files_once_each(tmp_path):
    (tmp_path / "clips.txt").write_text("a.mp4\n\nsub/b.mp4\na.mp4\n")
    assert [(clip.id, clip.video) for clip in read_manifest(tmp_path / "clips.txt")] == [
        ("a.mp4", str(tmp_path / "a.mp4")),
        ("sub/b.mp4", str(tmp_path / "sub/b.mp4")),
    ]


def test_a_folder_stands_for_its_videos_at_any_depth(tmp_path):
    (tmp_path / "sub").mkdir()
    for name in ("b.MP4", "sub/a.webm", "notes.txt"):
        (tmp_path / name).touch()
    assert [(clip.id, clip.text) for clip in read_manifest(tmp_path)] == [("b.MP4", None), ("sub/a.webm", None)]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", r"m.jsonl:2: expected an object with id and video, found '\{' \(this is no JSON from column 2 on"),
        ("[1]", "m.jsonl:2: .*no object but a list"),
        ('{"id": "x"}', "m.jsonl:2: .*'video' is missing"),
        ('{"id": "x", "video": 3}', "m.jsonl:2: .*`video` is a string, the path of the file"),
        ('{"id": "x", "video": "a", "text": 3}', "`caption` and `text` are strings"),
        ('{"id": "x", "video": "a", "text": "a", "caption": "b"}', "`caption` and `text` differ"),
        ('{"id": "0", "video": "a"}', "m.jsonl: id '0' appears twice"),
    ],
)
def test_a_line_that_is_no_clip_is_named(tmp_path, line, message):
    (tmp_path / "m.jsonl").write_text(f'{{"id": "0", "video": "a"}}\n{line}\n')
    with pytest.raises(FormatError, match=message):
        read_manifest(tmp_path / "m.jsonl")


def test_what_is_no_manifest_is_said(tmp_path):
    with pytest.raises(InputError, match="expected a manifest or a folder of videos, found nothing there"):
        read_manifest(tmp_path / "none.jsonl")
    with pytest.raises(InputError, match="expected videos in the folder, found none"):
        read_manifest(tmp_path)
    (tmp_path / "clip.mp4").write_bytes(bytes(range(256)))
    with pytest.raises(FormatError, match="for one clip give --video"):
        read_manifest(tmp_path / "clip.mp4")
    (tmp_path / "empty.jsonl").touch()
    with pytest.raises(FormatError, match="expected one clip a line, found none"):
        read_manifest(tmp_path / "empty.jsonl")
    with pytest.raises(InputError, match=r"holds empty.jsonl: give one of these files"):
        read_manifest(tmp_path)
    (tmp_path / "latin.jsonl").write_bytes(b'{"id": "\xe9", "video": "a"}')
    with pytest.raises(FormatError, match=r"latin\.jsonl:1: expected an object"):
        read_manifest(tmp_path / "latin.jsonl")

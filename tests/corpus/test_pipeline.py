"""The pipeline in a worker: a video is parsed once for all its texts, and no picture is made that nobody sees."""

import os
from dataclasses import replace

import numpy as np
import pytest

import finsta.video.parse
from finsta.config import ParseConfig
from finsta.corpus.run import pipeline
from finsta.errors import InputError
from finsta.parsing import Pipeline
from finsta.video import frames_at
from tests.corpus.fakes import graph_of
from tests.tiny_clips import write_clip

CONFIG = ParseConfig(detector="motion", similarity="lexical", text_parser="rules")


@pytest.fixture
def parsed(monkeypatch):
    """The videos that were parsed, each of which gives a graph of its own."""
    seen = []

    def parse_video(path, **options):
        seen.append(path.name)
        return graph_of(f"thing {len(seen)}", None)

    monkeypatch.setattr(finsta.video.parse, "parse_video", parse_video)
    return seen


def test_texts_about_one_video_share_its_graph_until_it_changes(tmp_path, parsed):
    first, second = (tmp_path / name for name in ("a.mp4", "b.mp4"))
    for path in (first, second):
        path.touch()
    parse = Pipeline(CONFIG, pictures=False)
    graphs = [parse(video=first, text="a dog").graph.video, parse(video=first, text="a cat").graph.video]
    graphs.append(parse(video=first).graph)
    assert parsed == ["a.mp4"]
    assert graphs == [graphs[0]] * 3
    os.utime(first, ns=(1, 1))
    assert parse(video=first).graph != graphs[0]
    parse(video=second)
    assert parsed == ["a.mp4", "a.mp4", "b.mp4"]


def test_parts_of_a_video_are_videos_of_their_own(tmp_path):
    clip = write_clip(tmp_path / "clip.mp4", "red", frames=20)
    parse = Pipeline(CONFIG)
    part, whole = parse(video=clip, text="a wall", start=0.5, end=1.5), parse(video=clip, text="a wall")
    assert part.graph.video.video == replace(whole.graph.video.video, start=0.5, duration=1.0, frame_count=10)
    assert all(0 <= frame.time < 1.0 for frame in part.graph.video.frames)
    times = [0.5 + frame.time for frame in part.graph.video.frames]
    assert all(map(np.array_equal, part.images, frames_at(clip, times)))
    assert not np.array_equal(part.images[0], whole.images[0])


def test_pictures_are_made_only_where_they_are_asked_for(tmp_path):
    clip = write_clip(tmp_path / "clip.mp4", "red")
    assert Pipeline(CONFIG, pictures=False)(video=clip, text="a wall").images == ()
    assert len(Pipeline(CONFIG)(video=clip).images) > 0


def test_a_setting_that_names_no_model_is_met_before_the_first_clip():
    with pytest.raises(InputError, match="detector 'yolo': expected auto, motion"):
        pipeline(replace(CONFIG, detector="yolo"), texts=False)
    with pytest.raises(InputError, match="text parser 'none': expected learned"):
        pipeline(replace(CONFIG, text_parser="none"), texts=True)
    pipeline(replace(CONFIG, text_parser="none"), texts=False)

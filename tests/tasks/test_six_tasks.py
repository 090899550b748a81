"""The six tasks on tiny hosts of every kind: each figure is that of clips and texts taken one by one."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from finsta.errors import HostError, InputError
from finsta.metrics.answers import exact_match
from finsta.tasks.binary_qa import MEDIAN, BinaryQA
from finsta.tasks.captioning import Captioning
from finsta.tasks.dataset_retrieval import DatasetRetrieval
from finsta.tasks.heads import Head, HeadSpec, features, features_width, load_head, save_head
from finsta.tasks.metrics import dual_softmax
from finsta.tasks.multiple_choice_qa import MultipleChoiceQA
from finsta.tasks.open_qa import OpenQA, OpenVocabulary
from finsta.tasks.prompts import before_answers, class_texts, fitted
from finsta.tasks.recognition import Recognition
from finsta.tasks.result import Task
from finsta.tasks.retrieval import score_retrieval
from finsta.tasks.scoring import ways_of
from finsta.tasks.settings import TaskSettings
from finsta.tasks.table import TASKS, TaskOptions, make_task
from finsta.tasks.views import Views
from finsta.video.frames import sample_frames
from tests.hosts.registry import own_host, shared_host
from tests.tasks.own_data import BROKEN, MISSING, NAMES, items_of, write_data, write_statements

SETTINGS = TaskSettings(batch_size=3)
LEFT_OUT = {"skipped_videos": 1, "missing_videos": 1}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_data(tmp_path_factory.mktemp("own"))


@pytest.fixture(scope="module")
def statements(tmp_path_factory):
    return write_statements(tmp_path_factory.mktemp("statements"))


def pixels(host, folder, name):
    return host.pixels(sample_frames(folder / f"{name}.mp4", host.num_frames)[0])[None]


def similarity(host, folder, texts):
    """The slow twin: one text and one clip at a time, ``[videos, texts]``."""
    with torch.no_grad():
        videos = [host.encode_video(pixels(host, folder, name)).pooled for name in NAMES]
        rows = [host.encode_text(host.tokens([text])).pooled for text in texts]
        return np.array([[host.similarity(row, video).item() for row in rows] for video in videos])


def likelihood(host, folder, name, prompt, text):
    with torch.no_grad():
        return host.log_likelihood(pixels(host, folder, name), [prompt], [text]).item()


def test_recognition_zero_shot_is_the_mean_similarity_over_prompts(folder):
    host, items = shared_host("clip"), items_of(folder, "recognition")
    result = Recognition(items=items, settings=SETTINGS).evaluate(host)
    scores = np.mean([similarity(host, folder, texts) for texts in class_texts(items.classes)], axis=0)
    right = [items.classes.index(f"a {name} cube") for name in NAMES]
    hits = scores.argmax(axis=1) == right
    assert result["Top-1"] == pytest.approx(100 * hits.mean())
    assert (result.primary, result["Top-5"], result["classes"]) == ("Top-1", 100.0, 4)
    assert {name: result[name] for name in LEFT_OUT} == LEFT_OUT
    assert result.notes["scores"] == "zero-shot by similarity"
    assert result.missing == (f"{MISSING}.mp4",)
    assert [str(folder / f"{BROKEN}.mp4")] == list(result.skipped)
    assert result.item_scores.name == tuple(f"s-{name}" for name in NAMES)


def test_recognition_averages_views(folder):
    host, items = shared_host("clip"), items_of(folder, "recognition")
    result = Recognition(items=items, views=Views(clips=2, crops=3), settings=SETTINGS).evaluate(host)
    assert (result["clips"], result["crops"], result["videos"]) == (2, 3, 4)


def test_a_classifier_of_the_model_is_read_by_the_names_of_its_classes(folder):
    host, items = own_host("videomae"), items_of(folder, "recognition")
    order = [2, 0, 3, 1]
    host.model.classifier = torch.nn.Linear(host.model.config.hidden_size, 4)
    host.model.config.id2label = {place: items.classes[number] for place, number in enumerate(order)}
    result = Recognition(items=items, settings=SETTINGS).evaluate(host)
    with torch.no_grad():
        found = [order[host.model(pixel_values=pixels(host, folder, n)).logits.argmax().item()] for n in NAMES]
    hits = [number == items.classes.index(f"a {name} cube") for number, name in zip(found, NAMES, strict=True)]
    assert result["Top-1"] == pytest.approx(100 * np.mean(hits))
    assert result.notes == {"scores": "classifier"}


def test_a_classifier_of_other_classes_is_refused(folder):
    host = own_host("videomae")
    host.model.config.id2label = {0: "running", 1: "jumping"}
    with pytest.raises(HostError, match=r"its 2 classes \(running, jumping, …\) lack 4 of the 4 wanted, 'a blue cube'"):
        Recognition(items=items_of(folder, "recognition")).evaluate(host)


def test_names_of_classes_are_said_as_words():
    assert class_texts(["riding_a_bike", "Pushing [something] down"], ["see {}"]) == [
        ["see riding a bike", "see Pushing something down"]
    ]


def test_captions_are_those_that_the_host_writes(folder):
    host = shared_host("git")
    task = Captioning(items=items_of(folder, "captioning"), parser=None, wordnet=None, paraphrases=None)
    result = task.evaluate(host)
    with torch.no_grad():
        tokens = fitted(host, [""], 32)[1]
        alone = [host.generate(pixels(host, folder, n), [""], max_new_tokens=tokens)[0].strip() for n in NAMES]
    assert dict(result.written) == {f"{name}.mp4": text for name, text in zip(NAMES, alone, strict=True)}
    assert result.primary == "CIDEr-D"
    assert result.item_scores.mean() == pytest.approx(result["CIDEr-D"])
    assert result["captions"] == 4
    assert "METEOR left out" in result.notes


def test_a_host_that_does_not_write_has_no_captions(folder):
    with pytest.raises(HostError, match=r"does not write captions; take a host that does"):
        Captioning(items=items_of(folder, "captioning")).evaluate(shared_host("clip"))


def test_every_caption_is_a_query_and_a_video_takes_the_best_of_its_own(folder):
    host = shared_host("clip")
    result = DatasetRetrieval(items=items_of(folder, "retrieval"), settings=SETTINGS).evaluate(host)
    texts = [text for name in NAMES for text in (f"a {name} cube", f"the {name} cube moves slowly")]
    correct = np.repeat(np.eye(4, dtype=bool), 2, axis=0)
    expected = score_retrieval(similarity(host, folder, texts).T, correct, texts=texts, videos=NAMES)
    assert {name: result[name] for name in expected} == pytest.approx(dict(expected))
    assert (result["texts"], result["videos"], result["texts_cut"]) == (8, 4, 0)
    assert {name: result[name] for name in LEFT_OUT} == LEFT_OUT


def test_a_paragraph_is_one_query(folder):
    host = shared_host("clip")
    result = DatasetRetrieval(items=items_of(folder, "paragraph_retrieval"), settings=SETTINGS).evaluate(host)
    texts = [f"a {name} cube the {name} cube moves slowly" for name in NAMES]
    expected = score_retrieval(similarity(host, folder, texts).T, np.eye(4, dtype=bool), texts=texts, videos=NAMES)
    assert result["R@1"] == pytest.approx(expected["R@1"])
    assert result["texts"] == 4


def test_dual_softmax_by_hand():
    similarity = np.log(np.array([[1.0, 3.0], [1.0, 1.0]]))
    # rows: 1/4 3/4, 1/2 1/2; columns: 1/2 3/4, 1/2 1/4
    np.testing.assert_allclose(np.exp(dual_softmax(similarity)), [[1 / 8, 9 / 16], [1 / 4, 1 / 8]])


def test_dual_softmax_keeps_ties_and_is_said(folder):
    assert (dual_softmax(np.zeros((3, 4))) == dual_softmax(np.zeros((3, 4)))[0, 0]).all()
    task = DatasetRetrieval(items=items_of(folder, "retrieval"), dual_softmax=True, settings=SETTINGS)
    assert task.evaluate(shared_host("clip")).notes == {"scores": "similarity", "dual softmax": "yes"}


def test_multiple_choice_by_similarity_reads_question_and_answer(folder):
    host = shared_host("clip")
    items = items_of(folder, "multiple_choice_qa")
    result = MultipleChoiceQA(items=items, settings=SETTINGS).evaluate(host)
    hits = []
    for row, item in enumerate(items.items[:4]):
        texts = [f"{item.sample.question} {choice}" for choice in item.sample.choices]
        hits.append(similarity(host, folder, texts)[row].argmax() == 1)
    assert result["accuracy"] == pytest.approx(100 * np.mean(hits))
    assert result["chance"] == pytest.approx(100 / 3)
    assert (result["count/what"], result["count/which"], result["questions"]) == (2, 2, 4)


def test_multiple_choice_by_likelihood_of_each_answer(folder):
    host = shared_host("git")
    items = items_of(folder, "multiple_choice_qa")
    result = MultipleChoiceQA(items=items, settings=SETTINGS).evaluate(host)
    hits = []
    for name, item in zip(NAMES, items.items[:4], strict=True):
        prompt = before_answers(host, [f"question: {item.sample.question} answer:"], item.sample.choices)[0]
        hits.append(np.argmax([likelihood(host, folder, name, prompt, text) for text in item.sample.choices]) == 1)
    assert result["accuracy"] == pytest.approx(100 * np.mean(hits))
    assert result.notes == {"scores": "likelihood"}


def test_open_questions_by_similarity_among_answers_to_their_type(folder):
    host, items = shared_host("clip"), items_of(folder, "open_qa")
    vocabulary = OpenVocabulary.of(items_of(folder, "open_qa", split="train"), size=10)
    assert vocabulary.answers.answers == ("red", "blue", "green", "grey")  # red three times, with two broken samples
    result = OpenQA(items=items, vocabulary=vocabulary, settings=SETTINGS).evaluate(host)
    answers = vocabulary.answers.answers
    scores = similarity(host, folder, [f"a video of {answer}." for answer in answers])
    allowed = {"which": ["red", "blue"], "what": ["green", "grey"]}
    expected = []
    for row, item in enumerate(items.items[:4]):
        places = [answers.index(answer) for answer in allowed[item.sample.question.split()[0]]]
        expected.append(answers[max(places, key=lambda place: scores[row, place])])
    assert list(result.written.values()) == expected
    right = [item.sample.answers for item in items.items[:4]]
    assert result["accuracy"] == pytest.approx(100 * exact_match(expected, right).mean())
    assert (result["vocabulary"], result["coverage"]) == (4, 100.0)


def test_open_questions_are_put_to_a_host_that_writes(folder):
    result = OpenQA(items=items_of(folder, "open_qa"), settings=SETTINGS).evaluate(shared_host("git"))
    assert result.notes == {"answers": "generation"}
    assert len(result.written) == 4
    assert "vocabulary" not in result


def test_a_similarity_host_needs_answers_of_the_training_split(folder):
    with pytest.raises(InputError, match="chooses among the answers of the training split, and none was given"):
        OpenQA(items=items_of(folder, "open_qa")).evaluate(shared_host("clip"))
    with pytest.raises(HostError, match="answers no questions by itself; fine-tune it first"):
        OpenQA(items=items_of(folder, "open_qa")).evaluate(shared_host("videomae"))


def test_statements_by_similarity_are_held_true_above_the_median(statements):
    host = shared_host("clip")
    result = BinaryQA(items=items_of(statements, "binary_qa"), settings=SETTINGS).evaluate(host)
    scores = np.diag(similarity(host, statements, [f"it is a {name} cube" for name in NAMES]))
    held = scores > np.median(scores)
    assert result["accuracy"] == pytest.approx(100 * np.mean(held == [True, False, True, False]))
    assert result.notes == {"scores": "similarity", "held true": MEDIAN}
    assert result["true_statements"] == 50
    assert 0 <= result["area_under_curve"] <= 100


def test_statements_by_likelihood_of_yes_and_no(statements):
    host = shared_host("git")
    result = BinaryQA(items=items_of(statements, "binary_qa"), settings=SETTINGS).evaluate(host)
    hits = []
    for name, truth in zip(NAMES, (True, False, True, False), strict=True):
        prompt = before_answers(host, [f"question: is it true that it is a {name} cube answer:"], ["yes"])[0]
        yes, no = (likelihood(host, statements, name, prompt, answer) for answer in ("yes", "no"))
        hits.append((yes > no) == truth)
    assert result["accuracy"] == pytest.approx(100 * np.mean(hits))


@pytest.mark.parametrize(
    ("name", "ways"),
    [("clip", ("similarity",)), ("git", ("likelihood",)), ("blip:retrieval", ("similarity", "matching")),
     ("bridgetower:matching", ("matching",)), ("videomae", ())],
)  # fmt: skip
def test_the_ways_that_a_host_has(name, ways):
    assert ways_of(shared_host(name)) == ways


def test_a_matching_head_scores_pair_by_pair(folder):
    host = shared_host("bridgetower:matching")
    items = items_of(folder, "multiple_choice_qa")
    result = MultipleChoiceQA(items=items, settings=SETTINGS).evaluate(host)
    hits = []
    for name, item in zip(NAMES, items.items[:4], strict=True):
        texts = [f"{item.sample.question} {choice}" for choice in item.sample.choices]
        with torch.no_grad():
            match = [host.encode_pairs(pixels(host, folder, name), host.tokens([text])).match.item() for text in texts]
        hits.append(np.argmax(match) == 1)
    assert result["accuracy"] == pytest.approx(100 * np.mean(hits))


def test_a_head_is_kept_beside_the_checkpoint_and_found_again(tmp_path):
    host = shared_host("clip")
    spec = HeadSpec(
        task="open_qa", width=features_width(host, reads_text=True), outputs=("red", "blue"), reads_text=True, hidden=8
    )
    head = Head(spec).eval()
    save_head(head, tmp_path)
    again = load_head(tmp_path)
    assert again.spec == spec
    x = torch.randn(2, spec.width)
    torch.testing.assert_close(again(x), head(x))
    assert load_head(tmp_path / "nowhere") is None


@pytest.mark.parametrize("name", ["clip", "xclip", "blip:retrieval", "git", "bridgetower:words"])
def test_the_width_of_what_a_head_reads_is_known(name, folder):
    host = shared_host(name)
    clip = pixels(host, folder, "red")
    with torch.no_grad():
        assert features(host, clip, None).shape[-1] == features_width(host, reads_text=False)
        assert features(host, clip, ["a cube"]).shape[-1] == features_width(host, reads_text=True)


def test_a_host_that_reads_no_text_cannot_be_asked(folder):
    host = shared_host("videomae")
    with pytest.raises(HostError, match="reads no text, and cannot be asked a question"):
        features(host, pixels(host, folder, "red"), ["what"])


def test_every_task_is_made_by_its_name_and_gives_a_flat_result(folder, statements):
    host = shared_host("git")
    for name in TASKS:
        items = items_of(statements if name == "binary_qa" else folder, name)
        task: Task = make_task(items, TaskOptions(spice=False), SETTINGS)
        if name == "captioning":
            task = replace(task, paraphrases=None)
        result = task.evaluate(host)
        assert json.loads(json.dumps(dict(result))) == dict(result)
        assert result[result.primary] == pytest.approx(result.item_scores.mean())
    with pytest.raises(InputError, match="expected a task, one of recognition"):
        make_task(replace(items, task="dancing"), TaskOptions(), SETTINGS)


def test_prompts_that_are_too_long_lose_their_first_words():
    host = shared_host("git")
    longest = host.spec.text_length(host.config)
    prompts, tokens = fitted(host, ["word " * 100 + "the end"], 20)
    assert prompts[0].endswith("the end")
    assert len(host.tokenizer(prompts[0])["input_ids"]) + tokens < longest
    assert tokens >= 8
    assert fitted(host, ["the end"], 5) == (["the end"], 5)


def test_an_answer_is_whole_behind_a_prompt_that_is_too_long():
    host = shared_host("git")
    prompt = before_answers(host, ["word " * 100 + "end"], ["a red cube"])[0]
    assert prompt.endswith("end")
    whole = len(host.tokenizer(prompt)["input_ids"]) + len(host.tokenizer("a red cube")["input_ids"])
    assert whole < host.spec.text_length(host.config)


def test_texts_are_scored_in_blocks_like_all_at_once(folder, monkeypatch):
    host = shared_host("xclip")
    items = items_of(folder, "retrieval")
    whole = DatasetRetrieval(items=items, settings=SETTINGS).evaluate(host)
    monkeypatch.setattr("finsta.tasks.scoring.BLOCK", 3)
    assert dict(DatasetRetrieval(items=items, settings=SETTINGS).evaluate(host)) == pytest.approx(dict(whole))


@pytest.mark.parametrize("task", [name for name in TASKS if name != "captioning"])
def test_a_host_that_cannot_do_a_task_is_refused_before_videos_are_decoded(task, folder, statements):
    items = items_of(statements if task == "binary_qa" else folder, task)
    decoded = []
    settings = TaskSettings(progress=lambda done, total: decoded.append(done))
    with pytest.raises(HostError, match=r"scoring texts takes one of|answers no questions|lack \d+ of the"):
        make_task(items, TaskOptions(), settings).evaluate(shared_host("videomae"))
    assert not decoded

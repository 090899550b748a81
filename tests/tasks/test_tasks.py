"""Retrieval and multiple choice on real clips with tiny hosts, and with hosts whose answers are known."""

import json

import numpy as np
import pytest
import torch

from finsta.data.pairs import HardNegative, Pair
from finsta.errors import InputError
from finsta.tasks import (
    MultipleChoice,
    Retrieval,
    Task,
    bootstrap_interval,
    encode_pairs,
    evaluate_multiple_choice,
    evaluate_retrieval,
    score_retrieval,
)
from finsta.tasks.encoding import encode_texts
from tests.tiny_clips import COLOURS, write_clip
from tests.tiny_hosts import KINDS, tiny_host


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clips")
    return [
        Pair(
            id=colour,
            video=write_clip(folder / f"{colour}.mp4", colour),
            caption=f"a {colour} cube",
            negatives=(
                HardNegative(caption=f"a cube follows a {colour} ball", kind="role"),
                HardNegative(caption="a green cone", kind="attribute"),
                HardNegative(caption="a blue cone slowly", kind="attribute"),
            ),
        )
        for colour in COLOURS
    ]


@pytest.fixture(scope="module", params=KINDS)
def host(request):
    return tiny_host(request.param)


def scores_of(host, pairs, texts):
    """The slow twin: one text and one clip at a time."""
    from finsta.video.frames import sample_frames

    with torch.no_grad():
        videos = [
            host.encode_video(host.pixels(sample_frames(p.video, host.num_frames)[0])[None]).pooled for p in pairs
        ]
        rows = [host.encode_text(host.tokens([text])).pooled for text in texts]
        return np.array([[host.similarity(row, video).item() for video in videos] for row in rows])


def test_retrieval_is_that_of_texts_and_clips_scored_one_by_one(host, pairs):
    similarity = scores_of(host, pairs, [pair.caption for pair in pairs])
    names = [pair.id for pair in pairs]
    expected = score_retrieval(similarity, np.eye(4, dtype=bool), texts=names, videos=names)
    result = evaluate_retrieval(host, pairs, batch_size=3)
    assert dict(result) == pytest.approx({**expected, "texts": 4, "videos": 4, "skipped_videos": 0})
    assert result.primary == "R@1"


def test_multiple_choice_is_that_of_texts_and_clips_scored_one_by_one(host, pairs):
    result = evaluate_multiple_choice(host, pairs, batch_size=3)
    right = {"role": [], "attribute": []}
    for pair in pairs:
        scores = scores_of(host, [pair], [pair.caption, *(negative.caption for negative in pair.negatives)])[:, 0]
        for negative, score in zip(pair.negatives, scores[1:], strict=True):
            right[negative.kind].append(100.0 * (scores[0] > score))
    by_kind = {f"accuracy/{kind}": np.mean(values) for kind, values in right.items()}
    assert dict(result) == pytest.approx(
        {
            "accuracy": np.mean(list(by_kind.values())),
            **by_kind,
            "count/role": 4,
            "count/attribute": 8,
            "pairs": 4,
            "skipped_videos": 0,
        }
    )
    assert result.primary == "accuracy"


def test_a_perfect_similarity_scores_hundred_both_ways():
    names = ["a", "b", "c"]
    result = score_retrieval(np.eye(3), np.eye(3, dtype=bool), texts=names, videos=names)
    expected = {"R@1": 100.0, "R@5": 100.0, "R@10": 100.0, "R@50": 100.0, "MdR": 1.0, "MnR": 1.0}
    assert dict(result) == {"R@1": 100.0} | {
        f"{way}/{name}": value for way in ("text_to_video", "video_to_text") for name, value in expected.items()
    }


def test_captions_of_one_video_are_all_correct_and_videos_of_one_caption_too(host, pairs):
    other = [Pair(id="x", video=pairs[0].video, caption="a cube"), Pair(id="y", video=pairs[1].video, caption="a cube")]
    result = evaluate_retrieval(host, [*pairs[:2], *other])
    assert (result["texts"], result["videos"]) == (3, 2)
    assert result.item_scores.name == ("a red cube", "a green cube", "a cube", str(pairs[0].video), str(pairs[1].video))
    assert result.item_scores.value[2] == 100  # both videos are right for it


def test_a_negative_of_the_same_words_is_a_tie_and_counts_a_half(host, pairs):
    pair = Pair(
        id="t", video=pairs[0].video, caption="a ball", negatives=(HardNegative(caption="a ball", kind="order"),)
    )
    assert evaluate_multiple_choice(host, [pair])["accuracy"] == 50.0


def test_the_primary_metric_is_the_mean_over_strata_of_the_mean_over_items(host, pairs):
    for result in (evaluate_retrieval(host, pairs), evaluate_multiple_choice(host, pairs)):
        strata = np.array(result.item_scores.stratum)
        means = [result.item_scores.value[strata == stratum].mean() for stratum in np.unique(strata)]
        assert result[result.primary] == pytest.approx(np.mean(means))


def test_two_hosts_are_compared_on_the_same_items(pairs):
    first, second = (evaluate_multiple_choice(tiny_host("clip", seed=seed), pairs) for seed in (0, 1))
    interval = bootstrap_interval(first.item_scores, second.item_scores, samples=50)
    assert interval.difference == pytest.approx(second["accuracy"] - first["accuracy"])
    assert interval.clusters == 4


def test_videos_that_do_not_decode_are_named_and_left_out(host, pairs, tmp_path):
    (tmp_path / "broken.mp4").write_text("no video")
    broken = Pair(
        id="b", video=tmp_path / "broken.mp4", caption="a cone", negatives=(HardNegative(caption="x", kind="role"),)
    )
    for evaluate in (evaluate_retrieval, evaluate_multiple_choice):
        whole, rest = evaluate(host, [broken, *pairs]), evaluate(host, pairs)
        assert list(whole.skipped) == [str(tmp_path / "broken.mp4")]
        assert dict(whole) == {**rest, "skipped_videos": 1}
        with pytest.raises(InputError, match=r"with videos that decode, found none among 1: .*broken\.mp4"):
            evaluate(host, [broken])


def test_evaluating_leaves_the_hosts_mode_and_gradients(host, pairs):
    host.model.train()
    evaluate_retrieval(host, pairs)
    assert host.model.training
    host.model.eval()
    evaluate_retrieval(host, pairs)
    assert not host.model.training
    assert all(parameter.grad is None and parameter.requires_grad for parameter in host.model.parameters())


def test_frames_are_kept_in_the_folder_given_and_shared_by_the_tasks(pairs, tmp_path):
    host = tiny_host("clip")
    evaluate_retrieval(host, pairs, cache=tmp_path / "frames")
    kept = sorted(path.name for path in (tmp_path / "frames").iterdir())
    evaluate_multiple_choice(host, pairs, cache=tmp_path / "frames")
    assert len(kept) == 4
    assert sorted(path.name for path in (tmp_path / "frames").iterdir()) == kept


def test_tasks_share_videos_that_are_encoded_once(host, pairs):
    encoded = encode_pairs(host, pairs, batch_size=3)
    for evaluate in (evaluate_retrieval, evaluate_multiple_choice):
        assert dict(evaluate(host, pairs, encoded=encoded)) == pytest.approx(dict(evaluate(host, pairs)))


def test_progress_counts_decoding_and_encoding_and_ends_at_the_total(host, pairs, tmp_path):
    missing = Pair(id="m", video=tmp_path / "none.mp4", caption="a cone")
    steps = []
    evaluate_retrieval(host, [*pairs, missing], batch_size=3, progress=lambda *step: steps.append(step))
    assert steps == [(done, 10) for done in (1, 2, 3, 4, 5, 8, 9, 10)]


def test_weights_that_are_not_numbers_are_an_error(pairs):
    host = tiny_host("clip")
    with torch.no_grad():
        host.model.logit_scale.fill_(float("nan"))
    for evaluate in (evaluate_retrieval, evaluate_multiple_choice):
        with pytest.raises(InputError, match=r"similarities are not numbers \(NaN\)"):
            evaluate(host, pairs)


def test_pairs_without_negatives_or_no_pairs_at_all_are_an_error(host, pairs):
    with pytest.raises(InputError, match="expected pairs with hard negatives, found none among 1"):
        evaluate_multiple_choice(host, [Pair(id="x", video=pairs[0].video, caption="a cube")])
    with pytest.raises(InputError, match="found none among 0: there is no pair"):
        evaluate_retrieval(host, [])


def test_results_are_flat_and_write_to_json(pairs):
    host = tiny_host("clip")
    tasks: list[Task] = [Retrieval(pairs=pairs), MultipleChoice(pairs=pairs)]
    for task in tasks:
        result = task.evaluate(host)
        assert json.loads(json.dumps(dict(result))) == dict(result)
        assert result.primary in result


def test_texts_keep_their_order_whatever_their_length(host):
    texts = ["a red cube follows the ball slowly", "a", "a ball", "the blue ball quickly pushes a red cube"]
    with torch.no_grad():
        together = encode_texts(host, texts, batch_size=2).embedding
        alone = torch.cat([host.text_embeddings(host.tokens([text])) for text in texts])
    torch.testing.assert_close(together, alone)

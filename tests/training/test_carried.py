"""What is carried into a host of any family: which parameters each term moves, each side alone, what is left out."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from finsta.training.post_training.encoded import Needs
from finsta.transfer.hosts import Host
from finsta.transfer.hosts.black_box import black_box_host
from finsta.transfer.moving import moving_parameters
from finsta.transfer.plan import plan_transfer
from tests.hosts.registry import own_host, shared_host
from tests.training.steps import CONFIG, FAMILIES, NOTHING, descend, step

BOTH = replace(NOTHING, pooled=1.0, token=1.0)
SIDES = [
    ("clip", "text"), ("clip", "video"), ("videomae", "video"), ("blip:retrieval", "text"),
    ("blip:retrieval", "video"), ("blip:retrieval", "cross_modal"), ("bridgetower:matching", "cross_modal"),
    ("git", "video"), ("git", "cross_modal"), ("smolvlm", "text"), ("smolvlm", "video"), ("smolvlm", "cross_modal"),
]  # fmt: skip


def of_side(name: str, side: str) -> set[str]:
    """The parameters that this encoder uses."""
    host = own_host(name)
    if side == "cross_modal":
        return set(dict(host.model.named_parameters()))
    return set(moving_parameters(host, replace(CONFIG, train=(side,))))


@pytest.mark.parametrize(("name", "side"), SIDES)
def test_each_side_alone_lowers_its_own_terms(name, side):
    taken = step(own_host(name), replace(BOTH, sides=(side,)))
    assert set(taken.objective.adapters) == {f"pooled_{side}", f"token_{side}"}
    values = descend(taken, "pooled", "token")
    assert values[-1] < values[0]


@pytest.mark.parametrize(("name", "side"), [case for case in SIDES if case[1] != "cross_modal"])
def test_each_side_alone_moves_its_own_encoder(name, side):
    moved = step(own_host(name), replace(BOTH, sides=(side,))).moved("pooled", "token")
    assert moved
    assert moved <= of_side(name, side)


@pytest.mark.parametrize("side", ["text", "video"])
@pytest.mark.parametrize("form", ["relational", "direct"])
def test_forms_of_the_joint_space_move_the_chosen_side_and_what_scores(form, side):
    taken = step(own_host("clip"), replace(NOTHING, sides=(side,), **{form: 1.0}))
    names = ["relational"] if form == "relational" else ["direct_object", "direct_predicate", "direct_clip"]
    assert taken.moved(*names) <= of_side("clip", side) | {"logit_scale"}
    assert taken.moved(*names) - {"logit_scale"}


@pytest.mark.parametrize("name", FAMILIES)
def test_what_teaches_the_encoders_of_the_graphs_moves_no_host(name):
    weights = replace(BOTH, object_spatial=1.0, predicate_temporal=1.0, grounding=1.0, holistic=1.0)
    taken = step(own_host(name), weights)
    names = {"object_spatial", "predicate_temporal", "grounding", "holistic"} & set(taken.terms())
    assert taken.moved(*names) == set()
    assert any(p.grad is not None and bool(p.grad.any()) for p in taken.objective.teacher.parameters())


@pytest.mark.parametrize("name", FAMILIES)
def test_what_is_carried_moves_no_graph_encoder(name):
    taken = step(own_host(name), BOTH)
    taken.moved("pooled", "token")
    assert all(p.grad is None or not bool(p.grad.any()) for p in taken.objective.teacher.parameters())


@pytest.mark.parametrize("name", ["blip:retrieval", "git", "smolvlm"])
def test_the_union_is_encoded_where_a_cross_modal_encoder_takes_it_and_has_a_loss_of_its_own(name):
    taken = step(own_host(name), replace(BOTH, holistic=1.0))
    values = descend(taken, "holistic", steps=10)
    assert values[-1] < values[0]
    assert step(own_host(name), replace(BOTH, sides=("video",))).objective.teacher.union is None


def test_the_token_states_of_the_union_are_matched_with_the_fused_tokens_of_their_words():
    taken = step(own_host("git"), replace(NOTHING, token=1.0, sides=("cross_modal",)))
    fused = taken.moved("token")
    assert any("encoder.layer" in name for name in fused)
    assert step(own_host("git"), replace(NOTHING, pooled=1.0, sides=("video",))).moved("pooled") <= of_side(
        "git", "video"
    )


@pytest.mark.parametrize(
    ("name", "weights", "found"),
    [
        ("clip", {}, ({}, {}, 0.25, 0.25)),
        ("clip", {"pooled": 0.5}, ({"text": 0.5, "video": 0.5}, {}, 0.25, 0.25)),
        ("videomae", {}, ({"video": 0.25}, {"video": 0.25}, 0.0, 0.0)),
        ("git", {}, ({"video": 0.25, "cross_modal": 0.25}, {"video": 0.25, "cross_modal": 0.25}, 0.0, 0.0)),
        ("git", {"beyond_joint": 0.0, "token": 1.0}, ({}, {"video": 1.0, "cross_modal": 1.0}, 0.0, 0.0)),
        ("blip:retrieval", {}, ({"cross_modal": 0.25}, {"cross_modal": 0.25}, 0.25, 0.25)),
        ("blip:retrieval", {"sides": ("text",)}, ({}, {}, 0.25, 0.25)),
        ("blip:retrieval", {"sides": ("cross_modal",)}, ({"cross_modal": 0.25}, {"cross_modal": 0.25}, 0.0, 0.0)),
    ],
)
def test_the_plan_gives_each_encoder_a_form_that_reaches_it(name, weights, found):
    plan = plan_transfer(shared_host(name), replace(CONFIG.transfer, **weights))
    assert (plan.pooled, plan.token, plan.relational, plan.direct) == found


@pytest.mark.parametrize(
    ("name", "notices"),
    [
        ("clip", ["has no cross-modal encoder; nothing is carried into one"]),
        (
            "videomae",
            [
                "has no text encoder; nothing is carried into one",
                "has no cross-modal encoder; nothing is carried into one",
                "has no joint space of texts and videos; the relational and the direct form are left out",
            ],
        ),
        ("blip:retrieval", []),
        ("smolvlm", ["has no joint space of texts and videos; the relational and the direct form are left out"]),
    ],
)
def test_what_a_host_lacks_is_told_once_and_is_no_error(name, notices):
    host = shared_host(name)
    assert plan_transfer(host, CONFIG.transfer).notices == tuple(f"{host.name}: {notice}" for notice in notices)


def test_nothing_is_told_where_nothing_is_to_be_carried():
    assert plan_transfer(shared_host("videomae"), NOTHING).notices == ()


def test_a_tokenizer_without_places_leaves_token_transfer_out_of_texts():
    host = own_host("clip")
    host.tokenizer = Slow(host.tokenizer)
    plan = plan_transfer(host, BOTH)
    assert plan.token == {"video": 1.0}
    assert "does not say where its tokens stand in the text" in plan.notices[-1]
    taken = step(host, BOTH)
    assert taken.batch.graphs.token_weights.shape[1] == 0
    assert taken.moved("token") <= of_side("clip", "video")


class Slow:
    """A tokenizer that gives ids and nothing else."""

    is_fast = False

    def __init__(self, inner) -> None:
        self.inner = inner

    def __call__(self, *args, **settings):
        found = self.inner(*args, **settings)
        found._encodings = None
        return found


class Colours(nn.Module):
    """Scores a text by its length against mean colours."""

    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Linear(3, 8)
        self.words = nn.Linear(2, 8)

    def forward(self, texts, pixels):
        told = torch.tensor([[len(text) / 20, text.count("ball")] for text in texts])
        return self.words(told) @ self.head(pixels.mean((1, 3, 4))).T


def black_box() -> Host:
    torch.manual_seed(0)
    model, processor = Colours(), shared_host("clip").image_processor
    return black_box_host(model, model, image_processor=processor, num_frames=2)


def test_a_black_box_is_taught_by_its_similarities_alone():
    taken = step(black_box(), replace(CONFIG.transfer, ramp=0.0, negatives=0.5))
    plan = taken.objective.plan
    assert (plan.pooled, plan.token, plan.direct) == ({}, {}, 0.0)
    assert plan.notices[-1] == "black box: its visual tokens do not reach the joint space; the direct form is left out"
    assert set(taken.terms()) == {
        "host", "negatives", "grounding", "object_spatial", "predicate_temporal", "relational",
    }  # fmt: skip
    assert taken.moved("relational") == {"head.weight", "head.bias", "words.weight", "words.bias"}
    values = descend(taken, "relational")
    assert values[-1] < values[0]


def test_only_what_some_term_reads_of_the_host_is_run():
    taken = step(own_host("git"), replace(NOTHING, host=1.0))
    assert taken.objective._needs(taken.batch, False) == Needs(text=False, video=False, pairs=False, likelihood=True)
    taken = step(own_host("git"), replace(NOTHING, pooled=1.0, sides=("video",)))
    assert taken.objective._needs(taken.batch, False) == Needs(text=False, video=True, pairs=False, likelihood=False)

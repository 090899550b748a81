"""Two processes with half of the batch each learn what one process learns from the whole."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import torch

from finsta.alignment.candidates import Candidates
from finsta.alignment.contrastive import NodeStates
from finsta.alignment.direct import DirectAlignment
from finsta.alignment.gathering import processes
from finsta.alignment.graph_alignment import GraphAlignment
from finsta.alignment.regions import Regions
from finsta.config import AlignmentConfig
from finsta.graphs.collate import holistic_batch
from tests.graph_samples import sample_holistic_graphs

DIM = 6
SHARES = ((0, 3), (3, 5))
"""The pairs of each process: as many as the other has not, so that sizes differ."""


def graphs():
    return sample_holistic_graphs(3, 5, frames=4, tracks=3) + sample_holistic_graphs(2, 9, frames=6, tracks=4)


def losses(first, last):
    """The losses of some of the pairs, and what is learned: a module, and a linear layer under all states."""
    torch.manual_seed(0)
    whole = holistic_batch(graphs())
    module, below = GraphAlignment(DIM, AlignmentConfig(object_threshold=0.4)).double(), Regions(DIM, hops=0).double()
    text, video = torch.randn(whole.text.num_nodes, DIM).double(), torch.randn(whole.video.num_nodes, DIM).double()
    tokens, clips = torch.randn(5, 3, 4, DIM).double(), torch.randn(5, DIM).double()
    wrong = torch.randn(1, DIM).double()  # of the first text object, which the first process has

    inside_text = (whole.text.graph_index >= first) & (whole.text.graph_index < last)
    inside_video = (whole.video.graph_index >= first) & (whole.video.graph_index < last)
    batch = holistic_batch(graphs()[first:last])
    text, video, tokens, clips = (
        below.project(torch.cat([part, part], -1))
        for part in (text[inside_text], video[inside_video], tokens[first:last], clips[first:last])
    )
    wrong = below.project(torch.cat([wrong, wrong], -1))  # learned from by one process alone
    edited = NodeStates(states=wrong, node=whole.object_link[0, :1]) if first == 0 else None
    report = module(text, video, batch, progress=1.0, edited=edited)
    candidates = Candidates.of(batch)
    alone = module.on_candidates(text, video[candidates.kept], candidates)
    direct = DirectAlignment(config=AlignmentConfig())(
        NodeStates(states=text, node=torch.arange(len(text))),
        tokens,
        batch,
        frame_times=torch.tensor([[0.5, 1.5, 2.5]] * (last - first)),
        grid=(2, 2),
        temperature=0.1,
        clips=clips,
    )
    parts = [
        *(report.object_spatial, report.predicate_temporal, alone.object_spatial, alone.predicate_temporal),
        *(direct.object_spatial, direct.predicate_temporal, direct.phrase_to_clip),
    ]
    return torch.stack([part.loss for part in parts]), [*module.parameters(), *below.parameters()]


def gradients(found, parameters):
    found.sum().backward()
    return torch.cat([torch.zeros_like(p).flatten() if p.grad is None else p.grad.flatten() for p in parameters])


PROCESS = """
import sys, torch
from torch import distributed
from tests.alignment.test_gathering import SHARES, gradients, losses
rank = int(sys.argv[1])
distributed.init_process_group("gloo", init_method=f"file://{sys.argv[2]}", rank=rank, world_size=2)
found, parameters = losses(*SHARES[rank])
gradient = gradients(found, parameters)
distributed.all_reduce(gradient)
torch.save((found.detach(), gradient / 2), f"{sys.argv[3]}/{rank}.pt")
distributed.destroy_process_group()
"""


@pytest.mark.slow
def test_two_processes_give_loss_and_gradient_of_one(tmp_path):
    expected, parameters = losses(0, 5)
    gradient = gradients(expected, parameters)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(["src", "."]), "OMP_NUM_THREADS": "1"}
    root = Path(__file__).parent.parent.parent
    command = [sys.executable, "-c", textwrap.dedent(PROCESS)]
    running = [
        subprocess.Popen(
            [*command, str(rank), str(tmp_path / "meet"), str(tmp_path)],
            cwd=root,
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]
    for process in running:
        _, errors = process.communicate(timeout=200)
        assert process.returncode == 0, errors
    assert bool((expected > 0).all())
    for rank in range(2):
        found, other = torch.load(tmp_path / f"{rank}.pt")
        torch.testing.assert_close(found, expected.detach(), atol=1e-5, rtol=0)
        torch.testing.assert_close(other, gradient, atol=1e-5, rtol=0)


def test_alone_there_is_one_process():
    assert processes() == 1

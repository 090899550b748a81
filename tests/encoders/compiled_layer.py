"""Compiles one layer as a single graph and compares it with itself; run by test_edge_products.

python -m tests.encoders.compiled_layer NAME [BACKEND]
"""

import sys

import torch

from finsta.encoders.gaussian_differential import GaussianDifferentialLayer
from finsta.encoders.graph_transformer import GraphTransformerLayer
from finsta.encoders.recurrent import RecurrentGraphLayer
from finsta.graphs.batch import GraphBatch
from tests.encoders.setup import HEADS, HIDDEN, WIDTH, states
from tests.graph_samples import sample_video_batch

LAYERS = {
    "GTrm": lambda: GraphTransformerLayer(WIDTH, HEADS, HIDDEN),
    "R-GTrm": lambda: RecurrentGraphLayer(WIDTH, HEADS, HIDDEN),
    "STGD-GTrm": lambda: GaussianDifferentialLayer(WIDTH, HEADS),
}


def run(module: torch.nn.Module, x: torch.Tensor, batch: GraphBatch) -> tuple[torch.Tensor, torch.Tensor]:
    """Output and gradient of the input."""
    x = x.clone().requires_grad_()
    out = module(x, batch)
    out = out[0] if isinstance(out, tuple) else out
    return out.detach(), torch.autograd.grad(out.square().sum(), x)[0]


def main(name: str, backend: str = "aot_eager") -> None:
    batch = sample_video_batch(2, frames=5)
    torch.manual_seed(0)
    module, x = LAYERS[name](), states(batch, dtype=torch.float32)
    compiled = torch.compile(module, backend=backend, fullgraph=True)
    torch.testing.assert_close(run(compiled, x, batch), run(module, x, batch))
    print(name, "same")


if __name__ == "__main__":
    main(*sys.argv[1:])

"""``finsta info``: the presets of the graph encoders, with their parameters and what they cost."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from finsta.config import EncoderConfig

LABEL_DIM, REGION_DIM = 512, 768
"""Widths of a label's embedding and of a visual token, of CLIP ViT-B/32."""


@dataclass(frozen=True, kw_only=True)
class Info:
    """Print parameters and floating-point operations of the presets `small`, `base` and `paper`."""

    # Key frames of the clip that operations are counted on.
    frames: int = 16
    # Objects in each of its key frames; each brings two attributes and two relations.
    objects: int = 20

    def run(self) -> None:
        """Print the table.

        Raises:
            InputError: if a number is out of range.
        """
        from finsta import presets
        from finsta.command_line.output import results
        from finsta.errors import InputError

        if self.frames < 1:
            raise InputError(f"--frames: expected 1 or more, found {self.frames}")
        if self.objects < 5:
            raise InputError(f"--objects: expected 5 or more (the sentence names four), found {self.objects}")
        results.print(
            f"one pair: {self.frames} key frames of {5 * self.objects} nodes and {17 * self.objects} edges, a sentence "
            f"of 12 nodes; labels of width {LABEL_DIM}, regions of width {REGION_DIM}",
            markup=False,
        )
        rows: list[tuple[str, ...]] = [
            ("", "width", "heads", "layers", "encoder", "alignment", "forward", "and backward", "elementwise"),
            ("", "", "", "", "parameters", "parameters", "GFLOP", "GFLOP", "and scatter"),
        ]
        rows += [self._row(name, getattr(presets, name)()) for name in ("small", "base", "paper")]
        for row in rows:
            results.print(f"{row[0]:<6}" + "".join(f"{cell:>14}" for cell in row[1:]), markup=False)

    def _row(self, name: str, config: "EncoderConfig") -> tuple[str, ...]:
        import torch

        from finsta.alignment.candidates import Candidates
        from finsta.alignment.graph_alignment import GraphAlignment
        from finsta.config import AlignmentConfig
        from finsta.encoders.embedding import NodeFeatures
        from finsta.encoders.graph_encoder import GraphEncoder
        from finsta.experiments.cost import count, synthetic_pair
        from finsta.graphs.batch import GraphBatch
        from finsta.graphs.collate import holistic_batch

        torch.manual_seed(0)
        encoder = GraphEncoder(config, label_dim=LABEL_DIM, region_dim=REGION_DIM)
        alignment = GraphAlignment(config.width, AlignmentConfig())
        batch = holistic_batch([synthetic_pair(frames=self.frames, objects=self.objects)])
        candidates = Candidates.of(batch)

        def features(graphs: GraphBatch) -> NodeFeatures:
            return NodeFeatures(
                label=torch.randn(graphs.num_nodes, LABEL_DIM), region=torch.randn(graphs.num_nodes, REGION_DIM)
            )

        def losses() -> torch.Tensor:
            states = encoder(batch, features(batch.text), features(batch.video))
            tracks = encoder.encode_video(candidates.batch.video, features(candidates.batch.video))
            whole = alignment(states.text, states.video, batch)
            alone = alignment.on_candidates(states.text, tracks, candidates)
            parts = [report for found in (whole, alone) for report in (found.object_spatial, found.predicate_temporal)]
            total: torch.Tensor = torch.stack([part.loss for part in parts]).sum() + states.union.sum()
            return total

        with torch.no_grad():
            forward = count(losses)
        both = count(lambda: losses().backward())
        return (
            name,
            *(str(value) for value in (config.width, config.heads, config.layers)),
            *(_millions(module) for module in (encoder, alignment)),
            *(f"{operations.products / 1e9:.1f}" for operations in (forward, both)),
            f"{100 * both.others / (both.others + both.products):.1f} %",
        )


def _millions(module: object) -> str:
    from torch import nn

    assert isinstance(module, nn.Module)
    return f"{sum(parameter.numel() for parameter in module.parameters()) / 1e6:.2f} M"

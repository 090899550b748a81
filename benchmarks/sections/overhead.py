"""Floating-point operations of a whole training step, beside the host's own step."""

from collections.abc import Callable

import numpy as np
import torch

from finsta.alignment.phrases import phrases_of
from finsta.config import PostTrainConfig
from finsta.experiments.cost import Operations, count, synthetic_pair
from finsta.graphs.collate import holistic_batch
from finsta.presets import small
from finsta.training.post_training.batches import GraphInputs, PairBatch
from finsta.training.post_training.objective import PostTrainingObjective
from finsta.training.small_host import train_tokenizer
from finsta.transfer.distillation import span_weights
from finsta.transfer.hosts import Host
from finsta.transfer.labels import LabelTable
from measuring import Row, Settings

FRAMES, PAIRS = 16, 2
CAPTION = "a red thing0 slowly verb0 the blue thing1 while the old thing2 is verb2 by a big thing3"


def host(layers: int) -> Host:
    """openai/clip-vit-base-patch32 by its sizes, with random weights."""
    from transformers import CLIPConfig, CLIPImageProcessorPil, CLIPModel

    tokenizer = train_tokenizer([synthetic_pair(frames=1).text.text, CAPTION] * 2)
    config = CLIPConfig(
        text_config={
            "num_hidden_layers": layers,
            "eos_token_id": tokenizer.eos_token_id,
            "bos_token_id": tokenizer.bos_token_id,
            "pad_token_id": tokenizer.pad_token_id,
        },
        vision_config={"num_hidden_layers": layers},
    )
    return Host(
        model=CLIPModel(config).train(),
        tokenizer=tokenizer,
        image_processor=CLIPImageProcessorPil(size={"shortest_edge": 224}, crop_size={"height": 224, "width": 224}),
        name="clip-vit-base-patch32, random weights",
        num_frames=FRAMES,
    )


def batch_of(model: Host, objects: int) -> PairBatch:
    """Two pairs of 16 frames whose graphs have the stated size."""
    graph = synthetic_pair(frames=FRAMES, objects=objects)
    graphs, phrases = holistic_batch([graph] * PAIRS), phrases_of(graph.text)
    encodings = model.tokens([graph.text.text] * PAIRS).encodings
    mentions = [[(node.span,) if node.span else () for node in graph.text.nodes]] * PAIRS
    nodes = len(graph.text.nodes)
    inputs = GraphInputs(
        graphs=graphs,
        frame_times=torch.tensor([[index + 0.5 for index in range(FRAMES)]] * PAIRS),
        token_weights=span_weights([list(encoding.offsets) for encoding in encodings], mentions),
        phrases=dict(model.tokens([phrase.text for phrase in phrases] * PAIRS)),
        phrase_nodes=torch.tensor([pair * nodes + phrase.node for pair in range(PAIRS) for phrase in phrases]),
    )
    pixels = torch.as_tensor(np.random.default_rng(0).integers(0, 256, (PAIRS, FRAMES, 224, 224, 3), dtype=np.uint8))
    return PairBatch(
        ids=tuple(map(str, range(PAIRS))),
        pixels=model.normalise(pixels),
        captions=dict(model.tokens([graph.text.text] * PAIRS)),
        same_caption=torch.eye(PAIRS, dtype=torch.bool),
        graphs=inputs,
    )


def step(objective: PostTrainingObjective, batch: PairBatch, *, graphs: bool) -> Callable[[], object]:
    """Forward and backward of the objective; without graphs it is the host's own."""
    from dataclasses import replace

    seen = batch if graphs else replace(batch, graphs=None)

    def run() -> None:
        objective.zero_grad()
        torch.stack(list(objective(seen, 0.5).values())).sum().backward()

    return run


def overhead(whole: Operations, own: Operations) -> tuple[float, float]:
    """Percent more: of products, as torch's counter counts; and of products and all else."""
    everything = (whole.products + whole.others) / (own.products + own.others)
    return 100 * (whole.products / own.products - 1), 100 * (everything - 1)


def rows(settings: Settings) -> list[Row]:
    """The default objective with the preset ``small``, on graphs of two sizes."""
    torch.manual_seed(0)
    model = host(2 if settings.quick else 12)
    found = []
    for objects in (4,) if settings.quick else (20, 4):
        batch = batch_of(model, objects)
        labels = LabelTable(model, (*batch.graphs.graphs.text.labels, *batch.graphs.graphs.video.labels))
        objective = PostTrainingObjective(model, PostTrainConfig(encoder=small()), labels).train()
        own = count(step(objective, batch, graphs=False))
        whole = count(step(objective, batch, graphs=True))
        products, everything = overhead(whole, own)
        nodes = 5 * objects
        found.append(
            Row(
                what=f"training step, `small`, CLIP ViT-B/32, {FRAMES} frames, {nodes} nodes a key frame: % more FLOPs",
                ours=f"{whole.products / PAIRS / 1e9:.1f} GFLOP a pair (+ {whole.others / PAIRS / 1e9:.2f} elementwise "
                f"and scatter; with them {everything:+.1f} %)",
                other=f"host's own step: {own.products / PAIRS / 1e9:.1f} GFLOP (+ {own.others / PAIRS / 1e9:.2f})",
                ratio=products,
                wanted="≤ 16.3",
            )
        )
    return found

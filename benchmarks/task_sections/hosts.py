"""Small hosts from nothing: one that compares texts and videos, one that writes, one that sees motion."""

from pathlib import Path

import torch

from finsta.data.datasets import open_dataset
from finsta.training.small_host import build_small_host, train_tokenizer
from finsta.transfer.hosts import Host

IMAGE, PATCH, WIDTH, LAYERS, FRAMES = 64, 8, 96, 2, 4


def words(formats: Path) -> list[str]:
    """Texts that the tokenizers are learned from: captions and questions of training splits."""
    captions = [
        text for sample in open_dataset("msrvtt", formats / "msrvtt", "train").samples() for text in sample.captions
    ]
    asked = [
        f"{sample.question} {' '.join(sample.choices)} {' '.join(sample.answers)}"
        for name, variant in (("msvd", "qa"), ("how2qa", "release"))
        for sample in open_dataset(name, formats / name, "train", variant=variant).samples()
    ]
    return [*captions, *asked, "a video of a person question: answer: is it true that yes no"] * 2


def comparing(formats: Path) -> Host:
    """CLIP over frames, untrained."""
    return build_small_host(
        "clip", captions=words(formats), image_size=IMAGE, patch_size=PATCH, width=WIDTH, layers=LAYERS, frames=FRAMES
    )


def writing(formats: Path) -> Host:
    """GIT over frames, untrained."""
    from transformers import CLIPImageProcessorPil, GitConfig, GitForCausalLM

    tokenizer = train_tokenizer(words(formats))
    # GIT's own tokenizer is BERT's, whose texts start and end with these
    tokenizer.add_special_tokens({"cls_token": tokenizer.bos_token, "sep_token": tokenizer.eos_token})
    tower = {"hidden_size": WIDTH, "intermediate_size": 4 * WIDTH, "num_hidden_layers": LAYERS,
             "num_attention_heads": WIDTH // 32}  # fmt: skip
    config = GitConfig(
        **tower,
        vision_config={**tower, "image_size": IMAGE, "patch_size": PATCH},
        vocab_size=len(tokenizer),
        max_position_embeddings=77,
        num_image_with_embedding=FRAMES,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    torch.manual_seed(0)
    processor = CLIPImageProcessorPil(size={"shortest_edge": IMAGE}, crop_size={"height": IMAGE, "width": IMAGE})
    return Host(
        model=GitForCausalLM(config).eval(), tokenizer=tokenizer, image_processor=processor, name="small-git",
        num_frames=FRAMES,
    )  # fmt: skip


def watching() -> Host:
    """VideoMAE, untrained: tubelets of two frames, so that it can tell one movement from another."""
    from transformers import VideoMAEConfig, VideoMAEImageProcessorPil, VideoMAEModel

    config = VideoMAEConfig(
        image_size=IMAGE, patch_size=PATCH, num_frames=8, tubelet_size=2, hidden_size=WIDTH,
        num_hidden_layers=LAYERS, num_attention_heads=WIDTH // 32, intermediate_size=4 * WIDTH,
    )  # fmt: skip
    torch.manual_seed(0)
    processor = VideoMAEImageProcessorPil(size={"shortest_edge": IMAGE}, crop_size={"height": IMAGE, "width": IMAGE})
    return Host(model=VideoMAEModel(config).eval(), tokenizer=None, image_processor=processor, name="small-videomae")

"""Tiny detectors of transformers with random weights, saved with their processors as real ones are."""

import json
from pathlib import Path

import torch
import transformers as hub

LABELS = {0: "N/A", 1: "Dog", 2: "cat"}
NAMES = {"id2label": LABELS, "label2id": {name: number for number, name in LABELS.items()}}
EDGES = {"shortest_edge": 64, "longest_edge": 96}
SQUARE = {"height": 64, "width": 64}
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ".", "?", "dog", "red", "car", "cat"]


def yolos(folder):
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    config = hub.YolosConfig(**sizes, image_size=[64, 64], patch_size=16, num_detection_tokens=10, **NAMES)
    return hub.YolosForObjectDetection(config), hub.YolosImageProcessorPil(size=EDGES), None


def small_transformer(layers=1):
    sides = ("encoder", "decoder")
    sizes = {f"{side}_{name}": value for side in sides for name, value in (("attention_heads", 2), ("ffn_dim", 32))}
    return sizes | {"d_model": 32, "encoder_layers": layers, "decoder_layers": layers, "num_queries": 12}


def detr(folder):
    sizes = {"embedding_size": 8, "hidden_sizes": [8, 8, 16, 16], "depths": [1, 1, 1, 1]}
    backbone = hub.ResNetConfig(**sizes, out_features=["stage4"])
    config = hub.DetrConfig(use_timm_backbone=False, backbone_config=backbone, **small_transformer(), **NAMES)
    return hub.DetrForObjectDetection(config), hub.DetrImageProcessorPil(size=EDGES), None


def rt_detr(folder):
    sizes = {"embedding_size": 8, "hidden_sizes": [8, 8, 16, 16], "depths": [1, 1, 1, 1], "layer_type": "basic"}
    backbone = hub.RTDetrResNetConfig(**sizes, out_features=["stage2", "stage3", "stage4"])
    config = hub.RTDetrV2Config(
        backbone_config=backbone,
        encoder_hidden_dim=32,
        encoder_in_channels=[8, 16, 16],
        decoder_in_channels=[32, 32, 32],
        num_denoising=0,
        **small_transformer(layers=2),
        **NAMES,
    )
    return hub.RTDetrV2ForObjectDetection(config), hub.RTDetrImageProcessorPil(size=SQUARE), None


def letters(folder):
    """A CLIP tokenizer whose words are letters; only the first token must not be number zero."""
    alphabet = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    words = ["<|pad|>", *alphabet, *(letter + "</w>" for letter in alphabet), "<|startoftext|>", "<|endoftext|>"]
    (folder / "vocab.json").write_text(json.dumps({word: number for number, word in enumerate(words)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    return hub.CLIPTokenizer(str(folder / "vocab.json"), str(folder / "merges.txt")), len(words)


def owl(folder, family, processor):
    tokenizer, count = letters(folder)
    sizes = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    ends = {"bos_token_id": count - 2, "eos_token_id": count - 1}
    config = getattr(hub, f"{family}Config")(
        text_config=sizes | ends | {"vocab_size": count, "max_position_embeddings": 40},
        vision_config=sizes | {"image_size": 64, "patch_size": 16},
        projection_dim=32,
    )
    return getattr(hub, f"{family}ForObjectDetection")(config), processor(size=SQUARE), tokenizer


def owl_vit(folder):
    return owl(folder, "OwlViT", hub.OwlViTImageProcessorPil)


def owl_v2(folder):
    return owl(folder, "Owlv2", hub.Owlv2ImageProcessorPil)


def grounding_dino(folder):
    (folder / "vocab.txt").write_text("\n".join(WORDS))
    tokenizer = hub.BertTokenizer(str(folder / "vocab.txt"))
    backbone = hub.SwinConfig(
        image_size=64,
        embed_dim=8,
        depths=[1, 1, 1, 1],
        num_heads=[1, 1, 2, 2],
        window_size=4,
        out_features=["stage2", "stage3", "stage4"],
    )
    text = {"vocab_size": len(WORDS), "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    config = hub.GroundingDinoConfig(
        backbone_config=backbone,
        text_config={"model_type": "bert", "intermediate_size": 16, **text},
        max_text_len=24,
        **small_transformer(layers=2),
    )
    return hub.GroundingDinoForObjectDetection(config), hub.GroundingDinoImageProcessorPil(size=EDGES), tokenizer


CLOSED = {"yolos": yolos, "detr": detr, "rt_detr_v2": rt_detr}
OPEN = {"owlvit": owl_vit, "owlv2": owl_v2, "grounding_dino": grounding_dino}


def save(kind: str, folder: Path) -> Path:
    """A model whose boxes and scores spread, in ``folder``, with processor and tokenizer."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    model, processor, tokenizer = (CLOSED | OPEN)[kind](folder)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim > 1:
                torch.nn.init.normal_(parameter, std=1.5 / parameter[0].numel() ** 0.5)
    for part in (model, processor, tokenizer):
        if part is not None:
            part.save_pretrained(folder)
    return folder

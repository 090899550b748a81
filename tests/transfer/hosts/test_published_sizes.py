"""The sizes that families are published in: frames, grids and steps, on models without memory (device ``meta``)."""

from typing import Any

import numpy as np
import pytest
import torch

from finsta.transfer.hosts import Host
from finsta.transfer.hosts.frame_processor import FrameProcessor

CROPPED = {"size": {"shortest_edge": 292}, "crop_size": 256, "do_center_crop": True}
PLAIN = {"do_normalize": False}


def cases() -> dict[str, tuple[str, str, dict[str, Any], Any, tuple[int, ...], tuple[int, int]]]:
    """Class, config and its settings beside the defaults, image processor, tokens of a clip, grid."""
    import transformers as t

    return {
        "videomae": (
            "VideoMAEForVideoClassification",
            "VideoMAEConfig",
            {"hidden_size": 48},  # its table of positions is made number by number
            t.VideoMAEImageProcessorPil(),
            (8, 196, 48),
            (14, 14),
        ),
        "timesformer": (
            "TimesformerForVideoClassification",
            "TimesformerConfig",
            {},
            t.VideoMAEImageProcessorPil(),
            (8, 196, 768),
            (14, 14),
        ),
        "vivit": ("VivitForVideoClassification", "VivitConfig", {}, t.VivitImageProcessor(), (16, 196, 768), (14, 14)),
        "vjepa2": ("VJEPA2Model", "VJEPA2Config", {}, FrameProcessor({**PLAIN, **CROPPED}), (4, 256, 1024), (16, 16)),
        "videoprism_vision_model": (
            "VideoPrismVisionModel",
            "VideoPrismVisionConfig",
            {},
            FrameProcessor({**PLAIN, "size": {"height": 288, "width": 288}}),
            (16, 256, 768),
            (16, 16),
        ),
        "blip": ("BlipForImageTextRetrieval", "BlipConfig", {}, t.BlipImageProcessorPil(), (8, 576, 768), (24, 24)),
        "blip-2": (
            "Blip2ForImageTextRetrieval",
            "Blip2Config",
            {"qformer_config": {"use_qformer_text_input": True}},
            t.BlipImageProcessorPil(size={"height": 224, "width": 224}),
            (8, 256, 1408),
            (16, 16),
        ),
        "bridgetower": (
            "BridgeTowerForContrastiveLearning",
            "BridgeTowerConfig",
            {"contrastive_hidden_size": 512, "logit_scale_init_value": 2.6592},
            t.BridgeTowerImageProcessorPil(),
            (8, 324, 768),
            (18, 18),
        ),
        "flava": ("FlavaForPreTraining", "FlavaConfig", {}, t.FlavaImageProcessorPil(), (8, 196, 768), (14, 14)),
        "git": (
            "GitForCausalLM",
            "GitConfig",
            {"num_image_with_embedding": 6},
            t.CLIPImageProcessorPil(),
            (6, 196, 768),
            (14, 14),
        ),
    }


@pytest.mark.parametrize(
    "name",
    [
        "videomae",
        "timesformer",
        "vivit",
        "vjepa2",
        "videoprism_vision_model",
        "blip",
        "blip-2",
        "bridgetower",
        "flava",
        "git",
    ],
)
def test_a_clip_becomes_the_tokens_that_the_published_model_has(name):
    import transformers

    kind, config, settings, processor, tokens, grid = cases()[name]
    with torch.device("meta"):
        model = getattr(transformers, kind)(getattr(transformers, config)(**settings)).eval()
    host = Host(model=model, tokenizer=None, image_processor=processor, name=name)
    images = [np.zeros((240, 320, 3), np.uint8)] * host.num_frames
    pixels = host.pixels(images)[None]
    assert pixels.shape[-2:] == host.spec.frame_size(host.config)
    with torch.no_grad():
        found = host.encode_video(pixels)
    assert (found.tokens.device.type, found.tokens.shape[1:], found.grid) == ("meta", tokens, grid)

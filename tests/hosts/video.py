"""Tiny video encoders without text."""

from collections.abc import Callable
from typing import Any

from finsta.transfer.hosts import Host
from finsta.transfer.hosts.frame_processor import FrameProcessor
from tests.hosts.tiny import TinyHost, clips, made

FRAMES, SIDE, PATCH = 4, 16, 8
TOWER = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
PICTURE = {"size": {"shortest_edge": SIDE}, "crop_size": {"height": SIDE, "width": SIDE}}
LABELS = {"num_labels": 3}


def host(make: Callable[[], Any], image_processor: Any) -> Host:
    """A host without a tokenizer, named by its class."""
    model = made(make).eval()
    name = f"tiny-{type(model).__name__}"
    return Host(model=model, tokenizer=None, image_processor=image_processor, name=name, num_frames=FRAMES)


def videomae(kind: str, **settings: Any) -> Host:
    """Four frames of 2 × 2 patches, joined two by two."""
    import transformers

    sizes = {"image_size": SIDE, "patch_size": PATCH, "num_frames": FRAMES, "tubelet_size": 2}
    decoder = {"decoder_hidden_size": 16, "decoder_num_hidden_layers": 1, "decoder_num_attention_heads": 2}
    config = transformers.VideoMAEConfig(
        **TOWER, **sizes, **decoder, decoder_intermediate_size=32, **LABELS, **settings
    )
    return host(lambda: getattr(transformers, kind)(config), transformers.VideoMAEImageProcessorPil(**PICTURE))


def timesformer(kind: str, **settings: Any) -> Host:
    """Four frames of 2 × 2 patches."""
    import transformers

    sizes = {"image_size": SIDE, "patch_size": PATCH, "num_frames": FRAMES}
    config = transformers.TimesformerConfig(**TOWER, **sizes, **LABELS, **settings)
    return host(lambda: getattr(transformers, kind)(config), transformers.VideoMAEImageProcessorPil(**PICTURE))


def vivit(kind: str) -> Host:
    """Four frames of 2 × 2 patches, joined two by two."""
    import transformers

    config = transformers.VivitConfig(
        **TOWER, image_size=SIDE, num_frames=FRAMES, tubelet_size=[2, PATCH, PATCH], **LABELS
    )
    return host(lambda: getattr(transformers, kind)(config), transformers.VivitImageProcessor(**PICTURE))


def vjepa2(kind: str) -> Host:
    """Four frames of 2 × 2 patches, joined two by two; its own processor needs torchvision."""
    import transformers

    sizes = {"crop_size": SIDE, "patch_size": PATCH, "frames_per_clip": FRAMES, "tubelet_size": 2}
    predictor = {"pred_hidden_size": 24, "pred_num_attention_heads": 2, "pred_num_hidden_layers": 1}
    tower = {
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "mlp_ratio": 2,
        "num_pooler_layers": 1,
    }
    config = transformers.VJEPA2Config(**tower, **sizes, **predictor, pred_num_mask_tokens=2, **LABELS)
    settings = {
        "size": {"shortest_edge": SIDE * 256 // 224},
        "crop_size": {"height": SIDE, "width": SIDE},
        "do_center_crop": True,
        "image_mean": [0.485, 0.456, 0.406],
        "image_std": [0.229, 0.224, 0.225],
        "resample": 2,
        "video_processor_type": "VJEPA2VideoProcessor",
    }
    return host(lambda: getattr(transformers, kind)(config), FrameProcessor(settings))


def videoprism(kind: str) -> Host:
    """Four frames of 2 × 2 patches; its own processor needs torchvision."""
    import transformers

    sizes = {name: value for name, value in TOWER.items() if name != "num_hidden_layers"}
    layers = {"num_spatial_layers": 1, "num_temporal_layers": 1, "num_auxiliary_layers": 1}
    config = transformers.VideoPrismVisionConfig(
        **sizes, **layers, image_size=SIDE, num_frames=FRAMES, tubelet_size=[1, PATCH, PATCH], **LABELS
    )
    settings = {"size": {"height": SIDE, "width": SIDE}, "do_normalize": False}
    return host(lambda: getattr(transformers, kind)(config), FrameProcessor(settings))


def watched(host: Host) -> dict[str, Any]:
    """Clips."""
    return {"pixel_values": clips(host)}


def watched_as_videos(host: Host) -> dict[str, Any]:
    """Clips, under the name that newer models have for them."""
    return {"pixel_values_videos": clips(host)}


def hidden(host: Host) -> dict[str, Any]:
    """Clips of which half of the tubelets are hidden."""
    import torch

    pixels = clips(host)
    return {"pixel_values": pixels, "bool_masked_pos": torch.arange(8).remainder(2).bool().expand(len(pixels), -1)}


TINY: dict[str, TinyHost] = {
    "videomae": TinyHost(build=lambda: videomae("VideoMAEForVideoClassification"), call=watched),
    "videomae:first token": TinyHost(
        build=lambda: videomae("VideoMAEForVideoClassification", use_mean_pooling=False), call=watched
    ),
    "videomae:pre-training": TinyHost(
        build=lambda: videomae("VideoMAEForPreTraining", use_mean_pooling=False), call=hidden
    ),
    "videomae:plain": TinyHost(build=lambda: videomae("VideoMAEModel"), call=watched),
    "timesformer": TinyHost(build=lambda: timesformer("TimesformerForVideoClassification"), call=watched),
    "timesformer:joint": TinyHost(
        build=lambda: timesformer("TimesformerModel", attention_type="joint_space_time"), call=watched
    ),
    "timesformer:space": TinyHost(
        build=lambda: timesformer("TimesformerModel", attention_type="space_only"), call=watched
    ),
    "vivit": TinyHost(build=lambda: vivit("VivitForVideoClassification"), call=watched),
    "vivit:plain": TinyHost(build=lambda: vivit("VivitModel"), call=watched),
    "vjepa2": TinyHost(build=lambda: vjepa2("VJEPA2ForVideoClassification"), call=watched_as_videos),
    "vjepa2:plain": TinyHost(build=lambda: vjepa2("VJEPA2Model"), call=watched_as_videos),
    "videoprism_vision_model": TinyHost(
        build=lambda: videoprism("VideoPrismForVideoClassification"), call=watched_as_videos
    ),
    "videoprism_vision_model:plain": TinyHost(
        build=lambda: videoprism("VideoPrismVisionModel"), call=watched_as_videos
    ),
}

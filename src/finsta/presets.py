"""Sizes that belong together. ``finsta.config`` has every single knob."""

from finsta.config import EncoderConfig


def small() -> EncoderConfig:
    """Width 256, three layers: for the small hosts of the demo, on a processor."""
    return EncoderConfig(width=256, heads=4, layers=3, feed_forward=768)


def base() -> EncoderConfig:
    """Width 512, three layers."""
    return EncoderConfig(width=512, heads=8, layers=3, feed_forward=1536)


def paper() -> EncoderConfig:
    """Width 768, six layers, one stack for video and union, as in the paper."""
    return EncoderConfig(width=768, heads=12, layers=6, feed_forward=2048, share_video_layers=True)

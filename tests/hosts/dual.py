"""Tiny dual encoders."""

from typing import Literal

from finsta.training.small_host import build_small_host
from finsta.transfer.hosts import Host
from tests.hosts.tiny import CAPTIONS, TinyHost, clips, texts


def small(kind: Literal["clip", "xclip"]) -> Host:
    """Two layers of width 32, two frames of 2 × 2 patches."""
    return build_small_host(kind, captions=CAPTIONS * 2, image_size=16, patch_size=8, width=32, layers=2, frames=2)


TINY: dict[str, TinyHost] = {
    "clip": TinyHost(build=lambda: small("clip"), call=lambda host: {"pixel_values": clips(host)[:, 0], **texts(host)}),
    "xclip": TinyHost(build=lambda: small("xclip"), call=lambda host: {"pixel_values": clips(host), **texts(host)}),
}

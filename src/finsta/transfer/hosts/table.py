"""The hosts that finsta knows, by ``model_type`` of their config."""

from finsta.transfer.hosts.clip import CLIP
from finsta.transfer.hosts.spec import HostSpec
from finsta.transfer.hosts.xclip import XCLIP

HOSTS: dict[str, HostSpec] = {
    "clip": CLIP,
    "xclip": XCLIP,
}

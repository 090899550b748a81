"""The hosts that finsta knows, by ``model_type`` of their config."""

from finsta.transfer.hosts.clip import CLIP
from finsta.transfer.hosts.specification import HostSpecification
from finsta.transfer.hosts.xclip import XCLIP

HOSTS: dict[str, HostSpecification] = {
    "clip": CLIP,
    "xclip": XCLIP,
}

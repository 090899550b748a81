"""The hosts that finsta knows, by ``model_type`` of their config."""

from finsta.transfer.hosts.blip import BLIP
from finsta.transfer.hosts.blip2 import BLIP_2
from finsta.transfer.hosts.bridgetower import BRIDGETOWER
from finsta.transfer.hosts.clip import CLIP
from finsta.transfer.hosts.clip_kin import ALTCLIP, CHINESE_CLIP, METACLIP_2
from finsta.transfer.hosts.flava import FLAVA
from finsta.transfer.hosts.git import GIT
from finsta.transfer.hosts.llm import VIDEO_LLMS
from finsta.transfer.hosts.siglip import SIGLIP, SIGLIP_2
from finsta.transfer.hosts.spec import HostSpec
from finsta.transfer.hosts.timesformer import TIMESFORMER
from finsta.transfer.hosts.videomae import VIDEOMAE
from finsta.transfer.hosts.videoprism import VIDEOPRISM
from finsta.transfer.hosts.videoprism_vision import VIDEOPRISM_VISION
from finsta.transfer.hosts.vivit import VIVIT
from finsta.transfer.hosts.vjepa2 import VJEPA2
from finsta.transfer.hosts.xclip import XCLIP

HOSTS: dict[str, HostSpec] = {
    "clip": CLIP,
    "metaclip_2": METACLIP_2,
    "altclip": ALTCLIP,
    "chinese_clip": CHINESE_CLIP,
    "siglip": SIGLIP,
    "siglip2": SIGLIP_2,
    "xclip": XCLIP,
    "videoprism": VIDEOPRISM,
    "videomae": VIDEOMAE,
    "timesformer": TIMESFORMER,
    "vivit": VIVIT,
    "vjepa2": VJEPA2,
    "videoprism_vision_model": VIDEOPRISM_VISION,
    "blip": BLIP,
    "blip-2": BLIP_2,
    "bridgetower": BRIDGETOWER,
    "flava": FLAVA,
    "git": GIT,
    **VIDEO_LLMS,
}

"""Hosts: video-language models of `transformers`, reached by removable hooks and public methods, never changed."""

from finsta.transfer.hosts.black_box import black_box_host
from finsta.transfer.hosts.encodings import (
    FusedEncoding,
    HostOutput,
    PooledText,
    PooledVideo,
    TextEncoding,
    VideoEncoding,
    join_texts,
    join_videos,
)
from finsta.transfer.hosts.frame_processor import FrameProcessor
from finsta.transfer.hosts.host import Host
from finsta.transfer.hosts.loading import load_host
from finsta.transfer.hosts.module_host import PlainTokenizer, Recipe, TokensAt, module_host
from finsta.transfer.hosts.saving import ModelCard
from finsta.transfer.hosts.spec import Capabilities, HostSpec, LanguageSpec, Widths
from finsta.transfer.hosts.table import HOSTS

__all__ = [
    "HOSTS",
    "Capabilities",
    "FrameProcessor",
    "FusedEncoding",
    "Host",
    "HostOutput",
    "HostSpec",
    "LanguageSpec",
    "ModelCard",
    "PlainTokenizer",
    "PooledText",
    "PooledVideo",
    "Recipe",
    "TextEncoding",
    "TokensAt",
    "VideoEncoding",
    "Widths",
    "black_box_host",
    "join_texts",
    "join_videos",
    "load_host",
    "module_host",
]

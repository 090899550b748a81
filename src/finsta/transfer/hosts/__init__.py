"""Hosts: video-language models of `transformers`, reached by removable hooks and public methods, never changed."""

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
from finsta.transfer.hosts.host import Host
from finsta.transfer.hosts.loading import load_host
from finsta.transfer.hosts.saving import ModelCard
from finsta.transfer.hosts.spec import Capabilities, HostSpec, LanguageSpec, Widths
from finsta.transfer.hosts.table import HOSTS

__all__ = [
    "HOSTS",
    "Capabilities",
    "FusedEncoding",
    "Host",
    "HostOutput",
    "HostSpec",
    "LanguageSpec",
    "ModelCard",
    "PooledText",
    "PooledVideo",
    "TextEncoding",
    "VideoEncoding",
    "Widths",
    "join_texts",
    "join_videos",
    "load_host",
]

"""Hosts: video-language models of `transformers`, reached by removable hooks and public methods, never changed."""

from finsta.transfer.hosts.encodings import (
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
from finsta.transfer.hosts.specification import HostSpecification
from finsta.transfer.hosts.table import HOSTS

__all__ = [
    "HOSTS",
    "Host",
    "HostOutput",
    "HostSpecification",
    "ModelCard",
    "PooledText",
    "PooledVideo",
    "TextEncoding",
    "VideoEncoding",
    "join_texts",
    "join_videos",
    "load_host",
]

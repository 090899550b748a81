"""Tiny video LLMs."""

from tests.hosts.tiny import TinyHost

TINY: dict[str, TinyHost] = {}

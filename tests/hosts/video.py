"""Tiny video encoders without text."""

from tests.hosts.tiny import TinyHost

TINY: dict[str, TinyHost] = {}

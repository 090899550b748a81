"""Tiny fusion and generative encoders."""

from tests.hosts.tiny import TinyHost

TINY: dict[str, TinyHost] = {}

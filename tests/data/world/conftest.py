"""A tiny world in all formats, and a larger one that has no pixels, made once."""

from pathlib import Path

import pytest

from finsta.data.world import WorldConfig, make_world
from finsta.data.world.formats.clips import World
from finsta.data.world.formats.make import write_formats

SMALL = WorldConfig(size=32)


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve clips of 32 × 32 pixels, with every format below ``formats/``; not to be written to."""
    root = tmp_path_factory.mktemp("formats") / "world"
    make_world(root, clips=12, seed=3, config=SMALL, workers=1)
    write_formats(root, ["all"], workers=1)
    return root


@pytest.fixture(scope="session")
def many() -> World:
    """The scenes of 500 clips; their videos are not there."""
    return World.composed(Path("nowhere"), seed=1, config=WorldConfig(), clips=500)

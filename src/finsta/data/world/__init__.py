"""The embedded world: a generator of real video files with gold graphs, captions and hard negatives (our definition)."""

from finsta.data.world.make import make_world
from finsta.data.world.settings import WorldConfig

__all__ = ["WorldConfig", "make_world"]

"""The embedded world: real video files with gold graphs, captions and hard negatives, made to order (ours)."""

from typing import TYPE_CHECKING, Any

from finsta.data.world.settings import WorldConfig

if TYPE_CHECKING:
    from finsta.data.world.make import make_world

__all__ = ["WorldConfig", "make_world"]


def __getattr__(name: str) -> Any:
    """Import the generator, with OpenCV and the encoder, when it is first asked for."""
    if name == "make_world":
        from finsta.data.world.make import make_world

        return make_world
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

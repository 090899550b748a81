"""A world as the writers of formats see it: clips with their scenes, composed anew from the seed, no pixels."""

import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from finsta.data.world.compose import compose, split_of
from finsta.data.world.scene import Event, Scene
from finsta.data.world.settings import VERSION, WorldConfig
from finsta.errors import InputError

SPLITS = ("train", "val", "test")


@dataclass(frozen=True, kw_only=True)
class WorldClip:
    """A clip.

    Attributes:
        index: Its number in the world.
        split: ``train``, ``val`` or ``test``.
        video: The file.
        scene: What it shows.
        config: Of the world.
        seed: Of the world.
    """

    index: int
    split: str
    video: Path
    scene: Scene
    config: WorldConfig
    seed: int

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.config.frame_count / self.config.frames_per_second

    @property
    def held_out(self) -> bool:
        """Whether its split may show what training never does."""
        return self.split == "test"

    def rng(self, use: str) -> np.random.Generator:
        """A generator that depends on world, clip and use alone: one use draws nothing from another."""
        return np.random.default_rng([self.seed, 4, self.index, int.from_bytes(sha256(use.encode()).digest()[:4])])

    def seconds(self, event: Event) -> tuple[float, float]:
        """The interval of an event, from the start of the clip."""
        return self.scene.seconds(event)


@dataclass(frozen=True, kw_only=True)
class World:
    """All clips of a world, in order."""

    seed: int
    config: WorldConfig
    clips: tuple[WorldClip, ...]

    @classmethod
    def composed(cls, root: Path, *, seed: int, config: WorldConfig, clips: int) -> "World":
        """The clips that a world of this seed and make has; the files need not be there."""
        return cls(
            seed=seed,
            config=config,
            clips=tuple(
                WorldClip(
                    index=index,
                    split=split_of(seed, index),
                    video=root / "videos" / f"{index:06d}.mp4",
                    scene=compose(seed, index, config),
                    config=config,
                    seed=seed,
                )
                for index in range(clips)
            ),
        )

    @property
    def duration(self) -> float:
        """Seconds of each clip."""
        return self.config.frame_count / self.config.frames_per_second

    def of(self, *splits: str) -> list[WorldClip]:
        """The clips of some splits, those of the first split first."""
        return [clip for split in splits for clip in self.clips if clip.split == split]

    def identity(self) -> dict[str, Any]:
        """What makes two worlds the same."""
        return {"version": VERSION, "seed": self.seed, "config": vars(self.config), "clips": len(self.clips)}


def read_world(root: Path) -> World:
    """The clips of a finished world on disk.

    Raises:
        InputError: if the folder holds none, one that is not finished, or one with a split without a clip.
    """
    try:
        document = json.loads((root / "world.json").read_text(encoding="utf-8"))
        seed, counts = int(document["seed"]), document["counts"]
        config = WorldConfig(**document["config"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{root / 'world.json'}: expected the file of a world, found {error!r}; make one with `finsta world`"
        ) from error
    if document.get("version") != VERSION or not counts:
        raise InputError(f"{root}: expected a finished world of version {VERSION}; make it with `finsta world`")
    world = World.composed(root, seed=seed, config=config, clips=counts["clips"])
    if empty := [split for split in SPLITS if not world.of(split)]:
        raise InputError(
            f"{root}: expected clips in every split, found none in {', '.join(empty)}; "
            "formats take a world of 10 clips or more"
        )
    return world

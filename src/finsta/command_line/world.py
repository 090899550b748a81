"""``finsta world``: the embedded world, rendered to video files with gold graphs and captions."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from finsta.data.world.settings import WorldConfig


@dataclass(frozen=True, kw_only=True)
class World:
    """Render a world of short clips with gold graphs, captions and hard negatives."""

    # Folder for train.jsonl, val.jsonl, test.jsonl, videos/ and graphs/.
    out: Path
    # How many clips.
    clips: int = 200
    # The same seed gives the same annotation, byte for byte.
    seed: int = 0
    # What the clips look like.
    config: Annotated[WorldConfig, tyro.conf.arg(name="")] = WorldConfig()

    def run(self) -> None:
        """Render what is not there yet.

        Raises:
            OutputError: if the folder holds another world, or cannot be written.
        """
        from finsta.command_line.output import progress_bar, results
        from finsta.data.world import make_world

        with progress_bar("clips") as progress:
            make_world(self.out, clips=self.clips, seed=self.seed, config=self.config, progress=progress)
        results.print(f"wrote {self.clips} clips to {self.out}", markup=False)

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
    # Published formats to write the world in too, below formats/: names of data sets between commas, or all.
    formats: str = ""

    def run(self) -> None:
        """Render what is not there yet.

        Raises:
            InputError: if there is no such format.
            OutputError: if the folder holds another world, or cannot be written.
        """
        from finsta.command_line.output import progress_bar, progress_stages, results
        from finsta.data.world import make_world
        from finsta.data.world.formats.make import write_formats
        from finsta.data.world.formats.table import format_names

        names = format_names(self.formats.split(",")) if self.formats else []
        with progress_bar("clips") as progress:
            make_world(self.out, clips=self.clips, seed=self.seed, config=self.config, progress=progress)
        results.print(f"wrote {self.clips} clips to {self.out}", markup=False)
        if names:
            with progress_stages() as stages:
                write_formats(self.out, names, progress=stages)
            results.print(f"wrote {', '.join(names)} to {self.out / 'formats'}", markup=False)

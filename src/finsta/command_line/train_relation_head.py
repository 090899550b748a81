"""``finsta train-relation-head``: graphs of videos in, a learned relation head out."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from finsta.config import RelationHeadConfig


@dataclass(frozen=True, kw_only=True)
class TrainRelationHead:
    """Train the head that tells relations from the paths of objects: on annotated graphs, or on the embedded world."""

    # `world`, or a folder of graphs of videos (JSON as `finsta parse` and the annotation readers write it), with
    # train/ and val/ inside or without.
    graphs: str
    # Folder for the head; `finsta parse --relation-head FOLDER` takes it.
    out: Path
    # Clips of the world.
    clips: int = 1000
    # Seed of the world; that of the training is --seed.
    world_seed: int = 0
    # How to train.
    config: Annotated[RelationHeadConfig, tyro.conf.arg(name="")] = RelationHeadConfig()

    def run(self) -> None:
        """Train from where an interrupted run of the same settings stopped.

        Raises:
            InputError: if the graphs cannot be read, or tell too little.
            OutputError: if the folder holds something else, or cannot be written.
        """
        from finsta.command_line.output import progress_stages, results
        from finsta.training.relation_head.graphs import folder_graphs, world_graphs
        from finsta.training.relation_head.train import train_relation_head

        with progress_stages() as stages:
            on_graph = stages("reading graphs")
            if self.graphs == "world":
                parts = world_graphs(self.clips, seed=self.world_seed, on_graph=on_graph)
            else:
                parts = folder_graphs(Path(self.graphs), on_graph=on_graph)
            head = train_relation_head(*parts, self.out, config=self.config, stages=stages)
        results.print(f"words: {', '.join(head.settings.predicates)}", markup=False)
        results.print(f"head: {self.out}; finsta parse --relation-head {self.out} takes it", markup=False)

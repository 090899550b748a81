"""``finsta evaluate-grounding``: is the right thing found, and the right time?"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from finsta.errors import OutputError

if TYPE_CHECKING:
    from finsta.tasks.grounding_arms import Arm, GoldPairs


@dataclass(frozen=True, kw_only=True)
class EvaluateGrounding:
    """Measure grounding on data with gold links: a trained model, the parser's links, and guessing, side by side."""

    # Folder that `finsta post-train` wrote.
    checkpoint: Path
    # A data folder whose graphs have gold links, as `finsta world` writes it.
    data: Path
    # Which manifest of the data folder.
    split: str = "test"
    # Frames read of a clip; 0 takes what the host was made for or trained with, else 8.
    frames: int = 0
    # Also on the parser's own tracks, with this detector: `motion`, `nanodet`, `hf:…`; empty leaves it out.
    detector: str = ""
    # File to write all numbers to, item by item, as JSON.
    out: Path | None = None
    # Folder for prepared frames; `.finsta/clips` of the data by default.
    cache: Path | None = None

    def run(self) -> None:
        """Print the table.

        Raises:
            InputError: if the checkpoint or the data cannot be used.
            OutputError: if the file cannot be written.
        """
        from finsta.command_line.output import progress_stages, results
        from finsta.data.pairs import read_pairs
        from finsta.tasks.evaluation import Evaluation, save_evaluation
        from finsta.tasks.grounding import GroundingItems, chance, chance_metrics, evaluate_grounding
        from finsta.tasks.grounding_arms import GoldPairs

        if self.out is not None and self.out.is_dir():
            raise OutputError(f"{self.out}: expected a file to write, found a folder; name a file in it")
        pairs = GoldPairs.read(tuple(read_pairs(self.data, self.split)))
        guesses = GroundingItems.of([chance(graph, name=name) for name, graph in pairs.graphs.items()])
        rows: dict[str, dict[str, float]] = {"guessing": chance_metrics(guesses)}
        found = {}
        with progress_stages() as stages:
            for name, arm in self._arms(pairs).items():
                found[name] = evaluate_grounding(arm, pairs.graphs, progress=stages(name))
                rows[name] = {metric: float(value) for metric, value in found[name].items()}
        results.print(table(rows), markup=False)
        if self.out is not None:
            facts = {"checkpoint": str(self.checkpoint), "data": str(self.data), "split": self.split, "rows": rows}
            save_evaluation(Evaluation(results=found), self.out, facts)
            results.print(f"wrote {self.out}", markup=False)

    def _arms(self, pairs: "GoldPairs") -> "dict[str, Arm]":
        from finsta.data.places import clip_folder
        from finsta.grounding.model import GroundingModel
        from finsta.tasks.encoding import clip_cache
        from finsta.tasks.grounding_arms import ParsedVideos, labels_arm, model_arm, parsed_links_arm, parsed_model_arm

        model = GroundingModel.load(self.checkpoint, frames=self.frames or None)
        clips = clip_cache(model.host, self.cache or clip_folder(self.data))
        arms = {
            "parser's links, gold tracks and labels": labels_arm(),
            "trained, gold tracks without labels": model_arm(model, pairs, clips),
        }
        if self.detector:
            parsed = ParsedVideos(pairs, self.detector)
            arms |= {
                "parser's links, parsed tracks": parsed_links_arm(parsed),
                "trained, parsed tracks": parsed_model_arm(model, parsed, clips),
            }
        return arms


def table(rows: dict[str, dict[str, float]]) -> str:
    """Shares in percent, one row for each arm."""
    from finsta.tasks.grounding import BOTH, BOX, SPACE_MEAN, TIME, TIME_MEAN

    columns = (BOX, TIME, BOTH, SPACE_MEAN, TIME_MEAN)
    lines = ["| | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for name, metrics in rows.items():
        cells = [f"{metrics[column]:.1f}" if column in metrics else "–" for column in columns]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)

"""``finsta demo``: all of it in small, in one go."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Demo:
    """Parse a real clip, make a world, train a small host on it, post-train it twice, compare. Under 10 minutes."""

    # Folder for everything; run again, the demo goes on or reuses what is there.
    out: Path = Path("demo")
    # Seed of the world and of the training.
    seed: int = 0
    # Your own clip instead of the one that comes with the demo.
    video: Path | None = None
    # What happens in your clip.
    text: str | None = None
    # A tenth of everything: only whether it runs, in under a minute.
    quick: bool = False

    def run(self) -> None:
        """Print the table and where the page is.

        Raises:
            OutputError: if the folder cannot be written.
        """
        from finsta.command_line.output import by_name, messages, progress_stages, results
        from finsta.experiments.demo import DemoConfig, run_demo

        config = DemoConfig.quick(seed=self.seed) if self.quick else DemoConfig(seed=self.seed)
        with progress_stages() as stages:
            report = run_demo(
                self.out,
                config,
                video=self.video,
                text=self.text,
                stages=stages,
                progress=by_name(stages),
                say=lambda line: messages.print(line, markup=False),
            )
        results.print(report.table, markup=False)
        results.print(f"wrote {report.page}", markup=False)

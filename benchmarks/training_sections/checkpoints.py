"""What a checkpoint costs: handed to the disk, with optimizer, beside a step of the same run."""

from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from measuring import Row, Settings
from training_sections.setup import Bench, bench, train


def rows(settings: Settings) -> list[Row]:
    """A run that writes a checkpoint after every second step beside one that writes none."""
    rounds, clips = (1, 16) if settings.quick else (3, 32)
    ratios, costs, sizes = [], [], []
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        made = bench(folder / "clips", clips=clips)
        for number in range(rounds + 1):
            found = {}
            for name, every in (("none", 10**6), ("every", 2)):
                out = folder / f"{number}-{name}"
                found[name] = _times(made, out, folder / "cache", every)
                written = list(out.rglob("state.pt"))
                if written:
                    sizes.append(written[0].stat().st_size / 1e6)
            if number:
                cost = (found["every"] - found["none"]) / 7
                costs.append(cost)
                ratios.append(cost / (found["none"] / 16))
    return [
        Row(
            what=f"a checkpoint of {median(sizes):.0f} MB, in steps of eight pairs",
            ours=f"{1000 * median(costs):.0f} ms",
            ratio=median(ratios),
        )
    ]


def _times(made: Bench, out: Path, cache: Path, every: int) -> float:
    began = perf_counter()
    train(made, out, cache, steps=16, checkpoint_every=every, workers=1)
    return perf_counter() - began

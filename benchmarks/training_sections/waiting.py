"""How long steps wait for their batches, and how long a run takes, by the number of threads that work ahead."""

from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from measuring import Row, Settings
from training_sections.setup import bench, train


def rows(settings: Settings) -> list[Row]:
    """Decoding on the way, each run from an empty cache; then from a full one."""
    rounds, clips, steps = (1, 16, 2) if settings.quick else (3, 64, 8)
    found: dict[str, list[tuple[float, float]]] = {}
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        made = bench(folder / "clips", clips=clips)
        for number in range(rounds + 1):
            for name, workers, kept in (("none", 0, False), ("one", 1, False), ("two", 2, False), ("kept", 1, True)):
                cache = folder / ("cache" if kept else f"cache-{number}-{name}")
                log = train(made, folder / f"run-{number}-{name}", cache, workers=workers, steps=steps)
                if number:  # the first round warms up, and fills the cache that is kept
                    found.setdefault(name, []).append((sum(x["seconds"] for x in log), sum(x["waiting"] for x in log)))
    share = {name: median(waited / seconds for seconds, waited in runs) for name, runs in found.items()}

    def against(name: str) -> float:
        return median(a / b for (a, _), (b, _) in zip(found[name], found["none"], strict=True))

    return [
        Row(
            what="decoding on the way: share of the time that steps wait, one thread ahead",
            ours=f"{100 * share['one']:.0f} %",
            other=f"{100 * share['none']:.0f} % with none",
            ratio=share["one"] / share["none"],
            wanted="≤ 0.9",
        ),
        Row(what="the same, two threads ahead", ours=f"{100 * share['two']:.0f} %", ratio=share["two"] / share["none"]),
        Row(what="time of the run, one thread ahead over none", ours="", ratio=against("one"), wanted="≤ 1.0"),
        Row(what="time of the run, two threads ahead over none", ours="", ratio=against("two"), wanted="≤ 1.0"),
        Row(
            what="frames kept from before: share of the time that steps wait",
            ours=f"{100 * share['kept']:.1f} %",
            ratio=share["kept"],
            wanted="≤ 0.05",
        ),
    ]

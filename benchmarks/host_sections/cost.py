"""Floating-point operations, time and memory of a post-training step beside the host's own."""

from finsta.experiments.cost import count
from host_sections.families import FAMILIES, Size
from host_sections.steps import KEY_FRAMES, OBJECTS, steps_of, timed_size
from measuring import Row, Settings, alternate, peak_growth


def operations(settings: Settings) -> list[Row]:
    """Of every family."""
    return [_operations(family) for family in FAMILIES]


def _operations(family: str) -> Row:
    """At the published sizes, from one and two layers of each tower: what every further layer costs is the same."""
    row = FAMILIES[family]
    one = _products(family, Size(vision=1, text=1))
    vision = _products(family, Size(vision=2, text=1))
    text = _products(family, Size(vision=1, text=2)) if row.text else one
    own, whole = (
        one[name] + (vision[name] - one[name]) * (row.vision - 1) + (text[name] - one[name]) * max(row.text - 1, 0)
        for name in ("own", "whole")
    )
    return Row(
        what=f"{family}: FLOPs of a step, {KEY_FRAMES} key frames of {5 * OBJECTS} nodes, `small`: times the control's",
        ours=f"{whole / 1e9:.1f} GFLOP a pair",
        other=f"{row.title}, own loss: {own / 1e9:.1f}",
        ratio=whole / own,
    )


def _products(family: str, size: Size) -> dict[str, int]:
    """Of a step with one pair."""
    taken = steps_of(family, size, pairs=1)
    return {name: count(taken.run(name)).products for name in ("own", "whole")}


def time_and_memory(family: str, settings: Settings) -> list[Row]:
    """Of a smaller host, for a processor: the graphs weigh more there than beside the published one."""
    taken = steps_of(family, timed_size(settings.quick))
    times = alternate({name: taken.run(name) for name in ("own", "whole")}, rounds=1 if settings.quick else 2)
    peaks = {
        name: peak_growth("host_sections.steps:memory_case", settings, family=family, name=name, quick=settings.quick)
        for name in ("own", "whole")
    }
    parameters = sum(parameter.numel() for parameter in taken.host.model.parameters()) / 1e6
    small = f"width {timed_size(settings.quick).width}, {parameters:.0f} M parameters"
    return [
        Row(
            what=f"{family}: time of a step, {small}: times the control's",
            ours=f"{times.median('whole'):.2f} s",
            other=f"own loss: {times.median('own'):.2f} s",
            ratio=times.ratio("whole", "own"),
        ),
        Row(
            what=f"{family}: peak memory of a step, {small}: times the control's",
            ours=f"{peaks['whole'] / 2**20:.0f} MiB",
            other=f"own loss: {peaks['own'] / 2**20:.0f} MiB",
            ratio=peaks["whole"] / peaks["own"],
        ),
    ]

"""What parsing real clips costs: time by stage, memory of an hour, two workers. Needs the NanoDet weights."""

from pathlib import Path
from tempfile import TemporaryDirectory

from measuring import Row, Settings
from video_sections.real_clips import real_clips
from video_sections.real_memory import peak, write_minutes
from video_sections.real_stages import FORWARD, split, wall_shares
from video_sections.real_workers import seconds


def rows(settings: Settings) -> list[Row]:
    """Cost without the forward passes of the detector, its parts, memory, workers."""
    clips = real_clips()
    clips = clips[-2:] if settings.quick else clips
    rounds = 1 if settings.quick else 3
    return [*_wall(clips, settings.threads, rounds), *_parts(clips, rounds), _memory(settings), _workers(clips, rounds)]


def _wall(clips: list[Path], threads: int, rounds: int) -> list[Row]:
    found = wall_shares(clips, threads=threads, rounds=rounds)
    total = tuple(sum(part) for part in zip(*found.values(), strict=True))
    return [
        Row(
            what=f"{name}: all but the forward passes of NanoDet, share of the wall time, 4 frames/s",
            ours=f"{whole - forward:.2f} s",
            other=f"forward {forward:.2f} s",
            ratio=1 - forward / whole,
            wanted="≤ 0.15" if name == "all clips" else "",
        )
        for name, (whole, forward) in {**found, "all clips": total}.items()
    ]


def _parts(clips: list[Path], rounds: int) -> list[Row]:
    found = split(clips, rounds=rounds)
    stages = list(dict.fromkeys(stage for seconds in found.values() for stage in seconds))
    total = {stage: sum(seconds.get(stage, 0.0) for seconds in found.values()) for stage in stages}
    whole = sum(total.values())
    listed = [
        Row(what=f"all clips: {stage}, share of the processor's time", ours=f"{total[stage]:.2f} s", ratio=share)
        for stage, share in sorted(((stage, total[stage] / whole) for stage in stages), key=lambda item: -item[1])
    ]
    return [
        Row(
            what=f"{name}: all but the forward passes, share of the processor's time, one thread",
            ours=f"{sum(seconds.values()) - seconds[FORWARD]:.2f} s",
            other=f"forward {seconds[FORWARD]:.2f} s",
            ratio=1 - seconds[FORWARD] / sum(seconds.values()),
        )
        for name, seconds in {**found, "all clips": total}.items()
    ] + listed


def _memory(settings: Settings) -> Row:
    long = 3 if settings.quick else 60
    with TemporaryDirectory() as folder:
        peaks = {}
        for minutes in (1, long):
            path = Path(folder) / f"{minutes}.mkv"
            write_minutes(path, minutes)
            peaks[minutes] = peak(path)
    shown = {minutes: f"{highest / 2**20:.0f} MiB" for minutes, (highest, _) in peaks.items()}
    return Row(
        what=f"memory at its highest, {long} minutes of 1080p, 8 objects",
        ours=shown[long],
        other=f"1 minute: {shown[1]}; before it began: {peaks[1][1] / 2**20:.0f} MiB",
        ratio=peaks[long][0] / peaks[1][0],
        wanted="≤ 1.2",
    )


def _workers(clips: list[Path], rounds: int) -> Row:
    work = sorted(clips, key=lambda clip: -clip.stat().st_size)[-4:] * 4  # many short clips, so that no one waits long
    ratios, shown = [], []
    for _ in range(rounds):
        one, two = seconds(work, workers=1), seconds(work, workers=2)
        ratios.append(one / two)
        shown.append((one, two))
    middle = sorted(range(rounds), key=lambda place: ratios[place])[rounds // 2]
    return Row(
        what=f"{len(work)} clips by two workers: times faster than by one",
        ours=f"{shown[middle][1]:.1f} s",
        other=f"one worker: {shown[middle][0]:.1f} s",
        ratio=ratios[middle],
        wanted="≥ 1.7",
    )

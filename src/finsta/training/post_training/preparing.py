"""What a run trains on: pairs that were all seen to before, or pairs of any number that are seen to on the way."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from finsta.config import PostTrainConfig
from finsta.data.clips import ClipCache
from finsta.data.graph_store import GraphStore
from finsta.data.pairs import Pair
from finsta.errors import InputError
from finsta.graphs.serialization import write_text
from finsta.tasks.encoding import clip_cache
from finsta.training.loop.contract import Items, LoopConfig
from finsta.training.loop.processes import by_first, first_goes_first
from finsta.training.loop.stages import Stages
from finsta.transfer.hosts import Host


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """Pairs with what a batch takes of them.

    Attributes:
        pairs: To train on.
        clips: Frames of every pair.
        graphs: Graphs of every pair; ``None`` where no term of the loss asks for them.
        failures: Pairs that were left out, and why.
    """

    pairs: Sequence[Pair]
    clips: ClipCache
    graphs: GraphStore | None
    failures: dict[str, str] = field(default_factory=dict)

    @property
    def items(self) -> Items:
        """The pairs as the loop counts them."""
        return Items(
            size=len(self.pairs), name=lambda index: self.pairs[index].id, block=getattr(self.pairs, "block", 1)
        )


def prepare(
    host: Host,
    pairs: Sequence[Pair],
    config: PostTrainConfig,
    *,
    cache: Path,
    stages: Stages,
    uses_graphs: bool,
) -> Prepared:
    """Decode the videos and, where a term asks for them, parse the graphs; leave out what cannot be used.

    With ``config.prepare`` ``during``, nothing is read here, and the pairs stay where they are. Of several processes on
    one machine, the first does the work.

    Args:
        host: Whose frames are kept.
        pairs: To train on.
        config: Of the run.
        cache: Folder for frames and graphs.
        stages: Makes the progress bars.
        uses_graphs: Whether a term asks for graphs.

    Raises:
        InputError: if no pair can be used.
    """
    clips = clip_cache(host, cache / "clips")
    graphs = GraphStore(cache / "graphs", config.parse) if uses_graphs else None
    if config.prepare == "during":
        return Prepared(pairs=pairs, clips=clips, graphs=graphs)
    with first_goes_first():
        broken = clips.fill((pair.segment for pair in pairs), progress=stages("videos"))
        failures = {pair.id: broken[pair.segment] for pair in pairs if pair.segment in broken}
        usable: Sequence[Pair] = pairs if not failures else [pair for pair in pairs if pair.id not in failures]
        if graphs is not None:
            found = graphs.prepare(usable, progress=stages("graphs"))
            failures |= found.failures
            usable = usable if len(found.pairs) == len(usable) else found.pairs
    if not usable:
        reason = next(iter(failures.values()), "there was none")
        raise InputError(f"no pair can be used of {len(pairs)}: {reason}")
    return Prepared(pairs=usable, clips=clips, graphs=graphs, failures=failures)


def labels_of(prepared: Prepared, file: Path, progress: Callable[[int, int], None]) -> list[str]:
    """Every label in the graphs, in order of the alphabet: found in one pass, and kept in a file of the run.

    A graph that cannot be read is passed over here; it is told of when it is its turn.
    """
    graphs = prepared.graphs
    assert graphs is not None

    def find() -> list[str]:
        if file.is_file():
            kept: list[str] = json.loads(file.read_text(encoding="utf-8"))
            return kept
        found = sorted(set(_labels(prepared.pairs, graphs, progress)))
        write_text(file, json.dumps(found, ensure_ascii=False))
        return found

    return by_first(find)


def _labels(pairs: Sequence[Pair], graphs: GraphStore, progress: Callable[[int, int], None]) -> Iterable[str]:
    for index in range(len(pairs)):
        try:
            graph = graphs.load(pairs[index])
        except InputError:
            continue
        yield from (node.lemma for node in graph.text.nodes)
        yield from (node.label for frame in graph.video.frames for node in frame.nodes)
        progress(index + 1, len(pairs))


def loop_config(config: PostTrainConfig) -> LoopConfig:
    """The part of the settings that the loop reads."""
    names = (
        *("steps", "batch_size", "warm_up_steps", "clip_norm", "seed", "checkpoint_every", "keep_checkpoints"),
        *("accumulation", "precision", "shard", "workers", "broken_share", "report_to"),
    )
    return LoopConfig(**{name: getattr(config, name) for name in names})

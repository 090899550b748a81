"""How a host is judged while it is post-trained: the tasks of ``finsta evaluate`` on pairs that it does not see."""

from collections.abc import Sequence
from pathlib import Path

from finsta.config import PostTrainConfig
from finsta.data.pairs import Pair
from finsta.errors import InputError
from finsta.tasks.evaluation import evaluate
from finsta.tasks.scoring import ways_of
from finsta.training.loop.validation import Validation
from finsta.transfer.hosts import Host


def validation_of(host: Host, pairs: Sequence[Pair], config: PostTrainConfig, *, cache: Path) -> Validation | None:
    """Retrieval, and multiple choice where the pairs have hard negatives, every so often; ``None`` where not asked.

    Args:
        host: Which is trained; judged in evaluation mode and single precision.
        pairs: To validate on.
        config: Of the run.
        cache: Folder for frames.

    Raises:
        InputError: if validation is asked for, and there are no pairs, or the host has no way to score texts.
    """
    if not config.validate_every:
        return None
    if not pairs:
        raise InputError(
            "--validate-every: expected pairs to validate on, found none; put a val.jsonl into the data folder, or "
            "give --validation"
        )
    if not ways_of(host):
        raise InputError(
            f"--validate-every: {host.name} ({host.spec.title}) has no way to score texts, which validation asks for; "
            "leave it out, and judge what was written by `finsta fine-tune` on a task"
        )

    def measure() -> dict[str, float]:
        found = evaluate(host, pairs, batch_size=config.batch_size, cache=cache / "clips")
        return {name: float(value) for name, value in found.metrics.items()}

    return Validation(
        measure=measure,
        metric=config.metric,
        every=config.validate_every,
        patience=config.patience,
        keep_best=config.keep_best,
    )

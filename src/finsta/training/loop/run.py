"""One run of the training loop: its state between steps, and what happens in one."""

import json
import time
from collections.abc import Callable
from dataclasses import asdict
from hashlib import blake2b
from pathlib import Path
from typing import Any

import torch

from finsta.alignment.gathering import processes
from finsta.errors import TrainingError
from finsta.training.loop.ahead import Ahead, ahead
from finsta.training.loop.best import BestWeights
from finsta.training.loop.checkpoint import last_checkpoint, save_checkpoint
from finsta.training.loop.contract import Collate, Items, LoopConfig, Trained
from finsta.training.loop.engine import Engine
from finsta.training.loop.processes import anywhere, by_first, from_all, is_first, process, wait
from finsta.training.loop.schedule import BatchSchedule, warm_up_cosine
from finsta.training.loop.sharding import check_even
from finsta.training.loop.stopped_batch import save_batch
from finsta.training.loop.supply import Drawn, Losses, Supply
from finsta.training.loop.trackers import Trackers
from finsta.training.loop.validation import FILE, Standing, Validation, read_lines, value_of, write_measurement

LOG, CHECKPOINTS, PROGRESS = "log.jsonl", "checkpoints", "progress.json"

OnStep = Callable[[int, int], None]
"""Called with steps done and steps in all."""


class Run:
    """The state of a run between its steps, and what happens in one."""

    def __init__(
        self,
        engine: Engine,
        optimizer: torch.optim.Optimizer,
        *,
        items: Items,
        config: LoopConfig,
        folder: Path,
        validation: Validation | None,
    ) -> None:
        self.engine, self.optimizer = engine, optimizer
        self.items, self.config, self.folder, self.validation = items, config, folder, validation
        self.peaks = [group["lr"] for group in optimizer.param_groups]
        self.standing = Standing()
        self.losses = Losses(most=config.broken_share)
        self.best = BestWeights(folder / "best")
        self.start = self._resume()
        self.trackers = Trackers(
            engine.accelerator, config.report_to, folder, start=self.start, settings=_plain(config)
        )

    def __call__(self, collate: Collate, on_step: OnStep) -> Trained:
        """Take the steps that are left."""
        config, steps = self.config, self.config.steps
        schedule = BatchSchedule(
            self.items.size,
            batch_size=config.batch_size,
            seed=config.seed,
            block=self.items.block,
            process=process(),
            processes=processes(),
        )
        if not self.engine.alike:
            check_even(schedule.batch_size, processes())
        numbers = range(self.start * config.accumulation, steps * config.accumulation)
        done = self.start
        if done == 0:
            self._measure(0)
        with (
            (self.folder / LOG).open("a", encoding="utf-8") as log,
            ahead(Supply(collate, schedule), numbers, workers=config.workers) as coming,
        ):
            while done < steps and not self._ended():
                facts = self._step(done, coming)
                done += 1
                if is_first():
                    log.write(json.dumps({"step": done - 1, **facts}) + "\n")
                    log.flush()
                self.trackers.log("train", facts, done)
                if self.validation is not None and self.validation.due(done, steps):
                    self._measure(done)
                if done % config.checkpoint_every == 0 and done < steps:
                    self._save(done)
                on_step(done, steps)
        return self._finish(done)

    def _step(self, step: int, coming: Ahead[Drawn]) -> dict[str, float]:
        """One optimizer step; what is logged of it."""
        config, began, waited = self.config, time.perf_counter(), coming.waited
        rate = warm_up_cosine(step, warm_up=config.warm_up_steps, steps=config.steps)
        for group, peak in zip(self.optimizer.param_groups, self.peaks, strict=True):
            group["lr"] = peak * rate
        facts: dict[str, float] = {}
        for part in range(config.accumulation):
            drawn = next(coming)
            self._count(drawn)
            _seed(config.seed, step, part)
            terms = self.engine.terms(drawn.batch, step / config.steps)
            found = dict(zip(terms, torch.stack(list(terms.values())).tolist(), strict=True))
            self._check(found, step, drawn.batch)
            self.engine.backward(
                torch.stack(list(terms.values())).sum() / config.accumulation, last=part + 1 == config.accumulation
            )
            for name, value in found.items():
                facts[name] = facts.get(name, 0.0) + value / config.accumulation
        norm, taken = self.engine.step(config.clip_norm)
        if not taken:
            self._stop({"gradient_norm": norm}, facts, step, drawn.batch)
        seconds, waited = time.perf_counter() - began, coming.waited - waited
        return facts | {
            "gradient_norm": norm,
            "learning_rate": self.peaks[0] * rate,
            "seconds": seconds,
            "waiting": waited,
        }

    def _count(self, drawn: Drawn) -> None:
        """Take note of broken samples, those of all processes."""
        skipped = {self.items.name(index): reason for index, reason in drawn.skipped.items()}
        number = min(self.config.batch_size, self.items.size)
        if anywhere(bool(skipped), self.engine.device):
            for other in from_all(skipped):
                self.losses.count(0, other)
        self.losses.count(number, {})

    def _check(self, terms: dict[str, float], step: int, batch: Any) -> None:
        broken = {name: value for name, value in terms.items() if not abs(value) < float("inf")}
        if broken:
            self._stop(broken, terms, step, batch)

    def _stop(self, broken: dict[str, float], terms: dict[str, float], step: int, batch: Any) -> None:
        path = self.folder / f"stopped-step-{step:06d}-process-{process()}.pt"
        kept = save_batch(batch, path, step=step, terms=terms)
        words = ", ".join(f"{name} is {value}" for name, value in broken.items())
        raise TrainingError(
            f"step {step}: {words} on the pairs {', '.join(getattr(batch, 'ids', ()))}; "
            f"the batch is {'in ' + str(kept) if kept else 'not kept, since it cannot be written'}; "
            "lower the learning rate, or leave these pairs out, and run again"
        )

    def _measure(self, done: int) -> None:
        """Validate, keep the best weights."""
        validation = self.validation
        if validation is None:
            return
        with self.engine.whole():
            metrics = dict(by_first(validation.measure) if self.engine.alike else validation.measure())
        value = by_first(lambda: value_of(metrics, validation.metric))
        better = self.standing.take(value, done)
        if better and validation.keep_best:
            self.best.save(self.engine.weights(), done)
        if is_first():
            write_measurement(self.folder, done, metrics)
        self.trackers.log("validation", metrics, done)

    def _ended(self) -> bool:
        patience = 0 if self.validation is None else self.validation.patience
        return 0 < patience <= self.standing.since

    def _save(self, done: int) -> None:
        """Write a checkpoint; the best weights that it does not know of may go then."""
        facts = {"standing": asdict(self.standing), "losses": asdict(self.losses)}

        def save(to: Path) -> None:
            self.engine.save(to)
            if is_first():
                (to / PROGRESS).write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")

        save_checkpoint(self.folder / CHECKPOINTS, done, save, keep=self.config.keep_checkpoints)
        self.best.drop_others(self.standing.step)

    def _resume(self) -> int:
        """Load the last checkpoint and cut the logs back to it; the step to go on with."""
        found = by_first(lambda: last_checkpoint(self.folder / CHECKPOINTS))
        start = 0
        if found is not None:
            start, checkpoint = found
            self.engine.load(checkpoint)
            facts = json.loads((checkpoint / PROGRESS).read_text(encoding="utf-8"))
            self.standing = Standing(**facts["standing"])
            self.losses = Losses(**facts["losses"] | {"most": self.config.broken_share})
        if is_first():
            _cut(self.folder / LOG, lambda step: step < start)
            _cut(self.folder / FILE, lambda step: start > 0 and step <= start)
        wait()
        return start

    def _finish(self, done: int) -> Trained:
        kept = None
        if self.validation is not None and self.validation.keep_best:
            kept = self.best.load(self.standing.step)
        self.engine.finish(kept)
        self.trackers.close()
        best = None if self.standing.best is None else (self.standing.best, self.standing.step)
        return Trained(steps=done, best=best, skipped=dict(self.losses.reasons))


def _cut(path: Path, stays: Callable[[int], bool]) -> None:
    """Leave the lines of steps that stay, whole or not at all."""
    kept = [json.dumps(line) + "\n" for line in read_lines(path) if stays(line["step"])]
    if kept or path.exists() or path.name == LOG:
        temporary = path.with_name(f".{path.name}.tmp")
        temporary.write_text("".join(kept), encoding="utf-8")
        temporary.replace(path)


def _seed(seed: int, step: int, part: int) -> None:
    """Set all random generators from where the run is, on each process otherwise."""
    from accelerate.utils import set_seed

    place = f"{seed}/{step}/{part}/{process()}".encode()
    set_seed(int.from_bytes(blake2b(place, digest_size=4).digest(), "big"))


def _plain(config: LoopConfig) -> dict[str, Any]:
    return {name: value if isinstance(value, int | float) else str(value) for name, value in asdict(config).items()}

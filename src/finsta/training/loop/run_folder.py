"""The folder of a run: a plain checkpoint at its top once it is done; what the run needs and tells in ``run/``."""

import difflib
import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar

from finsta.errors import FormatError, InputError, OutputError
from finsta.graphs.serialization import write_text

Config = TypeVar("Config")

FREE = frozenset({"workers", "prepare", "checkpoint_every", "keep_checkpoints", "broken_share", "report_to"})
"""Settings that change no weight: a run may be taken up again with others."""


class RunFolder:
    """Knows where things are, whether this run was begun or finished before, and that it is the same run.

    Args:
        out: The folder.
        settings: All that decides what the run does, as JSON values.
        writes: Whether this process writes; of several that share a run, the first does.

    Raises:
        OutputError: if the folder holds another run, or another checkpoint, or cannot be written.
    """

    def __init__(self, out: Path, settings: dict[str, Any], *, writes: bool = True) -> None:
        self.out = out
        self.run = out / "run"
        settings = json.loads(json.dumps(settings, default=str))
        earlier = self._earlier()
        if not writes:
            return
        if earlier is not None and _bound(earlier) != _bound(settings) and self.begun:
            raise OutputError(
                f"{out}: holds a run with other settings ({_difference(_bound(earlier), _bound(settings))}); choose "
                "another --out, or remove the folder"
            )
        if earlier is None and out.exists() and (not out.is_dir() or any(out.iterdir())):
            raise OutputError(f"{out}: exists and is no run of finsta; choose another --out")
        write_text(self.run / "config.json", json.dumps(settings, indent=1) + "\n")

    @property
    def finished(self) -> bool:
        """Whether the checkpoint is there; its ``config.json`` is put in place last."""
        return (self.out / "config.json").is_file()

    @property
    def begun(self) -> bool:
        """Whether a step was logged or a checkpoint written: what another run's settings would lose."""
        log = self.run / "log.jsonl"
        return self.finished or (log.is_file() and log.stat().st_size > 0) or (self.run / "checkpoints").is_dir()

    def install(self, save: Callable[[Path], None]) -> None:
        """Have ``save`` write the checkpoint into a folder of its own; move it to the top, ``config.json`` last."""
        place = self.run / ".new"
        shutil.rmtree(place, ignore_errors=True)
        temporary = place / self.out.resolve().name  # the model card is titled by the folder's name
        save(temporary)
        for path in sorted(temporary.iterdir(), key=lambda path: path.name == "config.json"):
            path.replace(self.out / path.name)
        shutil.rmtree(place)
        for name in ("checkpoints", "best"):
            shutil.rmtree(self.run / name, ignore_errors=True)

    def _earlier(self) -> Any:
        path = self.run / "config.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def _bound(settings: Any) -> Any:
    """The settings that make a run another one."""
    if not isinstance(settings, dict) or not isinstance(settings.get("config"), dict):
        return settings
    return settings | {"config": {name: value for name, value in settings["config"].items() if name not in FREE}}


def _difference(earlier: Any, now: Any, where: str = "") -> str:
    """The first setting that differs, as words."""
    if isinstance(earlier, dict) and isinstance(now, dict):
        for key in sorted({*earlier, *now}):
            if earlier.get(key) != now.get(key):
                return _difference(earlier.get(key), now.get(key), f"{where}.{key}".lstrip("."))
    return f"{where} was {earlier}, now {now}"


def config_from_dict(kind: type[Config], entry: dict[str, Any], *, where: str) -> Config:
    """A config dataclass, nested ones included, from what ``asdict`` made of it.

    Raises:
        FormatError: names an unknown key and the nearest known one.
    """
    assert is_dataclass(kind)
    known = {f.name: f for f in fields(kind)}
    values: dict[str, Any] = {}
    for key, value in entry.items():
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1, cutoff=0.4)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
            raise FormatError(f"{where}: {kind.__name__} has no {key!r}; {hint}")
        nested = known[key].type
        if isinstance(nested, type) and is_dataclass(nested):
            values[key] = config_from_dict(nested, value, where=where)
        else:
            values[key] = _frozen(value)
    return kind(**values)


def _frozen(value: Any) -> Any:
    """JSON has lists only; a config has tuples."""
    return tuple(value) if isinstance(value, list) else value


def config_to_dict(config: Any) -> dict[str, Any]:
    """JSON values of a config dataclass."""
    return asdict(config)


def read_config(kind: type[Config], path: Path) -> Config:
    """A config from a JSON file: a plain one, or the ``run/config.json`` of an earlier run.

    Raises:
        InputError: if the file cannot be read.
        FormatError: if it is not JSON, or has an unknown key.
    """
    try:
        entry = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise FormatError(f"{path}: expected JSON: {error}") from error
    if not isinstance(entry, dict):
        raise FormatError(f"{path}: expected a JSON object, found a {type(entry).__name__}")
    return config_from_dict(kind, entry.get("config", entry), where=str(path))

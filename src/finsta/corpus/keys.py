"""By what a clip is known to be parsed already: the bytes of its video, its text, and all that decides what a graph is.

    key = SHA-256(content of the video, text, settings, version of finsta)

The settings are resolved first, so that ``auto`` on a machine with NanoDet and on one without it are not the same, and
hold a hash of the weights of each model. The path plays no part: a clip that is moved is not parsed again.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import finsta
from finsta.config import ParseConfig
from finsta.errors import InputError, MissingDependencyError, VideoError
from finsta.models import efficientnet_path, nanodet_path

CHUNK = 1 << 20
"""Bytes that are hashed at a time."""

UNREAD = ("camera_from_boxes", "device", "batch_size", "decode_ahead")
"""Settings that play no part in parsing a video file."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """All that decides what graph a video and a text become.

    Attributes:
        settings: As JSON with sorted names: the settings of the parse, resolved, and the hashes of the weights.
        version: Of finsta.
    """

    settings: str
    version: str = finsta.__version__

    @classmethod
    def of(cls, config: ParseConfig) -> "Recipe":
        """The recipe of settings that :func:`resolve` has seen."""
        parse = {name: value for name, value in asdict(config).items() if name not in UNREAD}
        return cls(settings=_json({"parse": parse, "weights": _weights(config)}))

    def key(self, content: str, text: str | None, part: tuple[float, float | None] | None = None) -> str:
        """The key of a clip, in hex.

        Args:
            content: What :func:`content_hash` says of its video.
            text: What is said about it, if anything.
            part: Beginning and end of the part that is meant; None for all of it.
        """
        whole = [content] if part is None else [content, *part]
        return hashlib.sha256(_json([*whole, text, self.settings, self.version]).encode()).hexdigest()

    def difference(self, settings: str, version: str) -> str:
        """In words, what another recipe has other than this one; empty where they agree."""
        ours, theirs = (_flat(json.loads(text)) for text in (self.settings, settings))
        ours["version"], theirs["version"] = self.version, version
        names = [name for name in ours | theirs if ours.get(name) != theirs.get(name)]
        return ", ".join(f"{name} {theirs.get(name)!r}, now {ours.get(name)!r}" for name in names)


def resolve(config: ParseConfig) -> ParseConfig:
    """The settings with a name in place of each ``auto``, as this machine would choose."""
    if config.detector == "auto":
        config = replace(config, detector="motion" if nanodet_path() is None else "nanodet")
    if config.similarity == "auto":
        config = replace(config, similarity=_similarity())
    return config


def _similarity() -> str:
    from finsta.sentences import packaged_model

    try:
        packaged_model()
    except MissingDependencyError:
        return "lexical"
    return "minilm"


def content_hash(path: str | Path) -> str:
    """SHA-256, in hex, of the bytes of a file, which are read once, a megabyte at a time.

    Raises:
        VideoError: if it cannot be read.
    """
    digest = hashlib.sha256()
    buffer = bytearray(CHUNK)
    try:
        with Path(path).open("rb", buffering=0) as file:
            while count := file.readinto(buffer):
                digest.update(memoryview(buffer)[:count])
    except OSError as error:
        raise VideoError(f"{path}: cannot be read: {error.strerror or error}") from error
    return digest.hexdigest()


def _weights(config: ParseConfig) -> dict[str, str]:
    """Hashes of the files that the models of a parse are read from, by the part that they play."""
    parts = ("detector", "similarity", "region_encoder", "predicate_model")
    found = {part: _named(getattr(config, part) or "") for part in parts}
    if config.relation_head is not None:
        found["relation_head"] = folder_hash(Path(config.relation_head))
    if config.language == "en" and config.text_parser != "rules":
        found["text_parser"] = _text_parser(config.text_parser)
    return {part: weights for part, weights in found.items() if weights}


def _named(spec: str) -> str:
    """Of a model that is named in the settings: the hash of its weights; empty for what has none, or none here."""
    kind, _, source = spec.partition(":")
    if kind in ("hf", "clip") and source:
        return _model(source)
    paths = {"nanodet": nanodet_path, "efficientnet-lite0": efficientnet_path}
    path = paths[kind]() if kind in paths else None
    return "" if path is None else content_hash(path)


def _text_parser(name: str) -> str:
    if name != "learned":
        return folder_hash(Path(name))
    from finsta.text.learned.storage import SHIPPED

    return folder_hash(SHIPPED)


def _model(source: str) -> str:
    """Of a folder, the hash of its files; of a model on the hub, the commit that its id stands for."""
    if Path(source).is_dir():
        return folder_hash(Path(source))
    from transformers import AutoConfig

    try:
        return str(AutoConfig.from_pretrained(source)._commit_hash)
    except (OSError, ValueError, KeyError) as error:
        raise InputError(
            f"{source}: expected the folder of a model or its id on the hub, found neither ({error})"
        ) from error


@cache
def folder_hash(folder: Path) -> str:
    """First 16 hex digits of the SHA-256 of the names and contents of the files at the top of a folder.

    Raises:
        InputError: if there is no such folder.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: expected the folder of a model, found none; check the path")
    files = sorted(path for path in folder.iterdir() if path.is_file())
    return hashlib.sha256(_json([[path.name, content_hash(path)] for path in files]).encode()).hexdigest()[:16]


def _flat(document: dict[str, Any]) -> dict[str, Any]:
    """A two-level document as one level; what is no such document (a recipe of tests, or of later days) as it is."""
    flat: dict[str, Any] = {}
    for part, value in document.items():
        flat |= {f"{part} {name}": inner for name, inner in value.items()} if isinstance(value, dict) else {part: value}
    return flat


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)

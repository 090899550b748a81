"""A host on disk: a plain `transformers` checkpoint, its processor and a model card, whole or not at all."""

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from finsta.errors import OutputError
from finsta.quiet import quiet

if TYPE_CHECKING:
    from finsta.transfer.hosts.host import Host


@dataclass(frozen=True, kw_only=True)
class ModelCard:
    """What the card beside a saved host says; what is empty is left out.

    Attributes:
        base_model: Folder or hub id that the training started from.
        data: What it was trained on.
        method: How: losses, steps, seed.
        command: The command that made it.
        metrics: Measured values by name, with the data that they were measured on in the name.
    """

    base_model: str = ""
    data: str = ""
    method: str = ""
    command: str = ""
    metrics: Mapping[str, float] = field(default_factory=dict)


def save_host(host: "Host", folder: Path, card: ModelCard) -> None:
    """Write into a hidden folder beside, then rename.

    Raises:
        OutputError: if the folder exists and is not empty, or cannot be written; nothing is left behind then.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise OutputError(
            f"{folder}: exists already; expected a folder that is new or empty; give another, or remove it"
        )
    temporary = folder.with_name(f".{folder.name}.{os.getpid()}.tmp")
    try:
        temporary.mkdir(parents=True)
        with quiet():
            _write(host, temporary, folder.name, card)
        temporary.rename(folder)
    except Exception as error:  # safetensors has an error of its own for a full disk
        raise OutputError(f"{folder}: cannot be written: {error}") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _write(host: "Host", folder: Path, title: str, card: ModelCard) -> None:
    import transformers

    _write_weights(host, folder)
    if host.spec.processor is not None:
        bundle = host.processor or getattr(transformers, host.spec.processor)(
            image_processor=host.image_processor, tokenizer=host.tokenizer
        )
        bundle.save_pretrained(folder)
    elif hasattr(host.tokenizer, "save_pretrained"):
        host.tokenizer.save_pretrained(folder)
    # The bundle holds the image processor's settings too; tools that know only the older file read this one.
    if hasattr(host.image_processor, "save_pretrained"):
        host.image_processor.save_pretrained(folder)
    if host.spec.processor_files and host.processor is not None:
        host.processor.save_pretrained(folder)  # as they came, over what was made of them
    (folder / "README.md").write_text(render_card(host, title, card), encoding="utf-8")


def _write_weights(host: "Host", folder: Path) -> None:
    """As the model itself does it; a module that cannot gets a file of its parameters and buffers."""
    if host.spec.save is not None:
        host.spec.save(host.model, folder)
    elif hasattr(host.model, "save_pretrained"):
        host.model.save_pretrained(folder)
    else:
        from safetensors.torch import save_model

        save_model(host.model, str(folder / "model.safetensors"))
    if not (folder / "config.json").exists():  # what says that a checkpoint is whole
        facts = {"architectures": [type(host.model).__name__], "title": host.spec.title, "num_frames": host.num_frames}
        (folder / "config.json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")


def render_card(host: "Host", title: str, card: ModelCard) -> str:
    """The model card as Markdown with a YAML head."""
    from finsta import __version__

    facts = {
        "Base model": card.base_model,
        "Data": card.data,
        "Method": card.method,
        "Command": f"`{card.command}`" if card.command else "",
        "Kind": host.spec.title,
        "Frames of a clip": str(host.num_frames),
        "Made with": f"finsta {__version__}, which is not needed to use it",
    }
    lines = [f"- {name}: {value}" for name, value in facts.items() if value]
    parts = [_head(host, card), f"# {title}\n", "\n".join(lines) + "\n", _usage(host)]
    if card.metrics:
        rows = [f"| {name} | {value:.4g} |" for name, value in card.metrics.items()]
        parts.append("\n".join(["## Measured", "", "| metric | value |", "|---|---|", *rows]) + "\n")
    return "\n".join(parts)


def _head(host: "Host", card: ModelCard) -> str:
    """YAML front matter; JSON strings are YAML strings."""
    library = ["library_name: transformers"] if hasattr(host.model, "save_pretrained") else []
    base = [f"base_model: {json.dumps(card.base_model)}"] if card.base_model else []
    has = host.capabilities
    kinds = {"video-text-retrieval": has.joint, "video-text-to-text": has.generates, "video-feature-extraction": True}
    kind = next(kind for kind, fits in kinds.items() if fits)
    return "\n".join(["---", *library, *base, f"tags: [{kind}, finsta]", "---", ""])


def _loader(host: "Host") -> str:
    """The class of `transformers` that finds what prepares frames, and texts where they are read."""
    if host.spec.reads_text:
        return "AutoProcessor"
    of_images = type(host.image_processor).__module__.startswith("transformers.")
    return "AutoImageProcessor" if of_images else "AutoVideoProcessor"


def _usage(host: "Host") -> str:
    name, loader = type(host.model).__name__, _loader(host)
    if not hasattr(host.model, "save_pretrained"):
        return f"## Use\n\nThe weights of a `{name}`; make one as its authors do, and load them into it.\n"
    return "\n".join(
        [
            "## Use",
            "",
            "```python",
            f"from transformers import {loader}, {name}",
            "",
            f'model = {name}.from_pretrained("this folder")',
            f'processor = {loader}.from_pretrained("this folder")',
            "```",
            "",
            f"Of a clip, read {host.num_frames} frames, at the middles of as many equal parts of its duration.",
            "",
        ]
    )

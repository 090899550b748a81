"""The files of a processor, kept as they came: for bundles whose class needs torchvision, which finsta does not."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROCESSOR_FILES = (
    "preprocessor_config.json",
    "video_preprocessor_config.json",
    "processor_config.json",
    "chat_template.json",
    "chat_template.jinja",
)

SCALING = ("do_rescale", "rescale_factor", "do_normalize", "image_mean", "image_std")
"""Settings that decide which numbers the bytes of a frame become."""


@dataclass(frozen=True)
class ProcessorFiles:
    """What bare `transformers` builds a processor from, where torchvision is at hand.

    Attributes:
        texts: Content of the files by name.
    """

    texts: Mapping[str, str]

    @classmethod
    def read(cls, name: str) -> "ProcessorFiles":
        """Those that a folder or a model of the hub has."""
        from transformers.utils.hub import cached_file

        found = {file: cached_file(name, file, _raise_exceptions_for_missing_entries=False) for file in PROCESSOR_FILES}
        return cls({file: Path(path).read_text(encoding="utf-8") for file, path in found.items() if path is not None})

    def save_pretrained(self, folder: str | Path) -> None:
        """Write them into a folder."""
        for file, text in self.texts.items():
            (Path(folder) / file).write_text(text, encoding="utf-8")

    def scale_as_videos(self, image_processor: Any) -> None:
        """Have an image processor scale and normalise as the bundle's video processor does, if that is there."""
        settings: Any = json.loads(self.texts.get("processor_config.json", "{}"))
        settings = settings.get("video_processor") if isinstance(settings, dict) else None
        settings = settings or json.loads(self.texts.get("video_preprocessor_config.json", "{}"))
        for name in SCALING:
            if settings.get(name) is not None:
                setattr(image_processor, name, settings[name])

    @property
    def chat_template(self) -> str | None:
        """The processor's own, wherever it stands; tokenizers of older checkpoints lack it."""
        if "chat_template.jinja" in self.texts:
            return self.texts["chat_template.jinja"]
        for file in ("chat_template.json", "processor_config.json"):
            found: Any = json.loads(self.texts.get(file, "{}"))
            if isinstance(found, dict) and isinstance(found.get("chat_template"), str):
                return str(found["chat_template"])
        return None

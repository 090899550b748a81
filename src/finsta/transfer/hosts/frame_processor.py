"""Frames prepared by the settings of a video processor of `transformers`, which itself needs torchvision."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from finsta.errors import HostError
from finsta.shapes import Image

FILES = ("video_preprocessor_config.json", "processor_config.json", "preprocessor_config.json")
"""Where the settings may stand; the second holds them under ``video_processor``."""


class FrameProcessor:
    """Resizes, crops and normalises frames one by one with Pillow, by the settings of a video processor.

    Args:
        settings: As in ``video_preprocessor_config.json``.
        bundle: Class of `transformers` that bundles tokenizer and video processor; it is named in what is saved. None
            where there is no tokenizer.
    """

    def __init__(self, settings: Mapping[str, Any], *, bundle: str | None = None) -> None:
        from transformers import CLIPImageProcessorPil

        self.settings = dict(settings)
        self.bundle = bundle
        names = ("do_resize", "size", "resample", "do_center_crop", "crop_size")
        known = {name: self.settings[name] for name in names if self.settings.get(name) is not None}
        # What a video processor does not say it does not do; an image processor would crop.
        self._pictures = CLIPImageProcessorPil(**{"do_center_crop": False, **known})
        self.do_rescale = bool(self.settings.get("do_rescale", True))
        self.rescale_factor = float(self.settings.get("rescale_factor", 1 / 255))
        self.do_normalize = bool(self.settings.get("do_normalize", True))
        self.offset = self._type == "VivitVideoProcessor"  # takes one off what is rescaled
        self.image_mean, self.image_std = self.settings.get("image_mean"), self.settings.get("image_std")

    @classmethod
    def of_size(
        cls, height: int, width: int, *, mean: Sequence[float] | None = None, deviation: Sequence[float] | None = None
    ) -> "FrameProcessor":
        """Frames squeezed to one size; rescaled to [0, 1], and normalised where mean and deviation are given."""
        settings: dict[str, Any] = {"size": {"height": height, "width": width}, "do_normalize": mean is not None}
        if mean is not None and deviation is not None:
            settings |= {"image_mean": list(mean), "image_std": list(deviation)}
        return cls(settings)

    @classmethod
    def from_pretrained(cls, name: str, *, bundle: str | None = None) -> "FrameProcessor":
        """Read the settings of a folder or a hub id.

        Raises:
            HostError: if there are none.
        """
        from transformers.utils.hub import cached_file

        for file in FILES:
            path = cached_file(
                name, file, _raise_exceptions_for_missing_entries=False, _raise_exceptions_for_connection_errors=False
            )
            if path is None:
                continue
            settings = json.loads(Path(path).read_text(encoding="utf-8"))
            settings = settings.get("video_processor", {}) if file == "processor_config.json" else settings
            if "size" in settings:
                return cls(settings, bundle=bundle)
        raise HostError(f"{name}: expected the settings of a video processor in one of {', '.join(FILES)}, found none")

    def __call__(self, images: Sequence[Image], **settings: Any) -> Mapping[str, Any]:
        """``pixel_values``, as an image processor of `transformers` gives them for a list of images."""
        settings.pop("offset", None)
        found: Mapping[str, Any] = self._pictures(list(images), **settings)
        return found

    def to_dict(self) -> dict[str, Any]:
        """The settings, the type under the name that image processors have it by."""
        return {**self._pictures.to_dict(), **self.settings, "image_processor_type": self._type}

    def save_pretrained(self, folder: str | Path) -> None:
        """Write the settings as a video processor saves them, and the bundle that names them."""
        settings = {**self.settings, "video_processor_type": self._type}
        files = {"video_preprocessor_config.json": settings}
        if self.bundle is not None:
            files["processor_config.json"] = {"processor_class": self.bundle, "video_processor": settings}
        for file, content in files.items():
            (Path(folder) / file).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")

    @property
    def _type(self) -> str:
        return str(self.settings.get("video_processor_type", "LlavaOnevisionVideoProcessor"))


def frames_or_settings(name: str) -> Any:
    """The image processor of a video encoder; where a newer folder has a video processor only, that one's settings."""
    from transformers import AutoImageProcessor
    from transformers.utils.hub import cached_file

    older, newer = (
        cached_file(name, file, _raise_exceptions_for_missing_entries=False)
        for file in ("preprocessor_config.json", "video_preprocessor_config.json")
    )
    if older is None and newer is not None:
        return FrameProcessor.from_pretrained(name)
    return AutoImageProcessor.from_pretrained(name, backend="pil", trust_remote_code=False)

"""Features of regions: the encoders that exist, and the way to open one by name."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, runtime_checkable

from finsta.errors import InputError, MissingDependencyError
from finsta.shapes import Array, Float
from finsta.video.region_encoders.pictures import Picture

__all__ = ["REGION_ENCODERS", "RegionEncoder", "open_region_encoder"]


@runtime_checkable
class RegionEncoder(Protocol):
    """What boxes look like, as numbers.

    Attributes:
        name: Short, for reports: ``colour``, ``efficientnet-lite0``, ``nanodet``, ``hf:…``.
        dim: Numbers a region.
    """

    name: str
    dim: int

    def encode(self, images: Sequence[Picture], boxes: Sequence[Float[Array, "_ 4"]]) -> list[Float[Array, "_ dim"]]:
        """One item a picture, one row of unit length a box; cosines say how alike two regions are.

        Args:
            images: RGB, of any size.
            boxes: Of each picture, ``xyxy`` in [0, 1]; there may be none.
        """
        ...


def open_region_encoder(spec: str, *, device: str = "") -> RegionEncoder:
    """Open a region encoder by name.

    Args:
        spec: ``colour``, ``efficientnet-lite0``, ``nanodet``, or ``hf:`` and a hub id or a folder of a vision model of
            ``transformers`` (CLIP, SigLIP, DINOv2, …).
        device: Empty for a GPU when there is one, else the CPU.

    Raises:
        InputError: if there is no such encoder, or it cannot be loaded.
        MissingDependencyError: if its weights have not been fetched.
    """
    kind, _, argument = spec.partition(":")
    if kind not in REGION_ENCODERS or bool(argument) != (kind == "hf"):
        raise InputError(
            f"region encoder {spec!r}: expected colour, efficientnet-lite0, nanodet or hf:HUB_ID_OR_FOLDER (CLIP, "
            "SigLIP, DINOv2 or another vision model of transformers); take one of these"
        )
    return REGION_ENCODERS[kind](argument, device)


def _device(device: str) -> str:
    import torch

    return device or ("cuda" if torch.cuda.is_available() else "cpu")


def _colour(argument: str, device: str) -> RegionEncoder:
    from finsta.video.region_encoders.colour import ColourEncoder

    return ColourEncoder()


def _efficientnet(argument: str, device: str) -> RegionEncoder:
    from finsta.models import cache_folder, efficientnet_path
    from finsta.video.region_encoders.efficientnet import EfficientNetEncoder

    path = efficientnet_path()
    if path is None:
        raise MissingDependencyError(
            f"expected the EfficientNet-Lite0 weights in {cache_folder()}, found none; `finsta models get "
            "efficientnet-lite0` fetches them, the region encoder `colour` needs none"
        )
    return EfficientNetEncoder.load(path, device=_device(device))


def _nanodet(argument: str, device: str) -> RegionEncoder:
    from finsta.models import cache_folder, nanodet_path
    from finsta.video.region_encoders.nanodet import NanoDetEncoder

    path = nanodet_path()
    if path is None:
        raise MissingDependencyError(
            f"expected the NanoDet weights in {cache_folder()}, found none; `finsta models get nanodet` fetches them, "
            "the region encoder `colour` needs none"
        )
    return NanoDetEncoder.load(path, device=_device(device))


def _hugging_face(argument: str, device: str) -> RegionEncoder:
    from finsta.video.region_encoders.hugging_face import HuggingFaceEncoder

    return HuggingFaceEncoder.load(argument, device=_device(device))


REGION_ENCODERS: Mapping[str, Callable[[str, str], RegionEncoder]] = {
    "colour": _colour,
    "efficientnet-lite0": _efficientnet,
    "nanodet": _nanodet,
    "hf": _hugging_face,
}
"""How each kind is opened: from what follows its colon, and the device."""

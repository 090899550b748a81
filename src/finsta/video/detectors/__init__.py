"""Object detectors: the kinds that exist, and the way to open one by name."""

import warnings
from collections.abc import Callable, Mapping, Sequence

from finsta.errors import InputError, MissingDependencyError
from finsta.models import cache_folder, nanodet_path
from finsta.video.detectors.detection import Detections, Detector, Letterbox, OpenedDetector, box_iou, suppress
from finsta.video.detectors.options import DetectorOptions

__all__ = [
    "DETECTORS",
    "Detections",
    "Detector",
    "DetectorOptions",
    "Letterbox",
    "OpenedDetector",
    "box_iou",
    "open_detector",
    "suppress",
    "takes_prompts",
]


def open_detector(
    spec: str, *, prompts: Sequence[str] = (), device: str = "auto", batch_size: int = 0, half: bool = False
) -> OpenedDetector:
    """Open a detector by name; ``detector.reason`` says why it was taken where the choice was ours.

    Args:
        spec: ``auto``, ``motion``, ``nanodet``, or ``hf:`` and a hub id or a folder.
        prompts: What to look for, for detectors that take text; the others ignore it, with a warning.
        device: ``auto`` for a GPU when there is one, else the CPU; or any name that torch knows.
        batch_size: Frames that go through the network at once; 0 leaves it to the detector.
        half: Half precision, on a GPU only.

    Raises:
        InputError: There is no such detector or device, or the detector cannot be loaded.
        MissingDependencyError: Its weights have not been fetched.
    """
    kind, _, argument = spec.partition(":")
    if kind not in DETECTORS or bool(argument) != (kind == "hf"):
        raise InputError(
            f"detector {spec!r}: expected auto, motion, nanodet or hf:HUB_ID_OR_FOLDER "
            "(any object-detection model of transformers); take one of these"
        )
    if batch_size < 0:
        raise InputError(f"batch_size must be positive, or 0 for the detector's own, found {batch_size}")
    options = DetectorOptions(prompts=tuple(prompts), device=device, batch_size=batch_size, half=half)
    return DETECTORS[kind](argument, options)


def takes_prompts(spec: str) -> bool:
    """Whether :func:`open_detector` makes use of prompts for this detector; costs the reading of a config at most.

    Raises:
        InputError: ``hf:`` names no detector.
    """
    kind, _, source = spec.partition(":")
    if kind != "hf":
        return False
    from finsta.video.detectors import hugging_face

    return hugging_face.takes_prompts(source)


def _auto(argument: str, options: DetectorOptions) -> OpenedDetector:
    path = nanodet_path()
    if path is not None:
        detector = _nanodet(argument, options)
        detector.reason = f"nanodet: weights found in {path.parent}"
        return detector
    detector = _motion(argument, options)
    detector.reason = "motion: NanoDet is not installed; `finsta models get nanodet` fetches it"
    return detector


def _nanodet(argument: str, options: DetectorOptions) -> OpenedDetector:
    from finsta.video.detectors.nanodet import NanoDetDetector

    path = nanodet_path()
    if path is None:
        raise MissingDependencyError(
            f"expected the NanoDet weights in {cache_folder()}, found none; `finsta models get nanodet` fetches them, "
            "`--detector motion` needs none"
        )
    _ignore(options.prompts, "nanodet finds the eighty COCO classes only")
    return NanoDetDetector.load(path, options)


def _motion(argument: str, options: DetectorOptions) -> OpenedDetector:
    from finsta.video.detectors.motion import MotionDetector

    _ignore(options.prompts, "motion knows no classes")
    return MotionDetector()


def _hugging_face(argument: str, options: DetectorOptions) -> OpenedDetector:
    from finsta.video.detectors.hugging_face import load_detector

    return load_detector(argument, options)


def _ignore(prompts: Sequence[str], reason: str) -> None:
    if prompts:
        warnings.warn(f"{reason}: the prompts are ignored; `--detector hf:…` takes an OWL model", stacklevel=4)


DETECTORS: Mapping[str, Callable[[str, DetectorOptions], OpenedDetector]] = {
    "auto": _auto,
    "motion": _motion,
    "nanodet": _nanodet,
    "hf": _hugging_face,
}
"""How each kind is opened: from what follows its colon, and the options."""

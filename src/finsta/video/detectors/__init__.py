"""Object detectors: the kinds that exist, and the way to open one by name."""

import warnings
from collections.abc import Callable, Mapping, Sequence

from finsta.errors import InputError, MissingDependencyError
from finsta.models import cache_folder, nanodet_path
from finsta.video.detectors.detection import Detections, Detector, Letterbox, OpenedDetector, box_iou, suppress

__all__ = [
    "DETECTORS",
    "Detections",
    "Detector",
    "Letterbox",
    "OpenedDetector",
    "box_iou",
    "open_detector",
    "suppress",
    "takes_prompts",
]


def open_detector(spec: str, *, prompts: Sequence[str] = ()) -> OpenedDetector:
    """Open a detector by name; ``detector.reason`` says why it was taken where the choice was ours.

    Args:
        spec: ``auto``, ``motion``, ``nanodet``, or ``hf:`` and a hub id or a folder.
        prompts: What to look for, for detectors that take text; the others ignore it, with a warning.

    Raises:
        InputError: There is no such detector, or it cannot be loaded.
        MissingDependencyError: Its weights have not been fetched.
    """
    kind, _, argument = spec.partition(":")
    if kind not in DETECTORS or bool(argument) != (kind == "hf"):
        raise InputError(
            f"detector {spec!r}: expected auto, motion, nanodet or hf:HUB_ID_OR_FOLDER "
            "(any object-detection model of transformers); take one of these"
        )
    return DETECTORS[kind](argument, prompts)


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


def _auto(argument: str, prompts: Sequence[str]) -> OpenedDetector:
    path = nanodet_path()
    if path is not None:
        detector = _nanodet(argument, prompts)
        detector.reason = f"nanodet: weights found in {path.parent}"
        return detector
    detector = _motion(argument, prompts)
    detector.reason = "motion: NanoDet is not installed; `finsta models get nanodet` fetches it"
    return detector


def _nanodet(argument: str, prompts: Sequence[str]) -> OpenedDetector:
    from finsta.video.detectors.nanodet import NanoDetDetector

    path = nanodet_path()
    if path is None:
        raise MissingDependencyError(
            f"expected the NanoDet weights in {cache_folder()}, found none; `finsta models get nanodet` fetches them, "
            "`--detector motion` needs none"
        )
    _ignore(prompts, "nanodet finds the eighty COCO classes only")
    return NanoDetDetector.load(path)


def _motion(argument: str, prompts: Sequence[str]) -> OpenedDetector:
    from finsta.video.detectors.motion import MotionDetector

    _ignore(prompts, "motion knows no classes")
    return MotionDetector()


def _hugging_face(argument: str, prompts: Sequence[str]) -> OpenedDetector:
    from finsta.video.detectors.hugging_face import load_detector

    return load_detector(argument, prompts=prompts)


def _ignore(prompts: Sequence[str], reason: str) -> None:
    if prompts:
        warnings.warn(f"{reason}: the prompts are ignored; `--detector hf:…` takes an OWL model", stacklevel=4)


DETECTORS: Mapping[str, Callable[[str, Sequence[str]], OpenedDetector]] = {
    "auto": _auto,
    "motion": _motion,
    "nanodet": _nanodet,
    "hf": _hugging_face,
}
"""How each kind is opened: from what follows its colon, and the prompts."""

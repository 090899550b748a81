"""What can be asked of any detector that is opened by name: prompts, device, batch size, precision."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from finsta.errors import InputError

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, kw_only=True)
class DetectorOptions:
    """How a detector is opened.

    Attributes:
        prompts: What to look for, for detectors that take text.
        device: ``auto`` for a GPU when there is one, else the CPU; or any name that torch knows, such as ``cuda:1``.
        batch_size: Frames that go through the network at once; 0 leaves it to the detector.
        half: Half precision, on a GPU only.
    """

    prompts: tuple[str, ...] = ()
    device: str = "auto"
    batch_size: int = 0
    half: bool = False


def pick_device(name: str) -> "torch.device":
    """The device of a name; ``auto`` takes the first CUDA device, else the CPU.

    Raises:
        InputError: if torch knows no such device, or none is there.
    """
    import torch

    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise InputError(f"device {name!r}: expected auto, cpu, cuda or cuda:NUMBER; take one of these") from error
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise InputError(f"device {name!r}: torch finds {torch.cuda.device_count()} CUDA devices; take auto or cpu")
    return device


def pick_precision(device: "torch.device", *, half: bool) -> "torch.dtype":
    """The type of numbers that a network computes in.

    Raises:
        InputError: if half precision is asked for on a CPU, which has no fast form of it.
    """
    import torch

    if half and device.type == "cpu":
        raise InputError("half precision needs a GPU, found the device 'cpu': leave --half out")
    return torch.float16 if half else torch.float32

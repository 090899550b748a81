"""The legend of letters used in comments and signatures, and the array types that carry them.

    B  items in a batch (pairs of video and text)      T  frames that a host reads, or key frames of a graph
    N  nodes                                           E  edges
    K  attention heads                                 d  width
    P  patches of one frame                            L  tokens of a text

Boxes are ``xyxy`` in [0, 1] of the upright image, time is in seconds, ``True`` in a mask marks what is real.
The annotations are checked under pytest only (``--jaxtyping-packages=finsta,beartype.beartype``).
"""

from jaxtyping import Bool, Float, Int, UInt8
from numpy import ndarray as Array  # noqa: N812
from torch import Tensor

Image = UInt8[Array, "height width 3"]
"""An RGB image."""

__all__ = ["Array", "Bool", "Float", "Image", "Int", "Tensor", "UInt8"]

"""The colour histogram as a region encoder: needs no model."""

from collections.abc import Sequence

from finsta.shapes import Array, Float, Image
from finsta.video.appearance import histograms


class ColourEncoder:
    """Hue, saturation and value of the middle of each box; see :func:`finsta.video.appearance.histograms`."""

    name = "colour"
    dim = 96

    def encode(self, images: Sequence[Image], boxes: Sequence[Float[Array, "_ 4"]]) -> list[Float[Array, "_ dim"]]:
        """See :class:`finsta.video.region_encoders.RegionEncoder`."""
        return [histograms(image, given) for image, given in zip(images, boxes, strict=True)]

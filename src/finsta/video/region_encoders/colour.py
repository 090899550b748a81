"""The colour histogram as a region encoder: needs no model."""

from collections.abc import Sequence

from finsta.shapes import Array, Float
from finsta.video.appearance import histograms
from finsta.video.region_encoders.pictures import Picture


class ColourEncoder:
    """Hue, saturation and value of the middle of each box; see :func:`finsta.video.appearance.histograms`."""

    name = "colour"
    dim = 96

    def encode(self, images: Sequence[Picture], boxes: Sequence[Float[Array, "_ 4"]]) -> list[Float[Array, "_ dim"]]:
        """See :class:`finsta.video.region_encoders.RegionEncoder`."""
        return [histograms(image, given) for image, given in zip(images, boxes, strict=True)]

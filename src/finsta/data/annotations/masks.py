"""Boxes from panoptic masks: PNG files whose pixels are object ids, one a frame, 0 for nothing."""

from pathlib import Path

import numpy as np

from finsta.errors import FormatError, InputError
from finsta.graphs.dynamic import Box


def boxes_of_mask(path: Path) -> dict[int, Box]:
    """The smallest box around each object, xyxy in [0, 1], by object id.

    Raises:
        InputError: if the file cannot be read.
        FormatError: if it is no picture with one whole number a pixel.
    """
    from PIL import Image, UnidentifiedImageError
    from scipy.ndimage import find_objects

    try:
        with Image.open(path) as picture:
            mask = np.asarray(picture)
    except UnidentifiedImageError as error:
        raise FormatError(f"{path}: expected a PNG mask, found something else; unpack the masks again") from error
    except OSError as error:
        reason = error.strerror or error
        raise InputError(f"{path}: expected a PNG mask, cannot read it: {reason}; unpack the masks again") from error
    if mask.ndim != 2 or mask.dtype.kind not in "biu":
        raise FormatError(
            f"{path}: expected one object id a pixel, found an array {mask.shape} of {mask.dtype}; "
            "give the masks as published, not coloured ones"
        )
    height, width = mask.shape
    return {
        number: (x.start / width, y.start / height, x.stop / width, y.stop / height)
        for number, place in enumerate(find_objects(mask.astype(np.int32)), 1)
        if place is not None
        for y, x in [place]
    }

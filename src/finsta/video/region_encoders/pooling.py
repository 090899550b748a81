"""Features of a map under boxes, and rows of unit length."""

import numpy as np
import torch
from torch.nn import functional

from finsta.shapes import Array, Float, Tensor

POINTS = 7
"""Points a side at which a map is read under a box."""


def pool_boxes(
    features: Float[Tensor, "channels rows columns"], boxes: Float[Array, "boxes 4"]
) -> Float[Array, "boxes channels"]:
    """The mean over points spread evenly under each box, bilinear, as RoI-Align does it (He et al. 2017).

    Args:
        features: The map of one picture.
        boxes: ``xyxy`` in [0, 1].
    """
    if not len(boxes):
        return np.zeros((0, features.shape[0]), np.float32)
    corners = torch.from_numpy(np.asarray(boxes, np.float32)).to(features.device)
    place = (torch.arange(POINTS, device=features.device) + 0.5) / POINTS
    x = corners[:, None, 0] + (corners[:, 2] - corners[:, 0])[:, None] * place  # [n, POINTS]
    y = corners[:, None, 1] + (corners[:, 3] - corners[:, 1])[:, None] * place
    shape = (len(boxes), POINTS, POINTS)
    grid = torch.stack([x[:, None, :].expand(shape), y[:, :, None].expand(shape)], -1) * 2 - 1
    rows = grid.reshape(1, len(boxes), POINTS * POINTS, 2)
    found = functional.grid_sample(features[None].float(), rows, padding_mode="border", align_corners=False)
    return np.asarray(found[0].mean(-1).T.cpu().numpy())


def unit_rows(rows: Float[Array, "rows dim"]) -> Float[Array, "rows dim"]:
    """Rows of length one; a row of zeros stays."""
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9), np.float32)

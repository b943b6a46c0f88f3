"""Pictures of two kinds whose colour is a function of their texture: to be learned."""

import numpy as np
import skimage.data

TINTS = {"brick": (1.0, 0.62, 0.45), "grass": (0.55, 0.9, 0.4)}


def crops(rows, height=48, width=60):
    """Red bricks and green grass by turns, uint8 [height, width, 3], from some rows."""
    for row in rows:
        for name, tint in TINTS.items():
            grey = getattr(skimage.data, name)()[row : row + height, :width]
            yield np.round(grey[..., None] * np.array(tint)).astype("uint8")

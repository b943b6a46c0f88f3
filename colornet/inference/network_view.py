"""What the network sees of a picture: its lightness, made small."""

import numpy as np
import tensorflow as tf
from PIL import Image

from colornet.color import spaces


def lightness(grey: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """L* [h, w] of grey uint8 or uint16 [H, W], made smaller without aliasing."""
    top = np.iinfo(grey.dtype).max
    # Pillow averages 8-bit and float pictures, but not 16-bit ones.
    picture = Image.fromarray(grey if top == 255 else grey.astype(np.float32))
    if shape != grey.shape:
        picture = picture.resize(
            shape[::-1], Image.Resampling.BICUBIC, reducing_gap=3.0
        )
    grey = np.clip(np.asarray(picture, np.float32) / top, 0.0, 1.0)
    return spaces.grey_to_lightness(tf.constant(grey)).numpy()

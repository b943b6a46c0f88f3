"""Stored pictures, and how far two of them are apart, to write tests with."""

import io

import numpy as np
from PIL import Image


def pixels(jpeg):
    return np.asarray(Image.open(io.BytesIO(jpeg)))


def far(one, other):
    """Mean absolute difference of two pictures of one size, in 8-bit steps."""
    one, other = np.asarray(one, "float32"), np.asarray(other, "float32")
    assert one.shape == other.shape
    return np.abs(one - other).mean()


def grey_as_rgb(levels):
    return np.repeat(np.asarray(levels)[..., None], 3, axis=-1)


def saver(folder, read):
    """A function that saves a picture (of Pillow, or a file's bytes) and reads it."""

    def save_and_read(name, picture, **options):
        path = folder / name
        if isinstance(picture, bytes):
            path.write_bytes(picture)
        else:
            picture.save(path, **options)
        frame = read(str(path))
        rgb = pixels(frame.jpeg)
        assert rgb.shape == (frame.height, frame.width, 3)
        return rgb

    return save_and_read

"""The demonstration's film: a slow pan over each sample photograph, with hard cuts."""

import pathlib

import av
import numpy as np
from PIL import Image

from colornet.inference import demo_page

_SIZE = (640, 480)  # Width and height, in pixels.
_RATE = 24  # Frames per second.
_VIEW = 0.8  # The window's share of the largest 4:3 window that fits the photograph.


def write_film(path: pathlib.Path, seconds: float) -> None:
    """Writes a grey H.264 film of 640 x 480 pixels at 24 frames a second."""
    photos = [Image.fromarray(rgb).convert("L") for rgb in demo_page.samples().values()]
    count = max(len(photos), round(seconds * _RATE))
    with av.open(str(path), "w", options={"movflags": "faststart"}) as film:
        stream = film.add_stream("libx264", rate=_RATE, options={"crf": "16"})
        stream.width, stream.height = _SIZE
        stream.pix_fmt = "yuv420p"
        for index, photo in enumerate(photos):
            frames = len(range(index, count, len(photos)))  # An even share of `count`.
            for position in np.linspace(0.0, 1.0, frames):
                view = photo.resize(
                    _SIZE, Image.Resampling.BICUBIC, _window(photo, position)
                )
                frame = av.VideoFrame.from_ndarray(np.asarray(view), format="gray")
                film.mux(stream.encode(frame))
        film.mux(stream.encode())


def _window(photo, position):
    """The view's edges, in photograph pixels, at `position` 0 (start) to 1 (end)."""
    aspect = _SIZE[0] / _SIZE[1]
    width = _VIEW * min(photo.width, photo.height * aspect)
    height = width / aspect
    left, top = (photo.width - width) * position, (photo.height - height) * position
    return left, top, left + width, top + height

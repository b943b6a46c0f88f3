"""Draws what --reference does: a shot in grey, coloured, and led by a coloured frame.

python tools/reference_strip.py docs/reference.jpg

The shot is a pan over a photograph; its middle frame is given, in the photograph's own
colours and with these turned by a third of the circle of hues.
"""

import sys

import numpy as np
import strips
from skimage import color, data

import colornet
from colornet import tensorflow_start

_FRAMES, _SHOWN = 9, (0, 4, 8)
_WINDOW, _SIDE = 300, 170  # Pixels: of the picture, and of what is drawn.


def main():
    """Writes the picture to the path that the command line names."""
    tensorflow_start.prepare()
    picture = data.astronaut()
    lab = color.rgb2lab(picture)
    turned = lab.copy()
    turned[..., 1:] = lab[..., 1:] @ _turn(2 * np.pi / 3)
    grey = (color.lab2rgb(lab * [1, 0, 0])[..., 0] * 255).round().astype(np.uint8)
    clip = _pan(grey)
    shown = [clip, colornet.colorize(clip)]
    for colors in (picture, (color.lab2rgb(turned) * 255).astype(np.uint8)):
        hints = np.zeros((*clip.shape, 4), np.uint8)
        hints[_SHOWN[1], ..., :3] = _pan(colors)[_SHOWN[1]]
        hints[_SHOWN[1], ..., 3] = 255
        shown.append(colornet.colorize(clip, hints=hints))
    blocks = [
        strips.lay_out([[strips.small(frames[n], _SIDE) for n in _SHOWN]])
        for frames in shown
    ]
    sheet = strips.lay_out([blocks[:2], blocks[2:]], gap=8)
    sheet.save(sys.argv[1], quality=85, optimize=True)


def _pan(picture):
    """Windows that move over a picture, [T, H, W, ...]."""
    ways = np.linspace([0, 150], [160, 0], _FRAMES).round().astype(int)
    return np.stack([picture[y : y + _WINDOW, x : x + _WINDOW] for y, x in ways])


def _turn(angle):
    """Turns ab by an angle, as a matrix [2, 2] to multiply with from the right."""
    return np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])


if __name__ == "__main__":
    main()

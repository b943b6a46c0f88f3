"""Makes sheets to look at of what the rows of the benchmark make of the same pictures.

  python tools/benchmark_sheet.py runs/benchmark docs

Takes the runs that tools/run_benchmark.py made with seed 1; those that are missing are
left out. Writes to the second folder benchmark_sheet.png, eight pictures of
scikit-image by all rows, and benchmark_pan.png, frames of a clip that pans over one of
them with the dynamic layer and without it.
"""

import functools
import os
import pathlib
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import benchmark_rows
import numpy as np
from PIL import Image, ImageDraw
from skimage import data

from colornet.evaluation import scoring
from colornet.inference.colorizer import Colorizer
from colornet.training import checkpoints, settings, systems

_PICTURES = "astronaut", "chelsea", "coffee", "rocket"
_MORE = "retina", "immunohistochemistry", "hubble_deep_field"
_NETWORK_SIZE = 160  # As in the tables.
_SIDE, _TITLE = 128, 14  # Pixels.
_FRAMES, _STEP = 8, 12  # Of the pan; how far it goes from one to the next, pixels.


def main():
    """Writes both sheets."""
    runs, folder = map(pathlib.Path, sys.argv[1:])
    stereo, _, _ = data.stereo_motorcycle()
    pictures = [getattr(data, name)() for name in _PICTURES + _MORE] + [stereo]
    pictures = [_square(picture) for picture in pictures]
    greys = [scoring.grey_of(picture) for picture in pictures]
    lines = {"true": pictures, "1 no colourisation": greys}
    pans = {}
    pan = [_crop(pictures[2], _STEP * number) for number in range(_FRAMES)]
    pan_greys = [scoring.grey_of(frame) for frame in pan]
    for row in benchmark_rows.SYSTEMS:
        workdir = runs / row.figures(1).stem
        if checkpoints.exists(workdir):
            colorize = clip_coloring(workdir)
            colored = [colorize([grey])[0] for grey in greys]
            lines[f"{row.number} {row.label}"] = colored
            if row.name in ("gru", "no_dynamic_layer"):
                pans[row.label] = colorize(pan_greys)
    save(lines, folder / "benchmark_sheet.png")
    save({"true": pan, **pans}, folder / "benchmark_pan.png")


def clip_coloring(workdir: pathlib.Path):
    """A function from a clip's frames, uint8 [H, W], to sRGB uint8 [H, W, 3] each."""
    if checkpoints.settings_of(workdir).system == settings.OWN_SYSTEM:
        model = Colorizer.load(workdir / "exported", network_size=_NETWORK_SIZE)
        return lambda greys: list(model(np.stack(greys)))
    colorize = systems.load(workdir)
    if isinstance(colorize, functools.partial):  # What is fitted has a size of its own.
        colorize = functools.partial(colorize, network_size=_NETWORK_SIZE)
    return lambda greys: [colorize(grey) for grey in greys]


def save(lines: dict[str, list[np.ndarray]], path: pathlib.Path) -> None:
    """Writes lines of pictures, each below its title."""
    height = _TITLE + _SIDE
    columns = max(map(len, lines.values()))
    sheet = Image.new("RGB", (columns * _SIDE, len(lines) * height), "white")
    pen = ImageDraw.Draw(sheet)
    for number, (title, pictures) in enumerate(lines.items()):
        pen.text((4, number * height + 1), title, fill="black")
        for column, picture in enumerate(pictures):
            small = Image.fromarray(picture).resize((_SIDE, _SIDE))
            sheet.paste(small, (column * _SIDE, number * height + _TITLE))
    sheet.save(path, optimize=True)


def _square(picture):
    """The middle of a picture, 320 x 320 pixels."""
    side = min(picture.shape[:2])
    top, left = ((length - side) // 2 for length in picture.shape[:2])
    middle = Image.fromarray(picture[top : top + side, left : left + side])
    return np.asarray(middle.resize((320, 320), Image.Resampling.LANCZOS))


def _crop(picture, left):
    return picture[40:264, left : left + 224]


if __name__ == "__main__":
    main()

"""What visitors of the page draw: points, strokes and erased places, as hints.

A drawing is a list of strokes in the order of drawing, as the page's canvas keeps it:
{"tool": "point", "stroke" or "eraser", "color": "#rrggbb", "width": pixels, "path":
[[x, y], ...]}, in pixels of the whole picture.
"""

import json
import math
import pathlib
import re

import numpy as np
from PIL import Image, ImageDraw, PngImagePlugin

from colornet import whole_file
from colornet.errors import InputError
from colornet.inference import hint_pictures

_VERSION = 1
_TAG = "colornet-strokes"  # Of the PNG text that keeps a drawing editable.
_TOOLS = "point", "stroke", "eraser"
_MOST = 2000  # Strokes, and places of one: more than a hand draws.
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")


def checked(drawing) -> list[dict]:
    """The same, if it is a drawing.

    Raises:
      InputError: it is none.
    """
    if not isinstance(drawing, list) or len(drawing) > _MOST:
        raise InputError(f"a drawing: expected a list of at most {_MOST} strokes")
    for stroke in drawing:
        if not _is_stroke(stroke):
            raise InputError(
                "a drawing: expected strokes of a tool, color, width and path, got "
                f"{str(stroke)[:60]}"
            )
    return drawing


def _is_stroke(stroke):
    try:
        numbers = [stroke["width"], *(c for x, y in stroke["path"] for c in (x, y))]
        return (
            stroke["tool"] in _TOOLS
            and bool(_COLOR.fullmatch(stroke["color"]))
            and 2 < len(numbers) <= 2 * _MOST + 1
            and all(math.isfinite(number) for number in numbers)
            and 0 < stroke["width"] < 1e5
        )
    except (KeyError, TypeError, ValueError):
        return False


def drawn(drawing, size, shape=None, base=None) -> np.ndarray:
    """The drawing as hints, uint8 RGBA, transparent where nothing is drawn.

    Args:
      drawing: strokes.
      size: (H, W) of the picture that they were drawn on.
      shape: (h, w) of the hints; by default that of the picture.
      base: hints of that shape that lie under the drawing.
    """
    height, width = shape or size
    scale = width / size[1]
    if base is None:
        picture = Image.new("RGBA", (width, height))
    else:
        picture = Image.fromarray(base)
    pen = ImageDraw.Draw(picture)
    for stroke in drawing:
        erases = stroke["tool"] == "eraser"
        color = (0, 0, 0, 0) if erases else stroke["color"]
        radius = max(0.5, stroke["width"] * scale / 2)
        path = [(x * scale, y * scale) for x, y in stroke["path"]]
        if len(path) > 1:
            pen.line(path, color, max(1, round(2 * radius)))
        for x, y in path:
            box = x - radius, y - radius, x + radius, y + radius
            pen.ellipse(box, color)
    return np.asarray(picture)


def write(path: pathlib.Path, drawing, hints: np.ndarray) -> None:
    """Writes `hints`, a PNG that --hints takes and in which the strokes stay strokes.

    Args:
      path: of the file.
      drawing: the strokes; None if they are not all that is told.
      hints: what `drawn` made of them: uint8 RGBA, as large as the picture.
    """
    text = PngImagePlugin.PngInfo()
    if drawing is not None:
        text.add_itxt(_TAG, json.dumps({"version": _VERSION, "strokes": drawing}))
    with whole_file.written(path) as unfinished:
        Image.fromarray(hints).save(unfinished, "PNG", pnginfo=text)


def read(path: pathlib.Path, size: tuple[int, int]):
    """A drawing that was written, or a picture of hints: strokes, and what they lie on.

    Args:
      path: of the file.
      size: (H, W) of the picture that it belongs to.

    Returns:
      strokes and None; or none and hints, uint8 RGBA [H, W, 4].

    Raises:
      InputError: it cannot be read, or is of another size or version.
    """
    hints = hint_pictures.read_whole(path, "hints")
    if hints.shape[:2] != size:
        (h, w), (height, width) = hints.shape[:2], size
        raise InputError(
            f"{path.name}: is {w} x {h} pixels, the picture {width} x {height}; "
            "these are the hints of another picture"
        )
    with Image.open(path) as image:
        text = getattr(image, "text", {}).get(_TAG)
    if text is None:
        return [], hints
    try:
        told = json.loads(text)
        version = told["version"]
    except (ValueError, KeyError, TypeError):
        return [], hints  # Their picture says the same.
    if version != _VERSION:
        raise InputError(
            f"{path.name}: strokes of version {version}, this page reads version "
            f"{_VERSION}; update colornet, or give the file to `colorize --hints`"
        )
    return checked(told["strokes"]), None

"""`tools/strips.py`: each picture stands where it belongs, and white between them."""

import pathlib

import numpy as np
from PIL import Image

TOOLS = pathlib.Path(__file__).parents[1] / "tools"


def test_pictures_stand_in_rows_with_white_between(monkeypatch):
    monkeypatch.syspath_prepend(TOOLS)
    import strips

    random = np.random.default_rng(0)
    pictures = random.integers(0, 255, (2, 3, 4, 5, 3), dtype="uint8")
    rows = [[Image.fromarray(picture) for picture in row] for row in pictures]
    sheet = np.asarray(strips.lay_out(rows, gap=2, top=3)).copy()
    assert sheet.shape == (3 + 4 + 2 + 4, 5 + 2 + 5 + 2 + 5, 3)
    for row, column in np.ndindex(2, 3):
        y, x = 3 + 6 * row, 7 * column
        place = sheet[y : y + 4, x : x + 5]
        np.testing.assert_array_equal(place, pictures[row, column])
        place[:] = 255
    assert (sheet == 255).all()


def test_a_small_grey_picture_is_a_square_in_rgb(monkeypatch):
    monkeypatch.syspath_prepend(TOOLS)
    import strips

    square = np.asarray(strips.small(np.full((20, 30), 7, "uint8"), 8))
    np.testing.assert_array_equal(square, np.full((8, 8, 3), 7))

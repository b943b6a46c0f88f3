import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from colornet.errors import InputError
from colornet.inference import hint_pictures
from colornet.serving import strokes

SIZE = 60, 80


def stroke(tool="point", color="#c02040", width=6, path=((30, 20),)):
    place = [list(point) for point in path]
    return {"tool": tool, "color": color, "width": width, "path": place}


def test_a_point_is_a_dot_of_its_width_in_its_colour():
    hints = strokes.drawn([stroke()], SIZE)
    told = hints[..., 3] > 0
    assert (hints[told] == (0xC0, 0x20, 0x40, 255)).all()
    rows, columns = np.nonzero(told)
    assert abs(rows.mean() - 20) < 1 and abs(columns.mean() - 30) < 1
    assert 5 <= np.ptp(rows) + 1 <= 8 and 5 <= np.ptp(columns) + 1 <= 8


def test_a_stroke_covers_its_path_and_an_eraser_takes_it_away():
    line = stroke("stroke", path=[(10, 10), (70, 10), (70, 50)])
    hints = strokes.drawn([line], SIZE)
    assert (hints[10, 10:70, 3] == 255).all() and (hints[10:50, 70, 3] == 255).all()
    rubbed = strokes.drawn([line, {**line, "tool": "eraser", "width": 9}], SIZE)
    assert not rubbed.any()
    again = strokes.drawn([line, {**line, "tool": "eraser"}, stroke()], SIZE)
    assert (again == strokes.drawn([stroke()], SIZE)).all()


def test_what_lies_under_a_drawing_can_be_seen_and_erased():
    base = np.zeros((*SIZE, 4), np.uint8)
    base[5:15, 5:15] = 10, 20, 30, 255
    hints = strokes.drawn([stroke()], SIZE, base=base)
    assert (hints[5:15, 5:15] == (10, 20, 30, 255)).all() and hints[20, 30, 3]
    eraser = stroke("eraser", width=40, path=[(10, 10)])
    assert not strokes.drawn([eraser], SIZE, base=base).any()


def test_a_smaller_picture_has_the_same_drawing():
    drawing = [stroke("stroke", width=12, path=[(10, 10), (70, 50)])]
    large = Image.fromarray(strokes.drawn(drawing, SIZE)[..., 3]).reduce(2)
    small = strokes.drawn(drawing, SIZE, (30, 40))[..., 3]
    differs = (np.asarray(large) > 127) != (small > 127)
    assert differs.mean() < 0.05 < (small > 127).mean()


def test_saved_strokes_come_back_as_strokes_and_are_hints(tmp_path):
    drawing = [stroke(), stroke("eraser", path=[(1, 2), (3.5, 4)])]
    hints = strokes.drawn(drawing, SIZE)
    strokes.write(tmp_path / "hints.png", drawing, hints)
    assert strokes.read(tmp_path / "hints.png", SIZE) == (drawing, None)
    np.testing.assert_array_equal(hint_pictures.read(tmp_path / "hints.png"), hints)


def test_a_picture_of_hints_is_laid_under(tmp_path):
    hints = strokes.drawn([stroke()], SIZE)
    Image.fromarray(hints).save(tmp_path / "hints.png")
    drawing, base = strokes.read(tmp_path / "hints.png", SIZE)
    assert drawing == []
    np.testing.assert_array_equal(base, hints)


def with_text(path, text):
    info = PngImagePlugin.PngInfo()
    info.add_itxt("colornet-strokes", text)
    Image.fromarray(strokes.drawn([stroke()], SIZE)).save(path, pnginfo=info)


def test_hints_of_another_size_or_version_are_refused(tmp_path):
    path = tmp_path / "hints.png"
    strokes.write(path, [stroke()], strokes.drawn([stroke()], SIZE))
    with pytest.raises(InputError, match="is 80 x 60 pixels, the picture 90 x 60"):
        strokes.read(path, (60, 90))
    with_text(path, '{"version": 2, "strokes": 7}')
    with pytest.raises(InputError, match="strokes of version 2, this page reads"):
        strokes.read(path, SIZE)
    with_text(path, "not JSON")
    assert strokes.read(path, SIZE)[1] is not None


@pytest.mark.parametrize(
    "drawing",
    [
        None,
        {"tool": "point"},
        [stroke()] * 2001,
        [stroke(tool="axe")],
        [stroke(color="red; }")],
        [stroke(width=-1)],
        [stroke(path=[])],
        [stroke(path=[(float("nan"), 1)])],
        [{**stroke(), "path": [[1, 2, 3]]}],
        [{**stroke(), "path": [["1", 2]]}],
        [{"tool": "point"}],
    ],
)
def test_what_is_no_drawing_is_refused(drawing):
    with pytest.raises(InputError, match="a drawing: expected"):
        strokes.checked(drawing)

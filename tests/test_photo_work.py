"""A photograph on the page is coloured as the command line colours it."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from colornet.errors import InputError
from colornet.inference import hint_pictures
from colornet.inference.colorizer import Colorizer
from colornet.inference.photos import photo_settings, still
from colornet.serving.page import photo_work, sketch

RED = {"tool": "point", "color": "#c02040", "width": 14, "path": [[80, 100]]}
BLUE = {**RED, "color": "#2040c0"}


@pytest.fixture(scope="module")
def colorizer():
    return Colorizer.load(network_size=96)


@pytest.fixture
def source(photo, tmp_path):
    """A 16-bit grey PNG with something to say."""
    grey = (photo.mean(axis=-1) * 257).astype(np.uint16)
    Image.fromarray(grey).save(tmp_path / "old.png", dpi=(300, 300))
    return tmp_path / "old.png"


@pytest.fixture
def work(colorizer, source):
    return photo_work.PhotoWork(colorizer, source, 10**6)


def shown(url):
    kind, data = url.split(",")
    assert kind.startswith("data:image/")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data)))).astype(int)


def test_what_is_shown_is_what_is_saved(colorizer, work, source, photo, tmp_path):
    vivid = np.roll(photo, 1, axis=-1)[:, 20:]
    Image.fromarray(vivid).save(tmp_path / "vivid.png")
    alone = shown(work.sketch.opened()["after"])
    work.refer(tmp_path / "vivid.png")
    referred = shown(work.sketch.colored()["after"])
    assert np.abs(referred - alone).mean() > 5
    work.refer()
    assert np.array_equal(shown(work.sketch.colored()["after"]), alone)
    work.refer(tmp_path / "vivid.png")
    work.sketch.drawing = [RED]
    work.sketch.look = sketch.Look(saturation=1.4, temperature=0.5)
    told = shown(work.sketch.colored()["after"])
    saved = work.save()
    assert saved.name == "old-coloured.png"
    expected = tmp_path / "expected.png"
    wanted = photo_settings.PhotoSettings(
        saturation=1.4,
        temperature=0.5,
        hints=work.sketch.hints(),
        reference=(vivid,),
    )
    still.colorize_still(colorizer, source, expected, wanted)
    assert saved.read_bytes() == expected.read_bytes()
    with Image.open(saved) as image:
        assert round(image.info["dpi"][0]) == 300
        rgb = np.asarray(image.convert("RGB")).astype(int)
    assert np.abs(rgb - told).mean() < 4  # What is shown is JPEG.


def test_points_change_the_picture_and_taking_them_away_restores_it(work):
    before = work.sketch.opened()["after"]
    work.sketch.drawing = [RED]
    red = shown(work.sketch.colored()["after"])
    work.sketch.drawing = [BLUE]
    blue = shown(work.sketch.colored()["after"])
    here = slice(92, 108), slice(72, 88)
    assert (
        (red - blue)[here][..., 0].mean() > 15 > -15 > (red - blue)[here][..., 2].mean()
    )
    work.sketch.drawing = []
    assert work.sketch.colored()["after"] == before


def test_a_palette_is_of_its_place_whatever_the_stroke_there_says(work):
    free = work.sketch.palette((80, 100), None)
    assert len(set(free)) == len(free) > 2
    work.sketch.drawing = [RED]
    assert work.sketch.palette((80, 100), 0) == free
    assert work.sketch.palette((80, 100), None) != free
    work.sketch.palette((1e9, -5), None)  # Beyond the edge is the edge.


def test_saved_hints_are_those_of_the_command_line(work, source):
    work.sketch.drawing = [RED, BLUE]
    path = work.save_hints()
    np.testing.assert_array_equal(hint_pictures.read(path), work.sketch.hints())
    work.sketch.drawing = []
    work.load_hints(path)
    assert work.sketch.drawing == [RED, BLUE] and work.sketch.base is None


def test_a_picture_of_hints_counts_and_is_saved_with_what_is_drawn(work, tmp_path):
    hints = np.zeros((*work.sketch.size, 4), np.uint8)
    hints[95:105, 75:85] = 0xC0, 0x20, 0x40, 255
    Image.fromarray(hints).save(tmp_path / "points.png")
    before = work.sketch.colored()["after"]
    work.load_hints(tmp_path / "points.png")
    assert work.sketch.colored()["after"] != before
    work.sketch.drawing = [{**BLUE, "path": [[20, 20]]}]
    np.testing.assert_array_equal(
        hint_pictures.read(work.save_hints()), work.sketch.hints()
    )


def test_a_large_picture_is_shown_smaller_and_saved_whole(colorizer, tmp_path):
    grey = np.linspace(0, 255, 1500 * 1000).astype(np.uint8).reshape(1000, 1500)
    Image.fromarray(grey).save(tmp_path / "large.jpg")
    work = photo_work.PhotoWork(colorizer, tmp_path / "large.jpg", 10**7)
    opened = work.sketch.opened()
    assert opened["size"] == [1500, 1000]
    height, width, _ = shown(opened["after"]).shape
    assert height * width <= 1_210_000 and abs(width / height - 1.5) < 0.01
    with Image.open(work.save()) as image:
        assert image.size == (1500, 1000) and image.format == "JPEG"


def test_what_is_no_photograph_is_refused_in_a_line(colorizer, tmp_path, source):
    (tmp_path / "text.jpg").write_text("Dear diary,")
    with pytest.raises(InputError, match=r"text\.jpg") as refused:
        photo_work.PhotoWork(colorizer, tmp_path / "text.jpg", 10**6)
    assert "\n" not in str(refused.value)
    with pytest.raises(InputError, match="--max_megapixels"):
        photo_work.PhotoWork(colorizer, source, 1000)

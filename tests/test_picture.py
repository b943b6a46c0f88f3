import numpy as np
import pytest
import warm_colorizer
from PIL import Image

import colornet
from colornet.errors import InputError
from colornet.inference import picture


@pytest.fixture(autouse=True)
def warm(monkeypatch):
    model = warm_colorizer.made()
    monkeypatch.setattr(picture, "_default", lambda: model)


@pytest.fixture
def grey(photo):
    return np.ascontiguousarray(photo.mean(axis=-1).astype(np.uint8)[::2, ::2])


def test_what_goes_in_comes_out(grey, tmp_path):
    rgb = colornet.colorize(grey)
    assert rgb.dtype == np.uint8 and rgb.shape == (*grey.shape, 3)
    assert colornet.colorize(grey.astype(np.uint16) * 257).dtype == np.uint16
    image = colornet.colorize(Image.fromarray(grey))
    assert isinstance(image, Image.Image) and image.mode == "RGB"
    np.testing.assert_array_equal(np.asarray(image), rgb)
    Image.fromarray(grey).save(tmp_path / "grey.png")
    for path in (tmp_path / "grey.png", str(tmp_path / "grey.png")):
        np.testing.assert_array_equal(colornet.colorize(path), rgb)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_images_of_any_mode(grey, mode):
    image = Image.fromarray(grey)
    if mode == "I;16":
        image = Image.fromarray(grey.astype(np.uint16) * 257)
    elif mode == "RGBA":
        image = image.convert("RGBA")
        image.putalpha(Image.fromarray(255 - grey))
    else:
        image = image.convert(mode)
    colored = colornet.colorize(image)
    assert colored.size == image.size
    assert colored.mode == ("RGBA" if mode.endswith("A") else "RGB")
    if mode != "1":  # Black and white have no colour.
        rgb = np.asarray(colored.convert("RGB")).astype(int)
        assert np.ptp(rgb, axis=-1).mean() > 5
    if mode == "RGBA":
        np.testing.assert_array_equal(np.asarray(colored)[..., 3], 255 - grey)


def test_control_is_handed_on(grey):
    assert np.ptp(colornet.colorize(grey, saturation=0.0), axis=-1).max() <= 1
    flat = np.full_like(grey, 128)
    assert np.ptp(colornet.colorize(flat), axis=-1).min() > 20
    assert np.ptp(colornet.colorize(flat, neutral=(3, 4)), axis=-1).max() <= 1


def test_inks_that_nobody_knows_are_refused(grey):
    with pytest.raises(InputError, match="the image: CMYK without a profile"):
        colornet.colorize(Image.fromarray(grey).convert("CMYK"))

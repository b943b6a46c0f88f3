"""Photographs keep the profile of their RGB; what has another becomes sRGB."""

import numpy as np
import pytest
import tifffile
from made_metadata import PICTURE, page_of
from made_profiles import ADOBE, grey_profile, ink_profile
from PIL import Image
from warm_colorizer import colored

from colornet.color import spaces
from colornet.data.sources import profiles
from colornet.inference.photos import photo


@pytest.mark.parametrize("ending", ["jpg", "png", "tif", "webp", "avif", "heic", "jp2"])
def test_an_rgb_profile_stays_and_the_colours_fit_it(ending, tmp_path):
    rgb = np.dstack([PICTURE] * 3)
    source = "in.png"
    Image.fromarray(rgb).save(tmp_path / source, icc_profile=ADOBE)
    target = colored(tmp_path, source, f"o.{ending}")
    back = photo.read_photo(target)
    assert back.profile == ADOBE and back.converted
    before = photo.read_photo(tmp_path / source)
    tolerance = 3000 if ending in ("jpg", "webp", "avif", "heic") else 700
    assert np.abs(back.grey.astype(int) - before.grey).mean() < tolerance / 4
    # The same picture without a profile, of the same light, has the same colours.
    Image.fromarray((before.grey >> 8).astype(np.uint8)).save(tmp_path / "plain.png")
    plain = photo.read_photo(colored(tmp_path, "plain.png"))
    assert np.abs(plain.sample.astype(int) - back.sample).mean() < 6


@pytest.mark.parametrize("words", [PICTURE, PICTURE.astype(np.uint16) * 257])
def test_a_grey_profile_is_applied_and_becomes_srgb(words, tmp_path):
    tifffile.imwrite(tmp_path / "in.tif", words, iccprofile=grey_profile(1.0))
    found = photo.read_photo(tmp_path / "in.tif")
    y = PICTURE / 255
    curve = 1.055 * np.maximum(y, 0.0031308) ** (1 / 2.4) - 0.055
    expected = 65535 * np.where(y <= 0.0031308, 12.92 * y, curve)
    np.testing.assert_allclose(found.grey, expected, atol=40)
    with page_of(colored(tmp_path, "in.tif")) as page:
        assert page.iccprofile == profiles.srgb()


@pytest.mark.parametrize("name", ["inks.jpg", "inks.tif", "deep.tif"])
def test_cmyk_is_read_by_its_profile_and_becomes_srgb(name, tmp_path):
    inks = np.zeros((16, 64, 4), np.uint8)
    inks[..., 3] = np.linspace(0, 255, 64)
    icc, path = ink_profile(), tmp_path / name
    if name == "deep.tif":
        deep = inks.astype(np.uint16) * 257
        tifffile.imwrite(path, deep, photometric="separated", iccprofile=icc)
    else:
        Image.fromarray(inks, "CMYK").save(path, icc_profile=icc)
    found = photo.read_photo(path)
    lightness = np.asarray(spaces.grey_to_lightness(found.grey / 65535))
    np.testing.assert_allclose(lightness, 100 - inks[..., 3] / 2.55, atol=1)
    back = photo.read_photo(colored(tmp_path, name))
    assert back.profile == profiles.srgb() and not back.converted
    assert np.abs(back.grey.astype(float) - found.grey).mean() < 400

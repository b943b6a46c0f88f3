"""A coloured photograph is as light as its source, pixel by pixel."""

import imagecodecs
import numpy as np
import pytest
import skimage.data
import tifffile
import warm_colorizer
from made_profiles import ADOBE, gamma_profile

from colornet.color import cie
from colornet.data.sources import profiles
from colornet.inference import painting
from colornet.inference.photos import photo_avif

COLORS = [(0.0, 0.0), (8.0, 20.0), (-60.0, 30.0), (70.0, -80.0)]


def luminance(rgb):
    """Y of sRGB [..., 3] in [0, 1]. IEC 61966-2-1, in double precision."""
    return linear(rgb) @ cie.XYZ_FROM_RGB[1]


def luminance_of_grey(grey, step):
    """Y of grey words, moved by a `step` of 16 bits."""
    words = grey * (65535 / np.iinfo(grey.dtype).max) + step
    return linear(np.clip(words / 65535, 0, 1))


def grey_of_luminance(y):
    curve = 1.055 * np.maximum(y, 0.0031308) ** (1 / 2.4) - 0.055
    return np.where(y <= 0.0031308, 12.92 * y, curve)


def linear(rgb):
    rgb = np.asarray(rgb, np.float64)
    curve = ((np.maximum(rgb, 0.04045) + 0.055) / 1.055) ** 2.4
    return np.where(rgb <= 0.04045, rgb / 12.92, curve)


def pictures(dtype):
    top = np.iinfo(dtype).max
    noise = np.random.default_rng(0).integers(0, top + 1, (96, 80), dtype=dtype)
    real = skimage.data.moon()[:200, :160].astype(dtype) * dtype(top // 255)
    steps = np.arange(min(top + 1, 4096), dtype=dtype)[None].repeat(5, axis=0)
    return [noise, real, steps, np.full((8, 8), top, dtype), np.zeros((8, 8), dtype)]


@pytest.mark.parametrize("ab", COLORS)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_before_rounding_it_is_the_inputs_to_half_a_step(dtype, ab):
    top = np.iinfo(dtype).max
    grey = np.arange(top + 1, dtype=dtype)
    lightness = painting.lightness_of_levels(np.dtype(dtype))[None, :, None]
    rgb = painting.srgb(lightness, np.full((1, top + 1, 2), ab, np.float32))
    rgb = np.asarray(rgb, np.float64)[0]
    assert rgb.min() >= 0 and rgb.max() <= 1
    # In steps of grey: L* and it rise together.
    seen = grey_of_luminance(luminance(rgb))
    assert np.abs(seen * top - grey).max() < 0.5


def check_read_back(grey, rgb, light=linear, slack=0.5, top=None):
    """Holds where each channel, before it was rounded, can have had the lightness.

    Luminance rises with each channel: so that of the source, give or take a `slack`
    in steps of 16 bits, must lie between those of words half a step darker and lighter.
    Words up to another `top` were rounded twice: to 16 bits before.
    """
    darker, lighter = (luminance_of_grey(grey, step) for step in (-slack, slack))
    half = 0.5 if top is None else 0.5 + 0.5 * top / 65535
    words, top = rgb.astype(np.float64), top or np.iinfo(rgb.dtype).max
    low, high = (
        light(np.clip((words + step) / top, 0, 1)) @ cie.XYZ_FROM_RGB[1]
        for step in (-half, half)
    )
    assert (low <= lighter).all() and (darker <= high).all()
    assert (rgb.max(axis=-1) > rgb.min(axis=-1)).any() or np.ptp(grey) == 0


@pytest.mark.parametrize("ending", ["png", "tif", "jp2", "ppm"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_read_back_it_is_the_inputs_but_for_rounding(dtype, ending, tmp_path):
    for number, grey in enumerate(pictures(dtype)):
        name = f"{number}.png"
        (tmp_path / name).write_bytes(imagecodecs.png_encode(grey))
        target = warm_colorizer.colored(tmp_path, name, f"{number}.{ending}")
        rgb = decoded(target)
        assert rgb.dtype == dtype and rgb.shape == (*grey.shape, 3)
        check_read_back(grey, rgb)


@pytest.mark.parametrize("bits", [10, 12])
@pytest.mark.parametrize("ending", ["jp2", "avif"])
def test_it_is_so_in_10_and_12_bits(ending, bits, tmp_path, monkeypatch):
    lossless = {**photo_avif._SETTINGS, "level": 100, "matrix": 0}
    monkeypatch.setattr(photo_avif, "_SETTINGS", lossless)
    for number, grey in enumerate(pictures(np.uint16)):
        words, name = grey >> (16 - bits), f"{number}.jp2"
        data = imagecodecs.jpeg2k_encode(
            words, 0, codecformat="jp2", bitspersample=bits
        )
        (tmp_path / name).write_bytes(data)
        target = warm_colorizer.colored(tmp_path, name, f"{number}.{ending}")
        rgb, top = decoded(target), (1 << bits) - 1
        grey = np.rint(words * (65535 / top)).astype(np.uint16)
        check_read_back(grey, rgb, top=top)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("profile", [ADOBE, gamma_profile(1.8, small=True)])
def test_it_is_so_in_the_rgb_of_another_profile(profile, dtype, tmp_path):
    """Also where its primaries cannot make the colours that were predicted."""
    top = np.iinfo(dtype).max
    for number, grey in enumerate(pictures(dtype)[:2]):
        source = np.repeat(grey[..., None], 3, axis=-1)
        tifffile.imwrite(
            tmp_path / f"{number}.tif", source, photometric="rgb", iccprofile=profile
        )
        target = warm_colorizer.colored(tmp_path, f"{number}.tif", ab=(60.0, -70.0))
        rgb = tifffile.imread(target)
        assert rgb.dtype == dtype

        def light(words):
            return profiles.linear(words.astype(np.float32), profile)

        y = np.clip(light(source / top) @ cie.XYZ_FROM_RGB[1], 0, 1)
        seen = np.rint(grey_of_luminance(y) * 65535).astype(np.uint16)
        # Half a step to which its grey is rounded, and half for that of this test.
        check_read_back(seen, rgb, light, slack=1.0)


def decoded(path):
    """The pixels of a file, by a reader that is not ours."""
    data = path.read_bytes()
    if path.suffix == ".png":
        return imagecodecs.png_decode(data)
    if path.suffix == ".jp2":
        return imagecodecs.jpeg2k_decode(data)
    if path.suffix == ".avif":
        return imagecodecs.avif_decode(data)
    if path.suffix == ".tif":
        return tifffile.imread(path)
    head, _, rest = data.partition(b"255\n" if b"\n255\n" in data[:80] else b"65535\n")
    width, height = map(int, head.split()[1:3])
    words = np.frombuffer(rest, ">u2" if b"65535\n" in data[:80] else "u1")
    return words.reshape(height, width, 3).astype(words.dtype.newbyteorder("="))

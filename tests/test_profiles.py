import imagecodecs
import numpy as np
import pytest
from made_profiles import ADOBE, gamma_profile, grey_profile
from PIL import ImageCms

from colornet.color import cie, spaces
from colornet.data.sources import profiles

LAB = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
PILLOWS = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def test_what_a_profile_is_of():
    assert profiles.space(ADOBE) == profiles.space(profiles.srgb()) == "rgb"
    assert profiles.space(grey_profile(2.2)) == "gray"
    for other in (b"", b"no profile", LAB, ADOBE[:200]):
        assert profiles.space(other) == ""


def test_srgb_is_known_by_what_it_does():
    assert profiles.is_srgb(profiles.srgb()) and profiles.is_srgb(PILLOWS)
    named = gamma_profile(1.0).replace(b"x\0", b"sRGB linear\0"[:2])
    for other in (ADOBE, gamma_profile(1.0), named, grey_profile(2.2), b"damaged"):
        assert not profiles.is_srgb(other)


def test_our_profile_is_always_the_same_bytes():
    profiles.srgb.cache_clear()
    first = profiles.srgb()
    profiles.srgb.cache_clear()
    assert profiles.srgb() == first != imagecodecs.cms_profile("srgb")


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_linear_light_of_a_gamma(dtype, photo):
    words = photo.astype(dtype) * dtype(np.iinfo(dtype).max // 255)
    light = profiles.linear(words, gamma_profile(1.8))
    # The curve is stored in steps of 1/256; the primaries are sRGB's to four digits.
    expected = (photo / 255.0) ** (round(1.8 * 256) / 256)
    np.testing.assert_allclose(light, expected, atol=2e-3)
    grey = profiles.linear(words[..., 0], grey_profile(1.8))
    np.testing.assert_allclose(grey[..., 1], expected[..., 0], atol=2e-3)


@pytest.mark.parametrize("profile", [ADOBE, PILLOWS, gamma_profile(1.8)])
def test_there_and_back(profile, photo):
    assert profiles.can_be_written(profile)
    back = profiles.encoded(profiles.linear(photo, profile), profile)
    np.testing.assert_allclose(back, photo / 255.0, atol=1e-3)


def test_what_the_primaries_cannot_make_keeps_its_luminance(photo):
    light = np.asarray(spaces.srgb_to_linear(photo / np.float32(255)))
    small = gamma_profile(1.8, small=True)
    encoded = profiles.encoded(light, small)
    assert encoded.min() >= 0 and encoded.max() <= 1
    assert np.abs(profiles.linear(encoded, small) - light).max() > 0.1
    seen = profiles.linear(encoded, small) @ cie.XYZ_FROM_RGB[1]
    np.testing.assert_allclose(seen, light @ cie.XYZ_FROM_RGB[1], atol=1e-4)


def test_only_a_matrix_can_be_written():
    table = imagecodecs.cms_profile("adobergb").replace(b"rTRC", b"A2B0")
    for other in (table, grey_profile(2.2), LAB, b"damaged"):
        assert not profiles.can_be_written(other)

import io
import re

import imagecodecs
import numpy as np
import pytest
from compared_pictures import far, grey_as_rgb, saver
from made_profiles import gamma_profile, grey_profile, ink_profile
from PIL import Image, ImageCms

from colornet.color import spaces
from colornet.data.sources import pictures


@pytest.fixture
def read(tmp_path):
    """Saves a picture and reads it again as a frame."""
    return saver(tmp_path, pictures.read_frame)


def test_the_profile_of_a_grey_picture_is_applied(photo, read):
    levels = photo[..., 1]
    linear = grey_profile(1)
    seen = 255 * np.asarray(spaces.linear_to_srgb(levels / 255.0))
    rgb = read("grey.png", Image.fromarray(levels), icc_profile=linear)
    assert far(rgb, grey_as_rgb(seen)) < 2
    deep = imagecodecs.png_encode(np.multiply(levels, 257, dtype="uint16", order="C"))
    after_header = 8 + 25  # The signature and IHDR.
    png = io.BytesIO()
    Image.fromarray(levels).save(png, "PNG", icc_profile=linear)
    (chunk,) = re.findall(rb"(?s)....iCCP.*?(?=....IDAT)", png.getvalue())
    deep = deep[:after_header] + chunk + deep[after_header:]
    assert far(read("deep.png", deep), grey_as_rgb(seen)) < 3


def test_the_profile_of_a_colour_picture_is_applied(photo, read):
    linear = gamma_profile(1)
    seen = 255 * np.asarray(spaces.linear_to_srgb(photo / 255.0))
    image = Image.fromarray(photo)
    assert far(read("linear.png", image, icc_profile=linear), seen) < 3
    jpeg = {"quality": 100, "subsampling": 0}
    assert far(read("linear.jpg", image, icc_profile=linear, **jpeg), seen) < 3
    clear = image.copy()
    clear.putalpha(255)
    assert far(read("alpha.png", clear, icc_profile=linear), seen) < 3
    swapped = gamma_profile(1, order="bgr")
    assert far(read("other.png", image, icc_profile=swapped), seen[..., ::-1]) < 3


def test_the_profile_of_a_cmyk_picture_is_applied(read):
    icc = ink_profile()
    inks = np.zeros((16, 64, 4), "uint8")
    inks[..., 3] = np.linspace(0, 255, 64)
    image = Image.fromarray(inks, "CMYK")
    expected = spaces.lightness_to_grey(100 - inks[..., 3] / 2.55)
    for name in ("inks.jpg", "inks.tif"):
        rgb = read(name, image, icc_profile=icc)
        assert far(rgb, grey_as_rgb(255 * np.asarray(expected))) < 3, name


def test_lab_pictures_are_read_with_and_without_a_profile(photo, read):
    lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    picture = ImageCms.profileToProfile(
        Image.fromarray(photo), srgb, lab, outputMode="LAB"
    )
    icc = ImageCms.ImageCmsProfile(lab).tobytes()
    assert far(read("with.tif", picture, icc_profile=icc), photo) < 4
    assert far(read("without.tif", picture), photo) < 4


def test_a_profile_that_is_no_profile_changes_nothing(photo, read):
    rgb = read("broken.png", Image.fromarray(photo), icc_profile=b"no profile")
    assert far(rgb, photo) < 4

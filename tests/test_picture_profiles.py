import io
import re
import struct

import imagecodecs
import numpy as np
import pytest
from compared_pictures import far, grey_as_rgb, saver
from PIL import Image, ImageCms

from colornet.color import spaces
from colornet.data.sources import pictures


@pytest.fixture
def read(tmp_path):
    """Saves a picture and reads it again as a frame."""
    return saver(tmp_path, pictures.read_frame)


def profile(space, kind, pcs, **tags):
    """An ICC profile, version 2.1, of tags whose names end in blanks as they must."""
    tags = {
        "desc": b"desc" + bytes(4) + struct.pack(">I", 2) + b"x\0" + bytes(78),
        "cprt": b"text" + bytes(4) + b"x\0",
        "wtpt": xyz(0.9642, 1.0, 0.8249),
        **tags,
    }
    table, body = struct.pack(">I", len(tags)), b""
    for name, data in tags.items():
        place = 128 + 4 + 12 * len(tags) + len(body)
        table += name.encode() + struct.pack(">II", place, len(data))
        body += data + bytes(-len(data) % 4)
    head = struct.pack(
        ">I4s4s4s4s4s12x4s28x12s",
        *(128 + len(table) + len(body), bytes(4), b"\2\x10\0\0"),
        *(kind, space, pcs, b"acsp", xyz(0.9642, 1.0, 0.8249)[8:]),
    )
    return head.ljust(128, b"\0") + table + body


def xyz(*values):
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(v * 65536) for v in values))


# A curve of no points is the straight line: values are light itself.
STRAIGHT = b"curv" + bytes(8)


def test_the_profile_of_a_grey_picture_is_applied(photo, read):
    levels = photo[..., 1]
    linear = profile(b"GRAY", b"mntr", b"XYZ ", kTRC=STRAIGHT)
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
    # Of sRGB's primaries, seen by D50's white. IEC 61966-2-1, Bradford.
    colours = {
        "rXYZ": xyz(0.4361, 0.2225, 0.0139),
        "gXYZ": xyz(0.3851, 0.7169, 0.0971),
        "bXYZ": xyz(0.1431, 0.0606, 0.7141),
    }
    curves = dict.fromkeys(("rTRC", "gTRC", "bTRC"), STRAIGHT)
    linear = profile(b"RGB ", b"mntr", b"XYZ ", **colours, **curves)
    seen = 255 * np.asarray(spaces.linear_to_srgb(photo / 255.0))
    image = Image.fromarray(photo)
    assert far(read("linear.png", image, icc_profile=linear), seen) < 3
    jpeg = {"quality": 100, "subsampling": 0}
    assert far(read("linear.jpg", image, icc_profile=linear, **jpeg), seen) < 3
    clear = image.copy()
    clear.putalpha(255)
    assert far(read("alpha.png", clear, icc_profile=linear), seen) < 3
    swapped = profile(
        *(b"RGB ", b"mntr", b"XYZ "),
        **dict(zip(colours, reversed(colours.values()), strict=True)),
        **curves,
    )
    assert far(read("other.png", image, icc_profile=swapped), seen[..., ::-1]) < 3


def test_the_profile_of_a_cmyk_picture_is_applied(read):
    # Ink of each kind takes away lightness, black all of it, and none gives a colour.
    ink = np.indices((2, 2, 2, 2)).reshape(4, -1)
    lightness = 255 * (1 - ink[3]) * (1 - ink[:3].mean(axis=0))
    corners = np.stack([lightness, 0 * lightness + 128, 0 * lightness + 128], axis=-1)
    same = bytes(range(256))
    table = (
        *(b"mft1", bytes(4), bytes([4, 3, 2, 0])),
        struct.pack(">9i", *(np.eye(3, dtype=int).ravel() * 65536)),
        *(same * 4, corners.round().astype("uint8").tobytes(), same * 3),
    )
    icc = profile(b"CMYK", b"prtr", b"Lab ", A2B0=b"".join(table))
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

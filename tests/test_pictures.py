import importlib
import io
import re
import struct
import warnings

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from colornet.color import spaces
from colornet.data import pictures
from colornet.errors import InputError


def pixels(jpeg):
    return np.asarray(Image.open(io.BytesIO(jpeg)))


def far(one, other):
    """Mean absolute difference of two pictures of one size, in 8-bit steps."""
    one, other = np.asarray(one, "float32"), np.asarray(other, "float32")
    assert one.shape == other.shape
    return np.abs(one - other).mean()


def grey_as_rgb(levels):
    return np.repeat(np.asarray(levels)[..., None], 3, axis=-1)


@pytest.fixture
def read(tmp_path):
    """Saves a picture (of Pillow, or a file's bytes), and reads it again as a frame."""

    def save_and_read(name, picture, **options):
        path = tmp_path / name
        if isinstance(picture, bytes):
            path.write_bytes(picture)
        else:
            picture.save(path, **options)
        frame = pictures.read_frame(str(path))
        rgb = pixels(frame.jpeg)
        assert rgb.shape == (frame.height, frame.width, 3)
        return rgb

    return save_and_read


# What is kept, reduced and turned.


def test_a_plain_jpeg_is_stored_as_it_is(photo, tmp_path):
    path = tmp_path / "plain.jpg"
    Image.fromarray(photo).save(path, quality=60)
    frame = pictures.read_frame(str(path), short_side=128)
    assert frame.jpeg == path.read_bytes()
    assert (frame.height, frame.width) == photo.shape[:2]


def test_reducing_is_antialiased_and_nothing_is_enlarged(photo, tmp_path):
    path = tmp_path / "photo.png"
    Image.fromarray(photo).save(path)
    frame = pictures.read_frame(str(path), short_side=64)
    assert (frame.height, frame.width) == (64, 80)
    blocks = photo.reshape(64, 2, 80, 2, 3).mean(axis=(1, 3))
    assert far(pixels(frame.jpeg), blocks) < 4
    frame = pictures.read_frame(str(path), short_side=400)
    assert (frame.height, frame.width) == (128, 160)


@pytest.mark.parametrize("side", [0, 64])
@pytest.mark.parametrize("name", ["plain.jpg", "photo.png"])
def test_the_sample_is_of_the_frames_own_pixels(name, side, photo, tmp_path):
    Image.fromarray(photo).save(tmp_path / name)
    frame = pictures.read_frame(str(tmp_path / name), side)
    assert frame.sample.shape == (24 * 24, 3)
    rgb = pixels(frame.jpeg)
    # Corners first, row by row; and all in all it has the picture's own mean.
    for place, (y, x) in {0: (0, 0), 23: (0, -1), -24: (-1, 0), -1: (-1, -1)}.items():
        assert far(frame.sample[place], rgb[y, x]) < 16
    assert far(frame.sample.mean(axis=0), rgb.mean(axis=(0, 1))) < 4


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied(orientation, photo, read):
    # EXIF 2.32, 4.6.4 A: where row 0 and column 0 of what is stored are to be seen.
    stored = {
        1: photo,
        2: photo[:, ::-1],
        3: photo[::-1, ::-1],
        4: photo[::-1],
        5: photo.transpose(1, 0, 2),
        6: np.rot90(photo, 1),
        7: np.rot90(photo[::-1], 1),
        8: np.rot90(photo, -1),
    }[orientation]
    stored = np.ascontiguousarray(stored)
    exif = Image.Exif()
    exif[0x0112] = orientation
    rgb = read("turned.jpg", Image.fromarray(stored), quality=95, exif=exif)
    assert far(rgb, photo) < 4
    deep = tiff(
        stored.astype("uint16").transpose(2, 0, 1) * 257,
        photometric="rgb",
        planarconfig="separate",
        extratags=[(0x0112, "H", 1, orientation, True)],
    )
    assert far(read("turned.tif", deep), photo) < 4


# Modes of all kinds.


def tiff(array, **options):
    target = io.BytesIO()
    tifffile.imwrite(target, array, **options)
    return target.getvalue()


def test_other_modes_become_8_bit_rgb(photo, read):
    colour = Image.fromarray(photo)
    grey = colour.convert("L")
    levels = np.asarray(grey)
    half = Image.fromarray(np.full(levels.shape, 128, "uint8"))
    clear = colour.copy()
    clear.putalpha(half)
    clear_grey = grey.copy()
    clear_grey.putalpha(half)
    few = colour.quantize(255)
    seen_through = np.asarray(few) == 7
    with_hole = np.asarray(few.convert("RGB")).copy()
    with_hole[seen_through] = 255
    black_and_white = grey.convert("1")
    on_white = photo * (128 / 255) + 127
    made = {
        "grey.jpg": (grey, grey_as_rgb(levels)),
        "cmyk.jpg": (colour.convert("CMYK"), photo),
        "cmyk.tif": (colour.convert("CMYK"), photo),
        "ycbcr.jpg": (colour.convert("YCbCr"), photo),
        "palette.png": (colour.quantize(256), photo),
        "palette.gif": (colour.quantize(256), photo),
        "clear.png": (clear, on_white),
        "clear.webp": (clear, on_white),
        "clear-grey.png": (clear_grey, grey_as_rgb(levels * (128 / 255) + 127)),
        "two.png": (black_and_white, grey_as_rgb(np.asarray(black_and_white) * 255)),
        "two.tif": (black_and_white, grey_as_rgb(np.asarray(black_and_white) * 255)),
        "modern.avif": (colour, photo),
        "modern.webp": (colour, photo),
        "modern.heic": (colour, photo),
        "modern.jp2": (colour, photo),
        "old.bmp": (colour, photo),
        "one-pixel.png": (colour.crop((9, 9, 10, 10)), photo[9:10, 9:10]),
    }
    for name, (image, expected) in made.items():
        # JPEG of dithered black and white rings.
        bound = 12 if name.startswith("two") else 6
        assert far(read(name, image), expected) < bound, name
    assert far(read("hole.png", few, transparency=7), with_hole) < 6
    assert seen_through.any()


def test_16_bits_become_8(photo, read):
    deep = photo.astype("uint16") * 257
    green, alpha = deep[..., 1].copy(), np.full(deep.shape[:2], 32896, "uint16")
    clear = np.dstack([deep, alpha])
    planes = deep.transpose(2, 0, 1).copy()
    grey = grey_as_rgb(photo[..., 1])
    on_white = photo * (128 / 255) + 127
    rgb, black, white = (
        {"photometric": kind} for kind in ("rgb", "minisblack", "miniswhite")
    )
    made = {
        "grey.png": (imagecodecs.png_encode(green), grey),
        "rgb.png": (imagecodecs.png_encode(deep), photo),
        "rgba.png": (imagecodecs.png_encode(clear), on_white),
        "grey.jp2": (imagecodecs.jpeg2k_encode(green, level=0), grey),
        "rgb.jp2": (imagecodecs.jpeg2k_encode(deep, level=0), photo),
        "rgb.tif": (tiff(deep, **rgb), photo),
        "rgb-big-endian.tif": (tiff(deep, byteorder=">", **rgb), photo),
        "rgb-lzw.tif": (tiff(deep, compression="lzw", **rgb), photo),
        "rgb-deflate.tif": (
            tiff(deep, compression="deflate", predictor=2, tile=(64, 64), **rgb),
            photo,
        ),
        "rgb-planes.tif": (tiff(planes, planarconfig="separate", **rgb), photo),
        "rgba.tif": (tiff(clear, extrasamples=["unassalpha"], **rgb), on_white),
        "grey.tif": (tiff(green, **black), grey),
        "grey-from-white.tif": (tiff(65535 - green, **white), grey),
        "grey-alpha.tif": (
            tiff(np.dstack([green, alpha]), extrasamples=["unassalpha"], **black),
            grey * (128 / 255) + 127,
        ),
        "cmyk.tif": (
            tiff(
                np.dstack([65535 - deep, np.zeros_like(alpha)]), photometric="separated"
            ),
            photo,
        ),
    }
    for name, (data, expected) in made.items():
        assert far(read(name, data), expected) < 4, name


def test_of_several_pictures_the_first_counts(photo, read):
    first = Image.fromarray(photo)
    others = [Image.fromarray(255 - photo)]
    for name in ("moving.gif", "moving.webp", "moving.png", "pages.tif", "both.mpo"):
        rgb = read(name, first, save_all=True, append_images=others)
        assert far(rgb, photo) < 8, name


# Colour profiles.


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


# What cannot be read.


def huge_png():
    """The header of a picture of 30,000 x 30,000, and little behind it."""

    def chunk(kind, data):
        body = kind + data
        return (
            struct.pack(">I", len(data))
            + body
            + struct.pack(">I", imagecodecs.zlib_crc32(body))
        )

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", bytes(99))


def huge_tiff():
    """The same as 16-bit planes, which Pillow is not asked to read."""
    data = tiff(
        np.zeros((3, 2, 2), "uint16"), photometric="rgb", planarconfig="separate"
    )
    for tag in (256, 257):
        entry = struct.pack("<HHI", tag, 4, 1)
        place = data.index(entry) + len(entry)
        data = data[:place] + struct.pack("<I", 30_000) + data[place + 4 :]
    return data


BROKEN = {
    "empty.png": (b"", "the file is empty"),
    "text.jpg": (b"no picture at all", "of no kind that Pillow knows"),
    "text.tif": (b"II*\0 begins like one", "."),
    "huge.png": (huge_png(), r"900000000 pixels.* limit of 178956970 pixels\)?$"),
    "huge.tif": (huge_tiff(), r"900000000 pixels.* limit of 178956970 pixels\)?$"),
    "float.tif": (tiff(np.zeros((8, 8), "float32")), "have no fixed range"),
    "float-rgb.tif": (tiff(np.zeros((8, 8, 3), "float32"), photometric="rgb"), "float"),
    "deep.tif": (tiff(np.full((8, 8), 70_000, "uint32")), "beyond 16 bits"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_picture_is_named(name, tmp_path, capfd):
    data, reason = BROKEN[name]
    (tmp_path / name).write_bytes(data)
    with pytest.raises(InputError, match=reason) as raised:
        pictures.read_frame(str(tmp_path / name))
    message = str(raised.value)
    assert message.startswith(f"{tmp_path / name}: cannot be read as a picture: ")
    assert "\n" not in message and " at 0x" not in message
    assert capfd.readouterr() == ("", "")


@pytest.mark.filterwarnings("default:::PIL")
@pytest.mark.parametrize(
    "kind", ["jpg", "png", "tif", "webp", "avif", "heic", "gif", "jp2", "bmp"]
)
def test_half_a_picture_is_none(kind, photo, tmp_path):
    path = tmp_path / f"half.{kind}"
    Image.fromarray(photo).save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(InputError, match=r"cannot be read as a picture: ."):
        pictures.read_frame(str(path))


def test_a_missing_picture_is_named(tmp_path):
    with pytest.raises(InputError, match="missing.jpg: .*No such file"):
        pictures.read_frame(str(tmp_path / "missing.jpg"))


def test_what_pillow_warns_of_reaches_nobody(photo, tmp_path, capfd):
    # An EXIF directory of five entries that ends within its first.
    exif = b"Exif\0\0II*\0\x08\0\0\0\x05\0\x12\x01"
    path = tmp_path / "damaged-tags.jpg"
    Image.fromarray(photo).save(path, exif=exif)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        Image.open(path).getexif()
        assert told
        told.clear()
        importlib.reload(pictures)  # Each test begins with its own set of filters.
        assert pictures.read_frame(str(path)).jpeg == path.read_bytes()
        assert not told
    assert capfd.readouterr() == ("", "")

import io

import imagecodecs
import numpy as np
import pytest
import tifffile
from compared_pictures import far, grey_as_rgb, pixels, saver
from PIL import Image

from colornet.data.sources import pictures


@pytest.fixture
def read(tmp_path):
    """Saves a picture and reads it again as a frame."""
    return saver(tmp_path, pictures.read_frame)


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

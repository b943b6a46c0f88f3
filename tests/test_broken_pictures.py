import importlib
import io
import struct
import warnings

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image

from colornet.data.sources import pictures
from colornet.errors import InputError


def tiff(array, **options):
    target = io.BytesIO()
    tifffile.imwrite(target, array, **options)
    return target.getvalue()


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

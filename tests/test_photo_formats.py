"""Photographs come back as what they were: in format, depth, pages and alpha."""

import imagecodecs
import numpy as np
import pillow_heif
import pytest
import tifffile
from PIL import Image
from warm_colorizer import colored

from colornet.inference.photos import photo, photo_pillow

GREY = 3 + np.arange(48 * 64, dtype=np.uint16).reshape(48, 64) * 21
RGB = np.dstack([GREY, GREY // 2 + 999, 65535 - GREY])


def _png(path, words):
    path.write_bytes(imagecodecs.png_encode(words))


def _jp2(path, words, bits=None):
    path.write_bytes(
        imagecodecs.jpeg2k_encode(words, 0, codecformat="jp2", bitspersample=bits)
    )


def _pnm(path, words, top=None):
    height, width = words.shape[:2]
    top = top or np.iinfo(words.dtype).max
    kind = 5 if words.ndim == 2 else 6
    head = f"P{kind}\n# by hand\n{width} {height}\n# again\n{top}\n".encode()
    path.write_bytes(head + words.astype(words.dtype.newbyteorder(">")).tobytes())


def _heic(path, words):
    height, width = words.shape[:2]
    pillow_heif.encode(
        *("RGB;16", (width, height), words.tobytes(), path), quality=95, chroma=444
    )


def _tiff(path, words, **options):
    kind = "rgb" if words.ndim == 3 else options.pop("photometric", "minisblack")
    tifffile.imwrite(
        path, words, photometric=kind, metadata=None, software=False, **options
    )


def _grey_seen(path):
    """The lightness of a file as we read it, in steps of 16 bits."""
    found = photo.read_photo(path)
    return found.grey * (65535.0 / np.iinfo(found.grey.dtype).max), found.bits


EIGHT = {"g": (GREY >> 8).astype(np.uint8), "c": (RGB >> 8).astype(np.uint8)}
SIXTEEN = {"g": GREY, "c": RGB}


@pytest.mark.parametrize(
    "write, ending", [(_png, "png"), (_jp2, "jp2"), (_tiff, "tif")]
)
@pytest.mark.parametrize("words", [*EIGHT.values(), *SIXTEEN.values()])
def test_lossless_files_keep_their_depth(write, ending, words, tmp_path):
    write(tmp_path / f"in.{ending}", words)
    target = colored(tmp_path, f"in.{ending}")
    before, bits = _grey_seen(tmp_path / f"in.{ending}")
    after, _ = _grey_seen(target)
    assert bits == 8 * words.itemsize and _grey_seen(target)[1] == bits
    # Three rounded channels; where it is dark a step is much of the lightness.
    assert np.abs(after - before).max() < (2 if bits == 16 else 512)


@pytest.mark.parametrize("words, ending", [(GREY, "pgm"), (RGB, "ppm")])
def test_netpbm(words, ending, tmp_path):
    _pnm(tmp_path / f"in.{ending}", words)
    target = colored(tmp_path, f"in.{ending}", "out.ppm")
    assert target.read_bytes().startswith(b"P6\n# by hand\n# again\n64 48\n65535\n")
    before, _ = _grey_seen(tmp_path / f"in.{ending}")
    assert np.abs(_grey_seen(target)[0] - before).max() < 2
    _pnm(tmp_path / "few.pgm", GREY % 1000, top=999)
    before, _ = _grey_seen(tmp_path / "few.pgm")
    np.testing.assert_allclose(before, GREY % 1000 * (65535 / 999), atol=0.51)


@pytest.mark.parametrize("cut", [7, 30, 4000])
def test_netpbm_that_ends_too_early(cut, tmp_path):
    _pnm(tmp_path / "in.pgm", GREY)
    (tmp_path / "in.pgm").write_bytes((tmp_path / "in.pgm").read_bytes()[:cut])
    with pytest.raises(ValueError, match="in.pgm: truncated or damaged picture"):
        photo.read_photo(tmp_path / "in.pgm")


@pytest.mark.parametrize("bits", [10, 12])
def test_jpeg_2000_of_other_depths(bits, tmp_path):
    _jp2(tmp_path / "in.jp2", RGB >> (16 - bits), bits)
    target = colored(tmp_path, "in.jp2")
    words = imagecodecs.jpeg2k_decode(target.read_bytes())
    assert words.max() < 1 << bits
    before, depth = _grey_seen(tmp_path / "in.jp2")
    assert depth == bits == _grey_seen(target)[1]
    assert np.abs(_grey_seen(target)[0] - before).max() < 2 * 65535 / (1 << bits)


def test_heic_keeps_ten_bits(tmp_path):
    _heic(tmp_path / "in.heic", RGB)
    target = colored(tmp_path, "in.heic")
    file = pillow_heif.open_heif(target, convert_hdr_to_8bit=False)
    assert file.info["bit_depth"] == 10 and file.info["chroma"] == 444
    before, bits = _grey_seen(tmp_path / "in.heic")
    assert bits == 10 and np.abs(_grey_seen(target)[0] - before).mean() < 400


def test_avif_is_read_at_ten_bits(tmp_path):
    data = imagecodecs.avif_encode(RGB >> 6, 98, bitspersample=10, pixelformat="444")
    (tmp_path / "in.avif").write_bytes(data)
    before, bits = _grey_seen(tmp_path / "in.avif")
    assert bits == 10
    target = colored(tmp_path, "in.avif")
    assert np.abs(_grey_seen(target)[0] - before).mean() < 1000
    assert _grey_seen(colored(tmp_path, "in.avif", "out.png"))[1] == 16


@pytest.mark.parametrize("ending", ["jpg", "webp", "avif", "heic", "bmp", "gif"])
def test_eight_bits(ending, tmp_path):
    Image.fromarray(EIGHT["g"]).save(tmp_path / f"in.{ending}")
    target = colored(tmp_path, f"in.{ending}", "o.png" if ending == "gif" else None)
    with Image.open(target) as image:
        assert image.size == (64, 48) and image.mode == "RGB"
        rgb = np.asarray(image).astype(int)
    assert (rgb[..., 0] - rgb[..., 2]).mean() > 10
    before, _ = _grey_seen(tmp_path / f"in.{ending}")
    assert np.abs(_grey_seen(target)[0] - before).mean() < 600


def test_webp_that_lost_nothing_loses_nothing(tmp_path):
    Image.fromarray(EIGHT["c"]).save(tmp_path / "in.webp", lossless=True)
    target = colored(tmp_path, "in.webp")
    assert b"VP8L" in target.read_bytes()[:64]
    other = colored(tmp_path, "in.webp", "out.png")
    np.testing.assert_array_equal(_grey_seen(target)[0], _grey_seen(other)[0])


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
@pytest.mark.parametrize("ending", ["png", "tif", "jp2"])
def test_alpha_is_kept_to_the_bit(ending, depth, tmp_path):
    words = (EIGHT if depth == np.uint8 else SIXTEEN)["c"]
    words = np.dstack([words, words[::-1, :, 0]])
    path = tmp_path / f"in.{ending}"
    if ending == "tif":
        _tiff(path, words, extrasamples=["unassalpha"])
    else:
        {"png": _png, "jp2": _jp2}[ending](path, words)
    back = photo.read_photo(colored(tmp_path, path.name))
    assert back.alpha.dtype == depth
    np.testing.assert_array_equal(back.alpha, words[..., 3])


def test_alpha_changes_its_depth_with_the_target(tmp_path):
    _png(tmp_path / "in.png", np.dstack([RGB, GREY]))
    alpha = photo.read_photo(colored(tmp_path, "in.png", "out.webp")).alpha
    np.testing.assert_array_equal(alpha, np.rint(GREY / 257))


def test_colours_that_alpha_was_multiplied_into(tmp_path):
    whole, alpha = EIGHT["g"] // 2 + 100, np.full((48, 64), 128, np.uint8)
    words = np.dstack([(whole * 128.0 / 255).round().astype(np.uint8), alpha])
    tifffile.imwrite(
        *(tmp_path / "in.tif", words),
        photometric="minisblack",
        planarconfig="contig",
        extrasamples=["assocalpha"],
    )
    found = photo.read_photo(tmp_path / "in.tif")
    assert np.abs(found.grey.astype(int) - whole).max() <= 1
    np.testing.assert_array_equal(found.alpha, alpha)


@pytest.mark.parametrize(
    "options",
    [
        {"compression": "lzw", "predictor": True},
        {"compression": "adobe_deflate"},
        {"compression": "packbits"},
        {"compression": "zstd", "predictor": True},
        {"tile": (16, 16), "compression": "lzw"},
        {"bigtiff": True},
        {"byteorder": ">"},
        {},
    ],
)
def test_tiff_is_compressed_as_it_was(options, tmp_path):
    _tiff(tmp_path / "in.tif", GREY, **options)
    target = colored(tmp_path, "in.tif")
    with (
        tifffile.TiffFile(tmp_path / "in.tif") as one,
        tifffile.TiffFile(target) as two,
    ):
        assert one.pages[0].compression == two.pages[0].compression
        assert one.pages[0].predictor == two.pages[0].predictor
        assert one.byteorder == two.byteorder
    assert np.abs(_grey_seen(target)[0] - GREY).max() < 2


@pytest.mark.parametrize(
    "name", ["planar", "white", "bilevel", "palette", "jpeg", "lab", "twelve"]
)
def test_tiffs_of_other_kinds_are_read(name, tmp_path):
    path, grey, color = tmp_path / "in.tif", GREY / 65535, RGB
    if name == "planar":
        tifffile.imwrite(
            *(path, np.moveaxis(color, -1, 0)),
            photometric="rgb",
            planarconfig="separate",
        )
        grey = None
    elif name == "white":
        _tiff(path, 65535 - GREY, photometric="miniswhite")
    elif name == "bilevel":
        _tiff(path, GREY > 30_000)
        grey = GREY > 30_000
    elif name == "palette":
        ramp = np.repeat(np.arange(256, dtype=np.uint16)[None] * 257, 3, axis=0)
        tifffile.imwrite(
            path, EIGHT["g"], photometric="palette", colormap=ramp[:, ::-1]
        )
        grey = 1 - EIGHT["g"] / 255
    elif name == "jpeg":
        _tiff(path, EIGHT["c"], compression="jpeg", compressionargs={"level": 100})
        grey = None
    elif name == "lab":
        lightness = np.dstack([EIGHT["g"], *[EIGHT["g"] * 0] * 2])
        tifffile.imwrite(path, lightness, photometric="cielab")
        f = (EIGHT["g"] / 2.55 + 16) / 116
        y = np.where(f > 6 / 29, f**3, 3 * (6 / 29) ** 2 * (f - 4 / 29))
        grey = np.where(
            y <= 0.0031308,
            *(12.92 * y, 1.055 * np.maximum(y, 1e-9) ** (1 / 2.4) - 0.055),
        )
    elif name == "twelve":
        _tiff(path, GREY >> 4, bitspersample=12)
        grey = (GREY >> 4) / 4095
    if grey is None:
        _png(tmp_path / "other.png", color)
        grey = _grey_seen(tmp_path / "other.png")[0] / 65535
    found, _ = _grey_seen(path)
    tolerance = 0.03 if name == "jpeg" else 0.001
    np.testing.assert_allclose(found / 65535, grey, atol=tolerance)
    colored(tmp_path, "in.tif")


def test_every_page_is_coloured_in_its_place(tmp_path):
    pages = [EIGHT["g"], GREY[:20], RGB[:, :30], EIGHT["c"]]
    with tifffile.TiffWriter(tmp_path / "in.tif") as file:
        for number, words in enumerate(pages):
            kind = "rgb" if words.ndim == 3 else "minisblack"
            name = f"sheet {number}"
            file.write(
                words, photometric=kind, metadata=None, extratags=[(285, 2, 0, name)]
            )
            small = {"photometric": kind, "metadata": None, "subfiletype": 1}
            file.write(words[::4, ::4].copy(), **small)  # No page: a reduced copy.
    target = colored(tmp_path, "in.tif")
    with tifffile.TiffFile(target) as file:
        assert [page.shape[:2] for page in file.pages] == [w.shape[:2] for w in pages]
        assert [page.dtype for page in file.pages] == [words.dtype for words in pages]
        named = [page.tags[285].value for page in file.pages]
        assert named == [f"sheet {number}" for number in range(4)]
    before = list(photo.read_photos(tmp_path / "in.tif"))
    for one, other in zip(before, photo.read_photos(target), strict=True):
        top = np.iinfo(one.grey.dtype).max
        seen = other.grey * (top / np.iinfo(other.grey.dtype).max)
        assert np.abs(seen - one.grey).max() < (
            3 if one.bits == 16 or top == 255 else 512
        )


@pytest.mark.parametrize("ending", ["jpg", "png", "tif", "webp", "avif", "jp2", "bmp"])
def test_the_same_picture_gives_the_same_bytes(ending, tmp_path):
    _png(tmp_path / "in.png", RGB)
    first = colored(tmp_path, "in.png", f"1.{ending}").read_bytes()
    assert colored(tmp_path, "in.png", f"2.{ending}").read_bytes() == first


def test_a_large_heic_is_coded_in_tiles(tmp_path, monkeypatch):
    monkeypatch.setattr(photo_pillow, "_WHOLE_PIXELS", 0)
    monkeypatch.setattr(photo_pillow, "_TILE", 64)
    words = np.tile(EIGHT["g"], (4, 4))[:150, :201]
    Image.fromarray(words).save(tmp_path / "in.png")
    target = colored(tmp_path, "in.png", "o.heic")
    assert b"grid" in target.read_bytes()
    after, _ = _grey_seen(target)
    assert after.shape == words.shape and np.abs(after - words * 257.0).mean() < 600

"""TIFF files of all kinds, page by page."""

import weakref

import numpy as np
import pytest
import tifffile
import warm_colorizer
from made_photos import EIGHT, GREY, RGB, grey_seen, write_png, write_tiff
from skimage import data
from warm_colorizer import colored

from colornet.errors import InputError
from colornet.inference.photos import photo, photo_settings, still


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
    write_tiff(tmp_path / "in.tif", GREY, **options)
    target = colored(tmp_path, "in.tif")
    with (
        tifffile.TiffFile(tmp_path / "in.tif") as one,
        tifffile.TiffFile(target) as two,
    ):
        assert one.pages[0].compression == two.pages[0].compression
        assert one.pages[0].predictor == two.pages[0].predictor
        assert one.byteorder == two.byteorder
    assert np.abs(grey_seen(target)[0] - GREY).max() < 2


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
        write_tiff(path, 65535 - GREY, photometric="miniswhite")
    elif name == "bilevel":
        write_tiff(path, GREY > 30_000)
        grey = GREY > 30_000
    elif name == "palette":
        ramp = np.repeat(np.arange(256, dtype=np.uint16)[None] * 257, 3, axis=0)
        tifffile.imwrite(
            path, EIGHT["g"], photometric="palette", colormap=ramp[:, ::-1]
        )
        grey = 1 - EIGHT["g"] / 255
    elif name == "jpeg":
        write_tiff(path, EIGHT["c"], compression="jpeg", compressionargs={"level": 100})
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
        write_tiff(path, GREY >> 4, bitspersample=12)
        grey = (GREY >> 4) / 4095
    if grey is None:
        write_png(tmp_path / "other.png", color)
        grey = grey_seen(tmp_path / "other.png")[0] / 65535
    found, _ = grey_seen(path)
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


def test_each_page_is_judged_by_its_own_colours(tmp_path, caplog):
    color = data.astronaut()[::4, ::4]
    grey, deep = color.mean(axis=-1).astype(np.uint8), color * np.uint16(257)
    source, target = tmp_path / "in.tif", tmp_path / "out.tif"
    wanted = photo_settings.PhotoSettings(skip_colored=True)

    def outcome(*pages, **options):
        with tifffile.TiffWriter(source) as file:
            for words in pages:
                kind = "rgb" if words.ndim == 3 else "minisblack"
                file.write(words, photometric=kind, metadata=None, **options)
        target.unlink(missing_ok=True)
        return still.colorize_still(warm_colorizer.made(), source, target, wanted)

    pages = color, deep, grey, color[:64], grey[:64]
    assert outcome(*pages, description="sheet", compression="adobe_deflate") == ""
    assert "in.tif: 3 of its pages left: it is in colour" in caplog.text
    with tifffile.TiffFile(target) as file:
        assert [page.shape[:2] for page in file.pages] == [p.shape[:2] for p in pages]
        for page, words in zip(file.pages, pages, strict=True):
            stays = words.ndim == 3
            assert page.tags[270].value == "sheet" and (37395 in page.tags) != stays
            assert not stays or np.array_equal(page.asarray(), words)
            assert np.ptp(page.asarray().astype(int), axis=-1).max() > 10
    assert outcome(color, color, deep).startswith("it is in colour already")
    assert not target.exists()
    target = tmp_path / "out.png"
    for pages in [(color, grey), (grey, color)]:
        with pytest.raises(InputError, match="several pages"):
            outcome(*pages)


def test_pages_are_in_memory_one_at_a_time(tmp_path):
    with tifffile.TiffWriter(tmp_path / "in.tif") as file:
        for _ in range(3):
            file.write(GREY, metadata=None)
    seen, alive = [], []

    class Watching:
        info = warm_colorizer.made().info

        def __call__(self, grey, words, **_):
            alive.append(sum(reference() is not None for reference in seen))
            while isinstance(grey.base, np.ndarray):
                grey = grey.base
            seen.append(weakref.ref(grey))
            return np.zeros((*grey.shape, 3), words)

    wanted = photo_settings.PhotoSettings(skip_colored=True)
    source, target = tmp_path / "in.tif", tmp_path / "out.tif"
    still.colorize_still(Watching(), source, target, wanted)
    assert alive == [0, 0, 0]

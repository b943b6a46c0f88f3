"""Photographs come back as what they were: in format, depth and alpha."""

import io
from unittest import mock

import av
import imagecodecs
import numpy as np
import pillow_heif
import pytest
from made_photos import (
    EIGHT,
    GREY,
    RGB,
    SIXTEEN,
    grey_seen,
    write_heic,
    write_jp2,
    write_png,
    write_pnm,
    write_tiff,
)
from made_profiles import ADOBE
from PIL import Image
from warm_colorizer import colored

from colornet.errors import InputError
from colornet.inference import jobs
from colornet.inference.photos import (
    photo,
    photo_avif,
    photo_file,
    photo_j2k,
    photo_pillow,
)


@pytest.mark.parametrize(
    "write, ending", [(write_png, "png"), (write_jp2, "jp2"), (write_tiff, "tif")]
)
@pytest.mark.parametrize("words", [*EIGHT.values(), *SIXTEEN.values()])
def test_lossless_files_keep_their_depth(write, ending, words, tmp_path):
    write(tmp_path / f"in.{ending}", words)
    target = colored(tmp_path, f"in.{ending}")
    before, bits = grey_seen(tmp_path / f"in.{ending}")
    after, _ = grey_seen(target)
    assert bits == 8 * words.itemsize and grey_seen(target)[1] == bits
    # Three rounded channels; where it is dark a step is much of the lightness.
    assert np.abs(after - before).max() < (2 if bits == 16 else 512)


@pytest.mark.parametrize("words, ending", [(GREY, "pgm"), (RGB, "ppm")])
def test_netpbm(words, ending, tmp_path):
    write_pnm(tmp_path / f"in.{ending}", words)
    target = colored(tmp_path, f"in.{ending}", "out.ppm")
    assert target.read_bytes().startswith(b"P6\n# by hand\n# again\n64 48\n65535\n")
    before, _ = grey_seen(tmp_path / f"in.{ending}")
    assert np.abs(grey_seen(target)[0] - before).max() < 2
    write_pnm(tmp_path / "few.pgm", GREY % 1000, top=999)
    before, _ = grey_seen(tmp_path / "few.pgm")
    np.testing.assert_allclose(before, GREY % 1000 * (65535 / 999), atol=0.51)


@pytest.mark.parametrize("cut", [7, 30, 4000])
def test_netpbm_that_ends_too_early(cut, tmp_path):
    write_pnm(tmp_path / "in.pgm", GREY)
    (tmp_path / "in.pgm").write_bytes((tmp_path / "in.pgm").read_bytes()[:cut])
    with pytest.raises(ValueError, match="in.pgm: truncated or damaged picture"):
        photo.read_photo(tmp_path / "in.pgm")


@pytest.mark.parametrize("bits", [10, 12])
def test_jpeg_2000_of_other_depths(bits, tmp_path):
    write_jp2(tmp_path / "in.jp2", RGB >> (16 - bits), bits)
    target = colored(tmp_path, "in.jp2")
    words = imagecodecs.jpeg2k_decode(target.read_bytes())
    assert words.max() < 1 << bits
    before, depth = grey_seen(tmp_path / "in.jp2")
    assert depth == bits == grey_seen(target)[1]
    assert np.abs(grey_seen(target)[0] - before).max() < 2 * 65535 / (1 << bits)


@pytest.mark.parametrize(
    "shape, dtype",
    [
        *[((2049, 2050, 3), "u1"), ((2051, 5, 3), "u2"), ((1, 4100, 3), "u2")],
        *[((4097, 3, 4), "u1"), ((30, 2049, 4), "u1")],
    ],
)
def test_a_large_jpeg_2000_is_a_stream_of_tiles(shape, dtype):
    top = np.iinfo(dtype).max
    words = np.random.default_rng(0).integers(0, top, shape, dtype, endpoint=True)
    words[:, 8:] = words[:, :1]  # Which is quicker to code.
    file = io.BytesIO()
    photo_j2k.write(file, words, 8 * words.itemsize)
    assert file.getvalue().count(b"\xff\x90\0\x0a") > 1
    np.testing.assert_array_equal(imagecodecs.jpeg2k_decode(file.getvalue()), words)
    decoder = av.CodecContext.create("jpeg2000", "r")  # FFmpeg's own.
    (frame,) = decoder.decode(av.Packet(file.getvalue())) + decoder.decode(None)
    np.testing.assert_array_equal(frame.to_ndarray(format=frame.format.name), words)
    own = photo_j2k.read(memoryview(file.getvalue()), 0, bare=True)
    np.testing.assert_array_equal(own, words)


@pytest.mark.parametrize("bits, alpha", [(16, False), (16, True), (12, False)])
def test_a_jpeg_2000_of_one_tile_is_read_in_strips(bits, alpha, tmp_path, monkeypatch):
    rasterio = pytest.importorskip("rasterio", reason="needs colornet[jpeg2000]")
    path, words = tmp_path / "in, %2 'tile'.jp2", RGB >> (16 - bits)
    if alpha:
        words = np.dstack([words, words[..., 0] | 1])
    write_jp2(path, words, bits)
    whole = photo.read_photo(path)
    monkeypatch.setattr(photo_j2k, "_LEAST_STRIPS_PIXELS", 1)
    monkeypatch.setattr(photo_j2k, "_STRIP", 20)
    with mock.patch.object(rasterio, "open", wraps=rasterio.open) as opened:
        strips = photo.read_photo(path)
    assert opened.called
    np.testing.assert_array_equal(strips.grey, whole.grey)
    np.testing.assert_array_equal(strips.alpha, whole.alpha)
    data = path.read_bytes()
    for cut in (200, len(data) // 2, len(data) * 9 // 10):
        path.write_bytes(data[:-cut])
        with pytest.raises(InputError, match="truncated or damaged"):
            photo.read_photo(path)


def test_without_gdal_one_large_tile_is_read_whole(tmp_path, monkeypatch, caplog):
    caplog.set_level("INFO")
    write_jp2(tmp_path / "in.jp2", RGB)
    whole = photo.read_photo(tmp_path / "in.jp2").grey
    assert not caplog.messages
    monkeypatch.setattr(photo_j2k, "_LEAST_STRIPS_PIXELS", 1)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    np.testing.assert_array_equal(photo.read_photo(tmp_path / "in.jp2").grey, whole)
    assert (
        'in.jp2: is one large tile, read whole; pip install "colornet[jpeg2000]"'
        in (caplog.text)
    )


@pytest.mark.parametrize("profile", [None, ADOBE])
def test_a_jpeg_2000_is_read_tile_by_tile(profile, tmp_path, monkeypatch):
    """Tiles with pointers to them, in a grid that begins before the picture."""
    options = {"tile_size": (40, 30), "tile_offset": (5, 7), "offset": (9, 12)}
    path, image = tmp_path / "in.jp2", Image.fromarray(EIGHT["c"])
    image.save(path, irreversible=False, plt=True, icc_profile=profile, **options)
    whole = photo.read_photo(path).grey
    sizes = []

    def decode(data):
        sizes.append((words := imagecodecs.jpeg2k_decode(data)).shape)
        return words

    monkeypatch.setattr(photo_j2k, "_LEAST_PIXELS", 1)
    monkeypatch.setattr(photo_j2k, "imagecodecs", mock.Mock(jpeg2k_decode=decode))
    np.testing.assert_array_equal(photo.read_photo(path).grey, whole)
    assert len(sizes) == 4 and sizes[0] == (25, 36, 3)
    data = path.read_bytes()
    for cut in (200, len(data) // 2, len(data) * 9 // 10):
        path.write_bytes(data[:-cut])
        with pytest.raises(InputError, match="truncated or damaged"):
            photo.read_photo(path)


def test_heic_keeps_ten_bits(tmp_path):
    write_heic(tmp_path / "in.heic", RGB)
    target = colored(tmp_path, "in.heic")
    file = pillow_heif.open_heif(target, convert_hdr_to_8bit=False)
    assert file.info["bit_depth"] == 10 and file.info["chroma"] == 444
    before, bits = grey_seen(tmp_path / "in.heic")
    assert bits == 10 and np.abs(grey_seen(target)[0] - before).mean() < 400


@pytest.mark.parametrize("bits", [10, 12])
def test_avif_keeps_its_depth(bits, tmp_path):
    words = RGB >> (16 - bits)
    data = imagecodecs.avif_encode(words, 98, bitspersample=bits, pixelformat="444")
    (tmp_path / "in.avif").write_bytes(data)
    before, depth = grey_seen(tmp_path / "in.avif")
    after, written = grey_seen(target := colored(tmp_path, "in.avif"))
    assert depth == written == bits and np.abs(after - before).mean() < 400
    assert pillow_heif.open_heif(target).info["bit_depth"] == bits
    assert imagecodecs.avif_decode(target.read_bytes()).max() >> (bits - 1) == 1
    with Image.open(target) as image:
        assert np.abs(np.asarray(image.convert("L")) - before / 257).mean() < 20
    assert grey_seen(colored(tmp_path, "in.avif", "out.png"))[1] == 16


@pytest.mark.parametrize("shape", [(150, 201), (3, 201), (150, 1), (129, 129)])
@pytest.mark.parametrize("alpha", [False, True])
def test_a_large_avif_is_a_grid(shape, alpha, tmp_path, monkeypatch):
    monkeypatch.setattr(photo_avif, "_LARGEST", 64)
    words = np.tile(GREY, (4, 4))[: shape[0], : shape[1]]
    source = np.dstack([words, words[::-1, ::-1]]) if alpha else words
    write_png(tmp_path / "in.png", source)
    target = colored(tmp_path, "in.png", "o.avif")
    assert b"grid" in target.read_bytes()
    after, bits = grey_seen(target)
    assert bits == 12 and after.shape == shape and np.abs(after - words).mean() < 600
    with Image.open(target) as image:
        assert image.mode == ("RGBA" if alpha else "RGB") and image.size == shape[::-1]
    if alpha:
        back = photo.read_photo(target).alpha
        assert np.abs(back.astype(int) - source[..., 1]).max() <= 8


@pytest.mark.parametrize("ending", ["jpg", "webp", "avif", "heic", "bmp", "gif"])
def test_eight_bits(ending, tmp_path):
    Image.fromarray(EIGHT["g"]).save(tmp_path / f"in.{ending}")
    target = colored(tmp_path, f"in.{ending}", "o.png" if ending == "gif" else None)
    with Image.open(target) as image:
        assert image.size == (64, 48) and image.mode == "RGB"
        rgb = np.asarray(image).astype(int)
    assert (rgb[..., 0] - rgb[..., 2]).mean() > 10
    before, _ = grey_seen(tmp_path / f"in.{ending}")
    assert np.abs(grey_seen(target)[0] - before).mean() < 600


def test_webp_that_lost_nothing_loses_nothing(tmp_path):
    Image.fromarray(EIGHT["c"]).save(tmp_path / "in.webp", lossless=True)
    target = colored(tmp_path, "in.webp")
    assert b"VP8L" in target.read_bytes()[:64]
    other = colored(tmp_path, "in.webp", "out.png")
    np.testing.assert_array_equal(grey_seen(target)[0], grey_seen(other)[0])


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
@pytest.mark.parametrize("ending", ["png", "tif", "jp2"])
def test_alpha_is_kept_to_the_bit(ending, depth, tmp_path):
    words = (EIGHT if depth == np.uint8 else SIXTEEN)["c"]
    words = np.dstack([words, words[::-1, :, 0]])
    path = tmp_path / f"in.{ending}"
    if ending == "tif":
        write_tiff(path, words, extrasamples=["unassalpha"])
    else:
        {"png": write_png, "jp2": write_jp2}[ending](path, words)
    back = photo.read_photo(colored(tmp_path, path.name))
    assert back.alpha.dtype == depth
    np.testing.assert_array_equal(back.alpha, words[..., 3])


def test_alpha_changes_its_depth_with_the_target(tmp_path):
    write_png(tmp_path / "in.png", np.dstack([RGB, GREY]))
    alpha = photo.read_photo(colored(tmp_path, "in.png", "out.webp")).alpha
    np.testing.assert_array_equal(alpha, np.rint(GREY / 257))


@pytest.mark.parametrize("ending", ["jpg", "png", "tif", "webp", "avif", "jp2", "bmp"])
def test_the_same_picture_gives_the_same_bytes(ending, tmp_path):
    write_png(tmp_path / "in.png", RGB)
    first = colored(tmp_path, "in.png", f"1.{ending}").read_bytes()
    assert colored(tmp_path, "in.png", f"2.{ending}").read_bytes() == first


def test_a_large_heic_is_coded_in_tiles(tmp_path, monkeypatch):
    monkeypatch.setattr(photo_pillow, "_WHOLE_PIXELS", 0)
    monkeypatch.setattr(photo_pillow, "_TILE", 64)
    words = np.tile(EIGHT["g"], (4, 4))[:150, :201]
    Image.fromarray(words).save(tmp_path / "in.png")
    target = colored(tmp_path, "in.png", "o.heic")
    assert b"grid" in target.read_bytes()
    after, _ = grey_seen(target)
    assert after.shape == words.shape and np.abs(after - words * 257.0).mean() < 600


def test_in_a_folder_each_stays_in_its_format(tmp_path):
    stays = {ending: ending for ending in photo_file.WRITTEN}
    becomes = {".pgm": ".ppm", ".pbm": ".ppm", ".PNM": ".ppm", ".jfif": ".jpg"}
    becomes |= {".jpx": ".jp2", ".hif": ".heic", ".gif": ".png", ".tga": ".png"}
    (tmp_path / "in").mkdir()
    for number, ending in enumerate(stays | becomes):
        (tmp_path / "in" / f"{number}{ending}").touch()
    plan = jobs.plan([str(tmp_path / "in")], str(tmp_path / "out"))
    named = {job.source.suffix: job.target.suffix for job in plan}
    assert named == stays | becomes

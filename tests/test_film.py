import dataclasses
import re
from fractions import Fraction

import av
import made_films
import numpy as np
import pytest
import skimage.color
from av.video.reformatter import ColorRange

from colornet.inference.film_writing import codecs, film_losses, film_planes
from colornet.inference.films import film
from colornet.inference.films.film_settings import FilmSettings

LOSSLESS = FilmSettings(codec="ffv1")


@pytest.fixture(scope="module")
def colorizer():
    return made_films.stand_in()


# Colorspace: 1 BT.709, 5 and 6 BT.601, 7 SMPTE 240M, 9 BT.2020.
@pytest.mark.parametrize(
    ("pix_fmt", "colorspace", "full_range", "size"),
    [
        ("yuv420p", 1, False, (48, 64)),
        ("yuv420p", 6, True, (48, 64)),
        ("yuv420p10le", 6, False, (48, 64)),
        ("yuv420p10le", 9, True, (48, 64)),
        ("yuv420p12le", 9, False, (48, 64)),
        ("yuv420p12le", 1, True, (48, 64)),
        ("yuv422p", 5, False, (47, 63)),
        ("yuv422p10le", 9, False, (48, 64)),
        ("yuv422p12le", 1, True, (48, 64)),
        ("yuv444p", 7, False, (47, 63)),
        ("yuv444p10le", 1, True, (48, 64)),
        ("yuv444p12le", 6, False, (48, 64)),
        ("yuv420p16le", 9, False, (47, 63)),
        ("gray", 6, True, (48, 64)),
        ("gray10le", 6, False, (48, 64)),
    ],
)
def test_luma_reaches_the_encoder_bit_for_bit(
    tmp_path, colorizer, pix_fmt, colorspace, full_range, size
):
    bits = av.VideoFormat(pix_fmt).components[0].bits
    source = made_films.write(
        tmp_path / "in.mkv",
        made_films.pictures(3, *size, 2**bits - 1),
        codec="ffv1",
        pix_fmt=pix_fmt,
        colorspace=colorspace,
        full_range=full_range,
    )
    film.colorize_film(colorizer, source, tmp_path / "out.mkv", settings=LOSSLESS)
    before, after = made_films.frames(source), made_films.frames(tmp_path / "out.mkv")
    assert len(after) == 3
    grey = pix_fmt.startswith("gray")
    for number, (a, b) in enumerate(zip(before, after, strict=True)):
        np.testing.assert_array_equal(
            made_films.words(b, b.planes[0]), made_films.words(a, a.planes[0])
        )
        if not grey:
            assert b.format.name == pix_fmt
        assert (b.color_range == ColorRange.JPEG) == full_range
        assert b.colorspace == colorspace
        left, right = made_films.red(b)
        assert abs(left) < 0.01 * 2**bits
        assert right > 0.008 * 2**bits * (number + 1)


@pytest.mark.parametrize(
    ("codec", "pix_fmt", "options"),
    [
        ("h264", "yuv420p", {"qp": "0", "preset": "ultrafast"}),
        ("h264", "yuv422p10le", {"qp": "0", "preset": "ultrafast"}),
        ("h265", "yuv420p", {"x265-params": "lossless=1:log-level=none"}),
        ("h265", "yuv444p12le", {"x265-params": "lossless=1:log-level=none"}),
    ],
)
def test_luma_reaches_other_encoders_bit_for_bit(
    tmp_path, colorizer, monkeypatch, codec, pix_fmt, options
):
    exact = dataclasses.replace(codecs.CODECS[codec], options=options)
    monkeypatch.setitem(codecs.CODECS, codec, exact)
    bits = av.VideoFormat(pix_fmt).components[0].bits
    source = made_films.write(
        tmp_path / "in.mkv",
        made_films.pictures(3, top=2**bits - 1),
        codec="ffv1",
        pix_fmt=pix_fmt,
    )
    film.colorize_film(
        colorizer, source, tmp_path / "out.mp4", settings=FilmSettings(codec=codec)
    )
    after = made_films.frames(tmp_path / "out.mp4")
    for a, b in zip(made_films.frames(source), after, strict=True):
        assert b.format.name == pix_fmt
        np.testing.assert_array_equal(
            made_films.words(b, b.planes[0]), made_films.words(a, a.planes[0])
        )


def test_constant_luminance_fits_chroma_of_another_size(tmp_path, colorizer):
    source = made_films.write(
        *(tmp_path / "in.mkv", made_films.pictures(2)),
        codec="ffv1",
        colorspace=10,
    )
    target = tmp_path / "out.mov"
    film.colorize_film(colorizer, source, target, settings=FilmSettings(codec="prores"))
    before, after = made_films.frames(source), made_films.frames(target)
    assert [f.colorspace for f in before] == [f.colorspace for f in after] == [10, 10]


@pytest.mark.parametrize("full_range", [False, True])
@pytest.mark.parametrize(
    ("codec", "depth", "pix_fmt", "said"),
    [
        ("prores", 0, "yuv420p", "in 10 bits.*had back from them exactly"),
        ("dnxhr", 0, "yuv444p", "in 10 bits.*had back from them exactly"),
        ("h264", 0, "yuv420p12le", "rounded to 10; --codec=h265 or ffv1 keeps it"),
        ("h264", 10, "yuv420p", ""),
        ("h264", 8, "yuv420p10le", ""),
    ],
)
def test_other_words_are_the_same_luma(
    tmp_path, caplog, codec, depth, pix_fmt, said, full_range
):
    frame = av.VideoFrame(256, 256, pix_fmt)
    frame.color_range = ColorRange.JPEG if full_range else ColorRange.MPEG
    bits = frame.format.components[0].bits
    every = np.arange(2**16).reshape(256, 256) % 2**bits
    made_films.words(frame, frame.planes[0])[:] = every
    coding = film_planes.luma_coding(frame, codecs.CODECS[codec], depth)
    luma = film_planes.luma(frame, coding).astype(int)
    # What the words stand for, in shares of the way from black to white.
    shares = []
    for words, depth_, full in (
        (every, bits, full_range),
        (luma, coding.bits, coding.full_range),
    ):
        unit = 2 ** (depth_ - 8)
        low, high = (0, 2**depth_ - 1) if full else (16 * unit, 235 * unit)
        shares.append((words - low) / (high - low))
    clipped = 1 / (high - low) if coding.bits < bits else 0.5 / (high - low)
    assert np.abs(shares[1] - shares[0]).max() <= clipped + 1e-9
    exact = len(np.unique(luma)) == 2**bits
    assert coding.can_be_undone == exact == (coding.bits > bits)
    settings = FilmSettings(codec=codec, bit_depth=depth)
    lines = " ".join(film_losses.of_words("in.mkv", coding, settings))
    assert re.search(said, lines) if said else not lines


@pytest.mark.parametrize("codec", ["prores", "dnxhr"])
@pytest.mark.parametrize("depth", [0, 10])
def test_luma_that_a_narrower_range_rounds_is_named(codec, depth):
    frame = av.VideoFrame(256, 128, "yuv422p10le")
    settings = FilmSettings(codec=codec, bit_depth=depth)
    for range_, lines in (
        (ColorRange.MPEG, []),
        (
            ColorRange.JPEG,
            [
                f"in.mkv: {codec} has no luma of 10 bits and full range, which is "
                "rounded to 10 of limited range; --codec=h264, h265, av1 or ffv1 "
                "keeps it."
            ],
        ),
    ):
        frame.color_range = range_
        coding = film_planes.luma_coding(frame, codecs.CODECS[codec], depth)
        assert list(film_losses.of_words("in.mkv", coding, settings)) == lines


def test_frame_with_chroma_copies_planes_and_time():
    decoded = av.VideoFrame(62, 46, "nv12")  # FFmpeg pads its lines.
    rng = np.random.default_rng(1)
    luma = rng.integers(0, 256, (46, 62), dtype=np.uint8)
    made_films.words(decoded, decoded.planes[0])[:] = luma
    decoded.pts, decoded.time_base, decoded.duration = 7, Fraction(1, 25), 3
    cb, cr = rng.integers(16, 241, (2, 23, 31), dtype=np.uint8)
    coding = film_planes.luma_coding(decoded)
    frame = film_planes.frame_with_chroma(decoded, cb, cr, coding)
    assert frame.to_ndarray().tobytes() == b"".join(map(bytes, (luma, cb, cr)))
    assert (frame.pts, frame.time_base, frame.duration) == (7, Fraction(1, 25), 3)


@pytest.mark.parametrize(
    ("codec", "pix_fmt", "chroma", "said"),
    [
        ("ffv1", "bgr0", "444", ["RGB becomes Y'CbCr"]),
        ("prores", "gbrp10le", "444", ["10 bits", "RGB becomes Y'CbCr"]),
        ("dnxhr", "bgr0", "444", ["10 bits", "RGB becomes Y'CbCr"]),
        (
            *("h264", "bgr0", "420"),
            ["4:2:0; .* in 4:4:4.*=prores, dnxhr or ffv1 keeps", "RGB becomes"],
        ),
        ("h265", "gbrp12le", "420", ["4:2:0", "RGB becomes"]),
        ("ffv1", "gray10le", "420", []),
        ("h264", "yuv444p", "444", []),
        ("av1", "yuv422p", "420", ["4:2:0; .* in 4:2:2.*=h264, h265, prores, "]),
    ],
)
def test_what_colours_of_its_own_lose_is_named(
    tmp_path, colorizer, caplog, codec, pix_fmt, chroma, said
):
    source = tmp_path / "in.mkv"
    _write_frame(source, av.VideoFrame(256, 120, pix_fmt))
    ending = codecs.CODECS[codec].endings[0]
    settings = FilmSettings(codec=codec)
    film.colorize_film(colorizer, source, tmp_path / f"out{ending}", settings=settings)
    (after,) = made_films.frames(tmp_path / f"out{ending}")
    assert film_planes.chroma_of(after) == chroma
    for line, words in zip(caplog.messages, said, strict=True):
        assert re.search(words, line)


@pytest.mark.parametrize("pix_fmt", ["bgr0", "gbrp10le"])
def test_rgb_left_as_it_is_keeps_the_colour_of_each_pixel(tmp_path, colorizer, pix_fmt):
    rgb = np.full((48, 64, 3), 40, np.uint8)
    rgb[:, ::2] = 220, 30, 60  # In 4:2:0 all would be one pink.
    source, target = tmp_path / "in.mkv", tmp_path / "out.mkv"
    _write_frame(source, av.VideoFrame.from_ndarray(rgb).reformat(format=pix_fmt))
    film.colorize_film(
        *(colorizer, source, target),
        settings=dataclasses.replace(LOSSLESS, shots=_list(tmp_path, "coloured")),
    )
    (after,) = made_films.frames(target)
    top = 2 ** made_films.bits(after) - 1
    planes = [made_films.words(after, plane) / top for plane in after.planes]
    luma, cb, cr = planes[0], *(plane - (top + 1) / 2 / top for plane in planes[1:])
    red, blue = luma + 1.5748 * cr, luma + 1.8556 * cb  # BT.709.
    green = (luma - 0.2126 * red - 0.0722 * blue) / 0.7152
    np.testing.assert_allclose(np.stack([red, green, blue], -1), rgb / 255, atol=0.01)


def _write_frame(path, frame):
    """A film of one frame, as it is."""
    with av.open(str(path), "w") as target:
        size = {"width": frame.width, "height": frame.height}
        video = target.add_stream("ffv1", rate=25, **size)
        video.pix_fmt = frame.format.name
        target.mux(video.encode(frame))
        target.mux(video.encode(None))


def _list(folder, kind):
    """A list of shots for a film of one frame."""
    path = folder / "shots.csv"
    path.write_text(f"start_frame,end_frame,kind\n0,0,{kind}")
    return str(path)


@pytest.mark.parametrize(
    ("pix_fmt", "bits"), [("bgr0", 8), ("gbrp10le", 10), ("gbrp14le", 16)]
)
def test_rgb_films_get_the_grey_of_their_lightness(tmp_path, colorizer, pix_fmt, bits):
    rng = np.random.default_rng(0)
    rgb = rng.integers(0, 256, (48, 64, 3), dtype=np.uint8)
    rgb[:, :32] = rgb[:, :32, :1]
    source = tmp_path / "in.mkv"
    _write_frame(source, av.VideoFrame.from_ndarray(rgb).reformat(format=pix_fmt))
    # Left to itself, a film in colour stays as it is.
    settings = dataclasses.replace(LOSSLESS, shots=_list(tmp_path, "grey"))
    film.colorize_film(colorizer, source, tmp_path / "out.mkv", settings=settings)
    (after,) = made_films.frames(tmp_path / "out.mkv")
    assert after.color_range == ColorRange.JPEG
    assert made_films.bits(after) == bits
    luma = made_films.words(after, after.planes[0]) / (2**bits - 1)
    expected = skimage.color.rgb2lab(rgb)[..., 0]
    grey = skimage.color.rgb2lab(np.repeat(luma[..., None], 3, axis=-1))[..., 0]
    np.testing.assert_allclose(grey, expected, atol=0.4)
    if bits == 8:
        np.testing.assert_array_equal(luma[:, :32] * 255, rgb[:, :32, 0])


def test_colours_start_afresh_at_a_cut(tmp_path, colorizer):
    calm, other = (
        made_films.pictures(11),
        255 - np.kron(made_films.pictures(7)[:, ::8, 56::-8], np.ones((8, 8))),
    )
    pictures = np.concatenate([calm * 0.3, other])
    source = made_films.write(
        tmp_path / "in.mp4", pictures, options=made_films.LOSSLESS
    )
    film.colorize_film(colorizer, source, tmp_path / "out.mkv", settings=LOSSLESS)
    red = [made_films.red(f)[1] for f in made_films.frames(tmp_path / "out.mkv")]
    assert red[10] > 1.5 * red[11]
    assert red[11] < red[17]

import pathlib
from fractions import Fraction

import av
import made_films
import numpy as np
import pytest
import skimage.color

from colornet.errors import InputError, UsageError
from colornet.inference import colorize_files, jobs, numbered_pictures
from colornet.inference.film_writing import codecs
from colornet.inference.films import film
from colornet.inference.films.film_settings import FilmSettings


@pytest.fixture(scope="module")
def colorizer():
    return made_films.stand_in()


def picture(path, words):
    """Writes words [H, W] or [H, W, 3], uint8 or uint16, by FFmpeg's own coder."""
    kind = "gray" if words.ndim == 2 else "rgb"
    deep = words.dtype == np.uint16
    order = "le" if path.suffix == ".tif" else "be"
    bits = {"gray": ("gray", "gray16"), "rgb": ("rgb24", "rgb48")}[kind][deep]
    name = bits + order if deep else bits
    context = av.CodecContext.create(
        {".tif": "tiff"}.get(path.suffix, path.suffix[1:]), "w"
    )
    context.height, context.width = words.shape[:2]
    context.pix_fmt, context.time_base = name, Fraction(1, 25)
    frame = av.VideoFrame.from_ndarray(words, name)
    path.write_bytes(b"".join(map(bytes, context.encode(frame) + context.encode())))


def read(path):
    (frame,) = made_films.frames(path)
    deep = "48" in frame.format.name
    return frame.to_ndarray(format="rgb48le" if deep else "rgb24")


@pytest.mark.parametrize("ending", [".png", ".tif", ".dpx"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 3])
def test_pictures_keep_their_lightness_numbers_and_bits(
    tmp_path, colorizer, ending, dtype, channels
):
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    top = np.iinfo(dtype).max
    grey = made_films.pictures(3, top=top).astype(dtype)
    rgb = np.stack([grey, grey // 2 + top // 4, grey], axis=-1)
    sources = grey if channels == 1 else rgb
    for number, words in enumerate(sources, start=98):
        picture(tmp_path / f"in/{number:03d}{ending}", words)
    source, target = tmp_path / f"in/%03d{ending}", tmp_path / f"out/%03d{ending}"
    assert film.colorize_film(colorizer, source, target).frames == 3
    names = sorted(p.name for p in (tmp_path / "out").iterdir())
    assert names == [f"{number:03d}{ending}" for number in (98, 99, 100)]
    for name, words in zip(names, sources, strict=True):
        after = read(tmp_path / "out" / name)
        assert after.dtype == dtype and after.shape == (48, 64, 3)
        before = words if channels == 3 else np.repeat(words[..., None], 3, axis=-1)
        lightness, a, _ = np.moveaxis(skimage.color.rgb2lab(after / top), -1, 0)
        expected = skimage.color.rgb2lab(before / top)[..., 0]
        step = 0.5 if dtype == np.uint8 else 0.1
        np.testing.assert_allclose(lightness, expected, atol=step)
        assert a[:, -16:].mean() > 5 + abs(a[:, :16]).mean()
        if channels == 1:
            np.testing.assert_array_equal(after[:, :16, 0], words[:, :16])


@pytest.mark.parametrize(("bits", "told"), [(10, 0), (12, 0), (10, 10), (12, 10)])
def test_dpx_keeps_ten_and_twelve_bits(tmp_path, colorizer, bits, told):
    name = f"gbrp{bits}be"
    grey = made_films.pictures(2, top=2**bits - 1).astype(np.uint16)
    for number, words in enumerate(grey):
        context = av.CodecContext.create("dpx", "w")
        context.height, context.width = words.shape
        context.pix_fmt, context.time_base = name, Fraction(1, 25)
        frame = av.VideoFrame.from_ndarray(np.stack([words] * 3, axis=-1), name)
        coded = context.encode(frame) + context.encode()
        (tmp_path / f"in{number}.dpx").write_bytes(b"".join(map(bytes, coded)))
    film.colorize_film(
        *(colorizer, tmp_path / "in%d.dpx", tmp_path / "out%d.dpx"),
        settings=FilmSettings(bit_depth=told),
    )
    for number, words in enumerate(grey):
        (after,) = made_films.frames(tmp_path / f"out{number}.dpx")
        assert after.format.name == f"gbrp{told or bits}le"
        found = after.to_ndarray()[:, :16]
        expected = np.rint(words[:, :16] * ((2 ** (told or bits) - 1) / (2**bits - 1)))
        np.testing.assert_allclose(found, np.stack([expected] * 3, axis=-1), atol=1)
        if not told:
            np.testing.assert_array_equal(found[..., 0], words[:, :16])


@pytest.mark.parametrize("kept", ["coloured,", "grey,yes"])
@pytest.mark.parametrize(
    ("name", "ending", "told"),
    [
        *(("rgb24", ".png", 0), ("rgb24", ".dpx", 16), ("rgba", ".png", 0)),
        *(("rgb48be", ".png", 0), ("rgb48le", ".tif", 0), ("gbrp10be", ".dpx", 0)),
        ("gbrp12be", ".dpx", 16),
    ],
)
def test_shots_left_as_they_are_keep_every_word(
    tmp_path, colorizer, name, ending, told, kept
):
    bits = av.VideoFormat(name).components[0].bits
    channels = len(av.VideoFormat(name).components)
    dtype = np.uint8 if bits == 8 else np.uint16
    words = np.random.default_rng(0).integers(0, 2**bits, (48, 63, channels), dtype)
    context = av.CodecContext.create({".tif": "tiff"}.get(ending, ending[1:]), "w")
    context.height, context.width = words.shape[:2]
    context.pix_fmt, context.time_base = name, Fraction(1, 25)
    coded = context.encode(av.VideoFrame.from_ndarray(words, name)) + context.encode()
    (tmp_path / f"in0{ending}").write_bytes(b"".join(map(bytes, coded)))
    shots = tmp_path / "shots.csv"
    shots.write_text(f"start_frame,end_frame,kind,skip\n0,0,{kept}")
    film.colorize_film(
        *(colorizer, tmp_path / f"in%d{ending}", tmp_path / f"out%d{ending}"),
        settings=FilmSettings(codec="ffv1", bit_depth=told, shots=str(shots)),
    )
    (after,) = made_films.frames(tmp_path / f"out0{ending}")
    assert after.format.components[0].bits == (told or bits)
    scale = (2**bits - 1) / (2 ** (told or bits) - 1)
    found = np.rint(after.to_ndarray() * scale)
    np.testing.assert_array_equal(found, words[..., :3])


@pytest.mark.parametrize("transfer", [2, 3])
def test_densities_are_named(tmp_path, colorizer, caplog, transfer):
    path = tmp_path / "0.dpx"
    picture(path, made_films.pictures(1)[0].astype(np.uint8))
    content = bytearray(path.read_bytes())
    content[801] = transfer
    path.write_bytes(content)
    film.colorize_film(colorizer, tmp_path / "%d.dpx", tmp_path / "%d.png")
    assert ("%d.dpx: its words are densities" in caplog.text) == (transfer == 3)


@pytest.mark.parametrize("rate", ["", "16", "24000/1001", "16.5"])
def test_pictures_have_the_rate_that_is_told(tmp_path, colorizer, rate):
    grey = made_films.pictures(4).astype(np.uint8)
    for number, words in enumerate(grey, start=7):
        picture(tmp_path / f"{number}.png", words)
    settings = FilmSettings(rate=rate)
    target = tmp_path / "out.mp4"
    film.colorize_film(colorizer, tmp_path / "%d.png", target, settings=settings)
    period = 1 / Fraction(rate or "25")
    assert made_films.times(target) == [n * period for n in range(4)]
    with av.open(str(target)) as written:
        assert written.streams.video[0].average_rate == 1 / period
    (tmp_path / "out").mkdir()
    again = tmp_path / "out/%d.png"
    film.colorize_film(colorizer, tmp_path / "%d.png", again, settings=settings)
    names = sorted(path.name for path in again.parent.iterdir())
    assert names == ["10.png", "7.png", "8.png", "9.png"]


@pytest.mark.parametrize("rate", ["fast", "0", "-5", "1/0", "2000"])
def test_rates_that_are_none_are_refused(rate):
    with pytest.raises(UsageError, match=f"--rate={rate}: expected frames per second"):
        colorize_files.ColorizeConfig(output="out.mp4", rate=rate)


def test_a_rate_is_for_numbered_pictures(tmp_path):
    source = made_films.write(tmp_path / "in.mp4", made_films.pictures(2))
    settings = colorize_files.ColorizeConfig(output=str(tmp_path / "o.mp4"), rate="16")
    with pytest.raises(UsageError, match="--rate=16: is for numbered pictures only"):
        colorize_files.run(settings, [str(source)])


def test_films_become_pictures_and_pictures_films(tmp_path, colorizer, caplog):
    source = made_films.write(
        tmp_path / "in.mp4", made_films.pictures(12), sound="aac", times=range(5, 17)
    )
    film.colorize_film(colorizer, source, tmp_path / "%d.tiff")
    assert ".tiff cannot hold stream 1 (audio, aac)" in caplog.text
    pictures = {p.name for p in tmp_path.glob("*.tiff")}
    assert pictures == {f"{n}.tiff" for n in range(1, 13)}
    luma = made_films.frames(source)[4]
    luma = made_films.words(luma, luma.planes[0])
    grey = np.clip((luma.astype(float) - 16) / 219 * 255, 0, 255)
    found = read(tmp_path / "5.tiff")[:, :16, 1]
    np.testing.assert_allclose(found, grey[:, :16], atol=0.51)
    back = tmp_path / "back.mkv"
    film.colorize_film(
        *(colorizer, tmp_path / "%d.tiff", back), settings=FilmSettings(codec="ffv1")
    )
    assert len(made_films.frames(back)) == 12


def test_gaps_and_wrong_names_are_told(tmp_path, colorizer):
    grey = made_films.pictures(1)[0].astype(np.uint8)
    for number in (1, 2, 4):
        picture(tmp_path / f"a{number:03d}.png", grey)
    with pytest.raises(InputError, match=r"1 picture b.* found, such as a003\.png"):
        film.colorize_film(colorizer, tmp_path / "a%03d.png", tmp_path / "b%03d.png")
    with pytest.raises(InputError, match="b%d.png: no picture has such a name"):
        numbered_pictures.find(tmp_path / "b%d.png")
    (tmp_path / "a003.png").write_bytes(b"")
    with pytest.raises(InputError, match="a003.png: an empty file"):
        film.colorize_film(colorizer, tmp_path / "a%03d.png", tmp_path / "b%03d.png")
    (tmp_path / "a003.png").unlink()
    with pytest.raises(
        UsageError, match=r"one of \.png, \.tif, \.tiff, \.dpx, got \.jpg"
    ):
        codecs.check_target(pathlib.Path("b%d.jpg"), "h264")
    assert len(list(tmp_path.iterdir())) == 3


def test_a_picture_that_cannot_be_read_leaves_its_number_free_and_is_named(
    tmp_path, colorizer, caplog
):
    (tmp_path / "out").mkdir()
    grey = made_films.pictures(1)[0].astype(np.uint8)
    for number in range(7, 13):
        picture(tmp_path / f"{number}.png", grey)
    for name in ("7.png", "9.png"):
        (tmp_path / name).write_bytes(b"no picture")
    film.colorize_film(colorizer, tmp_path / "%d.png", tmp_path / "out/%d.png")
    names = {p.name for p in (tmp_path / "out").iterdir()}
    assert names == {f"{number}.png" for number in (8, 10, 11, 12)}
    assert "4 could be decoded" in caplog.text
    assert "%d.png: 7.png, 9.png cannot be read" in caplog.text


def test_a_pattern_is_one_job(tmp_path):
    picture(tmp_path / "1.png", np.zeros((4, 4), np.uint8))
    (job,) = jobs.plan([str(tmp_path / "%d.png")], str(tmp_path / "out/%d.png"))
    assert (job.kind, job.target) == (jobs.FILM, tmp_path / "out/%d.png")

import re
from fractions import Fraction

import av
import made_films
import numpy as np
import pytest

from colornet.errors import UsageError
from colornet.inference.film_reading.film_source import FilmSource
from colornet.inference.film_writing import film_target
from colornet.inference.films import film
from colornet.inference.films.film_settings import FilmSettings

RATE = Fraction(24000, 1001)
TAGS = ("color_primaries", "color_trc", "colorspace", "color_range")


@pytest.fixture(scope="module")
def colorizer():
    return made_films.stand_in()


def write(path, sound, count=30, first=0, language=""):
    """A film of BT.2020 with a timecode and a sound of 48000 samples a second."""
    with av.open(str(path), "w") as target:
        target.metadata["title"] = "Die Straße"
        video = target.add_stream("ffv1", rate=RATE, time_base=1 / RATE)
        video.width, video.height, video.pix_fmt = 256, 120, "yuv422p10le"
        context = video.codec_context
        context.color_primaries, context.color_trc = 9, 14
        context.colorspace, context.color_range = 9, 1
        video.metadata["timecode"] = "10:00:00:00"
        audio = target.add_stream(sound, rate=48000, layout="mono")
        if language:
            video.metadata["language"] = language
            target.set_chapters(
                [dict(id=1, start=0, end=9, time_base=Fraction(1, 9), metadata={})]
            )
        for number, luma in enumerate(made_films.pictures(count, 120, 256, 1023)):
            frame = av.VideoFrame(256, 120, "yuv422p10le")
            for plane in frame.planes:
                made_films.words(frame, plane)[:] = 512
            made_films.words(frame, frame.planes[0])[:] = luma
            frame.pts, frame.time_base = number + first, 1 / RATE
            target.mux(video.encode(frame))
        resampler = av.AudioResampler("fltp" if sound == "aac" else "s16", "mono")
        for samples in made_films.tone(float(count / RATE)):
            for part in resampler.resample(samples):
                target.mux(audio.encode(part))
        target.mux(video.encode(None) + audio.encode(None))
    return path


def sound(path):
    return b"".join(content for content, *_ in made_films.packets(path))


@pytest.mark.parametrize("codec", ["prores", "dnxhr", "ffv1"])
def test_an_mxf_has_all_that_fits(tmp_path, colorizer, caplog, codec):
    source, target = write(tmp_path / "in.mkv", "pcm_s16le"), tmp_path / "out.mxf"
    film.colorize_film(colorizer, source, target, settings=FilmSettings(codec=codec))
    assert not caplog.messages
    with FilmSource(target) as written:
        assert written.rate == RATE and written.is_steady
        metadata = film_target.film_metadata(written, "stand-in")
        frames = list(written.frames())
    assert metadata["title"] == "Die Straße"
    assert metadata["timecode"] == "10:00:00:00"
    assert metadata["comment"].count("Colours made by a machine") == 1
    before = made_films.frames(source)
    assert [f.pts * f.time_base for f in frames] == [n / RATE for n in range(30)]
    for tag in TAGS:
        assert getattr(frames[0], tag) == getattr(before[0], tag)
    if codec == "ffv1":
        for a, b in zip(before, frames, strict=True):
            np.testing.assert_array_equal(
                made_films.words(a, a.planes[0]), made_films.words(b, b.planes[0])
            )
    # After the sound's end there is silence as far as the picture goes.
    assert sound(target).startswith(sound(source))
    assert not any(sound(target)[len(sound(source)) :])


def test_what_does_not_fit_is_named(tmp_path, colorizer, caplog):
    source = write(tmp_path / "in.mkv", "aac", first=12, language="deu")
    settings = FilmSettings(codec="prores")
    film.colorize_film(colorizer, source, tmp_path / "out.mxf", settings=settings)
    for words in (
        "cannot hold stream 1 (audio, aac)",
        "no place for chapters, names and languages of streams, left out",
        "its picture begins at 0.5",
    ):
        assert words in caplog.text


def test_a_sound_that_begins_later_is_named(tmp_path, colorizer, caplog):
    source = write(tmp_path / "in.mkv", "pcm_s16le", first=12)
    settings = FilmSettings(codec="prores")
    film.colorize_film(colorizer, source, tmp_path / "out.mxf", settings=settings)
    assert "stream 1 (audio) begins -0.5" in caplog.text
    caplog.clear()
    settings = FilmSettings(codec="prores", start="1")
    film.colorize_film(colorizer, source, tmp_path / "out.mxf", settings=settings)
    (line,) = caplog.messages
    assert "stream 1 (audio) may begin early by as much as a packet" in line
    with FilmSource(tmp_path / "out.mxf") as written:
        assert written.container.metadata["timecode"] == "10:00:00:12"


@pytest.mark.parametrize(
    ("times", "unit", "got"),
    [
        (range(4), Fraction(1, 18), "got 18; out.mkv would do"),
        ([0, 1, 3, 4], Fraction(1, 25), "got frames that do not come evenly"),
    ],
)
def test_other_rates_are_refused(tmp_path, colorizer, times, unit, got):
    source = made_films.write(
        tmp_path / "in.mp4", made_films.pictures(4), times=times, time_base=unit
    )
    with pytest.raises(UsageError, match=f"mxf has one of 24, 25, 30, .*{got}"):
        film.colorize_film(
            *(colorizer, source, tmp_path / "out.mxf"),
            settings=FilmSettings(codec="ffv1"),
        )
    assert list(tmp_path.iterdir()) == [source]


def test_fields_are_named(tmp_path, colorizer, caplog):
    source = made_films.write_interlaced(tmp_path / "in.mov", 3)
    settings = FilmSettings(codec="prores")
    film.colorize_film(colorizer, source, tmp_path / "out.mxf", settings=settings)
    assert ".mxf has no place for the order of fields, left out" in caplog.text


def test_packages_have_names_that_no_other_film_has(tmp_path, colorizer):
    names = []
    for count in 12, 13:
        source = write(tmp_path / f"{count}.mkv", "pcm_s16le", count)
        target = tmp_path / f"{count}.mxf"
        settings = FilmSettings(codec="ffv1")
        film.colorize_film(colorizer, source, target, settings=settings)
        with av.open(str(target)) as written:
            video = written.streams.video[0].metadata
            names += (
                written.metadata["material_package_umid"],
                video["file_package_umid"],
            )
            assert len(list(written.decode(video=0))) == count
    assert len(set(names)) == 4
    assert all(re.fullmatch("0x060A2B34.{56}", name) for name in names)

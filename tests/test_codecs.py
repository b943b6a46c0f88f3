import pathlib

import av
import made_films
import numpy as np
import pytest

from colornet.errors import UsageError
from colornet.inference.film_writing import codecs
from colornet.inference.films import film
from colornet.inference.films.film_settings import FilmSettings

PAIRS = [(name, end) for name, codec in codecs.CODECS.items() for end in codec.endings]


@pytest.fixture(scope="module")
def colorizer():
    return made_films.stand_in()


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    path = tmp_path_factory.mktemp("films") / "in.mkv"
    return made_films.write(path, made_films.pictures(3, 120, 256), codec="ffv1")


@pytest.mark.parametrize(("codec", "ending"), PAIRS)
def test_every_legal_pair_is_written_and_read_back(
    tmp_path, source, colorizer, codec, ending
):
    target = tmp_path / f"out{ending}"
    settings = FilmSettings(codec=codec)
    assert film.colorize_film(colorizer, source, target, settings=settings).frames == 3
    with av.open(str(target)) as written:
        video = written.streams.video[0]
        names = {"h265": "hevc", "dnxhr": "dnxhd"}
        assert video.codec.canonical_name == names.get(codec, codec)
    before, after = made_films.frames(source), made_films.frames(target)
    expected = [f.pts * f.time_base for f in before]
    found = [f.pts * f.time_base for f in after]
    np.testing.assert_allclose(
        np.array(found, float), np.array(expected, float), atol=6e-4
    )
    for a, b in zip(before, after, strict=True):
        luma = made_films.words(b, b.planes[0]) / 2 ** (made_films.bits(b) - 8)
        error = np.abs(luma - made_films.words(a, a.planes[0]))
        assert error.mean() < (0.01 if codec == "ffv1" else 5)
        left, right = made_films.red(b)
        scale = 2 ** (made_films.bits(b) - 8)
        assert abs(left) < 2 * scale < right


def test_other_pairs_are_refused_with_the_legal_ones_named(tmp_path, source, colorizer):
    for codec in codecs.CODECS:
        for ending in codecs.CONTAINERS:
            if (codec, ending) in PAIRS:
                continue
            with pytest.raises(UsageError) as caught:
                film.colorize_film(
                    colorizer,
                    source,
                    tmp_path / f"out{ending}",
                    settings=FilmSettings(codec=codec),
                )
            for legal in codecs.CODECS[codec].endings:
                assert legal in str(caught.value)
            assert "\n" not in str(caught.value)
    with pytest.raises(UsageError, match=r"\.mkv.*got \.avi; out\.mkv would do"):
        codecs.check_target(pathlib.Path("out.avi"), "h264")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("codec", codecs.CODECS)
def test_formats_are_those_of_the_encoder(codec):
    encoder = av.Codec(codecs.CODECS[codec].encoder, "w")
    known = {f.name for f in encoder.video_formats}
    assert {f.name for f in codecs.CODECS[codec].formats} <= known


@pytest.mark.parametrize(
    ("codec", "chroma", "bits", "odd", "expected"),
    [
        ("h264", "420", 8, False, "yuv420p"),
        ("h264", "422", 10, False, "yuv422p10le"),
        ("h264", "420", 9, False, "yuv420p10le"),
        ("h264", "444", 12, False, "yuv444p10le"),
        ("h264", "420", 8, True, "yuv444p"),
        ("ffv1", "420", 12, True, "yuv420p12le"),
        ("av1", "444", 8, False, "yuv420p"),
        ("prores", "420", 8, False, "yuv422p10le"),
        ("dnxhr", "420", 8, False, "yuv422p"),
        ("dnxhr", "444", 8, False, "yuv444p10le"),
    ],
)
def test_the_format_is_the_nearest_that_loses_nothing(
    codec, chroma, bits, odd, expected
):
    assert codecs.CODECS[codec].format_for(chroma, bits, odd).name == expected


def test_depths_that_a_codec_lacks_are_refused():
    codecs.check_settings("h265", 12)
    codecs.check_settings("h264", 0)
    with pytest.raises(UsageError, match="h264 has 8 or 10; --codec=h265 or ffv1"):
        codecs.check_settings("h264", 12)
    with pytest.raises(UsageError, match="prores has 10; --codec=h264, h265"):
        codecs.check_settings("prores", 8)
    with pytest.raises(UsageError, match="--codec=divx: must be one of h264, h265"):
        codecs.check_settings("divx", 0)

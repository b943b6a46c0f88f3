from fractions import Fraction

import av
import made_films
import numpy as np
import pytest
from av.video.reformatter import ColorRange

from colornet.inference import film, film_planes, film_target


@pytest.fixture(scope="module")
def colorizer():
    return made_films.stand_in()


@pytest.fixture
def lossless(monkeypatch):
    """Makes the encoder exact, so that what it was given can be read back."""
    monkeypatch.setattr(film_target, "_ENCODER_OPTIONS", made_films.LOSSLESS)


@pytest.mark.parametrize(
    "kind",
    [
        {"pix_fmt": "yuv420p", "options": made_films.LOSSLESS},
        {"pix_fmt": "yuv420p", "options": made_films.LOSSLESS, "full_range": True},
        {"pix_fmt": "yuv422p", "options": made_films.LOSSLESS, "colorspace": 1},
        {"pix_fmt": "yuv420p10le", "codec": "ffv1"},
        {"pix_fmt": "gray", "codec": "ffv1", "full_range": True},
        {"pix_fmt": "yuv444p", "codec": "ffv1", "size": (47, 63)},
    ],
    ids=lambda kind: "-".join(map(str, kind.values())),
)
def test_luma_reaches_the_encoder_byte_for_byte(tmp_path, colorizer, lossless, kind):
    size = kind.pop("size", (made_films.HEIGHT, made_films.WIDTH))
    top = 1023 if "10" in kind["pix_fmt"] else 255
    source = made_films.write(
        tmp_path / "in.mkv", made_films.pictures(3, *size, top), **kind
    )
    film.colorize_film(colorizer, source, tmp_path / "out.mkv")
    before, after = made_films.frames(source), made_films.frames(tmp_path / "out.mkv")
    assert len(after) == 3
    for number, (a, b) in enumerate(zip(before, after, strict=True)):
        luma = made_films.words(b, b.planes[0])
        assert luma.shape == size
        np.testing.assert_array_equal(luma, made_films.words(a, a.planes[0]))
        full_range = kind.get("full_range", False)
        assert (b.color_range == ColorRange.JPEG) == full_range
        assert b.colorspace == kind.get("colorspace", 6)
        left, right = made_films.red(b)
        assert abs(left) < 0.01 * top
        assert right > 0.01 * top * (number + 1)


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


def test_rgb_films_get_the_luma_that_swscale_makes(tmp_path, colorizer, lossless):
    source = made_films.write(
        tmp_path / "in.avi", made_films.pictures(2), codec="png", pix_fmt="gray"
    )
    rgb = tmp_path / "rgb.mkv"
    with av.open(str(rgb), "w") as target:
        video = target.add_stream("ffv1", rate=25)
        video.width, video.height, video.pix_fmt = (
            made_films.WIDTH,
            made_films.HEIGHT,
            "bgr0",
        )
        for frame in made_films.frames(source):
            target.mux(video.encode(frame.reformat(format="bgr0")))
        target.mux(video.encode(None))
    film.colorize_film(colorizer, rgb, tmp_path / "out.mp4")
    expected = (
        made_films.pictures(2) * 219 / 255 + 16
    )  # Grey in limited range, by definition.
    after = made_films.frames(tmp_path / "out.mp4")
    got = np.stack([made_films.words(f, f.planes[0]) for f in after])
    np.testing.assert_allclose(got, expected, atol=1.5)


def test_colours_start_afresh_at_a_cut(tmp_path, colorizer, lossless):
    calm, other = (
        made_films.pictures(11),
        255 - np.kron(made_films.pictures(7)[:, ::8, ::8], np.ones((8, 8))),
    )
    pictures = np.concatenate([calm * 0.3, other])
    source = made_films.write(
        tmp_path / "in.mp4", pictures, options=made_films.LOSSLESS
    )
    film.colorize_film(colorizer, source, tmp_path / "out.mp4")
    red = [made_films.red(f)[1] for f in made_films.frames(tmp_path / "out.mp4")]
    assert red[10] > 1.5 * red[11]
    assert red[11] < red[17]


def test_damage_is_counted_and_the_rest_coloured(tmp_path, colorizer, caplog):
    intra = {"g": "1", "preset": "ultrafast"}  # So that damage stays in its frame.
    source = made_films.write(
        tmp_path / "in.mp4", made_films.pictures(12), options=intra
    )
    with av.open(str(source)) as whole:
        packet = [p for p in whole.demux(video=0) if p.size][5]
    content = bytearray(source.read_bytes())
    content[packet.pos : packet.pos + 40] = bytes(40)
    source.write_bytes(content)
    done = film.colorize_film(colorizer, source, tmp_path / "out.mp4")
    assert 11 <= done <= 12
    assert "incomplete or damaged" in caplog.text
    assert len(made_films.frames(tmp_path / "out.mp4")) == done

import itertools
import os
from fractions import Fraction

import av
import made_films
import numpy as np
import pytest
from PIL import Image

from colornet.errors import InputError
from colornet.inference.film_writing import segments
from colornet.inference.films import film, film_stills, poster
from colornet.inference.films.film_settings import FilmSettings

CUTS = 0, 19, 33, 60  # First frames of the shots, and one after the last.
RATE = Fraction(30000, 1001)


class Stop(Exception):
    """Stands in for whatever ends work in its middle."""


@pytest.fixture
def as_large_as_frames(monkeypatch):
    monkeypatch.setattr(poster, "_SIDES", (64,))


@pytest.fixture(scope="module")
def colorizer():
    return made_films.stand_in()


def content():
    """Three shots of pictures that all differ: blocks that move and grow lighter."""
    pictures = []
    for seed, (start, end) in enumerate(itertools.pairwise(CUTS)):
        blocks = np.random.default_rng(seed).integers(0, 150, (6, 12))
        wide = blocks.repeat(8, 0).repeat(8, 1)
        pictures += [wide[:, t : t + 64] + 50 + 2 * t for t in range(end - start)]
    return np.stack(pictures)


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    path = tmp_path_factory.mktemp("poster") / "in.mp4"
    return made_films.write(path, content(), sound="aac")


def cells(report, **how):
    """The pictures on the sheet, as arrays, two for each shot."""
    sheet = poster.draw(report, **how)
    layout = poster._Layout(len(report.shots), report.width / report.height)
    assert sheet.size == layout.size
    width, height = layout.picture
    for place in range(layout.places):
        x, y = layout.corner(place)
        y += poster._CAPTION
        for left in (x, x + width + poster._SEAM):
            cell = sheet.crop((left, y, left + width, y + height))
            yield np.asarray(cell).astype(int)


def rgb(frame):
    return frame.to_ndarray(format="rgb24").astype(int)


def shown(cell, frames):
    """Which of the frames a cell shows."""
    (number,) = [n for n, f in enumerate(frames) if np.abs(cell - rgb(f)).max() <= 1]
    return number


def middles(report, first=0):
    return [first + (shot.start + shot.end) // 2 for shot in report.shots]


@pytest.mark.parametrize(("codec", "ending"), [("h264", "mp4"), ("ffv1", "mkv")])
@pytest.mark.parametrize("how", [{}, {"start": "0.5", "end": "1.5"}, {"end": "1"}])
def test_cells_are_the_middle_frames_of_shots(
    as_large_as_frames, tmp_path, colorizer, source, codec, ending, how
):
    report = film.colorize_film(
        *(colorizer, source, tmp_path / f"out.{ending}"),
        settings=FilmSettings(codec=codec, **how),
    )
    first = 15 if "start" in how else 0
    assert [s.start for s in report.shots] == [
        *(max(0, cut - first) for cut in CUTS[:3] if cut < first + report.frames)
    ]
    pairs = list(cells(report))
    before = [shown(c, made_films.frames(source)) for c in pairs[::2]]
    after = [shown(c, made_films.frames(report.output)) for c in pairs[1::2]]
    assert after == middles(report)
    assert before == middles(report, first)


def test_cells_of_a_resumed_film(
    as_large_as_frames, tmp_path, colorizer, source, monkeypatch
):
    monkeypatch.setattr(segments, "FRAMES", 16)

    def stop(at):
        if at.done > 50:
            raise Stop

    target = tmp_path / "out.mp4"
    with pytest.raises(Stop):
        film.colorize_film(colorizer, source, target, progress=stop)
    report = film.colorize_film(colorizer, source, target)
    assert report.resumed == 49
    after = list(cells(report))[1::2]
    frames = made_films.frames(target)
    assert [shown(cell, frames) for cell in after] == middles(report)


@pytest.mark.parametrize("numbered", [False, True])
def test_cells_of_numbered_pictures(
    as_large_as_frames, tmp_path, colorizer, source, numbered
):
    """Also where one cannot be read; those of a part of a film begin with 1."""
    settings = FilmSettings(start="" if numbered else "0.5")
    if numbered:
        for number, picture in enumerate(content(), 7):
            image = Image.fromarray(picture.astype(np.uint8))
            image.save(tmp_path / f"in{number:03d}.png")
        (tmp_path / f"in{7 + 26:03d}.png").write_bytes(b"no picture")
        source = tmp_path / "in%03d.png"
    report = film.colorize_film(
        *(colorizer, source, tmp_path / "out%03d.png"), settings=settings
    )
    pairs = list(cells(report))
    number = 7 if numbered else 1
    for place, middle in enumerate(middles(report)):
        if numbered and middle >= 26:
            continue
        with Image.open(tmp_path / f"out{number + middle:03d}.png") as picture:
            np.testing.assert_array_equal(pairs[2 * place + 1], np.asarray(picture))
    # Both show one frame: where no colour is, luma is the same.
    for before, after in zip(pairs[::2], pairs[1::2], strict=True):
        assert unlike(before[:, :24], after[:, :24]) < 3


def unlike(cell, other):
    """How much their luma differs."""
    weights = 0.299, 0.587, 0.114
    return np.abs((cell - other) @ weights).mean()


def test_cells_of_deinterlaced_fields_have_no_combs(
    as_large_as_frames, tmp_path, colorizer
):
    source = made_films.write_interlaced(tmp_path / "in.mov", 12)
    report = film.colorize_film(
        *(colorizer, source, tmp_path / "out.mkv"),
        settings=FilmSettings(codec="ffv1", deinterlace=True),
    )
    (before, after) = cells(report, deinterlace=True)
    assert unlike(before, after) < 2


@pytest.mark.parametrize("ending", ["ts", "mp4", "mkv", "h264"])
def test_stills_of_a_long_film_are_found_by_seeking(tmp_path, monkeypatch, ending):
    """A minute of B-frames in groups of three seconds; or a bare stream."""
    path = tmp_path / f"in.{ending}"
    rate = 25 if ending == "h264" else 6
    with av.open(str(path), "w") as target:
        options = {"g": "18", "bf": "0" if ending == "h264" else "3"}
        video = target.add_stream("libx264", rate=rate, options=options)
        video.width, video.height = 64, 48
        for number in range(360):
            frame = av.VideoFrame(64, 48, "yuv420p")
            for plane in frame.planes:
                made_films.words(frame, plane)[:] = 128
            made_films.words(frame, frame.planes[0])[:] = 40 + number % 180
            frame.pts, frame.time_base = number, Fraction(1, rate)
            target.mux(video.encode(frame))
        target.mux(video.encode(None))
    decoded = []
    frames = film_stills.FilmSource.frames

    def counted(film):
        for frame in frames(film):
            decoded.append(frame)
            yield frame

    monkeypatch.setattr(film_stills.FilmSource, "frames", counted)
    stills = film_stills.FilmStills(path)
    for number in (0, 2, 70, 71, 200, 359):
        level = np.asarray(stills.at(number / rate)).mean()
        assert level == pytest.approx((number % 180 + 24) * 255 / 219, abs=1)
    stills.close()
    assert len(decoded) < (400 if ending == "h264" else 150)


def test_stills_stand_upright_with_square_pixels():
    frame = av.VideoFrame(64, 48, "gray")
    made_films.words(frame, frame.planes[0])[:] = np.arange(48)[:, None] * 5
    image = film_stills.shown(frame, Fraction(16, 15))
    assert image.size == (68, 48)
    assert np.asarray(image)[:, 5, 1].tolist() == list(range(0, 240, 5))


@pytest.mark.parametrize("shots", [1, 7, 60, 300, 1000, 5000])
@pytest.mark.parametrize("aspect", [9 / 16, 4 / 3, 2.4])
def test_a_sheet_has_room_for_its_pairs_and_is_no_larger(shots, aspect):
    layout = poster._Layout(shots, aspect)
    assert layout.places == min(shots, 1000)
    assert layout.picture[0] / layout.picture[1] == pytest.approx(aspect, rel=0.02)
    assert max(layout.picture) in poster._SIDES
    corners = [layout.corner(place) for place in range(layout.places)]
    assert len(set(corners)) == layout.places
    right = max(x for x, _ in corners) + 2 * layout.picture[0] + poster._SEAM
    bottom = max(y for _, y in corners) + poster._CAPTION + layout.picture[1]
    width, height = layout.size
    assert right + poster._MARGIN == width or width == poster._LEAST_WIDTH
    assert bottom + poster._MARGIN == height
    assert width * height < 60e6


def test_a_poster_that_fails_leaves_the_film_and_no_poster(
    tmp_path, colorizer, source, monkeypatch
):
    report = film.colorize_film(colorizer, source, tmp_path / "out.mkv")
    whole = (tmp_path / "out.mkv").read_bytes()

    def full(image, file, **_):
        file.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", full)
    with pytest.raises(InputError, match=r"out.mkv.png: .*No space.*out.mkv is whole"):
        poster.write(report, tmp_path / "out.mkv.png")
    assert os.listdir(tmp_path) == ["out.mkv"]
    assert (tmp_path / "out.mkv").read_bytes() == whole

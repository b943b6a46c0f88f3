import re

import av
import made_films
import pytest

from colornet.errors import InputError, UsageError
from colornet.inference.film_writing import codecs, film_planes
from colornet.inference.films import film, film_memory
from colornet.inference.films.film_settings import FilmSettings

NETWORK = (224, 398)


def batch(width, height, format, codec="h264", ceiling=0):
    frame = av.VideoFrame(width, height, format)
    codec = codecs.CODECS[codec]
    coding = film_planes.luma_coding(frame, codec)
    return film_memory.batch_frames(frame, coding, codec, NETWORK, ceiling)


def least(*film):
    """The ceiling that a film is refused without."""
    with pytest.raises(UsageError, match="--max_memory=1:") as error:
        batch(*film, ceiling=1)
    return int(re.search(r"about (\d+) MiB", str(error.value))[1])


def test_more_memory_never_means_smaller_batches():
    ceilings = range(least(1920, 1080, "yuv420p") + 1, 4000, 50)
    batches = [batch(1920, 1080, "yuv420p", ceiling=c) for c in ceilings]
    assert batches == sorted(batches)
    assert batches[0] == 1
    assert batches[-1] == batch(1920, 1080, "yuv420p")


def test_what_is_named_as_needed_is_enough():
    for size in ((64, 48), (1920, 1080), (3840, 2160)):
        for codec in codecs.CODECS:
            film = (*size, "yuv422p10le", codec)
            assert batch(*film, ceiling=least(*film) + 1) == 1


def test_larger_deeper_and_finer_films_need_more():
    assert least(640, 480, "yuv420p") < least(1920, 1080, "yuv420p")
    assert least(1920, 1080, "yuv420p") < least(1920, 1080, "yuv420p10le")
    assert least(1920, 1080, "yuv420p10le") < least(1920, 1080, "yuv444p10le")
    assert least(1920, 1080, "yuv444p", "ffv1") < least(1920, 1080, "yuv444p", "h265")


def test_films_stay_the_same_in_smaller_batches(tmp_path, monkeypatch):
    source = made_films.write(tmp_path / "in.mkv", made_films.pictures(40))
    contents = []
    settings = FilmSettings(codec="ffv1")
    for batches in (8,), (3, 1):
        monkeypatch.setattr(film_memory, "_BATCHES", batches)
        target = tmp_path / f"{batches[0]}.mkv"
        film.colorize_film(made_films.stand_in(), source, target, settings=settings)
        with av.open(str(target)) as opened:
            contents.append([f.to_ndarray().tobytes() for f in opened.decode(video=0)])
    assert contents[0] == contents[1]


def test_a_film_that_needs_more_is_refused_before_work_begins(tmp_path):
    source = made_films.write(tmp_path / "in.mkv", made_films.pictures(3))
    with pytest.raises(UsageError, match="--max_memory=5: 64x48 film needs about"):
        film.colorize_film(
            *(made_films.stand_in(), source, tmp_path / "out.mkv"),
            settings=FilmSettings(max_memory=5),
        )
    assert list(tmp_path.iterdir()) == [source]


def test_work_ends_where_more_is_taken_than_expected(tmp_path, monkeypatch):
    monkeypatch.setattr(film_memory, "_PROGRAM", 0)
    monkeypatch.setattr(film_memory, "_NETWORK", 0)
    source = made_films.write(tmp_path / "in.mkv", made_films.pictures(20))
    with pytest.raises(InputError, match=r"--max_memory=100: \d+ MiB are taken"):
        film.colorize_film(
            *(made_films.stand_in(), source, tmp_path / "out.mkv"),
            settings=FilmSettings(max_memory=100),
        )
    assert list(tmp_path.iterdir()) == [source]


def test_what_is_taken_is_known():
    before = film_memory.peak()
    held = b"x" * (300 * 2**20)
    assert film_memory.peak() >= max(before, len(held) // 2**20)
    with pytest.raises(InputError):
        film_memory.check(200)
    film_memory.check(0)

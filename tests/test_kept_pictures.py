"""Pictures of a film whose work is broken off, and taken up again."""

import os
import signal
import subprocess
import time

import made_films
import pytest

from colornet.inference.film_writing import segments, sequences
from colornet.inference.films import film


@pytest.fixture(scope="module")
def colorizer():
    return made_films.stand_in()


def test_nothing_is_left_of_pictures_that_are_broken_off(tmp_path, colorizer):
    source = made_films.write(tmp_path / "in.mp4", made_films.pictures(20))

    def stop(at):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        film.colorize_film(colorizer, source, tmp_path / "%d.png", progress=stop)
    assert list(tmp_path.iterdir()) == [source]


class Stop(Exception):
    """Stands in for whatever ends work in its middle."""


@pytest.fixture
def reel(tmp_path, monkeypatch):
    """A film, and segments shorter than it."""
    monkeypatch.setattr(segments, "FRAMES", 16)
    return made_films.write(tmp_path / "in.mp4", made_films.pictures(40))


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_pictures_that_are_broken_off_go_on(tmp_path, colorizer, reel, monkeypatch):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    for folder in (whole, broken):
        folder.mkdir()
    film.colorize_film(colorizer, reel, whole / "%03d.png")
    seen = []

    def progress(at):
        if at.done >= 35:
            raise Stop

    coded = sequences.PictureCoder.coded

    def counted(coder, frame, count):
        seen.append(count)
        return coded(coder, frame, count)

    with pytest.raises(Stop):
        film.colorize_film(colorizer, reel, broken / "%03d.png", progress=progress)
    assert [path.name[0] for path in broken.iterdir()] == ["."]
    monkeypatch.setattr(sequences.PictureCoder, "coded", counted)
    assert film.colorize_film(colorizer, reel, broken / "%03d.png").frames == 40
    assert seen == list(range(34, 41))  # Batches are of 1 and then 8 frames.
    assert contents(broken) == contents(whole)


def test_giving_names_can_be_broken_off(tmp_path, colorizer, reel, monkeypatch):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    for folder in (whole, broken):
        folder.mkdir()
    film.colorize_film(colorizer, reel, whole / "%d.tif")
    replace = os.replace

    def half(source, target):
        if target.suffix == ".tif" and len(list(broken.glob("*.tif"))) == 20:
            raise Stop
        replace(source, target)

    with monkeypatch.context() as patch, pytest.raises(Stop):
        patch.setattr(os, "replace", half)
        film.colorize_film(colorizer, reel, broken / "%d.tif")
    before = {path: path.stat().st_mtime_ns for path in broken.glob("*.tif")}
    assert len(before) == 20
    assert film.colorize_film(colorizer, reel, broken / "%d.tif").frames == 40
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert contents(broken) == contents(whole)


def test_killed_pictures_go_on(tmp_path, colorizer, reel):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    for folder in (whole, broken):
        folder.mkdir()
    film.colorize_film(colorizer, reel, whole / "%d.png")
    command = made_films.slow_command(reel, broken / "%d.png")
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and not list(broken.glob(".unf*/place")):
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert not list(broken.glob("*.png"))
    film.colorize_film(colorizer, reel, broken / "%d.png")
    assert contents(broken) == contents(whole)

import dataclasses
import gc
import os
import signal
import subprocess
import time
from fractions import Fraction

import av
import made_films
import numpy as np
import pytest

from colornet.errors import InputError, UsageError
from colornet.inference.film_writing import film_target, segments
from colornet.inference.films import film
from colornet.inference.films.film_settings import FilmSettings

COUNT = 60
INTRA = {"g": "1", "preset": "ultrafast"}
CODECS = [
    *(("h264", "mp4"), ("h264", "mkv"), ("h265", "mp4"), ("h265", "mkv")),
    *(("av1", "webm"), ("av1", "mp4"), ("prores", "mov"), ("ffv1", "mkv")),
    ("dnxhr", "mov"),
]


class Stop(Exception):
    """Stands in for whatever ends work in its middle."""


@pytest.fixture(scope="module")
def colorizer():
    return made_films.stand_in()


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return uneven_film(tmp_path_factory.mktemp("source") / "in.mp4")


def uneven_film(path, height=48, width=64):
    """A film with sound, B-frames, and times that are not even."""
    calm = made_films.pictures(COUNT, height, width)
    # A cut in the middle of a segment, and one that moves on.
    calm[29:] = 255 - np.kron(calm[29:, ::8, ::8], np.ones((8, 8)))
    uneven = np.cumsum([40 + 13 * (n % 3) for n in range(COUNT)]) + 500
    return made_films.write(
        path,
        calm,
        times=[int(t) for t in uneven],
        time_base=Fraction(1, 1000),
        sound="aac",
    )


@pytest.fixture(autouse=True)
def short_segments(monkeypatch):
    monkeypatch.setattr(segments, "FRAMES", 16)


def stopping_at(count):
    def progress(at):
        if at.done >= count:
            raise Stop

    return progress


def begun(target):
    """The finished segments beside `target`."""
    return sorted(
        target.parent.glob(f".unfinished-{target.name}.segments/[0-9]*.segment")
    )


def content(path):
    """All that a viewer gets: pictures with their times, and the sound."""
    frames = made_films.frames(path)
    shown = [(f.pts * f.time_base, f.to_ndarray().tobytes()) for f in frames]
    return shown, made_films.packets(path)


@pytest.mark.parametrize(("codec", "ending"), CODECS)
def test_a_film_is_the_same_with_and_without_interruptions(
    tmp_path, tmp_path_factory, colorizer, source, codec, ending
):
    settings = FilmSettings(codec=codec)
    if codec == "dnxhr":  # Needs larger pictures.
        source = uneven_film(tmp_path_factory.mktemp("large") / "in.mp4", 120, 256)
    whole, broken = tmp_path / f"whole.{ending}", tmp_path / f"broken.{ending}"
    film.colorize_film(colorizer, source, whole, settings=settings)
    for count, finished in ((9, 0), (25, 1), (33, 2), (59, 3)):
        with pytest.raises(Stop):
            film.colorize_film(
                *(colorizer, source, broken),
                settings=settings,
                progress=stopping_at(count),
            )
        assert not broken.exists()
        assert len(begun(broken)) == finished
    calls = []
    report = film.colorize_film(
        *(colorizer, source, broken),
        settings=settings,
        progress=calls.append,
    )
    assert report.frames == calls[-1].done == COUNT
    shown, sound = content(whole)
    assert len(shown) == COUNT
    assert (shown, sound) == content(broken)
    atol = 0.5001e-3 if ending in ("mkv", "webm") else 0
    times = [float(time) for time, _ in shown]
    expected = [float(t) for t in made_films.times(source)]
    np.testing.assert_allclose(times, expected, rtol=0, atol=atol)
    assert sorted(p.name for p in tmp_path.iterdir()) == [broken.name, whole.name]


def test_segments_are_not_made_twice(tmp_path, colorizer, source):
    seen = []

    def counted(lightness, state, temperature):
        seen.append(lightness.shape[1])
        return colorizer._predict_ab(
            lightness=lightness, state=state, temperature=temperature
        )

    watched = type(colorizer)(counted, colorizer._initial_state, colorizer.info)
    with pytest.raises(Stop):
        film.colorize_film(
            watched, source, tmp_path / "out.mkv", progress=stopping_at(50)
        )
    finished = begun(tmp_path / "out.mkv")
    before = {path: path.stat().st_mtime_ns for path in finished}
    assert len(finished) == 3
    seen.clear()
    with pytest.raises(Stop):
        film.colorize_film(
            watched, source, tmp_path / "out.mkv", progress=stopping_at(57)
        )
    assert {path: path.stat().st_mtime_ns for path in finished} == before
    seen.clear()
    film.colorize_film(watched, source, tmp_path / "out.mkv")
    assert sum(seen) == COUNT - 49  # 1 + 2 * 8, 2 * 8 and 2 * 8 frames.


def test_joining_can_be_interrupted(tmp_path, colorizer, source, monkeypatch):
    film.colorize_film(colorizer, source, tmp_path / "whole.mp4")
    write = film_target.FilmTarget.write

    def half(self, video, others):
        def some():
            for number, packet in enumerate(video):
                if number == 30:
                    raise Stop
                yield packet

        write(self, some(), others)

    with monkeypatch.context() as patch, pytest.raises(Stop):
        patch.setattr(film_target.FilmTarget, "write", half)
        film.colorize_film(colorizer, source, tmp_path / "out.mp4")
    assert [p.name for p in tmp_path.glob("*.mp4")] == ["whole.mp4"]
    assert len(begun(tmp_path / "out.mp4")) == 4
    film.colorize_film(colorizer, source, tmp_path / "out.mp4")
    assert content(tmp_path / "out.mp4") == content(tmp_path / "whole.mp4")


@pytest.mark.parametrize(
    ("other", "named"),
    [
        ("codec", "another codec;"),
        ("part", "another end;"),
        ("source", "another source;"),
        ("model", "another temperature;"),
    ],
)
def test_under_other_conditions_work_is_kept_until_told_otherwise(
    tmp_path, colorizer, source, other, named
):
    copy = tmp_path / "in.mp4"
    copy.write_bytes(source.read_bytes())
    target = tmp_path / "out.mkv"
    with pytest.raises(Stop):
        film.colorize_film(colorizer, copy, target, progress=stopping_at(40))
    finished = [path.read_bytes() for path in begun(target)]
    settings = {}
    if other == "codec":
        settings = {"codec": "ffv1"}
    elif other == "part":
        settings = {"end": "2"}
    elif other == "source":
        os.utime(copy, ns=(0, 0))
    else:
        info = dataclasses.replace(colorizer.info, temperature=0.4)
        colorizer = type(colorizer)(
            colorizer._predict_ab, colorizer._initial_state, info
        )
    with pytest.raises(UsageError, match=f"out.mkv: was begun with {named}"):
        film.colorize_film(colorizer, copy, target, settings=FilmSettings(**settings))
    assert [path.read_bytes() for path in begun(target)] == finished != []
    for path in target, tmp_path / "straight.mkv":
        anew = FilmSettings(**settings, overwrite=True)
        film.colorize_film(colorizer, copy, path, settings=anew)
    assert content(target) == content(tmp_path / "straight.mkv")
    assert not begun(target)


def test_segments_without_conditions_do_not_count(tmp_path, colorizer, source):
    target = tmp_path / "out.mkv"
    with pytest.raises(Stop):
        film.colorize_film(colorizer, source, target, progress=stopping_at(40))
    (begun(target)[0].parent / "conditions.json").unlink()
    settings = FilmSettings(codec="ffv1")
    film.colorize_film(colorizer, source, target, settings=settings)
    with av.open(str(target)) as written:
        assert written.streams.video[0].codec_context.name == "ffv1"
    assert len(made_films.frames(target)) == COUNT


def test_a_full_disk_leaves_what_is_finished(tmp_path, colorizer, source, monkeypatch):
    film.colorize_film(colorizer, source, tmp_path / "whole.mkv")
    finish = segments.SegmentWriter.finish

    def full(writer):
        if len(begun(tmp_path / "out.mkv")) == 2:
            raise OSError(28, "No space left on device")
        finish(writer)

    with monkeypatch.context() as patch, pytest.raises(InputError, match="No space"):
        patch.setattr(segments.SegmentWriter, "finish", full)
        film.colorize_film(colorizer, source, tmp_path / "out.mkv")
    assert len(begun(tmp_path / "out.mkv")) == 2
    film.colorize_film(colorizer, source, tmp_path / "out.mkv")
    assert content(tmp_path / "out.mkv") == content(tmp_path / "whole.mkv")


def test_a_killed_process_goes_on(tmp_path, colorizer, source):
    film.colorize_film(colorizer, source, tmp_path / "whole.mp4")
    target = tmp_path / "out.mp4"
    command = made_films.slow_command(source, target)
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and len(begun(target)) < 2:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert len(begun(target)) >= 2
    film.colorize_film(colorizer, source, target)
    assert content(target) == content(tmp_path / "whole.mp4")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out.mp4", "whole.mp4"]


def test_encoders_of_finished_segments_take_no_memory(tmp_path, colorizer, source):
    gc.collect()
    before = {id(o) for o in gc.get_objects() if isinstance(o, av.VideoCodecContext)}
    gc.disable()  # What goes must not have to wait for it.
    try:
        film.colorize_film(colorizer, source, tmp_path / "out.mkv")
        after = [o for o in gc.get_objects() if isinstance(o, av.VideoCodecContext)]
        left = [o for o in after if id(o) not in before and o.is_encoder]
    finally:
        gc.enable()
    assert len(left) <= 1  # The one that gave the film's header.

import io
import logging

import pytest
from rich import console

from colornet.inference.films import film_progress
from colornet.inference.films.film_progress import FilmProgress


@pytest.fixture
def clock(monkeypatch):
    """What the time is, in seconds; to be set."""
    now = [1000.0]
    monkeypatch.setattr(film_progress.time, "monotonic", lambda: now[0])
    return now


def at(done, expected=7200, resumed=0, shot=7):
    return FilmProgress(done, expected, resumed, shot, "grey")


def pace(clock, steps):
    """What is said after the last of (seconds, progress)."""
    pace = film_progress.Pace()
    for seconds, progress in steps:
        clock[0] = seconds
        pace.take(progress)
    return pace.said


def test_speed_and_time_left(clock):
    said = pace(clock, [(100, at(1)), (140, at(1001)), (148, at(1200))])
    rate = (1200 - 1) / 48
    left = round((7200 - 1200) / rate)
    assert said == (
        f"1200 of 7200 frames, {rate:.1f} frames/s, "
        f"{left // 60}:{left % 60:02} left, shot 7 (grey)"
    )


def test_frames_passed_over_do_not_count(clock):
    passed = [(100 + n / 100, at(n, resumed=600)) for n in range(1, 601, 8)]
    # The first batch after them waits for the network to be compiled.
    made = [(120, at(608, resumed=600)), (130, at(708, resumed=600))]
    assert ", 10.0 frames/s, 10:49 left, " in pace(clock, passed + made)
    assert pace(clock, passed) == "593 of 7200 frames, shot 7 (grey)"


def test_a_film_that_does_not_tell_its_length(clock):
    steps = [(0, at(1, None)), (10, at(101, None))]
    assert pace(clock, steps) == "101 frames, 10.0 frames/s, shot 7 (grey)"


def test_lines_at_intervals_where_no_terminal_is(clock, caplog):
    caplog.set_level(logging.INFO, "colornet")
    with film_progress.FilesProgress(1) as progress, progress.of_film("a.mp4") as show:
        for n in range(1, 101):
            clock[0] += 1
            show(at(10 * n, 1000))
    assert caplog.messages == [
        f"a.mp4: {10 * n} of 1000 frames, 10.0 frames/s, {left}, shot 7 (grey)"
        for n, left in ((30, "1:10 left"), (60, "40 s left"), (90, "10 s left"))
    ]


def test_more_frames_than_were_told_of_leave_out_the_rest(clock):
    said = pace(clock, [(0, at(0, 62)), (1, at(10, 62)), (8, at(80, 62))])
    assert said.startswith("80 frames, 10.") and "left" not in said


@pytest.mark.parametrize("level", [logging.INFO, logging.WARNING])
def test_bars_on_a_terminal(monkeypatch, caplog, level):
    caplog.set_level(level, "colornet")
    screen = io.StringIO()
    terminal = console.Console(file=screen, force_terminal=True, width=100)
    monkeypatch.setattr(console, "Console", lambda **_: terminal)
    with film_progress.FilesProgress(2) as progress:
        with progress.of_film("a[1].mp4") as show:
            show(at(300, 1000))
            progress._bars.refresh()
        progress.file_done()
        progress.file_done()
    told = level == logging.INFO
    for words in ("a[1].mp4", "300 of 1000 frames, shot 7 (grey)", "2 of 2 files"):
        assert (words in screen.getvalue()) == told
    assert not caplog.messages


def test_long_names_leave_room_for_figures():
    name = "the-long-name-of-a-reel-1931.mp4"
    assert film_progress._shortened(name) == "the-long-…l-1931.mp4"
    assert film_progress._shortened(name[-20:]) == name[-20:]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59.4, "59 s"), (60, "1:00"), (3599, "59:59"), (3600, "1:00:00")],
)
def test_clock(seconds, text):
    assert film_progress.clock(seconds) == text

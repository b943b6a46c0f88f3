import pathlib
import threading
import time

import numpy as np
import pytest
from PIL import Image

from colornet.errors import InputError
from colornet.inference import jobs, photo_batches


@pytest.fixture
def todo(tmp_path):
    """Jobs with pictures of 10 to 15 x 10 pixels."""
    made = []
    for number in range(6):
        path = tmp_path / f"{number}.png"
        Image.fromarray(np.zeros((10, 10 + number), np.uint8)).save(path)
        made.append(jobs.Job(path, tmp_path / "out" / path.name, jobs.PHOTO))
    return made


def test_every_job_comes_to_something(todo):
    def colorize(job):
        number = int(job.source.stem)
        if number == 1:
            raise InputError("of no\nuse")
        if number == 2:
            raise OSError(28, "No space left on device", "2.png")
        return "coloured already" if number == 3 else ""

    outcomes = photo_batches.outcomes(todo, colorize, max_pixels=144)
    facts = {o.source.stem: (o.status, o.reason, o.width, o.height) for o in outcomes}
    full = "[Errno 28] No space left on device: '2.png'"
    large = facts.pop("5")
    assert facts == {
        "0": ("done", "", 10, 10),
        "1": ("failed", "of no use", 11, 10),
        "2": ("failed", full, 12, 10),
        "3": ("skipped", "coloured already", 13, 10),
        "4": ("done", "", 14, 10),
    }
    assert large[0] == "failed" and "15 x 10 pixels" in large[1]


def test_several_at_a_time_but_never_more_pixels_than_there_is_room_for(
    todo, monkeypatch
):
    monkeypatch.setattr(photo_batches.os, "cpu_count", lambda: 5)
    monkeypatch.setattr(photo_batches, "_PIXELS", 250)
    lock, at_work, most = threading.Lock(), set(), []

    def colorize(job):
        pixels = 100 + 10 * int(job.source.stem)
        with lock:
            at_work.add(pixels)
            most.append(sum(at_work))
        time.sleep(0.02)
        with lock:
            at_work.remove(pixels)
        return ""

    assert len(list(photo_batches.outcomes(todo, colorize, max_pixels=1000))) == 6
    assert 150 < max(most) <= 250
    monkeypatch.setattr(photo_batches, "_PIXELS", 20)
    most.clear()
    assert len(list(photo_batches.outcomes(todo, colorize, max_pixels=1000))) == 6
    assert max(most) <= 150, "one that is larger than the room is at work alone"


def test_nothing_begins_after_whoever_waits_has_gone(todo, monkeypatch):
    monkeypatch.setattr(photo_batches.os, "cpu_count", lambda: 1)
    begun = []

    def colorize(job):
        begun.append(pathlib.Path(job.source).stem)
        time.sleep(0.05)
        return ""

    outcomes = photo_batches.outcomes(todo, colorize, max_pixels=1000)
    next(outcomes)
    outcomes.close()
    count = len(begun)
    assert count < len(todo)
    time.sleep(0.1)
    assert len(begun) == count

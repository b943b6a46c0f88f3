import signal
import subprocess
import sys

import pytest

from colornet.errors import InputError, UsageError
from colornet.inference.film_writing import kept_work


class Count:
    """What is kept here: so many frames as files."""

    def __init__(self, folder):
        self.folder = folder
        self.frames = len(list(folder.glob("*.frame")))

    def add(self):
        (self.folder / f"{self.frames}.frame").touch()
        self.frames += 1


def test_work_stays_until_it_is_done(tmp_path):
    target = tmp_path / "out.mp4"
    for frames in (0, 1, 2):
        with pytest.raises(KeyError), kept_work.beside(target, {"a": 1}, Count) as kept:
            assert kept.frames == frames
            kept.add()
            raise KeyError
    with kept_work.beside(target, {"a": 1}, Count) as kept:
        assert kept.frames == 3
    assert not list(tmp_path.iterdir())


def test_other_conditions_are_named_and_harm_nothing(tmp_path):
    target = tmp_path / "out.mp4"
    begun = {"a": 1, "settings": {"b": 1, "c": [2], "d": 3}}
    other = {"a": 2, "settings": {"b": 1, "c": [4]}}
    assert not kept_work.is_begun(target)
    with pytest.raises(KeyError), kept_work.beside(target, begun, Count) as kept:
        kept.add()
        raise KeyError
    assert kept_work.is_begun(target)
    refused = pytest.raises(
        UsageError, match="out.mp4: was begun with another a, c, d;"
    )
    with refused, kept_work.beside(target, other, Count):
        pass
    with pytest.raises(KeyError), kept_work.beside(target, begun, Count) as kept:
        assert kept.frames == 1
        raise KeyError
    with kept_work.beside(target, other, Count, anew=True) as kept:
        assert kept.frames == 0
    assert not kept_work.is_begun(target)


def test_a_second_run_is_refused_and_harms_nothing(tmp_path):
    target = tmp_path / "out.mp4"
    refused = "out.mp4: another run is writing it; wait"
    with kept_work.beside(target, {"a": 1}, Count) as kept:
        kept.add()
        for conditions in ({"a": 1}, {"a": 2}):
            with (
                pytest.raises(InputError, match=refused) as caught,
                kept_work.beside(target, conditions, Count),
            ):
                pass
            assert "\n" not in str(caught.value)
        with kept_work.beside(tmp_path / "other.mp4", {"a": 1}, Count):
            pass
        assert Count(kept.folder).frames == 1
    with kept_work.beside(target, {"a": 1}, Count) as kept:
        assert kept.frames == 0


def test_a_killed_run_holds_nothing(tmp_path):
    target = tmp_path / "out.mp4"
    code = (
        "import pathlib, sys, time\n"
        "from colornet.inference.film_writing import kept_work\n"
        f"sys.path.insert(0, {__file__.rpartition('/')[0]!r})\n"
        "from test_kept_work import Count\n"
        "with kept_work.beside(pathlib.Path(sys.argv[1]), {}, Count) as kept:\n"
        "    kept.add()\n"
        "    print('ready', flush=True)\n"
        "    time.sleep(60)\n"
    )
    command = [sys.executable, "-c", code, str(target)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"ready\n"
        with (
            pytest.raises(InputError, match="another run"),
            kept_work.beside(target, {}, Count),
        ):
            pass
        process.send_signal(signal.SIGKILL)
    with kept_work.beside(target, {}, Count) as kept:
        assert kept.frames == 1


def test_where_nothing_can_be_written_it_is_told(tmp_path):
    with (
        pytest.raises(InputError, match=r"no/out.mp4: cannot be written \(No such"),
        kept_work.beside(tmp_path / "no/out.mp4", {}, Count),
    ):
        pass

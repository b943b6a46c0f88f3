import os
import shutil
import threading
import time

import made_films
import numpy as np
import pytest

from colornet.errors import InputError, UsageError
from colornet.inference.film_writing import segments
from colornet.inference.films import film
from colornet.serving.films import film_queue, new_project
from colornet.serving.films.film_project import FilmProject
from colornet.serving.films.film_queue import FilmQueue

COUNT = 60
PATIENCE = 30.0  # Seconds.


class Gated:
    """Stands in for `film_queue.film`: films wait at a frame until it lets them on.

    Attributes:
      stop_at: number of frames after which films wait; to be set.
      order: names of the films' folders, as they were begun.
    """

    def __init__(self):
        self.stop_at, self.order = None, []
        self._reached, self._open = threading.Event(), threading.Event()

    def colorize_film(self, colorizer, source, target, *, settings, progress):
        self.order.append(target.parent.name)

        def show(at):
            progress(at)
            if self.stop_at and at.done >= self.stop_at:
                self._reached.set()
                self._open.wait(PATIENCE)
                progress(at)

        return film.colorize_film(
            colorizer, source, target, settings=settings, progress=show
        )

    def wait(self):
        """Till a film has come to `stop_at`."""
        assert self._reached.wait(PATIENCE)
        self._reached.clear()

    def let_on(self):
        self.stop_at = None
        self._open.set()


@pytest.fixture(scope="module")
def colorizer():
    return made_films.stand_in()


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    path = tmp_path_factory.mktemp("source") / "film.mp4"
    return made_films.write(path, made_films.pictures(COUNT), sound="aac")


@pytest.fixture(scope="module")
def whole(tmp_path_factory, colorizer, source):
    """The bytes of the film that nobody interrupted."""
    path = tmp_path_factory.mktemp("whole") / "film.mp4"
    segments.FRAMES, usual = 16, segments.FRAMES
    film.colorize_film(colorizer, source, path)
    segments.FRAMES = usual
    return path.read_bytes()


@pytest.fixture(autouse=True)
def short_segments(monkeypatch):
    monkeypatch.setattr(segments, "FRAMES", 16)


@pytest.fixture
def gate(monkeypatch):
    gated = Gated()
    monkeypatch.setattr(film_queue, "film", gated)
    return gated


@pytest.fixture
def root(tmp_path):
    return tmp_path / "films"


@pytest.fixture
def queue(root, colorizer, gate):
    made = FilmQueue(root, colorizer)
    yield made
    gate.let_on()
    made.close()


def project_of(root, source):
    upload = root.with_name("film.mp4")
    shutil.copy2(source, upload)
    return new_project.create(root, upload)


def ended(queue, project):
    """Its progress once nothing is to be done any more."""
    end = time.monotonic() + PATIENCE
    while (at := queue.progress(project)).state.is_busy:
        assert time.monotonic() < end
        time.sleep(0.01)
    return at


def test_films_are_done_in_their_turn(queue, gate, root, source, whole):
    first, second, third = (project_of(root, source) for _ in range(3))
    gate.stop_at = 33
    for project in (first, second, third, second):
        queue.start(project)
    gate.wait()
    at = queue.progress(first)
    assert (at.state.name, at.done, at.expected) == ("running", 33, COUNT)
    assert at.rate > 0 and at.seconds_left > 0 and at.said.startswith("33 of 60 frames")
    seen = [queue.progress(project) for project in (second, third)]
    assert [(at.state.name, at.before) for at in seen] == [
        ("waiting", 1),
        ("waiting", 2),
    ]
    queue.cancel(second)
    assert queue.progress(second).state.name == "cancelled"
    assert queue.progress(third).before == 1
    gate.let_on()
    for project in (first, third):
        at = ended(queue, project)
        assert (at.state.name, at.size) == ("done", len(whole))
        assert project.target.read_bytes() == whole
    assert gate.order == [first.token, third.token]
    assert not second.target.exists()


def test_cancelled_films_go_on_where_they_were(queue, gate, root, source, whole):
    project = project_of(root, source)
    gate.stop_at = 40
    queue.start(project)
    gate.wait()
    queue.cancel(project)
    gate.let_on()
    assert ended(queue, project).state.name == "cancelled"
    assert not project.target.exists()
    queue.start(project)
    assert ended(queue, project).state.name == "done"
    assert project.target.read_bytes() == whole
    assert gate.order == 2 * [project.token]


def test_what_is_chosen_after_a_film_is_done_makes_it_outdated(queue, root, source):
    project = project_of(root, source)
    queue.start(project)
    at = ended(queue, project)
    assert at.state.name == "done" and not at.state.outdated
    project.choose(saturation=0.5)
    at = queue.progress(project)
    assert at.state.name == "done" and at.state.outdated and at.size
    queue.start(project)
    at = ended(queue, project)
    assert at.state.name == "done" and not at.state.outdated


def test_a_film_that_is_started_before_it_has_stopped(queue, gate, root, source, whole):
    project = project_of(root, source)
    gate.stop_at = 40
    queue.start(project)
    gate.wait()
    queue.cancel(project)
    queue.start(project)
    gate.let_on()
    assert ended(queue, project).state.name == "done"
    assert project.target.read_bytes() == whole


def test_a_new_queue_goes_on_after_a_kill(queue, gate, root, source, whole, colorizer):
    first, second = (project_of(root, source) for _ in range(2))
    gate.stop_at = 40
    queue.start(first)
    queue.start(second)
    gate.wait()
    # What is on the disk now is what a kill would leave there.
    killed = root.with_name("killed")
    shutil.copytree(root, killed)
    queue.discard(first)
    queue.discard(second)
    gate.let_on()
    queue.close()
    assert not os.listdir(root)
    root.rmdir()
    killed.rename(root)
    made = []
    again = FilmQueue(root, colorizer)
    for project in (first, second):
        at = ended(again, project)
        made.append((at.state.name, project.target.read_bytes() == whole))
    again.close()
    assert made == 2 * [("done", True)]
    assert gate.order == [first.token, first.token, second.token]


def test_a_queue_that_is_closed_leaves_its_work_to_the_next(
    queue, gate, root, source, whole, colorizer
):
    project = project_of(root, source)
    gate.stop_at = 40
    queue.start(project)
    gate.wait()
    closing = threading.Thread(target=queue.close)
    closing.start()
    while not queue._is_closed:
        time.sleep(0.01)
    gate.let_on()
    closing.join()
    assert project.state.name == "running" and not project.target.exists()
    again = FilmQueue(root, colorizer)
    assert ended(again, project).state.name == "done"
    again.close()
    assert project.target.read_bytes() == whole


def test_a_failure_is_told_and_the_next_film_is_done(queue, root, source, monkeypatch):
    project, broken, other = (project_of(root, source) for _ in range(3))
    project.source.write_bytes(b"")
    settings = FilmProject.settings.fget

    def mistaken(project):
        return settings(project if project.token != broken.token else None)

    monkeypatch.setattr(FilmProject, "settings", property(mistaken))
    for one in (project, broken, other):
        queue.start(one)
    at = ended(queue, project)
    assert at.state.name == "failed"
    assert at.state.reason == "film.mp4: expected a film, got an empty file."
    at = ended(queue, broken)
    assert at.state.reason == "cannot be coloured: AttributeError; the log tells more"
    assert ended(queue, other).state.name == "done"


def test_what_is_discarded_goes_even_while_it_is_made(queue, gate, root, source):
    running, waiting, idle = (project_of(root, source) for _ in range(3))
    gate.stop_at = 20
    queue.start(running)
    queue.start(waiting)
    gate.wait()
    for project in (waiting, idle, running):
        queue.discard(project)
    assert os.listdir(root) == [running.token]
    gate.let_on()
    end = time.monotonic() + PATIENCE
    while os.listdir(root):
        assert time.monotonic() < end
        time.sleep(0.01)
    with pytest.raises(InputError, match="no such film"):
        FilmProject.open(root, running.token)


def test_a_session_that_ends_leaves_only_what_somebody_waits_for(
    queue, gate, root, source
):
    new, running, done, fetched = (project_of(root, source) for _ in range(4))
    done.set_state("done")
    fetched.set_state("done", fetched=True)
    gate.stop_at = 20
    queue.start(running)
    gate.wait()
    for project in (new, running, done, fetched):
        queue.leave(project)
    assert sorted(os.listdir(root)) == sorted([running.token, done.token])


def test_what_nobody_comes_back_for_is_deleted(root, source, colorizer):
    old, fresh, half = (project_of(root, source) for _ in range(3))
    for path in (old.folder, *old.folder.rglob("*")):
        os.utime(path, (0, time.time() - 3 * 24 * 3600))
    half.folder.rename(root / f".half-{half.token}")
    queue = FilmQueue(root, colorizer, keep_days=2.0)
    end = time.monotonic() + PATIENCE
    while os.listdir(root) != [fresh.token]:
        assert time.monotonic() < end
        time.sleep(0.01)
    queue.close()


def test_two_servers_do_not_share_a_folder(queue, root, colorizer):
    with pytest.raises(UsageError, match="films: another server"):
        FilmQueue(root, colorizer)


def test_a_film_is_its_owners_only(queue, root, source, whole):
    first, second = (project_of(root, source) for _ in range(2))
    told = np.zeros((48, 64, 4), np.uint8)
    told[:8, :8] = 255
    second.tell(0, told)
    queue.start(second)
    queue.start(first)
    assert "takes no hints" in ended(queue, second).state.reason
    assert ended(queue, first).state.name == "done"
    assert first.target.read_bytes() == whole

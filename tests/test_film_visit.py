"""A frame of a film on the page shows what is told of others of its shot."""

import base64
import io

import av
import numpy as np
import pytest
import skimage.data
from PIL import Image

from colornet.inference.colorizer import Colorizer
from colornet.serving.films import new_project
from colornet.serving.page.film_visit import FilmVisit

HEIGHT, WIDTH, LENGTH = 128, 160, 12


@pytest.fixture(scope="module")
def colorizer():
    return Colorizer.load(network_size=96)


@pytest.fixture(scope="module")
def shots():
    """Two shots in colour, uint8 RGB [T, H, W, 3], of a camera that moves."""
    pictures = [picture[::2, ::2] for picture in (skimage.data.astronaut(), CAT)]
    return [
        np.stack([rgb[:HEIGHT, 2 * t : 2 * t + WIDTH] for t in range(LENGTH)])
        for rgb in pictures
    ]


CAT = skimage.data.chelsea()


@pytest.fixture
def visit(colorizer, shots, tmp_path):
    path = tmp_path / "film.mp4"
    with av.open(str(path), "w") as film:
        video = film.add_stream("libx264", rate=12)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for rgb in np.concatenate(shots):
            grey = Image.fromarray(rgb).convert("L").convert("RGB")
            film.mux(video.encode(av.VideoFrame.from_image(grey)))
        film.mux(video.encode(None))
    project = new_project.create(tmp_path / "films", path)
    project.find_shots(colorizer)
    made = FilmVisit(colorizer, project)
    made.take_shot(1)
    return made


def seen(shown):
    """What an easel is given to show, as numbers."""
    kind, data = shown["after"].split(",")
    assert kind.startswith("data:image/")
    rgb = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB"))
    return rgb.astype(int)


def wrong(shown, truth):
    return np.abs(seen(shown) - truth).mean()


def test_what_is_told_of_a_frame_is_seen_in_others_of_its_shot(visit, shots, tmp_path):
    vivid = np.roll(shots[0], 1, axis=-1)  # In colours that nobody would guess.
    alone = visit.take_frame(9 / 12)
    visit.take_frame(2 / 12)
    Image.fromarray(vivid[2]).save(tmp_path / "frame.png")
    visit.take_picture(tmp_path / "frame.png")
    told = visit.take_frame(9 / 12)
    assert wrong(told, vivid[9]) < 0.7 * wrong(alone, vivid[9])
    other = seen(visit.take_shot(2))
    visit.take_shot(1)  # At the frame that is told of.
    visit.forget()
    assert wrong(visit.take_frame(9 / 12), seen(alone)) == 0
    assert np.array_equal(seen(visit.take_shot(2)), other)


def test_pictures_of_the_same_things_are_seen_at_once(visit, shots, tmp_path):
    vivid = np.roll(shots[0], 1, axis=-1)
    alone = visit.take_frame(6 / 12)
    Image.fromarray(vivid[6][:, 10:130]).save(tmp_path / "other.png")
    told = visit.take_picture(tmp_path / "other.png")
    assert wrong(told, vivid[6]) < 0.8 * wrong(alone, vivid[6])
    assert wrong(visit.forget(), seen(alone)) == 0


def test_a_shot_looks_as_saturated_as_it_will_be(visit):
    usual = seen(visit.take_frame(6 / 12))
    assert np.ptp(usual, axis=-1).mean() > 3
    assert np.ptp(seen(visit.choose(0.0, False)), axis=-1).max() < 3
    assert np.ptp(seen(visit.take_frame(1 / 12)), axis=-1).max() < 3
    visit.choose(1.0, False)
    assert np.array_equal(seen(visit.take_frame(6 / 12)), usual)

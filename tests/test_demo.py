import html.parser
import os
import re

import av
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from colornet import cli
from colornet.inference import demo, demo_film, demo_page
from colornet.inference.colorizer import Colorizer
from colornet.inference.exported import ModelInfo
from colornet.inference.photos import still


def sepia_colorizer():
    """Paints everything the same warm tone, so that colour can be told from grey."""

    def predict_ab(lightness, state, temperature):
        b, t, h, w, _ = lightness.shape
        ab = tf.ones((b, t, -(-h // 4), -(-w // 4), 2)) * tf.constant([8.0, 20.0])
        return {"ab": ab, "state": state}

    def initial_state(lightness):
        return {"state": tf.zeros((1, 1, 1, 1))}

    info = ModelInfo(name="<sepia>", network_size=64, temperature=0.5, stride=4)
    return Colorizer(predict_ab, initial_state, info)


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    output = tmp_path_factory.mktemp("demo") / "new" / "folder"
    settings = demo.DemoConfig(output=str(output), film_seconds=0.4)
    return demo.run(settings, sepia_colorizer())


class Links(html.parser.HTMLParser):
    """Collects what a page refers to, and checks that what it opens it closes."""

    def __init__(self, text):
        super().__init__()
        self.links, self.open = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.links += [value for name, value in attrs if name in {"src", "href"}]
        if tag not in {"meta", "img"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_needs_nothing_but_the_files_beside_it(page):
    text = page.read_text(encoding="utf-8")
    parsed = Links(text)
    assert not parsed.open and len(parsed.links) == len(set(parsed.links)) > 10
    written = {path.name for path in page.parent.iterdir()} - {"index.html"}
    assert set(parsed.links) == written
    assert "://" not in text and "@import" not in text and "$" not in text


def test_the_page_says_which_model_guessed(page):
    text = page.read_text(encoding="utf-8")
    assert "&lt;sepia&gt;" in text and "guesses made by a machine" in text


@pytest.mark.parametrize("name", demo_page.samples())
def test_each_photograph_is_there_grey_coloured_and_true(page, name):
    pictures = {}
    for kind in ("grey", "coloured", "true"):
        with Image.open(page.parent / f"{name}-{kind}.png") as picture:
            pictures[kind] = np.asarray(picture)
    true = demo_page.samples()[name]
    np.testing.assert_array_equal(pictures["true"], true)
    assert pictures["grey"].shape == true.shape[:2]
    assert pictures["coloured"].shape == true.shape
    red, _, blue = pictures["coloured"].mean(axis=(0, 1))
    assert red > blue + 10


def frames_of(path):
    with av.open(str(path)) as film:
        return [frame.to_ndarray(format="yuv420p") for frame in film.decode(video=0)]


def test_the_film_is_grey_before_and_coloured_after(page):
    before = frames_of(page.parent / "film-grey.mp4")
    after = frames_of(page.parent / "film-coloured.mp4")
    assert len(before) == len(after) == 10  # 0.4 s at 24 frames a second.
    height = 480
    assert before[0].shape == after[0].shape == (height * 3 // 2, 640)
    assert all(np.all(frame[height:] == 128) for frame in before)
    for frame in after:  # Warm: less blue than grey has, more red.
        blue, red = np.split(frame[height:].astype("float64"), 2)
        assert blue.mean() < 126 and red.mean() > 130


def test_the_film_moves_and_is_cut_between_photographs(tmp_path):
    demo_film.write_film(tmp_path / "film.mp4", 2.0)
    luma = np.stack(frames_of(tmp_path / "film.mp4"))[:, :480].astype("float32")
    assert len(luma) == 48
    change = np.abs(np.diff(luma, axis=0)).mean(axis=(1, 2))
    assert np.all(change > 0)
    cuts = np.flatnonzero(change > 2 * np.median(change)) + 1
    np.testing.assert_array_equal(cuts, [12, 24, 36])


def test_a_second_run_replaces_the_first_and_leaves_nothing_behind(page):
    before = {p.name: p.stat().st_mtime_ns for p in page.parent.iterdir()}
    settings = demo.DemoConfig(output=str(page.parent), film_seconds=0.2)
    demo.run(settings, sepia_colorizer())
    after = {p.name: p.stat().st_mtime_ns for p in page.parent.iterdir()}
    assert before.keys() == after.keys()
    assert all(after[name] > before[name] for name in before)


def test_a_failure_on_the_way_leaves_no_files(tmp_path, monkeypatch):
    def fail(*_):
        raise OSError("disk is full")

    monkeypatch.setattr(still, "colorize_still", fail)
    with pytest.raises(OSError, match="disk is full"):
        demo.run(demo.DemoConfig(output=str(tmp_path)), sepia_colorizer())
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["mine.jpg"], "unexpected 'mine.jpg'.*colornet colorize"),
        (["--film_seconds=0"], "--film_seconds=0: must be above 0"),
        (["--output={file}"], "--output=.*must name a folder"),
    ],
)
def test_what_cannot_work_is_refused_in_one_line(tmp_path, capsys, words, message):
    (tmp_path / "file").touch()
    words = [word.format(file=tmp_path / "file") for word in words]
    assert cli.main(["demo", *words]) == 2
    assert re.fullmatch(f"colornet demo: .*{message}.*\n", capsys.readouterr().err)

import logging
import types
from fractions import Fraction

import av
import made_films
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from colornet.errors import InputError, UsageError
from colornet.inference import colorize_files, likeness
from colornet.inference.colorizer import Colorizer, ModelInfo
from colornet.inference.film_writing import film_conditions
from colornet.inference.films import film, film_references
from colornet.inference.films.film_settings import FilmSettings
from colornet.inference.films.reference import Reference

LENGTH = 12  # Frames of each of the two shots.
RATE = 25
SKIN = (190, 120, 100)


def grey(lightness, state, temperature):
    ab = tf.nn.avg_pool3d(lightness, (1, 1, 4, 4, 1), (1, 1, 4, 4, 1), "SAME")
    return {"ab": 0 * tf.repeat(ab, 2, axis=-1), "state": state}


def repeats(lightness, hints, state, temperature):
    ab = tf.nn.avg_pool3d(hints[..., :2], (1, 1, 4, 4, 1), (1, 1, 4, 4, 1), "SAME")
    return {"ab": ab, "state": state}


def remember(lightness, hints):
    """Keeps the hints as they are, one pixel a cell."""
    return {
        "keys": tf.reshape(lightness, (1, -1, 1)),
        "colors": tf.reshape(hints, (1, -1, 3)),
    }


def recall(lightness, keys, colors):
    """Tells each pixel what was said last of the same place."""
    _, t, h, w, _ = lightness.shape
    last = tf.reshape(colors[:, -h * w :], (1, 1, h, w, 3))
    return {"hints": tf.repeat(last, t, axis=1)}


@pytest.fixture
def colorizer():
    return Colorizer(
        *(grey, made_films.no_memory),
        ModelInfo("stand-in", network_size=32, temperature=0.5),
        guided={
            "predict_hinted_ab": repeats,
            "remember": remember,
            "recall": recall,
        },
    )


@pytest.fixture
def source(tmp_path):
    """A grey film of two shots, at 25 frames per second."""
    first = made_films.pictures(LENGTH)
    second = 255 - made_films.pictures(LENGTH)[:, ::-1, ::-1] * 0.6
    path = tmp_path / "film.mp4"
    made_films.write(
        path,
        np.rint(np.concatenate([first, second])),
        times=range(2 * LENGTH),
        time_base=Fraction(1, RATE),
        options=made_films.LOSSLESS,
    )
    return path


def picture(path, size=(64, 48), opaque_from=0):
    """A picture of one colour, transparent left of a column."""
    rgba = np.zeros((size[1], size[0], 4), np.uint8)
    rgba[:, opaque_from:] = (*SKIN, 255)
    Image.fromarray(rgba).save(path)
    return path


def chroma(path):
    """How much colour each frame has, left and right: [frames, 2]."""
    with av.open(str(path)) as made:
        frames = [f.to_ndarray(format="rgb24") for f in made.decode(video=0)]
    spread = np.ptp(np.stack(frames).astype(int), axis=-1)
    return np.stack([spread[:, :, :28], spread[:, :, 36:]], 1).mean(axis=(2, 3))


def colorized(colorizer, source, *references):
    target = source.with_name("coloured.mkv")
    settings = FilmSettings(codec="ffv1", reference=references, overwrite=True)
    film.colorize_film(colorizer, source, target, settings=settings)
    return chroma(target)


@pytest.mark.parametrize("shot, time", [(0, 0.0), (0, 0.3), (1, 0.5), (1, 0.92)])
def test_a_reference_colours_its_shot_and_no_other(colorizer, source, shot, time):
    path = picture(source.with_name("frame.png"))
    found = colorized(colorizer, source, f"{path}@{time}").mean(axis=1)
    own, other = np.split(found, 2)[:: 1 - 2 * shot]
    assert own.min() > 20 and other.max() < 3


def test_several_references_and_what_they_leave_open(colorizer, source):
    right = picture(source.with_name("right.png"), opaque_from=32)
    whole = picture(source.with_name("whole.png"), size=(128, 96))
    found = colorized(colorizer, source, f"{right}@0:00.2", f"{whole}@00:00:00.8")
    assert found[:LENGTH, 0].max() < 3 and found[:LENGTH, 1].min() > 20
    assert found[LENGTH:].min() > 20


def test_a_shot_that_is_left_as_it_is_needs_none(colorizer, source, caplog):
    listed = source.with_name("shots.csv")
    listed.write_text(
        "start_frame,end_frame,kind,skip\n"
        f"0,{LENGTH - 1},grey,yes\n{LENGTH},{2 * LENGTH - 1},grey,\n"
    )
    path = picture(source.with_name("frame.png"))
    settings = FilmSettings(codec="ffv1", shots=str(listed), reference=(f"{path}@0",))
    target = source.with_name("coloured.mkv")
    with caplog.at_level(logging.WARNING):
        film.colorize_film(colorizer, source, target, settings=settings)
    assert "of no use: its shot is left as it is" in caplog.text
    left = chroma(source)[:LENGTH]
    np.testing.assert_allclose(chroma(target)[:LENGTH], left, atol=1)


@pytest.mark.parametrize("turned", [0, 90, 180, -90])
def test_pictures_are_laid_as_the_frames_lie_in_the_file(turned):
    coded = np.random.default_rng(0).integers(0, 256, (48, 64, 4), np.uint8)
    shown = np.asarray(Image.fromarray(coded).rotate(turned, expand=True))
    frame = types.SimpleNamespace(width=64, height=48, rotation=turned)
    video = types.SimpleNamespace(sample_aspect_ratio=None)
    laid = film_references._laid_on(frame, video, shown, None)
    np.testing.assert_array_equal(laid, coded)


@pytest.mark.parametrize(
    "size, at, message",
    [
        ((48, 64), 0.2, r"has 48x64 pixels; expected the shape .*, 64x48"),
        ((64, 48), 7, r"@7: .*film.mp4 shows nothing then"),
    ],
)
def test_references_that_fit_nowhere_are_refused(colorizer, source, size, at, message):
    path = picture(source.with_name("frame.png"), size)
    with pytest.raises(InputError, match=message):
        colorized(colorizer, source, f"{path}@{at}")
    assert not source.with_name("coloured.mkv").exists()


def test_unreadable_references_are_refused(colorizer, source):
    with pytest.raises(InputError, match="--reference=.*none.png@0.2: cannot be read"):
        colorized(colorizer, source, f"{source.with_name('none.png')}@0.2")


def test_models_that_take_no_hints_take_no_references(source):
    path = picture(source.with_name("frame.png"))
    with pytest.raises(UsageError, match="takes no hints"):
        colorized(made_films.stand_in(), source, f"{path}@0.2")


@pytest.mark.parametrize("text", ["", "frame.png@", "@3", "frame.png@soon"])
def test_flags_that_name_no_picture_are_refused(text):
    with pytest.raises(UsageError, match="--reference=.*expected PICTURE or PICTURE@"):
        Reference.parse(text)


def test_names_may_have_the_sign_that_parts_them_from_the_time(tmp_path):
    found = Reference.parse("me@home.png@1:02.5")
    assert str(found.path) == "me@home.png" and found.time == Fraction(125, 2)
    picture(tmp_path / "me@home.png")
    found = Reference.parse("me@home.png", tmp_path)
    assert found.path == tmp_path / "me@home.png" and not found.is_frame


def elsewhere(path, right=SKIN):
    """A picture in two colours, of another shape than the film."""
    rgb = np.zeros((40, 90, 3), np.uint8)
    rgb[:, :45], rgb[:, 45:] = SKIN, right
    rgb[10:30] //= 2
    Image.fromarray(rgb).save(path)
    return path


class Referred:
    """Stands for `Stream.refer`: what is referred to colours all frames until reset."""

    def __init__(self, monkeypatch):
        monkeypatch.setattr(likeness, "Likeness", self)
        monkeypatch.setattr(likeness, "places", lambda keys, size: None)

    def __call__(self, remember, recall, lightness, hints):
        self.hints = lambda clip, places: tf.ones((*clip.shape[:-1], 3)) * hints[0, 0]
        return self


def test_pictures_that_are_no_frames_count_for_every_shot(
    colorizer, source, monkeypatch
):
    Referred(monkeypatch)
    path = elsewhere(source.with_name("other.png"))
    assert colorized(colorizer, source, str(path)).min() > 20


def listed(source, *rows, head="reference,hints"):
    """A list of the film's two shots, with cells at the end of their rows."""
    path = source.with_name("shots.csv")
    spans = (0, LENGTH - 1), (LENGTH, 2 * LENGTH - 1)
    lines = [
        f"{first},{last},grey,{row}"
        for (first, last), row in zip(spans, rows, strict=True)
    ]
    path.write_text("\n".join([f"start_frame,end_frame,kind,{head}", *lines]))
    return path


def by_list(colorizer, source, path, name="listed.mp4", **settings):
    target = source.with_name(name)
    settings = FilmSettings(shots=str(path), **settings)
    film.colorize_film(colorizer, source, target, settings=settings)
    return target


def test_pictures_of_a_row_count_for_its_shot(colorizer, source, monkeypatch):
    Referred(monkeypatch)
    elsewhere(source.with_name("other.png"))
    path = listed(source, ",", "other.png,")
    monkeypatch.chdir("/")  # Names begin at the folder of the list.
    found = chroma(by_list(colorizer, source, path))
    assert found[:LENGTH].max() < 3 and found[LENGTH:].min() > 20


def test_hints_of_a_row_lie_on_its_first_frame_or_at_their_time(colorizer, source):
    picture(source.with_name("right.png"), opaque_from=32)
    picture(source.with_name("left.png")).rename(source.with_name("whole.png"))
    path = listed(source, "whole.png@0.2,", ",right.png")
    found = chroma(by_list(colorizer, source, path))
    assert found[:LENGTH].min() > 20
    assert found[LENGTH:, 0].max() < 3 and found[LENGTH:, 1].min() > 20


@pytest.mark.parametrize(
    "ending, codec",
    [("mp4", "h264"), ("mov", "prores"), ("mkv", "ffv1"), ("webm", "av1"),
     ("mxf", "prores"), ("mxf", "ffv1")],
)  # fmt: skip
def test_the_film_the_list_and_the_model_make_the_same_bytes_again(
    colorizer, source, monkeypatch, ending, codec
):
    Referred(monkeypatch)
    elsewhere(source.with_name("other.png"))
    picture(source.with_name("whole.png"))
    path = listed(
        source,
        "0.8,other.png|whole.png@0.2,",
        "1.2,,whole.png",
        head="saturation,reference,hints",
    )
    first, second = (
        by_list(colorizer, source, path, f"{n}.{ending}", codec=codec).read_bytes()
        for n in range(2)
    )
    assert first == second


def test_a_list_is_followed_only_with_the_pictures_it_was_begun_with(colorizer, source):
    other = elsewhere(source.with_name("other.png"))
    settings = FilmSettings(shots=str(listed(source, "other.png,", ",")))
    before = film_conditions.of(source, colorizer, settings, 8)
    assert film_conditions.of(source, colorizer, settings, 8) == before
    elsewhere(other, right=(10, 90, 160))
    assert film_conditions.of(source, colorizer, settings, 8) != before


def test_a_part_needs_no_pictures_of_later_shots(colorizer, source):
    picture(source.with_name("frame.png"))
    path = listed(source, ",", "frame.png@0.6,frame.png")
    found = chroma(by_list(colorizer, source, path, preview="0.2s"))
    assert found.max() < 3


@pytest.mark.parametrize(
    "cells, message",
    [
        ("frame.png@0.6,", "row 2, column reference: frame.png@0.6: shot 1 shows noth"),
        ("none.png,", "row 2, column reference: none.png: cannot be read"),
        (",none.png", "row 2, column hints: none.png: cannot be read"),
        ("frame.png@x,", "row 2, column reference: expected PICTURE or PICTURE@TIME"),
        ("grey.png,", "row 2, column reference: grey.png: has no colour to tell"),
    ],
)
def test_what_is_wrong_in_a_cell_is_said(colorizer, source, cells, message):
    picture(source.with_name("frame.png"))
    Image.new("RGB", (40, 30), (90, 90, 90)).save(source.with_name("grey.png"))
    path = listed(source, cells, ",")
    with pytest.raises(InputError, match=message) as error:
        by_list(colorizer, source, path)
    assert "\n" not in str(error.value)


def test_references_are_for_one_film(tmp_path, photo):
    Image.fromarray(photo).save(tmp_path / "photo.png")
    settings = colorize_files.ColorizeConfig(
        output=str(tmp_path / "out.png"), reference=("frame.png@1",)
    )
    with pytest.raises(UsageError, match="--reference=frame.png@1: needs one film"):
        colorize_files.run(settings, [str(tmp_path / "photo.png")])


def test_work_goes_on_only_with_the_same_pictures(colorizer, source):
    path = picture(source.with_name("frame.png"))
    settings = FilmSettings(reference=(f"{path}@0.2",))
    before = film_conditions.of(source, colorizer, settings, 8)
    assert film_conditions.of(source, colorizer, settings, 8) == before
    picture(path, opaque_from=10)
    assert film_conditions.of(source, colorizer, settings, 8) != before

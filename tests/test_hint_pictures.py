import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from colornet.color import spaces
from colornet.errors import InputError, UsageError
from colornet.inference import hint_pictures, likeness
from colornet.inference.colorizer import Colorizer, ModelInfo
from colornet.inference.photos import still
from colornet.inference.photos.photo_settings import PhotoSettings

INFO = ModelInfo(name="stand-in", network_size=32, temperature=0.5)
BROWN = (150, 90, 60)


def no_memory(lightness):
    return {"state": tf.zeros(())}


def _cells(values):
    return tf.nn.avg_pool2d(values[0], 4, 4, "SAME")[None]


def grey(lightness, state, temperature):
    return {"ab": 0 * _cells(tf.repeat(lightness, 2, axis=-1)), "state": state}


def repeats(lightness, hints, state, temperature):
    """Gives the hints as colours, where there are any."""
    known, sure = _cells(hints[..., :2]), _cells(hints[..., 2:])
    return {"ab": known / tf.maximum(sure, 1e-6), "state": state}


def points(height, width, *places, color=BROWN):
    rgba = np.zeros((height, width, 4), np.uint8)
    for y, x in places:
        rgba[y : y + 3, x : x + 3] = (*color, 255)
    return rgba


def remember(lightness, hints):
    return {"keys": tf.reshape(lightness, (1, -1, 1)), "colors": hints[:, 0, 0, :1]}


def recall(lightness, keys, colors):
    """Tells a frame the first colour that is remembered, if they are equally light."""
    alike = tf.cast(tf.abs(lightness - keys[0, 0, 0]) < 1, tf.float32)
    return {"hints": alike * colors[0, 0]}


GUIDED = {"predict_hinted_ab": repeats, "remember": remember, "recall": recall}


@pytest.fixture
def colorizer():
    return Colorizer(grey, no_memory, INFO, guided=GUIDED)


def test_what_a_network_sees_of_hints():
    rgba = points(1200, 900, (600, 450), (30, 30))
    (seen,) = hint_pictures.seen([rgba], (300, 225))
    assert set(np.unique(seen[..., 2])) == {0.0, 1.0}
    found = np.argwhere(seen[..., 2])
    assert {tuple(place // 25) for place in found} == {(6, 4), (0, 0)}
    brown = np.asarray(spaces.srgb_to_lab(np.float32(BROWN) / 255))[1:]
    told = seen[seen[..., 2] > 0][:, :2]
    np.testing.assert_allclose(told, np.broadcast_to(brown, told.shape), atol=1e-3)
    assert not seen[seen[..., 2] == 0].any()


def test_means_of_what_is_told_leave_out_what_is_not():
    rgba = np.zeros((8, 8, 4), np.uint8)
    rgba[::2, ::2] = (*BROWN, 255)
    rgba[1::2, 1::2, :3] = 255, 0, 0  # Transparent: says nothing.
    (told,) = hint_pictures.seen([rgba], (1, 1)).reshape(1, 3)
    brown = np.asarray(spaces.srgb_to_lab(np.float32(BROWN) / 255))[1:]
    np.testing.assert_allclose(told, [*brown, 1], atol=1e-3)


def test_hints_reach_the_picture(colorizer):
    picture = np.full((64, 64), 110, np.uint8)
    hints = points(64, 64, (30, 30))
    plain, hinted = colorizer(picture), colorizer(picture, hints=hints)
    assert np.ptp(plain.astype(int), axis=-1).max() <= 1
    near, far = hinted[31, 31].astype(int), hinted[5, 5].astype(int)
    assert near[0] > near[1] + 20 > near[2] + 20 and np.ptp(far) <= 1
    transparent = np.zeros((64, 64, 4), np.uint8)
    np.testing.assert_array_equal(colorizer(picture, hints=transparent), plain)


def test_hints_of_clips_belong_to_their_frames(colorizer):
    clip = np.array([110, 120, 130], np.uint8).repeat(64 * 64).reshape(3, 64, 64)
    hints = np.zeros((3, 64, 64, 4), np.uint8)
    hints[1] = points(64, 64, (30, 30))
    chroma = np.ptp(colorizer(clip, hints=hints)[:, 31, 31].astype(int), axis=-1)
    assert chroma[1] > 20 and max(chroma[0], chroma[2]) <= 1


def test_frames_recall_what_their_like_is_told(colorizer):
    clip = np.array([110, 120, 110], np.uint8).repeat(64 * 64).reshape(3, 64, 64)
    hints = np.zeros((3, 64, 64, 4), np.uint8)
    hints[2] = (*BROWN, 255)
    chroma = np.ptp(colorizer(clip, hints=hints)[:, 31, 31].astype(int), axis=-1)
    assert min(chroma[0], chroma[2]) > 20 and chroma[1] <= 1


@pytest.mark.parametrize("hints", [np.zeros((64, 63, 4), "u1"), np.zeros((64, 64, 3))])
def test_hints_of_another_shape_are_refused(colorizer, hints):
    with pytest.raises(ValueError, match=r"uint8 RGBA \[64, 64, 4\]"):
        colorizer(np.zeros((64, 64), np.uint8), hints=hints)


def test_models_that_take_no_hints_say_so():
    colorizer = Colorizer(grey, no_memory, INFO)
    with pytest.raises(UsageError, match="stand-in takes no hints"):
        colorizer(np.zeros((64, 64), "u1"), hints=points(64, 64, (1, 1)))


def test_pictures_from_elsewhere_are_read_upright_and_must_have_colour(tmp_path, photo):
    exif = Image.Exif()
    exif[0x0112] = 6  # To be turned by a quarter.
    Image.fromarray(photo).save(tmp_path / "turned.png", exif=exif)
    found = hint_pictures.read_elsewhere(tmp_path / "turned.png", "it")
    np.testing.assert_array_equal(found[..., :3], np.rot90(photo, -1))
    grey = photo.copy()
    grey[..., 1:] = grey[..., :1]
    Image.fromarray(grey).save(tmp_path / "grey.png")
    silent = np.dstack([photo, np.zeros_like(photo[..., 0])])
    Image.fromarray(silent).save(tmp_path / "silent.png")
    for name in ("grey", "silent"):
        with pytest.raises(InputError, match="^flag=1: has no colour to tell"):
            hint_pictures.read_elsewhere(tmp_path / f"{name}.png", "flag=1")


def test_pictures_from_elsewhere_reach_the_photograph(colorizer, photo, monkeypatch):
    """Of a picture that is referred to every frame takes the first pixel's colour."""

    class Likeness:
        def __init__(self, remember, recall, lightness, hints):
            assert lightness.shape == hints.shape[:2] == (32, 64)
            self._first = hints[0, 0]

        def hints(self, clip, places):
            return tf.ones((*clip.shape[:-1], 3)) * self._first

    monkeypatch.setattr(likeness, "Likeness", Likeness)
    monkeypatch.setattr(likeness, "places", lambda keys, size: None)
    grey = np.full((64, 64), 110, np.uint8)
    brown = np.broadcast_to(np.uint8(BROWN), (40, 80, 3))
    blue = np.dstack([brown[..., ::-1], np.full((40, 80), 255, np.uint8)])
    one, first = (colorizer(grey, reference=r) for r in (brown, [brown, blue]))
    np.testing.assert_array_equal(one, first)
    assert np.ptp(one[5, 5].astype(int)) > 20
    other = colorizer(grey, reference=blue)[5, 5].astype(int)
    assert other[2] > other[0] + 20
    for wrong in (brown[..., 0], brown.astype(float)):
        with pytest.raises(ValueError, match=r"uint8 RGB or RGBA \[H, W, C\]"):
            colorizer(grey, reference=wrong)


def test_hints_of_a_file_are_for_the_upright_picture(colorizer, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # To be turned by a quarter.
    Image.new("L", (96, 64), 110).save(tmp_path / "in.png", exif=exif)
    Image.fromarray(points(96, 64, (80, 10))).save(tmp_path / "points.png")
    hints = hint_pictures.read(tmp_path / "points.png")
    target = tmp_path / "out.png"
    still.colorize_still(
        colorizer, tmp_path / "in.png", target, PhotoSettings(hints=hints)
    )
    rgb = np.asarray(Image.open(target)).astype(int)
    assert rgb.shape == (96, 64, 3)
    assert np.ptp(rgb[81, 11]) > 20 and np.ptp(rgb[5, 50]) <= 1
    target.unlink()
    with pytest.raises(InputError, match="64 x 96 pixels upright, its hints 96 x 64"):
        still.colorize_still(
            *(colorizer, tmp_path / "in.png", target),
            PhotoSettings(hints=hints.transpose(1, 0, 2)),
        )
    assert not target.exists()


def test_pictures_that_tell_nothing_apart_are_refused(tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "all.jpg")
    with pytest.raises(InputError, match="all.jpg: says something everywhere"):
        hint_pictures.read(tmp_path / "all.jpg")
    (tmp_path / "text.png").write_text("text")
    with pytest.raises(InputError, match="text.png: cannot be read"):
        hint_pictures.read(tmp_path / "text.png")

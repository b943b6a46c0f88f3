import numpy as np
import pytest
import tensorflow as tf

from colornet.color import spaces
from colornet.errors import UsageError
from colornet.evaluation import evaluate, footage, metrics, scoring
from colornet.evaluation.references import References
from colornet.evaluation.told import Told
from colornet.inference import likeness
from colornet.inference.colorizer import Colorizer, ModelInfo


def repeats(lightness, hints, state, temperature):
    """Gives back what it is told, in cells of 4 pixels, and grey elsewhere."""
    ab = tf.nn.avg_pool3d(hints[..., :2], (1, 1, 4, 4, 1), (1, 1, 4, 4, 1), "SAME")
    return {"ab": ab, "state": state}


def grey(lightness, state, temperature):
    hints = tf.zeros((*lightness.shape[:-1], 3))
    return repeats(lightness, hints, state, temperature)


def remember(lightness, hints):
    return {"keys": lightness[:, 0, :1, :1, 0], "colors": hints[:, 0, 0, :1]}


def recall(lightness, keys, colors):
    """Tells every pixel the first colour that is remembered."""
    return {"hints": tf.ones_like(lightness) * colors[0, 0]}


def made():
    info = ModelInfo(name="stand-in", network_size=64, temperature=0.5)
    guided = {"predict_hinted_ab": repeats, "remember": remember, "recall": recall}
    state = {"state": tf.zeros(())}
    return Colorizer(grey, lambda lightness: state, info, guided=guided)


@pytest.fixture
def work():
    def made_with(told):
        return scoring.TimedColoring(made(), scoring.Sampling(told=told))

    return made_with


@pytest.fixture
def film(photo):
    frames = [np.roll(photo[:96, :96], 5 * n, axis=1) for n in range(3)]
    return footage.Footage("film", True, frames)


def test_points_have_their_number_size_and_places():
    rgb = np.random.default_rng(0).integers(0, 255, (200, 300, 3), np.uint8)
    told = Told(points=10).of(0, rgb, False)
    np.testing.assert_array_equal(told[..., :3], rgb)
    known = (told[..., 3] == 255).sum()
    assert set(np.unique(told[..., 3])) == {0, 255} and 49 * 6 < known <= 49 * 10
    np.testing.assert_array_equal(Told(points=10).of(0, rgb, False), told)
    assert (Told(points=10).of(1, rgb, True)[..., 3] != told[..., 3]).any()
    small = Told(points=3).of(0, rgb[:2, :1], False)
    assert small.shape == (2, 1, 4) and small[..., 3].all()
    assert Told().of(0, rgb, True) is None is Told(first_frame=True).of(0, rgb, False)


def test_of_a_film_the_first_frame_is_told_whole_and_not_scored(work, film):
    shown = {n: rgb for n, _, _, rgb in work(Told(first_frame=True)).frames_of(film)}
    assert list(shown) == [1, 2]
    # What is known of the first frame is told of the others.
    ab = spaces.srgb_to_lab(film.frames[0][:2, :2].astype("float32") / 255)[0, 0, 1:]
    for rgb in shown.values():
        middle = spaces.srgb_to_lab(rgb.astype("float32") / 255)[48, 48, 1:]
        np.testing.assert_allclose(middle, ab, atol=12)
    whole = Told(first_frame=True).of(0, film.frames[0], True)
    assert whole[..., 3].all()


def test_what_is_told_reaches_the_model(work, film):
    many = [rgb for _, _, _, rgb in work(Told(points=300)).frames_of(film)]
    none = [rgb for _, _, _, rgb in work(Told()).frames_of(film)]
    for told, left, true in zip(many, none, film.frames, strict=True):
        assert metrics.psnr(true, told) > metrics.psnr(true, left) + 1


def test_points_cannot_be_fewer_than_none():
    with pytest.raises(UsageError, match="--points=-1: expected 0 or more"):
        evaluate.EvaluateConfig(input="photos", points=-1)


def test_other_pictures_reach_the_model_with_each_frame(film, monkeypatch):
    """Of the only picture that is told of, a frame takes the first pixel's colour."""
    told = []

    class Likeness:
        def __init__(self, remember, recall, lightness, hints):
            told.append(hints[0, 0])

        def hints(self, clip, places):
            return tf.ones((*clip.shape[:-1], 3)) * told[-1]

    monkeypatch.setattr(likeness, "Likeness", Likeness)
    monkeypatch.setattr(likeness, "places", lambda keys, size: None)
    sampling = scoring.Sampling(references=References(away=1))
    shown = [rgb for *_, rgb in scoring.TimedColoring(made(), sampling).frames_of(film)]
    assert len(shown) == len(told) == 3
    for rgb, (*ab, _) in zip(shown, told, strict=True):
        middle = spaces.srgb_to_lab(rgb.astype("float32") / 255)[48, 48, 1:]
        np.testing.assert_allclose(middle, ab, atol=12)

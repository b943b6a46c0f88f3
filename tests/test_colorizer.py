import concurrent.futures
import dataclasses
import json
import subprocess
import sys
import threading

import numpy as np
import pytest
import tensorflow as tf

import colornet
from colornet.color import attach, spaces
from colornet.errors import InputError, UsageError
from colornet.inference import chroma_control, exported, network_view, painting
from colornet.inference.colorizer import Colorizer

INFO = exported.ModelInfo("stand-in", network_size=32, temperature=0.5)
CLIP = tf.TensorSpec((None, None, None, None, 1), tf.float32)
STATE = tf.TensorSpec((None, 1), tf.float32)
SCALAR = tf.TensorSpec((), tf.float32)


class StandIn(tf.Module):
    """Counts frames in its state; ab = (10 frames so far, L* of the cell / 2 - 20)."""

    @tf.function(input_signature=[CLIP, STATE, SCALAR])
    def predict_ab(self, lightness, state, temperature):
        t = tf.shape(lightness)[1]
        count = (
            state[:, None] + tf.range(1.0, tf.cast(t, tf.float32) + 1)[None, :, None]
        )
        b = attach.cell_lightness(lightness[0])[None] / 2 - 20
        a = tf.ones_like(b) * 10 * count[..., None, None] * temperature * 2
        return {"ab": tf.concat([a, b], axis=-1), "state": count[:, -1]}

    @tf.function(input_signature=[CLIP])
    def initial_state(self, lightness):
        return {"state": tf.zeros((tf.shape(lightness)[0], 1))}


@pytest.fixture(scope="module")
def colorizer():
    model = StandIn()
    return Colorizer(model.predict_ab, model.initial_state, INFO)


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    """The stand-in on disk, as `colornet export` lays a model out."""
    path = tmp_path_factory.mktemp("model")
    model = StandIn()
    signatures = {n: getattr(model, n) for n in ("predict_ab", "initial_state")}
    tf.saved_model.save(model, str(path), signatures)
    _write_info(path, signature_version=1)
    return path


def _write_info(path, **changes):
    (path / "assets.extra").mkdir(exist_ok=True)
    values = {"signature_version": 1, **dataclasses.asdict(INFO), **changes}
    (path / "assets.extra" / "colornet.json").write_text(json.dumps(values))


def _grey(photo, dtype=np.uint8):
    grey = photo.mean(axis=-1)
    return (grey * (257 if dtype == np.uint16 else 1)).astype(dtype)


def _lightness_of(rgb):
    scaled = rgb / np.float32(np.iinfo(rgb.dtype).max)
    return np.asarray(spaces.srgb_to_lab(scaled))[..., 0]


@pytest.mark.parametrize("dtype, tolerance", [(np.uint8, 0.6), (np.uint16, 0.02)])
def test_lightness_is_that_of_the_grey(colorizer, photo, dtype, tolerance):
    grey = _grey(photo, dtype)
    rgb = colorizer(grey)
    assert rgb.dtype == dtype and rgb.shape == (*grey.shape, 3)
    assert np.ptp(rgb.astype(int), axis=-1).mean() > 1, "it is not coloured"
    before = _lightness_of(np.repeat(grey[..., None], 3, axis=-1))
    # Channels are rounded once each; where they are dark, a level is much of L*.
    bright = before > 10
    assert np.abs(_lightness_of(rgb) - before)[bright].max() < tolerance


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (50, 1), (3, 2), (33, 31)])
def test_any_size(colorizer, shape):
    assert colorizer(np.full(shape, 128, np.uint8)).shape == (*shape, 3)


def test_frames_follow_one_another(colorizer, photo):
    """A clip's second frame sees the state of its first; a new call begins anew."""
    grey = np.stack([_grey(photo)] * 3)
    rgb = colorizer(grey)
    np.testing.assert_array_equal(rgb[0], colorizer(grey[0]))
    redness = (rgb[..., 0].astype(int) - rgb[..., 1]).mean(axis=(1, 2))
    assert np.all(np.diff(redness) > 1)


def test_a_stream_in_portions_equals_the_whole(colorizer):
    clip = np.random.default_rng(0).uniform(0, 100, (5, 32, 40)).astype(np.float32)
    whole = colorizer.stream().predict_ab(clip)
    stream = colorizer.stream()
    parts = np.concatenate([stream.predict_ab(clip[:2]), stream.predict_ab(clip[2:])])
    assert whole.shape == (5, 8, 10, 2)
    np.testing.assert_allclose(parts, whole, atol=1e-4)
    stream.reset()
    np.testing.assert_allclose(stream.predict_ab(clip), whole, atol=1e-4)


def test_a_stream_refuses_another_size_unless_reset(colorizer):
    stream = colorizer.stream()
    stream.predict_ab(np.zeros((1, 32, 40), np.float32))
    with pytest.raises(ValueError, match=r"reset\(\)"):
        stream.predict_ab(np.zeros((1, 32, 44), np.float32))
    stream.reset()
    stream.predict_ab(np.zeros((1, 32, 44), np.float32))


def test_threads_may_share_one(colorizer, photo):
    grey = _grey(photo)
    expected, got = colorizer(grey), {}
    threads = [
        threading.Thread(target=lambda i=i: got.update({i: colorizer(grey)}))
        for i in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for i in range(4):
        np.testing.assert_array_equal(got[i], expected)


@pytest.mark.parametrize(
    "size, expected",
    [((480, 640), (32, 43)), ((640, 480), (43, 32)), ((20, 30), (20, 30)),
     ((1, 900), (1, 900)), ((64, 6400), (32, 3200))],
)  # fmt: skip
def test_network_shape(colorizer, size, expected):
    assert colorizer.network_shape(*size) == expected


@pytest.mark.parametrize(
    "size", [(32, 10**6), (10**6, 64), (1, 10**8), (3, 10**6), (5000, 10**6)]
)
def test_network_sees_long_pictures_unsquashed_with_bounded_pixels(colorizer, size):
    shape = colorizer.network_shape(*size)
    scale = max(shape) / max(size)
    assert shape[0] * shape[1] < 1.6e6
    for pixels, side in zip(shape, size, strict=True):
        assert pixels == pytest.approx(max(1, side * scale), abs=0.51)


def test_network_lightness_is_made_small_without_aliasing():
    """A checkerboard of black and white becomes even grey; both depths agree."""
    board = np.indices((256, 256)).sum(axis=0) % 2 * 255
    small = network_view.lightness(board.astype(np.uint8), (32, 32))
    np.testing.assert_allclose(small, 53.4, atol=0.6)  # L* of sRGB 127.5.
    deep = network_view.lightness((board * 257).astype(np.uint16), (32, 32))
    np.testing.assert_allclose(deep, small, atol=0.3)


@pytest.mark.parametrize(
    "grey, message",
    [(np.zeros((4, 4), np.float32), "uint8 or uint16"),
     (np.zeros((4, 4, 4, 3), np.uint8), "take its luma first"),
     (np.zeros((0, 4), np.uint8), "without pixels")],
)  # fmt: skip
def test_unfit_arrays_are_named(colorizer, grey, message):
    with pytest.raises(ValueError, match=message):
        colorizer(grey)


def test_painting_in_strips_equals_the_whole(monkeypatch):
    rng = np.random.default_rng(1)
    grey = rng.integers(0, 256, (61, 47), dtype=np.uint8)
    ab = rng.uniform(-80, 80, (8, 6, 2)).astype(np.float32)
    small = rng.uniform(0, 100, (30, 23)).astype(np.float32)
    whole, strips = (np.empty((61, 47, 3), np.uint8) for _ in range(2))
    painting.paint(grey, ab, small, whole)
    monkeypatch.setattr(painting, "_STRIP_PIXELS", 300)
    painting.paint(grey, ab, small, strips)
    assert np.abs(whole.astype(int) - strips).max() <= 1  # By rounding at most.
    assert np.mean(whole != strips) < 1e-3


def test_painting_leaves_the_gamut_as_the_exact_search_does():
    """Every lightness with strong colours of every hue, painted at 16 bits."""
    grey = np.tile(np.arange(0, 65536, 257, dtype=np.uint16), (96, 1))
    hue = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    ab = 110 * np.stack([np.cos(hue), np.sin(hue)], axis=-1).astype(np.float32)
    ab = np.tile(ab[:, None], (1, 64, 1))
    rgb = np.empty((*grey.shape, 3), np.uint16)
    painting.paint(grey, ab, np.full(grey.shape, 50, np.float32), rgb)

    lightness = np.asarray(spaces.grey_to_lightness(grey / np.float32(65535)))[
        ..., None
    ]
    full = attach.upsample_chroma(
        ab[None], np.full((1, 24, 64, 1), 50, np.float32), lightness[None]
    )
    exact = np.asarray(attach.attach_to_lightness(lightness, full[0]))
    levels = np.abs(rgb / 257 - exact * 255)
    assert (
        np.quantile(levels, 0.99) < 1
    )  # The rest is bright yellow, where it is steep.
    np.testing.assert_allclose(_lightness_of(rgb), lightness[..., 0], atol=0.15)


class TestLoad:
    def test_loaded_equals_the_model_itself(self, directory, colorizer, photo):
        loaded = Colorizer.load(directory, device="cpu")
        assert loaded.info == INFO
        np.testing.assert_array_equal(loaded(_grey(photo)), colorizer(_grey(photo)))

    def test_settings_replace_the_model_s_own(self, directory, photo):
        changed = Colorizer.load(directory, network_size=16, temperature=0.1)
        assert changed.network_shape(100, 100) == (16, 16)
        rgb = Colorizer.load(directory)(_grey(photo)).astype(int)
        paler = changed(_grey(photo)).astype(int)  # The stand-in's a follows it.
        assert (paler[..., 0] - paler[..., 1]).mean() < (
            rgb[..., 0] - rgb[..., 1]
        ).mean()

    def test_unknown_name_says_what_may_be_given(self, tmp_path):
        with pytest.raises(UsageError, match="colornet export"):
            Colorizer.load(tmp_path / "nothing")
        with pytest.raises(UsageError, match=r"without saved_model\.pb"):
            Colorizer.load(tmp_path)

    @pytest.mark.parametrize(
        "changes, message",
        [({"signature_version": 2}, "signature version 2, .* reads version 1"),
         ({"network_size": None}, "bad or missing entry")],
    )  # fmt: skip
    def test_unfit_description_says_the_cure(self, tmp_path, changes, message):
        (tmp_path / "saved_model.pb").touch()
        _write_info(tmp_path, **changes)
        with pytest.raises(InputError, match=f"colornet.json: {message}.*export"):
            Colorizer.load(tmp_path)

    def test_missing_or_damaged_files_say_the_cure(self, tmp_path):
        (tmp_path / "saved_model.pb").write_bytes(b"no model")
        with pytest.raises(InputError, match="colornet.json: no such file; export"):
            Colorizer.load(tmp_path)
        _write_info(tmp_path)
        with pytest.raises(InputError, match="not a complete colornet model"):
            Colorizer.load(tmp_path)
        (tmp_path / "assets.extra" / "colornet.json").write_text("{")
        with pytest.raises(InputError, match="not JSON"):
            Colorizer.load(tmp_path)

    def test_a_device_that_is_not_there_names_those_that_are(self, directory):
        with pytest.raises(UsageError, match="--device=gpu:7: .*auto, cpu:0, cpu:1"):
            Colorizer.load(directory, device="gpu:7")


def test_importing_the_package_loads_nothing_heavy():
    code = (
        "import sys, colornet; dir(colornet); print(colornet.__version__);"
        "heavy = ('tensorflow', 'keras', 'numpy', 'PIL');"
        "print([name for name in heavy if name in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert out.stdout.split("\n")[:2] == [colornet.__version__, "[]"]


def test_the_package_offers_its_two_names():
    assert colornet.Colorizer is Colorizer
    assert callable(colornet.colorize)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = colornet.nothing


def test_saturation_multiplies_chroma_at_equal_lightness(colorizer):
    grey = np.linspace(90, 160, 64 * 64).reshape(64, 64).astype(np.uint16) * 257
    lab = {}
    for saturation in (0.0, 0.5, 1.0):
        rgb = colorizer(grey, saturation=saturation)
        lab[saturation] = np.asarray(spaces.srgb_to_lab(rgb / np.float32(65535)))
    np.testing.assert_allclose(lab[0.0][..., 1:], 0, atol=0.02)
    np.testing.assert_allclose(lab[0.5][..., 1:] * 2, lab[1.0][..., 1:], atol=0.05)
    np.testing.assert_allclose(lab[0.5][..., 0], lab[1.0][..., 0], atol=0.02)


def test_the_neutral_point_takes_the_light_off_what_it_fell_on(photo):
    """Greys of all lightnesses in warm light become grey; and so they were before."""
    greys = np.repeat(np.linspace(0.2, 0.7, 32), 2)[:, None, None] ** 2.2
    light = np.float32(greys * [1.1, 1.0, 0.8])
    lab = np.asarray(spaces.srgb_to_lab(spaces.linear_to_srgb(light)))
    lab = np.broadcast_to(lab, (64, 64, 3))
    small, ab = np.ascontiguousarray(lab[..., 0]), lab[::4, ::4, 1:]
    assert np.linalg.norm(ab, axis=-1).min() > 3
    wanted = chroma_control.controlled(ab, small, (640, 640), stride=4, neutral=(9, 31))
    np.testing.assert_allclose(wanted[0, 0], 0, atol=1e-6)
    assert np.linalg.norm(wanted, axis=-1).max() < 1.2, "of up to 10"
    with pytest.raises(InputError, match="--neutral=640,9: is outside the picture"):
        chroma_control.controlled(ab, small, (640, 640), stride=4, neutral=(640, 9))


def test_threads_that_share_one_get_what_each_alone_would(directory, photo):
    colorizer = Colorizer.load(directory)
    greys = [np.ascontiguousarray(_grey(photo)[: 60 + 8 * n]) for n in range(4)]
    alone = [colorizer(grey) for grey in greys]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        together = list(pool.map(colorizer, greys * 5))
    for one, expected in zip(together, alone * 5, strict=True):
        np.testing.assert_array_equal(one, expected)

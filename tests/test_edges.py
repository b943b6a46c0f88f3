import numpy as np
import pytest
import tensorflow as tf

from colornet.color import spaces
from colornet.evaluation import edges
from colornet.inference.colorizer import Colorizer
from colornet.inference.exported import ModelInfo


@pytest.fixture
def colorizer():
    """Sees pictures at 32 pixels and takes everything for a red."""

    def predict_ab(lightness, state, temperature):
        _, t, h, w, _ = lightness.shape
        cells = tf.zeros((1, t, -(-h // 4), -(-w // 4), 2)) + [30.0, 20.0]
        return {"ab": cells, "state": state}

    return Colorizer(
        predict_ab,
        lambda lightness: {"state": tf.zeros(1)},
        ModelInfo("stand-in", network_size=32, temperature=0.5, stride=4),
    )


def _step(high, low=100):
    """The left half brighter: uint8 [40, 60, 3]."""
    rgb = np.full((40, 60, 3), low, np.uint8)
    rgb[:, :30] = high
    return rgb


def test_pixels_near_a_strong_edge_lie_within_three_of_it():
    near = edges.near_edges(_step(152))
    assert near[:, 26:34].all()  # Both sides of the step, and three more.
    assert not near[:, :26].any() and not near[:, 34:].any()
    assert not edges.near_edges(_step(148)).any()
    np.testing.assert_array_equal(
        edges.near_edges(_step(152).swapaxes(0, 1)), near.swapaxes(0, 1)
    )


def test_bilinear_keeps_a_ramp_and_nearest_gives_each_pixel_its_cell():
    cells = np.broadcast_to(np.arange(10.0)[None, :, None], (6, 10, 2))
    small, full = np.zeros((24, 40), np.float32), np.zeros((72, 120), np.float32)
    ramp = edges.enlarge(cells, small, full, way="bilinear")[30, :, 0]
    np.testing.assert_allclose(ramp, ((np.arange(120) + 0.5) / 12 - 0.5).clip(0, 9))
    blocks = edges.enlarge(cells, small, full, way="nearest")[30, :, 0]
    np.testing.assert_array_equal(blocks, np.arange(10.0).repeat(12))


def test_errors_are_those_of_known_colours(colorizer):
    """One chroma everywhere: nothing to lose by enlarging, the model misses by 25."""
    lab = np.empty((60, 70, 3), np.float32)
    lab[:] = 70, 10, 5
    lab[20:40, 25:50, 0] = 35
    rgb = np.round(np.asarray(spaces.lab_to_srgb(lab)) * 255).astype(np.uint8)
    error = edges.EdgeError(colorizer)
    error.add(rgb)
    result = error.result()
    for way in edges.WAYS:
        assert result["truth"][way] < 0.5
        assert result["model"][way] == pytest.approx(25, abs=0.3)


def test_guided_is_ahead_of_bilinear_on_colours_with_their_edges(colorizer):
    error = edges.EdgeError(colorizer)
    for shift in range(3):  # Edges at several places within the cells.
        rgb = np.full((128, 128, 3), (40, 60, 160), np.uint8)
        rgb[30 + shift : 95, 21 + 3 * shift : 90] = 230, 180, 60
        error.add(rgb)
    truth = error.result()["truth"]
    assert truth["guided"] < 0.7 * truth["bilinear"] < 0.7 * truth["nearest"]

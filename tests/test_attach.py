import numpy as np
import pytest
import tensorflow as tf

from colornet.color import attach, spaces


def _upsample(ab, small, full, **kwargs):
    tensors = [tf.constant(np.asarray(x, np.float32)) for x in (ab, small, full)]
    return np.asarray(attach.upsample_chroma(*tensors, **kwargs))


def _made_up(seed, cells, size):
    rng = np.random.default_rng(seed)
    ab = rng.uniform(-60, 60, (2, *cells, 2))
    return ab, rng.uniform(0, 100, (2, *cells, 1)), rng.uniform(0, 100, (2, *size, 1))


@pytest.mark.parametrize(
    "cells, size",
    [((5, 7), (31, 29)), ((6, 4), (6, 4)), ((1, 1), (9, 2)), ((8, 9), (3, 1))],
)
def test_every_value_lies_between_its_neighbours(cells, size):
    ab, small, full = _made_up(0, cells, size)
    out = _upsample(ab, small, full)
    padded = np.pad(ab, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
    for y, x in np.ndindex(*size):
        i = int((y + 0.5) * cells[0] / size[0])
        j = int((x + 0.5) * cells[1] / size[1])
        near = padded[:, i : i + 3, j : j + 3]
        assert np.all(out[:, y, x] <= near.max(axis=(1, 2)) + 1e-3)
        assert np.all(out[:, y, x] >= near.min(axis=(1, 2)) - 1e-3)


def test_equals_the_double_loop_of_the_equation():
    ab, small, full = _made_up(1, (4, 5), (11, 14))
    shape = (14, 19)  # The last cells stick out by 2 and by 1 pixel.
    out = _upsample(ab, small, full, network_shape=shape)

    def around(values, i, j):
        rows, columns = (np.clip([n - 1, n, n + 1], 0, m) for n, m in ((i, 3), (j, 4)))
        return values[:, rows][:, :, columns].reshape(2, 9, -1)

    def line(i, j, x):
        """What the cell's own line gives at the lightness x [N, 1]."""
        weights = np.outer([1, 2, 1], [1, 2, 1]).reshape(9, 1) / 16
        lightness, colors = around(small, i, j), around(ab, i, j)
        mean = (weights * lightness).sum(1, keepdims=True)
        mean_ab = (weights * colors).sum(1, keepdims=True)
        slope = (weights * (lightness - mean) * (colors - mean_ab)).sum(1)
        slope /= (weights * (lightness - mean) ** 2).sum(1) + 100
        sharp = 1.5 * ab[:, i, j] - 0.5 * mean_ab[:, 0]
        return sharp + slope * (x - small[:, i, j])

    for y, x in np.ndindex(11, 14):
        row, column = (y + 0.5) * shape[0] / 44, (x + 0.5) * shape[1] / 56
        expected = 0
        for i, j in np.ndindex(6, 7):  # One more on every side, that is repeated.
            near = max(0, 1 - abs(row - i + 0.5)) * max(0, 1 - abs(column - j + 0.5))
            cell = np.clip(i - 1, 0, 3), np.clip(j - 1, 0, 4)
            expected += near * line(*cell, full[:, y, x])
        nearest = around(ab, int(row), int(column))
        expected = np.clip(expected, nearest.min(axis=1), nearest.max(axis=1))
        np.testing.assert_allclose(out[:, y, x], expected, atol=2e-3)


def test_constant_colour_stays():
    _, small, full = _made_up(2, (5, 6), (37, 40))
    out = _upsample(np.full((2, 5, 6, 2), (30.0, -20.0)), small, full)
    np.testing.assert_allclose(out, np.full_like(out, (30, -20)), atol=1e-4)


def test_flat_guide_gives_smooth_interpolation():
    """A ramp of ab stays a straight ramp away from the border, without steps."""
    ab = np.broadcast_to(np.arange(12.0)[None, None, :, None], (1, 9, 12, 2))
    out = _upsample(ab, np.full((1, 9, 12, 1), 50), np.full((1, 90, 120, 1), 50))
    steps = np.diff(out[0, 45, 15:-15, 0])
    np.testing.assert_allclose(steps, 0.1, atol=1e-4)


def test_colours_stay_apart_where_the_lightness_has_its_edge():
    """An edge inside a cell: red belongs to the dark side, blue to the bright side."""
    lightness = np.full((1, 64, 64, 1), 25.0, np.float32)
    lightness[:, :, 29:] = 75
    truth = np.where(lightness < 50, (40.0, 30.0), (-5.0, -40.0))
    cells = truth.reshape(1, 8, 8, 8, 8, 2).mean(axis=(2, 4))
    guide = lightness.reshape(1, 8, 8, 8, 8, 1).mean(axis=(2, 4))
    out = _upsample(cells, guide, lightness, network_shape=(32, 32))
    bilinear = np.asarray(tf.image.resize(cells, (64, 64)))
    near = np.s_[:, :, 24:36]
    ours, theirs = (np.abs(x - truth)[near].mean() for x in (out, bilinear))
    assert ours < 0.5 * theirs


def test_cells_keep_their_means_better_than_by_bilinear_interpolation(photo):
    lab = np.asarray(spaces.srgb_to_lab(photo[None] / np.float32(255)))
    cells = lab.reshape(1, 32, 4, 40, 4, 3).mean(axis=(2, 4))
    guided = _upsample(cells[..., 1:], cells[..., :1], lab[..., :1])
    bilinear = np.asarray(tf.image.resize(cells[..., 1:], (128, 160)))
    ours, theirs = (
        np.abs(x.reshape(1, 32, 4, 40, 4, 2).mean(axis=(2, 4)) - cells[..., 1:]).mean()
        for x in (guided, bilinear)
    )
    assert ours < 0.5 * theirs


def test_a_real_photograph_comes_closer_to_its_own_colours(photo):
    lab = np.asarray(spaces.srgb_to_lab(photo[None] / np.float32(255)))
    cells = lab.reshape(1, 16, 8, 20, 8, 3).mean(axis=(2, 4))
    guided = _upsample(cells[..., 1:], cells[..., :1], lab[..., :1])
    bilinear = np.asarray(tf.image.resize(cells[..., 1:], (128, 160)))
    ours, theirs = (np.mean((x - lab[..., 1:]) ** 2) for x in (guided, bilinear))
    assert ours < 0.9 * theirs


def test_strips_equal_the_whole():
    ab, small, full = _made_up(3, (8, 9), (53, 47))
    way = {"network_shape": (30, 34)}
    whole = _upsample(ab, small, full, **way)
    strips = [
        _upsample(
            ab,
            small,
            full[:, first : first + 10],
            first_row=first,
            full_height=53,
            **way,
        )
        for first in range(0, 53, 10)
    ]
    np.testing.assert_allclose(np.concatenate(strips, axis=1), whole, atol=1e-4)


def test_traced_with_unknown_sizes_equals_eager():
    ab, small, full = (x.astype(np.float32) for x in _made_up(4, (5, 6), (17, 23)))
    spec = [tf.TensorSpec((None, None, None, c), tf.float32) for c in (2, 1, 1)]
    traced = tf.function(attach.upsample_chroma, input_signature=spec)
    np.testing.assert_allclose(
        traced(ab, small, full), _upsample(ab, small, full), atol=1e-4
    )


@pytest.mark.parametrize("size", [(8, 12), (9, 10), (1, 1), (3, 5)])
def test_cell_lightness_is_the_mean_of_blocks(size):
    lightness = np.random.default_rng(5).uniform(0, 100, (2, *size, 1))
    cells = np.asarray(attach.cell_lightness(tf.constant(lightness, tf.float32)))
    far = [(0, 0), (0, -size[0] % 4), (0, -size[1] % 4), (0, 0)]
    padded = np.pad(lightness, far, mode="edge")
    for i, j in np.ndindex(*cells.shape[1:3]):
        block = padded[:, 4 * i : 4 * i + 4, 4 * j : 4 * j + 4]
        np.testing.assert_allclose(cells[:, i, j], block.mean(axis=(1, 2)), rtol=1e-5)


def test_lightness_is_kept_where_the_gamut_ends():
    rng = np.random.default_rng(6)
    lightness = rng.uniform(0, 100, (50, 40, 1)).astype(np.float32)
    ab = rng.uniform(-100, 100, (50, 40, 2)).astype(np.float32)
    rgb = attach.attach_to_lightness(lightness, ab)
    lab = np.asarray(spaces.srgb_to_lab(rgb))
    np.testing.assert_allclose(lab[..., :1], lightness, atol=0.01)
    assert np.all(np.hypot(*lab[..., 1:].T) <= np.hypot(*ab.T) + 0.05)


@pytest.mark.parametrize("matrix", ["bt601", "bt709", "bt2020"])
@pytest.mark.parametrize("full_range", [True, False])
class TestAttachToLuma:
    def test_grey_gives_exactly_128(self, matrix, full_range):
        luma = np.arange(256, dtype=np.float32)
        ab = np.zeros((256, 2), np.float32)
        planes = attach.attach_to_luma(luma, ab, matrix=matrix, full_range=full_range)
        for plane in planes:
            assert np.all(np.asarray(plane) == 128)

    def test_decodes_to_a_colour_of_that_luma_inside_the_gamut(
        self, matrix, full_range
    ):
        rng = np.random.default_rng(7)
        low, high = (0, 255) if full_range else (16, 235)
        luma = rng.uniform(low, high, (60, 50)).astype(np.float32)
        ab = rng.uniform(-90, 90, (60, 50, 2)).astype(np.float32)
        way = {"matrix": matrix, "full_range": full_range}
        planes = attach.attach_to_luma(luma, ab, **way)
        ycbcr = np.stack([luma, *map(np.asarray, planes)], axis=-1)
        rgb = np.asarray(spaces.ycbcr_to_srgb(ycbcr, **way))
        assert rgb.min() > -1e-5 and rgb.max() < 1 + 1e-5
        again = np.asarray(spaces.srgb_to_ycbcr(np.clip(rgb, 0, 1), **way))
        np.testing.assert_allclose(again[..., 0], luma, atol=1e-2)

    def test_hue_is_that_of_the_ab(self, matrix, full_range):
        """Inside the gamut, decoded colours have the hue that was asked for."""
        angle = np.linspace(0, 2 * np.pi, 36, endpoint=False)
        ab = 15 * np.stack([np.cos(angle), np.sin(angle)], axis=-1).astype(np.float32)
        luma = np.full(36, 130, np.float32)
        way = {"matrix": matrix, "full_range": full_range}
        planes = attach.attach_to_luma(luma, ab, **way)
        ycbcr = np.stack([luma, *map(np.asarray, planes)], axis=-1)
        lab = np.asarray(spaces.srgb_to_lab(spaces.ycbcr_to_srgb(ycbcr, **way)))
        np.testing.assert_allclose(lab[..., 1:], ab, atol=1.5)

    def test_footroom_and_headroom_get_no_colour(self, matrix, full_range):
        luma = np.array(
            [-5, 0, 255, 300] if full_range else [0, 16, 235, 255], "float32"
        )
        ab = np.full((4, 2), 50, np.float32)
        planes = attach.attach_to_luma(luma, ab, matrix=matrix, full_range=full_range)
        np.testing.assert_allclose(planes, 128, atol=1e-3)

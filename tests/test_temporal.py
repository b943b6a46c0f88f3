"""Warp error and CDC on clips whose figures are known beforehand."""

import itertools

import numpy as np
import pytest
import skimage.data
from scipy import ndimage
from scipy.spatial import distance

from colornet.evaluation import flow, scoring, temporal


@pytest.fixture(scope="module")
def pan():
    """A pan over a photograph by 5 pixels to the right a frame, 7 x [160, 160, 3]."""
    photo = skimage.data.astronaut()
    return [photo[40:200, 100 + 5 * n : 260 + 5 * n] for n in range(7)]


def rgb_of(grey):
    return np.repeat(grey[..., None], 3, axis=-1)


def with_offset(rgb, offset):
    """`rgb` with `offset` [3] added; the fixtures leave room for it."""
    return (np.clip(rgb, 60, 190).astype(int) + offset).astype("uint8")


def measure(*clips):
    """The row of each version over clips, each a dict of frames by version.

    The motion is that of "truth".
    """
    steadiness = temporal.Steadiness(clips[0])
    for clip in clips:
        for frames in zip(*clip.values(), strict=True):
            frames = dict(zip(clip, frames, strict=True))
            steadiness.add(scoring.grey_of(frames["truth"]), frames)
        steadiness.end_film()
    return steadiness.result()


def cdc_by_scipy(frames):
    """CDC by its definition, with NumPy's histograms and SciPy's divergence."""
    total = 0
    for d in (1, 2, 4):
        for channel in range(3):
            values = [
                distance.jensenshannon(
                    *(np.histogram(f[..., channel], range(257))[0] for f in pair)
                )
                ** 2  # SciPy gives the root.
                for pair in zip(frames, frames[d:], strict=False)
            ]
            total += np.mean(values) / 9
    return total


def warp_error_by_scipy(frames, source):
    """Warp error by its definition, on the motion that OpenCV finds."""
    errors = []
    for n, motion in enumerate(motions(source)):
        y, x = np.indices(motion.visible.shape)
        places = y + motion.flow[..., 1], x + motion.flow[..., 0]
        squares = [
            (ndimage.map_coordinates(after / 255, places, order=1) - before / 255) ** 2
            for before, after in zip(
                *(np.moveaxis(frames[m], -1, 0) for m in (n, n + 1)), strict=True
            )
        ]
        errors.append(np.mean(squares, axis=0)[motion.visible].mean())
    return np.mean(errors)


def motions(source):
    find_motion = flow.MotionFinder()
    greys = [scoring.grey_of(rgb) for rgb in source]
    return [find_motion(*pair) for pair in itertools.pairwise(greys)]


def test_flow_recovers_a_pan_by_whole_pixels(pan):
    for motion in motions(pan):
        error = np.abs(motion.flow - [-5, 0]).max(axis=-1)
        np.testing.assert_allclose(
            np.median(motion.flow, axis=(0, 1)), [-5, 0], atol=0.1
        )
        assert np.mean(error[motion.visible] < 0.25) > 0.9
        assert np.mean(motion.visible[:, 5:]) > 0.9
        assert not motion.visible[:, :4].any()  # These leave the picture.


def test_true_colours_of_a_pan_have_next_to_no_warp_error(pan):
    shuffled = [frame[:, ::-1] for frame in pan]
    rows = measure({"truth": pan, "other": shuffled})["rows"]
    assert rows["truth"]["warp_error"] < 2e-4  # 1/70 of full scale, root mean square.
    assert rows["other"]["warp_error"] > 100 * rows["truth"]["warp_error"]


def test_what_a_moving_thing_covers_is_not_visible():
    """A square moves by 8 over a still background: 8 columns before it are covered."""
    noise = np.random.default_rng(1).normal(0, 60, (2, 128, 128))
    below, above = 128 + 3 * ndimage.gaussian_filter(noise, (0, 2, 2))

    def frame(x):
        picture = below.copy()
        picture[40:88, x : x + 48] = above[40:88, 40:88]
        return np.clip(picture, 0, 255).astype("uint8")

    motion = flow.MotionFinder()(frame(32), frame(40))
    covered = np.zeros((128, 128), bool)
    covered[44:84, 81:87] = True
    elsewhere = ~ndimage.binary_dilation(covered, iterations=24)
    elsewhere[32:96, 20:100] = False
    assert motion.visible[covered].mean() < 0.3
    assert motion.visible[52:76, 46:68].mean() > 0.9
    assert motion.visible[elsewhere].mean() > 0.98


def test_a_still_film_is_steady(pan):
    row = measure({"truth": [pan[0]] * 6})["rows"]["truth"]
    assert (row["warp_error"], row["cdc"]) == (0, 0)
    assert row["warp_error_ratio"] is None and row["cdc_ratio"] is None


def test_a_constant_tint_changes_nothing(pan):
    tinted = [with_offset(rgb, (30, -25, 10)) for rgb in pan]
    plain = [with_offset(rgb, (0, 0, 0)) for rgb in pan]
    rows = measure({"truth": plain, "tinted": tinted})["rows"]
    assert rows["tinted"]["warp_error_ratio"] == pytest.approx(1, rel=1e-4)
    assert rows["tinted"]["cdc_ratio"] == pytest.approx(1)


@pytest.mark.parametrize("size", [3, 12, 40])
def test_flicker_of_known_size_is_found(pan, size):
    """Red goes up and down by `size` over a still picture."""
    still = [with_offset(pan[0], (0, 0, 0))] * 6
    flickering = [
        with_offset(rgb, (size * (n % 2), 0, 0)) for n, rgb in enumerate(still)
    ]
    rows = measure({"truth": still, "flickering": flickering})["rows"]
    expected = (size / 255) ** 2 / 3
    assert rows["flickering"]["warp_error"] == pytest.approx(expected, rel=1e-4)
    # Frames 2 and 4 apart are the same: only a third of CDC, and one channel of three.
    shares = [np.histogram(f[..., 0], range(257))[0] for f in flickering[:2]]
    divergence = distance.jensenshannon(*shares) ** 2
    assert rows["flickering"]["cdc"] == pytest.approx(divergence / 9)


def test_both_figures_are_their_definitions_worked_out_all_at_once(pan):
    random = np.random.default_rng(5)
    flickering = [with_offset(rgb, random.integers(-20, 20, 3)) for rgb in pan]
    rows = measure({"truth": pan, "flickering": flickering})["rows"]
    for name, frames in (("truth", pan), ("flickering", flickering)):
        assert rows[name]["cdc"] == pytest.approx(cdc_by_scipy(frames), rel=1e-9)
        expected = warp_error_by_scipy(frames, pan)
        assert rows[name]["warp_error"] == pytest.approx(expected, rel=0.02)


def test_grey_is_steadier_than_colours_that_flicker(pan):
    grey = [rgb_of(scoring.grey_of(rgb)) for rgb in pan]
    flickering = [with_offset(rgb, (25 * (n % 2), 0, 0)) for n, rgb in enumerate(pan)]
    rows = measure({"grey": grey, "truth": pan, "flickering": flickering})["rows"]
    assert rows["grey"]["cdc"] < rows["flickering"]["cdc"] / 2
    assert rows["grey"]["warp_error"] < rows["flickering"]["warp_error"] / 10
    assert rows["grey"]["colorfulness_signed"] == pytest.approx(0, abs=1e-9)
    assert rows["grey"]["cdc_ratio"] == pytest.approx(
        rows["grey"]["cdc"] / rows["truth"]["cdc"]
    )


def test_films_weigh_the_same_whatever_their_length(pan):
    whole, part = {"truth": pan}, {"truth": pan[:5][::-1]}
    apart = [measure(clip)["rows"]["truth"] for clip in (whole, part)]
    together = measure(whole, part)
    assert (together["films"], together["frames"]) == (2, 12)
    for figure in ("warp_error", "cdc", "colorfulness_absolute"):
        expected = np.mean([row[figure] for row in apart])
        assert together["rows"]["truth"][figure] == pytest.approx(expected)


def test_no_pair_spans_a_cut(pan):
    """Two shots in one film: the pairs of both, and none of one frame of each."""
    shots = [pan[0]] * 6, [255 - pan[0][::-1]] * 6
    spliced = measure({"truth": [*shots[0], *shots[1]]})
    assert spliced["cuts"] == 1
    assert spliced["rows"]["truth"]["warp_error"] == 0
    assert spliced["rows"]["truth"]["cdc"] == 0


def test_a_film_without_five_frames_in_a_row_counts_for_nothing(pan):
    assert measure({"truth": pan[:4]}) is None
    both = measure({"truth": pan[:4]}, {"truth": pan})
    assert both == measure({"truth": pan})


def test_a_picture_that_is_all_hidden_has_no_warp_error():
    nowhere = flow.Motion(np.zeros((16, 16, 2), "float32"), np.zeros((16, 16), bool))
    frame = np.zeros((16, 16, 3), "float32")
    assert temporal.warp_error(frame, frame, nowhere) is None

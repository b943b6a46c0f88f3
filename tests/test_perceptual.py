"""LPIPS and FID: their arithmetic on features made here, and who is left out."""

import keras
import numpy as np
import pytest
from PIL import Image
from scipy import linalg, signal
from test_copies import evaluated, tinted

from colornet.errors import InputError
from colornet.evaluation import fid, lpips, perceptual, report

# By depth, each convolution's place in PyTorch's network, and the side of its kernel.
ALEX = [{0: 11}, {3: 5}, {6: 3}, {8: 3}, {10: 3}]
VGG = [
    {0: 3, 2: 3},
    {5: 3, 7: 3},
    *({p: 3, p + 2: 3, p + 4: 3} for p in (10, 17, 24)),
]


def weights_of(depths, channels=4):
    """Random weights of a network with few channels, named as `lpips` names them."""
    random, weights, before = np.random.default_rng(0), {}, 3
    for depth, kernels in enumerate(depths, 1):
        for place, side in kernels.items():
            name, shape = f"net.slice{depth}.{place}", (channels, before, side, side)
            weights[f"{name}.weight"] = random.normal(size=shape) / side
            weights[f"{name}.bias"] = random.normal(size=channels)
            before = channels
        weights[f"lin{depth - 1}.model.1.weight"] = random.random((1, channels, 1, 1))
    return {key: value.astype("float32") for key, value in weights.items()}


def seen_by_scipy(rgb, weights, depths, strides, pooled, side):
    """Features [C, H, W] at each depth of RGB [H, W, 3] in [-1, 1]."""
    shift, scale = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)
    x, taps = np.moveaxis((rgb - shift) / scale, -1, 0), []
    for depth, kernels in enumerate(depths, 1):
        if depth in pooled:
            windows = np.lib.stride_tricks.sliding_window_view(x, (side, side), (1, 2))
            x = windows[:, ::2, ::2].max(axis=(-2, -1))
        for place in kernels:
            kernel = weights[f"net.slice{depth}.{place}.weight"]
            pad = 2 if kernel.shape[-1] == 11 else kernel.shape[-1] // 2
            x = np.pad(x, ((0, 0), (pad, pad), (pad, pad)))
            sums = [
                sum(
                    signal.correlate(plane, k, "valid")
                    for plane, k in zip(x, one, strict=True)
                )
                for one in kernel
            ]
            x = np.stack(sums)[:, :: strides.get(place, 1), :: strides.get(place, 1)]
            bias = weights[f"net.slice{depth}.{place}.bias"]
            x = np.maximum(x + bias[:, None, None], 0)
        taps.append(x)
    return taps


@pytest.mark.parametrize(
    "name, depths, strides, pooled, side",
    [("AlexNet", ALEX, {0: 4}, (2, 3), 3), ("VGG-16", VGG, {}, (2, 3, 4, 5), 2)],
)
def test_networks_are_those_of_pytorch(name, depths, strides, pooled, side):
    weights = weights_of(depths)
    rgb = np.random.default_rng(1).uniform(-1, 1, (43, 50, 3))
    network = lpips.features_network(name, weights)
    got = network.predict_on_batch(rgb[None].astype("float32"))
    expected = seen_by_scipy(rgb, weights, depths, strides, pooled, side)
    for one, other in zip(got, expected, strict=True):
        np.testing.assert_allclose(
            one[0], np.moveaxis(other, 0, -1), rtol=1e-3, atol=1e-3
        )


def test_lpips_is_of_unit_features_weighted_and_averaged_over_places():
    one, other = np.zeros((2, 3, 2)), np.zeros((2, 3, 2))
    one[..., 0] = 5  # Towards the first channel; the other towards the second.
    other[..., 1] = 0.1
    linear = np.array([0.5, 0.25])
    assert lpips.distance([one], [other], [linear]) == pytest.approx(0.75)
    assert lpips.distance([one] * 2, [other] * 2, [linear] * 2) == pytest.approx(1.5)
    assert lpips.distance([one], [7 * one], [linear]) == pytest.approx(0, abs=1e-12)
    half = one.copy()
    half[0] = other[0]
    assert lpips.distance([one], [half], [linear]) == pytest.approx(0.375)
    nothing = np.zeros_like(one)  # It has no direction, and is no division by zero.
    assert lpips.distance([one], [nothing], [linear]) == pytest.approx(0.5)


def test_lpips_of_the_same_picture_is_zero(tmp_path, photo):
    np.savez(tmp_path / lpips.FILES["AlexNet"], **weights_of(ALEX))
    judge = lpips.Lpips(tmp_path)
    assert judge.result() is None
    judge.add("a", {"grey": photo[::-1], "model": photo, "truth": photo})
    judge.add("b", {"grey": photo, "model": photo, "truth": photo})
    judge.add("c", {"grey": photo[::-1], "model": photo, "truth": photo[::-1]})
    rows = judge.result()["rows"]
    assert rows["model"] == pytest.approx(rows["grey"])  # It is symmetric.
    assert rows["grey"] > 0
    with pytest.raises(InputError, match="d: 160x31 pixels; LPIPS needs 32x32"):
        judge.add("d", {"grey": photo[:31], "truth": photo[:31]})


def test_frechet_distance_of_known_gaussians():
    random = np.random.default_rng(2)
    spreads, others = random.random((2, 6)) + 0.1
    mean, away = random.normal(size=(2, 6))
    # Along the same axes: the squared distance of means and of standard deviations.
    turn = linalg.qr(random.normal(size=(6, 6)))[0]
    first, second = (turn * s**2 @ turn.T for s in (spreads, others))
    expected = np.sum(away**2) + np.sum((spreads - others) ** 2)
    got = fid.frechet_distance(mean, first, mean + away, second)
    assert got == pytest.approx(expected)
    assert fid.frechet_distance(mean, first, mean, first) == pytest.approx(0, abs=1e-9)
    # Along others, SciPy's root of the product.
    other = random.normal(size=(6, 6))
    second = other @ other.T
    expected = np.trace(first + second - 2 * linalg.sqrtm(first @ second).real)
    assert fid.frechet_distance(mean, first, mean, second) == pytest.approx(expected)


def test_too_few_samples_make_no_complex_numbers():
    features = np.random.default_rng(3).normal(size=(2, 5, 40))
    (mean, covariance), other = (fid.gaussian(f) for f in features)
    np.testing.assert_allclose(covariance, np.cov(features[0].T))
    assert fid.frechet_distance(mean, covariance, *other) > 0
    same = fid.frechet_distance(mean, covariance, mean, covariance)
    assert same == pytest.approx(0, abs=1e-4)


class MeanColor:
    """Has three features: the means of R, G and B."""

    def predict_on_batch(self, batch):
        assert batch.shape[1:] == (299, 299, 3) and np.abs(batch).max() <= 1
        return batch.mean(axis=(1, 2), dtype="float64")


def test_fid_is_against_the_truth():
    judge = fid.Fid(MeanColor())
    random = np.random.default_rng(4)
    for number, color in enumerate(random.integers(50, 200, (9, 1, 1, 3))):
        rgb = np.broadcast_to(color, (40, 30, 3)).astype("uint8")
        if number == 1:
            assert judge.result() is None
        judge.add("a", {"grey": rgb + np.uint8(20), "model": rgb, "truth": rgb})
    rows = judge.result()["rows"]
    assert rows["grey"] == pytest.approx(3 * (20 / 127.5) ** 2, rel=1e-4)
    assert rows["model"] == pytest.approx(0, abs=1e-6)


@pytest.fixture
def folders(tmp_path, photo):
    """Two photographs and their copies."""
    for name, change in (("true", np.asarray), ("colored", tinted)):
        (tmp_path / name).mkdir()
        for number in (1, 2):
            image = Image.fromarray(change(photo[: 50 * number]))
            image.save(tmp_path / name / f"{number}.png")
    return tmp_path / "true", tmp_path / "colored"


def test_what_can_be_had_is_told_and_what_cannot_in_a_line(
    tmp_path, folders, monkeypatch
):
    weights = tmp_path / "weights"
    weights.mkdir()
    lines = report.to_text(evaluated(*folders, perceptual=str(weights))).splitlines()
    assert lines[-2].startswith(
        "LPIPS is left out: there is neither lpips_alex.npz nor"
    )
    assert lines[-1].startswith(f"FID is left out: there is no {fid.FILE} (--perc")
    np.savez(weights / lpips.FILES["VGG-16"], **weights_of(VGG))
    monkeypatch.setattr(fid, "load_network", lambda source: MeanColor())
    result = evaluated(*folders, perceptual=str(weights))
    lines = report.to_text(result).splitlines()
    assert lines[6] == "| | LPIPS | FID |"
    assert lines[8].startswith("| no colourisation | 0.")
    assert lines[9].startswith("| colored | 0.")
    assert lines[-2] == "LPIPS is by VGG-16, as LPIPS v0.1."
    assert lines[-1].startswith("FID is by InceptionV3 of keras.applications, against")


def test_weights_that_are_none_are_one_line(tmp_path, monkeypatch):
    with pytest.raises(InputError, match="--perceptual=no: expected a folder"):
        perceptual.judges("no")
    (tmp_path / lpips.FILES["AlexNet"]).write_text("no weights")
    with pytest.raises(InputError, match="lpips_alex.npz: holds no LPIPS v0.1"):
        perceptual.judges(str(tmp_path))

    def offline(**_):
        raise Exception("URL fetch failure")

    monkeypatch.setattr(keras.applications, "InceptionV3", offline)
    made, left_out = perceptual.judges(fid.ONLINE)
    assert not made
    assert left_out["fid_left_out"] == "URL fetch failure (--perceptual=imagenet)"

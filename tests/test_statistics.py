import itertools
import json

import numpy as np
import pytest
import skimage.color
import skimage.data

from colornet.color import bins, samples
from colornet.data import records
from colornet.data.building import statistics


def clip(sample, frames=1, height=6, width=8):
    return records.Clip([b""] * frames, "v", height, width, sample=sample)


def summed(clips):
    total = statistics.Statistics()
    for each in clips:
        total.add(each)
    return total


def close(one, other):
    """Whether two summaries say the same, but for the rounding of sums."""
    one, other = one.to_json(), other.to_json()
    assert one.keys() == other.keys()
    for name, value in one.items():
        if value is None:
            assert other[name] is None
            continue
        assert value == pytest.approx(other[name], rel=1e-12, abs=1e-15), name


@pytest.fixture(scope="module")
def pictures():
    """Samples of pictures: uint8 [N, 3] each, more than one batch in all."""
    whole = (skimage.data.astronaut(), skimage.data.coffee(), skimage.data.rocket())
    return [
        samples.spread_pixels(picture[y : y + 90, x : x + 120])
        for picture in whole
        for y in range(0, 340, 90)
        for x in range(0, 400, 120)
    ]


def test_a_sample_is_spread_over_the_whole_picture():
    rows, columns = np.mgrid[:200, :100]
    rgb = np.stack([rows, columns, 0 * rows], axis=-1).astype("uint8")
    sample = samples.spread_pixels(rgb)
    assert sample.shape == (576, 3)
    grid = sample.reshape(24, 24, 3)
    assert (grid[..., 0] == grid[:, :1, 0]).all()
    assert (grid[..., 1] == grid[:1, :, 1]).all()
    for values, last in ((grid[:, 0, 0], 199), (grid[0, :, 1], 99)):
        assert (values[0], values[-1]) == (0, last)
        assert np.ptp(np.diff(values.astype(int))) <= 1
    small = np.arange(5 * 3 * 3, dtype="uint8").reshape(5, 3, 3)
    assert (samples.spread_pixels(small) == small.reshape(-1, 3)).all()
    assert samples.spread_pixels(small[:1, :1]).shape == (1, 3)


def test_counts_and_sizes_are_those_of_the_clips():
    sample = np.zeros((4, 3), "uint8")
    total = summed(
        [clip(sample, 1, 10, 30), clip(sample, 16, 20, 20), clip(sample, 4, 60, 10)]
    ).to_json()
    assert (total["clips"], total["frames"], total["sampled_pixels"]) == (3, 21, 12)
    assert total["clip_length"] == {"min": 1, "mean": 7, "max": 16}
    assert total["height"] == {"min": 10, "mean": 30, "max": 60}
    assert total["width"] == {"min": 10, "mean": 20, "max": 30}


def test_colours_are_those_of_all_pixels(pictures):
    assert sum(map(len, pictures)) > statistics._BATCH
    found = summed(map(clip, pictures)).to_json()
    rgb = np.concatenate(pictures)
    ab = skimage.color.rgb2lab(rgb[None] / 255.0)[0, :, 1:]
    chroma = np.hypot(*ab.T).mean()
    assert found["mean_chroma"] == pytest.approx(chroma, rel=1e-3)
    # Zhang et al. 2016, section 2.2, from distances; not by way of `bins`.
    centers = bins.ab_centers().astype("float64")
    prior = np.zeros(len(centers))
    for some in np.array_split(ab, 16):
        distance = ((some[:, None] - centers) ** 2).sum(axis=-1)
        nearest = np.argsort(distance, axis=-1)[:, : bins.NEIGHBORS]
        share = np.exp(-np.take_along_axis(distance, nearest, -1) / 2 / bins.SIGMA**2)
        np.add.at(prior, nearest, share / share.sum(axis=-1, keepdims=True))
    prior /= len(ab)
    assert sum(found["ab_prior"]) == pytest.approx(1, abs=1e-6)
    # Half of the sum is the share that lies in a wrong bin.
    assert np.abs(np.array(found["ab_prior"]) - prior).sum() / 2 < 0.003


def test_every_colour_of_the_gamut_finds_its_cell():
    corners = np.array(list(itertools.product((0, 255), repeat=3)), "uint8")
    total = summed([clip(corners)]).to_json()
    assert sum(total["ab_prior"]) == pytest.approx(1, abs=1e-6)
    grey = summed([clip(np.full((9, 3), 90, "uint8"))]).to_json()
    assert grey["mean_chroma"] == pytest.approx(0, abs=0.02)
    (origin,) = np.flatnonzero((bins.ab_centers() == 0).all(axis=-1))
    assert np.argmax(grey["ab_prior"]) == origin


def test_merging_is_counting_all_at_once_in_any_order(pictures):
    clips = [
        clip(sample, 1 + n % 3, 40 + n, 90 - n) for n, sample in enumerate(pictures)
    ]
    whole = summed(clips)
    rng = np.random.default_rng(0)
    for parts in (1, 3, 7):
        numbers = rng.integers(parts, size=len(clips))
        sums = [
            summed(itertools.compress(clips, numbers == part)) for part in range(parts)
        ]
        stored = [json.loads(json.dumps(part.to_json())) for part in sums]
        for order in (range(parts), reversed(range(parts))):
            merged, restored = statistics.Statistics(), statistics.Statistics()
            for part in order:
                merged.merge(sums[part])
                restored.merge(statistics.Statistics.from_json(stored[part]))
            close(merged, whole)
            # The cells of one and the same shard are encoded in other groups.
            assert restored.to_json()["height"] == whole.to_json()["height"]
            assert restored.to_json()["ab_prior"] == pytest.approx(
                whole.to_json()["ab_prior"], abs=1e-7
            )


def test_json_gives_the_same_statistics_again(pictures):
    for total in (statistics.Statistics(), summed(map(clip, pictures))):
        stored = json.dumps(total.to_json(), allow_nan=False)
        close(statistics.Statistics.from_json(json.loads(stored)), total)
    nothing = statistics.Statistics().to_json()
    assert (nothing["clips"], nothing["height"], nothing["mean_chroma"]) == (0, None, 0)


def test_a_clip_without_a_sample_still_counts():
    total = summed([clip(np.empty((0, 3), "uint8"), frames=5)]).to_json()
    assert (total["clips"], total["frames"], total["sampled_pixels"]) == (1, 5, 0)

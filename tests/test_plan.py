import collections
import random

import pytest

from colornet.data import records
from colornet.data.building import plan
from colornet.errors import InputError


def deal(weights, count, seed=0):
    return plan.deal(weights, count, seed, "x")


def loads(buckets, weights):
    """What lies in each shard, if clips of a bucket are dealt evenly."""
    return [
        sum(weights[key] for key in bucket.keys) / len(bucket.files)
        for bucket in buckets
        for _ in bucket.files
    ]


@pytest.mark.parametrize("count", [1, 3, 7, 20])
@pytest.mark.parametrize("spread", [1, 4])
@pytest.mark.parametrize("kind", ["even", "uneven", "one giant"])
def test_every_input_is_dealt_once_and_evenly(count, spread, kind):
    draw = random.Random(count)
    weights = {
        f"{n:03d}": 1.0 if kind == "even" else draw.lognormvariate(0, 1.5)
        for n in range(200)
    }
    if kind == "one giant":
        weights["100"] = 2.0 * sum(weights.values())
    buckets = plan.deal(weights, count, 0, "x", spread)
    dealt = [key for bucket in buckets for key in bucket.keys]
    assert sorted(dealt) == sorted(weights)
    files = [file for bucket in buckets for file in bucket.files]
    assert files == [f"x-{n:05d}-of-{count:05d}.tfrecord" for n in range(count)]
    heap = loads(buckets, weights)
    mean = sum(weights.values()) / count
    # A bucket holds at most one input too much; a giant's own shards up to twice.
    assert max(heap) - min(heap) <= min(max(weights.values()), 2 * mean)
    for bucket in buckets:
        assert len(bucket.files) <= spread or len(bucket.keys) == 1


def test_equal_inputs_are_shuffled_by_the_seed_alone():
    weights = {f"{n:03d}": 1.0 for n in range(100)}
    again = dict(sorted(weights.items(), reverse=True))
    assert deal(weights, 5) == deal(again, 5)
    assert deal(weights, 5) != deal(weights, 5, seed=1)
    sizes = {len(bucket.keys) for bucket in deal(weights, 7)}
    assert sizes == {14, 15}
    first = deal(weights, 5)[0].keys
    assert first != sorted(first)


@pytest.mark.parametrize("count", [1, 4, 9, 40])
@pytest.mark.parametrize("inputs", [1, 2, 3])
@pytest.mark.parametrize("spread", [1, 8])
def test_few_inputs_fill_all_shards(count, inputs, spread):
    weights = {str(n): 1.0 + n / 3 for n in range(inputs)}
    buckets = plan.deal(weights, count, 0, "x", spread)
    assert sum(len(bucket.files) for bucket in buckets) == count
    assert all(bucket.keys and bucket.files for bucket in buckets)
    heap = loads(buckets, weights)
    assert max(heap) <= 2.5 * sum(weights.values()) / count


def test_splits_are_disjoint_stable_and_of_the_size_asked_for():
    keys = [f"film {n}.mp4" for n in range(4000)]
    sides = collections.Counter(
        (plan.in_split(key, 0, 90), plan.in_split(key, 90, 100)) for key in keys
    )
    assert sides.keys() == {(True, False), (False, True)}
    assert abs(sides[True, False] / 4000 - 0.9) < 0.02
    # Nothing but the name counts, and the split is not the order of the deal.
    first = {
        key for bucket in deal(dict.fromkeys(keys, 1.0), 2)[:1] for key in bucket.keys
    }
    inside = sum(plan.in_split(key, 0, 50) for key in first)
    assert 0.45 < inside / len(first) < 0.55


class Reader:
    """Inputs of known sizes; those named "bad" cannot be read."""

    def __init__(self, sizes, frames=1):
        self.sizes, self.frames = sizes, frames

    def read(self, key, left_out=None):
        if key.startswith("bad"):
            raise InputError("bad")
        for _ in range(3):
            data = bytes(self.sizes[key])
            yield records.Clip([data] * self.frames, key, 2, 2)


def test_the_size_of_all_is_estimated_from_some():
    sizes = {f"{n}": 1000 + 10 * (n % 7) for n in range(300)}
    weights = dict.fromkeys(sizes, 1.0)
    found = plan.bytes_of_all(Reader(sizes), weights, 1.0)
    assert abs(found / (sum(sizes.values()) + 300 * 150) - 1) < 0.1
    twice = plan.bytes_of_all(Reader(sizes, frames=8), weights, 2.0)
    assert 1.7 < twice / found < 2.3
    weights = {f"bad{n}": 1.0 for n in range(5)}
    assert plan.bytes_of_all(Reader({}), weights, 1.0) > 0


def test_shards_have_the_size_asked_for_and_small_sets_a_few():
    assert plan.shards_for(10e9, 100e6, 1e6) == 100
    assert plan.shards_for(40e6, 100e6, 1e4) == 16
    assert plan.shards_for(2.5e6, 100e6, 1e4) == 3
    assert plan.shards_for(10e3, 100e6, 1e4) == 1
    assert plan.shards_for(10e9, 100e6, 7) == 7

"""Damaged photographs, as `tools/fuzz_photos.py` makes and judges them by thousands."""

import importlib.util
import pathlib
import sys

import numpy as np
import pytest
import warm_colorizer
from PIL import Image

PROGRAM = pathlib.Path(__file__).parent.parent / "tools" / "fuzz_photos.py"


@pytest.fixture(scope="module")
def fuzz():
    spec = importlib.util.spec_from_file_location("fuzz_photos", PROGRAM)
    module = importlib.util.module_from_spec(spec)
    flags_before = set(module_flags())
    spec.loader.exec_module(module)
    yield module
    for name in set(module_flags()) - flags_before:
        delattr(module.FLAGS, name)
    sys.modules.pop("fuzz_photos", None)


def module_flags():
    from absl import flags

    return list(flags.FLAGS)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("ending", ["jpg", "png", "tif", "webp", "bmp", "jp2", "gif"])
def test_damaged_files_are_coloured_whole_or_refused_in_a_line(
    tmp_path, fuzz, ending, monkeypatch
):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 4_000_000)
    rng, colorizer = np.random.default_rng(7), warm_colorizer.made()
    for data in fuzz.whole_files(ending):
        wrong, result = fuzz.outcome(tmp_path, ending, data, colorizer, 10)
        assert (wrong, result) == ("", "coloured")
        for _ in range(12):
            damaged = fuzz.damage(data, rng)
            assert not fuzz.outcome(tmp_path, ending, damaged, colorizer, 10)[0]

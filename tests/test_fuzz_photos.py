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


@pytest.mark.parametrize("damage", ["no height", "a circle"])
def test_what_the_thousands_found(tmp_path, fuzz, damage):
    """TIFFs without a pixel, and whose last page names the first as the next."""
    data = bytearray(fuzz.whole_files("tif")[0])
    directory = int.from_bytes(data[4:8], "little")
    following = directory + 2 + 12 * int.from_bytes(data[directory:][:2], "little")
    if damage == "a circle":
        data[following : following + 4] = data[4:8]
    else:
        height = data.index((257).to_bytes(2, "little"), directory)
        data[height : height + 2] = (65000).to_bytes(2, "little")
    wrong = fuzz.outcome(tmp_path, "tif", bytes(data), warm_colorizer.made(), 10)
    assert wrong == ("", "refused")

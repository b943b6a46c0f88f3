"""The table of `tools/ablate_dynamic_layer.py`, and the flags of its rows."""

import dataclasses
import importlib.util
import pathlib

import numpy as np
import pytest

from colornet import config as configuration
from colornet.evaluation import metrics
from colornet.training.settings import TrainConfig

ROOT = pathlib.Path(__file__).parent.parent
ROWS = sorted((ROOT / "experiments" / "dynamic_layer").glob("*.flags"))


@pytest.fixture(scope="module")
def tool():
    path = ROOT / "tools" / "ablate_dynamic_layer.py"
    spec = importlib.util.spec_from_file_location("ablate_dynamic_layer", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def cells_of(table, row):
    (line,) = (x for x in table.splitlines() if x.startswith(f"| {row},"))
    return [cell.strip() for cell in line.strip("|").split("|")[1:]]


def test_what_is_smaller_than_the_spread_of_seeds_is_no_effect(tool):
    table = tool.to_table(
        {
            "gru": [[1.0, 0.5, 1.0, 1.0, 0.5], [1.1, 0.5, 1.0, 1.0, 0.5]],
            "none": [[1.13, 0.4, 0.9, 1.0, 0.5], [1.13, 0.4, 1.2, 1.0, 0.6]],
        }
    )
    cells = cells_of(table, "none")
    assert cells[0] == "1.130 (0.000), no effect"  # The default's own spread is 0.1.
    assert cells[1] == "0.400 (0.000)"
    assert cells[2] == "1.050 (0.300), no effect"
    assert "no effect" not in "".join(cells_of(table, "gru"))


def test_every_second_frame_is_scored_as_if_it_were_alone(tool, photo):
    random = np.random.default_rng(0)
    judge = tool.EverySecond({row: metrics.Score() for row in ("grey", "model")})
    alone = {row: metrics.Score() for row in ("grey", "model")}
    for name, count in (("dance", 3), ("camel", 2)):
        for frame in range(count):
            noise = random.integers(0, 9, photo.shape, np.uint8)
            shown = {"truth": photo, "grey": 0 * photo, "model": photo // 2 + noise}
            judge.add(name, shown)
            if frame in (0, 2):
                for row, score in alone.items():
                    score.add(photo, shown[row])
    assert judge.result() == {row: score.result() for row, score in alone.items()}


def test_rows_differ_from_the_default_in_one_thing(monkeypatch):
    monkeypatch.chdir(ROOT)
    rows = {p.stem: configuration.from_flagfile(TrainConfig, p) for p in ROWS}
    default = dataclasses.asdict(rows.pop("gru"))
    for name, row in rows.items():
        changed = {k for k, v in dataclasses.asdict(row).items() if v != default[k]}
        # A step has as many frames, however long its clips.
        frames = row.clip_length * row.global_batch_size
        assert frames == default["clip_length"] * default["global_batch_size"]
        assert len(changed - {"global_batch_size"}) == 1, name

"""The benchmark: its tables of made-up figures, README with them, and its rows."""

import dataclasses
import json
import pathlib

import pytest
from made_results import result

from colornet import config as configuration
from colornet.training.settings import TrainConfig

ROOT = pathlib.Path(__file__).parents[1]


@pytest.fixture
def tools(monkeypatch):
    """`make_tables` and `benchmark_rows`, run from the repository."""
    monkeypatch.syspath_prepend(ROOT / "tools")
    monkeypatch.chdir(ROOT)
    import benchmark_rows
    import make_tables

    return make_tables, benchmark_rows


@pytest.fixture
def kept(tools, monkeypatch, tmp_path):
    """Keeps the results of a row where the tools look for them."""
    _, rows = tools
    monkeypatch.setattr(rows, "FOLDER", tmp_path)

    def keep(name, *results):
        for seed, one in enumerate(results, 1):
            (tmp_path / f"{name}-{seed}.json").write_text(json.dumps(one))

    return keep


def cells(table, label):
    (line,) = (line for line in table.splitlines() if f" {label} |" in line)
    return [cell.strip() for cell in line.strip("|\n").split("|")]


def test_rows_stand_between_grey_and_the_truth(tools, kept):
    make_tables, _ = tools
    kept("zhang2016", result(0.3, 25.0))
    table = make_tables.figures("films", make_tables._FILMS)
    grey = cells(table, "no colourisation")
    assert grey[2:6] == ["0.400", "1.000", "23.00", "+0.00"]
    assert grey[-2:] == ["1.000", "1.000"]
    zhang = cells(table, "Zhang 2016")
    assert zhang[2:6] == ["0.300", "0.750", "25.00", "+2.00"]
    assert zhang[-2:] == ["1.250", "1.500"]
    truth = cells(table, "truth")
    assert truth[2:6] == [""] * 4 and truth[9:11] == ["40.0", "38.0"]
    assert "Larsson" not in table  # There is nothing of it.


def test_of_two_seeds_there_is_the_mean_and_the_distance(tools, kept):
    make_tables, _ = tools
    kept("default", result(0.30), result(0.34))
    table = make_tables.figures("photos", make_tables._PHOTOGRAPHS)
    assert cells(table, "default of this package")[2] == "0.320 (0.040)"


def test_a_row_is_at_its_best_where_its_error_is_lowest(tools, kept):
    make_tables, _ = tools
    kept("zhang2016", result(0.3))
    assert cells(make_tables.at_best(), "Zhang 2016")[2:4] == ["160", "0.300"]


def test_a_difference_within_that_of_seeds_is_none(tools, kept):
    make_tables, _ = tools
    kept("gru", result(0.30, 25.0), result(0.32, 25.1))
    kept("no_dynamic_layer", result(0.32, 24.0), result(0.32, 24.0))
    found = cells(make_tables.claims(), "dynamic layer; none")
    assert found[1:4] == ["-0.048", "none (-0.010)", "none (-0.010)"]
    assert found[4:] == ["+0.09", "+1.05", "+1.05"]
    # How far apart seeds are can not be said of one.
    kept("lstm", result(0.34, 25.05))
    found = cells(make_tables.claims(), "GRU; LSTM")
    assert found[2] == "-0.030, of one seed" and found[5] == "none (+0.00)"


def test_a_loss_that_falls_to_the_end_is_unfinished(tools, kept):
    make_tables, rows = tools
    kept("zhang2016", result(loss=[3.0] * 10 + [2.0] * 8 + [1.99, 1.99]))
    kept("iizuka2016", result(loss=[3 * 0.98**epoch for epoch in range(20)]))
    table = make_tables.training(rows.SYSTEMS)
    assert cells(table, "Zhang 2016")[4] == "1.990"
    assert cells(table, "Iizuka 2016")[4].endswith(", unfinished")


def test_the_readme_has_the_tables_of_the_results_that_are_kept(tools):
    make_tables, _ = tools
    text = make_tables.README.read_text(encoding="utf-8")
    assert make_tables.with_tables(text) == text


def test_all_rows_see_the_same(tools):
    """As many pictures, of one size, as large a share of them from films."""
    _, rows = tools
    seen = set()
    for row in (*rows.SYSTEMS, *rows.BATCHES):
        config = configuration.from_flagfile(TrainConfig, row.flags)
        pictures = config.epochs * config.steps_per_epoch * config.photos_per_step
        assert 60_000 <= pictures < 60_200
        assert config.photos_per_step == config.global_batch_size * config.clip_length
        seen.add((config.crop, config.films_share))
    assert len(seen) == 1


def test_a_row_differs_from_the_reports_model_in_one_thing(tools):
    _, rows = tools
    found = {row.name: row.flags for row in rows.SYSTEMS}
    model = dataclasses.asdict(configuration.from_flagfile(TrainConfig, found["gru"]))
    for name, change in {
        "no_dynamic_layer": {"dynamic_layer"},
        "lstm": {"dynamic_layer"},
        "noh2015": {"decoder"},
    }.items():
        config = configuration.from_flagfile(TrainConfig, found[name])
        fields = dataclasses.asdict(config).items()
        assert {field for field, value in fields if value != model[field]} == change

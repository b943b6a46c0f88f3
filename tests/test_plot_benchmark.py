"""`tools/plot_benchmark.py`: the pictures show the figures they are made of."""

import pathlib

import pytest
from made_results import result


@pytest.fixture
def drawn(monkeypatch):
    """The tool, the results of three rows, and what closes the figures."""
    reason = "needs pip install 'colornet[benchmark]'"
    pytest.importorskip("matplotlib", reason=reason)
    monkeypatch.syspath_prepend(pathlib.Path(__file__).parents[1] / "tools")
    import benchmark_rows
    import plot_benchmark

    rows = {row.name: row for row in benchmark_rows.SYSTEMS}
    made = {
        rows["no_dynamic_layer"]: [result(0.33, 24.0)],
        rows["gru"]: [result(0.30, 24.5, loss=(3.0, 2.0)), result(0.32, 25.5)],
        rows["lstm"]: [result(0.31, 24.0, loss=(4.0, 3.5))],
    }
    yield plot_benchmark, made
    plot_benchmark.pyplot.close("all")


def test_bars_are_the_reports_figures_and_the_means_of_ours(drawn):
    tool, made = drawn
    errors, psnr = tool.draw_reported(made).axes
    heights = [round(bar.get_height(), 6) for bar in errors.patches]
    # No colourisation, with the layer and without.
    assert heights == [0.412, 0.291, 0.339, 0.4, 0.31, 0.33]
    heights = [round(bar.get_height(), 6) for bar in psnr.patches]
    assert heights == [23.76, 23.98, 23.89, 23.0, 25.0, 24.0]


def test_lines_are_the_losses_over_the_pictures_seen(drawn):
    tool, made = drawn
    (plot,) = tool.draw_convergence(made).axes
    lines = [list(map(tuple, line.get_xydata())) for line in plot.lines]
    assert lines[0] == [(30_000, 3.0), (60_000, 2.0)]
    assert lines[2] == [(30_000, 4.0), (60_000, 3.5)]
    assert len(lines) == 3


def test_a_point_is_a_runs_colourfulness_and_error(drawn):
    tool, made = drawn
    photos, films = tool.draw_colorfulness(made).axes
    for plot in (photos, films):
        points = sorted(tuple(xy) for line in plot.lines for xy in line.get_xydata())
        expected = [(0, 1)] + [(0.5, error / 0.4) for error in (0.3, 0.31, 0.32, 0.33)]
        assert points == [pytest.approx(point) for point in expected]
        assert len(plot.lines) == 1 + len(made)  # Runs of a row look alike.

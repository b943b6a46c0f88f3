"""Draws the benchmark's figures from the files that tools/run_benchmark.py left.

  python tools/plot_benchmark.py docs

Writes to the folder benchmark_table1.png, the report's table 1 beside what is found
here on films; benchmark_convergence.png, losses with GRU and with LSTM; and
benchmark_colorfulness.png, error over colourfulness. Needs `pip install
'colornet[benchmark]'`.
"""

import pathlib
import sys

import benchmark_rows
import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402

# Of the report's table 1: alpha-beta RMSE, PSNR in dB.
_REPORTED = {
    "grey": (0.412, 23.76),
    "larsson2016": (0.299, 24.45),
    "gru": (0.291, 23.98),
    "no_dynamic_layer": (0.339, 23.89),
}
_FIGURES = ("alpha_beta_rmse", "alpha-beta RMSE"), ("psnr_db", "PSNR, dB")
_SETS = ("photos", "198 photographs"), ("films", "5 films")


def main():
    """Draws what there are figures for."""
    folder = pathlib.Path(sys.argv[1])
    made = {row: row.results() for row in benchmark_rows.SYSTEMS}
    made = {row: results for row, results in made.items() if results}
    for name, draw in {
        "table1": draw_reported,
        "convergence": draw_convergence,
        "colorfulness": draw_colorfulness,
    }.items():
        figure = draw(made)
        figure.savefig(folder / f"benchmark_{name}.png", dpi=80)
        pyplot.close(figure)


def draw_reported(made):
    """Bars: what the report's table 1 has, and what is found on films."""
    found = {row.name: [r["films"]["rows"]["model"] for r in made[row]] for row in made}
    labels = {row.name: row.label for row in made}
    some = next(iter(made.values()))[0]["films"]["rows"]
    found["grey"], labels["grey"] = [some["grey"]], "no colourisation"
    names = [name for name in _REPORTED if name in found]
    figure, plots = pyplot.subplots(1, 2, figsize=(12, 4), layout="constrained")
    for index, (plot, (key, title)) in enumerate(zip(plots, _FIGURES, strict=True)):
        reported = [_REPORTED[name][index] for name in names]
        means = [sum(row[key] for row in found[n]) / len(found[n]) for n in names]
        places = range(len(names))
        for values, side, label in (
            (reported, -0.2, "the report, its DAVIS"),
            (means, 0.2, "here, 5 films of DAVIS val"),
        ):
            bars = plot.bar([p + side for p in places], values, 0.4, label=label)
            plot.bar_label(bars, fmt="%.3f" if index == 0 else "%.2f", fontsize=8)
        plot.set_xticks(
            places, [labels[name].replace(", ", ",\n") for name in names], fontsize=8
        )
        plot.set_title(title)
    plots[1].set_ylim(22, 27)
    plots[0].legend(fontsize=8)
    return figure


def draw_convergence(made):
    """Lines: the loss of each run with GRU and with LSTM over the pictures seen."""
    figure, plot = pyplot.subplots(figsize=(7, 4), layout="constrained")
    for color, name in (("tab:blue", "gru"), ("tab:orange", "lstm")):
        row, results = next(
            ((row, made[row]) for row in made if row.name == name), (None, ())
        )
        for seed, result in enumerate(results, 1):
            count = len(result["loss"])
            seen = [result["pictures"] * (n + 1) / count for n in range(count)]
            style, label = "-" if seed == 1 else "--", f"{row.label}, seed {seed}"
            plot.plot(seen, result["loss"], style, color=color, label=label)
    plot.set(xlabel="pictures seen", ylabel="training loss")
    plot.grid(alpha=0.3)
    if plot.lines:
        plot.legend()
    return figure


def draw_colorfulness(made):
    """Points: error of grey's over colourfulness of the truth's, one of each seed."""
    figure, plots = pyplot.subplots(1, 2, figsize=(12, 5), layout="constrained")
    for plot, (pictures, title) in zip(plots, _SETS, strict=True):
        plot.plot(0, 1, "ko", label="no colourisation")
        for row, results in made.items():
            reports = [result[pictures] for result in results]
            vivid = [
                report["rows"]["model"]["colorfulness_signed"]
                / report["rows"]["truth"]["colorfulness_signed"]
                for report in reports
            ]
            errors = [report["alpha_beta_rmse_ratio"] for report in reports]
            plot.plot(vivid, errors, "o", label=row.label)
        plot.set(
            title=title,
            xlabel="colourfulness, of the truth's",
            ylabel="alpha-beta RMSE, of grey's",
        )
        plot.grid(alpha=0.3)
    figure.legend(*plots[0].get_legend_handles_labels(), loc="outside right center")
    return figure


if __name__ == "__main__":
    main()

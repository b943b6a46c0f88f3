"""Writes the benchmark's tables into experiments/README.md.

  python tools/make_tables.py

What stands there between "<!-- NAME: ... -->" and "<!-- end -->" is made anew from the
JSON files that tools/run_benchmark.py left in experiments/benchmark. Of a row with two
seeds the tables have the mean and, in brackets, highest less lowest. Rows that have not
been made are left out.
"""

import pathlib
import re
import statistics
from collections.abc import Callable, Sequence

import benchmark_rows

README = pathlib.Path("experiments/README.md")
# A loss that falls by more than this share from the last but one tenth of a run to the
# last has not come to its end.
_STILL_FALLS = 0.01
# Heading; what of a report it is; how it is written.
_PHOTOGRAPHS = (
    ("alpha-beta RMSE", lambda r: _model(r)["alpha_beta_rmse"], ".3f"),
    ("of grey's", lambda r: r["alpha_beta_rmse_ratio"], ".3f"),
    ("PSNR, dB", lambda r: _model(r)["psnr_db"], ".2f"),
    ("over grey", lambda r: r["psnr_gain_db"], "+.2f"),
    ("SSIM", lambda r: _model(r)["ssim"], ".3f"),
    ("AuC, %", lambda r: 100 * _model(r)["auc"], ".1f"),
    ("rebalanced", lambda r: 100 * _model(r)["auc_rebalanced"], ".1f"),
    ("colourfulness", lambda r: _model(r)["colorfulness_signed"], ".1f"),
    ("absolute", lambda r: _model(r)["colorfulness_absolute"], ".1f"),
    ("top-1, %", lambda r: 100 * r["semantic"]["rows"]["model"], ".1f"),
)
_FILMS = (
    *(column for column in _PHOTOGRAPHS if "top-1" not in column[0]),
    ("warp error", lambda r: _steady(r)["warp_error_ratio"], ".3f"),
    ("CDC", lambda r: _steady(r)["cdc_ratio"], ".3f"),
)
# What is compared; row less row; the report's alpha-beta RMSE and PSNR, in its table 1.
_CLAIMS = (
    ("dynamic layer; none", "gru", "no_dynamic_layer", -0.048, +0.09),
    ("dynamic layer; Larsson", "gru", "larsson2016", -0.008, -0.47),
    ("dynamic layer; Iizuka", "gru", "iizuka2016", None, None),
    ("GRU; LSTM", "gru", "lstm", None, None),
)
_FORMS = ("alpha_beta_rmse", "+.3f"), ("psnr_db", "+.2f")
_CLAIMED = (
    *("alpha-beta RMSE, in the report", "photographs", "films"),
    *("PSNR, dB, in the report", "photographs", "films"),
)


def main():
    """Makes all tables anew."""
    README.write_text(with_tables(README.read_text()))


def with_tables(text: str) -> str:
    """`text` with each table in its place."""
    tables = {
        "photographs": figures("photos", _PHOTOGRAPHS),
        "films": figures("films", _FILMS),
        "best": at_best(),
        "claims": claims(),
        "training": training(benchmark_rows.SYSTEMS),
        "batches": training(benchmark_rows.BATCHES),
    }
    for name, table in tables.items():
        place = re.compile(rf"(<!-- {name}:[^>]*-->\n).*?(<!-- end -->)", re.DOTALL)
        text = place.sub(lambda found, table=table: found[1] + table + found[2], text)
    return text


def figures(
    pictures: str, columns: Sequence[tuple[str, Callable[[dict], float], str]]
) -> str:
    """A table of all rows, the first of them grey, the last the truth.

    Args:
      pictures: of which report, "photos" or "films".
      columns: its headings; what each has of a report, and in which form.
    """
    rows = [["", "", *(heading for heading, _, _ in columns)]]
    made = _made(benchmark_rows.SYSTEMS)
    for row, results in made:
        reports = [result[pictures] for result in results]
        cells = [_spread([of(r) for r in reports], form) for _, of, form in columns]
        rows.append([str(row.number), row.label, *cells])
    if made:
        report = made[0][1][0][pictures]
        grey = [_cell(_as_grey(report), of, form) for _, of, form in columns]
        truth = [_cell(_as_truth(report), of, form) for _, of, form in columns]
        rows.insert(1, ["1", "no colourisation", *grey])
        rows.append(["", "truth", *truth])
    return _markdown(rows)


def at_best() -> str:
    """Photographs, each row at the network size at which its error is lowest."""
    rows = [["", "", "px", *(heading for heading, _, _ in _PHOTOGRAPHS)]]
    for row, results in _made((*benchmark_rows.SYSTEMS, benchmark_rows.BUNDLED)):
        sizes = results[0]["photos_at"]
        best = min(sizes, key=lambda size: _mean_error(results, size))
        reports = [result["photos_at"][best] for result in results]
        cells = [
            _spread([of(r) for r in reports], form) for _, of, form in _PHOTOGRAPHS
        ]
        size = str(reports[0].get("network_size") or (best if best != "0" else ""))
        rows.append([str(row.number), row.label, size, *cells])
    return _markdown(rows)


def claims() -> str:
    """What the report's table 1 says of two rows, and what is found here."""
    rows = [["less the second", *_CLAIMED]]
    made = {row.name: results for row, results in _made(benchmark_rows.SYSTEMS)}
    for label, one, other, *reported in _CLAIMS:
        if one in made and other in made:
            cells = []
            for (key, form), claimed in zip(_FORMS, reported, strict=True):
                cells.append("" if claimed is None else format(claimed, form))
                for pictures in ("photos", "films"):
                    of_one, of_other = (
                        [_model(result[pictures])[key] for result in made[name]]
                        for name in (one, other)
                    )
                    cells.append(_difference(of_one, of_other, form))
            rows.append([label, *cells])
    return _markdown(rows, words=1)


def training(rows: Sequence[benchmark_rows.Row]) -> str:
    """How long each row learned, and where that led."""
    table = [
        ["", "", "pictures seen", "minutes", "last loss", "parameters, million"]
        + ["photographs/s", "PSNR over grey, dB", "on"]
    ]
    for row, results in _made(rows):
        losses = [result["loss"] for result in results if "loss" in result]
        last = _spread([loss[-1] for loss in losses], ".3f") if losses else ""
        if any(map(is_unfinished, losses)):
            last += ", unfinished"
        photos = [result["photos"] for result in results]
        table.append(
            [str(row.number), row.label, f"{results[0]['pictures']:,}"]
            + [_spread([result["seconds"] / 60 for result in results], ".0f"), last]
            + [f"{photos[0]['parameters'] / 1e6:.2f}"]
            + [_spread([1 / r["seconds_per_frame"] for r in photos], ".1f")]
            + [_spread([r["psnr_gain_db"] for r in photos], "+.2f")]
            + [results[0]["machine"]]
        )
    return _markdown(table)


def is_unfinished(loss: list[float]) -> bool:
    """Whether the losses of a run's epochs, one after the other, still fall at its end.

    The means of its last two tenths are compared.
    """
    tenth = max(1, len(loss) // 10)
    before, after = loss[-2 * tenth : -tenth], loss[-tenth:]
    return statistics.mean(after) < (1 - _STILL_FALLS) * statistics.mean(before)


def _mean_error(results, size):
    return statistics.mean(
        r["photos_at"][size]["alpha_beta_rmse_ratio"] for r in results
    )


def _made(rows):
    return [(row, results) for row in rows if (results := row.results())]


def _model(report):
    return report["rows"]["model"]


def _steady(report):
    return report["temporal"]["rows"]["model"]


def _as_grey(report):
    """The report that grey would have got."""
    rows = {**report["rows"], "model": report["rows"]["grey"]}
    ones = {"alpha_beta_rmse_ratio": 1.0, "psnr_gain_db": 0.0}
    return {**_with_model(report, "grey"), "rows": rows, **ones}


def _as_truth(report):
    """That of the truth, which lacks what it has no error in."""
    return {**_with_model(report, "truth"), "rows": {"model": report["rows"]["truth"]}}


def _with_model(report, row):
    """What sees all rows, with the model in another's place."""
    parts = {
        name: report[name] for name in ("temporal", "semantic") if report.get(name)
    }
    return {
        name: {"rows": {"model": part["rows"][row]}} for name, part in parts.items()
    }


def _cell(report, of, form):
    try:
        return format(of(report), form)
    except KeyError:
        return ""


def _spread(values, form):
    """The mean and, of several, how far apart they are."""
    mean = format(statistics.mean(values), form)
    if len(values) == 1:
        return mean
    return f"{mean} ({format(max(values) - min(values), form.lstrip('+'))})"


def _difference(ones, others, form):
    """Mean less mean; none where the seeds of either are as far apart."""
    away = statistics.mean(ones) - statistics.mean(others)
    apart = max(max(values) - min(values) for values in (ones, others))
    text = format(away, form)
    if abs(away) <= apart:
        return f"none ({text})"
    return f"{text}, of one seed" if 1 in (len(ones), len(others)) else text


def _markdown(rows, words=2):
    """Rows of cells, the first the head; so many columns on the left are words."""
    head, *body = (f"| {' | '.join(row)} |\n" for row in rows)
    if not body:
        return "Nothing of this has been run yet.\n"
    line = "| --- " * words + "| ---: " * (len(rows[0]) - words) + "|\n"
    return "".join([head, line, *body])


if __name__ == "__main__":
    main()

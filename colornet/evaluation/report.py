"""What an evaluation says: the tables, and what one has to know to read them."""

_HEAD = (
    "| | alpha-beta RMSE | of grey's | ab RMSE | of grey's | PSNR, dB | over grey "
    "| SSIM | AuC | rebalanced | colourfulness, signed | absolute |\n"
    "| --- " + "| ---: " * 11 + "|\n"
)


_TEMPORAL_HEAD = (
    "| | warp error | of the truth's | CDC | of the truth's "
    "| colourfulness, signed | absolute |\n"
    "| --- " + "| ---: " * 6 + "|\n"
)

# By the key under which a report holds the figures.
_PERCEPTUAL = {"lpips": ("LPIPS", ".4f"), "fid": ("FID", ".2f")}

_SEMANTIC_HEAD = "| | top-1 | of the gap closed |\n| --- | ---: | ---: |\n"


def to_table(report: dict) -> str:
    """The Markdown tables: no colourisation, the model or the films, the truth.

    First how near the pictures come to the truth, by pixels and as networks see them,
    then how steady films are, then how often what is shown is known.
    """
    tables = [_to_scores(report)] if "rows" in report else []
    if any(report.get(key) for key in _PERCEPTUAL):
        tables.append(_to_perceptual(report))
    if report["temporal"]:
        tables.append(_to_temporal(report))
    if report.get("semantic"):
        tables.append(_to_semantic(report))
    return "\n".join(tables)


def _to_scores(report):
    grey, model, truth = (report["rows"][row] for row in ("grey", "model", "truth"))
    return (
        _HEAD
        + _row("no colourisation", grey, 1.0, 1.0, 0.0)
        + _row(
            _model_label(report),
            model,
            report["alpha_beta_rmse_ratio"],
            report["ab_rmse_ratio"],
            report["psnr_gain_db"],
        )
        + "| truth | | | | | | | | | "
        + f"| {truth['colorfulness_signed']:.1f} "
        + f"| {truth['colorfulness_absolute']:.1f} |\n"
    )


def _to_perceptual(report):
    found = {key: form for key, form in _PERCEPTUAL.items() if report.get(key)}
    labels = {"grey": "no colourisation", "model": _model_label(report)}
    head = "".join(f"| {name} " for name, _ in found.values())
    table = f"| {head}|\n| --- {'| ---: ' * len(found)}|\n"
    for row, label in labels.items():
        cells = (f"{report[k]['rows'][row]:{form}}" for k, (_, form) in found.items())
        table += f"| {label} | {' | '.join(cells)} |\n"
    return table


def _to_temporal(report):
    rows = report["temporal"]["rows"]
    labels = {"grey": "no colourisation", "colored": "coloured", "truth": "truth"}
    if "model" in rows:
        labels["model"] = _model_label(report)
    return _TEMPORAL_HEAD + "".join(
        _temporal_row(labels[name], row) for name, row in rows.items()
    )


def _to_semantic(report):
    rows, share = report["semantic"]["rows"], report["semantic"]["gap_closed"]
    closed = "" if share is None else f"{share:.0%}"
    return (
        _SEMANTIC_HEAD
        + f"| no colourisation | {rows['grey']:.1%} | |\n"
        + f"| {_model_label(report)} | {rows['model']:.1%} | {closed} |\n"
        + f"| truth | {rows['truth']:.1%} | |\n"
    )


def to_text(report: dict) -> str:
    """The tables and, below them, what one has to know to read them."""
    lines = []
    if "rows" in report:
        psnr = report["grey_psnr_db"]
        films = f" ({report['films']} films)" if report["films"] else ""
        seconds, speed = report["seconds_per_frame"], ""
        if seconds is not None:
            speed = f", {seconds:.2f} s for each frame that the model saw"
        if report.get("parameters"):
            speed += f"; it has {report['parameters']:,} parameters"
        lines += [
            f"{report['pictures']} pictures{films}{speed}.",
            "No colourisation is the grey of the same L*, "
            f"{psnr['lightness']:.2f} dB; (R + G + B) / 3 has "
            f"{psnr['mean_rgb']:.2f} dB, Rec. 601 luma {psnr['rec601']:.2f} dB.",
        ]
    if report.get("trained_on_unknown"):
        lines += [
            "Whether any of it was trained on is not known: "
            f"{report['trained_on_unknown'].rstrip('.')}."
        ]
    if report["temporal"]:
        measured = report["temporal"]
        lines += [
            f"Warp error and CDC are of {measured['frames']} frames (films: "
            f"{measured['films']}, cuts in them: {measured['cuts']}). Lower is "
            "steadier, but dull colours are steady, too.",
        ]
    elif report["temporal_left_out"]:
        lines += [f"Warp error and CDC are left out: {report['temporal_left_out']}."]
    for key, (name, _) in _PERCEPTUAL.items():
        if report.get(key):
            lines += [f"{name} is by {report[key]['by']}."]
        elif report.get(f"{key}_left_out"):
            lines += [f"{name} is left out: {report[f'{key}_left_out']}."]
    if report.get("semantic"):
        lines += [
            f"Top-1 is of the {report['semantic']['pictures']} pictures whose names "
            "begin with an ImageNet class."
        ]
    elif report.get("semantic_left_out"):
        lines += [f"Top-1 is left out: {report['semantic_left_out']}."]
    return "\n".join([to_table(report), *lines])


def _row(label, row, alpha_beta_ratio, ab_ratio, gain) -> str:
    return (
        f"| {label} | {row['alpha_beta_rmse']:.3f} | {alpha_beta_ratio:.3f} "
        f"| {row['ab_rmse']:.2f} | {ab_ratio:.3f} | {row['psnr_db']:.2f} | {gain:+.2f} "
        f"| {row['ssim']:.3f} | {row['auc']:.1%} | {row['auc_rebalanced']:.1%} "
        f"| {row['colorfulness_signed']:.1f} "
        f"| {row['colorfulness_absolute']:.1f} |\n"
    )


def _temporal_row(label, row) -> str:
    ratios = (row.get(f"{figure}_ratio") for figure in ("warp_error", "cdc"))
    error, divergence = ("" if ratio is None else f"{ratio:.3f}" for ratio in ratios)
    return (
        f"| {label} | {row['warp_error']:.6f} | {error} | {row['cdc']:.6f} "
        f"| {divergence} | {row['colorfulness_signed']:.1f} "
        f"| {row['colorfulness_absolute']:.1f} |\n"
    )


def _model_label(report) -> str:
    if "network_size" not in report:
        return report["model"]
    told = f", {report['points']} points told" if report.get("points") else ""
    if report.get("first_frame"):
        told += ", first frame told"
    if report.get("reference"):
        told += ", another picture told"
    if report.get("reference_from"):
        told += f", frame {report['reference_from']} away told"
    return (
        f"{report['model']}, {report['network_size']} px, "
        f"temperature {report['temperature']:g}{told}"
    )

"""What an evaluation says: the table that is read and the files that are kept."""

import contextlib
import json
import os
import pathlib
from collections.abc import Callable

import numpy as np
from PIL import Image

from colornet import whole_file
from colornet.errors import InputError

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

_SEMANTIC_HEAD = "| | top-1 | of the gap closed |\n| --- | ---: | ---: |\n"


def to_table(report: dict) -> str:
    """The Markdown tables: no colourisation, the model or the films, the truth.

    First how near the pictures come to the truth, then how steady films are, then how
    often what is shown is known.
    """
    tables = [_to_scores(report)] if "rows" in report else []
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
        seconds = report["seconds_per_frame"]
        speed = (
            "" if seconds is None else f", {seconds:.2f} s for each frame that it saw"
        )
        lines += [
            f"{report['pictures']} pictures{films}{speed}.",
            "No colourisation is the grey of the same L*, "
            f"{psnr['lightness']:.2f} dB; (R + G + B) / 3 has "
            f"{psnr['mean_rgb']:.2f} dB, Rec. 601 luma {psnr['rec601']:.2f} dB.",
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
    if report.get("semantic"):
        lines += [
            f"Top-1 is of the {report['semantic']['pictures']} pictures whose names "
            "begin with an ImageNet class."
        ]
    elif report.get("semantic_left_out"):
        lines += [f"Top-1 is left out: {report['semantic_left_out']}."]
    return "\n".join([to_table(report), *lines])


class Folder:
    """The output folder: pictures as they come, then row.md and report.json.

    Made without a path, it takes everything and writes nothing.
    """

    def __init__(self, path: str, save_pictures: bool = False):
        self._path = pathlib.Path(path) if path else None
        self._pictures = self._path / "pictures" if path and save_pictures else None
        self._made = []
        # Now, rather than after an hour's work, one wants to know if it can be had.
        for folder in filter(None, (self._path, self._pictures)):
            try:
                if not folder.is_dir():
                    folder.mkdir(parents=True)
                    self._made.append(folder)
            except OSError as error:
                raise self._unwritable(error) from error
        if self._path and not os.access(self._path, os.W_OK):
            raise self._unwritable("no permission")

    def abandon(self) -> None:
        """Removes what was made for pictures that never came."""
        for folder in reversed(self._made):
            with contextlib.suppress(OSError):
                folder.rmdir()  # Refused where there is something in it.

    def add(self, name: str, number: int | None, rgb: np.ndarray) -> None:
        """Keeps a picture, uint8 [H, W, 3]; `number` is a frame's, None a photo's."""
        if self._pictures is None:
            return
        flat = "_".join(pathlib.PurePosixPath(name).parts).replace("/", "")
        suffix = ".png" if number is None else f"-{number:05d}.png"
        self._write(
            self._pictures / f"{flat}{suffix}",
            lambda file: Image.fromarray(rgb).save(file, "PNG"),
        )

    def finish(self, report: dict) -> None:
        """Writes what the whole came to."""
        if self._path is None:
            return
        text = json.dumps(report, indent=2, allow_nan=False) + "\n"
        table = to_table(report)
        self._write(self._path / "row.md", lambda file: file.write_text(table))
        self._write(self._path / "report.json", lambda file: file.write_text(text))

    def _write(self, path: pathlib.Path, save: Callable[[pathlib.Path], object]):
        """Saves to `path`, whole or not at all."""
        try:
            with whole_file.written(path) as unfinished:
                save(unfinished)
        except OSError as error:
            raise self._unwritable(error) from error

    def _unwritable(self, reason) -> InputError:
        return InputError(
            f"--output={self._path}: cannot be written ({reason}); name another folder"
        )


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

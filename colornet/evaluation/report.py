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
    "| SSIM | colourfulness, signed | absolute |\n"
    "| --- " + "| ---: " * 9 + "|\n"
)


def to_table(report: dict) -> str:
    """The Markdown table: no colourisation, the model, the truth."""
    grey, model, truth = (report["rows"][row] for row in ("grey", "model", "truth"))
    label = (
        f"{report['model']}, {report['network_size']} px, "
        f"temperature {report['temperature']:g}"
    )
    return (
        _HEAD
        + _row("no colourisation", grey, 1.0, 1.0, 0.0)
        + _row(
            label,
            model,
            report["alpha_beta_rmse_ratio"],
            report["ab_rmse_ratio"],
            report["psnr_gain_db"],
        )
        + "| truth | | | | | | | "
        + f"| {truth['colorfulness_signed']:.1f} "
        + f"| {truth['colorfulness_absolute']:.1f} |\n"
    )


def to_text(report: dict) -> str:
    """The table and, below it, what one has to know to read it."""
    psnr = report["grey_psnr_db"]
    films = f" ({report['films']} films)" if report["films"] else ""
    return (
        f"{to_table(report)}\n"
        f"{report['pictures']} pictures{films}, {report['seconds_per_frame']:.2f} s "
        "for each frame that the model saw.\n"
        f"No colourisation is the grey of the same L*, {psnr['lightness']:.2f} dB; "
        f"(R + G + B) / 3 has {psnr['mean_rgb']:.2f} dB, "
        f"Rec. 601 luma {psnr['rec601']:.2f} dB."
    )


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
        f"| {row['ssim']:.3f} | {row['colorfulness_signed']:.1f} "
        f"| {row['colorfulness_absolute']:.1f} |\n"
    )

"""Measures how sure a model's colours are, for `colorize --confidence`.

  colornet calibrate --model=exported --input=photos
  colornet calibrate --model=exported --input=others --check

Colour photographs in INPUT, which the model was not trained on, some hundreds of them,
are coloured as grey ones and compared with the truth. What is found is kept with the
model. It is printed as a table: of the pixels that are called so many per cent sure,
how many have a colour (a*, b*) within 10, the distance of the bins, of the true one.
With --check nothing is kept: the table tells how well what was kept holds for others.
"""

import dataclasses
import json
import pathlib

from colornet import config as configuration
from colornet import whole_file
from colornet.config import field
from colornet.errors import InputError, UsageError


@dataclasses.dataclass(frozen=True)
class CalibrateConfig:
    """Which model, and what it is measured on."""

    input: str = field("", "Required: folder of colour photographs.")
    model: str = field(
        "", "Required: folder that `colornet export` wrote, or a bundled model's name."
    )
    check: bool = field(False, "Keep nothing: test what was kept with other pictures.")
    device: str = field("auto", "auto, cpu, gpu, or one of several as gpu:1.")

    def __post_init__(self):
        if not self.input:
            raise UsageError("--input is required: a folder of colour photographs")
        if not self.model:
            raise UsageError("--model is required: what `colornet export` wrote")


def define_flags():
    """Defines a flag for each field of `CalibrateConfig`."""
    configuration.define_flags(CalibrateConfig)


def main(argv):
    """Measures what the flags describe and prints the table."""
    if len(argv) > 1:
        raise UsageError(
            f"unexpected argument {argv[1]!r}: the pictures are given as --input=."
        )
    print(run(configuration.from_flags(CalibrateConfig)))


def run(config: CalibrateConfig) -> str:
    """Measures, keeps the curve with the model unless it is a check; gives the table.

    Raises:
      UsageError: no such model or device; or a check of a model without a curve.
      InputError: nothing can be read, or the model's folder cannot be written to.
    """
    # TensorFlow and all that needs it come in only now, so that --help answers at once.
    from colornet.evaluation import footage, reliability
    from colornet.inference import exported
    from colornet.inference.colorizer import Colorizer

    directory = exported.locate(config.model)
    info = exported.read_info(directory)
    curve = exported.curve(info) if config.check else None
    openers = footage.in_folder(pathlib.Path(config.input), "photos")
    colorizer = Colorizer.load(directory, device=config.device)
    measured = reliability.spots(colorizer, _photographs(openers))
    if not measured:
        raise InputError(f"--input={config.input}: there is no photograph in it")
    if not curve:
        curve = reliability.fit(measured)
        path = exported.info_path(directory)
        about = json.loads(path.read_text(encoding="utf-8"))
        about["confidence"] = dataclasses.asdict(curve)
        with whole_file.written(path) as unfinished:
            unfinished.write_text(json.dumps(about, indent=2) + "\n")
    return _text(reliability.table(curve, measured), len(measured))


def _photographs(openers):
    from rich import console, progress

    screen = console.Console(stderr=True)
    for opener in progress.track(openers, "calibrate", console=screen, transient=True):
        shown = opener()
        if not shown.is_film:
            yield from shown.frames


def _text(rows, pictures):
    lines = [f"| {row.called:.0%} | {row.near:.1%} | {row.share:.1%} |" for row in rows]
    head = "| called sure | near the truth | of all pixels |", "| ---: | ---: | ---: |"
    return "\n".join([f"{pictures} photographs", "", *head, *lines])

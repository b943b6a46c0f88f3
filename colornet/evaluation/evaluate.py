"""Scores a model on colour pictures and films; or tells how much a film flickers.

  colornet evaluate --input=photos --output=report
  colornet evaluate --workdir=runs/dynamic --records='records/davis-val/*.tfrecord'
  colornet evaluate --colored=colored.mp4 --source=grey.mp4

Each picture's colour is taken away, the model colours what is left at full size, and
the result is compared with the truth. The first row of the table, "no colourisation",
is the grey picture itself: a model is worth what it gains over that row. How each
figure is computed stands at the top of colornet/evaluation/metrics.py and scoring.py.
Of films a second table says how steady their colours are (temporal.py): warp error and
CDC. With --colored there is only that table, of films that are coloured already. With
--classifier a table says how often the things shown are known (semantic.py).

INPUT holds photographs, films, and folders of a film's frames, as DAVIS has them:
INPUT/bear/00000.jpg, INPUT/bear/00001.jpg, ...
"""

import dataclasses
import pathlib

from absl import flags

from colornet import config as configuration
from colornet.config import field
from colornet.errors import InputError, UsageError

_DEFAULT_MODEL = "default"
_TOLD = "points", "first_frame", "reference", "reference_from"


@dataclasses.dataclass(frozen=True)
class EvaluateConfig:
    """What is scored, on what, and where the report goes."""

    model: str = field(
        _DEFAULT_MODEL,
        "Name of a bundled model, or a folder that `colornet export` wrote.",
    )
    workdir: str = field(
        "", "A training run, instead of --model: the one export that lies in it."
    )
    input: str = field("", "Folder of pictures, films, or folders of frames.")
    records: str = field(
        "", "Glob of shards from `colornet build-records`, instead of --input."
    )
    pictures: str = field(
        "auto",
        "What the pictures in --input are: each a photograph, or a folder's the frames "
        "of one film. auto: photographs in --input itself, frames in folders below it.",
        choices=("auto", "photos", "frames"),
    )
    colored: str = field(
        "",
        "Instead of --input: a coloured film, or a folder of them, to see how much "
        "they flicker.",
    )
    source: str = field("", "For --colored: the grey film, or folder, it was made of.")
    truth: str = field("", "For --colored: the film, or folder, in its true colours.")
    every: int = field(
        1, "Of films, score only every n-th frame; above 1, flicker is not measured."
    )
    scored_only: bool = field(
        False,
        "Show the model only the frames that are scored. Faster; otherwise it sees all "
        "of them, as in use, and remembers what it would then.",
    )
    limit: int = field(
        0, "Take at most this many photographs and films, spread evenly; 0 takes all."
    )
    network_size: int = field(
        0, "Shorter side of the network's picture, in pixels; 0: the model's own."
    )
    temperature: float = field(
        0.0,
        "Of the annealed mean, above 0: lower is more vivid; 0: the model's own.",
    )
    points: int = field(
        0, "Tell the model the true colours of so many points, at random places."
    )
    first_frame: bool = field(
        False,
        "Tell the model the colours of each film's first frame; score the others.",
    )
    reference: str = field("", "Tell it of this other picture.")
    reference_from: int = field(0, "The same of the frame so many away, mirrored.")
    classifier: str = field(
        "",
        "Also how often MobileNetV2 knows what is shown, where names begin with an "
        "ImageNet class: imagenet, which is downloaded, or a folder of its weights.",
    )
    device: str = field("auto", "auto, cpu, gpu, or one of several as gpu:1.")
    output: str = field(
        "", "Folder for report.json and row.md, the printed table; empty writes none."
    )
    save_pictures: bool = field(
        False, "Also write the model's pictures, as PNG, to OUTPUT/pictures."
    )

    def __post_init__(self):
        given = [f"--{n}" for n in ("input", "records", "colored") if getattr(self, n)]
        if len(given) != 1:
            raise UsageError(
                "expected one of --input, a folder, --records, a glob of shards, and "
                f"--colored, a film; got {' and '.join(given) or 'none'}"
            )
        self._check_films()
        if self.workdir and self.model != _DEFAULT_MODEL:
            raise UsageError("--model and --workdir both name a model: give one")
        for name in "limit network_size temperature points reference_from".split():
            if not getattr(self, name) >= 0:
                raise UsageError(f"--{name}={getattr(self, name)}: expected 0 or more")
        if self.every < 1:
            raise UsageError(f"--every={self.every}: expected 1 or more")
        if self.save_pictures and not self.output:
            raise UsageError("--save_pictures needs --output, the folder to write to")

    def _check_films(self):
        if not self.colored:
            for name in ("source", "truth"):
                if getattr(self, name):
                    raise UsageError(f"--{name} needs --colored, the coloured film")
            return
        if not self.source:
            raise UsageError("--colored needs --source, the film it was made of")
        for item in dataclasses.fields(self):
            of_films = item.name in ("colored", "source", "truth", "output")
            if not of_films and getattr(self, item.name) != item.default:
                raise UsageError(
                    f"--{item.name} is of no use with --colored: no model is run"
                )


def define_flags():
    """Defines a flag for each field of `EvaluateConfig`."""
    configuration.define_flags(EvaluateConfig)


def main(argv):
    """Scores what the flags describe and prints the table."""
    if len(argv) > 1:
        raise UsageError(
            f"unexpected argument {argv[1]!r}: the pictures are given as --input=."
        )
    result = run(configuration.from_flags(EvaluateConfig, flags.FLAGS))
    from colornet.evaluation import report

    print(report.to_text(result))


def run(config: EvaluateConfig) -> dict:
    """Scores, writes the report if it is asked for, and returns it.

    Raises:
      UsageError: no such model or device.
      InputError: nothing can be read, or the report cannot be written.
    """
    # TensorFlow and all that needs it come in only now, so that --help answers at once.
    from colornet.evaluation import report

    folder = report.Folder(config.output, config.save_pictures)
    try:
        if config.colored:
            figures = _score_films(config)
        else:
            figures = _score_model(config, folder.add)
    except BaseException:
        folder.abandon()
        raise
    result = {"settings": dataclasses.asdict(config), **figures}
    folder.finish(result)
    return result


def _score_model(config, advance):
    """The figures of a model on the pictures and films of a set."""
    from colornet.evaluation import footage, references, scoring, semantic, told
    from colornet.inference.colorizer import Colorizer

    if config.records:
        openers = footage.in_records(config.records)
    else:
        openers = footage.in_folder(pathlib.Path(config.input), config.pictures)
    openers = footage.thin_out(openers, config.limit)
    colorizer = Colorizer.load(
        _find_model(config),
        device=config.device,
        network_size=config.network_size or None,
        temperature=config.temperature or None,
    )
    given = told.Told(config.points, config.first_frame)
    others = references.References(config.reference, config.reference_from)
    sampling = scoring.Sampling(config.every, config.scored_only, given, others)
    top_one = None
    if config.classifier:
        top_one = semantic.TopOne(semantic.load_classifier(config.classifier))
    openers = _track("evaluate", openers)
    figures = scoring.score(colorizer, openers, sampling, advance, top_one)
    return {
        "model": colorizer.info.name,
        "network_size": colorizer.info.network_size,
        "temperature": colorizer.info.temperature,
        **{name: getattr(config, name) for name in _TOLD},
        **figures,
    }


def _score_films(config):
    """The figures of films that are coloured already."""
    from colornet.evaluation import colored_films

    paths = {flag: getattr(config, flag) for flag in ("colored", "source", "truth")}
    films = colored_films.find({flag: path for flag, path in paths.items() if path})
    return colored_films.score(films, _track)


def _track(title, items):
    """The same items, with a bar that shows how far they have been taken."""
    from rich import console, progress

    screen = console.Console(stderr=True)
    return progress.track(items, title, console=screen, transient=True)


def _find_model(config):
    """The name or the folder to load."""
    if not config.workdir:
        return config.model
    folder = pathlib.Path(config.workdir)
    if not folder.is_dir():
        raise InputError(f"--workdir={folder}: there is no such folder")
    exports = sorted(path.parent for path in folder.glob("*/saved_model.pb"))
    if not exports:
        raise InputError(
            f"--workdir={folder}: it holds no exported model; make one with "
            f"`colornet export --workdir={folder} --output={folder / 'exported'}`"
        )
    if len(exports) > 1:
        names = " or ".join(str(path) for path in exports)
        raise InputError(
            f"--workdir={folder}: it holds {len(exports)} exported models; name one "
            f"instead with --model={names}"
        )
    return exports[0]

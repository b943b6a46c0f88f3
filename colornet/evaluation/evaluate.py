"""Scores a model on colour pictures and films, or what another program made of them.

  colornet evaluate --input=photos --output=report
  colornet evaluate --workdir=runs/dynamic --records='records/davis-val/*.tfrecord'
  colornet evaluate --input=ILSVRC/val --split_list=cval1k.txt
  colornet evaluate --input=photos --colored=photos_by_others
  colornet evaluate --colored=colored.mp4 --source=grey.mp4

Each picture's colour is taken away, the model colours what is left at full size, and
the result is compared with the truth. The first row of the table, "no colourisation",
is the grey picture itself: a model is worth what it gains over that row. How each
figure is computed stands at the top of colornet/evaluation/metrics.py and scoring.py.
Of films a second table says how steady their colours are (temporal.py): warp error and
CDC. With --classifier a table says how often the things shown are known (semantic.py),
with --perceptual one how alike they look to networks (lpips.py, fid.py).

INPUT holds photographs, films, and folders of a film's frames, as DAVIS has them:
INPUT/bear/00000.jpg, INPUT/bear/00001.jpg, ... SPLIT_LIST names those to take, as do
cval1k.txt, ctest10k.txt, and DAVIS's ImageSets/2016/val.txt and ImageSets/2017/val.txt.

What a model was trained on is not to be scored: the names of the one and the other are
compared, as far as --workdir or --trained_on tells them.

COLORED holds the same photographs and films as any program coloured them, with the same
names and any endings: INPUT/paris/1.jpg is COLORED/paris/1.png. They are scored in
place of a model's. With SOURCE, which they were made of, instead of INPUT, as of old
films, there is only the second table.
"""

import dataclasses
import pathlib

from absl import flags

from colornet import config as configuration
from colornet.errors import InputError, UsageError
from colornet.evaluation.evaluate_config import TOLD, EvaluateConfig


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
    from colornet.evaluation.report_folder import ReportFolder

    folder = ReportFolder(config.output, config.save_pictures)
    try:
        if config.source:
            figures = _score_films(config)
        else:
            figures = _score_pictures(config, folder.add)
    except BaseException:
        folder.abandon()
        raise
    result = {"settings": dataclasses.asdict(config), **figures}
    folder.finish(result)
    return result


def _score_pictures(config, advance):
    """The figures of a model, or of copies, on the photographs and films of a set."""
    from colornet.evaluation import footage, scoring

    openers, work, about = (_copies if config.colored else _model)(config)
    unknown = _compare_with_training(config, openers)
    openers = footage.thin_out(openers, config.limit)
    judges, left_out = _judges(config)
    figures = scoring.score(work, _track("evaluate", openers), advance, judges)
    return {**figures, **left_out, **about, "trained_on_unknown": unknown}


def _compare_with_training(config, openers):
    """Raises InputError if the model has seen what it is to be scored on.

    Returns:
      why that is not known of --workdir's run, where its shards are gone; else "".
    """
    from colornet.evaluation import trained_on

    if config.trained_on:
        source, patterns = f"--trained_on={config.trained_on}", [config.trained_on]
    elif config.workdir:
        source = f"--workdir={config.workdir}"
        patterns = trained_on.patterns_of(pathlib.Path(config.workdir))
        if not patterns:
            return f"{source} names no shards"
    else:
        return ""
    try:
        trained = trained_on.keys_in(patterns)
    except InputError as error:
        if config.trained_on:
            raise
        return str(error)
    if config.records:  # Whose names tell where in a film a clip begins, too.
        scored = trained_on.keys_in([config.records])
    else:
        scored = [opener().name for opener in openers]
    trained_on.refuse(scored, trained, source)
    return ""


def _judges(config):
    """What else sees the pictures, and why not what was asked for, by name."""
    judges, left_out = {}, {}
    if config.classifier:
        from colornet.evaluation import semantic

        classifier = semantic.load_classifier(config.classifier)
        judges["semantic"] = semantic.TopOne(classifier)
    if config.perceptual:
        from colornet.evaluation import perceptual

        more, left_out = perceptual.judges(config.perceptual)
        judges.update(more)
    return judges, left_out


def _model(config):
    """What is scored, the model at work, and what to say of it."""
    from colornet.evaluation import footage, others, references, scoring, told
    from colornet.inference import exported
    from colornet.inference.colorizer import Colorizer

    if config.records:
        openers = footage.in_records(config.records)
    else:
        openers = footage.in_folder(
            pathlib.Path(config.input), config.pictures, config.split_list
        )
    if system := others.system_of(config):
        return openers, *system
    directory = exported.locate(_find_model(config))
    colorizer = Colorizer.load(
        directory,
        device=config.device,
        network_size=config.network_size or None,
        temperature=config.temperature or None,
    )
    given = told.Told(config.points, config.first_frame)
    others = references.References(config.reference, config.reference_from)
    sampling = scoring.Sampling(config.every, config.scored_only, given, others)
    about = {
        "model": colorizer.info.name,
        "parameters": exported.count_parameters(directory),
        "network_size": colorizer.info.network_size,
        "temperature": colorizer.info.temperature,
        **{name: getattr(config, name) for name in TOLD},
    }
    return openers, scoring.TimedColoring(colorizer, sampling), about


def _copies(config):
    """The same of pictures that are coloured already."""
    from colornet.evaluation import copies, frame_by_frame

    true, colored = pathlib.Path(config.input), pathlib.Path(config.colored)
    found = copies.Copies(true, colored, config.pictures, config.split_list)
    work = frame_by_frame.FrameByFrame(found.paint, config.every)
    # How long it takes to read them says nothing of who coloured them.
    about = {"model": colored.resolve().name, "seconds_per_frame": None}
    return found.openers, work, about


def _score_films(config):
    """The temporal figures of films that are coloured already."""
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

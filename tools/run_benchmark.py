r"""Trains each row of the benchmark, scores it, and keeps what came of it.

  python tools/run_benchmark.py --photos=photos-val --films=DAVIS/JPEGImages/480p \
    --machine="2 cores" -- --photos='records/labelled/*.tfrecord' \
    --films='records/[cd]*/*.tfrecord'

Rows are those of benchmark_rows.py; what follows -- is added to the flags of each. What
is trained stays in RUNS/ROW-SEED, so that the same command goes on after an
interruption. Its figures go to experiments/benchmark/ROW-SEED.json, from which
tools/make_tables.py makes the tables: a run that has such a file is not made again.

It is `colornet train`, `colornet export` where the system is our own, and `colornet
evaluate` of photographs and of films, at one network size.
"""

import csv
import json
import pathlib
import subprocess
import sys
import time

import benchmark_rows
from absl import app, flags

from colornet import config as configuration
from colornet import whole_file
from colornet.baselines import registry
from colornet.training import checkpoints, settings

# Of a report, what is not of the figures.
_LEFT_OUT = "settings", "trained_on_unknown"


def main(argv):
    """Makes the runs that are missing."""
    wanted = flags.FLAGS.rows
    rows = (*benchmark_rows.SYSTEMS, *benchmark_rows.BATCHES)
    if unknown := set(wanted) - {row.name for row in rows}:
        raise app.UsageError(f"--rows: there is no row {min(unknown)}")
    for row in rows:
        for seed in range(1, row.seeds + 1):
            path = row.figures(seed)
            if path.exists() or (wanted and row.name not in wanted):
                continue
            workdir = pathlib.Path(flags.FLAGS.runs) / path.stem
            result = make(row.flags, [*argv[1:], f"--seed={seed}"], workdir)
            with whole_file.written(path) as unfinished:
                unfinished.write_text(json.dumps(result, indent=1) + "\n")


def make(row: pathlib.Path, given: list[str], workdir: pathlib.Path) -> dict:
    """Trains and scores one row.

    Args:
      row: its file of flags.
      given: flags of `colornet train` besides.
      workdir: where the run stays.

    Returns:
      what goes to its JSON file.
    """
    config = configuration.from_flagfile(settings.TrainConfig, row)
    weights = encoder_weights(config)
    if weights:
        given = [*given, f"--encoder_weights={weights}"]
    begun = time.perf_counter()
    run("train", f"--flagfile={row}", *given, f"--workdir={workdir}")
    curve = curve_of(workdir)
    seconds = curve.pop("seconds", None) or [time.perf_counter() - begun]
    config = checkpoints.settings_of(workdir)
    if config.system == settings.OWN_SYSTEM:
        exported = workdir / "exported"
        if not exported.exists():
            run("export", f"--workdir={workdir}", f"--output={exported}")
    return {
        "system": config.system,
        "pictures": config.epochs * config.steps_per_epoch * config.photos_per_step,
        "machine": flags.FLAGS.machine,
        "seconds": sum(seconds),
        **curve,
        "photos": score(workdir, config, "photos", flags.FLAGS.photos),
        "films": score(workdir, config, "films", flags.FLAGS.films),
    }


def encoder_weights(config: settings.TrainConfig) -> str:
    """The file that a row's pretrained encoder begins with; empty if it has none."""
    system = None
    if config.system != settings.OWN_SYSTEM:
        system = registry.find(config.system)
    if config.system in registry.FITTED:
        wanted = getattr(system, "TAKES_SEMANTICS", False) and "mobilenet_v2"
    elif system:
        wanted = getattr(system, "TAKES_ENCODER", False) and "vgg16"
    else:
        wanted = config.encoder
    return flags.FLAGS[wanted].value if wanted else ""


def curve_of(workdir: pathlib.Path) -> dict[str, list[float]]:
    """By figure, such as the loss, its values at the ends of all epochs."""
    path = workdir / "epochs.csv"
    if not path.exists():  # What is fitted has no epochs.
        return {}
    with path.open() as file:
        epochs = list(csv.DictReader(file))
    names = [name for name in ("loss", "val_loss", "seconds") if name in epochs[0]]
    values = {name: [epoch[name] for epoch in epochs] for name in names}
    return {
        name: [float(value) for value in column]
        for name, column in values.items()
        if "NA" not in column
    }


def score(workdir, config, name, pictures) -> dict:
    """What `colornet evaluate` finds on a folder of pictures or films."""
    output = workdir / "reports" / name
    arguments = [f"--workdir={workdir}", f"--input={pictures}", f"--output={output}"]
    if config.system not in registry.FITTED:
        arguments.append(f"--network_size={flags.FLAGS.network_size}")
    if flags.FLAGS.classifier and name == "photos":
        arguments.append(f"--classifier={flags.FLAGS.classifier}")
    run("evaluate", *arguments)
    report = json.loads((output / "report.json").read_text())
    return {key: value for key, value in report.items() if key not in _LEFT_OUT}


def run(*arguments: str) -> None:
    """Runs `colornet`, in a process of its own; ends this one if it fails."""
    print("colornet", *arguments, flush=True)
    done = subprocess.run([sys.executable, "-m", "colornet.cli", *arguments])
    if done.returncode:
        sys.exit(done.returncode)


if __name__ == "__main__":
    flags.DEFINE_list("rows", [], "Names of rows; empty: all.")
    flags.DEFINE_string("runs", "runs/benchmark", "Folder of the runs.")
    flags.DEFINE_string("photos", None, "Photographs to score.", required=True)
    flags.DEFINE_string("films", None, "Films to score.", required=True)
    flags.DEFINE_string("classifier", "", "As `colornet evaluate` has it.")
    flags.DEFINE_string("machine", None, "What all this runs on.", required=True)
    flags.DEFINE_integer("network_size", 160, "Shorter side of what networks see, px.")
    flags.DEFINE_string("mobilenet_v2", "imagenet", "Its --encoder_weights.")
    flags.DEFINE_string(
        "vgg16", "runs/vgg16_encoder/vgg16.weights.h5", "Its --encoder_weights."
    )
    app.run(main)

r"""Trains each row of the benchmark, scores it, and keeps what came of it.

  python tools/run_benchmark.py --photos=photos-val --films=DAVIS/JPEGImages/480p \
    --machine="2 cores" -- --photos='records/labelled/*.tfrecord' \
    --films='records/[cd]*/*.tfrecord'

Rows are those of benchmark_rows.py; what follows -- is added to the flags of each. What
is trained stays in RUNS/ROW-SEED, so that the same command goes on after an
interruption. Its figures go to experiments/benchmark/ROW-SEED.json, from which
tools/make_tables.py makes the tables: a run that has such a file is not made again.

It is `colornet train`, `colornet export` where the system is our own, and `colornet
evaluate` of photographs and of films.
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
from colornet.training import checkpoints, precision, settings

# Of a report, what is not of the figures.
_LEFT_OUT = "settings", "trained_on_unknown"


def main(argv):
    """Makes the runs that are missing."""
    wanted = flags.FLAGS.rows
    rows = (*benchmark_rows.SYSTEMS, *benchmark_rows.BATCHES, benchmark_rows.BUNDLED)
    if unknown := set(wanted) - {row.name for row in rows}:
        raise app.UsageError(f"--rows: there is no row {min(unknown)}")
    for row in rows:
        for seed in range(1, min(row.seeds, flags.FLAGS.seeds) + 1):
            path = row.figures(seed)
            if path.exists() or (wanted and row.name not in wanted):
                continue
            workdir = pathlib.Path(flags.FLAGS.runs) / path.stem
            if row is benchmark_rows.BUNDLED:
                result = score(["--model=default"], [0], workdir)
            else:
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
    fitting = {"seconds": time.perf_counter() - begun}
    config = checkpoints.settings_of(workdir)
    if config.system == settings.OWN_SYSTEM:
        exported = workdir / "exported"
        if not exported.exists():
            run("export", f"--workdir={workdir}", f"--output={exported}")
    fitted = config.system in registry.FITTED
    computed = "" if fitted else f", {precision.policy(config.precision)}"
    sizes = [0] if fitted else [int(size) for size in flags.FLAGS.network_sizes]
    return {
        "system": config.system,
        "pictures": config.epochs * config.steps_per_epoch * config.photos_per_step,
        "machine": flags.FLAGS.machine + computed,
        **(fitting if fitted else learning(workdir)),
        **score([f"--workdir={workdir}"], sizes, workdir),
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


def learning(workdir: pathlib.Path) -> dict:
    """How long a run's steps took in all, and the loss of each epoch."""
    with (workdir / "epochs.csv").open() as file:
        epochs = list(csv.DictReader(file))
    return {
        "seconds": sum(float(epoch["seconds"]) for epoch in epochs),
        "loss": [float(epoch["loss"]) for epoch in epochs],
    }


def score(model: list[str], sizes: list[int], workdir: pathlib.Path) -> dict:
    """What `colornet evaluate` finds on photographs and on films.

    Args:
      model: the flags that name it.
      sizes: of what the network sees; the first is that of all reports but those in
        "photos_at", which has photographs at each size. 0 is the model's own.
      workdir: gets the reports.
    """
    classifier = []
    if flags.FLAGS.classifier:
        classifier = [f"--classifier={flags.FLAGS.classifier}"]

    def report(name, size, *more):
        output = workdir / "reports" / f"{name}-{size}"
        pictures = flags.FLAGS[name].value
        given = [f"--input={pictures}", f"--output={output}", *more]
        if size:
            given.append(f"--network_size={size}")
        run("evaluate", *model, *given)
        found = json.loads((output / "report.json").read_text())
        return {key: value for key, value in found.items() if key not in _LEFT_OUT}

    photos = {size: report("photos", size, *classifier) for size in sizes}
    common = sizes[0]
    films = report("films", common)
    return {"photos": photos[common], "films": films, "photos_at": photos}


def run(*arguments: str) -> None:
    """Runs `colornet`, in a process of its own; ends this one if it fails."""
    print("colornet", *arguments, flush=True)
    done = subprocess.run([sys.executable, "-m", "colornet.cli", *arguments])
    if done.returncode:
        sys.exit(done.returncode)


if __name__ == "__main__":
    flags.DEFINE_list("rows", [], "Names of rows; empty: all.")
    flags.DEFINE_integer("seeds", 2, "Runs of a row, at most.")
    flags.DEFINE_string("runs", "runs/benchmark", "Folder of the runs.")
    flags.DEFINE_string("photos", None, "Photographs to score.", required=True)
    flags.DEFINE_string("films", None, "Films to score.", required=True)
    flags.DEFINE_string("classifier", "", "As `colornet evaluate` has it.")
    flags.DEFINE_string("machine", None, "What all this runs on.", required=True)
    flags.DEFINE_list(
        "network_sizes",
        "128,96,160",
        "Shorter sides of what networks see, px; the first is that of most tables.",
    )
    flags.DEFINE_string("mobilenet_v2", "imagenet", "Its --encoder_weights.")
    flags.DEFINE_string(
        "vgg16",
        "experiments/vgg16_encoder/vgg16.weights.h5",
        "Its --encoder_weights.",
    )
    app.run(main)

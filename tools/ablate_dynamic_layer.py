r"""Trains the dynamic layer's variants, scores them, and prints what each is worth.

  python tools/ablate_dynamic_layer.py --davis=DAVIS/JPEGImages/480p \
    --runs=runs/dynamic_layer -- --photos='records/photos/*.tfrecord' \
    --films='records/[cd]*/*.tfrecord'

Each file of --rows is a row, trained once with each seed; what follows -- is given to
`colornet train` besides. A run in RUNS/ROW-SEED leaves its figures beside its row's
file, as ROW-SEED.json, and is then not made again, so that the same command goes on
after an interruption, or on another day. The weights are scored as an export would use
them, but "two_way", which looks ahead as far as the 8 frames reach that are scored at
once, and cannot be exported.
"""

import collections
import glob
import json
import pathlib
import subprocess
import sys

import numpy as np
from absl import app, flags

from colornet import tensorflow_start

DEFAULT = "gru"
_HEADS = (
    "alpha-beta RMSE, of grey's",
    "PSNR over grey, dB",
    "warp error, of the truth's",
    "CDC, of the truth's",
    "colourfulness, of the truth's",
)


def main(argv):
    """Makes the runs that are missing and prints the table."""
    tensorflow_start.prepare()
    runs = pathlib.Path(flags.FLAGS.runs)
    figures = {}
    for row in map(pathlib.Path, sorted(glob.glob(flags.FLAGS.rows))):
        name = row.stem
        for seed in range(1, flags.FLAGS.seeds + 1):
            workdir = runs / f"{name}-{seed}"
            result = row.with_name(f"{workdir.name}.json")
            if not result.exists():
                given = [f"--flagfile={row}", *argv[1:], f"--seed={seed}"]
                train([*given, f"--workdir={workdir}"])
                save(score(workdir, pathlib.Path(flags.FLAGS.davis)), result)
            scores = json.loads(result.read_text())
            figures.setdefault(name, []).append(figures_of(scores))
    print(to_table(figures))


def train(arguments: list[str]) -> None:
    """Runs `colornet train`, in a process of its own; ends this one if it fails."""
    print("colornet train", *arguments, flush=True)
    done = subprocess.run([sys.executable, "-m", "colornet.cli", "train", *arguments])
    if done.returncode:
        sys.exit(done.returncode)


def score(workdir: pathlib.Path, davis: pathlib.Path) -> dict:
    """`scoring.score` of all frames, with the scores of every second one of a film."""
    from colornet.evaluation import footage, metrics, scoring
    from colornet.inference import exported
    from colornet.inference.colorizer import Colorizer
    from colornet.serving import export, signatures
    from colornet.training import checkpoints

    network, trained = checkpoints.load_network(workdir)
    use = export.ExportConfig()
    colors = signatures.ColorNetwork(network, use.vividness, trained.dynamic_stride)
    offered = colors.signatures()
    info = exported.ModelInfo(workdir.name, use.network_size, use.temperature)
    colorizer = Colorizer(offered["predict_ab"], offered["initial_state"], info)
    films = footage.in_folder(davis, "frames")
    every_2nd = EverySecond({row: metrics.Score() for row in ("grey", "model")})
    work = scoring.TimedColoring(colorizer, scoring.Sampling())
    return scoring.score(work, films, judges={"every_2nd": every_2nd})


class EverySecond:
    """Scores frames 0, 2, 4 of each film, as a judge of `scoring.score`.

    Args:
      scores: a `metrics.Score` for each row.
    """

    NOTHING = "there was no film"

    def __init__(self, scores: dict):
        self._scores = scores
        self._seen = collections.Counter()

    def add(self, name, pictures):
        """Takes the film's next frame."""
        if self._seen[name] % 2 == 0:
            for row, score in self._scores.items():
                score.add(pictures["truth"], pictures[row])
        self._seen[name] += 1

    def result(self) -> dict | None:
        """The figures of each row."""
        if not self._seen:
            return None
        return {row: score.result() for row, score in self._scores.items()}


def save(scores: dict, path: pathlib.Path) -> None:
    """Writes `scores` to `path`, whole or not at all."""
    from colornet import whole_file

    with whole_file.written(path) as unfinished:
        unfinished.write_text(json.dumps(scores, indent=2) + "\n")


def figures_of(scores: dict) -> list[float]:
    """Of one run, the figures that `_HEADS` names."""
    still, grey = (scores["every_2nd"][row] for row in ("model", "grey"))
    model, truth = (scores["temporal"]["rows"][row] for row in ("model", "truth"))
    return [
        still["alpha_beta_rmse"] / grey["alpha_beta_rmse"],
        still["psnr_db"] - grey["psnr_db"],
        model["warp_error_ratio"],
        model["cdc_ratio"],
        model["colorfulness_signed"] / truth["colorfulness_signed"],
    ]


def to_table(figures: dict[str, list[list[float]]]) -> str:
    """Mean, and in brackets highest less lowest, of each row's runs.

    "no effect" stands where a mean is nearer to the default's than the runs of one of
    the two are to each other.

    Args:
      figures: by row, of each run what `figures_of` gives.
    """
    lines = [
        f"| dynamic layer | {' | '.join(_HEADS)} |",
        "| --- " + "| ---: " * 5 + "|",
    ]
    default = np.array(figures.get(DEFAULT, [[np.nan] * len(_HEADS)]))
    for name, runs in figures.items():
        runs = np.array(runs)
        spread = np.ptp(runs, axis=0)
        away = np.abs(runs.mean(axis=0) - default.mean(axis=0))
        lost = away < np.maximum(spread, np.ptp(default, axis=0))
        marks = [", no effect" if same and name != DEFAULT else "" for same in lost]
        cells = [
            f"{mean:.3f} ({wide:.3f}){mark}"
            for mean, wide, mark in zip(runs.mean(axis=0), spread, marks, strict=True)
        ]
        lines.append(f"| {name}, {len(runs)} runs | {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    flags.DEFINE_string(
        "rows", "experiments/dynamic_layer/*.flags", "Flags of `colornet train`."
    )
    flags.DEFINE_string("runs", None, "Folder of the runs.", required=True)
    flags.DEFINE_string("davis", None, "Folder of films to score.", required=True)
    flags.DEFINE_integer("seeds", 2, "Runs of each row.")
    app.run(main)

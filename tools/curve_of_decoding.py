"""Draws what decoding trades: how near colours come to the truth, and how vivid.

  python tools/curve_of_decoding.py --input=../shared/data/photos-val \
    --csv=decoding.csv --plot=docs/decoding.png

The network sees each photograph in --input once. Its logits, from which a share of the
log prior may be taken, are decoded with every temperature and vividness, painted at
full size and compared with the truth, as `colornet evaluate` does it: the figures are
the same. The prior is the mean of what the network itself expects of these pictures.

Needs `pip install 'colornet[benchmark]'`. The logits take 5 MB a picture.
"""

import collections
import csv
import dataclasses
import itertools
import pathlib

import matplotlib
import numpy as np
from absl import app, flags
from rich import progress

from colornet import tensorflow_start

tensorflow_start.prepare()
matplotlib.use("Agg")

import tensorflow as tf  # noqa: E402
from matplotlib import pyplot  # noqa: E402

from colornet.color import spaces  # noqa: E402
from colornet.evaluation import footage, metrics, scoring  # noqa: E402
from colornet.inference import exported, network_view, painting  # noqa: E402
from colornet.inference.colorizer import Colorizer  # noqa: E402
from colornet.serving import export, signatures  # noqa: E402
from colornet.training import checkpoints  # noqa: E402

FLAGS = flags.FLAGS
_VIVID = 0.70  # Of the truth's colourfulness: what a default should reach,
_NEAR = 1.02  # at so many times the lowest error.


@dataclasses.dataclass(frozen=True, order=True)
class Decoding:
    """How logits become colours; `rebalance` is the share of the log prior."""

    rebalance: float
    vividness: float
    temperature: float


@dataclasses.dataclass(frozen=True)
class Row:
    """What one way of decoding comes to."""

    decoding: Decoding
    alpha_beta_rmse_ratio: float  # To grey's.
    psnr_gain_db: float  # Over grey's.
    colorfulness_ratio: float  # To the truth's.


def main(argv):
    """Measures, writes both files and prints the rows that matter."""
    del argv
    if FLAGS.workdir:
        colorizer, network, own = of_run(pathlib.Path(FLAGS.workdir))
    else:
        colorizer, network, own = of_export(exported.locate(FLAGS.model))
    openers = footage.in_folder(pathlib.Path(FLAGS.input), "photos")
    openers = footage.thin_out(openers, FLAGS.limit)
    lists = FLAGS.rebalance, FLAGS.vividness, FLAGS.temperature
    grid = itertools.product(*([float(word) for word in words] for words in lists))
    decodings = sorted({own, *(Decoding(*numbers) for numbers in grid)})
    rows = measure(colorizer, network, openers, decodings)
    write(pathlib.Path(FLAGS.csv), rows)
    title = f"{colorizer.info.name}, {colorizer.info.network_size} px"
    draw(pathlib.Path(FLAGS.plot), rows, own, f"{title}, {len(openers)} photographs")
    lowest = min(rows, key=lambda row: row.alpha_beta_rmse_ratio)
    near = [row for row in rows if row.alpha_beta_rmse_ratio <= _limit(rows)]
    print(f"lowest error          {lowest}")
    print(f"most vivid within 2 % {max(near, key=lambda row: row.colorfulness_ratio)}")
    print(f"the model's own       {next(row for row in rows if row.decoding == own)}")


def of_run(workdir: pathlib.Path):
    """As `of_export`, of a run as `colornet export` would export it."""
    network, _ = checkpoints.load_network(workdir)
    way = export.ExportConfig()
    info = exported.ModelInfo(workdir.name, way.network_size, way.temperature)
    return _used(network, info, way.vividness)


def of_export(directory: pathlib.Path):
    """The colorizer, its network by itself, and the model's own decoding."""
    network, about = export.read(directory)
    return _used(network, exported.read_info(directory), about["vividness"])


def _used(network, info, vividness):
    colors = signatures.ColorNetwork(network, vividness)
    own = Decoding(0.0, vividness, info.temperature)
    return Colorizer(colors.predict_ab, colors.initial_state, info), colors, own


def measure(colorizer, network, openers, decodings) -> list[Row]:
    """A row for each of `decodings`, over the photographs that `openers` open.

    Args:
      colorizer: knows the size at which the network sees a picture, and its stride.
      network: a `signatures.ColorNetwork`.
      openers: of `footage`; films are left out.
      decodings: ways to decode.
    """
    predict_logits = tf.function(network.predict_logits, reduce_retracing=True)
    pictures, expected, cells = [], 0.0, 0
    for open_footage in progress.track(openers, "network", transient=True):
        shown = open_footage()
        for true in () if shown.is_film else shown.frames:
            shape = colorizer.network_shape(*true.shape[:2])
            small = network_view.lightness(scoring.grey_of(true), shape)
            clip = tf.constant(small[None, None, ..., None])
            state = network.initial_state(clip)["state"]
            logits = predict_logits(clip, state)["logits"]
            pictures.append((true, small, logits))
            expected += tf.reduce_sum(tf.nn.softmax(logits), (0, 1, 2, 3)).numpy()
            cells += logits.shape[2] * logits.shape[3]
    log_prior = np.log(expected / cells + 1e-6)
    decode = tf.function(signatures.decode, reduce_retracing=True)
    found = {decoding: np.zeros(3) for decoding in decodings}
    of_grey, of_truth = np.zeros(3), np.zeros(3)
    for true, small, logits in progress.track(pictures, "decoding", transient=True):
        grey, rgb = scoring.grey_of(true), np.empty_like(true)
        of_grey += _figures(true, np.repeat(grey[..., None], 3, axis=-1))
        of_truth += _figures(true, true)
        clip = tf.constant(small[None, None, ..., None])
        for decoding in decodings:
            way = decoding.temperature, decoding.vividness
            balanced = logits - decoding.rebalance * log_prior
            ab = decode(balanced, clip, *tf.constant(way, tf.float32)).numpy()[0, 0]
            painting.paint(grey, ab, small, rgb, stride=colorizer.info.stride)
            found[decoding] += _figures(true, rgb)
    return [
        Row(
            decoding,
            float(np.sqrt(squares / of_grey[0])),
            float((psnr - of_grey[1]) / len(pictures)),
            float(colorfulness / of_truth[2]),
        )
        for decoding, (squares, psnr, colorfulness) in found.items()
    ]


def _figures(true, rgb):
    true_chroma, chroma = (
        metrics.chroma(spaces.srgb_to_ruderman, picture) for picture in (true, rgb)
    )
    return np.array(
        [
            np.square(true_chroma - chroma).sum(dtype="float64"),
            metrics.psnr(true, rgb),
            metrics.colorfulness(rgb),
        ]
    )


def write(path: pathlib.Path, rows: list[Row]) -> None:
    """Writes the rows as a table of comma-separated values."""
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        names = [field.name for field in dataclasses.fields(Row)[1:]]
        table.writerow([*dataclasses.asdict(rows[0].decoding), *names])
        for row in rows:
            numbers = dataclasses.astuple(row.decoding), dataclasses.astuple(row)[1:]
            table.writerow([f"{number:.5g}" for number in itertools.chain(*numbers)])


def draw(path: pathlib.Path, rows: list[Row], own: Decoding, title: str) -> None:
    """Draws a line for each vividness and rebalancing, a point for each temperature."""
    lines = collections.defaultdict(list)
    for row in rows:
        lines[row.decoding.rebalance, row.decoding.vividness].append(row)
    shares, vividnesses = map(sorted, map(set, zip(*lines, strict=True)))
    styles = dict(zip(shares, itertools.cycle(("-", "--", ":", "-.")), strict=False))
    hues = pyplot.colormaps["viridis"](np.linspace(0, 0.9, len(vividnesses)))
    figure, plots = pyplot.subplots(1, 2, figsize=(15, 5.5), layout="constrained")
    labels = "alpha-beta RMSE, of grey's", "PSNR above grey's, dB"
    figures = "alpha_beta_rmse_ratio", "psnr_gain_db"
    for plot, figure_name, label in zip(plots, figures, labels, strict=True):
        for (share, vividness), line in lines.items():
            places = [(r.colorfulness_ratio, getattr(r, figure_name)) for r in line]
            plot.plot(
                *zip(*places, strict=True),
                styles[share],
                marker=".",
                color=hues[vividnesses.index(vividness)],
                label=f"vividness {vividness:g}, log prior x {share:g}",
            )
            for row, place in zip(line, places, strict=True):
                plot.annotate(f"{row.decoding.temperature:g}", place, fontsize=6)
                if row.decoding == own:
                    plot.plot(*place, "r*", markersize=14, label="the model's own")
        plot.axvline(_VIVID, color="grey", linewidth=0.8)
        plot.set(xlabel="colourfulness, of the truth's", ylabel=label)
        plot.grid(alpha=0.3)
    plots[0].axhline(_limit(rows), color="grey", linewidth=0.8)
    figure.legend(*plots[0].get_legend_handles_labels(), loc="outside right")
    figure.suptitle(f"{title}; numbers are temperatures")
    figure.savefig(path, dpi=100)
    pyplot.close(figure)


def _limit(rows):
    """The highest error that a default should have."""
    return _NEAR * min(row.alpha_beta_rmse_ratio for row in rows)


if __name__ == "__main__":
    flags.DEFINE_string("model", exported.DEFAULT, "Bundled name, or exported folder.")
    flags.DEFINE_string("workdir", "", "A training run, instead of --model.")
    flags.DEFINE_string("input", None, "Folder of photographs.", required=True)
    flags.DEFINE_integer("limit", 0, "Take at most so many, spread evenly; 0: all.")
    flags.DEFINE_string("csv", None, "Where the figures go.", required=True)
    flags.DEFINE_string("plot", None, "Where the picture, PNG, goes.", required=True)
    flags.DEFINE_list("temperature", "0.6,0.8,1,1.2,1.5", "Temperatures, above 0.")
    flags.DEFINE_list("vividness", "0,0.25,0.5,0.75,1", "Shares, 0 to 1.")
    flags.DEFINE_list("rebalance", "0,0.1,0.2", "Shares of the log prior, 0 to 1.")
    app.run(main)

"""Exports a trained network as a SavedModel that `colorize` and servers run.

  colornet export --workdir=runs/default --output=exported

Signatures of the SavedModel:

  predict_ab     lightness float32 [B, T, H, W, 1], L* 0..100, any H and W;
                 state float32 [B, h, w, S]; temperature float32, above 0
                 -> ab float32 [B, T, ceil(H / 4), ceil(W / 4), 2], L*a*b* units,
                 one colour for each block of 4 x 4 pixels; and the next state
  predict_hinted_ab  of networks that take hints: the same, and
                 hints float32 [B, T, H, W, 3], ab where they are known and how sure
                 they are, 0..1
  remember       of such networks: lightness and hints of frames whose colours are known
                 -> keys float32 [B, N, C] and colors float32 [B, N, 3], N cells of
                 8 x 8 pixels; memories of several calls may be joined along N
  recall         lightness, keys and colors -> hints for the frames, each told what is
                 known of what looks like it
  encode         lightness -> tap_0, tap_1, ...: what is seen, whatever is told
  predict_encoded  the inputs of predict_hinted_ab (of a network without hints, those
                 of predict_ab) and the taps -> ab and state as they give them, and
                 logits float32 [B, T, ceil(H / 4), ceil(W / 4), Q] of the ab bins
  initial_state  lightness, as above -> the state before a film's first frame

Weights are stored as float16 and used as float32. `assets.extra/colornet.json` says
what the model is: signature version, name, network size, temperature, vividness,
training flags.
"""

import dataclasses
import json
import pathlib
import shutil

from absl import flags

from colornet import config as configuration
from colornet.config import field
from colornet.errors import UsageError
from colornet.inference import exported


@dataclasses.dataclass(frozen=True)
class ExportConfig:
    """How the exported model is used where nothing else is said."""

    name: str = field("", "The model's name; empty: that of the workdir.")
    network_size: int = field(224, "Shorter side of the picture the network sees, px.")
    temperature: float = field(
        1.0,
        "Decoding temperature: 0 the likeliest colour, 1 the mean of all, above "
        "that unlikely ones count more (Zhang et al. 2016, equation 5).",
    )
    vividness: float = field(
        0.5,
        "How far colours are brought from the mean of what is likely, 0, to the chroma "
        "of what it is mixed of, 1.",
    )
    average_with: str = field(
        "",
        "Give the mean of its weights and those of this model, which it was trained "
        "further from: a run's workdir, an export, or `default`.",
    )
    overwrite: bool = field(False, "Replace what stands at --output.")

    def __post_init__(self):
        """Refuses values that cannot work."""
        if self.network_size < 32:
            raise ValueError(
                f"--network_size must be at least 32, got {self.network_size}."
            )
        if self.temperature <= 0:
            raise ValueError(f"--temperature must be above 0, got {self.temperature}.")
        if not 0 <= self.vividness <= 1:
            raise ValueError(f"--vividness must be in [0, 1], got {self.vividness}.")


def define_flags():
    """Defines this program's flags."""
    configuration.define_flags(ExportConfig)
    flags.DEFINE_string("workdir", None, "The run to export.", required=True)
    flags.DEFINE_string("output", None, "Folder of the SavedModel.", required=True)


def main(argv):
    """Reads the flags and exports."""
    if len(argv) > 1:
        raise UsageError(f"unexpected argument {argv[1]!r}: all is given by flags.")
    config = configuration.from_flags(ExportConfig)
    workdir, output = flags.FLAGS.workdir, flags.FLAGS.output
    run(config, pathlib.Path(workdir), pathlib.Path(output))


def run(config: ExportConfig, workdir: pathlib.Path, output: pathlib.Path) -> None:
    """Writes the SavedModel of the run in `workdir` to the folder `output`.

    Raises:
      UsageError: something stands at `output` already, or the network looks ahead.
      InputError: `workdir` holds no checkpoint.
    """
    if output.exists() and not config.overwrite:
        raise UsageError(f"--output={output} exists; give --overwrite to replace it.")
    # These bring TensorFlow; imported here so that --help answers at once.
    from colornet.models import dynamic
    from colornet.serving import signatures
    from colornet.training import checkpoints

    network, trained = checkpoints.load_network(workdir)
    if config.average_with:
        checkpoints.average(network, checkpoints.named(config.average_with))
    if trained.dynamic_layer in dynamic.NOT_STREAMED:
        raise UsageError(
            f"--workdir={workdir}: trained with --dynamic_layer={trained.dynamic_layer}"
            ", which looks ahead, but exported models take a film's frames one after "
            "the other; train with a forward layer, such as --dynamic_layer=gru."
        )
    about = {
        "signature_version": exported.SIGNATURE_VERSION,
        "name": config.name or workdir.name,
        "network_size": config.network_size,
        "temperature": config.temperature,
        "vividness": config.vividness,
        "stride": signatures.STRIDE,
        "trained_with": dataclasses.asdict(trained),
    }
    write(network, about, output)


def read(folder: pathlib.Path):
    """The network of the SavedModel in `folder`, and what its colornet.json says.

    What `write` takes; the weights are float32 again.
    """
    from colornet.color import bins
    from colornet.models import zoo
    from colornet.training import checkpoints, settings

    about = json.loads(exported.info_path(folder).read_text(encoding="utf-8"))
    trained = settings.TrainConfig(**about["trained_with"])
    arguments = settings.network_arguments(trained)
    network = zoo.dynamic_colornet(len(bins.ab_centers()), **arguments)
    checkpoints.initialize(network, folder)
    return network, about


def write(network, about: dict, output: pathlib.Path) -> None:
    """Writes a network as the SavedModel `output`, in the place of what stands there.

    Args:
      network: made by `zoo.dynamic_colornet`.
      about: what its colornet.json says.
      output: its folder; what stood there is gone only when this is whole.
    """
    import tensorflow as tf

    from colornet.serving import signatures

    stride = about["trained_with"]["dynamic_stride"]
    colors = signatures.ColorNetwork(network, about["vividness"], stride)
    beside = output.with_name(f"{output.name}.unfinished")
    shutil.rmtree(beside, ignore_errors=True)
    try:
        tf.saved_model.save(colors.module, str(beside), colors.signatures())
        (beside / "assets.extra").mkdir()
        exported.info_path(beside).write_text(json.dumps(about, indent=2) + "\n")
        if output.exists():
            shutil.rmtree(output)
        beside.rename(output)
    finally:
        shutil.rmtree(beside, ignore_errors=True)

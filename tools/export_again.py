"""Writes an exported model as `colornet export` writes models now.

  python tools/export_again.py --model=colornet/pretrained/default

For a change of what is exported, where the run is not at hand. Weights stay as they
are, and so does what colornet.json says. Prints how far the colours of a photograph of
scikit-image's are from what they were.
"""

import pathlib

from absl import app, flags, logging

from colornet import tensorflow_start

tensorflow_start.prepare()

import numpy as np  # noqa: E402
import skimage.data  # noqa: E402

from colornet.inference import network_view  # noqa: E402
from colornet.inference.colorizer import Colorizer  # noqa: E402
from colornet.serving import export  # noqa: E402


def main(argv):
    """Reads the flag and exports."""
    del argv
    logging.set_verbosity(logging.WARNING)  # TensorFlow names inputs by the hundred.
    folder = pathlib.Path(flags.FLAGS.model)
    network, about = export.read(folder)
    before = colored(folder)
    export.write(network, about, folder)
    away = np.abs(colored(folder) - before).max()
    print(f"{folder}: the colours of a photograph are {away:.2g} away, at most, in ab")


def colored(folder) -> np.ndarray:
    """Ab [h, w, 2] of a photograph as the network gives them."""
    colorizer = Colorizer.load(str(folder))
    grey = skimage.data.camera()
    lightness = network_view.lightness(grey, colorizer.network_shape(*grey.shape))
    return colorizer.stream().predict_ab(lightness[None])[0]


if __name__ == "__main__":
    flags.DEFINE_string("model", None, "Folder of the model.", required=True)
    app.run(main)

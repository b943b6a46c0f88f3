"""Writes an exported model as `colornet export` writes models now.

  python tools/export_again.py --model=colornet/pretrained/default

For a change of what is exported, where the run is not at hand. Weights stay as they
are, and so does what colornet.json says. Prints how far the colours of a photograph of
scikit-image's are from what they were.
"""

import json
import pathlib

import numpy as np
import skimage.data
from absl import app, flags, logging

from colornet import tensorflow_start


def main(argv):
    """Reads the flag and exports."""
    del argv
    logging.set_verbosity(logging.WARNING)  # TensorFlow names inputs by the hundred.
    tensorflow_start.prepare()
    from colornet.color import bins
    from colornet.inference import exported
    from colornet.models import zoo
    from colornet.serving import export
    from colornet.training import checkpoints, settings

    folder = pathlib.Path(flags.FLAGS.model)
    about = json.loads(exported.info_path(folder).read_text())
    trained = settings.TrainConfig(**about["trained_with"])
    arguments = settings.network_arguments(trained)
    network = zoo.dynamic_colornet(len(bins.ab_centers()), **arguments)
    checkpoints.initialize(network, folder)
    before = colored(folder)
    export.write(network, about, folder)
    away = np.abs(colored(folder) - before).max()
    print(f"{folder}: the colours of a photograph are {away:.2g} away, at most, in ab")


def colored(folder) -> np.ndarray:
    """Ab [h, w, 2] of a photograph as the network gives them."""
    from colornet.inference import network_view
    from colornet.inference.colorizer import Colorizer

    colorizer = Colorizer.load(str(folder))
    grey = skimage.data.camera()
    lightness = network_view.lightness(grey, colorizer.network_shape(*grey.shape))
    return colorizer.stream().predict_ab(lightness[None])[0]


if __name__ == "__main__":
    flags.DEFINE_string("model", None, "Folder of the model.", required=True)
    app.run(main)

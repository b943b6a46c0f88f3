"""The systems of others by name: a module each, imported when it is asked for.

The modules of those that are trained by gradients, `TRAINED`, have

  build_network(*, width)  the network; `width` is a share of the paper's channels, 1
                           the paper's own. Where TAKES_ENCODER is set, also
                           `encoder_weights` and `train_encoder`, as
                           `models.encoder.build_encoder` takes them.
  training_model(network)  the same for `fit`: from RGB clips [B, T, H, W, 3], 0..255,
                           to what the losses take.
  training_loss()          what `compile` takes as `loss`; its targets are the RGB
                           clips, or of those in `LABELLED` {"color": RGB clips,
                           "label": classes [B]}, -1 where there is none.
  colorize(network, grey, network_size)
                           uint8 [H, W] -> sRGB uint8 [H, W, 3]; the network sees a
                           picture whose shorter side is `network_size` pixels.

Those of the others, `FITTED`, have a class of their name with

  fit(pictures, seed=)     learns from colour photographs, uint8 [H, W, 3]
  save(path), load(path)   all that it has learned, in one file
  colorize(grey)           uint8 [H, W] -> sRGB uint8 [H, W, 3]

which where TAKES_SEMANTICS is set is made with `semantics`, a file of MobileNetV2's
weights, or None.
"""

import importlib
import types

TRAINED = ("larsson2016", "zhang2016", "iizuka2016")
FITTED = ("cheng2015", "deshpande2015")
LABELLED = ("iizuka2016",)  # Those that learn the class of a picture too.


def find(name: str) -> types.ModuleType:
    """The module of a system."""
    return importlib.import_module(f"colornet.baselines.{name}")


def find_class(name: str) -> type:
    """The class of a system that is `FITTED`."""
    return getattr(find(name), name.capitalize())

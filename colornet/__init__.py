"""Colours old grey photographs and films.

Importing it touches no device, file or network: TensorFlow comes in with first use.
"""

import importlib

__version__ = "0.1.0"
__all__ = ["Colorizer", "colorize"]

# Public name -> the module that defines it, imported when the name is first used.
_HOMES = {
    "Colorizer": "colornet.inference.colorizer",
    "colorize": "colornet.inference.picture",
}


def __getattr__(name):
    """Imports what `_HOMES` promises. PEP 562."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__():
    return sorted([*globals(), *_HOMES])

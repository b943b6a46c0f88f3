"""A start of TensorFlow without what it has to say about itself.

TensorFlow 2.20 and 2.21 write six lines to stderr while their libraries load, whatever
TF_CPP_MIN_LOG_LEVEL is (tensorflow#100442). A user of a command would look for a fault.
"""

import importlib.abc
import importlib.machinery
import os
import sys


def quieten_tensorflow() -> None:
    """Silences TensorFlow's start, now or later; a level that the user set stands."""
    if "TF_CPP_MIN_LOG_LEVEL" in os.environ:
        return
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    if "tensorflow" not in sys.modules:
        sys.meta_path.insert(0, _QuietImport())


class _QuietImport(importlib.abc.MetaPathFinder):
    """Finds TensorFlow as usual, and closes stderr to it while it loads."""

    def find_spec(self, name, path=None, target=None):
        if name != "tensorflow":
            return None
        sys.meta_path.remove(self)
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        if spec:
            load = spec.loader.exec_module
            spec.loader.exec_module = lambda module: _without_stderr(load, module)
        return spec


def _without_stderr(load, module):
    """Calls load(module); the lines come from C++, so the descriptor is turned away."""
    sys.stderr.flush()
    kept = os.dup(2)
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        load(module)
    finally:
        os.dup2(kept, 2)
        os.close(kept)

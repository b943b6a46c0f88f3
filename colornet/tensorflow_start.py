"""How TensorFlow starts in a command: quick, and without words about itself.

It takes oneDNN's convolutions by itself only where a processor has VNNI; on others with
AVX2, they are quicker too (experiments/README.md).

TensorFlow 2.20 and 2.21 write six lines to stderr while their libraries load, whatever
TF_CPP_MIN_LOG_LEVEL is (tensorflow#100442). A user of a command would look for a fault.
"""

import importlib.abc
import importlib.machinery
import os
import platform
import sys


def prepare() -> None:
    """Makes TensorFlow's start so; what the user set stands.

    To be called before its import: later, it silences what is left to be said.
    """
    if platform.machine().lower() in ("x86_64", "amd64"):
        os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
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

"""Exported models on disk: found and checked before TensorFlow has to be loaded."""

import dataclasses
import hashlib
import json
import math
import pathlib
from importlib import resources

from colornet.errors import InputError, UsageError
from colornet.inference.confidence import Curve

SIGNATURE_VERSION = 1
DEFAULT = "default"


@dataclasses.dataclass(frozen=True)
class ModelInfo:
    """What a caller has to know of an exported model."""

    name: str
    network_size: int  # Shorter side of the picture that the network sees, in pixels.
    temperature: float  # Of the annealed mean; lower is more vivid.
    stride: int = 4  # Network pixels per predicted ab, along each axis.
    confidence: Curve | None = None  # Where `colornet calibrate` has measured it.


def locate(model: str | pathlib.Path) -> pathlib.Path:
    """The directory of a bundled model's name or of an exported model's path.

    Raises:
      UsageError: it is neither.
    """
    pretrained = pathlib.Path(str(resources.files("colornet"))) / "pretrained"
    bundled = sorted(p.parent.name for p in pretrained.glob("*/saved_model.pb"))
    if str(model) in bundled:
        return pretrained / str(model)
    path = pathlib.Path(model)
    if (path / "saved_model.pb").is_file():
        return path
    names = " or ".join(map(repr, bundled)) or "none is bundled here"
    found = "a directory without saved_model.pb" if path.is_dir() else "no directory"
    raise UsageError(
        f"--model={model}: {found}; give the name of a bundled model ({names}) "
        "or a directory that `colornet export` wrote"
    )


def info_path(directory: pathlib.Path) -> pathlib.Path:
    """The file that says what the model in `directory` is."""
    return directory / "assets.extra" / "colornet.json"


def read_info(directory: pathlib.Path) -> ModelInfo:
    """What `assets.extra/colornet.json` says about the model in `directory`.

    Raises:
      InputError: the file is missing or unreadable, or of another signature version.
    """
    path = info_path(directory)
    cure = "export the model again with `colornet export`"
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file; {cure}") from error
    except ValueError as error:
        raise InputError(f"{path}: not JSON ({error}); {cure}") from error
    version = values.get("signature_version")
    if version != SIGNATURE_VERSION:
        raise InputError(
            f"{path}: signature version {version}, this colornet reads version "
            f"{SIGNATURE_VERSION}; {cure}, or install the colornet it was made with"
        )
    try:
        return ModelInfo(
            name=str(values["name"]),
            network_size=int(values["network_size"]),
            temperature=float(values["temperature"]),
            stride=int(values["stride"]),
            confidence=_read_curve(values.get("confidence")),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path}: bad or missing entry ({error}); {cure}") from error


def _read_curve(curve):
    return curve and Curve(*(tuple(map(float, curve[n])) for n in ("mass", "sure")))


def curve(info: ModelInfo) -> Curve:
    """The curve of a model's confidence.

    Raises:
      UsageError: none has been measured.
    """
    if info.confidence is None:
        raise UsageError(
            f"--confidence: it was not measured how sure the model {info.name} is; "
            "measure it with `colornet calibrate`, or use default"
        )
    return info.confidence


def count_parameters(directory: pathlib.Path) -> int:
    """How many weights the model in `directory` has; 0 if it is made of constants."""
    import tensorflow as tf

    path = directory / "variables" / "variables"
    if not path.with_suffix(".index").exists():
        return 0
    variables = tf.train.list_variables(str(path))
    return sum(math.prod(shape) for _, shape in variables if shape)


def signature(offered: dict, name: str, info: ModelInfo):
    """The signature of that name of those that a model offers.

    Raises:
      UsageError: it offers none.
    """
    if name in offered:
        return offered[name]
    if name in ("encode", "predict_encoded"):
        raise UsageError(
            f"the model {info.name} was exported by a colornet that kept nothing of a "
            "picture; export it again with `colornet export`, or use default"
        )
    raise UsageError(
        f"the model {info.name} takes no hints; use one that was trained with "
        "--hints, such as default"
    )


def fingerprint(directory: pathlib.Path) -> str:
    """Tells the model in `directory` from those that stood or will stand there."""
    files = sorted(path for path in directory.rglob("*") if path.is_file())
    facts = [(p.name, p.stat().st_size, p.stat().st_mtime_ns) for p in files]
    return hashlib.sha256(repr(facts).encode()).hexdigest()

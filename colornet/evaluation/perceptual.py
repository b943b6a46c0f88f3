"""LPIPS and FID, as far as the weights of their networks are there."""

import pathlib

from colornet.errors import InputError
from colornet.evaluation import fid, lpips, scoring


def judges(source: str) -> tuple[dict[str, scoring.Judge], dict[str, str]]:
    """Those that can be had, for `scoring.score`, and why the others cannot, by name.

    Args:
      source: a folder of weights, or `fid.ONLINE`.

    Raises:
      InputError: there is no such folder, or LPIPS's file in it is damaged.
    """
    folder, online = pathlib.Path(source), source == fid.ONLINE
    if not (online or folder.is_dir()):
        raise InputError(
            f"--perceptual={source}: expected a folder of weights, found none; give "
            f"its path, or {fid.ONLINE}"
        )
    made, left_out = {}, {}
    for name, make in {
        "lpips": lambda: lpips.Lpips(folder),
        "fid": lambda: fid.Fid(fid.load_network(source)),
    }.items():
        try:
            made[name] = make()
        except InputError:
            raise
        except Exception as error:  # Keras raises anything at all, if offline.
            reason = " ".join(str(error).split()) or type(error).__name__
            left_out[f"{name}_left_out"] = f"{reason} (--perceptual={source})"
    return made, left_out

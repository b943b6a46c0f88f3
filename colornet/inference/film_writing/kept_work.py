"""What is finished of an output, in a hidden folder beside it, for one run at a time.

What the output depends on (source, settings, model, versions) stands in the folder too:
under other conditions nothing of it is used, and nothing deleted, unless one asks to
begin anew. The run that works there holds a lock, which the system takes from a process
that ends, however it does.
"""

import contextlib
import json
import logging
import os
import pathlib
import shutil
from collections.abc import Callable, Iterator

try:
    import fcntl
except ImportError:  # Windows: two runs to one output are not told apart there.
    fcntl = None

from colornet import whole_file
from colornet.errors import InputError, UsageError

_log = logging.getLogger(__name__)


def is_begun(target: pathlib.Path) -> bool:
    """Whether there is work on `target` that has not come to its end."""
    return _folder_of(target).exists()


@contextlib.contextmanager
def beside(
    target: pathlib.Path, conditions: dict, kind: Callable, *, anew: bool = False
) -> Iterator:
    """Gives what is kept of the film `target`: as found, or nothing yet.

    It stays after an error, if there is any, and goes with the end of the work.

    Args:
      target: the film that is to be made of it; or numbered pictures.
      conditions: all that the film depends on, to be written as JSON: groups by name.
      kind: of what is kept: called with the folder, gives an object whose `frames` says
        how many frames are in it.
      anew: leave nothing of what was made under other conditions.

    Raises:
      UsageError: it was made under other conditions.
      InputError: nothing can be written there, or another run does it already.
    """
    folder = _folder_of(target)
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(_alone_in(folder, target))
            _begin(folder, target, conditions, anew)
        except OSError as error:
            raise InputError(
                f"{target}: cannot be written ({error.strerror}); "
                "give an output in a folder that exists and is yours to write."
            ) from error
        kept = kind(folder)
        if kept.frames:
            _log.info("%s: goes on after %d frames.", target, kept.frames)
        try:
            yield kept
        except BaseException:
            if not kept.frames:
                shutil.rmtree(folder)
            raise
        shutil.rmtree(folder)


def _folder_of(target):
    target = target.resolve()  # A link stays one; the film takes the place of its end.
    return target.with_name(f".unfinished-{target.name}.segments")


def _begin(folder, target, conditions, anew):
    """Leaves in `folder` only what was made under the same conditions."""
    about = folder / "conditions.json"
    text = json.dumps(conditions, indent=1, sort_keys=True)
    begun = about.read_text(encoding="utf-8") if about.exists() else ""
    if begun != text:
        if begun and not anew:
            raise UsageError(
                f"{target}: was begun with another {_differences(begun, conditions)}; "
                "give the same, another --output, or --overwrite to begin anew"
            )
        # Without conditions: it was being deleted, and nothing in it counts.
        for path in folder.iterdir():
            path.unlink()
    with whole_file.written(about) as unfinished:
        unfinished.write_text(text, encoding="utf-8")


def _differences(begun, conditions):
    """The names of the conditions that are not as they were."""
    begun = json.loads(begun)
    names = []
    for group, facts in json.loads(json.dumps(conditions)).items():
        before = begun.get(group)
        if isinstance(facts, dict) and isinstance(before, dict):
            keys = sorted(facts.keys() | before.keys())
            names += [k for k in keys if facts.get(k) != before.get(k)]
        elif facts != before:
            names.append(group)
    return ", ".join(names)


@contextlib.contextmanager
def _alone_in(folder, target):
    """Makes `folder` and holds it against other runs."""
    while True:
        folder.mkdir(exist_ok=True)
        if fcntl is None:
            yield
            return
        held = os.open(folder, os.O_RDONLY)
        try:
            _lock(held, target)
            if _is_still(held, folder):
                yield
                return
        finally:
            os.close(held)


def _lock(held, target):
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise InputError(
            f"{target}: another run is writing it; wait for its end, or give another "
            "--output"
        ) from error
    except OSError:
        _log.debug("%s: its file system has no locks.", target)


def _is_still(held, folder):
    """Whether the open folder is there, and not deleted by the run that had it."""
    try:
        return os.path.samestat(os.fstat(held), os.stat(folder))
    except FileNotFoundError:
        return False

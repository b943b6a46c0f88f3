"""How much a command tells on stderr while it works: the package's log, up to a level.

The levels are absl's. Nothing of it is left when the command ends, and whoever uses the
package from Python has the log as he sets it himself.
"""

import contextlib
import logging
import sys

from absl import flags


def define_flag(flag_values: flags.FlagValues) -> None:
    """Defines --verbosity. Not in absl's own flags, which have it for absl's log."""
    flags.DEFINE_integer(
        "verbosity",
        0,
        "What is told on stderr. 0: progress, warnings, and what is finished. -1: "
        "warnings. -2: nothing but what stops the work.",
        flag_values=flag_values,
    )


@contextlib.contextmanager
def telling(verbosity: int):
    """Sends the package's log to stderr, as far as `verbosity` lets it pass."""
    log, handler = logging.getLogger("colornet"), _Stderr()
    level = log.level
    log.setLevel(logging.INFO - 10 * verbosity)
    log.addHandler(handler)
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(level)


class _Stderr(logging.Handler):
    """Writes to what stderr is just then: a bar of progress puts itself before it."""

    def emit(self, record):
        print(self.format(record), file=sys.stderr)

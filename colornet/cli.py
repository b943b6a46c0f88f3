"""The `colornet` command: a table of programs, each imported only when it is named.

A program is a module with `define_flags()`, `main(argv)` and a docstring, which is its
help; one with TAKES_OTHER_FLAGS is given flags that are not its own too, and one with
TAKES_VERBOSITY tells of its work through its log. Whatever the user got wrong ends here
as one line on stderr and an exit code.
"""

import contextlib
import importlib
import os
import sys

from absl import flags

import colornet
from colornet import program_flags, tensorflow_start, verbosity
from colornet.errors import InputError, UsageError

PROGRAMS = {
    "colorize": (
        "colornet.inference.colorize_files",
        "colours photographs and films: files, folders or patterns in, same kind out",
    ),
    "serve": (
        "colornet.serving.web",
        "opens a page in the browser on which photographs and films are coloured",
    ),
    "demo": (
        "colornet.inference.demo",
        "colours sample pictures and a sample film; writes a page to look at",
    ),
    "build-records": (
        "colornet.data.build_records",
        "turns photographs and films into TFRecord shards to train on",
    ),
    "show-records": (
        "colornet.data.show_records",
        "prints what such shards hold and draws a sheet of pictures",
    ),
    "train": ("colornet.training.train", "trains a network on such shards"),
    "evaluate": (
        "colornet.evaluation.evaluate",
        "scores a trained network or an exported model",
    ),
    "calibrate": (
        "colornet.evaluation.calibrate",
        "measures how sure a model's colours are, for `colorize --confidence`",
    ),
    "export": (
        "colornet.serving.export",
        "turns a trained network into a model that `colorize --model` takes",
    ),
}


def main(argv: list[str] | None = None) -> int:
    """Runs one program and returns the exit code.

    Args:
      argv: what follows `colornet` on the command line; by default the real one.

    Returns:
      0 after success, 1 where a file was at fault, 2 where the command line was, 130
      after an interruption. Any other failure is ours and keeps its traceback.
    """
    arguments = sys.argv[1:] if argv is None else list(argv)
    if not arguments or arguments[0] in (*program_flags.HELP, "help"):
        _show(_overview())
        return 0
    if arguments[0] == "--version":
        _show(f"colornet {colornet.__version__}")
        return 0
    command, *rest = arguments
    prefix = f"colornet {command}"
    try:
        if command not in PROGRAMS:
            prefix = "colornet"
            close = program_flags.nearest(command, PROGRAMS) or "; see colornet --help"
            raise UsageError(f"no command {command!r}{close}")
        return _run(command, rest)
    except UsageError as error:
        return _fail(prefix, error, 2)
    except InputError as error:
        return _fail(prefix, error, 1)
    except OSError as error:
        named = error.filename is not None and error.strerror
        message = f"{error.filename}: {error.strerror}" if named else error
        return _fail(prefix, message, 1)
    except KeyboardInterrupt:
        return _fail(prefix, "interrupted", 130)


def _run(command, arguments) -> int:
    """Imports the program, gives its flags their values and calls its `main`."""
    tensorflow_start.prepare()
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    program = importlib.import_module(PROGRAMS[command][0])
    known = set(flags.FLAGS)
    program.define_flags()
    # Other libraries put flags of their own into FLAGS; only the program's are offered.
    own = flags.FlagValues()
    defined = [name for name in flags.FLAGS if name not in known]
    for name in defined:
        own[name] = flags.FLAGS[name]
    takes_verbosity = getattr(program, "TAKES_VERBOSITY", False)
    if takes_verbosity:
        verbosity.define_flag(own)
    try:
        if program_flags.asks_for_help(arguments):
            _show(f"{program.__doc__.strip()}\n\n{program_flags.describe(own)}")
            return 0
        others = getattr(program, "TAKES_OTHER_FLAGS", False)
        positional = program_flags.parse(own, arguments, known_only=others)
        flags.FLAGS.mark_as_parsed()
        with contextlib.ExitStack() as told:
            if takes_verbosity:
                told.enter_context(verbosity.telling(own.verbosity))
            program.main([f"colornet {command}", *positional])
        return 0
    finally:
        for name in defined:  # So that a second program can define a flag of that name.
            delattr(flags.FLAGS, name)


def _show(text):
    """Prints `text`, also into a pipe whose reader has seen enough, such as `head`."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        # Python flushes once more at the end, and would complain then.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fail(prefix, message, code) -> int:
    """Prints `message` in one line, however many it came in, and returns `code`."""
    print(f"{prefix}: {' '.join(str(message).split())}", file=sys.stderr)
    return code


def _overview() -> str:
    width = max(map(len, PROGRAMS))
    rows = [f"  {name:{width}}  {line}" for name, (_, line) in PROGRAMS.items()]
    return "\n".join(
        [
            "Colours old grey photographs and films.",
            "",
            "Usage: colornet COMMAND [--flag=value ...] [FILE ...]",
            "",
            "Commands:",
            *rows,
            "",
            "colornet COMMAND --help lists the flags of one; colornet --version.",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())

"""One program's flags: set from its command line, and written out as its help.

absl does the reading. What it says about a mistake, in up to ten lines and among forty
flags of its own, becomes one line here.
"""

import difflib
import re
import textwrap

from absl import flags

from colornet.errors import UsageError

HELP = ("-h", "-help", "--help", "--helpfull", "--helpshort")

_KINDS = {
    "bool": "true or false",
    "float": "a number",
    "int": "a whole number",
    "string": "text",
}


def parse(
    own: flags.FlagValues, arguments: list[str], known_only: bool = False
) -> list[str]:
    """Sets the flags `own` from `arguments` and returns the positional arguments.

    Args:
      own: the program's flags.
      arguments: the words of the command line.
      known_only: return flags that are not in `own` too, rather than refuse them.

    Raises:
      UsageError: an unknown flag, a wrong or missing value, an unreadable flagfile.
    """
    try:
        words = own.read_flags_from_files(arguments)
        _refuse_bare_words(words, arguments)
        return own(["colornet", *words], known_only)[1:]
    except UsageError:
        raise
    except flags.CantOpenFlagFileError as error:
        cause = error.__context__
        raise UsageError(f"--flagfile={cause.filename}: {cause.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError("--flagfile names a file that is not text") from error
    except flags.UnrecognizedFlagError as error:
        raise UsageError(_unknown(own, error.flagname, arguments)) from error
    except (flags.Error, ValueError) as error:
        raise UsageError(_wrong_value(own, str(error))) from error


def asks_for_help(arguments: list[str]) -> bool:
    """Whether --help stands among the flags; after a bare `--` it would be a file."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    return any(word in HELP for word in arguments[:end])


def describe(own: flags.FlagValues) -> str:
    """All flags of `own`, each with its kind, its default and its help text."""
    lines = ["Flags:"]
    for name in own:
        flag = own[name]
        dashes = f"--[no]{name}" if flag.boolean else f"--{name}"
        lines.append(f"  {dashes} ({_kind(flag)}{_default(flag)})")
        lines += textwrap.wrap(
            _help(flag), 84, initial_indent=" " * 6, subsequent_indent=" " * 6
        )
    lines.append("  --flagfile (text)")
    lines.append(
        "      A file of such flags, one a line; lines that begin with # are comments."
    )
    return "\n".join(lines)


def nearest(name: str, names, prefix: str = "") -> str:
    """A question that ends a message: which of `names` was meant; or nothing."""
    close = difflib.get_close_matches(name, list(names), n=1, cutoff=0.5)
    return f"; did you mean {prefix}{close[0]}?" if close else ""


def _refuse_bare_words(words, arguments):
    """Stops at a flagfile's line without dashes: absl would take it for an input."""
    for word in words:
        if not word.startswith("-") and word not in arguments:
            raise UsageError(
                f"the flagfile's line {word!r} is not a flag; write --name=value"
            )


def _unknown(own, name, arguments) -> str:
    typed = any(word.lstrip("-").split("=")[0] == name for word in arguments)
    where = "" if typed else " (it stands in the flagfile)"
    return f"no flag --{name}{where}{nearest(name, own, '--') or '; see --help'}"


def _wrong_value(own, complaint) -> str:
    """Says what the flag takes, where absl complains about a known flag's value."""
    missing = re.fullmatch(r"Missing value for flag -+(\w+)", complaint)
    if missing:
        flag = own[missing.group(1)]
        return f"--{flag.name} needs a value: {_kind(flag)}"
    found = re.match(r"flag --(\w+)=(.*?): (.*)", complaint, flags=re.DOTALL)
    if not found:
        return complaint
    name, value, reason = found.groups()
    flag = own[name]
    if _is_required(flag) and flag.value is None:
        return f"--{name} is required: {_help(flag)}"
    try:
        flag.parser.parse(value)
    except (TypeError, ValueError):
        close = nearest(value, _choices(flag))
        return f"--{name} takes {_kind(flag)}, got {value!r}{close}"
    return f"--{name}={value}: {reason}"


def _kind(flag) -> str:
    if _choices(flag):
        return f"one of {', '.join(_choices(flag))}"
    return _KINDS.get(flag.flag_type(), flag.flag_type())


def _choices(flag):
    return getattr(flag.parser, "enum_values", ())


def _help(flag) -> str:
    return re.sub(r"^<[^>]*>: ", "", flag.help)  # absl repeats an enum's names there.


def _default(flag) -> str:
    if _is_required(flag):
        return "; required"
    if flag.default in (None, "", []):
        return ""
    return f"; default {flag.default_as_str.strip(chr(39))}"


def _is_required(flag) -> bool:
    return any(not validator.checker(None) for validator in flag.validators)

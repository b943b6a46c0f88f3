"""A program's settings: a frozen dataclass, shown as absl flags.

Every field is a flag of the same name, so `--help` lists them all, an experiment is a
`--flagfile`, and absl rejects unknown names and wrong types.
"""

import dataclasses

from absl import flags

from colornet.errors import UsageError

_DEFINE = {
    bool: flags.DEFINE_bool,
    int: flags.DEFINE_integer,
    float: flags.DEFINE_float,
    str: flags.DEFINE_string,
    tuple: flags.DEFINE_multi_string,
}


def field(default, help, choices=()):
    """A dataclass field with its help text; `default` also fixes its type.

    Args:
      default: the value where the flag is not given: a bool, int, float or str.
      help: one sentence, shown by `--help`; units and ranges belong in it.
      choices: for a str, the values that are allowed; empty allows all.
    """
    metadata = {"help": help, "choices": tuple(choices)}
    return dataclasses.field(default=default, metadata=metadata)


def define_flags(config_class, flag_values=flags.FLAGS) -> None:
    """Defines one absl flag for each field of `config_class`."""
    for f in dataclasses.fields(config_class):
        name, default, help = f.name, f.default, f.metadata["help"]
        choices = f.metadata["choices"]
        if choices:
            flags.DEFINE_enum(name, default, choices, help, flag_values=flag_values)
        else:
            _DEFINE[type(default)](name, default, help, flag_values=flag_values)


def from_flags(config_class, flag_values=flags.FLAGS):
    """Returns the `config_class` that the parsed flags describe.

    Raises:
      UsageError: the class's own checks (`__post_init__`) refuse a value.
    """
    values = {}
    for f in dataclasses.fields(config_class):
        value = flag_values[f.name].value
        values[f.name] = tuple(value) if f.default == () else value
    try:
        return config_class(**values)
    except ValueError as error:
        raise UsageError(str(error)) from error


def to_flagfile(config) -> str:
    """Every field of `config` as a flag, one a line: what `--flagfile` reads back."""
    lines = []
    for name, value in dataclasses.asdict(config).items():
        for one in value if isinstance(value, tuple) else (value,):
            text = str(one).lower() if isinstance(one, bool) else one
            lines.append(f"--{name}={text}\n")
    return "".join(lines)


def from_flagfile(config_class, path, given=()):
    """Inverse of `to_flagfile`: the settings that the file `path` holds.

    Flags that are `given` besides, such as "--seed=2", come after those of the file.
    """
    flag_values = flags.FlagValues()
    define_flags(config_class, flag_values)
    flag_values(["colornet", f"--flagfile={path}", *given])
    return from_flags(config_class, flag_values)

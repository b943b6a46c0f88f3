"""The two ways a command can fail that the user can mend: `cli` prints one line."""


class UsageError(ValueError):
    """A flag or an argument is wrong. The command ends with exit code 2."""


class InputError(ValueError):
    """A file cannot be read, written or used. The command ends with exit code 1."""

"""The two ways a command can fail that are the user's to mend; `cli` prints them in one line."""


class UsageError(ValueError):
    """A flag or an argument is wrong. The command ends with exit code 2."""


class InputError(ValueError):
    """A file cannot be read, written or used as asked. The command ends with exit code 1."""

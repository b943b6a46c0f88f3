"""Numbers and times as they stand in lines for the user."""

from fractions import Fraction


def counted(number: int, noun: str) -> str:
    """So many of what has a regular plural: 0 frames, 1 frame, 2 frames."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def moment(seconds: Fraction) -> str:
    """A time in a film as 0:09.500 or 1:04:05.000, as --start takes it."""
    minutes, milliseconds = divmod(round(1000 * seconds), 60_000)
    hours, minutes = divmod(minutes, 60)
    rest = f"{milliseconds / 1000:06.3f}"
    return f"{hours}:{minutes:02}:{rest}" if hours else f"{minutes}:{rest}"

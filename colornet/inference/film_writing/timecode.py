"""Timecodes (SMPTE 12-1): the numbers of a film's frames, read as times of a day."""

import re

_TIMECODE = re.compile(r"(\d\d):(\d\d):(\d\d)([:;.,])(\d\d)")


def advanced(timecode: str, frames: int, rate) -> str | None:
    """The timecode so many frames later, or None where it is none for that rate.

    Frames are counted from 0 to 29 at 30000/1001 a second, which is slower than the
    clock. Drop-frame timecodes, those with a semicolon or point, keep up by leaving
    out numbers, not frames: the first two of each minute but every tenth.

    Args:
      timecode: HH:MM:SS:FF, or HH:MM:SS;FF with dropped numbers.
      frames: whose numbers come before.
      rate: frames a second.
    """
    found = _TIMECODE.fullmatch(timecode)
    nominal = round(rate)
    if not found or int(found[5]) >= nominal:
        return None
    hours, minutes, seconds, last = (int(found[n]) for n in (1, 2, 3, 5))
    drops = found[4] != ":"
    if drops and nominal % 30:
        return None
    dropped = nominal // 15 if drops else 0
    per_minute = 60 * nominal - dropped
    per_ten = 10 * per_minute + dropped
    minutes += 60 * hours
    count = (60 * minutes + seconds) * nominal + last
    count += frames - dropped * (minutes - minutes // 10)

    tens, rest = divmod(count % (144 * per_ten), per_ten)
    # The first minute of ten has all its numbers.
    minute = max(0, rest - dropped) // per_minute
    number = tens * 10 * 60 * nominal + rest + dropped * minute
    seconds, last = divmod(number, nominal)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}{found[4]}{last:02}"


def in_part(metadata: dict[str, str], frames: int | None, rate) -> dict[str, str]:
    """What `metadata` says of a part that begins after so many frames.

    Args:
      metadata: of the film, or of one of its streams.
      frames: before the part; or None, where nobody knows: no timecode is right then.
      rate: frames a second.
    """
    told = {}
    for key, text in metadata.items():
        if key.lower() == "timecode" and frames != 0:
            text = None if frames is None else advanced(text, frames, rate)
        if text is not None:
            told[key] = text
    return told

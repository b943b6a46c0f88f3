"""A picture of clips side by side, to see at a glance what a set of records holds."""

import io
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from colornet.data import shard_sample

_WIDTH = 1600  # Of the sheet, px, as all that follows.
_MARGIN = 20
_GAP = 14  # Between clips.
_SEAM = 2  # Between the frames of one clip.
_HEIGHT = 150  # Of a photograph; the frames of a film are smaller.
_STRIP = (_WIDTH - 2 * _MARGIN - _GAP) // 2  # So that two strips share a line.
_NARROWEST = 110  # So that there is room for a caption.
_CAPTION = 34
_FONT = 12
_MOST_FRAMES = 4
_PAPER, _INK, _PALE, _RED = "#fafafa", "#202020", "#707070", "#b00020"
_EMPTY = "#e4e4e4"


def draw(rows: Sequence[shard_sample.Row]) -> Image.Image:
    """The first frame of each photograph and some of each film clip, with captions.

    Clips stand in lines, as words do; what is damaged is an empty field.
    """
    font = ImageFont.load_default(size=_FONT)
    blocks = [_block(row, font) for row in rows]
    places, bottom = _set_in_lines([block.size for block in blocks])
    sheet = Image.new("RGB", (_WIDTH, bottom), _PAPER)
    for block, place in zip(blocks, places, strict=True):
        sheet.paste(block, place)
    return sheet


def _set_in_lines(sizes):
    """The corner (x, y) of each block, and the height that all need."""
    places = []
    x = y = bottom = _MARGIN
    for width, height in sizes:
        if x > _MARGIN and x + width > _WIDTH - _MARGIN:
            x, y = _MARGIN, bottom + _GAP
        places.append((x, y))
        x += width + _GAP
        bottom = max(bottom, y + height)
    return places, bottom + _MARGIN


def _block(row, font):
    """One clip: its frames in a row, and two lines below them."""
    frames = [] if row.damage else _frames(row.clip)
    width = sum(frame.width + _SEAM for frame in frames) - _SEAM
    height = max((frame.height for frame in frames), default=_HEIGHT)
    block = Image.new("RGB", (max(width, _NARROWEST), height + _CAPTION), _PAPER)
    pen = ImageDraw.Draw(block)
    if not frames:
        pen.rectangle((0, 0, block.width, height - 1), _EMPTY)
        pen.line((0, 0, block.width, height), _PALE)
        pen.line((0, height, block.width, 0), _PALE)
    x = 0
    for frame in frames:
        block.paste(frame, (x, 0))
        x += frame.width + _SEAM
    lines = _caption(row)
    for number, (line, ink) in enumerate(zip(lines, (_INK, _PALE), strict=True)):
        ink = _RED if row.damage else ink
        line = _shortened(line, font, block.width)
        pen.text((0, height + 3 + 14 * number), line, ink, font)
    return block


def _frames(clip):
    """Some frames, evenly spread, small enough to stand in a line."""
    count = min(len(clip.frames), _MOST_FRAMES)
    widest = (_STRIP + _SEAM) // count - _SEAM
    small = []
    for number in range(count):
        jpeg = clip.frames[number * len(clip.frames) // count]
        with Image.open(io.BytesIO(jpeg)) as image:
            image.thumbnail((widest, _HEIGHT))
            small.append(image.convert("RGB"))
    return small


def _caption(row):
    if row.damage:
        return "damaged", row.path.rsplit("/", 1)[-1]
    clip = row.clip
    size = f"{clip.width} x {clip.height}"
    if len(clip.frames) == 1:
        return clip.video_id, size
    first, last = clip.start_frame, clip.start_frame + len(clip.frames) - 1
    return clip.video_id, f"{first}-{last}, {clip.frame_rate:g}/s, {size}"


def _shortened(line, font, width):
    """The end of a name tells more than its beginning, which is often a folder."""
    if font.getlength(line) <= width:
        return line
    while line and font.getlength(f"…{line}") > width:
        line = line[1:]
    return f"…{line}"

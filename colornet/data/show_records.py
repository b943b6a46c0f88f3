"""Shows what is in shards: a table of clips, and a picture of them with --sheet.

  colornet show-records --records='records/films/*.tfrecord' --sheet=films.png

The clips shown are spread evenly over all shards. What is damaged stands in the table
in red; `colornet build-records --verify` reads everything instead of a sample.
"""

import dataclasses
import pathlib
import posixpath

from absl import flags

from colornet import config as configuration
from colornet.config import field
from colornet.errors import UsageError

_WIDTH_IN_A_FILE = 160  # Characters, where there is no terminal to ask.


@dataclasses.dataclass(frozen=True)
class ShowConfig:
    """Which shards to show, how much of them, and where."""

    records: str = field("", "Shards: one, or a glob such as records/films/*.tfrecord.")
    limit: int = field(20, "How many clips to show, spread evenly over all.")
    sheet: str = field(
        "",
        "PNG file to write: a picture of each photograph shown, and up to four frames "
        "of each film clip.",
    )

    def __post_init__(self):
        if not self.records:
            raise UsageError("--records is needed: a shard, or a glob of shards.")
        if self.limit < 1:
            raise UsageError(f"--limit={self.limit}: expected 1 or more.")
        if self.sheet and not self.sheet.lower().endswith(".png"):
            raise UsageError(
                f"--sheet={self.sheet}: expected a name that ends in .png."
            )


def define_flags():
    """Defines a flag for each field of `ShowConfig`."""
    configuration.define_flags(ShowConfig)


def main(argv):
    """Shows the records that the flags name."""
    if len(argv) > 1:
        raise UsageError(
            f"unexpected argument {argv[1]!r}: shards are given as --records=, and a "
            "pattern needs quotes."
        )
    run(configuration.from_flags(ShowConfig, flags.FLAGS))


def run(config: ShowConfig) -> None:
    """Prints the table and a line of totals, and writes the sheet.

    Raises:
      InputError: no shards, or nothing can be written there.
    """
    # TensorFlow and Pillow come in only now, so that --help answers at once.
    from rich import console

    from colornet import whole_file
    from colornet.data import clip_sheet, shard_sample

    sample = shard_sample.take(config.records, config.limit)
    if config.sheet:
        with whole_file.written(pathlib.Path(config.sheet)) as unfinished:
            clip_sheet.draw(sample.rows).save(unfinished)
    screen = console.Console()
    if not screen.is_terminal:
        screen.width = _WIDTH_IN_A_FILE
    screen.print(_table(sample.rows))
    screen.print(_totals(sample), highlight=False, markup=False, soft_wrap=True)


def _table(rows):
    """One line a clip; names are text, whatever brackets are in them."""
    from rich import box, table, text

    shown = table.Table(box=box.SIMPLE_HEAD, pad_edge=False)
    shown.add_column("shard", no_wrap=True)
    shown.add_column("offset", justify="right", no_wrap=True)
    shown.add_column("video_id", overflow="fold")
    for name in ("start_frame", "frames", "HxW", "frame_rate", "label", "KB"):
        shown.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        start = [text.Text(posixpath.basename(row.path)), str(row.offset)]
        if row.damage:
            shown.add_row(*start, text.Text(row.damage), style="red")
            continue
        clip = row.clip
        shown.add_row(
            *start,
            text.Text(clip.video_id),
            str(clip.start_frame),
            str(len(clip.frames)),
            f"{clip.height}x{clip.width}",
            f"{clip.frame_rate:g}" if clip.frame_rate else "",
            str(clip.label) if clip.label >= 0 else "",
            f"{row.length / 1e3:.1f}",
        )
    return shown


def _totals(sample):
    damaged = sum(row.damage is not None for row in sample.rows)
    return (
        f"clips {sample.clips}, shards {sample.shards}, "
        f"{sample.size_bytes / 1e6:.1f} MB; shown {len(sample.rows)}, damaged {damaged}"
    )

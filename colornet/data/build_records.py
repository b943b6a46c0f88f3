"""Makes TFRecord shards of clips from photographs, films, DAVIS or ImageNet.

  colornet build-records --source=films --input=my/films --output=records/films

A photograph becomes a clip of one frame. A run that was stopped goes on where it was
when the command is given again. An input that cannot be read is named, counted and left
out; of a film that breaks off, the clips before that place are kept. manifest.json in
the output folder says what there is: counts, sizes, settings, bad inputs.
"""

import dataclasses
import hashlib
import os
import pathlib
import threading
import warnings
from concurrent import futures

from absl import flags

from colornet import config as configuration
from colornet.config import field
from colornet.errors import InputError, UsageError

_CLIPS_ONLY = "Films and DAVIS only."


@dataclasses.dataclass(frozen=True)
class RecordsConfig:
    """What to read, and how to cut and store it."""

    source: str = field(
        "photos",
        "What kind of material --input holds.",
        choices=("davis", "films", "imagenet", "photos"),
    )
    input: str = field("", "Folder to read. Photos and films are found at any depth.")
    output: str = field("", "Folder for the shards and manifest.json.")
    name: str = field("", "What shards' names begin with. Empty takes --source.")
    split_list: str = field(
        "",
        "Text file that names the inputs to take, one a line, in --input or elsewhere: "
        "relative paths; for imagenet with labels after them if need be; for davis "
        "an official list such as ImageSets/2017/train.txt. Empty takes all.",
    )
    exclude: str = field(
        "", "Globs of inputs to leave out, by relative path, separated by commas."
    )
    resolution: str = field(
        "480p",
        "DAVIS only: which folder of JPEGImages to read.",
        choices=("240p", "480p", "Full-Resolution"),
    )
    short_side: int = field(
        0,
        "Pictures whose shorter side is above this many pixels are reduced to it; none "
        "is enlarged. 0 keeps every size.",
    )
    clip_length: int = field(
        16, f"Frames in a clip; the last is shorter. {_CLIPS_ONLY}"
    )
    stride: int = field(
        0,
        "Frames from the start of one clip to the start of the next; 0 takes "
        f"--clip_length, so that clips neither overlap nor leave gaps. {_CLIPS_ONLY}",
    )
    shards: int = field(
        0, "How many shards; 0 takes one for each 1,000 inputs, and 16 at least."
    )
    seed: int = field(0, "Decides the order in which inputs are dealt over shards.")
    workers: int = field(0, "Threads, each making a shard; 0 takes one a processor.")
    strict: bool = field(False, "Stop at the first input that cannot be read.")
    overwrite: bool = field(False, "Remove earlier records in --output first.")

    def __post_init__(self):
        for name in ("short_side", "stride", "shards", "workers"):
            if getattr(self, name) < 0:
                raise UsageError(f"--{name}={getattr(self, name)}: expected 0 or more.")
        if self.clip_length < 1:
            raise UsageError(f"--clip_length={self.clip_length}: expected 1 or more.")
        if "/" in self.name:
            raise UsageError(
                f"--name={self.name}: expected no '/'; the folder is --output."
            )


# How the work is done, not what comes out: a run may go on with others of these.
_NOT_IN_RESULT = ("output", "workers", "strict", "overwrite")


def define_flags():
    """Defines a flag for each field of `RecordsConfig`."""
    configuration.define_flags(RecordsConfig)


def main(argv):
    """Builds the records that the flags describe."""
    if len(argv) > 1:
        raise UsageError(
            f"unexpected argument {argv[1]!r}: the folder to read is given as --input=."
        )
    run(configuration.from_flags(RecordsConfig, flags.FLAGS))


def run(config: RecordsConfig) -> None:
    """Builds the shards and manifest.json.

    Raises:
      UsageError: a flag is missing, or `output` was built with other settings.
      InputError: nothing can be read or written; with `strict`, one bad input.
    """
    for name in ("input", "output"):
        if not getattr(config, name):
            raise UsageError(f"--{name} is needed: a folder.")
    # TensorFlow, Pillow and FFmpeg come in only now, so that --help answers at once.
    from colornet.data import manifest, shards

    if not pathlib.Path(config.input).is_dir():
        raise InputError(f"--input={config.input}: there is no such folder.")
    reader = make_reader(config)
    keys = reader.keys()
    if not keys:
        raise InputError(
            f"--input={config.input}: expected {config.source} in it, found none that "
            "--split_list and --exclude leave; look at --source and --input."
        )
    shard_count = min(config.shards or max(16, -(-len(keys) // 1000)), len(keys))
    dealt = shards.deal(keys, shard_count, config.seed)
    folder = pathlib.Path(config.output)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        state = manifest.Manifest(folder, _settings(config, keys), shard_count)
        state.resume(config.overwrite)
        if config.strict:
            _refuse_known_bad(state)
        state.save()
    except OSError as error:
        raise InputError(f"--output={folder}: cannot be written: {error}.") from error
    plan = {
        shards.name(config.name or config.source, index, shard_count): names
        for index, names in enumerate(dealt)
    }
    _build_locally(reader, plan, state, config)
    if not any(report.clips for report in state.reports.values()):
        raise InputError(
            f"--input={config.input}: none of its {len(keys)} inputs can be read."
        )


def make_reader(config: RecordsConfig):
    """The `clips.ClipReader` that `config` asks for."""
    from colornet.data import davis, films, imagenet, photos

    options = {
        "folder": pathlib.Path(config.input),
        "short_side": config.short_side,
        "split_list": config.split_list,
        "exclude": config.exclude,
    }
    cutting = {
        "clip_length": config.clip_length,
        "stride": config.stride or config.clip_length,
    }
    if config.source == "davis":
        return davis.Davis(**options, **cutting, resolution=config.resolution)
    if config.source == "films":
        return films.Films(**options, **cutting)
    if config.source == "imagenet":
        return imagenet.ImageNet(**options)
    return photos.Photos(**options)


def _settings(config, keys):
    """What decides the result, the list of inputs included."""
    settings = dataclasses.asdict(config)
    for name in _NOT_IN_RESULT:
        del settings[name]
    settings["input"] = str(pathlib.Path(config.input).resolve())
    settings["input_count"] = len(keys)
    settings["input_names_hash"] = hashlib.sha256("\n".join(keys).encode()).hexdigest()
    return settings


def _refuse_known_bad(state):
    for report in state.reports.values():
        for _, reason in report.bad_inputs:
            raise InputError(f"{reason} (--strict; found by an earlier run)")


def _build_locally(reader, plan, state, config):
    """Writes the shards of `plan` {file name: keys} that `state` lacks, in threads."""
    from rich import console, progress

    from colornet.data import shards

    folder = state.folder
    screen = console.Console(stderr=True)
    columns = (
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        progress.TimeRemainingColumn(),
    )
    stop = threading.Event()
    with (
        progress.Progress(*columns, console=screen) as bar,
        warnings.catch_warnings(),
    ):
        # Pillow warns of damaged tags beside a picture that is itself in order.
        warnings.filterwarnings("ignore", module=r"PIL\.")
        total = sum(len(keys) for keys in plan.values())
        done = sum(len(plan[file]) for file in state.reports)
        task = bar.add_task(config.source, total=total, completed=done)

        def on_input(bad):
            if bad and config.strict:
                raise InputError(f"{bad} (--strict)")
            if bad:
                screen.print(str(bad), markup=False, highlight=False, soft_wrap=True)
            bar.advance(task)

        pool = futures.ThreadPoolExecutor(config.workers or os.cpu_count())
        try:
            waiting = [
                pool.submit(
                    shards.write, reader, keys, folder / file, on_input, stop.is_set
                )
                for file, keys in plan.items()
                if file not in state.reports
            ]
            for finished in futures.as_completed(waiting):
                report = finished.result()
                state.reports[report.file] = report
                state.save()
        finally:
            stop.set()  # On an error or Ctrl-C, threads end at their next clip.
            pool.shutdown(cancel_futures=True)
    bad = sum(len(report.bad_inputs) for report in state.reports.values())
    clips = sum(report.clips for report in state.reports.values())
    screen.print(
        f"{folder}: clips {clips}, shards {len(plan)}, bad inputs {bad}",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )

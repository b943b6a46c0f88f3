"""The two Beam pipelines, of building and of verifying, and where they run.

Building: a plan, one line an input -> (bucket, input) -> grouped by bucket -> each
group to one worker, which reads, encodes and writes. Only names pass through the
group-by, never pictures, so that memory does not grow with the input.
"""

import dataclasses
import difflib
import json
import logging
import os
import shlex
import sys

from colornet.data import filesystem, verify
from colornet.data.building import beam_worker, manifest, plan, shard_writer
from colornet.data.building.settings import RecordsConfig
from colornet.errors import InputError, UsageError

# Importing Beam without Google's client libraries logs a warning of no concern, and
# leaves a handler behind that would print all that workers have to say.
_handlers = list(logging.root.handlers)
logging.disable(logging.WARNING)
try:
    import apache_beam as beam
    from apache_beam.io.filesystems import FileSystems
    from apache_beam.options.pipeline_options import (
        DirectOptions,
        PipelineOptions,
        StandardOptions,
    )
    from apache_beam.runners.portability import fn_api_runner
    from apache_beam.runners.runner import PipelineRunner
    from apache_beam.transforms.environments import SubprocessSDKEnvironment
except ImportError as error:
    raise InputError(
        f"records are built by Apache Beam, which is not installed ({error}); "
        "pip install 'colornet[records]'."
    ) from error
finally:
    logging.disable(logging.NOTSET)
    logging.root.handlers[:] = _handlers
logging.getLogger("apache_beam").setLevel(logging.ERROR)

_PLAN = f"{filesystem.UNFINISHED}plan.jsonl"
_DAMAGE = f"{filesystem.UNFINISHED}damage-of-"


@dataclasses.dataclass(frozen=True)
class Engine:
    """Where pipelines run: one of Beam's runners, and the options it is given."""

    runner: PipelineRunner
    options: PipelineOptions

    def pipeline(self) -> beam.Pipeline:
        """A new pipeline, which runs when its `with` ends."""
        return beam.Pipeline(self.runner, options=self.options)


def engine(words: list[str], workers: int) -> Engine:
    """The engine that Beam's own flags ask for; without them this machine.

    Args:
      words: what of the command line is not a flag of ours, such as --runner=...
      workers: on this machine, shards at a time; 0 takes one a processor.

    Raises:
      UsageError: a word is no flag of Beam's either, or its value is wrong.
    """
    parsers = []
    # The hook is there to add flags to the parser of them all; we only look.
    PipelineOptions([]).get_all_options(add_extra_args_fn=parsers.append)
    (parser,) = parsers
    parser.error = _refuse
    for word in parser.parse_known_args(words)[1]:
        if word.startswith("-"):
            name = word.split("=")[0].lstrip("-")
            own = [setting.name for setting in dataclasses.fields(RecordsConfig)]
            close = difflib.get_close_matches(name, own, n=1)
            meant = f"; did you mean --{close[0]}?" if close else ""
            _refuse(f"no flag --{name} of this program or of Beam{meant}")
        _refuse(
            f"unexpected argument {word!r}: the folder to read is given as --input="
        )
    options = PipelineOptions(words)
    FileSystems.set_options(options)  # Some need to be told where and who.
    given = options.get_all_options(drop_default=True)
    runner = options.view_as(StandardOptions).runner
    try:
        if runner in (None, "DirectRunner"):
            return Engine(_runner_here(options, given, workers), options)
        return Engine(beam.Pipeline(options=options).runner, options)
    except (ImportError, RuntimeError, ValueError) as error:
        _refuse(f"--runner={runner}: {error}")


def _runner_here(options, given, workers):
    """Beam's embedded runner: of those for this machine the one that fetches nothing.

    Beam's own choice would first look for a runner on the net.
    """
    here = options.view_as(DirectOptions)
    if "direct_num_workers" not in given:
        here.direct_num_workers = workers or os.cpu_count()
    if "direct_running_mode" not in given and here.direct_num_workers > 1:
        here.direct_running_mode = "multi_threading"
    if here.direct_running_mode != "multi_processing":
        return fn_api_runner.FnApiRunner()
    here.direct_running_mode = "in_memory"  # Would start workers of Beam's own.
    # Without exec a shell would stand between this process and its worker.
    command = f"exec {shlex.quote(sys.executable)} -m {beam_worker.__name__}"
    return fn_api_runner.FnApiRunner(
        SubprocessSDKEnvironment.from_command_string(command)
    )


def build(
    buckets: list[plan.Bucket],
    writer: shard_writer.ShardWriter,
    engine: Engine,
) -> None:
    """Runs `writer` over `buckets`, on `engine`, and waits for the end.

    Args:
      buckets: what is still to be done.
      writer: writes one bucket.
      engine: where it runs.
    """
    plan_path = filesystem.join(writer.folder, _PLAN)
    with filesystem.written(plan_path) as file:
        for bucket in buckets:
            for place, key in enumerate(bucket.keys):
                line = json.dumps([bucket.files, place, key])
                file.write(f"{line}\n".encode())
    try:
        with engine.pipeline() as pipeline:
            (
                pipeline
                | "Plan" >> beam.Create([plan_path])
                | "Bucket of each input" >> beam.FlatMap(_read_plan)
                | "Inputs of each bucket" >> beam.GroupByKey()
                | "Write shards" >> beam.MapTuple(_Write(writer))
            )
    finally:
        filesystem.delete(plan_path)


def verify_shards(folder: str, names: list[str], engine: Engine) -> list[verify.Damage]:
    """Reads every record of the shards `names`; returns what is wrong with them."""
    with engine.pipeline() as pipeline:
        (
            pipeline
            | "Shards" >> beam.Create(names)
            | "One to each worker" >> beam.Reshuffle()
            | "Read" >> beam.Map(_check, folder)
        )
    damage = []
    for name in sorted(filesystem.files_in(folder)):
        if name.startswith(_DAMAGE):
            path = filesystem.join(folder, name)
            found = json.loads(filesystem.read_bytes(path))
            damage += [verify.Damage(**one) for one in found]
            filesystem.delete(path)
    return damage


class _Write:
    """What a worker does with one group; an object, so that it can be sent there."""

    def __init__(self, writer):
        self._writer = writer

    def __call__(self, files, inputs):
        self._writer.write([key for _, key in sorted(inputs)], list(files))


def _read_plan(path):
    """(shards' names, (place in their order, key)) of each input."""
    with filesystem.open_read(path) as file:
        for line in file:
            files, place, key = json.loads(line)
            yield tuple(files), (place, key)


def _check(name, folder):
    """Leaves what is wrong with a shard in a file, for whoever started the pipeline."""
    report = manifest.load_report(folder, name)
    damage = verify.check_shard(folder, report and vars(report), name)
    if damage:
        with filesystem.written(filesystem.join(folder, _DAMAGE + name)) as file:
            found = [dataclasses.asdict(one) for one in damage]
            file.write(json.dumps(found).encode())


def _refuse(message):
    raise UsageError(f"{message}; see --help")

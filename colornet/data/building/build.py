"""A build from its first look at the input to its manifest: what `build-records` does.

This process lists the inputs, decides which goes to which shard, and at the end sums
up the reports. Between these, workers do the work: `beam_pipeline`, `shard_writer`.
"""

import dataclasses
import math
from concurrent import futures

from colornet.data import filesystem, overlap
from colornet.data.building import (
    beam_pipeline,
    manifest,
    plan,
    readers,
    shard_writer,
    watch,
)
from colornet.data.building.settings import RecordsConfig
from colornet.data.sources import files
from colornet.errors import InputError

_HEADERS_AT_A_TIME = 8


def run(config: RecordsConfig, engine: beam_pipeline.Engine) -> None:
    """Builds what `config` describes, or what of it is not there yet.

    Args:
      config: input, output and how.
      engine: where the work is done.

    Raises:
      UsageError: `output` was built with other settings.
      InputError: nothing can be read or written, or too many inputs cannot.
    """
    if not filesystem.is_folder(config.input):
        raise InputError(f"--input={config.input}: there is no such folder.")
    try:
        _build(config, engine)
    except OSError as error:  # Readers name what they cannot read; the rest is ours.
        raise InputError(
            f"--output={config.output}: cannot be written: {error}"
        ) from error


def _build(config, engine):
    reader = readers.make(config)
    keys, unlisted = _list(config, reader)
    inputs = len(keys) + len(unlisted)
    allowed = 0 if config.strict else math.floor(config.max_bad_fraction * inputs)
    state = _open(config, keys, unlisted)
    buckets = _plan(config, reader, keys, state)

    reports = state.reports(file for bucket in buckets for file in bucket.files)
    if config.retry_bad:
        reports = {file: r for file, r in reports.items() if not r.bad_inputs}
    waiting = [bucket for bucket in buckets if not reports.keys() >= set(bucket.files)]
    for bucket in waiting:  # A film's shards are made all at once.
        for file in bucket.files:
            reports.pop(file, None)
    state.save(reports, complete=not waiting)
    bad_inputs = state.bad_inputs(reports)
    if len(bad_inputs) > allowed:
        raise InputError(shard_writer.too_many(bad_inputs, allowed))

    writer = shard_writer.ShardWriter(reader, config.output, allowed)
    sign = shard_writer.StopSign(config.output)
    with (
        watch.Watch(state, waiting, bad_inputs, allowed) as screen,
        # Apart from this thread, which Ctrl-C ends: workers are told, and end cleanly.
        futures.ThreadPoolExecutor(1) as pool,
    ):
        try:
            pool.submit(beam_pipeline.build, waiting, writer, engine).result()
        except BaseException:
            sign.raise_("interrupted")
            raise
    reason, lost = sign.lower()
    state.unlisted += lost
    reports |= state.reports(file for bucket in waiting for file in bucket.files)
    complete = len(reports) == state.shard_count
    summary = state.save(reports, complete)
    if reason:
        raise InputError(reason)
    if not complete:
        raise InputError(
            f"--output={config.output}: shards are missing though the runner gave no "
            "error; give the same command again."
        )
    if not any(report.record_bytes for report in reports.values()):
        raise InputError(
            f"--input={config.input}: none of its {inputs} inputs gave a clip; see "
            f"{manifest.BAD_INPUTS} and left_out_frames in {manifest.NAME}."
        )
    screen.print(summary)


def _list(config, reader):
    """Keys of the inputs that are wanted; [path, reason] of what cannot be listed."""
    unlisted = []
    keys = reader.keys(lambda path, why: unlisted.append([path, f"{path}: {why}"]))
    low, high = config.hash_range()
    keys = [key for key in keys if plan.in_split(key, low, high)]
    if not keys:
        raise InputError(
            f"--input={config.input}: expected {config.source} in it, found none that "
            "--split_list, --hash_split and --exclude leave; look at --source and "
            "--input."
        )
    if config.held_out:
        _refuse_held_out(config, keys)
    return keys, unlisted


def _refuse_held_out(config, keys):
    lines = files.read_lines(config.input, config.held_out, "held_out")
    # As a whole, and without what may come after a path, such as a label.
    both = overlap.shared(keys, [*lines, *(line.split()[0] for line in lines)])
    if both:
        raise InputError(
            f"{both} of --input is held out by --held_out={config.held_out}; leave it "
            "out with --exclude or --split_list."
        )


def _open(config, keys, unlisted):
    """The manifest of the output folder, which is ready to be written to."""
    settings = {
        **config.that_decide_the_result(),
        "input_count": len(keys),
        "input_names_hash": plan.names_hash(keys),
    }
    state = manifest.Manifest(config.output, config.input, settings, unlisted)
    filesystem.make_folder(config.output)
    if config.overwrite:
        state.clear()
    else:
        state.resume()
    for name in filesystem.files_in(config.output):
        if name.startswith(filesystem.UNFINISHED):
            filesystem.delete(filesystem.join(config.output, name))
    shard_writer.StopSign(config.output).lower()
    return state


def _plan(config, reader, keys, state):
    """The buckets; how many shards, and how large, is decided once and for all."""
    moving = isinstance(reader, readers.MOVING)
    if moving:  # Headers have to be read, perhaps afar.
        with futures.ThreadPoolExecutor(_HEADERS_AT_A_TIME) as pool:
            weights = dict(zip(keys, pool.map(reader.weight, keys), strict=True))
    else:
        weights = {key: reader.weight(key) for key in keys}
    if not state.shard_count:
        length = config.clip_length if moving else 1
        step = config.stride or length if moving else 1
        # Without looking for a clip with colour: there may be none for an hour.
        sample = readers.make(dataclasses.replace(config, min_color=0, min_change=0))
        state.expected_bytes = plan.bytes_of_all(sample, weights, length / step)
        clip_count = sum(math.ceil(weight / step) for weight in weights.values())
        shard_bytes = 1e6 * config.shard_size_mb
        state.shard_count = plan.shards_for(
            state.expected_bytes, shard_bytes, clip_count
        )
    spread = plan.spread_for(state.shard_count) if moving else 1
    name = config.name or config.source
    return plan.deal(weights, state.shard_count, config.seed, name, spread)

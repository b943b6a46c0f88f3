import errno
import hashlib
import json
import logging
import os
import signal
import sys
import threading
import time

import numpy as np
import pytest
import tensorflow as tf
from absl import flags
from PIL import Image

from colornet import cli
from colornet.data import build_records, building, filesystem, records
from colornet.data.building import manifest, settings, shard_writer
from colornet.errors import InputError, UsageError

pytest.importorskip("apache_beam", reason="needs pip install 'colornet[records]'")
from memory_files import Memory  # noqa: E402


@pytest.fixture
def folder(tmp_path):
    """Twelve small photographs, and nobody else's settings of logging."""
    made = tmp_path / "in"
    made.mkdir()
    for index in range(12):
        rgb = np.random.default_rng(index).integers(0, 255, (32, 48, 3), "uint8")
        Image.fromarray(rgb).save(made / f"{index:02d}.png")
    return made


def config(folder, **changes):
    """About four photographs to a shard, one shard after the other."""
    values = {
        "input": str(folder),
        "output": str(folder.parent / "out"),
        "shard_size_mb": 0.018,
        "workers": 1,
        "max_bad_fraction": 0.2,
        **changes,
    }
    return settings.RecordsConfig(**values)


def build(folder, *beam_flags, **changes):
    build_records.run(config(folder, **changes), list(beam_flags))


def files(folder, pattern="*"):
    """{name: bytes} of what lies in the output folder beside `folder`."""
    found = sorted((folder.parent / "out").glob(pattern))
    return {path.name: path.read_bytes() for path in found}


def contents(folder):
    """{shard: [video_id]} of the output folder beside `folder`."""
    found = {}
    for path in sorted((folder.parent / "out").glob("*.tfrecord")):
        decoded = map(records.decode_clip, tf.data.TFRecordDataset(str(path)))
        found[path.name] = [clip["video_id"].numpy().decode() for clip in decoded]
    return found


def read_manifest(folder):
    return json.loads(files(folder)["manifest.json"])


def bad_inputs(folder):
    lines = files(folder)["bad_inputs.jsonl"].splitlines()
    return {bad["path"]: bad["reason"] for bad in map(json.loads, lines)}


def stamps(folder):
    return {
        path.name: path.stat().st_mtime_ns
        for path in (folder.parent / "out").glob("[!.]*.tfrecord")
    }


def test_every_input_is_in_exactly_one_shard(folder):
    build(folder)
    found = contents(folder)
    assert list(found) == [f"photos-0000{n}-of-00003.tfrecord" for n in range(3)]
    ids = [key for shard in found.values() for key in shard]
    assert sorted(ids) == [f"{n:02d}.png" for n in range(12)]
    assert ids != sorted(ids)
    assert [len(shard) for shard in found.values()] == [4, 4, 4]


def test_the_manifest_says_what_is_there(folder):
    build(folder, name="mine")
    state, found = read_manifest(folder), files(folder, "mine-*.tfrecord")
    told = {shard["file"]: shard for shard in state["shards"]}
    assert {name: len(data) for name, data in found.items()} == {
        name: shard["size_bytes"] for name, shard in told.items()
    }
    for name, data in found.items():
        assert told[name]["sha256"] == hashlib.sha256(data).hexdigest()
        report = json.loads(files(folder)[manifest.report_of(name)])
        lengths = [len(r.numpy()) for r in tf.data.TFRecordDataset(
            str(folder.parent / "out" / name))]  # fmt: skip
        assert report["record_bytes"] == lengths
    assert {name: shard["clips"] for name, shard in told.items()} == {
        name: len(ids) for name, ids in contents(folder).items()
    }
    assert state["size_bytes"] == sum(map(len, found.values()))
    assert abs(state["expected_bytes"] / state["size_bytes"] - 1) < 0.1
    assert state["statistics"]["photos"]["clips"] == 12
    assert state["schema_version"] == records.SCHEMA_VERSION
    assert state["settings_hash"] == manifest.settings_hash(state["settings"])
    assert state["complete"] and not state["bad_inputs"] and not bad_inputs(folder)


def test_bytes_depend_on_settings_and_not_on_workers(folder):
    build(folder)
    one = files(folder)
    build(folder, workers=3, overwrite=True)
    assert files(folder) == one
    build(folder, "--direct_running_mode=multi_threading", overwrite=True)
    assert files(folder) == one
    build(folder, seed=1, overwrite=True)
    assert files(folder, "*.tfrecord").values() != one.values()
    assert contents(folder) != one


@pytest.mark.slow
def test_processes_make_what_threads_make(folder):
    build(folder)
    one = files(folder)
    processes = "--direct_running_mode=multi_processing"
    build(folder, processes, workers=2, overwrite=True)
    assert files(folder) == one


def test_input_and_output_may_be_anywhere(folder):
    Memory.files.clear()
    for path in folder.iterdir():
        Memory.files[f"memory://in/{path.name}"] = path.read_bytes()
    (folder / "ignored").mkdir()
    build(folder)
    there = {"input": "memory://in", "output": "memory://out/here"}
    build(folder, **there)
    for name, data in files(folder, "*.tfrecord").items():
        assert Memory.files.pop(f"memory://out/here/{name}") == data
    build(folder, **there)  # What is missing is made again, from its own report.
    for name, data in files(folder, "*.tfrecord").items():
        assert Memory.files[f"memory://out/here/{name}"] == data
    assert not [path for path in Memory.files if "unfinished" in path]
    build_records.verify(config(folder, **there))


def test_a_corrupt_input_is_named_counted_and_skipped(folder, capfd):
    (folder / "05.png").write_text("no picture")
    build(folder)
    ids = [key for shard in contents(folder).values() for key in shard]
    assert len(ids) == 11 and "05.png" not in ids
    assert read_manifest(folder)["bad_inputs"] == 1
    assert "cannot be read as a picture" in bad_inputs(folder)["05.png"]
    said = capfd.readouterr().err
    assert f"{folder / '05.png'}: cannot be read" in said and "bad inputs 1" in said


@pytest.mark.parametrize("limit", [{"strict": True}, {"max_bad_fraction": 0.05}])
def test_too_many_bad_inputs_stop_the_build(folder, limit):
    (folder / "05.png").write_text("no picture")
    with pytest.raises(InputError, match="05.png: cannot be read"):
        build(folder, **limit)
    assert "05.png" in bad_inputs(folder)
    assert not read_manifest(folder)["complete"]
    assert not [name for name in files(folder) if name.startswith(".")]
    build(folder)
    with pytest.raises(InputError, match="05.png: cannot be read"):
        build(folder, **limit)
    assert read_manifest(folder)["complete"]


def test_bad_inputs_of_several_shards_count_together(folder, monkeypatch):
    for name in ("01", "02", "03", "04", "05"):
        (folder / f"{name}.png").write_text("no picture")
    with pytest.raises(InputError, match="more than 2 inputs cannot be read"):
        build(folder, max_bad_fraction=0.2)
    build(folder, max_bad_fraction=0.5)
    assert len(bad_inputs(folder)) == 5


def test_mended_inputs_are_taken_up_on_request(folder):
    picture = (folder / "05.png").read_bytes()
    build(folder)
    whole = files(folder, "*.tfrecord")
    (folder / "05.png").write_text("no picture")
    build(folder, overwrite=True)
    (folder / "05.png").write_bytes(picture)
    before = stamps(folder)
    build(folder)
    assert stamps(folder) == before
    build(folder, retry_bad=True)
    assert files(folder, "*.tfrecord") == whole and not bad_inputs(folder)
    assert len(stamps(folder).items() - before.items()) == 1


def test_a_second_run_goes_on_where_the_first_stopped(folder, monkeypatch, request):
    build(folder)
    whole = files(folder)
    write, written = shard_writer.ShardWriter.write, []
    # In the background of a script it would be ignored, and this would wait for ever.
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    request.addfinalizer(lambda: signal.signal(signal.SIGINT, handler))

    def interrupt_at_the_second(self, keys, shards):
        if len(written) == 1:
            (folder.parent / "out/.unfinished-1-x.tfrecord").touch()  # As a kill would.
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
            while not (folder.parent / "out/.stop").exists():
                time.sleep(0.01)
        written.extend(shards)
        write(self, keys, shards)

    with monkeypatch.context() as patch:
        patch.setattr(shard_writer.ShardWriter, "write", interrupt_at_the_second)
        with pytest.raises(KeyboardInterrupt):
            build(folder, overwrite=True)
    assert list(stamps(folder)) == written[:1]
    assert len(written) == 3  # The others were begun, and given up.
    assert not read_manifest(folder)["complete"]
    before = stamps(folder)

    build(folder)
    assert files(folder) == whole
    assert stamps(folder).items() >= before.items()  # What was there stayed untouched.
    complete = stamps(folder)
    build(folder)
    assert stamps(folder) == complete


def test_a_damaged_or_lost_shard_is_made_again(folder):
    build(folder)
    whole = files(folder)
    shard = folder.parent / "out" / next(iter(stamps(folder)))
    shard.write_bytes(shard.read_bytes()[:-5])
    build(folder)
    shard.unlink()
    build(folder)
    assert files(folder) == whole


def test_verify_tells_what_is_damaged(folder, capsys):
    output = str(folder.parent / "out")
    with pytest.raises(InputError, match="there is no manifest.json"):
        build_records.verify(settings.RecordsConfig(output=output))
    build(folder)
    build_records.verify(settings.RecordsConfig(output=output))
    assert "3 shards are as they were written" in capsys.readouterr().out
    before = files(folder)
    shard = folder.parent / "out" / next(iter(stamps(folder)))
    data = bytearray(shard.read_bytes())
    data[len(data) // 2] ^= 1
    shard.write_bytes(data)
    assert cli.main(["build-records", "--verify", f"--output={output}"]) == 1
    said = capsys.readouterr()
    assert shard.name in said.out and "1 of 3 shards" in said.err
    assert said.err.count("\n") == 1
    assert files(folder).keys() == before.keys()


def test_a_full_disk_ends_in_one_line_and_leaves_nothing(folder, monkeypatch):
    create = filesystem._create

    class Full:
        def __init__(self, path):
            self.full = path.endswith(".tfrecord")
            self.file = create(path)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.file.close()

        def write(self, data):
            if self.full:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            self.file.write(data)

    with monkeypatch.context() as patch:
        patch.setattr(filesystem, "_create", Full)
        with pytest.raises(InputError, match="cannot be written: .*No space left"):
            build(folder)
    assert not stamps(folder)
    assert not [name for name in files(folder) if name.startswith(".")]
    build(folder)
    assert read_manifest(folder)["complete"]


@pytest.mark.parametrize(
    "change, named",
    [
        ({"short_side": 4}, "short_side=0, this run has short_side=4"),
        ({"seed": 1}, "seed=0"),
        ({"shard_size_mb": 2.0}, "shard_size_mb=0.018"),
        ({"exclude": "00.*"}, "exclude="),
        ({"hash_split": "0:50"}, "hash_split="),
    ],
)
def test_other_settings_are_refused_until_overwritten(folder, change, named):
    build(folder)
    before = stamps(folder)
    with pytest.raises(UsageError, match=f"{named}.*--overwrite"):
        build(folder, **change)
    assert stamps(folder) == before
    build(folder, **change, overwrite=True)
    assert read_manifest(folder)["complete"]


def test_another_list_of_inputs_is_another_setting(folder):
    build(folder)
    (folder / "11.png").rename(folder / "new.png")
    with pytest.raises(UsageError, match="input_names_hash"):
        build(folder)


def test_shards_of_unknown_origin_are_not_mixed_with(folder):
    build(folder)
    (folder.parent / "out/manifest.json").write_text("{}")
    with pytest.raises(InputError, match="expected the manifest"):
        build(folder)
    (folder.parent / "out/manifest.json").unlink()
    with pytest.raises(InputError, match="a shard without manifest.json"):
        build(folder)
    build(folder, shard_size_mb=1.0, overwrite=True)
    assert len(contents(folder)) == 1


def test_two_splits_share_no_input_and_lose_none(folder):
    seen = []
    for split in ("0:60", "60:100"):
        build(folder, hash_split=split, overwrite=True)
        seen += [key for shard in contents(folder).values() for key in shard]
    assert sorted(seen) == sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize(
    "change, error, message",
    [
        ({"input": ""}, UsageError, "--input is needed"),
        ({"output": ""}, UsageError, "--output is needed"),
        ({"input": "nowhere"}, InputError, "--input=nowhere: there is no such folder"),
        ({"source": "films"}, InputError, "expected films in it, found none"),
        ({"exclude": "*"}, InputError, "found none"),
        ({"split_list": "no.txt"}, InputError, "--split_list=no.txt"),
        ({"output": "/proc/out"}, InputError, "--output=/proc/out: cannot be written"),
        ({"input": "odd://in"}, InputError, "odd://.*no filesystem is installed"),
    ],
)
def test_what_is_missing_is_named(folder, change, error, message):
    with pytest.raises(error, match=message):
        build(folder, **change)
    assert not (folder.parent / "out").exists()


@pytest.mark.parametrize(
    "change",
    [
        {"short_side": -1},
        {"clip_length": 0},
        {"cut_threshold": 101.0},
        {"name": "a/b"},
        {"shard_size_mb": 0.0},
        {"max_bad_fraction": 1.5},
        {"hash_split": "90"},
        {"hash_split": "90:10"},
        {"min_color": float("nan")},
    ],
)
def test_impossible_settings_are_refused(change):
    (name,) = change
    with pytest.raises(UsageError, match=f"--{name}="):
        settings.RecordsConfig(**change)


def test_inputs_that_are_all_bad_are_an_error(folder):
    for path in folder.iterdir():
        path.write_text("no picture")
    with pytest.raises(InputError, match="none of its 12 inputs gave a clip"):
        build(folder, max_bad_fraction=1.0)


def test_flags_make_the_configuration_and_others_go_to_beam(folder, capsys):
    values = flags.FlagValues()
    build_records.configuration.define_flags(settings.RecordsConfig, values)
    values(["build-records", "--source=davis", "--short_side=96", "--strict"])
    made = build_records.configuration.from_flags(settings.RecordsConfig, values)
    assert (made.source, made.short_side, made.strict) == ("davis", 96, True)
    command = ["build-records", f"--input={folder}", f"--output={folder.parent}/out"]
    beam = ["--direct_num_workers", "1", "--direct_running_mode=in_memory"]
    assert cli.main([*command, *beam]) == 0
    capsys.readouterr()
    for wrong, named in (
        ("stray", "unexpected argument 'stray'"),
        ("--shart_size_mb=3", "no flag --shart_size_mb"),
        ("--direct_num_workers=many", "direct_num_workers"),
        ("--runner=NoSuchRunner", "NoSuchRunner"),
    ):
        assert cli.main([*command, wrong]) == 2
        said = capsys.readouterr().err
        assert named in said and said.count("\n") == 1


def test_a_missing_beam_is_said_plainly(folder, monkeypatch, capsys):
    name = f"{building.__name__}.beam_pipeline"
    monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.delattr(building, "beam_pipeline", raising=False)
    monkeypatch.setitem(sys.modules, "apache_beam", None)
    arguments = ["build-records", f"--input={folder}", f"--output={folder.parent}/out"]
    assert cli.main(arguments) == 1
    said = capsys.readouterr().err
    assert "pip install 'colornet[records]'" in said and said.count("\n") == 1
    assert logging.root.manager.disable == logging.NOTSET

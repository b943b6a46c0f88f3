import json
import threading

import numpy as np
import pytest
import tensorflow as tf
from absl import flags
from PIL import Image

from colornet.data import build_records, manifest, records, shards
from colornet.errors import InputError, UsageError


@pytest.fixture
def folder(tmp_path):
    """Twelve small photographs."""
    made = tmp_path / "in"
    made.mkdir()
    for index in range(12):
        rgb = np.full((8, 12, 3), index * 20, "uint8")
        Image.fromarray(rgb).save(made / f"{index:02d}.png")
    return made


def settings(folder, **changes):
    output = str(folder.parent / "out")
    values = {"input": str(folder), "output": output, "shards": 3, **changes}
    return build_records.RecordsConfig(**values)


def contents(folder):
    """{shard: {video_id: frames}} of the output folder beside `folder`."""
    found = {}
    for path in sorted((folder.parent / "out").glob("*.tfrecord")):
        decoded = map(records.decode_clip, tf.data.TFRecordDataset(str(path)))
        found[path.name] = {
            clip["video_id"].numpy().decode(): clip["frames"].numpy().tolist()
            for clip in decoded
        }
    return found


def read_manifest(folder):
    return json.loads((folder.parent / "out/manifest.json").read_text())


def stamps(folder):
    return {
        path.name: path.stat().st_mtime_ns
        for path in (folder.parent / "out").glob("*.tfrecord")
    }


def test_every_input_is_in_exactly_one_shard(folder):
    build_records.run(settings(folder))
    found = contents(folder)
    assert list(found) == [f"photos-0000{n}-of-00003.tfrecord" for n in range(3)]
    ids = [key for shard in found.values() for key in shard]
    assert sorted(ids) == [f"{n:02d}.png" for n in range(12)]
    assert ids != sorted(ids)
    assert [len(shard) for shard in found.values()] == [4, 4, 4]


def test_the_manifest_counts_what_is_there(folder):
    build_records.run(settings(folder, name="mine"))
    state, found = read_manifest(folder), contents(folder)
    sizes = {p.name: p.stat().st_size for p in (folder.parent / "out").glob("mine-*")}
    assert {shard["file"]: shard["size_bytes"] for shard in state["shards"]} == sizes
    assert [shard["clips"] for shard in state["shards"]] == list(
        map(len, found.values())
    )
    assert state["clips"] == state["frames"] == 12
    assert state["size_bytes"] == sum(sizes.values())
    assert state["schema_version"] == records.SCHEMA_VERSION
    assert state["settings_hash"] == manifest.settings_hash(state["settings"])
    assert state["complete"] and not state["bad_inputs"]


def test_shards_depend_on_settings_and_not_on_threads(folder):
    build_records.run(settings(folder, workers=1))
    one = contents(folder)
    build_records.run(settings(folder, workers=3, overwrite=True))
    assert contents(folder) == one
    build_records.run(settings(folder, seed=1, overwrite=True))
    assert contents(folder) != one


def test_a_corrupt_input_is_named_counted_and_skipped(folder, capfd):
    (folder / "05.png").write_text("no picture")
    build_records.run(settings(folder))
    ids = [key for shard in contents(folder).values() for key in shard]
    assert len(ids) == 11 and "05.png" not in ids
    ((key, reason),) = read_manifest(folder)["bad_inputs"]
    assert key == "05.png" and "cannot be read as a picture" in reason
    assert f"{folder / '05.png'}: cannot be read" in capfd.readouterr().err


def test_a_corrupt_input_is_fatal_when_strict(folder):
    (folder / "05.png").write_text("no picture")
    with pytest.raises(InputError, match="05.png: cannot be read"):
        build_records.run(settings(folder, strict=True))
    assert not list((folder.parent / "out").glob(".unfinished-*"))
    build_records.run(settings(folder))
    with pytest.raises(InputError, match="05.png.*found by an earlier run"):
        build_records.run(settings(folder, strict=True))


def test_a_second_run_goes_on_where_the_first_stopped(folder, monkeypatch):
    build_records.run(settings(folder))
    whole = contents(folder)
    build_records.run(settings(folder, overwrite=True, seed=9))  # Another, to be gone.

    written = []
    write = shards.write

    def die_at_the_second(reader, keys, path, *rest):
        if len(written) == 1:
            raise KeyboardInterrupt
        written.append(path.name)
        return write(reader, keys, path, *rest)

    monkeypatch.setattr(shards, "write", die_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        build_records.run(settings(folder, overwrite=True, workers=1))
    assert list(stamps(folder)) == written
    assert not read_manifest(folder)["complete"]
    before = stamps(folder)

    monkeypatch.setattr(shards, "write", write)
    build_records.run(settings(folder))
    assert contents(folder) == whole
    assert stamps(folder).items() >= before.items()  # What was there stayed untouched.
    assert read_manifest(folder)["complete"]
    complete = stamps(folder)
    build_records.run(settings(folder))
    assert stamps(folder) == complete


def test_a_damaged_shard_is_made_again(folder):
    build_records.run(settings(folder))
    whole = contents(folder)
    shard = folder.parent / "out" / next(iter(whole))
    shard.write_bytes(shard.read_bytes()[:-5])
    build_records.run(settings(folder))
    assert contents(folder) == whole


@pytest.mark.parametrize(
    "change, named",
    [
        ({"short_side": 4}, "short_side=0, this run has short_side=4"),
        ({"seed": 1}, "seed=0"),
        ({"shards": 2}, "shards=3"),
        ({"exclude": "00.*"}, "exclude="),
    ],
)
def test_other_settings_are_refused_until_overwritten(folder, change, named):
    build_records.run(settings(folder))
    before = stamps(folder)
    with pytest.raises(UsageError, match=f"{named}.*--overwrite"):
        build_records.run(settings(folder, **change))
    assert stamps(folder) == before
    build_records.run(settings(folder, **change, overwrite=True))
    assert read_manifest(folder)["complete"]
    assert len(contents(folder)) == change.get("shards", 3)


def test_another_list_of_inputs_is_another_setting(folder):
    build_records.run(settings(folder))
    (folder / "11.png").rename(folder / "new.png")
    with pytest.raises(UsageError, match="input_names_hash"):
        build_records.run(settings(folder))


def test_shards_of_unknown_origin_are_not_mixed_with(folder):
    build_records.run(settings(folder))
    (folder.parent / "out/manifest.json").write_text("{}")
    with pytest.raises(InputError, match="expected the manifest"):
        build_records.run(settings(folder))
    (folder.parent / "out/manifest.json").unlink()
    with pytest.raises(InputError, match="a shard without manifest.json"):
        build_records.run(settings(folder))
    build_records.run(settings(folder, shards=2, overwrite=True))
    assert len(contents(folder)) == 2


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
    ],
)
def test_what_is_missing_is_named(folder, change, error, message):
    with pytest.raises(error, match=message):
        build_records.run(settings(folder, **change))
    assert not (folder.parent / "out").exists()


@pytest.mark.parametrize(
    "change", [{"short_side": -1}, {"clip_length": 0}, {"name": "a/b"}, {"shards": -2}]
)
def test_impossible_settings_are_refused(change):
    (name,) = change
    with pytest.raises(UsageError, match=f"--{name}="):
        build_records.RecordsConfig(**change)


def test_inputs_that_are_all_bad_are_an_error(folder):
    for path in folder.iterdir():
        path.write_text("no picture")
    with pytest.raises(InputError, match="none of its 12 inputs"):
        build_records.run(settings(folder))


def test_a_shard_that_is_given_up_leaves_nothing(folder, tmp_path):
    reader = build_records.make_reader(settings(folder))
    stop = threading.Event()

    def on_input(bad):
        stop.set()

    path = tmp_path / "x.tfrecord"
    with pytest.raises(shards.futures.CancelledError):
        shards.write(reader, reader.keys(), path, on_input, stop.is_set)
    assert not list(tmp_path.glob("x.*"))


def test_flags_make_the_configuration(folder):
    values = flags.FlagValues()
    build_records.configuration.define_flags(build_records.RecordsConfig, values)
    values(["build-records", "--source=davis", "--short_side=96", "--strict"])
    config = build_records.configuration.from_flags(build_records.RecordsConfig, values)
    assert (config.source, config.short_side, config.strict) == ("davis", 96, True)
    with pytest.raises(UsageError, match="unexpected argument 'in'"):
        build_records.main(["build-records", "in"])

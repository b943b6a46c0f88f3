import csv
import dataclasses
import pathlib

import keras
import narrow_encoders
import numpy as np
import pytest
import tensorflow as tf

from colornet import config as configuration
from colornet.data import records
from colornet.errors import InputError, UsageError
from colornet.inference import exported
from colornet.models import dynamic, encoder, zoo
from colornet.serving import export
from colornet.training import callbacks, checkpoints, settings, train
from colornet.training.settings import TrainConfig


@pytest.fixture(scope="module")
def photos(tmp_path_factory, photo):
    """A shard of a few photographs: pieces of one picture."""
    path = tmp_path_factory.mktemp("records") / "photos-00000.tfrecord"
    with tf.io.TFRecordWriter(str(path)) as writer:
        for number in range(6):
            piece = photo[8 * number : 8 * number + 64, 4 * number : 4 * number + 64]
            jpeg = [records.encode_frame(piece)]
            clip = records.Clip(jpeg, f"piece-{number}", height=64, width=64)
            writer.write(records.encode_clip(clip))
    return str(path)


@pytest.fixture(scope="module")
def config(photos):
    return TrainConfig(
        photos=photos,
        validation=photos,
        encoder_weights="none",
        # For speed: test_train_side_by_side.py breaks off a GRU's training.
        dynamic_layer="none",
        attention=False,
        crop=32,
        photos_per_step=4,
        global_batch_size=2,
        epochs=2,
        steps_per_epoch=2,
        warmup_steps=1,
    )


@pytest.fixture(scope="module", autouse=True)
def narrow():
    """Encoders of few layers; test_end_to_end.py trains with whole ones."""
    with narrow_encoders.in_place():
        yield


@pytest.fixture(scope="module", autouse=True)
def one_device():
    """One replica, for speed: test_strategy.py shows that two do the same."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train, "_strategy", tf.distribute.get_strategy)
        yield


@pytest.fixture(scope="module")
def finished(config, tmp_path_factory):
    """The workdir and history of an unbroken run."""
    workdir = tmp_path_factory.mktemp("runs") / "whole"
    return workdir, train.run(config, workdir)


def weights_of(workdir):
    network, _ = checkpoints.load_network(workdir)
    return [keras.ops.convert_to_numpy(w) for w in network.weights]


def test_interrupted_run_ends_as_the_unbroken_one(
    config, finished, tmp_path, monkeypatch
):
    workdir, whole = finished

    def interrupt(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        # After the first epoch's checkpoint.
        patch.setattr(callbacks.PictureStrips, "on_epoch_end", interrupt)
        with pytest.raises(KeyboardInterrupt):
            train.run(config, tmp_path / "broken")
    rest = train.run(config, tmp_path / "broken")

    assert len(rest["loss"]) == 1
    np.testing.assert_allclose(rest["loss"][-1], whole["loss"][-1], rtol=1e-4)
    both = zip(weights_of(tmp_path / "broken"), weights_of(workdir), strict=True)
    for got, expected in both:
        np.testing.assert_allclose(got, expected, rtol=1e-3, atol=1e-5)
    assert train.run(config, tmp_path / "broken") == {}


def test_run_leaves_what_it_promises(config, finished):
    workdir, _ = finished
    again = configuration.from_flagfile(TrainConfig, workdir / "train.flags")
    assert again == config
    assert list((workdir / "logs").rglob("events.*"))
    assert (workdir / "pictures" / "epoch-002.png").exists()
    with (workdir / "epochs.csv").open() as file:
        assert [float(row["seconds"]) > 0 for row in csv.DictReader(file)] == [True] * 2
    assert not list(workdir.glob(".unfinished-*"))


def test_workdir_of_another_experiment_is_refused(config, finished):
    workdir, _ = finished
    before = (workdir / "train.flags").read_text()
    other = dataclasses.replace(config, learning_rate=0.5)
    with pytest.raises(UsageError, match="another experiment.*learning_rate=0.001"):
        train.run(other, workdir)
    assert (workdir / "train.flags").read_text() == before


def test_training_starts_from_a_workdir_or_an_export(config, finished, tmp_path):
    workdir, _ = finished
    export.run(export.ExportConfig(), workdir, tmp_path / "exported")
    expected = weights_of(workdir)
    network, _ = checkpoints.load_network(workdir)
    counted = exported.count_parameters(tmp_path / "exported")
    assert counted == network.count_params()
    for source, tolerance in ((workdir, 0), (tmp_path / "exported", 1e-3)):
        for weight in network.weights:
            weight.assign(0 * weight)
        checkpoints.initialize(network, source)
        for got, want in zip(network.weights, expected, strict=True):
            np.testing.assert_allclose(got.numpy(), want, rtol=tolerance, atol=1e-6)


def test_weights_are_averaged_with_those_they_came_from(finished):
    workdir, _ = finished
    network, _ = checkpoints.load_network(workdir)
    for weight in network.weights:
        weight.assign(3 * weight)
    checkpoints.average(network, workdir)
    for got, want in zip(network.weights, weights_of(workdir), strict=True):
        np.testing.assert_allclose(got.numpy(), 2 * want, rtol=1e-5, atol=1e-6)


def test_a_network_that_takes_hints_starts_from_one_that_does_not(
    tmp_path, monkeypatch
):
    plain = zoo.dynamic_colornet(261)
    monkeypatch.setattr(checkpoints, "load_network", lambda _: (plain, None))
    network = zoo.dynamic_colornet(261, takes_hints=True, attends=True)
    before = {w.path: keras.ops.convert_to_numpy(w) for w in network.weights}
    checkpoints.initialize(network, tmp_path)
    for weight in network.weights:
        same = np.array_equal(weight.numpy(), before[weight.path])
        assert same or not zoo.adds_nothing(weight.path)
    head = network.get_layer("decoder").get_layer("head").kernel
    assert not np.array_equal(head.numpy(), before[head.path])


def test_a_new_dynamic_layer_of_another_kind_on_the_rest_of_a_network(
    tmp_path, monkeypatch
):
    trained = zoo.dynamic_colornet(261)
    monkeypatch.setattr(checkpoints, "load_network", lambda _: (trained, None))
    other = zoo.dynamic_colornet(261, dynamic_layer="lstm", dynamic_stride=8)
    with pytest.raises(UsageError, match="or --new_dynamic_layer"):
        checkpoints.initialize(other, tmp_path)
    expected = {w.path: w.numpy() for w in trained.weights}
    expected |= {w.path: w.numpy() for w in other.weights if dynamic.owns(w.path)}
    checkpoints.initialize(other, tmp_path, new_dynamic_layer=True)
    for weight in other.weights:
        np.testing.assert_array_equal(weight, expected[weight.path])


def test_weights_of_another_network_are_refused(finished, tmp_path):
    workdir, _ = finished
    other = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    with pytest.raises(UsageError, match="another network"):
        checkpoints.initialize(other, workdir)
    with pytest.raises(InputError, match="no checkpoint there"):
        checkpoints.initialize(other, tmp_path)


def test_learning_rate_too_high_stops_with_a_message(config, tmp_path, monkeypatch):
    callback = callbacks.StopAtNaN()
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(1e30), "mse", jit_compile=False)
    with pytest.raises(InputError, match="at step .*lower --learning_rate"):
        model.fit(
            np.full((64, 1), 1e30, "float32"),
            np.zeros((64, 1), "float32"),
            callbacks=[callback],
            epochs=3,
            verbose=0,
        )


def test_strict_stops_at_a_corrupt_record_in_one_line(config, photos, tmp_path):
    content = bytearray(pathlib.Path(photos).read_bytes())
    content[-100] ^= 1
    corrupt = tmp_path / "corrupt.tfrecord"
    corrupt.write_bytes(content)
    config = dataclasses.replace(
        config, photos=str(corrupt), validation="", strict=True, hints=False
    )
    with pytest.raises(InputError, match=r"corrupt.tfrecord.*--strict") as caught:
        train.run(config, tmp_path / "run")
    assert "\n" not in str(caught.value)
    # The same run may go on without it.
    config = dataclasses.replace(config, strict=False)
    checkpoints.refuse_another(tmp_path / "run", config)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"crop": 100}, "--crop must be a multiple of 32, got 100"),
        ({"epochs": 0}, "--epochs must be at least 1, got 0"),
        ({"films_share": 1.5}, r"--films_share must be in \[0, 1\], got 1.5"),
        ({"ema_momentum": 1.0}, "--ema_momentum must be"),
        ({"decoder": "unpooling"}, "needs --encoder=vgg16 and .*=16, got mobilenet_v2"),
        ({"dynamic_stride": 4}, "--dynamic_stride must be 8 or 16, got 4"),
        ({"temporal_weight": -1.0}, "--temporal_weight must be 0 or more, got -1.0"),
    ],
)
def test_bad_settings_are_named(config, changes, message):
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(config, **changes)


def test_batch_that_does_not_divide_is_refused_with_the_cure(config):
    odd = dataclasses.replace(config, photos_per_step=5)
    with pytest.raises(UsageError, match="photos_per_step=5 .* 2 devices here; 6 does"):
        train._check_divisible(odd, 2)


def test_flags_offer_what_the_models_have():
    assert set(settings.ENCODERS) == set(encoder.NAMES)
    assert set(settings.DYNAMIC_LAYERS) == set(dynamic.KINDS)
    assert settings.DECODERS == zoo.DECODERS


def test_nothing_to_train_on_and_missing_weights_are_refused(config, tmp_path):
    empty = dataclasses.replace(config, photos="")
    with pytest.raises(UsageError, match="--photos or --films"):
        train.run(empty, tmp_path / "a")
    lost = dataclasses.replace(config, encoder_weights="no/such.h5")
    with pytest.raises(InputError, match="no/such.h5: no such file"):
        train.run(lost, tmp_path / "b")
    missing = dataclasses.replace(config, photos="no/such-*.tfrecord")
    with pytest.raises(InputError, match="no shards match 'no/such-"):
        train.run(missing, tmp_path / "c")
    unborn = dataclasses.replace(config, init_from="no/such")
    with pytest.raises(InputError, match="no/such: no checkpoint there"):
        train.run(unborn, tmp_path / "d")
    assert not list(tmp_path.iterdir())

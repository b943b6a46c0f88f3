"""`tools/distill_encoder.py` on random weights and pieces of one picture."""

import csv
import dataclasses
import pathlib

import keras
import narrow_encoders
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from colornet.data import records
from colornet.errors import InputError, UsageError
from colornet.evaluation import semantic
from colornet.models import encoder

CLASSES = 3
NEW = "block4", "block5"


@pytest.fixture(scope="module")
def tools():
    """The folder of tools, from where they import each other."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(pathlib.Path(__file__).parent.parent / "tools")
        import distill_encoder
        import distillation

        yield distill_encoder, distillation


@pytest.fixture(scope="module", autouse=True)
def narrow():
    with narrow_encoders.in_place():
        yield


@pytest.fixture(scope="module")
def config(tools, photo, tmp_path_factory):
    """A VGG-16 whose last two blocks are new, and small pieces of a picture."""
    folder = tmp_path_factory.mktemp("given")
    keras.utils.set_random_seed(0)
    teacher = encoder.build_encoder("mobilenet_v2")
    encoder.save_weights(teacher, "mobilenet_v2", folder / semantic.BODY)
    top = np.random.default_rng(0).normal(size=(1 + narrow_encoders.CHANNELS, CLASSES))
    np.savez(folder / semantic.TOP, kernel=top[1:], bias=top[0])

    known = {}
    for layer in encoder.backbone(encoder.build_encoder("vgg16")).layers:
        for weight in layer.weights:
            if weight.name == "bias" or not layer.name.startswith(NEW):
                known[weight.path] = weight.numpy() + 0.1
    np.savez(folder / "known.npz", **known)

    path = folder / "photos-00000.tfrecord"
    with tf.io.TFRecordWriter(str(path)) as writer:
        for number in range(6):
            piece = photo[8 * number : 8 * number + 64, 4 * number : 4 * number + 64]
            jpeg = [records.encode_frame(piece)]
            clip = records.Clip(jpeg, f"piece-{number}", height=64, width=64)
            writer.write(records.encode_clip(clip))
    return tools[0].Config(
        start=str(folder / "known.npz"),
        teacher=str(folder),
        photos=str(path),
        crop=32,
        batch_size=4,
        steps=40,
        steps_per_epoch=20,
        precision="float32",
    )


@pytest.fixture(scope="module")
def finished(tools, config, tmp_path_factory):
    """The workdir of an unbroken run and its student."""
    workdir = tmp_path_factory.mktemp("runs") / "whole"
    return workdir, tools[0].run(config, workdir)


def weights_of(encode):
    return {w.path: w.numpy() for w in encoder.backbone(encode).weights}


def test_what_is_known_stays_and_what_is_new_is_learned(config, finished):
    weights = weights_of(finished[1])
    with np.load(config.start) as known:
        for path, value in weights.items():
            if not path.startswith(NEW):
                np.testing.assert_array_equal(value, known[path])
            else:
                assert np.ptp(value) > 0
                # Not even a bias is taken without its kernel.
                assert path not in known or np.abs(value).max() < 0.1


def test_losses_fall(finished):
    with (finished[0] / "epochs.csv").open() as file:
        first, last = csv.DictReader(file)
    # What lies before the new layers is not compared.
    parts = {name for name in first if name.endswith("_loss") and name[:4] != "val_"}
    assert parts == {"scores_loss", "stride8_loss", "stride16_loss"}
    for name in parts:
        assert float(last[name]) < float(first[name])


def test_the_file_makes_the_same_encoder_of_half_the_bytes(finished):
    workdir, student = finished
    made = encoder.build_encoder("vgg16", weights=str(workdir / "vgg16.weights.h5"))
    whole = weights_of(student)
    for path, got in weights_of(made).items():
        half = whole[path].astype("float16").astype("float32")
        np.testing.assert_array_equal(got, half)
    clip = 100 * np.random.default_rng(0).random((1, 32, 64, 1), dtype="float32")
    for got, expected in zip(made(clip), student(clip), strict=True):
        away = 0.01 * np.abs(expected).max()  # float16 has 3 digits.
        np.testing.assert_allclose(got, expected, rtol=0, atol=away)


def test_a_run_broken_off_ends_as_the_unbroken_one(
    tools, config, finished, tmp_path, monkeypatch
):
    class Interruption(Exception):
        pass

    def interrupt(*_, **__):
        raise Interruption

    with monkeypatch.context() as patch:
        patch.setattr(encoder, "save_weights", interrupt)
        with pytest.raises(Interruption):
            tools[0].run(config, tmp_path)
    resumed = weights_of(tools[0].run(config, tmp_path))
    for path, expected in weights_of(finished[1]).items():
        np.testing.assert_allclose(resumed[path], expected, atol=1e-6)
    other = dataclasses.replace(config, steps=60)
    with pytest.raises(UsageError, match="another experiment, with --steps=40"):
        tools[0].run(other, tmp_path)


def test_a_student_like_the_teacher_has_only_color_to_learn(tools, config, photo):
    body, top = (pathlib.Path(config.teacher, n) for n in (semantic.BODY, semantic.TOP))
    student = encoder.build_encoder("mobilenet_v2", weights=str(body), trainable=True)
    model, _, _ = tools[1].build(student, "mobilenet_v2", body, top)
    assert set(model.output) == {"scores", *(f"stride{4 * 2**n}" for n in range(4))}
    rgb = photo[None, :64, :64].astype("float32")
    grey = np.repeat(rgb.mean(axis=-1, keepdims=True).round(), 3, axis=-1)
    left, left_in_grey = model(rgb * (1.0, 0.5, 0.1)), model(grey)
    for part in left:
        assert left_in_grey[part] < min(0.01 * left[part], 1e-3), part


def test_agreement_is_with_what_the_teacher_sees_in_color(tools, tmp_path, capsys):
    colors = {
        "n01443537_a": (180, 90, 90),
        "n01443537_b": (90, 90, 180),
        "c": (0, 0, 0),
    }
    for name, color in {**colors, "n01440764_d": (90, 90, 180)}.items():
        Image.new("RGB", (40, 60), color).save(tmp_path / f"{name}.png")

    def reddish(rgb):
        """Class 1 (n01443537) where there is more red than blue."""
        red = rgb.mean(axis=(1, 2))[:, 0] > rgb.mean(axis=(1, 2))[:, 2] + 0.1
        return [np.eye(2)[red.astype(int)]]

    def never(clip):
        return [np.eye(2)[np.zeros(len(clip), int)]]

    agreement = tools[1].Agreement(tmp_path, never, lambda rgb: reddish(np.array(rgb)))
    assert capsys.readouterr().out.splitlines() == [
        "3 pictures, the teacher in colour: {'agrees': 1.0, 'right': 0.667}",
        "3 pictures, the teacher in grey: {'agrees': 0.667, 'right': 0.333}",
    ]
    logs = {}
    agreement.on_epoch_end(0, logs)
    assert logs == {"agrees": 0.667, "right": 0.333}


def test_what_is_missing_is_one_line(tools, config, tmp_path):
    for name in ("start", "teacher"):
        missing = dataclasses.replace(config, **{name: str(tmp_path / "none")})
        with pytest.raises(InputError, match=f"--{name}=.*none.* is no file"):
            tools[0].run(missing, tmp_path)
    with pytest.raises(ValueError, match="--photos must be given"):
        dataclasses.replace(config, photos="")
    with pytest.raises(ValueError, match="no multiple of --steps_per_epoch=7"):
        dataclasses.replace(config, steps_per_epoch=7)
    with pytest.raises(ValueError, match="give a .weights.h5"):
        dataclasses.replace(config, encoder="mobilenet_v2")

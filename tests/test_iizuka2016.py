import keras
import numpy as np
import pytest
import tensorflow as tf
from skimage import color

from colornet.baselines import iizuka2016
from colornet.data import pipeline, records
from colornet.training import material
from colornet.training.settings import TrainConfig


def test_color_error_is_the_squared_difference_of_ab_in_the_unit_square(photo):
    clip = photo[None, None, :4, :6].astype("float32")
    share = np.random.default_rng(0).random((1, 1, 2, 3, 2)).astype("float32")
    got = iizuka2016.ColorError().call(clip, share)
    ab = color.rgb2lab(photo[:4, :6])[..., 1:]
    target = (ab.reshape(2, 2, 3, 2, 2).mean(axis=(1, 3)) + 100) / 200
    expected = ((share[0, 0] - target) ** 2).sum(axis=-1)
    np.testing.assert_allclose(got[0, 0], expected, rtol=1e-3, atol=1e-5)


def test_class_error_is_a_300th_of_cross_entropy_where_there_is_a_class():
    logits = np.random.default_rng(1).normal(size=(4, 2, 1000)).astype("float32")
    got = iizuka2016.ClassError().call(np.array([3.0, -1.0, 999.0, 1000.0]), logits)
    share = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    expected = np.zeros((4, 2))
    expected[0], expected[2] = (
        -np.log(share[n, :, k]) / 300 for n, k in ((0, 3), (2, 999))
    )
    np.testing.assert_allclose(got, expected, rtol=1e-4)


def test_a_whole_picture_decides_about_each_place():
    """Global features see what no convolution at a corner could."""
    keras.utils.set_random_seed(0)  # Of so few channels all may be silent.
    network = iizuka2016.build_network(width=1 / 8)
    picture = np.full((1, 256, 256, 1), 50, "float32")
    other = picture.copy()
    other[:, 192:, 192:] = 90
    corners = [network(p)["color"][0, 0, 0].numpy() for p in (picture, other)]
    assert np.abs(corners[0] - corners[1]).max() > 0


def test_the_whole_network_is_as_large_as_the_published_one():
    def normalised(size, *channels):
        """Weights of layers with `size` places: kernels, biases, normalisation."""
        pairs = zip(channels, channels[1:], strict=False)
        return sum(size * a * b + 5 * b for a, b in pairs)

    count = normalised(9, 1, 64, 128, 128, 256, 256, 512)
    count += normalised(9, 512, 512, 256) + normalised(9, *[512] * 5)
    count += normalised(1, 7 * 7 * 512, 1024, 512, 256)
    count += normalised(1, 512, 256) + 257 * 1000
    count += normalised(1, 512, 256) + normalised(9, 256, 128, 64, 64, 32)
    count += 9 * 32 * 2 + 2
    assert iizuka2016.build_network().count_params() == count


def test_classes_come_with_their_clips(tmp_path, photo):
    path = str(tmp_path / "photos.tfrecord")
    with tf.io.TFRecordWriter(path) as writer:
        for label in (-1, 5, 900):
            # The first pixel's red tells the clips apart.
            piece = np.full((32, 32, 3), 100 + label // 10, "uint8")
            jpeg = [records.encode_frame(piece)]
            clip = records.Clip(jpeg, f"{label}", 32, 32, label=label)
            writer.write(records.encode_clip(clip))
    size = {"clip_length": 1, "clips_per_batch": 3, "labels": True}
    clips = pipeline.validation_clips(path, size=32, **size)
    rgb, target = next(iter(clips))
    np.testing.assert_array_equal(target["color"], rgb)
    np.testing.assert_array_equal(target["label"], [-1, 5, 900])
    source = pipeline.Source(path, clips_per_batch=3)
    clips = pipeline.training_clips(
        [source], crop=32, steps_per_epoch=1, epochs=1, seed=0, labels=True
    )
    rgb, target = next(iter(clips))
    expected = 100 + np.array(target["label"]) // 10
    np.testing.assert_allclose(rgb[:, 0, 0, 0, 0], expected, atol=2)
    assert set(target["label"].numpy()) == {-1, 5, 900}


@pytest.mark.parametrize("label", [-1, 7])
def test_records_without_classes_are_told_of(label, tmp_path, photo, capsys):
    path = str(tmp_path / "photos.tfrecord")
    with tf.io.TFRecordWriter(path) as writer:
        jpeg = [records.encode_frame(photo[:32, :32])]
        clip = records.Clip(jpeg, "photo", 32, 32, label=label)
        writer.write(records.encode_clip(clip))
    material.Records(TrainConfig(system="iizuka2016", photos=path))
    told = capsys.readouterr().err.splitlines()
    assert len(told) == (label < 0)
    assert all("tools/label_records.py" in line for line in told)


def test_arrays_are_refused_as_they_hold_no_classes():
    with pytest.raises(ValueError, match="--system=iizuka2016 learns classes too"):
        TrainConfig(system="iizuka2016", arrays="*.npy")

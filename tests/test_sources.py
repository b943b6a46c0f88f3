import collections
import io
import os
import pickle

import numpy as np
import pytest
from PIL import Image

from colornet.data import records
from colornet.data.sources import imagenet, photos
from colornet.errors import InputError


def pixels(jpeg):
    return np.asarray(Image.open(io.BytesIO(jpeg)))


@pytest.fixture
def pictures_of(tmp_path):
    """Makes a folder of small pictures by name, and gives its path."""

    def make(*names):
        for name in names:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(records.encode_frame(np.zeros((8, 8, 3), "uint8")))
        return str(tmp_path)

    return make


# Photographs.


def test_photos_are_found_at_any_depth_and_can_be_left_out(pictures_of, tmp_path):
    folder = pictures_of(
        "b.JPG", "a/c.png", "a/d/e.jpeg", "a/notes.txt", ".hidden/f.jpg", "a/.g.jpg"
    )
    assert photos.Photos(folder).keys() == ["a/c.png", "a/d/e.jpeg", "b.JPG"]
    assert photos.Photos(folder, exclude="a/d/*, b.*").keys() == ["a/c.png"]
    (tmp_path / "list.txt").write_text("b.JPG\n\na/c.png\n")
    assert photos.Photos(folder, split_list="list.txt").keys() == ["b.JPG", "a/c.png"]


def test_a_photo_is_a_clip_of_one_frame(photo, tmp_path):
    Image.fromarray(photo).save(tmp_path / "a.jpg", quality=90)
    reader = photos.Photos(str(tmp_path), short_side=64)
    left_out = collections.Counter()
    (clip,) = reader.read("a.jpg", left_out)
    assert pixels(clip.frames[0]).shape == (64, 80, 3)
    assert (clip.video_id, clip.height, clip.width) == ("a.jpg", 64, 80)
    assert (clip.frame_rate, clip.label, clip.start_frame) == (0, -1, 0)
    assert clip.sample.shape == (576, 3)
    assert (reader.weight("a.jpg"), reader.weight("missing.jpg")) == (1, 1)
    assert not left_out


def test_grey_and_toned_photos_can_be_left_out(photo, tmp_path):
    grey = Image.fromarray(photo).convert("L")
    sepia = np.multiply(np.asarray(grey)[..., None], [1.0, 0.85, 0.62])
    Image.fromarray(photo).save(tmp_path / "colour.png")
    grey.save(tmp_path / "grey.png")
    Image.fromarray(sepia.astype("uint8")).save(tmp_path / "sepia.png")
    for min_color, kept in ((0, 3), (1.5, 1)):
        reader = photos.Photos(str(tmp_path), min_color=min_color)
        left_out = collections.Counter()
        clips = [clip for key in reader.keys() for clip in reader.read(key, left_out)]
        assert len(clips) == kept
        assert clips[0].video_id == "colour.png"
        assert left_out == ({"grey": 2} if min_color else {})
        assert not list(photos.Photos(str(tmp_path), min_color=99).read("colour.png"))


def test_photos_are_read_from_any_filesystem(photo, monkeypatch):
    pytest.importorskip(
        "apache_beam", reason="needs Apache Beam: pip install 'colornet[records]'"
    )
    from memory_files import Memory

    jpeg = records.encode_frame(photo)
    monkeypatch.setattr(
        Memory,
        "files",
        {
            "memory://in/b.jpg": jpeg,
            "memory://in/deep/a b.jpg": jpeg,
            "memory://in/notes.txt": b"",
            "memory://lists/some.txt": b"deep/a b.jpg\n",
        },
    )
    reader = photos.Photos("memory://in")
    assert reader.keys() == ["b.jpg", "deep/a b.jpg"]
    (clip,) = reader.read("deep/a b.jpg")
    assert clip.frames == [jpeg]
    listed = photos.Photos("memory://in", split_list="memory://lists/some.txt")
    assert listed.keys() == ["deep/a b.jpg"]
    with pytest.raises(InputError, match="memory://in/c.jpg: cannot be read"):
        list(reader.read("c.jpg"))


# Lists, and what cannot be listed.


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_line_of_a_list_is_a_path(end, mark, tmp_path):
    names = ["b c.jpg", "naïve.png", "deep/x.jpg"]
    lines = [names[0], "", f"  {names[1]}\t", f"./{names[2]}", ""]
    path = tmp_path / "list.txt"
    path.write_bytes((mark + end.join(lines)).encode())
    for split_list in ("list.txt", str(path)):
        reader = photos.Photos(str(tmp_path), split_list=split_list)
        assert reader.keys() == names


def test_lists_that_are_none_are_named(tmp_path):
    (tmp_path / "empty.txt").write_text("\n \n")
    (tmp_path / "picture.txt").write_bytes(b"\xff\xd8\xff\xe0")
    for name in ("empty.txt", "picture.txt", "missing.txt"):
        reader = photos.Photos(str(tmp_path), split_list=name)
        with pytest.raises(InputError, match=f"--split_list={name}: .") as raised:
            reader.keys()
        assert "\n" not in str(raised.value)


def test_a_name_listed_twice_is_taken_once_and_told(pictures_of, tmp_path):
    folder = pictures_of("a.JPEG", "b.JPEG")
    (tmp_path / "list.txt").write_text("b.JPEG 3\na.JPEG 4\nb.JPEG 5\n")
    bad = []
    reader = imagenet.ImageNet(folder, split_list="list.txt")
    assert reader.keys(lambda *told: bad.append(told)) == ["b.JPEG", "a.JPEG"]
    assert bad == [(f"{folder}/b.JPEG", "it is listed twice")]
    assert labels(reader) == {"b.JPEG": 3, "a.JPEG": 4}
    (tmp_path / "list.txt").write_text("a.JPEG\na.JPEG\n")
    bad.clear()
    reader = photos.Photos(folder, split_list="list.txt")
    assert reader.keys(lambda *told: bad.append(told)) == ["a.JPEG"]
    assert bad == [(f"{folder}/a.JPEG", "it is listed twice")]


def test_a_name_that_is_not_utf_8_is_told(pictures_of):
    folder = pictures_of("fine.jpg")
    odd = os.fsencode(folder) + b"/caf\xe9.jpg"
    try:
        with open(odd, "wb") as file:
            file.write(b"")
    except OSError:
        pytest.skip("this filesystem holds names of UTF-8 only: there are no others")
    bad = []
    assert photos.Photos(folder).keys(lambda *told: bad.append(told)) == ["fine.jpg"]
    ((path, reason),) = bad
    assert path == rf"{folder}/caf\xe9.jpg"
    assert "not UTF-8" in reason
    assert photos.Photos(folder).keys() == ["fine.jpg"]


def test_a_folder_that_cannot_be_read_is_told(pictures_of, monkeypatch):
    folder = pictures_of("fine.jpg", "locked/a.jpg")
    scan = os.scandir

    def guarded(path):
        # Not by its permissions: they do not keep the superuser out.
        if str(path).endswith("locked"):
            raise PermissionError(13, "Permission denied", path)
        return scan(path)

    monkeypatch.setattr(os, "scandir", guarded)
    bad = []
    assert photos.Photos(folder).keys(lambda *told: bad.append(told)) == ["fine.jpg"]
    assert bad == [(f"{folder}/locked", "Permission denied")]


# ImageNet.


def labels(reader):
    return {key: next(reader.read(key)).label for key in reader.keys()}


TRAINING = {
    "n01440764/n01440764_1.JPEG": 0,
    "n01443537/n01443537_2.JPEG": 1,
    "n01443537/n01443537_3.JPEG": 1,
}


def test_imagenet_labels_count_the_class_folders(pictures_of):
    folder = pictures_of(*TRAINING, "ILSVRC2012_val_00000001.JPEG", "other/a.JPEG")
    expected = {"ILSVRC2012_val_00000001.JPEG": -1, **TRAINING}
    assert labels(imagenet.ImageNet(folder)) == expected


@pytest.mark.parametrize("above", ["", "ILSVRC/Data/CLS-LOC/"])
def test_imagenet_is_found_as_it_is_unpacked(above, pictures_of):
    training = {f"{above}train/{key}": label for key, label in TRAINING.items()}
    flat = f"{above}val/ILSVRC2012_val_00000001.JPEG"
    sorted_ = f"{above}val/n01443537/ILSVRC2012_val_00000002.JPEG"
    folder = pictures_of(*training, flat, sorted_, f"{above}train/notes/a.JPEG")
    whole = imagenet.ImageNet(folder)
    assert labels(whole) == {**training, flat: -1, sorted_: 1}
    assert labels(imagenet.ImageNet(f"{folder}/{above}train")) == TRAINING
    only = imagenet.ImageNet(folder, exclude=f"{above}val/*")
    assert labels(only) == training


def test_imagenet_takes_labels_of_a_list_but_not_the_kits_line_numbers(
    pictures_of, tmp_path
):
    folder = pictures_of(*TRAINING, "ILSVRC2012_val_00000001.JPEG", "val/b.JPEG")
    (tmp_path / "list.txt").write_text(
        "ILSVRC2012_val_00000001.JPEG 65\nval/b.JPEG 9\r\nn01443537/n01443537_2 7\n"
        "/some/where/train/n01440764/n01440764_1.JPEG\n"
    )
    assert labels(imagenet.ImageNet(folder, split_list="list.txt")) == {
        "ILSVRC2012_val_00000001.JPEG": 65,
        "val/b.JPEG": 9,
        "n01443537/n01443537_2.JPEG": 1,
        "n01440764/n01440764_1.JPEG": 0,
    }
    # As cval1k and ctest10k are handed on: with the paths of whoever made them.
    (tmp_path / "list.txt").write_text("/data/val/ILSVRC2012_val_00000001.JPEG 65\n")
    assert labels(imagenet.ImageNet(folder, split_list="list.txt")) == {
        "ILSVRC2012_val_00000001.JPEG": 65
    }
    (tmp_path / "list.txt").write_text("a.JPEG dog\n")
    with pytest.raises(InputError, match="whole number as the label of a.JPEG"):
        imagenet.ImageNet(folder, split_list="list.txt").keys()


def test_readers_say_the_same_twice_and_survive_pickling(pictures_of):
    folder = pictures_of(*TRAINING)
    for reader in (imagenet.ImageNet(folder), photos.Photos(folder)):
        keys = reader.keys()
        again = pickle.loads(pickle.dumps(reader))
        assert reader == again
        assert keys == again.keys() == reader.keys()
        for key in keys:
            assert list(reader.read(key)) == list(again.read(key))

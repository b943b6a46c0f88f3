import io
import pickle

import numpy as np
import pytest
from PIL import Image, ImageCms

from colornet.data import imagenet, photos, pictures, records
from colornet.errors import InputError


def pixels(jpeg):
    return np.asarray(Image.open(io.BytesIO(jpeg)))


def far(one, other):
    """Mean absolute difference of two pictures of one size, in 8-bit steps."""
    one, other = np.asarray(one, "float32"), np.asarray(other, "float32")
    assert one.shape == other.shape
    return np.abs(one - other).mean()


# Pictures of every kind.


def test_a_plain_jpeg_is_stored_as_it_is(photo, tmp_path):
    path = tmp_path / "plain.jpg"
    Image.fromarray(photo).save(path, quality=60)
    frame, height, width = pictures.read_frame(path, short_side=128)
    assert frame == path.read_bytes()
    assert (height, width) == photo.shape[:2]


def test_reducing_is_antialiased_and_nothing_is_enlarged(photo, tmp_path):
    path = tmp_path / "photo.png"
    Image.fromarray(photo).save(path)
    frame, height, width = pictures.read_frame(path, short_side=64)
    assert (height, width) == (64, 80)
    blocks = photo.reshape(64, 2, 80, 2, 3).mean(axis=(1, 3))
    assert far(pixels(frame), blocks) < 4
    assert pictures.read_frame(path, short_side=400)[1:] == (128, 160)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied(orientation, photo, tmp_path):
    # EXIF 2.32, 4.6.4 A: where row 0 and column 0 of what is stored are to be seen.
    stored = {
        1: photo,
        2: photo[:, ::-1],
        3: photo[::-1, ::-1],
        4: photo[::-1],
        5: photo.transpose(1, 0, 2),
        6: np.rot90(photo, 1),
        7: np.rot90(photo[::-1], 1),
        8: np.rot90(photo, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "turned.jpg"
    Image.fromarray(np.ascontiguousarray(stored)).save(path, quality=95, exif=exif)
    frame, height, width = pictures.read_frame(path)
    assert (height, width) == photo.shape[:2]
    assert far(pixels(frame), photo) < 4


def test_a_colour_profile_is_converted_to_srgb(photo, tmp_path):
    linear = (255 * (photo / 255.0) ** 2.2).round().astype("uint8")
    path = tmp_path / "wide.png"
    # Pillow makes only sRGB and Lab profiles; Lab is as different as can be.
    lab = ImageCms.createProfile("LAB")
    srgb = ImageCms.createProfile("sRGB")
    in_lab = ImageCms.profileToProfile(
        Image.fromarray(linear), srgb, lab, outputMode="LAB"
    )
    profile = ImageCms.ImageCmsProfile(lab).tobytes()
    in_lab.save(path.with_suffix(".tif"), icc_profile=profile)
    frame, _, _ = pictures.read_frame(path.with_suffix(".tif"))
    assert far(pixels(frame), linear) < 4


def test_other_modes_become_8_bit_rgb(photo, tmp_path):
    colour = Image.fromarray(photo)
    grey = colour.convert("L")
    levels = np.asarray(grey)
    half = Image.fromarray(np.full(levels.shape, 128, "uint8"))
    clear = colour.copy()
    clear.putalpha(half)
    made = {
        "16-bit.png": (Image.fromarray(levels.astype("uint16") * 257), levels),
        "grey.jpg": (grey, levels),
        "cmyk.jpg": (colour.convert("CMYK"), photo),
        "palette.png": (colour.quantize(256), photo),
        "clear.png": (clear, photo * (128 / 255) + 127),
        "modern.avif": (colour, photo),
        "modern.webp": (colour, photo),
        "modern.heic": (colour, photo),
        "old.bmp": (colour, photo),
    }
    for name, (image, _) in made.items():
        image.save(tmp_path / name)
    reader = photos.Photos(tmp_path)
    assert reader.keys() == sorted(made)
    for key in reader.keys():
        (clip,) = reader.read(key)
        expected = made[key][1]
        if expected.ndim == 2:
            expected = expected[..., None].repeat(3, axis=-1)
        assert far(pixels(clip.frames[0]), expected) < 6, key
        assert (clip.video_id, clip.frame_rate, clip.label) == (key, 0, -1)


def test_a_broken_picture_is_named(photo, tmp_path):
    Image.fromarray(photo).save(tmp_path / "cut.jpg")
    data = (tmp_path / "cut.jpg").read_bytes()
    (tmp_path / "cut.jpg").write_bytes(data[: len(data) // 2])
    (tmp_path / "text.jpg").write_text("no picture at all")
    (tmp_path / "empty.png").write_bytes(b"")
    Image.fromarray(photo.astype("float32")[..., 0]).save(tmp_path / "float.tiff")
    reader = photos.Photos(tmp_path)
    assert len(reader.keys()) == 4
    for key in [*reader.keys(), "missing.jpg"]:
        with pytest.raises(
            InputError, match=f"{key}: cannot be read as a picture: ."
        ) as e:
            list(reader.read(key))
        assert "\n" not in str(e.value) and " at 0x" not in str(e.value)


# Folders and lists.


def test_photos_are_found_at_any_depth_and_can_be_left_out(tmp_path):
    for name in ("b.JPG", "a/c.png", "a/d/e.jpeg", "a/notes.txt", ".hidden/f.jpg"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert photos.Photos(tmp_path).keys() == ["a/c.png", "a/d/e.jpeg", "b.JPG"]
    assert photos.Photos(tmp_path, exclude="a/d/*, b.*").keys() == ["a/c.png"]
    (tmp_path / "list.txt").write_text("b.JPG\n\na/c.png\n")
    assert photos.Photos(tmp_path, split_list="list.txt").keys() == ["b.JPG", "a/c.png"]


def test_a_missing_list_is_named(tmp_path):
    with pytest.raises(InputError, match="--split_list=nothing.txt"):
        photos.Photos(tmp_path, split_list="nothing.txt").keys()


@pytest.fixture
def ilsvrc(tmp_path):
    picture = np.zeros((8, 8, 3), "uint8")
    for name in (
        "n01440764/n01440764_1.JPEG",
        "n01443537/n01443537_2.JPEG",
        "n01443537/n01443537_3.JPEG",
        "ILSVRC2012_val_00000001.JPEG",
        "elsewhere/other.JPEG",
    ):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(records.encode_frame(picture))
    return tmp_path


def labels(reader):
    return {key: next(reader.read(key)).label for key in reader.keys()}


def test_imagenet_labels_count_the_class_folders(ilsvrc):
    assert labels(imagenet.ImageNet(ilsvrc)) == {
        "ILSVRC2012_val_00000001.JPEG": -1,
        "n01440764/n01440764_1.JPEG": 0,
        "n01443537/n01443537_2.JPEG": 1,
        "n01443537/n01443537_3.JPEG": 1,
    }


def test_imagenet_takes_labels_of_a_list_but_not_the_kits_line_numbers(ilsvrc):
    (ilsvrc / "list.txt").write_text(
        "ILSVRC2012_val_00000001.JPEG 65\nn01443537/n01443537_2 7\n"
    )
    assert labels(imagenet.ImageNet(ilsvrc, split_list="list.txt")) == {
        "ILSVRC2012_val_00000001.JPEG": 65,
        "n01443537/n01443537_2.JPEG": 1,
    }
    (ilsvrc / "list.txt").write_text("a.JPEG dog\n")
    with pytest.raises(InputError, match="whole number as the label of a.JPEG"):
        imagenet.ImageNet(ilsvrc, split_list="list.txt").keys()


def test_a_reader_says_the_same_twice_and_survives_pickling(photo, tmp_path):
    Image.fromarray(photo).save(tmp_path / "photo.png")
    reader = photos.Photos(tmp_path)
    again = pickle.loads(pickle.dumps(reader))
    assert reader.keys() == again.keys() == ["photo.png"]
    assert list(reader.read("photo.png")) == list(again.read("photo.png"))

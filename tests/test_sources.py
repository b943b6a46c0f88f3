import io
import pathlib

import av
import numpy as np
import pytest
from PIL import Image, ImageCms

from colornet.data import clips, davis, films, imagenet, photos, pictures, records
from colornet.errors import InputError


def pixels(jpeg):
    return np.asarray(Image.open(io.BytesIO(jpeg)))


def far(one, other):
    """Mean absolute difference of two pictures of one size, in 8-bit steps."""
    one, other = np.asarray(one, "float32"), np.asarray(other, "float32")
    assert one.shape == other.shape
    return np.abs(one - other).mean()


def write_film(path, rgb, *, rate=25, codec="libx264", crf="12"):
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, options={"crf": crf})
        stream.height, stream.width = rgb.shape[1:3]
        stream.pix_fmt = "yuv420p"
        for frame in rgb:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame)))
        container.mux(stream.encode())


@pytest.fixture(scope="module")
def moving(photo):
    """A film that pans over a photograph: uint8 [21, 96, 128, 3]."""
    return np.stack([photo[t : t + 96, t : t + 128] for t in range(21)])


# Cutting a video into clips.


@pytest.mark.parametrize("frames", [1, 4, 5, 9, 12])
@pytest.mark.parametrize("length, stride", [(4, 4), (4, 2), (3, 5), (1, 1), (20, 20)])
def test_clips_are_the_slices_of_the_video(frames, length, stride):
    video = [(bytes([t]), 2, 3) for t in range(frames)]
    cut = clips.cut(
        video, video_id="v", frame_rate=24.0, clip_length=length, stride=stride
    )
    joined = b"".join(frame for frame, _, _ in video)
    starts, seen = [], set()
    for clip in cut:
        starts.append(clip.start_frame)
        slice_ = range(clip.start_frame, clip.start_frame + len(clip.frames))
        assert b"".join(clip.frames) == joined[slice_.start : slice_.stop]
        assert (clip.height, clip.width, clip.frame_rate) == (2, 3, 24.0)
        assert not set(slice_) <= seen, "a clip without a new frame"
        seen |= set(slice_)
    assert starts == [stride * n for n in range(len(starts))]
    if stride <= length:
        assert seen == set(range(frames))


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


@pytest.fixture
def davis_folder(tmp_path, moving):
    for sequence, count in (("bear", 5), ("camel", 3)):
        folder = tmp_path / "JPEGImages/480p" / sequence
        folder.mkdir(parents=True)
        for index in range(count):
            jpeg = records.encode_frame(moving[index])
            (folder / f"{index:05d}.jpg").write_bytes(jpeg)
    for year, text in (
        ("2017", "camel\nswan\n"),
        ("2016", "".join(f"/JPEGImages/480p/bear/{i:05d}.jpg x\n" for i in range(5))),
    ):
        (tmp_path / "ImageSets" / year).mkdir(parents=True)
        (tmp_path / "ImageSets" / year / "train.txt").write_text(text)
    return tmp_path


def test_davis_reads_both_kinds_of_list(davis_folder):
    assert davis.Davis(davis_folder).keys() == ["bear", "camel"]
    of_2016 = davis.Davis(davis_folder, split_list="ImageSets/2016/train.txt")
    assert of_2016.keys() == ["bear"]
    of_2017 = davis.Davis(davis_folder, split_list="ImageSets/2017/train.txt")
    assert of_2017.keys() == ["camel", "swan"]
    with pytest.raises(InputError, match="swan: the sequence has no frames"):
        list(of_2017.read("swan"))
    with pytest.raises(InputError, match="JPEGImages/240p"):
        davis.Davis(davis_folder, resolution="240p").keys()


def test_davis_frames_are_stored_as_they_are(davis_folder):
    reader = davis.Davis(davis_folder, clip_length=3, stride=3)
    whole, rest = reader.read("bear")
    frames = [path.read_bytes() for path in sorted(davis_folder.rglob("bear/*.jpg"))]
    assert (*whole.frames, *rest.frames) == tuple(frames)
    assert (whole.frame_rate, rest.start_frame, whole.video_id) == (24.0, 3, "bear")


# Films.


def test_a_film_is_cut_into_its_frames(moving, tmp_path):
    (tmp_path / "deep").mkdir()
    write_film(tmp_path / "deep/pan.mkv", moving)
    (tmp_path / "notes.txt").touch()
    reader = films.Films(tmp_path, clip_length=8, stride=8)
    assert reader.keys() == ["deep/pan.mkv"]
    cut = list(reader.read("deep/pan.mkv"))
    assert [len(clip.frames) for clip in cut] == [8, 8, 5]
    assert {(clip.height, clip.width, clip.frame_rate) for clip in cut} == {
        (96, 128, 25.0)
    }
    frames = [pixels(frame) for clip in cut for frame in clip.frames]
    for frame, original in zip(frames, moving, strict=True):
        # 4:2:0 costs some; a frame's neighbour in the pan is several times as far.
        assert far(frame, original) < 0.5 * far(moving[0], moving[1])


def test_a_film_is_reduced(moving, tmp_path):
    write_film(tmp_path / "pan.mp4", moving)
    first = next(films.Films(tmp_path, short_side=48).read("pan.mp4"))
    assert (first.height, first.width) == (48, 64)
    assert pixels(first.frames[3]).shape == (48, 64, 3)


def test_a_film_is_turned_upright(moving, tmp_path):
    path = tmp_path / "pan.mp4"
    # As a camera held upright does: turned when stored, with a matrix that says so.
    write_film(path, np.ascontiguousarray(np.rot90(moving, 1, axes=(1, 2))))
    one, whole = 1 << 16, 1 << 30

    def matrix(*values):
        return b"".join(value.to_bytes(4, "big", signed=True) for value in values)

    upright = matrix(one, 0, 0, 0, one, 0, 0, 0, whole)
    clockwise = matrix(0, one, 0, -one, 0, 0, 96 * one, 0, whole)
    before, track, after = path.read_bytes().rpartition(upright)
    path.write_bytes(before + clockwise + after)
    first = next(films.Films(tmp_path).read("pan.mp4"))
    assert track
    assert (first.height, first.width) == (96, 128)
    assert far(pixels(first.frames[0]), moving[0]) < 0.5 * far(moving[0], moving[1])


def test_a_broken_film_is_named(tmp_path, capfd):
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.mkv").write_text("no film at all")
    with av.open(str(tmp_path / "sound.mp4"), "w") as container:
        stream = container.add_stream("aac", rate=8000, layout="mono")
        silence = np.zeros((1, 1024), "float32")
        frame = av.AudioFrame.from_ndarray(silence, format="fltp", layout="mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    reader = films.Films(tmp_path)
    assert len(reader.keys()) == 3
    for key in reader.keys():
        with pytest.raises(InputError, match=f"{key}: cannot be read as a film: ."):
            list(reader.read(key))
    assert capfd.readouterr() == ("", "")


def test_readers_say_the_same_twice_and_survive_pickling(davis_folder):
    import pickle

    for reader in (
        davis.Davis(davis_folder),
        photos.Photos(pathlib.Path(davis_folder)),
    ):
        again = pickle.loads(pickle.dumps(reader))
        assert reader.keys() == again.keys()
        key = reader.keys()[0]
        assert list(reader.read(key)) == list(again.read(key))

import io

import av
import numpy as np
import pytest
from PIL import Image

from colornet.data import clips, davis, films, records
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


# DAVIS.


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

import collections
import importlib.util
import itertools
import pickle

import av
import numpy as np
import pytest
from compared_pictures import far, pixels
from PIL import Image, ImageDraw

from colornet.data import records
from colornet.data.sources import clips, davis, films, frames
from colornet.errors import InputError


def write_film(path, rgb, *, rate=25, codec="libx264", **options):
    """Plain codings have key frames every 5 frames, and their table in front."""
    options = {"crf": "12", "g": "5", "bf": "0"} | options
    with av.open(str(path), "w", options={"movflags": "faststart"}) as container:
        stream = container.add_stream(codec, rate=rate, options=options)
        stream.height, stream.width = rgb.shape[1:3]
        stream.pix_fmt = "yuv420p"
        for frame in rgb:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame)))
        container.mux(stream.encode())


def read(reader, key):
    """Clips, what is counted as left out, and the error that ends them, or None."""
    read, left_out = [], collections.Counter()
    try:
        for clip in reader.read(key, left_out):
            read.append(clip)
    except InputError as error:
        return read, left_out, str(error)
    return read, left_out, None


def indices(read):
    """Where the clips lie in their film, if nothing in them was left out."""
    return [
        range(clip.start_frame, clip.start_frame + len(clip.frames)) for clip in read
    ]


@pytest.fixture(scope="module")
def moving(photo):
    """A film that pans over a photograph: uint8 [21, 96, 128, 3]."""
    return np.stack([photo[t : t + 96, t : t + 128] for t in range(21)])


@pytest.fixture(scope="module")
def shots_of(moving):
    """Three shots of 7 frames, as different as can be."""
    return [moving[:7], 255 - moving[7:14], moving[14:, ::-1, ::-1]]


# Cutting a video into clips.


def placed(count, shots=()):
    """Frames whose bytes are their numbers, with cuts before `shots`."""
    for index in range(count):
        frame = records.Frame(bytes([index]), 2, 3, np.full((1, 3), index, "uint8"))
        yield clips.PlacedFrame(frame, index, sum(index >= cut for cut in shots))


def cut(video, length, stride):
    return list(
        clips.cut(
            video, video_id="v", frame_rate=24.0, clip_length=length, stride=stride
        )
    )


@pytest.mark.parametrize("count", [1, 4, 5, 9, 12])
@pytest.mark.parametrize("length, stride", [(4, 4), (4, 2), (3, 5), (1, 1), (20, 20)])
def test_clips_are_the_slices_of_the_video(count, length, stride):
    starts, seen = [], set()
    for clip, where in zip(
        made := cut(placed(count), length, stride), indices(made), strict=True
    ):
        starts.append(clip.start_frame)
        assert b"".join(clip.frames) == bytes(where)
        assert (clip.height, clip.width, clip.frame_rate) == (2, 3, 24.0)
        assert set(clip.sample.ravel()) <= set(where) and len(clip.sample)
        assert not set(where) <= seen, "a clip without a new frame"
        seen |= set(where)
    assert starts == [stride * n for n in range(len(starts))]
    if stride <= length:
        assert seen == set(range(count))


@pytest.mark.parametrize("length, stride", [(4, 4), (4, 2), (3, 5), (20, 20)])
def test_each_shot_is_cut_as_though_it_were_alone(length, stride):
    alone = [
        [range(start + i.start, start + i.stop) for i in indices(cut(*shot))]
        for start, shot in (
            (0, (placed(5), length, stride)),
            (5, (placed(1), length, stride)),
            (6, (placed(9), length, stride)),
        )
    ]
    together = indices(cut(placed(15, shots=(5, 6)), length, stride))
    assert together == list(itertools.chain(*alone))


def test_frames_of_two_sizes_are_in_no_clip_together():
    video = list(placed(6))
    small = records.Frame(b"small", 1, 1, np.zeros((1, 3), "uint8"))
    video[2] = clips.PlacedFrame(small, 2, 0)
    made = cut(video, 4, 4)
    assert indices(made) == [range(2), range(2, 3), range(3, 6)]
    assert [(clip.height, clip.width) for clip in made] == [(2, 3), (1, 1), (2, 3)]


# Films.


def test_a_film_is_cut_into_its_frames(moving, tmp_path):
    (tmp_path / "deep").mkdir()
    write_film(tmp_path / "deep/pan.mkv", moving)
    (tmp_path / "notes.txt").touch()
    reader = films.Films(str(tmp_path), clip_length=8, stride=8, min_change=0.1)
    assert reader.keys() == ["deep/pan.mkv"]
    assert reader.weight("deep/pan.mkv") == 21
    made, left_out, error = read(reader, "deep/pan.mkv")
    assert indices(made) == [range(8), range(8, 16), range(16, 21)]
    assert {(clip.height, clip.width, clip.frame_rate) for clip in made} == {
        (96, 128, 25.0)
    }
    found = [pixels(frame) for clip in made for frame in clip.frames]
    for frame, original in zip(found, moving, strict=True):
        # 4:2:0 costs some; a frame's neighbour in the pan is several times as far.
        assert far(frame, original) < 0.5 * far(moving[0], moving[1])
    assert not left_out and not error


def test_a_film_is_reduced(moving, tmp_path):
    write_film(tmp_path / "pan.mp4", moving)
    first = next(films.Films(str(tmp_path), short_side=48).read("pan.mp4"))
    assert (first.height, first.width) == (48, 64)
    assert pixels(first.frames[3]).shape == (48, 64, 3)
    assert first.sample.shape == (4 * 24 * 24, 3)


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
    first = next(films.Films(str(tmp_path)).read("pan.mp4"))
    assert track
    assert (first.height, first.width) == (96, 128)
    assert far(pixels(first.frames[0]), moving[0]) < 0.5 * far(moving[0], moving[1])


def test_no_clip_spans_a_cut(shots_of, tmp_path):
    write_film(tmp_path / "three.mp4", np.concatenate(shots_of))
    made, _, _ = read(films.Films(str(tmp_path), clip_length=5, stride=5), "three.mp4")
    starts_and_lengths = [(0, 5), (5, 2), (7, 5), (12, 2), (14, 5), (19, 2)]
    assert [(c.start_frame, len(c.frames)) for c in made] == starts_and_lengths
    (whole,) = films.Films(str(tmp_path), clip_length=32, cut_threshold=0).read(
        "three.mp4"
    )
    assert len(whole.frames) == 21


def test_repeated_frames_are_left_out_and_none_is_kept_twice(shots_of, tmp_path):
    # Each frame twice, as in 12 frames a second stored as 24; the last shot is still.
    twice = [shot.repeat(2, axis=0) for shot in shots_of[:2]]
    still = shots_of[2][:1].repeat(10, axis=0)
    write_film(tmp_path / "slow.mkv", np.concatenate([*twice, still]), g="50")
    reader = films.Films(str(tmp_path), clip_length=4, stride=4, min_change=0.5)
    made, left_out, _ = read(reader, "slow.mkv")
    assert [(c.start_frame, len(c.frames)) for c in made] == [
        *((0, 4), (8, 3)),
        *((14, 4), (22, 3)),
        (28, 1),
    ]
    originals = [*shots_of[0], *shots_of[1], shots_of[2][0]]
    kept = [pixels(frame) for clip in made for frame in clip.frames]
    for frame, original in zip(kept, originals, strict=True):
        assert far(frame, original) < 0.5 * far(originals[0], originals[1])
    assert left_out == {"duplicate": 7 + 7 + 9}
    assert sum(len(c.frames) for c in films.Films(str(tmp_path)).read("slow.mkv")) == 38


def test_grey_and_toned_shots_are_left_out_and_counted(moving, tmp_path):
    grey = moving[:8].mean(axis=-1, keepdims=True).repeat(3, axis=-1)
    sepia = (255 - grey) * [1, 0.93, 0.8]
    film = np.concatenate([grey.astype("uint8"), sepia.astype("uint8"), moving[10:20]])
    write_film(tmp_path / "mixed.mp4", film)
    reader = films.Films(str(tmp_path), min_color=2.0)
    (colored,), left_out, error = read(reader, "mixed.mp4")
    assert indices([colored]) == [range(16, 26)]
    assert left_out == {"grey": 16} and not error
    assert len(read(films.Films(str(tmp_path)), "mixed.mp4")[0]) == 3


@pytest.mark.parametrize("name", ["film.mp4", "film.mkv"])
def test_of_a_damaged_film_the_sound_clips_are_kept(name, moving, tmp_path):
    path = tmp_path / name
    film = np.concatenate([moving, moving[::-1]])
    write_film(path, film)
    data = bytearray(path.read_bytes())
    reader = films.Films(str(tmp_path), clip_length=8, stride=8)
    whole = [frame for clip in reader.read(name) for frame in clip.frames]
    assert len(whole) == 42
    data[len(data) // 2 : len(data) // 2 + 4000] = bytes(4000)
    path.write_bytes(data)
    made, _, error = read(reader, name)
    kept = [[whole.index(frame) for frame in clip.frames] for clip in made]
    assert all(np.all(np.diff(clip) == 1) for clip in kept), "a clip spans the gap"
    assert kept[0][0] == 0 and kept[-1][-1] == 41
    assert 20 < sum(map(len, kept)) < 42
    assert f"{name}: cannot be read as a whole: it is damaged in " in error
    seconds = float(error.split("after ")[1].split()[0])
    assert 0.2 < seconds < 1.2 and "\n" not in error


@pytest.mark.parametrize("name", ["film.mp4", "film.mkv", "film.ts"])
def test_a_film_that_breaks_off_is_read_up_to_there(name, moving, tmp_path):
    path = tmp_path / name
    write_film(path, np.concatenate([moving, moving[::-1]]))
    reader = films.Films(str(tmp_path))
    whole = [frame for clip in reader.read(name) for frame in clip.frames]
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    made, _, error = read(reader, name)
    kept = [frame for clip in made for frame in clip.frames]
    assert 10 < len(kept) < 40 and kept == whole[: len(kept)]
    assert f"{name}: cannot be read as a whole: it " in error


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
    reader = films.Films(str(tmp_path))
    assert len(reader.keys()) == 3
    for key in reader.keys():
        with pytest.raises(InputError, match=f"{key}: cannot be read as a film: ."):
            list(reader.read(key))
        assert reader.weight(key) == 1
    assert capfd.readouterr() == ("", "")


@pytest.mark.skipif(
    not importlib.util.find_spec("apache_beam"),
    reason="needs Apache Beam: pip install 'colornet[records]'",
)
def test_films_and_frames_are_read_from_elsewhere(moving, tmp_path):
    from memory_files import Memory

    write_film(tmp_path / "pan.mp4", moving)
    here = films.Films(str(tmp_path))
    Memory.files.clear()
    Memory.files["memory://f/a/pan.mp4"] = (tmp_path / "pan.mp4").read_bytes()
    there = films.Films("memory://f")
    assert there.keys() == ["a/pan.mp4"] and there.weight("a/pan.mp4") == 21
    mine, theirs = (
        [clip.frames for clip in reader.read(key)]
        for reader, key in ((here, "pan.mp4"), (there, "a/pan.mp4"))
    )
    assert mine == theirs
    for index, jpeg in enumerate(mine[0]):
        Memory.files[f"memory://f/b/pan/{index}.jpg"] = jpeg
    reader = frames.Frames("memory://f")
    assert reader.keys() == ["b/pan"] and reader.weight("b/pan") == 16
    assert [clip.frames for clip in reader.read("b/pan")] == mine[:1]


# Folders of frames.


def put_frames(folder, pictures, name="{:05d}.jpg"):
    folder.mkdir(parents=True, exist_ok=True)
    for index, rgb in enumerate(pictures):
        Image.fromarray(rgb).save(folder / name.format(index))


def numbered(index):
    """A picture that shows its number as so many white stripes."""
    image = Image.new("RGB", (64, 48), (90, 20, 20))
    for stripe in range(index):
        ImageDraw.Draw(image).line((4 * stripe + 2, 0, 4 * stripe + 2, 48), "white")
    return np.asarray(image)


def number(jpeg):
    return int((pixels(jpeg)[24, :, 1] > 128).sum())


def test_folders_of_pictures_are_films_in_natural_order(tmp_path):
    put_frames(tmp_path / "walk", [numbered(i) for i in range(12)], "frame_{}.png")
    put_frames(tmp_path / "test/sea", [numbered(i) for i in range(3)], "{}.webp")
    (tmp_path / "test/notes.txt").touch()
    reader = frames.Frames(str(tmp_path), clip_length=8, stride=8, cut_threshold=0)
    assert reader.keys() == ["test/sea", "walk"]
    assert [reader.weight(key) for key in reader.keys()] == [3, 12]
    made = list(reader.read("walk"))
    assert [number(f) for clip in made for f in clip.frames] == list(range(12))
    assert indices(made) == [range(8), range(8, 12)]
    assert {(c.video_id, c.frame_rate) for c in made} == {("walk", 25.0)}
    assert frames.Frames(str(tmp_path), exclude="test/*").keys() == ["walk"]
    (tmp_path / "list.txt").write_text("walk\nnone\n")
    listed = frames.Frames(str(tmp_path), split_list="list.txt")
    assert listed.keys() == ["walk", "none"]
    assert listed.weight("none") == 1
    with pytest.raises(InputError, match="none: cannot be read as a film's frames: ."):
        list(listed.read("none"))


def test_pictures_beside_the_folders_are_told_of(tmp_path):
    put_frames(tmp_path, [numbered(0)] * 2)
    put_frames(tmp_path / "walk", [numbered(0)])
    told = []
    reader = frames.Frames(str(tmp_path))
    assert reader.keys(lambda *bad: told.append(bad)) == ["walk"]
    assert [path for path, _ in told] == [str(tmp_path)]


def test_frames_are_cut_and_chosen_like_films(shots_of, tmp_path):
    grey = shots_of[0].mean(axis=-1, keepdims=True).repeat(3, axis=-1).astype("uint8")
    put_frames(
        tmp_path / "a",
        [*grey, *shots_of[1].repeat(2, axis=0), *shots_of[2]],
    )
    reader = frames.Frames(str(tmp_path), min_color=2.0, min_change=0.5)
    made, left_out, _ = read(reader, "a")
    assert [(c.start_frame, len(c.frames)) for c in made] == [(7, 7), (21, 7)]
    assert left_out == {"grey": 7, "duplicate": 7}


def test_no_clip_spans_a_picture_that_cannot_be_read(tmp_path):
    put_frames(tmp_path / "a", [numbered(i) for i in range(6)])
    (tmp_path / "a/00002.jpg").write_bytes(b"")
    (tmp_path / "a/00003.jpg").write_text("no picture")
    reader = frames.Frames(str(tmp_path), cut_threshold=0)
    made, _, error = read(reader, "a")
    assert indices(made) == [range(2), range(4, 6)]
    assert [number(f) for clip in made for f in clip.frames] == [0, 1, 4, 5]
    assert "00002.jpg: cannot be read as a picture: " in error and "1 more" in error


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
    folder = str(davis_folder)
    assert davis.Davis(folder).keys() == ["bear", "camel"]
    of_2016 = davis.Davis(folder, split_list="ImageSets/2016/train.txt")
    assert of_2016.keys() == ["bear"] and of_2016.weight("bear") == 5
    of_2017 = davis.Davis(folder, split_list="ImageSets/2017/train.txt")
    assert of_2017.keys() == ["camel", "swan"] and of_2017.weight("swan") == 1
    with pytest.raises(InputError, match="swan: cannot be read as a film's frames"):
        list(of_2017.read("swan"))
    with pytest.raises(InputError, match="JPEGImages/240p"):
        davis.Davis(folder, resolution="240p").keys()


def test_davis_frames_are_stored_as_they_are(davis_folder):
    # Whatever they show: the last are grey, repeated, and cut to from the others.
    sequence = davis_folder / "JPEGImages/480p/bear"
    for index in (3, 4):
        grey = np.full((96, 128, 3), 240, "uint8")
        (sequence / f"{index:05d}.jpg").write_bytes(records.encode_frame(grey))
    reader = davis.Davis(str(davis_folder), clip_length=4, stride=4)
    whole, rest = reader.read("bear")
    stored = [path.read_bytes() for path in sorted(sequence.glob("*.jpg"))]
    assert (*whole.frames, *rest.frames) == tuple(stored)
    assert (whole.frame_rate, rest.start_frame, whole.video_id) == (24.0, 4, "bear")


def test_readers_say_the_same_twice_and_survive_pickling(davis_folder, moving):
    folder = str(davis_folder)
    write_film(davis_folder / "pan.mp4", moving)
    for reader in (davis.Davis(folder), films.Films(folder), frames.Frames(folder)):
        again = pickle.loads(pickle.dumps(reader))
        assert reader.keys() == again.keys()
        key = reader.keys()[0]
        assert list(reader.read(key)) == list(again.read(key))

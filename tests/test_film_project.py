import contextlib
import os
import pathlib
from fractions import Fraction

import av
import made_films
import numpy as np
import pytest
from PIL import Image
from test_film_references import recall, remember, repeats

from colornet import cli
from colornet.errors import InputError, UsageError
from colornet.inference.colorizer import Colorizer
from colornet.inference.films import film
from colornet.inference.films.film_settings import FilmSettings
from colornet.serving import strokes
from colornet.serving.films import film_views, new_project, project_files
from colornet.serving.films.film_project import FilmProject

LENGTH = 12  # Frames of each of the two shots.
RATE = 25
SKIN = (190, 120, 100)


@pytest.fixture(scope="module")
def colorizer():
    plain = made_films.stand_in()
    guided = {"predict_hinted_ab": repeats, "remember": remember, "recall": recall}
    return Colorizer(plain._predict_ab, made_films.no_memory, plain.info, guided=guided)


def uploaded(folder, name="film.mp4"):
    """A grey film of two shots with sound, as it lies where uploads come to."""
    first = made_films.pictures(LENGTH)
    second = 255 - made_films.pictures(LENGTH)[:, ::-1, ::-1] * 0.6
    return made_films.write(
        folder / name,
        np.rint(np.concatenate([first, second])),
        times=range(2 * LENGTH),
        time_base=Fraction(1, RATE),
        options=made_films.LOSSLESS,
        sound="aac",
    )


@pytest.fixture
def root(tmp_path):
    return tmp_path / "films"


@pytest.fixture
def project(tmp_path, root, colorizer):
    made = new_project.create(root, uploaded(tmp_path), saturation=1.5)
    made.find_shots(colorizer)
    return made


def hints(opaque_from=0):
    rgba = np.zeros((made_films.HEIGHT, made_films.WIDTH, 4), np.uint8)
    rgba[:, opaque_from:] = (*SKIN, 255)
    return rgba


def spread(rgb):
    """How much colour a picture has."""
    return np.ptp(np.asarray(rgb).astype(int), axis=-1).mean()


def test_a_film_becomes_a_project_and_is_found_by_its_token_alone(
    tmp_path, root, project
):
    assert [p.name for p in tmp_path.iterdir()] == [root.name]
    assert FilmProject.open(root, project.token).source == project.source
    assert project.source.name == "film.mp4"
    assert project.shape == (made_films.HEIGHT, made_films.WIDTH)
    for token in ("", ".", "..", "film.mp4", f"../{root.name}", project.token[:-1]):
        with pytest.raises(InputError, match="no such film"):
            FilmProject.open(root, token)


def test_projects_know_nothing_of_each_other(tmp_path, root, project):
    other = new_project.create(root, uploaded(tmp_path), codec="ffv1")
    other.tell(Fraction(0), hints())
    assert other.token != project.token and not project.told()
    assert project.choices == {"saturation": 1.5}
    assert (other.target.suffix, project.target.suffix) == (".mkv", ".mp4")
    other.delete()
    assert os.listdir(root) == [project.token]


@pytest.mark.parametrize(
    "name, content, message",
    [
        ("empty.mp4", b"", "empty.mp4: .* an empty file"),
        ("text.mp4", b"It was a dark night.\n" * 99, "text.mp4: expected a film"),
        ("notes.txt", b"It was a dark night.\n" * 99, "notes.txt: expected a film"),
        ("list.mp4", b"ffconcat version 1.0\nfile film.mp4\n", "list.mp4: expected"),
        ("film.m3u8", None, "film.m3u8: expected a film"),
    ],
)
def test_what_is_no_film_leaves_nothing(tmp_path, root, name, content, message):
    if content is None:
        film = uploaded(tmp_path, "other.ts")
        content = f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:1,\n{film}\n".encode()
        content += b"#EXT-X-ENDLIST\n"
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=message) as caught:
        new_project.create(root, tmp_path / name)
    assert "\n" not in str(caught.value) and str(tmp_path) not in str(caught.value)
    assert not os.listdir(root) and not (tmp_path / name).exists()


def test_photographs_and_sound_are_no_films(tmp_path, root, photo):
    Image.fromarray(photo).save(tmp_path / "photo.png")
    with pytest.raises(InputError, match="photo.png: expected a film, got a photo"):
        new_project.create(root, tmp_path / "photo.png")
    sound = tmp_path / "sound.mp4"
    with av.open(str(sound), "w") as target:
        stream = target.add_stream("aac", rate=48000, layout="mono")
        for samples in made_films.tone(0.2):
            target.mux(stream.encode(samples))
        target.mux(stream.encode(None))
    with pytest.raises(InputError, match="sound.mp4: .* without a video stream"):
        new_project.create(root, sound)
    with pytest.raises(InputError, match="--saturation=5"):
        new_project.create(root, uploaded(tmp_path), saturation=5.0)
    assert not os.listdir(root)


def test_half_a_project_is_none(tmp_path, root, project, monkeypatch):
    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(project_files.shutil, "rmtree", lambda *_, **__: None)
    monkeypatch.setattr("colornet.serving.films.new_project.film_preview.check", killed)
    with pytest.raises(KeyboardInterrupt):
        new_project.create(root, uploaded(tmp_path))
    project.delete()
    monkeypatch.undo()
    assert len(os.listdir(root)) == 2 and not project_files.tokens(root)
    project_files.clear(root)
    assert not os.listdir(root)


@pytest.mark.parametrize(
    "name, kept",
    [
        ("Straße 1931 [b].mp4", "Straße 1931 [b].mp4"),
        ("%05d.mp4", "_05d.mp4"),
        ("..mp4", "film.mp4"),
        ("a\nb@3.mkv", "a_b_3.mkv"),
        ("電" * 200 + ".avi", "電" * 33 + ".avi"),
    ],
)
def test_names_are_kept_as_far_as_they_can_be(name, kept):
    assert new_project.own_name(name) == kept


def test_shots_are_those_that_the_command_finds(tmp_path, project, colorizer):
    listed = tmp_path / "shots.csv"
    settings = FilmSettings(shots=str(listed))
    film.colorize_film(
        colorizer, project.source, tmp_path / "out.mp4", settings=settings
    )
    assert (project.folder / "shots.csv").read_bytes() == listed.read_bytes()
    shots = project.shots()
    assert [(s.number, s.start, s.end) for s in shots] == [
        (1, 0, LENGTH - 1),
        (2, LENGTH, 2 * LENGTH - 1),
    ]
    assert [(s.start_time, s.end_time) for s in shots] == [(0, 0.48), (0.48, 0.96)]


def test_finding_shots_tells_how_far_it_is_and_can_be_left(tmp_path, root, colorizer):
    project = new_project.create(root, uploaded(tmp_path))
    seen = []

    def show(done, expected):
        seen.append((done, expected))
        if done == 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        project.find_shots(colorizer, show)
    assert not project.shots()
    assert seen == [(n, 2 * LENGTH) for n in range(1, 21)]
    project.find_shots(colorizer)
    project.find_shots(None)  # They are found.
    assert len(project.shots()) == 2


def test_choices_for_a_shot(project):
    project.set_shot(2, saturation=0.5, skip=True)
    shot = project.shots()[1]
    assert (shot.saturation, shot.skip, shot.start_time) == (0.5, True, 0.48)
    before = (project.folder / "shots.csv").read_bytes()
    with pytest.raises(InputError, match="column saturation: expected a number from 0"):
        project.set_shot(1, saturation=9.0)
    assert (project.folder / "shots.csv").read_bytes() == before


def test_what_is_chosen_for_the_film(project):
    project.choose(codec="ffv1", keep_tint=True)
    assert project.settings.saturation == 1.5 and project.settings.keep_tint
    with pytest.raises(UsageError, match="--saturation=9"):
        project.choose(saturation=9)
    assert project.choices["saturation"] == 1.5


def test_thumbnails_are_the_middle_frames_and_made_once(project, monkeypatch):
    def level(picture):
        return picture.mean(axis=-1)

    stills = made_films.frames(project.source)
    for number, at in ((1, 5), (2, LENGTH + 5)):
        small = film_views.thumbnail(project, number)
        assert small.shape == (48, 64, 3)
        expected = stills[at].to_ndarray(format="rgb24")
        assert abs(level(small) - level(expected)).mean() < 6
    monkeypatch.setattr(film_views, "FilmStills", None)
    film_views.thumbnail(project, 1)


def test_one_frame_for_the_canvas(project):
    grey, time = film_views.frame(project, 0.51)
    assert time == Fraction(13, RATE)
    assert grey.shape == project.shape and grey.dtype == np.uint8
    expected = made_films.frames(project.source)[13].to_ndarray(format="gray")
    assert abs(grey.astype(int) - expected).mean() < 4  # The film has a tint.


def test_telling_a_frame_again_replaces_and_nothing_takes_it_away(project):
    time = Fraction(7, 30)  # More digits than a name has.
    project.tell(time, hints(10))
    project.tell(time, hints(32))
    project.tell(Fraction(3, 5), hints())
    first, second = project.told()
    assert (first.time, second.time) == (Fraction("0.233"), Fraction("0.6"))
    np.testing.assert_array_equal(np.asarray(Image.open(first.path)), hints(32))
    project.tell(time, np.zeros_like(hints()))
    assert project.told() == [second]


def test_strokes_are_kept_with_what_they_tell(project):
    stroke = {"tool": "point", "color": "#be7864", "width": 9, "path": [[20, 20]]}
    told = strokes.drawn([stroke], project.shape)
    project.tell(Fraction(0), told, [stroke])
    drawing, _ = strokes.read(project.told()[0].path, project.shape)
    assert drawing == strokes.checked([stroke])


def test_a_picture_from_elsewhere_counts_for_its_shot_alone(tmp_path, project):
    colored = np.full((30, 20, 3), SKIN, np.uint8)
    for name in ("aunt@3|old.png", "uncle.png"):
        Image.fromarray(colored).save(tmp_path / name)
        project.add_picture(2, tmp_path / name)
    told = project.settings.references
    assert [one.shot for one in told] == [2, 2]
    for one in told:
        assert not one.is_frame
        assert (np.asarray(Image.open(one.path)) == SKIN).all()
    Image.fromarray(colored[..., 0]).save(tmp_path / "grey.png")
    with pytest.raises(InputError, match=r"^grey\.png: has no colour to tell"):
        project.add_picture(1, tmp_path / "grey.png")
    assert project.settings.references == told
    project.set_shot(2, reference="")
    assert not project.settings.references


def test_hints_of_another_size_are_refused(project):
    for wrong in (hints()[:-1], hints()[..., :3], hints().astype(float)):
        with pytest.raises(InputError, match="film.mp4: expected hints as large as"):
            project.tell(Fraction(0), wrong)
    assert not project.told()


def test_nothing_changes_while_a_film_is_coloured(project):
    for name in ("waiting", "running"):
        project.set_state(name)
        for change in (
            lambda: project.tell(Fraction(0), hints()),
            lambda: project.choose(saturation=1.0),
            lambda: project.set_shot(1, skip=True),
        ):
            with pytest.raises(InputError, match="film.mp4: is being coloured"):
                change()
    project.set_state("cancelled")
    project.tell(Fraction(0), hints())


def test_a_preview_follows_what_is_told_of_its_shot(project, colorizer):
    project.choose(saturation=1.0)
    project.tell(Fraction(15, RATE), hints())
    seen = film_views.preview(colorizer, project, 2, count=4)
    assert [time for time, _ in seen] == [Fraction(n, RATE) for n in (13, 16, 19, 22)]
    assert all(spread(rgb) > 20 for _, rgb in seen)
    first = film_views.preview(colorizer, project, 1, count=100, side=32)
    assert [time for time, _ in first] == [Fraction(n, RATE) for n in range(LENGTH)]
    assert {rgb.shape for _, rgb in first} == {(24, 32, 3)}


def test_pictures_stand_upright(tmp_path, root, colorizer):
    upright = new_project.create(root, uploaded(tmp_path))
    turned = tmp_path / "turned.mp4"
    with av.open(str(upright.source)) as plain, av.open(str(turned), "w") as film_file:
        source = plain.streams.video[0]
        video = film_file.add_stream_from_template(source)
        video.set_display_rotation(90)
        for packet in plain.demux(source):
            if packet.size:
                packet.stream = video
                film_file.mux(packet)
    project = new_project.create(root, turned)
    project.find_shots(colorizer)
    assert project.shape == upright.shape[::-1]
    grey, time = film_views.frame(project, 0.2)
    plain_grey, _ = film_views.frame(upright, 0.2)
    np.testing.assert_array_equal(grey, np.rot90(plain_grey))
    told = np.zeros((*project.shape, 4), np.uint8)
    told[:32] = (*SKIN, 255)
    project.tell(time, told)
    for _, rgb in film_views.preview(colorizer, project, 1, 2, side=32):
        assert rgb.shape == (32, 24, 3)
        assert spread(rgb[:14]) > 20 > spread(rgb[18:])


def test_a_preview_of_all_frames_shows_the_film(tmp_path, project, colorizer):
    project.set_shot(1, saturation=0.5)
    target = tmp_path / "out.mkv"
    project.choose(codec="ffv1")
    film.colorize_film(colorizer, project.source, target, settings=project.settings)
    made = [f.to_ndarray(format="rgb24") for f in made_films.frames(target)]
    for number in (1, 2):
        seen = film_views.preview(colorizer, project, number, LENGTH)
        part = made[(number - 1) * LENGTH : number * LENGTH]
        for (_, rgb), frame in zip(seen, part, strict=True):
            assert abs(rgb.astype(int) - frame).max() <= 2


def test_the_command_makes_the_same_film(project, colorizer, monkeypatch):
    project.set_shot(2, saturation=0.5)
    project.tell(Fraction(3, RATE), hints(32))
    settings = project.settings
    film.colorize_film(colorizer, project.source, project.target, settings=settings)
    made = project.target.read_bytes()
    project.target.unlink()
    command = project.command(model="default")
    assert command[:3] == ["colornet", "colorize", "source/film.mp4"]
    assert "--reference=references/00000.120.png@00000.120" in command
    monkeypatch.setattr(Colorizer, "load", lambda *_, **__: colorizer)
    with contextlib.chdir(project.folder):
        assert cli.main(command[1:]) == 0
    assert project.target.read_bytes() == made
    assert pathlib.Path(project.folder, "film-coloured.mp4") == project.target

import av
import made_films
import pytest

from colornet.errors import InputError, UsageError
from colornet.inference.colorizer import Colorizer
from colornet.inference.film_writing import film_target
from colornet.inference.films import film


@pytest.fixture(scope="module")
def colorizer():
    return made_films.stand_in()


def _zero_bytes(folder):
    (folder / "in.mp4").touch()


def _text(folder):
    (folder / "in.mp4").write_text("no film at all\n" * 50)


def _cut_off_before_its_index(folder):
    path = made_films.write(folder / "in.mp4", made_films.pictures(4))
    path.write_bytes(path.read_bytes()[:600])


def _sound_only(folder):
    with av.open(str(folder / "in.mp4"), "w") as target:
        audio = target.add_stream("aac", rate=48000, layout="mono")
        for samples in made_films.tone(0.2):
            target.mux(audio.encode(samples))
        target.mux(audio.encode(None))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (_zero_bytes, "in.mp4: expected a film, got an empty file"),
        (_text, "in.mp4: expected a film"),
        (_cut_off_before_its_index, "in.mp4: expected a film"),
        (_sound_only, "without a video stream .its streams: audio"),
        (lambda folder: None, "in.mp4: expected a film .* no such file"),
    ],
)
def test_what_is_no_film_is_refused(tmp_path, colorizer, make, words):
    make(tmp_path)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(InputError, match=words) as caught:
        film.colorize_film(colorizer, tmp_path / "in.mp4", tmp_path / "out.mp4")
    assert "\n" not in str(caught.value)
    assert sorted(tmp_path.iterdir()) == before


def test_targets_that_cannot_be_are_refused(tmp_path, colorizer):
    source = made_films.write(tmp_path / "in.mp4", made_films.pictures(2))
    content = source.read_bytes()
    with pytest.raises(
        UsageError, match=r"one of \.mp4, .*, got \.avi; out\.mkv would do"
    ):
        film.colorize_film(colorizer, source, tmp_path / "out.avi")
    with pytest.raises(UsageError, match="the output is the input"):
        film.colorize_film(colorizer, source, tmp_path / "." / "in.mp4")
    with pytest.raises(InputError, match="cannot be written"):
        film.colorize_film(colorizer, source, tmp_path / "none" / "out.mp4")
    assert source.read_bytes() == content
    assert list(tmp_path.iterdir()) == [source]


def test_a_link_leads_to_where_the_film_is_written(tmp_path, colorizer):
    source = made_films.write(tmp_path / "in.mp4", made_films.pictures(2))
    (tmp_path / "disk").mkdir()
    link, there = tmp_path / "out.mp4", tmp_path / "disk" / "reel.mp4"
    link.symlink_to(there)
    for _ in range(2):  # To a name that is free, and to one that is taken.
        film.colorize_film(colorizer, source, link)
        assert link.is_symlink() and len(made_films.frames(there)) == 2
        assert list(there.parent.iterdir()) == [there]
        there.write_bytes(b"older")
    there.unlink()
    there.parent.rmdir()
    with pytest.raises(InputError, match="out.mp4: cannot be written"):
        film.colorize_film(colorizer, source, link)


def test_what_a_codec_cannot_do_is_not_put_down_to_the_disk(
    tmp_path, colorizer, monkeypatch
):
    source = made_films.write(tmp_path / "in.mp4", made_films.pictures(2))

    def refuse(*_):
        raise av.error.InvalidDataError(22, "Invalid argument")

    monkeypatch.setattr(film_target.FilmTarget, "write", refuse)
    with pytest.raises(InputError, match="Invalid argument; try another --codec"):
        film.colorize_film(colorizer, source, tmp_path / "out.mp4")


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_nothing_is_left_of_a_film_that_is_broken_off(tmp_path, colorizer, error):
    source = made_films.write(tmp_path / "in.mp4", made_films.pictures(20), sound="aac")

    def stop(at):
        if at.done > 8:
            raise error

    with pytest.raises(error):
        film.colorize_film(colorizer, source, tmp_path / "out.mp4", progress=stop)
    assert list(tmp_path.iterdir()) == [source]


def test_a_network_that_fails_is_heard_of(tmp_path, colorizer):
    def broken(**_):
        raise ArithmeticError("no colours today")

    source = made_films.write(tmp_path / "in.mp4", made_films.pictures(3))
    with pytest.raises(ArithmeticError, match="today"):
        film.colorize_film(
            Colorizer(broken, made_films.no_memory, colorizer.info),
            source,
            tmp_path / "out.mp4",
        )
    assert list(tmp_path.iterdir()) == [source]

"""What holds of every system that is fitted without gradients through a network's loss.

They learn a colour that goes with texture, keep lightness, and give the same twice.
"""

import numpy as np
import pytest
import tinted_textures
from PIL import Image

from colornet import cli
from colornet.baselines import cheng2015, deshpande2015, registry, small_pictures
from colornet.color import spaces
from colornet.errors import InputError, UsageError
from colornet.evaluation import metrics, scoring

SYSTEMS = [cheng2015.Cheng2015, deshpande2015.Deshpande2015]


def fitted(system, rows=range(0, 396, 44)):
    pytest.importorskip("sklearn", reason="needs pip install 'colornet[benchmark]'")
    made = system()
    made.fit(tinted_textures.crops(rows))
    return made


@pytest.fixture(scope="module", params=SYSTEMS, ids=lambda system: system.__name__)
def system(request):
    return fitted(request.param)


def test_a_colour_that_goes_with_texture_is_learned(system):
    grey_score, score = metrics.Score(), metrics.Score()
    for true in tinted_textures.crops([460]):
        grey = scoring.grey_of(true)
        grey_score.add(true, np.repeat(grey[..., None], 3, axis=-1))
        score.add(true, system.colorize(grey))
    grey_error, error = (s.result()["ab_rmse"] for s in (grey_score, score))
    assert error < 0.5 * grey_error


@pytest.mark.parametrize("size", [(1, 1), (5, 37), (131, 200)])
def test_any_size_is_coloured_and_keeps_its_lightness(system, size):
    grey = np.random.default_rng(1).integers(256, size=size, dtype="uint8")
    colored = system.colorize(grey)
    assert colored.shape == (*size, 3) and colored.dtype == np.uint8
    lightness = np.asarray(spaces.srgb_to_lab(colored.astype("float32") / 255))[..., 0]
    expected = np.asarray(spaces.grey_to_lightness(grey.astype("float32") / 255))
    # Rounding to 8 bits moves dark colours most.
    np.testing.assert_allclose(lightness, expected, atol=0.6)


def test_a_saved_system_colours_alike(system, tmp_path):
    (true, _) = tinted_textures.crops([430])
    path = tmp_path / "fitted"
    system.save(path)
    loaded = type(system).load(path)
    grey = scoring.grey_of(true)
    np.testing.assert_array_equal(loaded.colorize(grey), system.colorize(grey))
    assert [file.name for file in tmp_path.iterdir()] == ["fitted"]


def test_one_seed_gives_one_system(system):
    grey = scoring.grey_of(next(tinted_textures.crops([430])))
    first, second = (fitted(type(system), rows=(0, 60)) for _ in range(2))
    np.testing.assert_array_equal(first.colorize(grey), second.colorize(grey))


def test_a_file_of_another_system_or_of_none_is_refused(system, tmp_path):
    path = tmp_path / "fitted.npz"
    system.save(path)
    (other,) = set(SYSTEMS) - {type(system)}
    with pytest.raises(InputError, match=r"fitted\.npz: must hold a fitted"):
        other.load(path)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(InputError, match="cannot be read as one"):
        type(system).load(path)
    np.savez(path, system=np.array([{}], dtype=object))
    with pytest.raises(InputError, match="cannot be read as one"):
        type(system).load(path)


@pytest.mark.parametrize("name", registry.FITTED)
def test_the_commands_fit_and_score_it(name, tmp_path, capsys):
    pytest.importorskip("sklearn", reason="needs pip install 'colornet[benchmark]'")
    pictures = np.stack([*tinted_textures.crops(range(0, 396, 66))])
    np.save(tmp_path / "photos.npy", pictures[:, None, :64, :64])
    run = tmp_path / "run"
    arguments = ["train", f"--system={name}", f"--arrays={tmp_path / 'photos.npy'}"]
    arguments += ["--crop=64", "--epochs=1", "--steps_per_epoch=3", "--warmup_steps=0"]
    arguments += ["--photos_per_step=4", "--encoder_weights=none", f"--workdir={run}"]
    for said in ("", "it is fitted already"):
        assert cli.main(arguments) == 0
        assert said in capsys.readouterr().out
    (tmp_path / "in").mkdir()
    Image.fromarray(pictures[0]).save(tmp_path / "in" / "a.png")
    arguments = ["evaluate", f"--workdir={run}", f"--input={tmp_path / 'in'}"]
    assert cli.main(arguments) == 0
    assert f"| {name} |" in capsys.readouterr().out
    assert cli.main([*arguments, "--network_size=32"]) == 2
    assert "--network_size is of no use" in capsys.readouterr().err


@pytest.mark.parametrize("system", SYSTEMS)
def test_nothing_to_fit_to_is_said_in_one_line(system):
    pytest.importorskip("sklearn", reason="needs pip install 'colornet[benchmark]'")
    with pytest.raises(UsageError, match="picture"):
        system().fit(iter([]))


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_missing_scikit_learn_is_named_with_its_cure(system, monkeypatch):
    for name in ("sklearn", "sklearn.cluster", "sklearn.ensemble"):
        monkeypatch.setitem(__import__("sys").modules, name, None)
    with pytest.raises(UsageError, match=r"colornet\[benchmark\]"):
        system().fit(tinted_textures.crops([0]))


def test_an_even_choice_of_pictures_is_kept_and_the_rest_forgotten():
    pictures = [np.full((2, 2, 3), number, "uint8") for number in range(60)]
    counts = np.zeros(60)
    for seed in range(400):
        chosen = small_pictures.choose(iter(pictures), 15, seed)
        assert len(chosen) == 15
        counts[[picture[0, 0, 0] for picture in chosen]] += 1
    assert counts.sum() == 400 * 15
    # A quarter of 400 draws, give or take 5 standard deviations of a binomial.
    assert abs(counts - 100).max() < 5 * np.sqrt(400 * 0.25 * 0.75)
    few = small_pictures.choose(iter(pictures[:5]), 15, 0)
    np.testing.assert_array_equal(few, pictures[:5])


def test_pictures_are_reduced_to_one_short_side_and_never_enlarged():
    assert small_pictures.reduce(np.zeros((256, 700, 3), "uint8")).shape == (
        128,
        350,
        3,
    )
    assert small_pictures.reduce(np.zeros((300, 256), "uint8")).shape == (150, 128)
    assert small_pictures.reduce(np.zeros((20, 700), "uint8")).shape == (20, 700)

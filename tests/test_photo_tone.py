import numpy as np
import pytest
import warm_colorizer
from PIL import Image
from skimage import data

from colornet.color import samples
from colornet.errors import UsageError
from colornet.inference.photos import photo_settings, photo_tone, still


def _toned(photo, white, strength=1.0):
    """A grey copy whose white has that colour, more of it where it is lighter."""
    grey = photo.mean(axis=-1, keepdims=True) / 255
    tone = 1 - grey * (1 - np.float64(white) / 255) * strength
    return np.uint8(np.clip(grey * tone * 255, 0, 255))


SEPIA = (255, 225, 170)


def test_kinds_of_photographs():
    for picture in (data.astronaut(), data.coffee(), data.chelsea()):
        kinds = {
            photo_tone.kind_of(samples.spread_pixels(made))
            for made in (picture, data.rocket())
        }
        assert kinds == {photo_tone.COLORED}
        grey = np.repeat(picture.mean(axis=-1, keepdims=True).astype(np.uint8), 3, -1)
        assert photo_tone.kind_of(samples.spread_pixels(grey)) == photo_tone.GREY
        sepia = samples.spread_pixels(_toned(picture, SEPIA))
        assert photo_tone.kind_of(sepia) == photo_tone.TONED


def test_a_print_that_faded_unevenly_is_toned():
    height, width = data.astronaut().shape[:2]
    uneven = np.linspace(0.75, 1.25, width)[None, :, None]
    faded = samples.spread_pixels(_toned(data.astronaut(), SEPIA, uneven))
    assert samples.unexplained_chroma(faded) > 1
    assert photo_tone.kind_of(faded) == photo_tone.TONED


@pytest.mark.parametrize(
    "settings, kinds",
    [
        ({}, {"colour", "sepia", "grey"}),
        ({"skip_colored": True}, {"sepia", "grey"}),
        ({"keep_tint": True}, {"colour", "grey"}),
        ({"skip_colored": True, "keep_tint": True}, {"grey"}),
    ],
)
def test_what_is_to_be_left_is_not_written(tmp_path, settings, kinds):
    picture = data.astronaut()[::4, ::4]
    grey = picture.mean(axis=-1).astype(np.uint8)
    made = {"colour": picture, "sepia": _toned(picture, SEPIA), "grey": grey}
    wanted = photo_settings.PhotoSettings(**settings)
    for kind, pixels in made.items():
        source, target = tmp_path / f"{kind}.png", tmp_path / f"{kind}-out.png"
        Image.fromarray(pixels).save(source)
        reason = still.colorize_still(warm_colorizer.made(), source, target, wanted)
        assert bool(reason) == (kind not in kinds) == (not target.exists())


def test_a_tone_is_taken_away_before_the_network_sees_it(tmp_path):
    """The sepia picture comes out as its grey of the same L* does."""
    sepia = _toned(data.astronaut()[::4, ::4], SEPIA)
    Image.fromarray(sepia).save(tmp_path / "sepia.png")
    target = warm_colorizer.colored(tmp_path, "sepia.png", ab=(0.0, 0.0))
    with Image.open(target) as image:
        grey = np.asarray(image)
    assert np.ptp(grey.astype(int), axis=-1).max() <= 1
    before, after = (samples.lab(p.reshape(-1, 3))[:, 0] for p in (sepia, grey))
    assert np.abs(before - after).max() < 0.5


@pytest.mark.parametrize("wrong", ["3", "3,4,5", "a,b", "-1,3"])
def test_a_point_is_two_numbers(wrong):
    with pytest.raises(UsageError, match="expected X,Y"):
        photo_settings.parse_point(wrong)
    assert photo_settings.parse_point("12,80") == (12, 80)
    assert photo_settings.parse_point("") is None

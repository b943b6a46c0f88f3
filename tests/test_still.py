import functools
import io

import numpy as np
import pytest
import warm_colorizer
from PIL import Image, ImageCms

from colornet.color import spaces
from colornet.errors import InputError, UsageError
from colornet.inference.photos import still

ENDINGS = [".jpg", ".png", ".webp", ".tif"]


@pytest.fixture(scope="module")
def colorizer():
    return warm_colorizer.made()


@pytest.fixture
def colored(colorizer, tmp_path):
    """Saves a picture, colours the file, and opens what came out."""

    def color(image, ending=".png", to=None, **save):
        source, target = tmp_path / f"in{ending}", tmp_path / f"out{to or ending}"
        image.save(source, **save)
        still.colorize_still(colorizer, source, target)
        assert not list(tmp_path.glob(".*")), "an unfinished file is left"
        result = Image.open(target)
        result.load()
        return result

    return color


def _lightness(image):
    rgb = np.asarray(image.convert("RGB"), np.float32) / 255
    return np.asarray(spaces.srgb_to_lab(rgb))[..., 0]


def _redness(image):
    rgb = np.asarray(image.convert("RGB")).astype(int)
    return (rgb[..., 0] - rgb[..., 2]).mean()


@pytest.mark.parametrize("mode", ["L", "RGB", "P", "1", "LA", "RGBA"])
def test_lightness_and_size_stay_and_colour_comes(colored, photo, mode):
    image = Image.fromarray(photo).convert(mode)
    result = colored(image)
    assert result.size == image.size and result.mode[:3] == "RGB"
    expected = _lightness(image)
    bright = expected > 10  # Below, one level of one channel is much of L*.
    assert np.abs(_lightness(result) - expected)[bright].max() < 0.6
    assert mode == "1" or _redness(result) > 10


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_ending(colored, photo, ending):
    image = Image.fromarray(photo).convert("L")
    result = colored(image, ending)
    assert result.size == image.size and _redness(result) > 10
    assert np.abs(_lightness(result) - _lightness(image)).mean() < 2  # By JPEG.


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (40, 1), (3, 2)])
def test_the_smallest_pictures(colored, size):
    assert colored(Image.new("L", size, 128)).size == size


def test_jpeg_keeps_colour_at_full_size(colored, photo):
    result = colored(Image.fromarray(photo), ".jpg")
    assert {sampling[1:3] for sampling in result.layer} == {(1, 1)}  # 4:4:4.


@pytest.mark.parametrize("ending", [".png", ".webp", ".tif"])
@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_alpha_is_kept_exactly(colored, photo, ending, mode):
    alpha = np.arange(128 * 160).reshape(128, 160).astype(np.uint8)
    image = Image.fromarray(photo).convert(mode)
    image.putalpha(Image.fromarray(alpha))
    save = {"exact": True, "lossless": True} if ending == ".webp" else {}
    result = colored(image, ending, **save)
    np.testing.assert_array_equal(np.asarray(result.getchannel("A")), alpha)


def test_alpha_and_jpeg(colored, photo):
    image = Image.fromarray(photo).convert("RGBA")
    assert colored(image, ".png", to=".jpg").mode == "RGB"  # It was opaque.
    image.putalpha(100)
    with pytest.raises(InputError, match=r"transparent .* write a \.png"):
        colored(image, ".png", to=".jpg")


def test_transparent_palette_colour_becomes_alpha(colored, photo):
    image = Image.fromarray(photo).convert("P")
    result = colored(image, ".png", transparency=3)
    opaque = np.asarray(result.getchannel("A")) == 255
    np.testing.assert_array_equal(opaque, np.asarray(image) != 3)


def test_float_and_32_bit_tiff(colored, photo):
    grey = np.asarray(Image.fromarray(photo).convert("L"))
    expected = np.asarray(colored(Image.fromarray(grey))).astype(int)
    for values in (grey.astype(np.float32) / 255, grey.astype(np.int32) * 257):
        result = np.asarray(colored(Image.fromarray(values), ".tif", to=".bmp"))
        assert np.abs(result - expected).max() <= 1


def test_a_tiff_s_storage_is_not_handed_on(colored, photo):
    """Tags of the source's compression and strips would contradict the new pixels."""
    image = Image.fromarray(photo).convert("L")
    result = colored(image, ".tif", compression="tiff_deflate", tiffinfo={315: "Me"})
    assert result.getexif()[315] == "Me"
    assert result.tag_v2[262] == 2 and result.tag_v2[277] == 3  # RGB, three samples.
    assert (
        colored(image, ".tif", to=".jpg", tiffinfo={315: "Me"}).getexif()[315] == "Me"
    )


@functools.cache  # It tells the second in which it was made.
def _profile(name):
    return ImageCms.ImageCmsProfile(ImageCms.createProfile(name)).tobytes()


def test_srgb_profile_changes_nothing_and_stays(colored, photo):
    image = Image.fromarray(photo)
    tagged = colored(image, ".png", icc_profile=_profile("sRGB"))
    assert tagged.info["icc_profile"] == _profile("sRGB")
    np.testing.assert_array_equal(np.asarray(tagged), np.asarray(colored(image)))


def test_damaged_or_unfit_profile_is_passed_over(colored, photo):
    plain = np.asarray(colored(Image.fromarray(photo)))
    for data in (b"no profile", _profile("LAB")):
        tagged = colored(Image.fromarray(photo), ".png", icc_profile=data)
        np.testing.assert_array_equal(np.asarray(tagged), plain)


def test_the_grey_of_a_colour_has_its_lightness(tmp_path, photo):
    Image.fromarray(photo).save(tmp_path / "in.png")
    grey = still.photo.read_photo(tmp_path / "in.png").grey
    assert grey.dtype == np.uint16
    lightness = np.asarray(spaces.grey_to_lightness(grey / np.float32(65535)))
    np.testing.assert_allclose(lightness, _lightness(Image.fromarray(photo)), atol=0.02)
    neutral = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=-1)
    Image.fromarray(neutral).save(tmp_path / "in.png")
    grey = still.photo.read_photo(tmp_path / "in.png").grey
    np.testing.assert_array_equal(grey[0], np.arange(256) * 257)


class TestRefused:
    def _refuse(self, colorizer, source, target, error, message):
        before = {p: p.read_bytes() for p in source.parent.rglob("*") if p.is_file()}
        with pytest.raises(error, match=message) as info:
            still.colorize_still(colorizer, source, target)
        assert "\n" not in str(info.value)
        after = {p: p.read_bytes() for p in source.parent.rglob("*") if p.is_file()}
        assert after == before, "something was written"

    @pytest.mark.parametrize(
        "content, message",
        [(b"some text", "not a picture"), (b"", "is empty"), (None, "no such file")],
    )
    def test_no_picture(self, colorizer, tmp_path, content, message):
        source = tmp_path / "in.jpg"
        if content is not None:
            source.write_bytes(content)
        target = tmp_path / "out.jpg"
        self._refuse(colorizer, source, target, InputError, f"in.jpg: .*{message}")

    @pytest.mark.parametrize("ending", ENDINGS)
    def test_truncated(self, colorizer, tmp_path, photo, ending):
        whole = io.BytesIO()
        kind = {".jpg": "JPEG", ".tif": "TIFF"}.get(ending, ending[1:])
        Image.fromarray(photo).save(whole, kind)
        source = tmp_path / f"in{ending}"
        source.write_bytes(whole.getvalue()[: whole.tell() * 2 // 3])
        target = tmp_path / "out.png"
        self._refuse(
            colorizer, source, target, InputError, "truncated or damaged|not a"
        )

    @pytest.mark.parametrize("ending", [".gif", ".webp", ".png"])
    def test_animations(self, colorizer, tmp_path, photo, ending):
        frames = [Image.fromarray(np.roll(photo, 9 * i, 1)) for i in range(3)]
        source = tmp_path / f"in{ending}"
        frames[0].save(source, save_all=True, append_images=frames[1:])
        target = tmp_path / "out.png"
        message = "frames where one picture|an animation where one"
        self._refuse(colorizer, source, target, InputError, message)

    def test_cmyk_without_a_profile(self, colorizer, tmp_path, photo):
        Image.fromarray(photo).convert("CMYK").save(tmp_path / "in.jpg")
        source, target = tmp_path / "in.jpg", tmp_path / "out.jpg"
        message = "in.jpg: CMYK without a profile"
        self._refuse(colorizer, source, target, InputError, message)

    def test_pages_that_the_target_has_no_place_for(self, colorizer, tmp_path, photo):
        page = Image.fromarray(photo)
        page.save(tmp_path / "in.tif", save_all=True, append_images=[page, page])
        source, target = tmp_path / "in.tif", tmp_path / "out.png"
        message = r"out.png: .*several pages.* write a \.tif"
        self._refuse(colorizer, source, target, InputError, message)

    def test_target(self, colorizer, tmp_path, photo):
        source = tmp_path / "in.png"
        Image.fromarray(photo).save(source)
        link = tmp_path / "link.png"
        link.symlink_to(source)
        for target, error, message in [
            (source, UsageError, "the output is the input"),
            (link, UsageError, "the output is the input"),
            (tmp_path / "out.gif", UsageError, r"ending must be one of .*\.png"),
            (tmp_path / "out", UsageError, "ending"),
            (tmp_path / "none" / "out.png", InputError, "cannot be written"),
        ]:
            self._refuse(colorizer, source, target, error, message)

    def test_failing_colorizer_leaves_nothing(self, colorizer, tmp_path, photo):
        source, target = tmp_path / "in.png", tmp_path / "out.png"
        Image.fromarray(photo).save(source)
        target.write_bytes(b"an earlier result")

        class Failing:
            info = colorizer.info

            def __call__(self, *_, **__):
                raise MemoryError

        with pytest.raises(MemoryError):
            still.colorize_still(Failing(), source, target)
        assert target.read_bytes() == b"an earlier result"
        assert len(list(tmp_path.iterdir())) == 2

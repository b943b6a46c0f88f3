"""The page in a real browser, as a visitor uses it."""

import base64
import io
import os
import pathlib
import re
import shutil
import subprocess
import sys

import av
import numpy as np
import pytest
import skimage.data
from PIL import Image

from colornet.inference import hint_pictures
from colornet.inference.colorizer import Colorizer
from colornet.inference.photos import photo_settings, still

_BROWSERS = "chromium", "chromium-browser", "google-chrome"
CHROMIUM = next(filter(None, map(shutil.which, _BROWSERS)), None)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not CHROMIUM,
        reason="needs Chromium or Google Chrome on the PATH: apt install chromium",
    ),
    # A browser that is closed leaves sockets to the collector of garbage.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
# A folder to write README's pictures of the page to, where it is given.
SCREENSHOTS = os.environ.get("COLORNET_SCREENSHOTS")


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """The address of a page that is being served, and where its files lie."""
    pytest.importorskip("gradio", reason="needs pip install 'colornet[web]'")
    folder = tmp_path_factory.mktemp("served")
    command = [sys.executable, "-m", "colornet.cli", "serve", "--port=0"]
    command += ["--max_megapixels=200", f"--films={folder / 'films'}"]
    said = open(folder / "said", "w+")
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=said,
        text=True,
        env={**os.environ, "TMPDIR": str(folder)},
    )
    line = process.stdout.readline()
    found = re.search(r"http://127\.0\.0\.1:\d+/", line)
    assert found, f"{line}{(folder / 'said').read_text()}"
    yield found[0], folder
    process.terminate()
    process.communicate()
    said.close()


@pytest.fixture(scope="module")
def browser():
    api = pytest.importorskip("playwright.sync_api", reason="needs Playwright")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"]
        )
        yield browser
        browser.close()


@pytest.fixture
def visit(browser, served):
    """Opens the page anew, each time as another visitor; asks for nothing outside."""
    contexts, asked = [], []

    def open_page(**way):
        context = browser.new_context(viewport={"width": 1280, "height": 900}, **way)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("request", lambda request: asked.append(request.url))
        page.goto(served[0])
        page.wait_for_selector("#photo-upload input[type=file]", state="attached")
        return page

    yield open_page
    for context in contexts:
        context.close()
    own = served[0], "data:", "blob:"
    assert asked and not [url for url in asked if not url.startswith(own)]


@pytest.fixture(scope="module")
def grey(tmp_path_factory):
    """A grey photograph in a file."""
    path = tmp_path_factory.mktemp("photographs") / "old.png"
    Image.fromarray(skimage.data.astronaut()).convert("L").save(path)
    return path


def bring(page, path, where="photo-upload"):
    page.set_input_files(f"#{where} input[type=file]", path)


def source(page, easel="photo-easel"):
    """The picture in colour, as the page has it."""
    return page.locator(f"#{easel} .after").get_attribute("src") or ""


def opened(page, path, where="photo"):
    bring(page, path, f"{where}-upload")
    return changed(page, "", f"{where}-easel")


def changed(page, before, easel="photo-easel"):
    page.wait_for_function(
        "([before, easel]) => {"
        " const after = document.querySelector(`#${easel} .after`);"
        " return after?.src.startsWith('data:') && after.src !== before"
        " && !after.closest('.busy') }",
        arg=[before, easel],
    )
    return source(page, easel)


def second_offered(page, before):
    """The second of the other colourings, once it is not what it was before."""
    return page.wait_for_function(
        "before => {"
        " const second = document.querySelectorAll('#photo-offered button img')[1];"
        " return second?.src !== before && second?.src }",
        arg=before,
    ).json_value()


def click(page, x, y, easel="photo-easel"):
    """Clicks the canvas at shares of its width and height."""
    stage = page.locator(f"#{easel} .stage")
    box = stage.bounding_box()
    stage.click(position={"x": x * box["width"], "y": y * box["height"]})


def saved(page, button, folder):
    with page.expect_download() as download:
        page.click(f"#{button}")
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def wait_for_words(page, words):
    """Waits until the page says so of a film."""
    page.locator("#film-progress").get_by_text(words).wait_for()


def draw_page(page, name):
    """Draws the whole page for README."""
    path = pathlib.Path(SCREENSHOTS) / name
    page.screenshot(path=path, full_page=True, type="jpeg", quality=80)


def refused(page):
    """The line that the page says."""
    line = page.get_by_test_id("toast-text").last
    line.wait_for()
    return line.inner_text()


def pixels(url):
    data = base64.b64decode(url.split(",")[1])
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)


def test_a_photograph_is_coloured_told_of_and_saved(visit, grey, tmp_path):
    page = visit()
    first = opened(page, grey)
    assert np.ptp(pixels(first), axis=-1).mean() > 3
    page.locator("#photo-easel .color").fill("#d4701c")
    click(page, 0.32, 0.8)
    orange = changed(page, first)
    suggestions = page.locator("#photo-easel .palette button")
    assert suggestions.count() > 2
    if SCREENSHOTS:
        draw_page(page, "page_photo.jpg")
    suggestions.first.click()
    likely = changed(page, orange)
    page.get_by_role("button", name="Undo").click()
    assert changed(page, likely) == first
    page.get_by_role("button", name="Redo").click()
    assert changed(page, first) == likely
    # By keyboard alone: a point in the middle.
    page.locator("#photo-easel .stage").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    by_key = changed(page, likely)
    page.keyboard.press("Control+z")
    assert changed(page, by_key) == likely

    vivid = np.roll(skimage.data.astronaut(), 1, axis=-1)[:, 60:]
    Image.fromarray(vivid).save(tmp_path / "vivid.png")
    bring(page, tmp_path / "vivid.png", "photo-reference")
    referred = pixels(changed(page, likely))
    assert np.abs(referred - pixels(likely)).mean() > 5

    hints = saved(page, "hints-save", tmp_path)
    picture = saved(page, "photo-save", tmp_path)
    expected = tmp_path / "expected.png"
    told = photo_settings.PhotoSettings(
        temperature=1.0, hints=hint_pictures.read(hints), reference=(vivid,)
    )
    still.colorize_still(Colorizer.load(), grey, expected, told)
    assert picture.name == "old-coloured.png"
    with Image.open(picture) as one, Image.open(expected) as other:
        difference = np.abs(np.asarray(one).astype(int) - np.asarray(other))
    assert difference.max() <= 1  # Another process may round otherwise.


def test_other_colourings_and_what_is_unsure_are_shown(visit, grey):
    page = visit()
    first = opened(page, grey)
    page.get_by_label("Show in orange").check()
    veiled = changed(page, first)
    red, _, blue = np.moveaxis(pixels(veiled) - pixels(first), -1, 0)
    assert red.mean() > 5 > -5 > blue.mean()
    page.get_by_label("Show in orange").uncheck()
    assert changed(page, veiled) == first
    page.get_by_role("button", name="Other colourings").click()
    others = page.locator("#photo-offered button")
    others.nth(2).click()
    third = changed(page, first)
    assert np.abs(pixels(third) - pixels(first)).mean() > 1
    others.nth(0).click()
    assert changed(page, third) == first
    # What is taken is as colourful as it was offered, however that was.
    paler = second_offered(page, before="")
    page.get_by_label("Saturation").locator("visible=true").first.fill("2")
    vivid = changed(page, first)
    page.get_by_role("button", name="Other colourings").click()
    offered = np.ptp(pixels(second_offered(page, before=paler)), axis=-1)
    others.nth(1).click()
    taken = np.ptp(pixels(changed(page, vivid)), axis=-1)
    assert abs(taken.mean() / offered.mean() - 1) < 0.1


def test_another_photograph_takes_the_place_of_the_first(visit, grey, tmp_path):
    page = visit()
    first = opened(page, grey)
    assert page.locator("#photo-easel .said").inner_text() == ""
    other = tmp_path / "colour.png"
    Image.fromarray(skimage.data.chelsea()).save(other)
    bring(page, other)
    second = changed(page, first)
    assert "in colour already" in page.locator("#photo-easel .said").inner_text()
    # Hints of the same name are not taken for the photograph when it is saved.
    hints = tmp_path / "hints" / other.name
    hints.parent.mkdir()
    points = np.zeros((300, 451, 4), np.uint8)
    points[140:160, 200:220] = 20, 160, 60, 255
    Image.fromarray(points).save(hints)
    bring(page, hints, "hints-upload")
    shown = pixels(changed(page, second))
    with Image.open(saved(page, "photo-save", tmp_path)) as picture:
        assert np.abs(np.asarray(picture.convert("RGB")) - shown).mean() < 4


def test_strokes_are_drawn_erased_and_brought_back(visit, grey, tmp_path):
    page = visit()
    first = opened(page, grey)
    page.get_by_role("button", name="Stroke").click()
    box = page.locator("#photo-easel .stage").bounding_box()
    page.mouse.move(box["x"] + 200, box["y"] + 400)
    page.mouse.down()
    page.mouse.move(box["x"] + 300, box["y"] + 430, steps=5)
    page.mouse.up()
    drawn = changed(page, first)
    hints = saved(page, "hints-save", tmp_path)
    told = hint_pictures.read(hints)[..., 3] > 0
    assert np.ptp(np.nonzero(told)[1]) > 60
    other = visit(locale="de-DE")
    other.get_by_role("tab", name="Foto").wait_for()
    before = opened(other, grey)
    assert before == first  # Nobody sees what another one draws.
    bring(other, hints, "hints-upload")
    assert changed(other, before) == drawn
    other.get_by_role("button", name="Rückgängig").click()
    assert changed(other, drawn) == first


@pytest.fixture(scope="module")
def reel(tmp_path_factory):
    """A grey film of three seconds, with two shots and sound."""
    path = tmp_path_factory.mktemp("films") / "reel.mp4"
    with av.open(str(path), "w") as film:
        picture = film.add_stream("libx264", rate=12)
        picture.width, picture.height, picture.pix_fmt = 320, 240, "yuv420p"
        sound = film.add_stream("aac", rate=48000)
        for shot in (skimage.data.astronaut(), skimage.data.chelsea()):
            for shift in range(18):
                piece = Image.fromarray(shot[20:260, 80 + shift : 400 + shift])
                grey = piece.convert("L").convert("RGB")
                film.mux(picture.encode(av.VideoFrame.from_image(grey)))
        film.mux(picture.encode(None))
        for start in range(0, 3 * 48000, 1024):
            wave = np.sin(np.arange(start, start + 1024) / 20).astype("float32")
            frame = av.AudioFrame.from_ndarray(wave[None], "fltp", "mono")
            frame.rate, frame.pts = 48000, start
            film.mux(sound.encode(frame))
        film.mux(sound.encode(None))
    return path


def test_a_film_is_told_of_coloured_and_taken_away(visit, reel, tmp_path):
    page = visit()
    page.get_by_role("tab", name="Film").click()
    first = opened(page, reel, "film")
    shots = page.locator("#film-shots button")
    assert shots.count() == 2
    page.locator("#film-easel .color").fill("#d4701c")
    click(page, 0.1, 0.97, "film-easel")
    told = changed(page, first, "film-easel")
    page.get_by_role("button", name="See the shot in colour").click()
    seen = page.locator("#film-preview button")
    seen.nth(5).wait_for()
    seen.nth(5).click()  # Another frame of it, to be corrected.
    other = changed(page, told, "film-easel")
    shots.nth(1).click()
    changed(page, other, "film-easel")
    page.reload()  # The film is still there, with what was told.
    page.get_by_role("tab", name="Film").click()
    changed(page, "", "film-easel")
    shots.nth(0).filter(has_text="told").wait_for()
    assert shots.count() == 2
    if SCREENSHOTS:
        page.get_by_role("button", name="See the shot in colour").click()
        seen.nth(5).wait_for()
        draw_page(page, "page_film.jpg")
    wait_for_words(page, "Not begun")
    page.get_by_role("button", name="Colour the film").click()
    with av.open(saved(page, "film-take", tmp_path)) as new, av.open(reel) as old:
        assert new.streams.audio and old.streams.audio
        pictures = [
            [frame.to_ndarray(format="yuv420p") for frame in film.decode(video=0)]
            for film in (new, old)
        ]
    assert len(pictures[0]) == len(pictures[1]) == 36
    chroma = [np.stack(frames)[:, 240:].astype(int) - 128 for frames in pictures]
    assert np.abs(chroma[0]).mean() > 3 > np.abs(chroma[1]).mean()
    wait_for_words(page, "Done")
    click(page, 0.5, 0.5, "film-easel")
    wait_for_words(page, "Changed since: colour it again")
    # Another film, and back to the first, which keeps what was told of it.
    before = source(page, "film-easel")
    other = shutil.copy(reel, tmp_path / "second.mp4")
    bring(page, other, "film-upload")
    second = changed(page, before, "film-easel")
    wait_for_words(page, "Not begun")
    shots.nth(0).filter(has_not_text="told").wait_for()
    page.locator("#film-films input").click()
    page.get_by_role("option", name="reel.mp4").click()
    changed(page, second, "film-easel")
    shots.nth(0).filter(has_text="told").wait_for()


def test_what_is_refused_is_said_in_a_line_and_costs_nothing(visit, grey, tmp_path):
    page = visit()
    (tmp_path / "diary.jpg").write_text("Dear diary,")
    bring(page, tmp_path / "diary.jpg")
    assert re.match(r"diary\.jpg: ", refused(page))
    page = visit()
    Image.new("1", (20000, 15000)).save(tmp_path / "huge.png")
    bring(page, tmp_path / "huge.png")
    assert "huge.png: 20000 x 15000 pixels, more than the 200 million" in refused(page)
    page = visit()
    page.get_by_role("tab", name="Film").click()
    (tmp_path / "empty.mp4").touch()
    bring(page, tmp_path / "empty.mp4", "film-upload")
    assert "empty.mp4" in refused(page)
    page = visit()
    before = opened(page, grey)
    Image.new("RGBA", (9, 9)).save(tmp_path / "small.png")
    bring(page, tmp_path / "small.png", "hints-upload")
    assert "small.png: is 9 x 9 pixels, the picture 512 x 512" in refused(page)
    assert source(page) == before
    click(page, 0.5, 0.85)
    changed(page, before)


def test_an_upload_that_breaks_off_is_said_and_can_be_given_again(visit, grey):
    page = visit()
    page.route("**/upload?**", lambda route: route.abort("connectionreset"))
    bring(page, grey)
    assert "Connection errored out" in refused(page)
    page.unroute("**/upload?**")
    opened(page, grey)


def test_what_visitors_brought_goes_with_them(visit, served, grey):
    page = visit()
    opened(page, grey)
    assert list(served[1].rglob("old.png"))
    page.close()
    waiting = 100
    while list(served[1].rglob("old.png")) and waiting:
        visit().wait_for_timeout(200)
        waiting -= 1
    assert waiting

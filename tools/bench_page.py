"""Measures how long visitors of the page wait for a photograph of a megapixel.

  python tools/bench_page.py

It needs Chromium, and `pip install ".[dev]"`. Serves the page to itself; the first
photograph, which is not counted, is for both to warm up.
"""

import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import skimage.data
from absl import app, flags
from PIL import Image

_SIZE = 1000, 1000
_BROWSERS = "chromium", "chromium-browser", "google-chrome"
_SHOWN = """(before) => {
  const after = document.querySelector("#photo-easel .after");
  return after?.src.startsWith("data:") && after.src !== before
    && !after.closest(".busy");
}"""


def main(argv):
    """Prints the median and the longest of each wait, in seconds."""
    del argv
    with tempfile.TemporaryDirectory() as folder:
        photo = pathlib.Path(folder) / "photo.jpg"
        Image.fromarray(skimage.data.astronaut()).convert("L").resize(_SIZE).save(photo)
        command = [sys.executable, "-m", "colornet.cli", "serve", "--port=0"]
        server = subprocess.Popen(
            [*command, f"--films={folder}/films"], stdout=subprocess.PIPE, text=True
        )
        try:
            address = re.search(r"http://\S+", server.stdout.readline())[0]
            waits = measured(address, photo)
        finally:
            server.terminate()
            server.wait()
    for what, seconds in waits.items():
        median, longest = statistics.median(seconds), max(seconds)
        print(f"{what}: {median:.2f} s, at most {longest:.2f} s of {len(seconds)}")


def measured(address: str, photo: pathlib.Path) -> dict[str, list[float]]:
    """Seconds till the page shows a photograph in colour, and till it shows a change.

    Args:
      address: of the page.
      photo: the photograph.
    """
    from playwright import sync_api

    waits = {"coloured after it was brought": [], "changed after a click": []}
    brought, clicked = waits.values()
    with sync_api.sync_playwright() as playwright:
        path = next(filter(None, map(shutil.which, _BROWSERS)))
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox"]
        )
        for number in range(flags.FLAGS.times + 1):
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.goto(address)
            upload = page.locator("#photo-upload input[type=file]")
            upload.wait_for(state="attached")
            begun = time.monotonic()
            upload.set_input_files(photo)
            page.wait_for_function(_SHOWN, arg="")
            wait = time.monotonic() - begun
            clicks = [click(page, n) for n in range(3)]
            if number:
                brought.append(wait)
                clicked += clicks
            page.close()
        browser.close()
    return waits


def click(page, number: int) -> float:
    """Sets a point; seconds till the page shows what became of it."""
    before = page.locator("#photo-easel .after").get_attribute("src")
    stage = page.locator("#photo-easel .stage")
    box = stage.bounding_box()
    place = {"x": (0.3 + 0.15 * number) * box["width"], "y": 0.6 * box["height"]}
    begun = time.monotonic()
    stage.click(position=place)
    page.wait_for_function(_SHOWN, arg=before)
    return time.monotonic() - begun


if __name__ == "__main__":
    flags.DEFINE_integer("times", 5, "How often the photograph is brought.")
    app.run(main)

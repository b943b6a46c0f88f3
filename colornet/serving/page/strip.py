"""A row of small pictures, each of which can be chosen, as a component of Gradio."""

import gradio as gr
import numpy as np

from colornet.serving.page import sketch

_HTML = '<div class="strip" role="group"></div>'
_CSS = """
.strip { display: flex; flex-wrap: wrap; gap: 0.5rem; padding: 0.2rem; }
.strip button { padding: 0; border: 2px solid #888; border-radius: 0.4rem; }
.strip button[aria-pressed="true"] { outline: 3px solid #d97706; }
.strip img { display: block; margin: 0 auto; max-width: 100%; height: var(--height); }
.strip span { display: block; padding: 0.1rem 0.4rem; font-size: 0.8rem; }
"""
_JS = """
const strip = element.querySelector(".strip");
strip.style.setProperty("--height", props.height);
function show() {
  strip.replaceChildren(...(props.value || []).map(({ src, label }, index) => {
    const button = document.createElement("button");
    const image = document.createElement("img");
    const name = document.createElement("span");
    button.type = "button";
    image.src = src;
    image.alt = "";
    name.textContent = label;
    button.append(image, name);
    button.onclick = () => {
      for (const other of strip.children)
        other.setAttribute("aria-pressed", String(other === button));
      trigger("select", { index });
    };
    return button;
  }));
}
watch("value", show);
show();
"""


def strip(height: str, **kwargs) -> gr.HTML:
    """Small pictures in a row; its value is what `pictures` makes, or None.

    Its event `select` has the `index` of the picture that was chosen. The pictures are
    part of the page: they leave no files, as those of a `gr.Gallery` do.

    Args:
      height: of the pictures, in units of CSS.
      **kwargs: of `gr.HTML`.
    """
    return gr.HTML(
        None,
        html_template=_HTML,
        css_template=_CSS,
        js_on_load=_JS,
        apply_default_css=False,
        height=height,
        **kwargs,
    )


def pictures(labelled: list[tuple[np.ndarray, str]]) -> list[dict[str, str]]:
    """What a strip shows: uint8 pictures [h, w] or [h, w, 3], and what each is."""
    return [
        {"src": sketch.data_url(picture), "label": label} for picture, label in labelled
    ]

"""The page's canvas, as a component of Gradio."""

from importlib import resources

import gradio as gr

from colornet.serving.page import words


def easel(empty: str, **kwargs) -> gr.HTML:
    """A picture before and after, on which points and strokes are set.

    Args:
      empty: what `words` calls the line that is shown while there is no picture.
      **kwargs: of `gr.HTML`.

    Its value is None or a dict: `picture`, which changes with each opening; its
    `size`, [width, height]; pictures as data URLs, `before` and `after`; `drawing`,
    strokes in place of those that are there; `palette`, colours to choose from; `said`,
    a line, or what `words` calls it. What is not in it stays, but `said`.

    Its event `input` has `picture`, `drawing`, `place`, [x, y] or None, for which
    colours are to be suggested, and `selected`, the stroke that is to take them.
    """
    here = resources.files(__package__)
    html, css, js = (
        (here / f"easel.{kind}").read_text(encoding="utf-8")
        for kind in ("html", "css", "js")
    )
    # Not a class of its own, for which Gradio would write a file beside this one.
    return gr.HTML(
        None,
        html_template=html,
        css_template=css,
        js_on_load=js,
        apply_default_css=False,
        empty=empty,
        words=words.by_language(),
        **kwargs,
    )

"""The whole page: its parts put together, and a server that keeps to itself."""

import pathlib

import gradio as gr
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect

from colornet.serving.films import film_queue
from colornet.serving.page import film_tab, photo_tab, visit, words

# The browser is to ask nobody but this server: not for fonts, scripts or anything.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; media-src 'self' blob:; worker-src 'self' blob:"
)
_FONTS = ["system-ui", "sans-serif"]


class KeepsToItself:
    """Tells browsers to fetch nothing from elsewhere; ASGI middleware.

    Args:
      app: what answers.
      lost: called when a browser is gone before all was received that it was sending.
    """

    def __init__(self, app, lost):
        self._app, self._lost = app, lost

    async def __call__(self, scope, receive, send):
        async def send_with_policy(message):
            if message["type"] == "http.response.start":
                policy = (b"content-security-policy", _POLICY.encode())
                message["headers"] = [*message.get("headers", []), policy]
            await send(message)

        try:
            await self._app(scope, receive, send_with_policy)
        except ClientDisconnect:
            self._lost()


def launch(
    colorizer, settings, root: pathlib.Path, queue: film_queue.FilmQueue
) -> gr.Blocks:
    """Starts the server and returns the page, which must be closed.

    Args:
      colorizer: a `Colorizer`.
      settings: a `web.WebConfig`.
      root: folder for visitors' files, which Gradio's uploads come to.
      queue: that colours the films of `settings.films`.
    """
    word = gr.I18n(**words.by_language())
    visits = visit.Visits(root)
    with gr.Blocks(title="colornet", analytics_enabled=False) as page:
        gr.Markdown("# colornet")
        # Not in its tab, where it would be read only when that is opened.
        tokens = gr.BrowserState([], storage_key="colornet-films", secret="colornet")
        with gr.Tab(word("photograph")):
            photo_tab.build(colorizer, visits, settings.max_pixels, word)
        with gr.Tab(word("film")):
            films = film_tab.FilmTab(colorizer, visits, queue, settings.projects)
            films.build(page, tokens, word)
        page.unload(visits.end)
    # What is saved there is taken from there: a copy would outlive its visitor.
    gr.set_static_paths([visits.folder, settings.projects])
    page.launch(
        server_name=settings.host,
        server_port=settings.port or None,
        max_file_size=f"{settings.max_upload_mb}mb",
        theme=gr.themes.Default(font=_FONTS, font_mono=["monospace"]),
        i18n=word,
        app_kwargs={
            "middleware": [Middleware(KeepsToItself, lost=visits.end_broken_uploads)]
        },
        footer_links=[],
        share=False,
        quiet=True,
        run_history=False,  # It would keep pictures in the browser for good.
        ssr_mode=False,
        prevent_thread_lock=True,
    )
    return page

"""The page's part for films."""

import contextlib
import functools
import threading

import gradio as gr

from colornet.errors import InputError
from colornet.inference import jobs
from colornet.serving.films import film_queue, new_project, project_state
from colornet.serving.films.film_project import FilmProject
from colornet.serving.page import film_visit, visit
from colornet.serving.page import strip as strip_of
from colornet.serving.page.easel import easel
from colornet.serving.page.film_visit import FilmVisit
from colornet.serving.page.strip import strip

_POLL_SECONDS = 1.0
_BACK_SECONDS = 60.0  # Within which a visitor who loads the page again is back.


class FilmTab:
    """The part of the page; `build` adds it to the page that is being built.

    Args:
      colorizer: a `Colorizer`.
      visits: the `Visits` of the page.
      queue: the `FilmQueue` that colours.
      root: the folder of its projects.
    """

    def __init__(self, colorizer, visits, queue: film_queue.FilmQueue, root):
        self._colorizer, self._visits = colorizer, visits
        self._queue, self._root = queue, root
        self._open = {}  # By visits, tokens of their films.
        self._word = None

    def build(self, page: gr.Blocks, tokens: gr.BrowserState, word) -> None:
        """Adds the part.

        Args:
          page: the page.
          tokens: keeps those of the films in the browser, for who comes back.
          word: gives what the page says, by the names in `words`.
        """
        self._word, work = word, gr.State(None)
        with gr.Row():
            with gr.Column(scale=3):
                films = gr.Dropdown(
                    label=word("films"), visible=False, elem_id="film-films"
                )
                shots = strip("6rem", elem_id="film-shots")
                canvas = easel("no_film", elem_id="film-easel")
                time = gr.Slider(0, 1, 0, step=0.01, label=word("moment"))
                preview = strip("10rem", elem_id="film-preview")
            with gr.Column(scale=1, min_width=280):
                upload = gr.File(
                    label=word("drop_film"),
                    file_types=jobs.ENDINGS[jobs.FILM],
                    elem_id="film-upload",
                )
                see = gr.Button(word("see_shot"), elem_id="film-see")
                start = gr.Button(
                    word("color_film"), variant="primary", elem_id="film-start"
                )
                cancel = gr.Button(word("cancel"), elem_id="film-cancel")
                progress = gr.Markdown(elem_id="film-progress")
                done = gr.DownloadButton(
                    word("take_film"), visible=False, elem_id="film-take"
                )
                picture = gr.File(
                    label=word("frame_in_color"),
                    file_types=[".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp"],
                    elem_id="film-picture",
                )
                forget = gr.Button(word("forget_frame"))
                saturation = gr.Slider(0, 4, 1, step=0.05, label=word("saturation"))
                skip = gr.Checkbox(label=word("skip_shot"))
        timer = gr.Timer(_POLL_SECONDS)
        newest = {"show_progress": "hidden", "trigger_mode": "always_last"}
        in_hand = [canvas, time, saturation, skip, preview]

        shown = [work, tokens, films, shots, *in_hand]
        brought = upload.upload(self._opened, [upload, tokens], shown)
        visit.emptied(upload, brought)
        page.load(self._found, [tokens, films], shown)
        films.input(self._found, [tokens, films], shown)
        page.unload(self.end)
        shots.select(_take_shot, work, in_hand)
        time.release(_with_work(FilmVisit.take_frame), [work, time], canvas)
        canvas.input(self._drawn, work, canvas, **newest)
        pictured = picture.upload(self._pictured, [work, picture], canvas)
        visit.emptied(picture, pictured)
        forget.click(_with_work(FilmVisit.forget), work, canvas)
        see.click(_with_work(_previewed), work, [preview, shots])
        preview.select(_take_previewed, work, [canvas, time])
        gr.on(
            [saturation.release, skip.input],
            _with_work(FilmVisit.choose),
            [work, saturation, skip],
            canvas,
        )
        for button, act in (
            (start, self._queue.start),
            (cancel, self._queue.cancel),
            (done, _set_fetched),
        ):
            button.click(_with_work(lambda work, act=act: act(work.project)), work)
        timer.tick(self._told, work, [progress, done], show_progress="hidden")

    def _opened(self, path, tokens, request: gr.Request, progress=gr.Progress()):  # noqa: B008
        with visit.errors_said():
            film = self._visits.take(path, request)
            project = new_project.create(self._root, film)
            project.find_shots(self._colorizer, lambda *frames: progress(frames))
        return self._shown([*self._projects(tokens), project], project, request)

    def _found(self, tokens, chosen, request: gr.Request):
        """Takes up a film that this browser worked on, if any is still there."""
        projects = self._projects(tokens)
        if not projects:
            return [None] * 9
        project = next((p for p in projects if p.token == chosen), projects[-1])
        return self._shown(projects, project, request)

    def _projects(self, tokens):
        """Those of these tokens that are still there, their shots found."""
        found = []
        for token in tokens or []:
            with contextlib.suppress(InputError):
                project = FilmProject.open(self._root, token)
                project.find_shots(self._colorizer)
                found.append(project)
        return found

    def _shown(self, projects, project, request):
        tokens = [one.token for one in projects]
        self._open[request.session_hash] = tokens
        films = gr.Dropdown(
            choices=[(one.source.name, one.token) for one in projects],
            value=project.token,
            visible=len(projects) > 1,
        )
        work = film_visit.FilmVisit(self._colorizer, project)
        shots = strip_of.pictures(work.thumbnails())
        return [work, tokens, films, shots, *_in_hand(work, 1)]

    def end(self, request: gr.Request) -> None:
        """Lets go of a visit's films; those that are being coloured, or done, are kept.

        Not at once: whoever loads the page again is back in a moment.
        """
        tokens = self._open.pop(request.session_hash, [])
        if tokens:
            timer = threading.Timer(_BACK_SECONDS, self._leave, [tokens])
            timer.daemon = True  # The server need not wait for it.
            timer.start()

    def _leave(self, tokens):
        for token in set(tokens).difference(*self._open.values()):
            with contextlib.suppress(InputError, OSError):  # It has gone already.
                self._queue.leave(FilmProject.open(self._root, token))

    def _drawn(self, work, event: gr.EventData):
        if work is None or event.picture != work.sketch.token:
            return gr.skip()
        try:
            changed = work.draw(event.drawing)
        except InputError as error:  # The canvas is to show again what holds.
            gr.Warning(visit.line(error), duration=None)
            return work.sketch.opened()
        if event.place:
            changed["palette"] = work.sketch.palette(event.place, event.selected)
        return changed

    def _pictured(self, work, path, request: gr.Request):
        if work is None or path is None:
            return gr.skip()
        with visit.errors_said():
            return work.take_picture(self._visits.take(path, request))

    def _told(self, work):
        """How far the film is, in words; and the film when it is there."""
        if work is None:
            return "", gr.DownloadButton(visible=False)
        at = self._queue.progress(work.project)
        is_done = at.state.name == project_state.DONE
        name = "outdated" if at.state.outdated else at.state.name
        said = [self._word(name), at.said, at.state.reason, *at.state.warnings]
        target = str(work.project.target) if is_done else None
        button = gr.DownloadButton(value=target, visible=is_done)
        return "  \n".join(map(str, filter(None, said))), button


def _with_work(function):
    """A handler that does nothing where no film is there, and says what is wrong.

    Args:
      function: takes the `FilmVisit`, and what else comes with the event.
    """

    # Gradio goes by the names and types of arguments, so that they must stay.
    @functools.wraps(function)
    def handle(work, *rest):
        if work is None:
            return gr.skip()
        with visit.errors_said():
            return function(work, *rest)

    return handle


def _take_shot(work, event: gr.EventData):
    return gr.skip() if work is None else _in_hand(work, event.index + 1)


def _previewed(work):
    """The shot in colour; and all shots, which say whether they are told of."""
    return [strip_of.pictures(some) for some in (work.preview(), work.thumbnails())]


def _take_previewed(work, event: gr.EventData):
    """Takes up a frame that does not yet look right, to tell it its colours too."""
    if work is None:
        return gr.skip(), gr.skip()
    shown = work.take_frame(work.previewed[event.index])
    return shown, float(work.previewed[event.index])


def _set_fetched(project):
    project.set_state(project_state.DONE, fetched=True)


def _in_hand(work, number):
    """What shows a shot: its frame, times and choices; no preview yet."""
    shown = work.take_shot(number)
    shot = work.shot
    return [
        shown,
        gr.Slider(
            minimum=float(shot.start_time),
            maximum=float(shot.end_time),
            value=float(shot.start_time + shot.end_time) / 2,
        ),
        1.0 if shot.saturation is None else shot.saturation,
        shot.skip,
        None,
    ]

"""The page's part for films."""

import gradio as gr

from colornet.errors import InputError, UsageError
from colornet.inference import jobs
from colornet.serving import film_queue, project_state
from colornet.serving.film_project import FilmProject
from colornet.serving.page import film_visit, visit
from colornet.serving.page.easel import easel

_POLL_SECONDS = 1.0


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

    def build(self, page: gr.Blocks, word) -> None:
        """Adds the part; `word` gives what it says, by the names in `words`."""
        work = gr.State(None)
        # What lets a visitor come back to the film, from the same browser.
        token = gr.BrowserState(None, storage_key="colornet-film", secret="colornet")
        with gr.Row():
            with gr.Column(scale=3):
                shots = gr.Gallery(
                    label=word("shots"),
                    columns=6,
                    height=180,
                    allow_preview=False,
                    interactive=False,
                    elem_id="film-shots",
                )
                canvas = easel("no_film", elem_id="film-easel")
                time = gr.Slider(0, 1, 0, step=0.01, label=word("moment"))
                preview = gr.Gallery(
                    label=word("shot_in_color"),
                    columns=6,
                    height=220,
                    interactive=False,
                    elem_id="film-preview",
                )
            with gr.Column(scale=1, min_width=280):
                upload = gr.File(
                    label=word("drop_film"),
                    file_types=jobs.ENDINGS[jobs.FILM],
                    elem_id="film-upload",
                )
                see = gr.Button(word("see_shot"), elem_id="film-see")
                picture = gr.File(
                    label=word("frame_in_color"),
                    file_types=[".png", ".jpg", ".jpeg", ".tif", ".webp"],
                    elem_id="film-picture",
                )
                forget = gr.Button(word("forget_frame"))
                saturation = gr.Slider(0, 4, 1, step=0.05, label=word("saturation"))
                skip = gr.Checkbox(label=word("skip_shot"))
                start = gr.Button(
                    word("color_film"), variant="primary", elem_id="film-start"
                )
                cancel = gr.Button(word("cancel"), elem_id="film-cancel")
                progress = gr.Markdown(elem_id="film-progress")
                done = gr.DownloadButton(
                    word("take_film"), visible=False, elem_id="film-take"
                )
        timer = gr.Timer(_POLL_SECONDS)
        newest = {"show_progress": "hidden", "trigger_mode": "always_last"}
        in_hand = [canvas, time, saturation, skip, preview]

        upload.upload(self._opened, upload, [work, token, shots, *in_hand])
        page.load(self._come_back, token, [work, shots, *in_hand])
        shots.select(self._take_shot, work, in_hand)
        time.release(self._take_frame, [work, time], canvas)
        canvas.input(self._drawn, work, canvas, **newest)
        picture.upload(self._laid_on, [work, picture], canvas)
        forget.click(self._forgotten, work, canvas)
        see.click(self._previewed, work, preview)
        choices = [work, saturation, skip]
        gr.on([saturation.release, skip.input], self._chosen, choices, None)
        start.click(self._started, work, None)
        cancel.click(self._cancelled, work, None)
        timer.tick(self._told, work, [progress, done], show_progress="hidden")
        done.click(self._taken, work, None)

    def _opened(self, path, request: gr.Request, progress=gr.Progress()):  # noqa: B008
        def show(frames, expected):
            progress((frames, expected))

        try:
            film = self._visits.take(path, request)
            project = FilmProject.create(self._root, film)
            project.find_shots(self._colorizer, show)
        except (InputError, UsageError) as error:
            raise visit.said(error) from None
        return self._shown(project, project.token)

    def _come_back(self, token):
        """Finds the film that this browser worked on, if it is still there."""
        try:
            project = FilmProject.open(self._root, token or "")
            project.find_shots(self._colorizer)
        except InputError:
            return [None] * 7
        return self._shown(project)

    def _shown(self, project, *token):
        work = film_visit.FilmVisit(self._colorizer, project)
        return [work, *token, work.thumbnails(), *_in_hand(work, 1)]

    def _take_shot(self, work, event: gr.SelectData):
        if work is None:
            return gr.skip()
        return _in_hand(work, event.index + 1)

    def _take_frame(self, work, time):
        return gr.skip() if work is None else work.take_frame(time)

    def _drawn(self, work, event: gr.EventData):
        if work is None or event.picture != work.sketch.token:
            return gr.skip()
        try:
            changed = work.draw(event.drawing)
        except InputError as error:
            raise visit.said(error) from None
        if event.place:
            changed["palette"] = work.sketch.palette(event.place, event.selected)
        return changed

    def _laid_on(self, work, path, request: gr.Request):
        if work is None:
            return gr.skip()
        try:
            return work.lay_on(self._visits.take(path, request))
        except InputError as error:
            raise visit.said(error) from None

    def _forgotten(self, work):
        return gr.skip() if work is None else work.forget()

    def _previewed(self, work):
        return gr.skip() if work is None else work.preview()

    def _chosen(self, work, saturation, skip):
        if work is None:
            return
        try:
            work.project.set_shot(work.number, saturation=saturation, skip=skip)
        except InputError as error:
            raise visit.said(error) from None

    def _started(self, work):
        if work is not None:
            self._queue.start(work.project)

    def _cancelled(self, work):
        if work is not None:
            self._queue.cancel(work.project)

    def _told(self, work):
        """How far the film is, in words; and the film when it is there."""
        if work is None:
            return "", gr.DownloadButton(visible=False)
        at = self._queue.progress(work.project)
        is_done = at.state.name == project_state.DONE
        words = [at.said, at.state.reason, *at.state.warnings]
        line = " - ".join([at.state.name, *filter(None, words)])
        target = str(work.project.target) if is_done else None
        return line, gr.DownloadButton(value=target, visible=is_done)

    def _taken(self, work):
        if work is not None:
            work.project.set_state(project_state.DONE, fetched=True)


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

"""The page's part for photographs."""

import gradio as gr

from colornet.inference import jobs
from colornet.serving import strokes
from colornet.serving.page import photo_work, sketch, visit
from colornet.serving.page import strip as strip_of
from colornet.serving.page.easel import easel
from colornet.serving.page.strip import strip

_OFFERED = 3
_LOW = 170  # Pixels, of what is seldom needed.
_DOWNLOAD = "() => document.querySelector('#{}').click()"


def build(colorizer, visits, max_pixels: int, word) -> None:
    """Adds the part to the page that is being built.

    Args:
      colorizer: a `Colorizer`.
      visits: the `Visits` of the page.
      max_pixels: that a photograph may have.
      word: gives what the page says, by the names in `words`.
    """
    work = gr.State(None)
    with gr.Row():
        with gr.Column(scale=3):
            canvas = easel("no_photograph", elem_id="photo-easel")
            offered = strip("15rem", elem_id="photo-offered")
        with gr.Column(scale=1, min_width=280):
            upload = gr.File(
                label=word("drop"),
                file_types=jobs.ENDINGS[jobs.PHOTO],
                elem_id="photo-upload",
            )
            saturation = gr.Slider(0, 4, 1, step=0.05, label=word("saturation"))
            temperature = gr.Slider(
                *(0.05, 1, colorizer.info.temperature),
                step=0.05,
                label=word("temperature"),
            )
            unsure = gr.Checkbox(label=word("unsure"), elem_id="photo-unsure")
            others = gr.Button(word("alternatives"), elem_id="photo-others")
            save = gr.Button(word("save"), variant="primary", elem_id="photo-save")
            save_hints = gr.Button(word("save_hints"), elem_id="hints-save")
            hints = gr.File(
                label=word("load_hints"),
                file_types=[".png"],
                height=_LOW,
                elem_id="hints-upload",
            )
            reference = gr.File(
                label=word("reference"),
                file_types=jobs.ENDINGS[jobs.PHOTO],
                height=_LOW,
                elem_id="photo-reference",
            )
            saved = gr.DownloadButton(visible="hidden", elem_id="photo-saved")
            gr.Markdown(word("guesses"))
    look = [saturation, temperature, unsure]

    def opened(path, saturation, temperature, unsure, request: gr.Request):
        with visit.errors_said():
            source = visits.take(path, request)
            made = photo_work.PhotoWork(colorizer, source, max_pixels)
        made.sketch.look = sketch.Look(saturation, temperature, unsure)
        said = {"said": "was_colored"} if made.was_colored else {}
        return made, made.sketch.opened() | said, None

    def drawn(work, event: gr.EventData):
        if work is None or event.picture != work.sketch.token:
            return gr.skip()
        with visit.errors_said():
            work.sketch.drawing = strokes.checked(event.drawing)
        changed = work.sketch.colored()
        if event.place:
            changed["palette"] = work.sketch.palette(event.place, event.selected)
        return changed

    def looked(work, *look):
        if work is None:
            return gr.skip()
        work.sketch.look = sketch.Look(*look)
        with visit.errors_said():
            return work.sketch.colored()

    def offer(work):
        if work is None:
            return gr.skip()
        drawn = work.sketch.alternatives(_OFFERED)
        return strip_of.pictures([(rgb, str(n)) for n, rgb in enumerate(drawn, 1)])

    def take(work, event: gr.EventData):
        if work is None:
            return gr.skip()
        work.sketch.take(event.index)
        return work.sketch.colored()

    def saved_as(make):
        def run(work):
            if work is None:
                return gr.skip()
            with visit.errors_said():
                return gr.DownloadButton(value=str(make(work)))

        return run

    def hinted(work, path, request: gr.Request):
        if work is None:
            return gr.skip()
        with visit.errors_said():
            work.load_hints(visits.take(path, request))
        return work.sketch.opened()

    def referred(work, path, request: gr.Request):
        if work is None:
            return gr.skip(), None
        with visit.errors_said():
            own = visits.take(path, request)
            work.refer(own)
        return work.sketch.colored(), str(own)

    def not_referred(work):
        if work is None:
            return gr.skip()
        work.refer()
        return work.sketch.colored()

    newest = {"show_progress": "hidden", "trigger_mode": "always_last"}
    brought = upload.upload(opened, [upload, *look], [work, canvas, offered])
    visit.emptied(upload, brought)
    visit.emptied(reference, brought)
    canvas.input(drawn, work, canvas, **newest)
    for choice in look:
        choice.change(looked, [work, *look], canvas, **newest)
    told = reference.upload(referred, [work, reference], [canvas, reference])
    told.failure(lambda: None, None, reference)
    reference.clear(not_referred, work, canvas)
    others.click(offer, work, offered)
    offered.select(take, work, canvas)
    for button, make in (
        (save, photo_work.PhotoWork.save),
        (save_hints, photo_work.PhotoWork.save_hints),
    ):
        button.click(saved_as(make), work, saved).success(
            None, js=_DOWNLOAD.format("photo-saved")
        )
    visit.emptied(hints, hints.upload(hinted, [work, hints], canvas))

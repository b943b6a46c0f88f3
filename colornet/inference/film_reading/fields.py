"""Interlaced frames in, whole pictures out: FFmpeg's bwdif, one picture for a frame."""

import av

UNKNOWN, PROGRESSIVE, BOTTOM_FIRST = 0, 1, (3, 4)  # AVFieldOrder.


class Deinterlacer:
    """Passes the frames of a film through; those with two fields become one picture.

    A picture comes one frame late, for the filter looks at the frames on both sides.
    """

    def __init__(self, time_base):
        self._time_base = time_base
        self._graph = None

    def frames(self, frame: av.VideoFrame):
        """Yields what is ready once `frame` has come, of the same layout as all."""
        if self._graph is None:
            self._graph = _graph(frame)
        self._graph.vpush(frame)
        yield from self._ready()

    def rest(self):
        """Yields the last pictures; no frame may come after it."""
        if self._graph is not None:
            self._graph.vpush(None)
            yield from self._ready()

    def _ready(self):
        while True:
            try:
                frame = self._graph.vpull()
            except (BlockingIOError, av.EOFError):
                return
            # The filter counts in fields.
            ticks = frame.time_base / self._time_base
            frame.pts = round(frame.pts * ticks)
            frame.duration = round(frame.duration * ticks)
            frame.time_base = self._time_base
            yield frame


def _graph(frame):
    graph = av.filter.Graph()
    source = graph.add_buffer(
        width=frame.width,
        height=frame.height,
        format=frame.format,
        time_base=frame.time_base,
    )
    bwdif = graph.add("bwdif", "mode=send_frame:parity=auto:deint=interlaced")
    graph.link_nodes(source, bwdif, graph.add("buffersink")).configure()
    return graph

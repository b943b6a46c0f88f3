"""One stage of work running ahead of the next, in a thread of its own."""

import contextlib
import queue
import threading

_POLL_SECONDS = 0.1  # How long a stage may go on after the next one has gone.


@contextlib.contextmanager
def reading_ahead(items, depth: int):
    """Gives an iterator over `items` that a thread keeps at most `depth` items ahead.

    An exception in `items` comes up in the reader, after the items before it. On
    leaving, at the end or by an exception, the thread is stopped and joined.
    """
    line = queue.Queue(depth)
    gone = threading.Event()

    def put(entry):
        while not gone.is_set():
            try:
                return line.put(entry, timeout=_POLL_SECONDS)
            except queue.Full:
                continue

    def fill():
        try:
            for item in items:
                put((item, None))
                if gone.is_set():
                    return
            put((None, StopIteration()))
        except BaseException as error:
            put((None, error))

    def taken():
        while not gone.is_set():
            try:
                item, error = line.get(timeout=_POLL_SECONDS)
            except queue.Empty:
                continue
            if isinstance(error, StopIteration):
                return
            if error is not None:
                raise error
            yield item

    thread = threading.Thread(target=fill, daemon=True)
    thread.start()
    try:
        yield taken()
    finally:
        gone.set()
        thread.join()

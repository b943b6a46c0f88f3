"""What a build has done so far, looked at from outside: progress, and when to stop."""

import threading

from rich import console, progress

from colornet.data import filesystem
from colornet.data.building import manifest, plan, shard_writer

_SECONDS_BETWEEN_LOOKS = {True: 0.5, False: 10.0}  # Here, and where a look costs money.


class Watch:
    """Shows how much of a build is on disk, while in `with`, and counts bad inputs.

    Workers may be anywhere; what they have in common is the output folder. That is
    looked at from time to time.

    Args:
      state: the build's manifest.
      waiting: the buckets that are still to come.
      bad_inputs: [path, reason] of those found before.
      max_bad_inputs: more than these stop the build.
    """

    def __init__(
        self,
        state: manifest.Manifest,
        waiting: list[plan.Bucket],
        bad_inputs: list[list[str]],
        max_bad_inputs: int,
    ):
        self._folder = state.folder
        self._waiting = {file for bucket in waiting for file in bucket.files}
        self._bad_inputs = list(bad_inputs)
        self._max_bad_inputs = max_bad_inputs
        self._screen = console.Console(stderr=True)
        columns = (
            progress.TextColumn("{task.description}"),
            progress.BarColumn(),
            progress.DownloadColumn(),
            progress.TransferSpeedColumn(),
            progress.TimeRemainingColumn(),
        )
        self._bar = progress.Progress(*columns, console=self._screen)
        self._task = self._bar.add_task("records", total=state.expected_bytes)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look_on, daemon=True)

    def __enter__(self):
        self._bar.start()
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        self._thread.join()
        self._look()
        self._bar.stop()

    def print(self, line: str) -> None:
        """Says a line for the user, wherever the bar stands."""
        self._screen.print(line, markup=False, highlight=False, soft_wrap=True)

    def _look_on(self):
        pause = _SECONDS_BETWEEN_LOOKS[filesystem.is_local(self._folder)]
        while not self._ended.wait(pause):
            self._look()

    def _look(self):
        files = filesystem.files_in(self._folder)
        sizes = [size for name, size in files.items() if name.endswith(".tfrecord")]
        self._bar.update(self._task, completed=sum(sizes))
        for shard in sorted(self._waiting):
            if manifest.report_of(shard) not in files:
                continue
            report = manifest.load_report(self._folder, shard)
            if report is not None:
                self._waiting.remove(shard)
                self._count(report.bad_inputs)

    def _count(self, bad_inputs):
        for _, reason in bad_inputs:
            self.print(reason)
        self._bad_inputs += bad_inputs
        if len(self._bad_inputs) > self._max_bad_inputs:
            shard_writer.StopSign(self._folder).raise_(
                shard_writer.too_many(self._bad_inputs, self._max_bad_inputs)
            )

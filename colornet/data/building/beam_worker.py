"""One of Beam's worker processes on this machine, without what it says of itself.

  python -m colornet.data.building.beam_worker

is what `beam_pipeline` starts for --direct_running_mode=multi_processing, in place of
apache_beam.runners.worker.sdk_worker_main, which logs thirty lines where nothing is
wrong, and works on when the process that started it was killed. What goes wrong still
reaches that process.
"""

import logging
import os
import sys
import threading
import time


def main() -> None:
    """Serves the runner that the environment names until that has no more work."""
    threading.Thread(target=_end_with, args=[os.getppid()], daemon=True).start()
    logging.root.addHandler(logging.NullHandler())  # Else Beam adds one that prints.
    from apache_beam.runners.worker import sdk_worker_main

    sdk_worker_main.main(sys.argv)


def _end_with(parent):
    """Ends this process at once when it is no longer a child of `parent`."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


if __name__ == "__main__":
    main()

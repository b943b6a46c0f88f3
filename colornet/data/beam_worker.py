"""One of Beam's worker processes on this machine, without what it says of itself.

  python -m colornet.data.beam_worker

is what `beam_pipeline` starts for --direct_running_mode=multi_processing, in place of
apache_beam.runners.worker.sdk_worker_main, which logs thirty lines where nothing is
wrong. What goes wrong still reaches the process that started it.
"""

import logging
import sys

from colornet import quiet_start


def main() -> None:
    """Serves the runner that the environment names until that has no more work."""
    logging.root.addHandler(logging.NullHandler())  # Else Beam adds one that prints.
    quiet_start.quieten_tensorflow()
    from apache_beam.runners.worker import sdk_worker_main

    sdk_worker_main.main(sys.argv)


if __name__ == "__main__":
    main()

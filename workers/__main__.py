"""`python -m workers`: one worker."""

import os
import signal
import sys

if __name__ == "__main__":
    for number in (signal.SIGTERM, signal.SIGINT):
        # Until the supervisor has its own handlers: nothing is held yet, so a start that is broken off ends well.
        signal.signal(number, lambda *_: os._exit(0))

    from workers.main import main  # takes a second, which a signal must not find unprepared

    sys.exit(main())

"""The sandbox's state on disk: one JSON file, replaced whole, soon after each change and at the end."""

import json
import os
import threading
import time
from pathlib import Path

from sandbox.sandbox import Sandbox

_INTERVAL_S = 1.0
_SHARE_OF_TIME = 0.1


class WriteBehind:
    """Loads the file if there is one, then saves changes from its own thread until `stop`."""

    def __init__(self, sandbox: Sandbox, path: Path) -> None:
        self._sandbox = sandbox
        self._path = path
        if path.exists():
            sandbox.load(json.loads(path.read_text(encoding="utf-8")))
        self._saved = sandbox.revision
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Save what is unsaved and end the thread."""
        self._stopping.set()
        self._thread.join()
        self._save()

    def _run(self) -> None:
        pause = _INTERVAL_S
        while not self._stopping.wait(pause):
            started = time.monotonic()
            self._save()
            # A large state takes long to write: leave most of the time to those who call.
            pause = max(_INTERVAL_S, (time.monotonic() - started) / _SHARE_OF_TIME)

    def _save(self) -> None:
        revision = self._sandbox.revision
        if revision == self._saved:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_name(f"{self._path.name}.new")
        with draft.open("w", encoding="utf-8") as file:
            file.write(json.dumps(self._sandbox.dump()))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)
        self._saved = revision

"""The rulebook of a running process: changed files are noticed, a broken set never replaces a good one."""

import threading
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import structlog

from planhook.core.errors import RulesInvalid
from planhook.rulebook.folder import signature
from planhook.rulebook.loader import Rulebook, load

_LOOK_EVERY = timedelta(seconds=2)  # a change must be noticed within 5


class LiveRulebook:
    """The last good rulebook of a folder. Safe for threads and greenlets.

    Raises RulesInvalid when the first set is broken or a variable that a source needs is unset.
    """

    def __init__(self, folder: Path, env: Mapping[str, str], *, look_every: timedelta = _LOOK_EVERY) -> None:
        self._folder = folder
        self._env = env
        self._look_every = look_every.total_seconds()
        self._log = structlog.get_logger("planhook.rulebook")
        self._lock = threading.Lock()
        self._errors: tuple[str, ...] = ()
        # Taken before reading: a change made meanwhile is seen at the next look.
        self._signature = signature(folder)
        self._rulebook = load(folder, env, require_env=True)
        self._look_after = time.monotonic() + self._look_every
        self._tell_warnings()

    @property
    def errors(self) -> tuple[str, ...]:
        """What is wrong with the files as they are now (`file:line: …`); empty while they are in use."""
        return self._errors

    def current(self) -> Rulebook:
        """The rulebook to use for the next event. Looks at the files every `look_every` at most."""
        # Whoever comes while another looks uses the set at hand instead of waiting.
        if time.monotonic() >= self._look_after and self._lock.acquire(blocking=False):
            try:
                self._look()
            finally:
                self._lock.release()
        return self._rulebook

    def _look(self) -> None:
        self._look_after = time.monotonic() + self._look_every
        now = signature(self._folder)
        if now == self._signature:
            return
        self._signature = now
        try:
            self._rulebook = load(self._folder, self._env, require_env=True)
        except RulesInvalid as fault:
            self._errors = tuple(str(finding) for finding in fault.findings if finding.severity == "error")
            self._log.error("rules_refused", errors=self._errors, in_use=self._rulebook.rules.version)
        else:
            self._errors = ()
            self._log.info("rules_changed", version=self._rulebook.rules.version)
            self._tell_warnings()

    def _tell_warnings(self) -> None:
        for finding in self._rulebook.findings:
            self._log.warning("rules_warning", finding=str(finding))

"""The rulebook of a running process: changed files are noticed, a broken set never replaces a good one."""

import threading
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import structlog

from planhook.core.errors import Finding, RulesInvalid
from planhook.rulebook.book import Rulebook
from planhook.rulebook.folder import is_being_written, signature, take_snapshot
from planhook.rulebook.loader import load_snapshot

_LOOK_EVERY = timedelta(seconds=2)  # a change must be noticed within 5
_SAVING_S = 1.0  # a file that changed within this time may be half written


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
        self._signature: tuple[object, ...] | None = signature(folder)
        self._filled: frozenset[str] = frozenset()
        self._rulebook = self._load()
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
        try:
            self._take_changes()
        except Exception as fault:  # noqa: BLE001 - events go on with the last good set, whatever happens to the files
            self._signature = None
            self._refuse((f"{self._folder}: the rule files cannot be looked at: {type(fault).__name__}",))

    def _take_changes(self) -> None:
        now = signature(self._folder)
        if now == self._signature or is_being_written(self._folder, _SAVING_S):
            return
        self._signature = None  # until they are judged: what breaks off before is tried again
        try:
            self._use(self._refuse_nothing(self._load()))
        except RulesInvalid as fault:
            self._refuse(tuple(str(finding) for finding in fault.findings if finding.severity == "error"))
        self._signature = now

    def _use(self, rulebook: Rulebook) -> None:
        self._rulebook = rulebook
        self._errors = ()
        self._log.info("rules_changed", version=rulebook.rules.version)
        self._tell_warnings()

    def _refuse(self, errors: tuple[str, ...]) -> None:
        if errors != self._errors:
            self._log.error("rules_refused", errors=errors, in_use=self._rulebook.rules.version)
        self._errors = errors

    def _load(self) -> Rulebook:
        """The files as they are. An emptied one is taken for a save that failed: its rules and sources stay."""
        snapshot = take_snapshot(self._folder)
        filled = frozenset(name for name, content in snapshot.files if content.strip())
        emptied = sorted(self._filled & {name for name, _ in snapshot.files} - filled)
        if emptied:
            told = "is empty all of a sudden; delete the file if that is meant"
            raise RulesInvalid(tuple(Finding(name, 0, told) for name in emptied))
        rulebook = load_snapshot(snapshot, self._env, require_env=True)
        self._filled = filled
        return rulebook

    def _refuse_nothing(self, rulebook: Rulebook) -> Rulebook:
        """Raises RulesInvalid when nothing is left at all, as between the two halves of a deployment."""
        had_some = self._rulebook.rules.rules or self._rulebook.sources
        if had_some and not (rulebook.rules.rules or rulebook.sources):
            told = "has no rule and no source any more; start planhook again if that is meant"
            raise RulesInvalid((Finding(str(self._folder), 0, told),))
        return rulebook

    def _tell_warnings(self) -> None:
        for finding in self._rulebook.findings:
            self._log.warning("rules_warning", finding=str(finding))

"""Named places where a test makes this process die, halt or fail. Inert unless PLANHOOK_FAILPOINTS is set at the start.

    PLANHOOK_FAILPOINTS=accept.stored=kill@3,plan.event[D7]=kill PLANHOOK_FAILPOINTS_ONCE=folder

A point strikes from its third hit (`@3`) of a process on; with `[D7]`, hits that are not about D7 do not count. Without
a folder it strikes each time. With one it strikes once over all processes and restarts: it leaves a file of its name
there, and strikes again when that file is taken away.
"""

import os
import re
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import structlog

from planhook.core.errors import SettingsInvalid

VARIABLE, ONCE_VARIABLE = "PLANHOOK_FAILPOINTS", "PLANHOOK_FAILPOINTS_ONCE"

POINTS: Mapping[str, str] = {
    "accept.read": "the body is read",
    "accept.verified": "its sender is proven",
    "accept.parsed": "its events are known",
    "accept.store": "they are about to be stored",
    "accept.stored": "they are durable",
    "accept.woken": "the workers are about to be woken",
    "accept.answer": "the answer is about to be written",
    "plan.claimed": "events are handed to this planner",
    "plan.event": "the rules are about to judge an event (about: the sender's id of it)",
    "plan.commit": "all is folded, about to be committed",
    "plan.committed": "it is committed",
    "deliver.leased": "this deliverer holds the lease",
    "deliver.noted": "a bulk write is noted, about to be sent",
    "deliver.called": "it is answered",
    "deliver.single": "a call for one task is about to be sent",
    "deliver.commit": "what was learnt is about to be committed",
    "deliver.committed": "it is committed",
    "fetch.claimed": "lookups are handed to this fetcher",
    "fetch.fetched": "one of them is answered",
    "fetch.commit": "what it brought is about to be committed",
    "fetch.committed": "it is committed",
    "sweep.swept": "faults are repaired, nobody is woken yet",
    "sweep.purged": "a page of old events is purged",
}

_ENTRY = re.compile(r"([a-z.]+)(?:\[([^\]]+)\])?=([a-z-]+)(?:@([1-9][0-9]*))?")


class FailpointReached(Exception):
    """What the action `raise` raises; nothing of planhook knows it."""


def reach(point: str, about: str = "") -> None:
    """Say that the process is at `point`, with what is in hand there. Raises FailpointReached when told to."""
    trap = _traps.get(point)
    if trap is not None:
        trap.spring(about)


def arm(env: Mapping[str, str]) -> None:
    """Set the failpoints of this process and of those it forks. Raises SettingsInvalid, also for unknown names."""
    _traps.clear()
    once = Path(env[ONCE_VARIABLE]) if env.get(ONCE_VARIABLE) else None
    for entry in filter(None, re.split(r"[,\s]+", env.get(VARIABLE, ""))):
        trap = _read(entry, once)
        _traps[trap.point] = trap
    if _traps:
        structlog.get_logger("planhook.failpoints").warning("failpoints_armed", points=sorted(_traps))


@dataclass(slots=True)
class _Trap:
    point: str
    about: str
    act: Callable[[str], None]
    least_hits: int
    once: Path | None
    hits: int = 0

    def spring(self, about: str) -> None:
        if self.about not in about:
            return
        self.hits += 1
        if self.hits >= self.least_hits and (self.once is None or _is_first(self.once / self.point)):
            self.act(self.point)


_traps: dict[str, _Trap] = {}


def _read(entry: str, once: Path | None) -> _Trap:
    match = _ENTRY.fullmatch(entry)
    if not match:
        raise SettingsInvalid(f"{VARIABLE}: {entry!r} is not like accept.stored=kill or accept.stored=kill@3")
    point, about, action, hit = match.groups()
    if point not in POINTS:
        raise SettingsInvalid(f"{VARIABLE}: there is no point {point!r}; there are {', '.join(POINTS)}")
    if action not in _ACTIONS:
        raise SettingsInvalid(f"{VARIABLE}: there is no action {action!r}; there are {', '.join(_ACTIONS)}")
    return _Trap(point, about or "", _ACTIONS[action], int(hit or 1), once)


def _is_first(marker: Path) -> bool:
    try:
        marker.touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def _raise(point: str) -> None:
    raise FailpointReached(point)


def _hang(_: str) -> None:
    while True:
        time.sleep(60)


_ACTIONS: Mapping[str, Callable[[str], None]] = {
    "kill": lambda _: os.kill(os.getpid(), signal.SIGKILL),
    "kill-parent": lambda _: os.kill(os.getppid(), signal.SIGKILL),
    "kill-group": lambda _: os.killpg(0, signal.SIGKILL),
    "stop": lambda _: os.kill(os.getpid(), signal.SIGSTOP),
    "hang": _hang,
    "raise": _raise,
}

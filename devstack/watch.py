"""Looks after a running stack: starts again what died, and says what changes while it runs."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import requests

from devstack.part import PartFailed
from devstack.stack import Stack

_ASKS_EVERY = 2.0  # seconds; no oftener than a web process looks at the rule files, or two of them would disagree
_STAYS_UP = 10.0  # what dies sooner than that after it was started again is broken

_NEW_VARIABLES = (
    "new variables are seen by a new start: stop this with Ctrl-C, set them if you have them, `make run` again"
)

State = Mapping[str, Any]
_WELL: State = {"redis": {"ok": True}, "planhat": {"trouble": ""}}


class Watch:
    """`say` gets one text per thing that happened. Make it when the stack is ready."""

    def __init__(self, stack: Stack, say: Callable[[str], None]) -> None:
        self._stack = stack
        self._say = say
        self._started_again: dict[str, float] = {}
        # Told at the first look, if it is still so: what an earlier run left in Redis takes a moment to go.
        state = self._ask()
        self._state = {**state, **_WELL} if state else state
        self._asks_after = time.monotonic() + _ASKS_EVERY

    def look(self) -> None:
        """To be called every moment. Raises PartFailed and RedisServerError when a part does not stay up."""
        for name in self._stack.ended():
            self._start_again(name)
        if time.monotonic() >= self._asks_after:
            before, self._state = self._state, self._ask()
            for text in changes(before, self._state):
                self._say(text)
            self._asks_after = time.monotonic() + _ASKS_EVERY

    def _start_again(self, name: str) -> None:
        if time.monotonic() - self._started_again.get(name, -_STAYS_UP) < _STAYS_UP:
            part = self._stack.parts.get(name)
            raise PartFailed(part.obituary() if part else f"{name} ended again")
        self._say(f"{name} died; starting it again")
        self._stack.restart(name)
        self._started_again[name] = time.monotonic()
        self._say(f"{name} runs again")

    def _ask(self) -> State:
        """What /readyz tells; empty when nobody answers."""
        try:
            told: State = requests.get(f"{self._stack.web_url}/readyz", timeout=_ASKS_EVERY).json()
        except requests.RequestException:
            return {}
        return told


def changes(before: State, now: State) -> Iterator[str]:
    """What a person should know of the difference between two answers of /readyz; an empty one is none."""
    if not now or not before:
        if before:
            yield "web does not answer"
        elif now:
            yield "web answers again"
        return
    if now["redis"]["ok"] != before["redis"]["ok"]:
        yield (
            "Redis takes writes again" if now["redis"]["ok"] else "Redis takes no writes: senders get 503 and try again"
        )
    if now["rules"] != before["rules"]:
        yield _told(now["rules"])
    if (trouble := now["planhat"]["trouble"]) != before["planhat"]["trouble"]:
        yield f"Planhat gets no tasks: {trouble}" if trouble else "Planhat gets tasks again"


def _told(rules: State) -> str:
    if errors := rules["errors"]:
        lines = ["the changed rules are wrong; the last good ones stay in use:", *errors]
        if any("environment variable" in error for error in errors):
            lines.append(_NEW_VARIABLES)
        return "\n  ".join(lines)
    return f"the rules of the files are in use (version {rules['version']})"

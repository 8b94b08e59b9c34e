"""What the demo asks the running stack: how events ended, and which tasks Planhat has."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests

_ENDS_WITHIN = 15.0  # seconds
_POLL = 0.02


@dataclass(frozen=True, slots=True)
class End:
    """How one event ended; `why` says what the rules did or why they did nothing."""

    status: str
    reason: str | None
    why: str

    @property
    def short(self) -> str:
        return f"{self.status}: {self.reason}" if self.reason else self.status


@dataclass(frozen=True, slots=True)
class DemoApi:
    """The operator API at `web_url` and the sandbox's control API at `sandbox_url`."""

    web_url: str
    token: str
    sandbox_url: str

    def end_of(self, event_id: str) -> End:
        """Wait until the event has ended; one that has not in time shows as waiting."""
        deadline = time.monotonic() + _ENDS_WITHIN
        while True:
            event = self._get(f"/api/v1/events/{event_id}")
            if event["status"] != "waiting" or time.monotonic() > deadline:
                return End(event["status"], event.get("reason"), _why(event))
            time.sleep(_POLL)

    def tasks(self) -> dict[str, Mapping[str, Any]]:
        """The tasks in the sandbox by `sourceId`, archived ones too."""
        answer = requests.get(f"{self.sandbox_url}/_sandbox/tasks", timeout=10)
        answer.raise_for_status()
        return {task["sourceId"]: task for task in answer.json()}

    def last_refusal(self) -> str:
        """Why the delivery that was refused last got its 4xx; web processes tell it within a second."""
        deadline = time.monotonic() + _ENDS_WITHIN
        while not (last := self._get("/api/v1/refusals")["last"]) and time.monotonic() < deadline:
            time.sleep(_POLL)
        return str(last[0]["reason"]).replace("_", " ") if last else "the log of the web process tells"

    def stats(self) -> dict[str, Any]:
        """The counts of events by how they ended, read at one moment."""
        return self._get("/api/v1/stats")

    def _get(self, path: str) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = requests.get(self.web_url + path, headers=headers, timeout=10)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found


def _why(event: Mapping[str, Any]) -> str:
    """Which rules did what and with what success, else what they found wrong, else why none of them matched."""
    if operations := event["operations"]:
        return "; ".join(dict.fromkeys(_told(operation) for operation in operations))
    decisions = event["decisions"]
    if problems := [f"{decision['rule']}: {decision['problem']}" for decision in decisions if decision["problem"]]:
        return "; ".join(problems)
    reasons = [reason for decision in decisions for reason in decision["reasons"]]
    listening = [reason for reason in reasons if not reason.startswith("listens to")]
    return "; ".join(listening) or f"no rule is for {event['type']}"


def _told(operation: Mapping[str, Any]) -> str:
    done = f"{operation['rule']} → {operation['action']} {operation['sourceId']}"
    match operation["outcome"]:
        case "applied":
            return done
        case "superseded":
            return "a newer event had written the same fields"
        case outcome:
            return f"{done}: {operation['answer'] or outcome}"

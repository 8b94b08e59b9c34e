"""What Redis holds of events and tasks, as the operator API and the command line show it. No I/O."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from planhook.core.event import Event, iso
from planhook.core.operation import Operation
from planhook.core.outcome import OUTCOMES
from planhook.core.plan import Decision, Plan
from planhook.core.reason import reason_of
from planhook.core.register import CANCELLED, Register
from planhook.core.step import next_step
from planhook.core.version import attempt_of, event_of, shown
from planhook.store.registers import BY_ID, task_key

_NOT_PLANNED: Mapping[str, Any] = {"version": None, "decisions": [], "operations": []}
_CANONICAL = ("deal", "meeting", "changes", "payload", "sender_id", "sequence")


def plan_record(plan: Plan, operations: tuple[Operation, ...]) -> str:
    """A plan as the journal keeps it; `operations` in the order of their outcomes."""
    return json.dumps(
        {
            "version": plan.rules_version,
            "decisions": [
                [decision.rule, decision.matched, list(decision.reasons), decision.problem, decision.mode]
                for decision in plan.decisions
            ],
            "operations": [
                [one.rule, one.action, task_key(one.key, one.by_id), dict(one.fields)] for one in operations
            ],
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def recorded_plan(record: str) -> Plan:
    """The plan that `plan_record` kept, but for what it does not keep: ranks are the order, `if_absent` is ignore."""
    kept = json.loads(record)
    operations = [
        Operation(rule, action, key[2:], fields, index, key.startswith(BY_ID))
        for index, (rule, action, key, fields) in enumerate(kept["operations"])
    ]
    return Plan(
        kept["version"],
        tuple(
            Decision(rule, matched, tuple(reasons), problem, mode, tuple(one for one in operations if one.rule == rule))
            for rule, matched, reasons, problem, mode in kept["decisions"]
        ),
    )


def event_row(fields: Mapping[str, str]) -> dict[str, Any]:
    """An event in a list; `fields` are those of its record and its id."""
    event = Event.from_json(json.loads(fields["b"])) if "b" in fields else None
    return {
        "id": fields["id"],
        "status": fields["s"],
        "reason": fields.get("z", ""),
        "source": fields["c"],
        "type": fields["y"],
        "occurred_at": iso(event.occurred_at) if event else None,
        "received_at": _moment(int(fields["t"])),
        "tasks": list(dict.fromkeys(key[2:] for _, _, key, _ in _plan(fields)["operations"])),
    }


def event_view(fields: Mapping[str, str]) -> dict[str, Any]:
    """All that is known of an event whose body is kept: what came, what each rule said, what became of it."""
    event = Event.from_json(json.loads(fields["b"]))
    plan = _plan(fields)
    return {
        "id": event.id,
        "status": fields["s"],
        "reason": fields.get("z", ""),
        "source": event.source,
        "type": event.type,
        "types": list(event.types),
        "occurred_at": iso(event.occurred_at),
        "received_at": iso(event.received_at),
        "attempt": int(fields["n"]) + 1,
        "rules_version": plan["version"],
        "duplicates": int(fields.get("d", 0)),
        "ended_at": _moment(int(fields["e"])) if "e" in fields else None,
        "event": {name: value for name in _CANONICAL if (value := getattr(event, name)) is not None},
        "decisions": [
            {"rule": rule, "matched": matched, "reasons": reasons, "problem": problem, "mode": mode}
            for rule, matched, reasons, problem, mode in plan["decisions"]
        ],
        "operations": [
            {
                "rule": rule,
                "action": action,
                ("_id" if key.startswith(BY_ID) else "sourceId"): key[2:],
                "fields": values,
                "outcome": OUTCOMES.get(fields.get("o", "")[index : index + 1], "pending"),
                "answer": fields.get(f"a{index}"),
            }
            for index, (rule, action, key, values) in enumerate(plan["operations"])
        ],
    }


def meaning(event: Mapping[str, Any]) -> dict[str, str | None]:
    """`meaning` and `remedy` of what an event, as `event_view` shows it, came to; None where words say it all."""
    found = reason_of(
        event["status"],
        event["reason"],
        refused=(operation["answer"] for operation in event["operations"]),
        problems=(decision["problem"] for decision in event["decisions"]),
    )
    return {"meaning": found.meaning if found else None, "remedy": found.remedy if found else None}


def overwritten(operation: Mapping[str, Any], event_id: str, register: Register) -> dict[str, dict[str, Any]]:
    """The fields of an operation that the task has from elsewhere: the `event` that decided each, and its `value`.

    Both are None where nothing stands, as the task was deleted. `operation` is as `event_view` shows it.
    """
    if operation["outcome"] not in ("pending", "applied", "superseded"):
        return {}
    decided = _decided(register)
    others: dict[str, dict[str, Any]] = {}
    for name, value in operation["fields"].items():
        version, stands = decided.get(name, (None, None))
        by = event_of(version) if version else None
        if by != event_id or stands != value:
            others[name] = {"event": by, "value": stands}
    return others


def _decided(register: Register) -> dict[str, tuple[str, Any]]:
    """Each field as the rules want it, those that are fixed at creation included, with the version that set it."""
    written = {name: write for name, write in register.writes.items() if register.counts(write[0])}
    return {**written, **register.wanted()}


def task_view(register: Register, history: Iterable[tuple[str, Mapping[str, str]]]) -> dict[str, Any]:
    """A task: what the rules want, with the event that decided each field, and what Planhat is known to have.

    `history` has the task's entries, each with the fields of its event's record (none when that is forgotten).
    `tries` counts how often Planhat failed over what is pending, without saying why.
    """
    decided = _decided(register)
    return {
        "sourceId": None if register.by_id else register.key,
        "_id": register.key if register.by_id else register.known.id,
        "state": _state(register),
        "pending": next_step(register) is not None,
        "tries": register.tries,
        "fields": {
            name: {"value": value, "version": shown(version), "event": event_of(version)}
            for name, (version, value) in sorted(decided.items())
        },
        "planhat": dict(sorted(register.known.properties.items())) if register.known.exists else None,
        "history": [_history_row(entry, fields, decided) for entry, fields in history],
    }


def _history_row(entry: str, fields: Mapping[str, str], decided: Mapping[str, tuple[str, Any]]) -> dict[str, Any]:
    """One operation on a task; `fields` are those that it wrote (None when forgotten), `stands` what still does."""
    version, index, action = entry.split(":")
    is_latest = "n" in fields and int(fields["n"]) == attempt_of(version)
    letter = fields.get("o", "")[int(index) : int(index) + 1] if is_latest else ""
    return {
        "event": event_of(version),
        "attempt": attempt_of(version) + 1,
        "version": shown(version),
        "action": action,
        "outcome": OUTCOMES.get(letter, "replayed" if "n" in fields else "forgotten"),
        "answer": fields.get(f"a{index}") if is_latest else None,
        "fields": _plan(fields)["operations"][int(index)][3] if is_latest and "p" in fields else None,
        "stands": sorted(name for name, (decisive, _) in decided.items() if decisive == version),
    }


def _moment(milliseconds: int) -> str:
    return iso(datetime.fromtimestamp(milliseconds / 1000, tz=UTC))


def _state(register: Register) -> str:
    """The state that the rules want; where Planhat refused to change it, the one that it has left."""
    known = register.known
    if not _is_state_refused(register):
        return register.state
    if not known.exists:
        return "unknown"
    if not known.properties.get("isArchived"):
        return "open"
    return "cancelled" if known.properties.get("status") == CANCELLED["status"] else "done"


def _is_state_refused(register: Register) -> bool:
    if register.state == "deleted":
        return register.refused.get("deleted") == register.deleted
    version, _ = register.wanted().get("isArchived", (None, None))
    return version is not None and register.refused.get("isArchived") == version


def _plan(fields: Mapping[str, str]) -> Mapping[str, Any]:
    plan: Mapping[str, Any] = json.loads(fields["p"]) if "p" in fields else _NOT_PLANNED
    return plan

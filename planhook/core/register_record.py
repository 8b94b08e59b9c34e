"""Registers as JSON text and back. Versions are long and shared by many properties, so each is written once."""

import json
from typing import Any

from planhook.core.register import Closing, Known, Pending, Register


def dump(register: Register) -> str:
    """The register as compact JSON; without key and revision, which the store keeps beside it."""
    pool: dict[str, int] = {}

    def number(version: str) -> int:
        return pool.setdefault(version, len(pool))

    record: dict[str, Any] = {
        "w": {name: [number(version), value] for name, (version, value) in register.writes.items()},
        "c": [number(version) for version in register.creates],
        "k": [
            register.known.exists,
            register.known.id,
            number(register.known.life),
            register.known.properties,
        ],
    }
    if register.closing:
        record["s"] = [
            number(register.closing.version),
            register.closing.action,
            dict(register.closing.properties),
        ]
    if register.deleted:
        record["d"] = number(register.deleted)
    if register.refused:
        record["r"] = {name: number(version) for name, version in register.refused.items()}
    if register.stale:
        record["l"] = sorted(register.stale)
    for letter, waiting in (("p", register.pending), ("a", register.absent)):
        if waiting:
            record[letter] = [
                [number(version), pending.index, pending.action, pending.if_absent]
                for version, pending in waiting.items()
            ]
    flags = [
        register.adopted,
        register.careful,
        register.unclear,
        register.remake,
        register.alone,
        register.unanswered,
        register.unread,
        register.tries,
    ]
    if any(flags):
        record["f"] = flags
    record["v"] = list(pool)
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))


def load(key: str, by_id: bool, revision: int, text: str) -> Register:
    """The register that `dump` wrote."""
    record = json.loads(text)
    pool: list[str] = record["v"]
    exists, task_id, life, properties = record["k"]
    adopted, careful, unclear, remake, alone, unanswered, unread, tries = record.get("f", (*[False] * 7, 0))
    closing = record.get("s")
    return Register(
        key=key,
        by_id=by_id,
        revision=revision,
        writes={name: (pool[number], value) for name, (number, value) in record["w"].items()},
        creates=[pool[number] for number in record["c"]],
        closing=Closing(pool[closing[0]], closing[1], closing[2]) if closing else None,
        deleted=pool[record["d"]] if "d" in record else "",
        adopted=adopted,
        known=Known(exists, task_id, pool[life], properties),
        pending={pool[n]: Pending(index, action, policy) for n, index, action, policy in record.get("p", ())},
        absent={pool[n]: Pending(index, action, policy) for n, index, action, policy in record.get("a", ())},
        refused={name: pool[number] for name, number in record.get("r", {}).items()},
        stale=set(record.get("l", ())),
        tries=tries,
        careful=careful,
        unclear=unclear,
        remake=remake,
        alone=alone,
        unanswered=unanswered,
        unread=unread,
    )

"""The judge: the senders' ledger, planhook's journal and Planhat's own records against the twelve promises."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from tests.reliability.sender import Ledger
from tests.reliability.story import MANAGED, Story

PROMISES: Mapping[int, str] = {
    1: "durable answer",
    2: "honest refusal",
    3: "one end",
    4: "one task",
    5: "convergence",
    6: "no going back",
    7: "rate",
    8: "poison",
    9: "authentic",
    10: "bounds",
    11: "rules",
    12: "shutdown",
}
REFUSED_WITHIN_S = 10.0  # promised are 2 s; the machine that runs this has other things to do, too
MOST_MEMORY = 300 * 2**20  # of one process, in bytes
MOST_REDIS_CLIENTS = 40
WINDOW_S = 60.0


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken promise, by its number in the list above."""

    promise: int
    told: str

    def __str__(self) -> str:
        return f"{self.promise} ({PROMISES[self.promise]}): {self.told}"


@dataclass
class Evidence:
    """All that is known when everything is quiet. `poison` holds the sender's ids of events that must end dead.

    `calls` and `tasks` are Planhat's records, `rows` and `stats` what the operator API shows, `seen` all that was
    logged or stored in Redis, `memory` bytes of each process, `most_writes` bounds the writes of some tasks, by
    sourceId, whatever the number of their events. `journal_is_cut`: Redis was full, so that planhook forgot
    what had ended; that nothing is lost is then seen by the tasks alone.
    """

    ledger: Ledger
    story: Story
    rows: Sequence[Mapping[str, Any]]
    stats: Mapping[str, Any]
    tasks: Sequence[Mapping[str, Any]]
    calls: Sequence[Mapping[str, Any]]
    calls_per_minute: int
    unbalanced: Sequence[str] = ()
    poison: frozenset[str] = frozenset()
    most_writes: Mapping[str, int] = field(default_factory=dict)
    late_writes: bool = False
    journal_is_cut: bool = False
    retry_after_s: float = 0.0
    seen: str = ""
    secrets: Sequence[str] = ()
    memory: Mapping[str, int] = field(default_factory=dict)
    redis_clients: int = 0
    rules_versions: Mapping[str, str] = field(default_factory=dict)
    known_versions: frozenset[str] = frozenset()
    exits: Mapping[str, int | None] = field(default_factory=dict)
    exit_seconds: float = 0.0
    held_after_exit: Sequence[str] = ()


def findings(evidence: Evidence) -> list[Finding]:
    """Every broken promise; none is what all of this is for."""
    return [Finding(number, told) for number, check in _CHECKS.items() for told in check(evidence)]


def _durable(evidence: Evidence) -> Iterator[str]:
    yield from (f"{name} got two ids" for name in evidence.ledger.renamed)
    if evidence.journal_is_cut:
        return
    there = {row["id"] for row in evidence.rows}
    for name, known in evidence.ledger.taken.items():
        if known not in there:
            yield f"{name} was answered with a 2xx and is not in the journal"
    if len(there) != len(set(evidence.ledger.taken.values())):
        yield f"{len(there)} events are in the journal, {len(set(evidence.ledger.taken.values()))} were taken"


def _honest(evidence: Evidence) -> Iterator[str]:
    for attempt in evidence.ledger.attempts:
        if attempt.is_forged or attempt.status in (None, 200, 202):
            continue
        if attempt.status != 503:
            yield f"{attempt.status} for what a retry cures"
        elif not (attempt.retry_after or "").isdigit():
            yield "503 without Retry-After"
        elif attempt.seconds > REFUSED_WITHIN_S:
            yield f"503 after {attempt.seconds:.1f} s"


def _one_end(evidence: Evidence) -> Iterator[str]:
    yield from evidence.unbalanced
    stats, counted = evidence.stats, Counter(row["status"] for row in evidence.rows)
    for status in ("applied", "ignored", "dead", "waiting"):
        if stats[status] != counted[status] and not evidence.journal_is_cut:
            yield f"the books have {stats[status]} {status}, the journal {counted[status]}"
    if stats["accepted"] != len(evidence.rows) and not evidence.journal_is_cut:
        yield f"the books have {stats['accepted']} accepted, the journal {len(evidence.rows)}"
    for row in evidence.rows:
        if row["status"] == "waiting":
            yield f"{row['id']} has not ended"
        elif row["status"] != "applied" and not row["reason"]:
            yield f"{row['id']} is {row['status']} for no reason"


def _one_task(evidence: Evidence) -> Iterator[str]:
    for key, count in Counter(task["sourceId"] for task in evidence.tasks).items():
        if count > 1:
            yield f"{count} tasks are {key}"
    created = Counter(key for key, change in _changes(evidence) if change["kind"] == "create")
    yield from (f"{key} was created {count} times" for key, count in created.items() if count > 1)


def _convergence(evidence: Evidence) -> Iterator[str]:
    by_key = {task["sourceId"]: task for task in evidence.tasks}
    poisoned = {f"deal-{evidence.story.told[name]['deal']['id']}" for name in evidence.poison}
    wanted = {key: fields for key, fields in evidence.story.tasks().items() if key not in poisoned}
    for key in (by_key.keys() ^ wanted.keys()) - poisoned:
        yield f"{key} {'should not be' if key in by_key else 'is not'} in Planhat"
    for key in by_key.keys() & wanted.keys():
        for name, value in wanted[key].items():
            if by_key[key].get(name) != value:
                yield f"{key}.{name} is {by_key[key].get(name)!r}, not {value!r}"
    for key, change in _changes(evidence):
        if others := set(change["sent"]) - MANAGED:
            yield f"{key}: {sorted(others)} were written, which no rule manages"


def _no_going_back(evidence: Evidence) -> Iterator[str]:
    """Names and amounts tell which event they come from. A write that was held up on its way may arrive late."""
    if evidence.late_writes:
        return
    ranks: dict[tuple[str, str, str], int] = {}
    for key, events in evidence.story.by_task().items():
        for rank, event in enumerate(events):
            ranks[key, "action", event["deal"]["name"]] = rank
            ranks[key, "description", str(event["deal"]["amount"])] = rank
    newest: dict[tuple[str, str], int] = {}
    for key, change in _changes(evidence):
        for name in {"action", "description"} & change["changed"].keys():
            rank = ranks[key, name, change["changed"][name]]
            if rank < newest.get((key, name), -1):
                yield f"{key}.{name} went back to {change['changed'][name]!r}"
            newest[key, name] = rank


def _rate(evidence: Evidence) -> Iterator[str]:
    times = sorted(call["arrived"] for call in evidence.calls)
    first = 0
    for last, moment in enumerate(times):
        while times[first] <= moment - WINDOW_S:
            first += 1
        if last - first + 1 > evidence.calls_per_minute:
            yield f"{last - first + 1} calls within {WINDOW_S:.0f} s"
            break
    if not evidence.retry_after_s and any(call["status"] == 429 for call in evidence.calls):
        yield "Planhat had to say that it is too much"
    ordered = sorted(evidence.calls, key=lambda call: call["arrived"])
    for before, after in pairwise(ordered):
        if before["status"] == 429 and after["arrived"] < before["answered"] + evidence.retry_after_s:
            yield f"a call {after['arrived'] - before['answered']:.1f} s after a 429"
    bulks = [call for call in ordered if call["kind"] == "bulk" and call["answered"]]
    for before, after in pairwise(bulks):
        if not evidence.late_writes and after["arrived"] < before["answered"]:
            overlap = before["answered"] - after["arrived"]
            yield f"two bulk writes at a time: {before['number']} and {after['number']}, for {overlap * 1000:.0f} ms"


def _poison(evidence: Evidence) -> Iterator[str]:
    """Also of an outage: only poison is to blame, and all of it ends dead."""
    names = {known: name for name, known in evidence.ledger.taken.items()}
    dead = {names.get(row["id"], row["id"]): row["reason"] for row in evidence.rows if row["status"] == "dead"}
    yield from (f"{name} is dead: {dead[name]}" for name in dead.keys() - evidence.poison)
    yield from (f"{name} should be dead" for name in evidence.poison - dead.keys())


def _authentic(evidence: Evidence) -> Iterator[str]:
    forged = [attempt for attempt in evidence.ledger.attempts if attempt.is_forged]
    yield from (f"{one.status} for a forged delivery" for one in forged if one.status not in (None, 401, 503))
    if any(name in evidence.ledger.taken for name in evidence.ledger.forged):
        yield "a forged event was taken"
    yield from ("a secret is in a log or in Redis" for secret in evidence.secrets if secret in evidence.seen)


def _bounds(evidence: Evidence) -> Iterator[str]:
    for name, size in evidence.memory.items():
        if size > MOST_MEMORY:
            yield f"{name} takes {size / 2**20:.0f} MiB"
    if evidence.redis_clients > MOST_REDIS_CLIENTS:
        yield f"{evidence.redis_clients} connections to Redis"
    writes = Counter(key for key, _ in _changes(evidence))
    for key, most in evidence.most_writes.items():
        if writes[key] > most:
            yield f"{key} was written {writes[key]} times"


def _rules(evidence: Evidence) -> Iterator[str]:
    for name, version in evidence.rules_versions.items():
        if version not in evidence.known_versions:
            yield f"{name} was judged by rules {version!r}, which never were in force"


def _shutdown(evidence: Evidence) -> Iterator[str]:
    yield from (f"{name} ended with {status}" for name, status in evidence.exits.items() if status != 0)
    if evidence.exit_seconds > 25:
        yield f"it took {evidence.exit_seconds:.0f} s to end"
    yield from (f"{key} was held after the end" for key in evidence.held_after_exit)


def _changes(evidence: Evidence) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What was done to our tasks, by sourceId, in the order in which Planhat did it."""
    for call in sorted((call for call in evidence.calls if call["applied"]), key=lambda call: call["applied"]):
        for change in call["changes"]:
            yield change["sourceId"], change


_CHECKS = {
    1: _durable,
    2: _honest,
    3: _one_end,
    4: _one_task,
    5: _convergence,
    6: _no_going_back,
    7: _rate,
    8: _poison,
    9: _authentic,
    10: _bounds,
    11: _rules,
    12: _shutdown,
}

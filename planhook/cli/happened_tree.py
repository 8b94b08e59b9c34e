"""What became of a stored event, as branches of a tree."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from planhook.cli.explanation_tree import value_text
from planhook.cli.tree import Branch
from planhook.core.event import iso

COLOURS = {"applied": "green", "dead": "red", "waiting": "yellow"}
_WROTE = ("applied", "superseded")
_TIMES = range(10**11, 10**14)  # milliseconds from 1973 to 5138; what else orders events is far smaller or larger
_Json = Mapping[str, Any]


def happened_tree(event: _Json, tasks: list[dict[str, Any]], rules_now: str) -> tuple[Branch, ...]:
    """The end of an event and its tasks, as `Journal` shows them; `rules_now` is the version of today's rules."""
    return (_end(event, rules_now), *(task_tree(task, event["id"]) for task in tasks))


def end_in_words(event: _Json) -> str:
    """`ignored: no rule` and the like."""
    return f"{event['status']}: {event['reason']}" if event["reason"] else str(event["status"])


def meaning_lines(event: _Json) -> Iterator[str]:
    """What the end of an event means and what to do; nothing where there is nothing to say."""
    if event["meaning"]:
        yield str(event["meaning"])
        if event["remedy"] != "nothing":
            yield f"what to do: {event['remedy']}"


def _end(event: _Json, rules_now: str) -> Branch:
    at = f" at {event['ended_at']}" if event["ended_at"] else ""
    below = [Branch(line) for line in meaning_lines(event)]
    below.append(_rules(event, rules_now))
    if event["duplicates"]:
        below.append(Branch(f"came {event['duplicates'] + 1} times"))
    below += map(_operation, event["operations"])
    return Branch(f"what happened: {end_in_words(event)}{at}", tuple(below), COLOURS.get(event["status"]), bold=True)


def _rules(event: _Json, rules_now: str) -> Branch:
    attempt = f"planned {event['attempt']} times, " if event["attempt"] > 1 else ""
    version = event["rules_version"]
    if version is None:
        return Branch(f"{attempt}not judged by any rules yet")
    if version == rules_now:
        return Branch(f"{attempt}judged by these rules ({version})")
    then = tuple(
        Branch(f"✓ {one['rule']}: {'; '.join(one['reasons'])}", colour="green")
        for one in event["decisions"]
        if one["matched"]
    )
    said = "these applied then" if then else "none applied then"
    return Branch(f"{attempt}judged by other rules ({version}, now {rules_now}); {said}", then, "yellow")


def _operation(operation: _Json) -> Branch:
    key = operation.get("sourceId") or f"_id {operation['_id']}"
    answer = operation["answer"]
    below = [
        Branch(f"{name}: {value_text(operation['fields'][name])}; {_stands(other)}")
        for name, other in operation["overwritten"].items()
    ]
    below += (Branch(f"but {message}", colour="red") for message in operation["not_kept"])
    if answer:
        said = f", Planhat answered: {answer}"
    else:
        said = ", with nothing left to write" if operation["outcome"] == "applied" else ""
    text = f"{operation['action']} {key}: {operation['outcome']}{said}"
    return Branch(text, tuple(below), aside=operation["rule"])


def _stands(other: _Json) -> str:
    if other["event"] is None:
        return "the task was deleted or made anew since"
    return f"decided by {other['event']}: {value_text(other['value'])}"


def task_tree(task: _Json, event_id: str = "") -> Branch:
    """A task as `Journal` shows it: each field with who decided it, then its history. `event_id`: "this event"."""
    written = "waits to be written to Planhat" if task["pending"] else "nothing to be written"
    own_id = f", _id {task['_id']}" if task["_id"] and task["sourceId"] else ""
    below = [_decided(name, field, task["planhat"], event_id) for name, field in task["fields"].items()]
    below.append(Branch("history, last planned first", tuple(_entry(entry, event_id) for entry in task["history"])))
    if task["tries"]:
        below.insert(0, Branch(f"Planhat failed over it {task['tries']} times without saying why", colour="yellow"))
    name = task["sourceId"] or f"_id {task['_id']}"
    return Branch(f"task {name}: {task['state'] or 'not created'}, {written}{own_id}", tuple(below), bold=True)


def _decided(name: str, field: _Json, planhat: _Json | None, event_id: str) -> Branch:
    by = _named(field["event"], event_id)
    text, aside = f"{name}: {value_text(field['value'])}", f"by {by}, {_version(field['version'])}"
    if planhat is None or field["value"] == planhat.get(name):
        return Branch(text, aside=aside)
    return Branch(text, (Branch(f"Planhat has {value_text(planhat.get(name))}", colour="yellow"),), aside=aside)


def _version(version: list[int | str]) -> str:
    """The sender's order as people read it: the numbers that are times as such, and a 0 behind them left out."""
    first, second = int(version[0]), int(version[1])
    numbers = [first, second] if second else [first]
    return " ".join(_time_or_number(number) for number in numbers)


def _time_or_number(number: int) -> str:
    if number not in _TIMES:
        return str(number)
    return iso(datetime.fromtimestamp(number / 1000, tz=UTC))


def _entry(entry: _Json, event_id: str) -> Branch:
    answer = f" ({entry['answer']})" if entry["answer"] else ""
    text = f"{entry['action']} by {_named(entry['event'], event_id)}: {entry['outcome']}{answer}"
    gone = sorted((entry["fields"] or {}).keys() - set(entry["stands"]))
    below = (Branch(f"overwritten: {', '.join(gone)}"),) if gone and entry["outcome"] in _WROTE else ()
    return Branch(text, below, aside=_version(entry["version"]))


def _named(event: str, this: str) -> str:
    return "this event" if event == this else event

"""What the rules would do with one event or one delivery, and why."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from marshmallow import ValidationError

from planhook.authoring.explain_rule import RuleTrace, trace_rule
from planhook.authoring.given import event_of
from planhook.core.errors import BodyInvalid, PlanhookError
from planhook.core.event import Delivery, Event
from planhook.core.plan import Plan, make_plan
from planhook.core.rule import RuleSet
from planhook.core.template import Context
from planhook.rulebook import Rulebook
from planhook.rulebook.document import read_document
from planhook.rulebook.examples import GivenSchema
from planhook.rulebook.located import LocatedDict, Path, messages_by_path, place_of
from planhook.rulebook.suggestion import suggestion
from planhook.rulebook.vocabulary import doubt_type

_DELIVERY_KEYS = {"source", "headers", "body", "method", "url"}


class EventUnreadable(PlanhookError):
    """What was given is neither an event nor a delivery; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """One event and what the rules say to it: all `rules` in order, none to an event that no rule sees."""

    event: Event
    plan: Plan
    rules: tuple[RuleTrace, ...]

    @property
    def note(self) -> str | None:
        """What is odd about the event although it can be read: a type that no source sends."""
        return doubt_type(self.event.type)

    @property
    def unseen(self) -> str | None:
        """Why no rule sees the event, says its source."""
        return self.event.ignored or self.event.problem

    def to_json(self) -> dict[str, Any]:
        """The `event` and the `judgement` on it; docs/explain.md describes them, keys are only ever added."""
        return {"event": self.event.to_json(), **self.judgement()}

    def judgement(self) -> dict[str, Any]:
        """`note`, `unseen`, `rules_version`, and in `decisions` each rule with its `operations`."""
        return {
            "note": self.note,
            "unseen": self.unseen,
            "rules_version": self.plan.rules_version,
            "decisions": [
                {**rule.to_json(), "operations": [operation.to_json() for operation in rule.decision.operations]}
                for rule in self.rules
            ],
        }


def explain_event(event: Event, rules: RuleSet) -> Explanation:
    """What `rules` say to `event`."""
    plan = make_plan(event, rules)
    data, context = event.data(), Context(rules.tables, rules.calendar)
    traced = (
        trace_rule(rule, decision, event, data, context)
        for rule, decision in zip(rules.rules, plan.decisions, strict=False)  # no decisions on an unseen event
    )
    return Explanation(event, plan, tuple(traced))


def read_record(name: str, content: bytes) -> Any:
    """The event or delivery of a file: JSON, or YAML read as strictly as a rule file. Raises EventUnreadable."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as fault:
        if name.endswith(".json"):
            raise EventUnreadable(f"this is no JSON: {fault}") from None
    record, findings = read_document(name, content)
    if findings:
        raise EventUnreadable("; ".join(f"{f'line {one.line}: ' if one.line else ''}{one.message}" for one in findings))
    return record


def explain(record: Any, rulebook: Rulebook, now: datetime) -> tuple[Explanation, ...]:
    """Explain a canonical event, or each event of a delivery `{"source", "headers", "body"}`.

    A delivery is read by its source without a look at its proof; `now` is when it counts as received.
    Raises EventUnreadable.
    """
    if _is_example(record):
        raise EventUnreadable("this is an example of a rule; write only what stands under given, without that word")
    if not isinstance(record, Mapping):
        raise EventUnreadable("this is neither an event nor a delivery; an event begins with type: deal.won")
    events = _delivered(record, rulebook, now) if "body" in record else (_canonical(record, rulebook),)
    return tuple(explain_event(event, rulebook.rules) for event in events)


def _is_example(record: Any) -> bool:
    """Whether an example of a rule was pasted, or a list of them."""
    first = record[0] if isinstance(record, list) and record else record
    return isinstance(first, Mapping) and ("given" in first or "examples" in first)


def _canonical(record: Mapping[str, Any], rulebook: Rulebook) -> Event:
    try:
        if "order" in record and "types" in record:  # as the journal keeps it
            return Event.from_json(record)
        return event_of(GivenSchema().load(record), rulebook.rules.calendar)
    except ValidationError as fault:
        faults = (_told(record, path, message) for path, message in messages_by_path(fault.messages))
        raise EventUnreadable("; ".join(faults)) from None
    except KeyError as missing:
        raise EventUnreadable(f"the event has no {missing.args[0]}") from None
    except (ValueError, TypeError, IndexError) as fault:
        raise EventUnreadable(f"this is no event: {fault}") from None


def _told(record: Mapping[str, Any], path: Path, message: str) -> str:
    line = place_of(record, path).line if isinstance(record, LocatedDict) else 0
    return f"{f'line {line}: ' if line else ''}{'.'.join(map(str, path))}: {message}"


def _delivered(record: Mapping[str, Any], rulebook: Rulebook, now: datetime) -> tuple[Event, ...]:
    unknown = sorted(set(record) - _DELIVERY_KEYS)
    if unknown:
        raise EventUnreadable(f"a delivery has no {unknown[0]} ({suggestion(unknown[0], sorted(_DELIVERY_KEYS))})")
    name = str(record.get("source"))
    source = rulebook.sources.get(name)
    if source is None:
        raise EventUnreadable(f"there is no source {name} ({suggestion(name, sorted(rulebook.sources))})")
    headers = record.get("headers") or {}
    if not isinstance(headers, Mapping):
        raise EventUnreadable('headers is no object, as in {"content-type": "application/json"}')
    body = record["body"]
    text = body if isinstance(body, str) else json.dumps(body)
    delivery = Delivery(
        method=str(record.get("method", "POST")),
        url=str(record.get("url", f"http://localhost/webhooks/{name}")),
        headers={str(header).lower(): str(value) for header, value in headers.items()},
        body=text.encode("utf-8", "surrogatepass"),
        received_at=now,
    )
    try:
        return source.parse(delivery)
    except BodyInvalid as fault:
        raise EventUnreadable(f"the source {name} cannot read this body: {fault}") from None

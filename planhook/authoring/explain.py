"""What the rules would do with one event or one delivery, and why."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from marshmallow import ValidationError

from planhook.authoring.given import event_of
from planhook.core.errors import BodyInvalid, PlanhookError
from planhook.core.event import Delivery, Event
from planhook.core.operation import Operation
from planhook.core.plan import Decision, Plan, make_plan
from planhook.core.rule import RuleSet
from planhook.rulebook import Rulebook
from planhook.rulebook.examples import GivenSchema
from planhook.rulebook.located import messages_by_path
from planhook.rulebook.suggestion import suggestion
from planhook.rulebook.vocabulary import doubt_type

_DELIVERY_KEYS = {"source", "headers", "body", "method", "url"}


class EventUnreadable(PlanhookError):
    """What was given is neither an event nor a delivery; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """One event and what the rules say to it."""

    event: Event
    plan: Plan
    rules: RuleSet

    @property
    def note(self) -> str | None:
        """What is odd about the event although it can be read: a type that no source sends."""
        return doubt_type(self.event.type)

    def to_json(self) -> dict[str, Any]:
        """`event`, `note`, `rules_version`, `decisions`: of each rule `matched`, `reasons`, `problem`, `operations`.

        The `origins` of an operation are the places of fields that a template or defaults give.
        """
        return {
            "event": self.event.to_json(),
            "note": self.note,
            "rules_version": self.plan.rules_version,
            "decisions": [self._decision(decision) for decision in self.plan.decisions],
        }

    def template(self, rule: str) -> str | None:
        """The name of the template that a rule is made of."""
        made = self.rules.named(rule)
        return (made.template or None) if made else None

    def origin(self, rule: str, field: str) -> str | None:
        """`file:line` of what a template or defaults give to a field; None when the rule says it itself."""
        made = self.rules.named(rule)
        place = made.place_of(field) if made else None
        return str(place) if place and place.used_in else None

    def _decision(self, decision: Decision) -> dict[str, Any]:
        return {
            "rule": decision.rule,
            "template": self.template(decision.rule),
            "matched": decision.matched,
            "reasons": list(decision.reasons),
            "problem": decision.problem,
            "mode": decision.mode,
            "operations": [self._operation(operation) for operation in decision.operations],
        }

    def _operation(self, operation: Operation) -> dict[str, Any]:
        origins = {name: self.origin(operation.rule, name) for name in operation.fields}
        return operation.to_json() | {"origins": {name: place for name, place in origins.items() if place}}


def explain(record: Any, rulebook: Rulebook, now: datetime) -> tuple[Explanation, ...]:
    """Explain a canonical event, or each event of a delivery `{"source", "headers", "body"}`.

    A delivery is read by its source without a look at its proof; `now` is when it counts as received.
    Raises EventUnreadable.
    """
    if not isinstance(record, Mapping):
        raise EventUnreadable('this is neither an event nor a delivery; both are JSON objects ("{…}")')
    events = _delivered(record, rulebook, now) if "body" in record else (_canonical(record, rulebook),)
    return tuple(Explanation(event, make_plan(event, rulebook.rules), rulebook.rules) for event in events)


def _canonical(record: Mapping[str, Any], rulebook: Rulebook) -> Event:
    try:
        if "order" in record and "types" in record:  # as the journal keeps it
            return Event.from_json(record)
        return event_of(GivenSchema().load(record), rulebook.rules.calendar)
    except ValidationError as fault:
        faults = [f"{'.'.join(map(str, path))}: {message}" for path, message in messages_by_path(fault.messages)]
        raise EventUnreadable("; ".join(faults)) from None
    except KeyError as missing:
        raise EventUnreadable(f"the event has no {missing.args[0]}") from None
    except (ValueError, TypeError, IndexError) as fault:
        raise EventUnreadable(f"this is no event: {fault}") from None


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

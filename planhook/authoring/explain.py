"""What the rules would do with one event or one delivery, and why."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from marshmallow import ValidationError

from planhook.authoring.explain_rule import RuleTrace, trace_rule
from planhook.authoring.given import Given, read_given
from planhook.authoring.told_record import GivenInvalid
from planhook.core.errors import BodyInvalid, PlanhookError
from planhook.core.event import Delivery, Event
from planhook.core.place import Place
from planhook.core.plan import Plan, make_plan
from planhook.core.rule import Rule, RuleSet
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
    """One event and what the rules say to it: all `rules` in order, none to an event that no rule sees.

    `switched_off` are asked nothing. `typed` says why the event is of another type than was written.
    """

    event: Event
    plan: Plan
    rules: tuple[RuleTrace, ...]
    switched_off: tuple[Rule, ...] = ()
    typed: str | None = None

    @property
    def note(self) -> str | None:
        """What is odd about the event although it can be read: a type that no source sends, or that was not written."""
        return doubt_type(self.event.type) or self.typed

    @property
    def unseen(self) -> str | None:
        """Why no rule sees the event, says its source."""
        return self.event.ignored or self.event.problem

    def to_json(self) -> dict[str, Any]:
        """The `event` and the `judgement` on it; docs/explain.md describes them, keys are only ever added."""
        return {"event": self.event.to_json(), **self.judgement()}

    def judgement(self) -> dict[str, Any]:
        """`note`, `unseen`, `rules_version`, in `decisions` each rule with its `operations`, and `switched_off`."""
        return {
            "note": self.note,
            "unseen": self.unseen,
            "rules_version": self.plan.rules_version,
            "decisions": [
                {**rule.to_json(), "operations": [operation.to_json() for operation in rule.decision.operations]}
                for rule in self.rules
            ],
            "switched_off": [
                {"rule": rule.name, "where": str(Place(rule.file, rule.line))} for rule in self.switched_off
            ],
        }


def explain_event(
    event: Event, rules: RuleSet, *, switched_off: tuple[Rule, ...] = (), typed: str | None = None
) -> Explanation:
    """What `rules` say to `event`."""
    plan = make_plan(event, rules)
    data, context = event.data(), Context(rules.tables, rules.calendar)
    traced = (
        trace_rule(rule, decision, event, data, context)
        for rule, decision in zip(rules.rules, plan.decisions, strict=False)  # no decisions on an unseen event
    )
    return Explanation(event, plan, tuple(traced), switched_off, typed)


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
    if "body" in record:
        found = tuple(Given(event) for event in _delivered(record, rulebook, now))
    else:
        found = (_canonical(record, rulebook),)
    return tuple(
        explain_event(one.event, rulebook.rules, switched_off=rulebook.switched_off, typed=one.note) for one in found
    )


def _is_example(record: Any) -> bool:
    """Whether an example of a rule was pasted, or a list of them."""
    first = record[0] if isinstance(record, list) and record else record
    return isinstance(first, Mapping) and ("given" in first or "examples" in first)


def _canonical(record: Mapping[str, Any], rulebook: Rulebook) -> Given:
    try:
        if "order" in record and "types" in record:  # as the journal keeps it
            return Given(Event.from_json(record))
        return read_given(GivenSchema().load(record), rulebook.rules.calendar, known=rulebook.sources)
    except ValidationError as fault:
        faults = (_told(record, path, message) for path, message in messages_by_path(fault.messages))
        raise EventUnreadable("; ".join(faults)) from None
    except GivenInvalid as fault:
        raise EventUnreadable(_placed(record, fault.path, str(fault))) from None
    except KeyError as missing:
        raise EventUnreadable(f"the event has no {missing.args[0]}") from None
    except (ValueError, TypeError, IndexError) as fault:
        raise EventUnreadable(f"this is no event: {fault}") from None


def _told(record: Mapping[str, Any], path: Path, message: str) -> str:
    return _placed(record, path, f"{'.'.join(map(str, path))}: {message}")


def _placed(record: Mapping[str, Any], path: Path, message: str) -> str:
    line = place_of(record, path).line if isinstance(record, LocatedDict) else 0
    return f"{f'line {line}: ' if line else ''}{message}"


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

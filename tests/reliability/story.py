"""What senders tell, and what must be true in Planhat in the end. Written without planhook on purpose."""

import random
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

RULES = """
sources:
  crm:
    kind: json
    verify: {scheme: hmac, secret: "${CRM_SECRET}", header: X-Signature}
    events:
      each: events
      id: id
      type: type
      occurred_at: at
  other:
    kind: json
    verify: {scheme: hmac, secret: "${OTHER_SECRET}", header: X-Signature}
    events:
      each: events
      id: id
      type: type
      occurred_at: at
rules:
  - name: A new deal is a task
    on: [crm.created, other.created]
    then:
      create:
        sourceId: "deal-{{ payload.deal.id }}"
        companyId: srcid-C1
        action: "{{ payload.deal.name }}"
        description: "{{ payload.deal.amount }}"
  - name: A new name is written on it
    on: [crm.named, other.named]
    then: {update: {sourceId: "deal-{{ payload.deal.id }}", action: "{{ payload.deal.name }}"}}
  - name: A new amount is written on it
    on: [crm.valued, other.valued]
    then: {update: {sourceId: "deal-{{ payload.deal.id }}", description: "{{ payload.deal.amount }}"}}
  - name: A won deal completes it
    on: [crm.won, other.won]
    then: {complete: {sourceId: "deal-{{ payload.deal.id }}"}}
  - name: A lost deal cancels it
    on: [crm.lost, other.lost]
    then: {cancel: {sourceId: "deal-{{ payload.deal.id }}"}}
  - name: A deal that lives again opens it
    on: [crm.reopened, other.reopened]
    then: {reopen: {sourceId: "deal-{{ payload.deal.id }}"}}
"""
MANAGED = frozenset({"sourceId", "companyId", "mainType", "action", "description", "status", "isArchived", "dateDone"})

_START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
_WAVE = 25  # deals that are told of at the same time
_TYPES = ("named", "valued", "valued", "won", "lost", "reopened", "created")

Told = dict[str, Any]


@dataclass
class Story:
    """Deals without end, by `seed`: mixed up, some events much too late, one in ten twice."""

    seed: int
    prefix: str
    told: dict[str, Told] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Told]:
        """Each event to be sent next; from then on it counts as told."""
        chance = random.Random(self.seed)
        late: list[Told] = []
        lately: deque[Told] = deque(maxlen=200)
        wave = 0
        while True:
            events = [
                event for number in range(_WAVE) for event in self._deal(f"{self.prefix}-{wave}.{number}", chance)
            ]
            chance.shuffle(events)
            late, events = [one for one in events if chance.random() < 0.1], late + events
            for event in events:
                self.told.setdefault(event["id"], event)
                lately.append(event)
                yield event
                if chance.random() < 0.1:
                    yield chance.choice(lately)
            wave += 1

    def lone(self, name: str) -> Told:
        """The only event of a deal beside the others; from now on it counts as told."""
        event = _event(name, 0, "created", _START)
        self.told[event["id"]] = event
        return event

    def busy(self, name: str, count: int) -> list[Told]:
        """So many events of one deal, out of order; from now on they count as told."""
        return self._told_of(self._deal(name, random.Random(name), count))

    def crowd(self, name: str, count: int) -> list[Told]:
        """At least so many events of many deals, out of order; from now on they count as told."""
        chance = random.Random(name)
        events: list[Told] = []
        while len(events) < count:
            events += self._deal(f"{name}.{len(events)}", chance)
        return self._told_of(events)

    def _told_of(self, events: list[Told]) -> list[Told]:
        random.Random(self.seed).shuffle(events)
        self.told |= {event["id"]: event for event in events}
        return events

    def tasks(self) -> dict[str, dict[str, Any]]:
        """The fields of each task, by sourceId, once all that was told has arrived."""
        ends: dict[str, dict[str, Any]] = {}
        for key, events in self.by_task().items():
            if any(event["type"] == "created" for event in events):
                ends[key] = _end(events)
        return ends

    def by_task(self) -> dict[str, list[Told]]:
        """What was told of each task, in the order in which it happened."""
        found: dict[str, list[Told]] = {}
        for event in sorted(self.told.values(), key=lambda event: event["at"]):
            found.setdefault(f"deal-{event['deal']['id']}", []).append(event)
        return found

    def _deal(self, name: str, chance: random.Random, count: int | None = None) -> list[Told]:
        types = ["created", *chance.choices(_TYPES, k=count - 1 if count else chance.randint(2, 6))]
        events = []
        for step, type_ in enumerate(types):
            moment = _START + timedelta(minutes=step, milliseconds=chance.randint(0, 999))
            events.append(_event(name, step, type_, moment))
        return events


def _event(name: str, step: int, type_: str, moment: datetime) -> Told:
    """Names and amounts never repeat within a deal: they tell which event a task's field comes from."""
    at = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    deal = {"id": name, "name": f"{name} called {step}", "amount": 1000 + step}
    return {"id": f"{name}-{step}", "type": type_, "at": at, "deal": deal}


def _end(events: list[Told]) -> dict[str, Any]:
    """What comes before the first creation takes effect with it; field by field, the newest stands."""
    first = next(place for place, event in enumerate(events) if event["type"] == "created")
    end: dict[str, Any] = {}
    for event in events[first:]:
        deal = event["deal"]
        match event["type"]:
            case "created":
                end |= {"action": deal["name"], "description": str(deal["amount"]), **_OPEN}
                end.pop("status", None)  # is sent only if the task was closed in Planhat by then
            case "named":
                end["action"] = deal["name"]
            case "valued":
                end["description"] = str(deal["amount"])
            case "won":
                end |= {"status": "Done", "isArchived": True, "dateDone": event["at"]}
            case "lost":
                end |= {"status": "Ignored", "isArchived": True, "dateDone": None}
            case "reopened":
                end |= {"status": "To Do", **_OPEN}
    return end


_OPEN = {"isArchived": False, "dateDone": None}

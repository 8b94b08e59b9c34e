"""Stories of deals: what a CRM sends, and what must be true in Planhat when all is said."""

import random
from dataclasses import dataclass
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
      deal: {id: deal.id, name: deal.name, amount: deal.amount, company_id: deal.company}
rules:
  - name: A new deal is a task
    on: deal.created
    then:
      create:
        sourceId: "deal-{{ deal.id }}"
        companyId: "srcid-{{ deal.company_id }}"
        action: "Look after {{ deal.name }}"
        description: "{{ deal.amount }}"
  - name: A new amount changes it
    on: deal.updated
    then: {update: {sourceId: "deal-{{ deal.id }}", description: "{{ deal.amount }}"}}
  - name: A won deal completes it
    on: deal.won
    then: {complete: {sourceId: "deal-{{ deal.id }}"}}
  - name: A lost deal cancels it
    on: deal.lost
    then: {cancel: {sourceId: "deal-{{ deal.id }}"}}
"""

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Story:
    """`events` in the order in which they are sent; `expected` has the fields of each task by sourceId."""

    events: list[dict[str, Any]]
    expected: dict[str, dict[str, Any]]


def tell(deals: int, seed: int) -> Story:
    """Four to six events of each deal, mixed up, some of them twice."""
    chance = random.Random(seed)
    events: list[dict[str, Any]] = []
    expected: dict[str, dict[str, Any]] = {}
    for number in range(deals):
        types = [
            "deal.created",
            *["deal.updated"] * chance.randint(2, 4),
            chance.choice(["deal.won", "deal.lost", "deal.updated"]),
        ]
        own = [_event(f"{seed}.{number}", step, type_, chance) for step, type_ in enumerate(types)]
        events += own
        expected[f"deal-{seed}.{number}"] = _end(own)
    events += chance.sample(events, len(events) // 10)
    chance.shuffle(events)
    return Story(events, expected)


def _event(deal: str, step: int, type_: str, chance: random.Random) -> dict[str, Any]:
    fields = {"id": deal, "name": f"Deal {deal}", "amount": chance.randint(1, 10_000), "company": "C1"}
    moment = START + timedelta(minutes=step, milliseconds=chance.randint(0, 999))
    at = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"id": f"{deal}-{step}", "type": type_, "at": at, "deal": fields}


def _end(events: list[dict[str, Any]]) -> dict[str, Any]:
    """The task as it must end; written without planhook on purpose."""
    ordered = sorted(events, key=lambda event: event["at"])
    end = {
        "action": f"Look after {ordered[0]['deal']['name']}",
        "description": str(ordered[-1]["deal"]["amount"]),  # a won or lost deal is an updated one too
        "isArchived": False,
        "dateDone": None,
    }
    last = ordered[-1]
    if last["type"] == "deal.won":
        end |= {"isArchived": True, "status": "Done", "dateDone": last["at"]}
    if last["type"] == "deal.lost":
        end |= {"isArchived": True, "status": "Ignored"}
    return end

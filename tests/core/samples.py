"""Rules and events as values, for tests that need no files."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from planhook.core.calendar import Calendar
from planhook.core.condition import Condition
from planhook.core.event import Event
from planhook.core.rule import ActionTemplate, Rule, RuleSet
from planhook.core.template import Filter, Placeholder, Template

FRIDAY = datetime(2026, 10, 2, 15, tzinfo=UTC)
STOCKHOLM = Calendar(ZoneInfo("Europe/Stockholm"))
OWNER = "58e231b14246fc73139f29e8"


def text(*parts: str | Placeholder) -> Template:
    return Template("".join(part if isinstance(part, str) else part.path for part in parts), parts)


def value(path: str, *filters: Filter) -> Placeholder:
    return Placeholder(path, filters)


def use(name: str, *args: Any, **kwargs: Any) -> Filter:
    return Filter(name, args, kwargs)


def deal_event(**changed: Any) -> Event:
    given: dict[str, Any] = {
        "id": "evt_1",
        "source": "hubspot",
        "type": "deal.won",
        "types": ("deal.won", "deal.stage_changed", "deal.updated"),
        "occurred_at": FRIDAY,
        "received_at": FRIDAY,
        "order": (0, 0),
        "sender_id": "S1",
        "deal": {"id": "D1", "name": "Acme", "amount": 9000, "pipeline": "default", "company_id": "C7"},
        "payload": {"id": 12},
    }
    return Event(**{**given, **changed})


def create(**changed: Any) -> ActionTemplate:
    given: dict[str, Any] = {
        "action": "create",
        "key": text("onboarding-", value("deal.id")),
        "fields": {
            "companyId": text("srcid-", value("deal.company_id")),
            "action": text("Onboard ", value("deal.name")),
        },
        "position": 0,
    }
    return ActionTemplate(**{**given, **changed})


def rule(*then: ActionTemplate, **changed: Any) -> Rule:
    given: dict[str, Any] = {
        "name": "A won deal",
        "slug": "a-won-deal",
        "on": ("deal.won",),
        "condition": None,
        "then": then or (create(),),
    }
    return Rule(**{**given, **changed})


def rules(*some: Rule, **tables: dict[str, Any]) -> RuleSet:
    return RuleSet(some, tables, STOCKHOLM, "v1")


def when(condition: Condition) -> Rule:
    return rule(condition=condition)

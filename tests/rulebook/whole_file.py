"""A right rule file with something of everything, as the reader of rule files gives it."""

from typing import Any

ID = "58e231b14246fc73139f29e8"


def whole_file() -> dict[str, Any]:
    """A new copy of the file, to be changed at will."""
    return {
        "allow_delete": True,
        "tables": {"owners": {"ann@ourco.example": ID, "default": ID}},
        "calendar": {"timezone": "Europe/Stockholm", "holidays": ["2026-12-25"], "weekend": ["Sunday"]},
        "defaults": {
            "create": {"ownerId": ID, "activityTags": ["crm"], "custom": {"Origin": "{{ event.source }}"}},
            "cancel": {"if_absent": "wait"},
        },
        "templates": {
            "Start": {
                "params": {"least": 5000, "product": None, "stages": ["won"]},
                "on": "deal.updated",
                "from": "crm",
                "if": {"deal.amount": {"at_least": "{{ params.least }}"}, "deal.stage": "{{ params.stages }}"},
                "then": {"update": {"sourceId": "s-{{ deal.id }}", "action": "Start {{ params.product }}"}},
                "mode": "shadow",
            }
        },
        "rules": [
            {"name": "Made of a template", "use": "Start", "with": {"product": "Fleet", "stages": ["won", 7]}},
            {
                "name": "Made of it, too",
                "use": "Start",
                "with": {"product": "Trucks"},
                "if": {"deal.currency": "EUR"},
                "mode": "live",
            },
            {
                "name": "A won deal starts onboarding",
                "description": "For the first days",
                "on": ["deal.won", "meeting.*", "crm.invoice.paid"],
                "from": "crm",
                "enabled": True,
                "mode": "live",
                "if": {
                    "deal.amount": {"at_least": 5000, "less_than": 9.5},
                    "deal.pipeline": ["default", 7],
                    "deal.closed_at": {"after": "2026-01-01", "changed": True},
                    "payload.a.b": {"present": False},
                    "changes.stage.from": "new",
                    "any": [{"deal.stage": "won"}, {"none": {"deal.name": {"matches": "^test"}}}],
                    "all": [{"deal.name": {"contains": "x", "is_not": True, "changed_to": ["a"], "one_of": [1]}}],
                },
                "then": [
                    {
                        "create": {
                            "sourceId": "onboarding-{{ deal.id }}",
                            "companyId": "srcid-{{ deal.company_id | default('none') }}",
                            "mainType": "event",
                            "action": "Onboard {{ deal.name | title | truncate(40) }}",
                            "description": "<p>{{ payload['Deal size'] }}</p>",
                            "startTime": "{{ event.occurred_at | business_days(3) | at('09:00') }}",
                            "endTime": "2026-10-02T15:00:00Z",
                            "noSpecificTime": "{{ meeting.all_day }}",
                            "ownerId": "{{ deal.owner_email | lookup('owners') }}",
                            "repeat": "custom",
                            "repeatDays": 7,
                            "checklist": ["Mail", {"title": "Call"}],
                            "activityTags": "onboarding",
                            "endusers": [ID, {"_id": ID}],
                            "custom": {"Deal value": "{{ deal.amount }}", "Vip": True, "Tags": ["a", 1]},
                        }
                    },
                    {"update": {"_id": ID, "status": "To Do", "custom.Tier": None, "if_absent": "wait"}},
                    {"complete": {"sourceId": "x-{{ deal.id }}", "doneBy": ID, "dateDone": None}},
                    {"cancel": {"sourceId": "x-{{ deal.id }}"}},
                    {"delete": {"sourceId": "x-{{ deal.id }}"}},
                ],
                "examples": [
                    {"given": {"type": "deal.won", "deal": {"id": 1}, "sequence": 4}, "expect": "nothing"},
                    {"given": {"type": "deal.won", "payload": None}, "expect": [{"create": {"custom": {}}}]},
                ],
            },
            {
                "name": "For some companies",
                "on": "deal.lost",
                "mode": {"only": {"company": ["C7", 8, "acme.example"]}},
                "then": {"cancel": {"sourceId": "y-{{ deal.id }}"}},
            },
            {
                "name": "For some records",
                "on": "deal.lost",
                "mode": {"percent": 12.5},
                "then": {"reopen": {"sourceId": "z-{{ deal.id }}"}},
            },
        ],
        "sources": {
            "crm": {
                "kind": "json",
                "verify": {"scheme": "hmac", "secret": "${S}", "header": "X-S", "algorithm": "sha256"},
                "events": {
                    "each": "items",
                    "type": "'deal.won'",
                    "deal": {"id": "id", "properties": {"size": "a.b"}},
                    "changes": {"stage": {"from": "old", "to": "new"}},
                },
                "won_stages": ["won", 7],
            },
            "open": {"kind": "cloudevents", "allow_unverified": True, "allowed_origins": "a.example"},
            "bare": {"kind": "json", "verify": {"scheme": "none"}, "allow_unverified": True},
            "hubspot": {
                "kind": "hubspot",
                "secret": ["${NEW}", "${OLD}"],
                "signature": "v3",
                "fetch": {"token": "${T}", "properties": ["size"], "calls_per_10_seconds": 50},
            },
            "graph": {"kind": "microsoft-graph", "client_state": "${C}", "subscription_id": "s", "fetch": None},
            "mail": {"kind": "mailgun", "secret": "${M}", "relays": "team@ourco.example"},
        },
    }

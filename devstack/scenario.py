"""What the demo sends, and what must have become of it under the rules in rules/."""

from collections.abc import Mapping
from typing import Any

from devstack.step import Step

STEPS = (
    Step("deal created", "crm", "deal-created.json", ends=("ignored: no rule",)),
    Step("deal won", "crm", "deal-won.json", ends=("applied",)),
    Step("deal won, sent again", "crm", "deal-won.json", status=200, ends=("applied",)),
    Step("deal lost", "crm", "deal-lost.json", ends=("applied",)),
    Step("stage before that, come late", "crm", "deal-stage-late.json", ends=("ignored: superseded",)),
    Step("deal deleted, forged", "crm", "deal-deleted-forged.json", status=401, forged=True),
    Step("meeting invited", "invites", "meeting-invited.ics", ends=("applied",)),
    Step("meeting moved", "invites", "meeting-moved.ics", ends=("applied",)),
    Step("meeting cancelled", "invites", "meeting-cancelled.ics", ends=("applied",)),
)

# The properties that tell the story; the sandbox's tasks have more.
TASKS: Mapping[str, Mapping[str, Any]] = {
    "onboarding-crm-D1": {
        "action": "Onboard Acme fleet licence",
        "startTime": "2026-10-07T07:00:00.000Z",
        "status": "Done",
        "isArchived": True,
        "dateDone": "2026-11-03T10:00:00.000Z",
        "custom": {"Deal stage": "lost"},
    },
    "meeting-kickoff-acme@calendar.example": {
        "action": "Kickoff with Acme",
        "mainType": "event",
        "startTime": "2026-10-13T12:00:00.000Z",
        "endTime": "2026-10-13T13:00:00.000Z",
        "status": "Ignored",
        "isArchived": True,
    },
}

"""What a rule wants of Planhat, as a value. Nothing has happened yet."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ACTIONS = ("create", "update", "complete", "cancel", "reopen", "delete")
IF_ABSENT = ("ignore", "wait", "fail")


@dataclass(frozen=True, slots=True)
class Operation:
    """One action on one task.

    `key` is the task's `sourceId`, or with `by_id` Planhat's own `_id`. `fields` is flat: Planhat's
    property names, a custom field as `custom.<display name>`; values are what goes over the wire
    (times as ISO text with milliseconds and Z). A create holds `companyId` and `mainType` too; a complete
    may hold `status`, `dateDone`, `doneBy` (with their defaults already filled in).
    `position` is the operation's rank in the rule set (file name, rule, action): of two operations of
    one event on one field, the larger wins.
    """

    rule: str
    action: str
    key: str
    fields: Mapping[str, Any]
    position: int
    by_id: bool = False
    if_absent: str = "ignore"

    def to_json(self) -> dict[str, Any]:
        """As the API tells operations: the task by its `sourceId` or `_id`."""
        return {
            "rule": self.rule,
            "action": self.action,
            ("_id" if self.by_id else "sourceId"): self.key,
            "fields": dict(self.fields),
            "if_absent": self.if_absent,
        }

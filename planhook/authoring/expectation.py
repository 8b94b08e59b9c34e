"""What a rule really does with an event, written as the `expect` of an example."""

from collections.abc import Mapping
from typing import Any

from planhook.core import properties
from planhook.core.operation import Operation
from planhook.core.plan import Decision

NOTHING = "nothing"


def expectation(decision: Decision) -> str | list[dict[str, Any]]:
    """`nothing`, or each operation with all its fields as authors write them."""
    return [{one.action: _written(one)} for one in decision.operations] or NOTHING


def _written(operation: Operation) -> dict[str, Any]:
    written: dict[str, Any] = {"_id" if operation.by_id else "sourceId": operation.key}
    custom: dict[str, Any] = {}
    for name, value in operation.fields.items():
        if name.startswith(properties.CUSTOM):
            custom[name.removeprefix(properties.CUSTOM)] = value
        else:
            written[name] = plain(value)
    if custom:
        written["custom"] = custom
    if operation.if_absent != "ignore":
        written["if_absent"] = operation.if_absent
    return written


def plain(value: Any) -> Any:
    """The value of a field as authors write it: a checklist as its titles, people as their ids."""
    return [_item(item) for item in value] if isinstance(value, list) else value


def _item(item: Any) -> Any:
    return next(iter(item.values())) if isinstance(item, Mapping) and set(item) in ({"title"}, {"_id"}) else item

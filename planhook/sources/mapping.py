"""The key `events` of a source: where in an item of the sender each part of an event is."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validates_schema

from planhook.core.event import JSON
from planhook.sources.deal import DEAL_FIELDS
from planhook.sources.expression import (
    Expression,
    ExpressionField,
    ExpressionTree,
    compile_expression,
    read_each,
    reads_headers,
)
from planhook.sources.meeting import MEETING_FIELDS
from planhook.sources.schema import Keys, no_such_key

_KNOWN_TYPE = re.compile(
    r"deal\.(created|updated|stage_changed|won|lost|deleted)|meeting\.(scheduled|updated|cancelled|ended|no_show)"
)
_CONSTANT = re.compile(r"'(?P<noun>deal|meeting)\.[^']*'")


@dataclass(frozen=True)
class EventMapping:
    """Compiled expressions; what is None or empty has its default."""

    each: Expression | None = None
    id: Expression | None = None
    type: Expression | None = None
    occurred_at: Expression | None = None
    sequence: Expression | None = None
    deal: Mapping[str, ExpressionTree] = field(default_factory=dict)
    meeting: Mapping[str, ExpressionTree] = field(default_factory=dict)
    changes: ExpressionTree = field(default_factory=dict)

    @property
    def reads_headers(self) -> bool:
        """Whether anything comes from the headers of a request, which are not kept."""
        singles = (self.each, self.id, self.type, self.occurred_at, self.sequence)
        return reads_headers([one for one in singles if one]) or any(
            reads_headers(list(tree.values()) if isinstance(tree, Mapping) else [tree])
            for tree in (self.deal, self.meeting, self.changes)
        )


class ChangesField(fields.Field[ExpressionTree]):
    """`{stage: {from: old.stage, to: stage}}`, or one expression that gives such an object."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> ExpressionTree:
        if isinstance(value, str):
            return compile_expression(str(value))
        if not isinstance(value, Mapping):
            raise ValidationError("must be a map of fields or a JMESPath expression")
        return read_each(value, self._change)

    def _change(self, _: str, value: Any) -> ExpressionTree:
        if not isinstance(value, Mapping) or not value:
            raise ValidationError("must be a map with from and to")
        if unknown := next((key for key in value if key not in ("from", "to")), None):
            raise ValidationError({unknown: [no_such_key(unknown, ("from", "to"))]})
        if not all(isinstance(side, str) for side in value.values()):
            raise ValidationError("from and to must be JMESPath expressions")
        return read_each(value, lambda _, text: compile_expression(text))


class _RecordKeys(Keys):
    """The fields of a deal or meeting, and where those go that are the sender's alone."""

    def handle_error(self, error: ValidationError, data: Any, **options: Any) -> None:
        super().handle_error(error, data, **options)
        if not isinstance(data, Mapping) or not isinstance(error.messages, dict) or "properties" not in self.fields:
            return
        for key in set(data) - self.fields.keys():
            place = data[key] if isinstance(data[key], str) else "…"
            own = f"a field of your own goes below properties: {{{key}: {place}}} and is deal.properties.{key} in rules"
            error.messages[key] = [f"{error.messages[key][0]}; {own}"]


def _fields_schema(name: str, known: Mapping[str, Any], example: str) -> type[Schema]:
    mapped = {each: ExpressionField(nested=True) for each in known}
    return type(name, (_RecordKeys,), {**mapped, "error_messages": {"type": f"takes a map, as in {example}"}})


class EventsSchema(Keys):
    """`events:` of a json source. Loads to an EventMapping."""

    error_messages = {"type": "takes a map, as in {id: id, type: type, deal: {id: deal.id}}"}  # noqa: RUF012

    each = ExpressionField()
    id = ExpressionField()
    type = ExpressionField()
    occurred_at = ExpressionField()
    sequence = ExpressionField()
    deal = fields.Nested(_fields_schema("DealMapping", DEAL_FIELDS, "{id: deal.id, name: deal.title}"))
    meeting = fields.Nested(_fields_schema("MeetingMapping", MEETING_FIELDS, "{id: meeting.id, start: meeting.start}"))
    changes = ChangesField()

    @validates_schema
    def check_constant_type(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse a type that is a path by mistake, and a constant one whose deal or meeting gets no id."""
        written = data["type"].text.strip() if "type" in data else ""
        if _KNOWN_TYPE.fullmatch(written):
            raise ValidationError(f"looks for {written} in the message; for a constant write \"'{written}'\"", "type")
        constant = _CONSTANT.fullmatch(written)
        if constant and not _KNOWN_TYPE.fullmatch(written.strip("'")):
            raise ValidationError(f"{written} is no type of event that a {constant['noun']} can be in", "type")
        if constant and "id" not in data.get(constant["noun"], {}):
            noun = constant["noun"]
            raise ValidationError(f"the type is {written}, so this needs {noun}: {{id: …}}, where its id stands", noun)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> EventMapping:
        return EventMapping(**data)


def read_changes(found: JSON) -> dict[str, dict[str, JSON]]:
    """`{"stage": {"from": "a", "to": "b"}}` of what the expressions found. Raises ValueError.

    A field whose old value is asked for but not given has not changed as far as the sender tells.
    """
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise ValueError("changes is not an object")
    changes = {}
    for name, change in found.items():
        if change is not None and not isinstance(change, dict):
            raise ValueError(f"changes.{name} is not an object with from and to")
        if change and _is_change(change):
            changes[name] = {side: change[side] for side in ("from", "to") if side in change}
    return changes


def _is_change(change: Mapping[str, JSON]) -> bool:
    if "from" in change:
        return change["from"] is not None and change["from"] != change.get("to", ...)
    return change.get("to") is not None

"""What the operator API takes, checked at the door."""

import re
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load
from marshmallow.validate import Length, OneOf, Range

from planhook.store.journal import STATUSES, Filters

MOST_ROWS = 200
_TEXT = Length(max=500)
_CURSOR = re.compile(r"[0-9a-f]{1,13}")


def cursor_text(number: int | None) -> str | None:
    """Where a page of events ends, as text that means nothing to clients; `Cursor` loads it."""
    return None if number is None else f"{number:x}"


class Cursor(fields.Field[int]):
    """The text of a cursor. Loads to the number that the journal goes on from."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> int:
        if not isinstance(value, str) or not _CURSOR.fullmatch(value):
            raise ValidationError('take it from "next" of the page before')
        return int(value, 16)


class FilterSchema(Schema):
    """Loads `Filters`, and beside it what subclasses add."""

    status = fields.String(
        load_default="", validate=OneOf(["", *STATUSES]), metadata={"description": "how far the event is"}
    )
    source = fields.String(load_default="", validate=_TEXT, metadata={"description": "name of a source"})
    type = fields.String(load_default="", validate=_TEXT, metadata={"description": "type or glob, such as deal.*"})
    task = fields.String(load_default="", validate=_TEXT, metadata={"description": "sourceId or _id of a task"})
    q = fields.String(load_default="", validate=_TEXT, metadata={"description": "part of an id or of the body"})

    @post_load
    def build(self, loaded: dict[str, Any], **_: Any) -> dict[str, Any]:
        filters = Filters(**{name: loaded.pop(name) for name in Filters.__slots__})
        return {"filters": filters, **loaded}


class ListSchema(FilterSchema):
    """The query of the list of events."""

    limit = fields.Integer(
        load_default=50,
        validate=Range(1),
        metadata={"description": f"rows of a page; above {MOST_ROWS} it gives {MOST_ROWS}"},
    )
    cursor = Cursor(load_default=None, metadata={"description": '"next" of the page before'})

    @post_load
    def bound(self, loaded: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {**loaded, "limit": min(loaded["limit"], MOST_ROWS)}


class ReplaySchema(FilterSchema):
    """The body of a replay of many events."""

    dry_run = fields.Boolean(
        load_default=False, truthy={True}, falsy={False}, metadata={"description": "count, change nothing"}
    )

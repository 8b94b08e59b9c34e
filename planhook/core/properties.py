"""The properties of a Planhat task: their names, what they take, and what people call them instead."""

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from planhook.core.calendar import Calendar, midnight_utc
from planhook.core.errors import ValueMissing
from planhook.core.event import iso
from planhook.core.scalar import LONGEST_VALUE, as_number, as_text, has_control_characters, joined, quoted

CUSTOM = "custom."
MOST_ELEMENTS = 1000
_OBJECT_ID = re.compile(r"[0-9a-fA-F]{24}")
_LARGEST_EXACT = 2**53  # beyond it a float stands for several whole numbers
_BOUNDS = ("startTime", "endTime")
_PREFIXES = ("srcid-", "extid-")
_NO_COMPANY = "not a Planhat id (24 hexadecimal digits), srcid-<its id at the source> or extid-<its external id>"


@dataclass(frozen=True, slots=True)
class Property:
    """One property of Planhat's task.

    `type` is one of text, html, time, bool, objectId, prefixedId, enum, int, texts, checklist, people, any.
    `allowed` holds the values of an enum; `nullable` says whether null (cleared) may be sent.
    """

    name: str
    type: str
    description: str
    writable: bool = True
    allowed: tuple[str, ...] = ()
    nullable: bool = True


def is_object_id(text: str) -> bool:
    """Whether `text` has the form of Planhat's own ids: 24 hexadecimal digits."""
    return _OBJECT_ID.fullmatch(text) is not None


def find(name: str) -> Property | None:
    """The property of that name; any `custom.<display name>` is one that takes anything."""
    known = PROPERTIES.get(name)
    if known is None and name.startswith(CUSTOM) and len(name) > len(CUSTOM):
        return Property(name, "any", "A custom field, by its display name")
    return known


def suggest(name: str) -> str | None:
    """The writable property that someone who wrote `name` probably means."""
    known = _SYNONYMS.get(name.casefold())
    if known is not None:
        return known
    by_folded = {prop.casefold(): prop for prop in PROPERTIES if PROPERTIES[prop].writable}
    near = difflib.get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.7)
    return by_folded[near[0]] if near else None


def coerce(name: str, value: Any, calendar: Calendar, *, whole_days: bool = False) -> Any:
    """`value` as it goes over the wire for property `name`; `whole_days` is the task's `noSpecificTime`.

    Raises ValueMissing("startTime is 'soon', not a time") when the property cannot take it.
    """
    prop = find(name)
    if prop is None or not prop.writable:
        raise ValueMissing(f"{name} is not a property that can be written")
    if value is None:
        if prop.nullable:
            return None
        raise ValueMissing(f"{name} is empty")
    if whole_days and name in _BOUNDS:
        # Planhat shows a day without a time as the date in UTC; midnight elsewhere could be the day before.
        value = midnight_utc(value) or value
    return _COERCIONS[prop.type](prop, value, calendar)


def _text(prop: Property, value: Any, _: Calendar) -> str:
    text = joined(value) if isinstance(value, list) else as_text(value)
    if text is None:
        raise ValueMissing(f"{prop.name} is {quoted(value)}, not a text")
    if not prop.nullable and not text.strip():
        raise ValueMissing(f"{prop.name} is empty")
    if len(text) > LONGEST_VALUE:
        raise ValueMissing(f"{prop.name} is longer than {LONGEST_VALUE} characters")
    return text


def _time(prop: Property, value: Any, calendar: Calendar) -> str:
    moment = calendar.moment(value)
    if moment is None:
        raise ValueMissing(f"{prop.name} is {quoted(value)}, not a time")
    return iso(moment)


def _bool(prop: Property, value: Any, _: Calendar) -> bool:
    text = (as_text(value) or "").casefold()
    if text not in ("true", "false"):
        raise ValueMissing(f"{prop.name} is {quoted(value)}, not true or false")
    return text == "true"


def _int(prop: Property, value: Any, _: Calendar) -> int:
    number = as_number(value)
    if number is None or number != int(number) or number < 1:
        raise ValueMissing(f"{prop.name} is {quoted(value)}, not a whole number of at least 1")
    return int(number)


def _object_id(prop: Property, value: Any, _: Calendar) -> str:
    if not isinstance(value, str) or not is_object_id(value.strip()):
        raise ValueMissing(f"{prop.name} is {quoted(value)}, not a Planhat id (24 hexadecimal digits)")
    return value.strip().lower()


def _prefixed_id(prop: Property, value: Any, calendar: Calendar) -> str:
    text = _text(prop, value, calendar).strip()
    if text in _PREFIXES:
        raise ValueMissing(f"{prop.name} is {text} with nothing behind it")
    if has_control_characters(text):
        raise ValueMissing(f"{prop.name} contains control characters")
    if text.startswith(_PREFIXES):
        return text
    if not is_object_id(text):
        raise ValueMissing(f"{prop.name} is {quoted(text)}, {_NO_COMPANY}")
    return text.lower()


def _enum(prop: Property, value: Any, _: Calendar) -> str:
    text = (as_text(value) or "").strip().casefold()
    if text not in prop.allowed:
        raise ValueMissing(f"{prop.name} is {quoted(value)}, not one of {', '.join(prop.allowed)}")
    return text


def _texts(prop: Property, value: Any, calendar: Calendar) -> list[str]:
    return [_text(prop, element, calendar) for element in _elements(prop, value)]


def _checklist(prop: Property, value: Any, calendar: Calendar) -> list[dict[str, str]]:
    elements = [element.get("title") if isinstance(element, Mapping) else element for element in _elements(prop, value)]
    return [{"title": _text(prop, element, calendar)} for element in elements]


def _people(prop: Property, value: Any, calendar: Calendar) -> list[dict[str, str]]:
    elements = [element.get("_id") if isinstance(element, Mapping) else element for element in _elements(prop, value)]
    return [{"_id": _object_id(prop, element, calendar)} for element in elements]


def _any(prop: Property, value: Any, calendar: Calendar) -> Any:
    if isinstance(value, list):
        return [_any(prop, element, calendar) for element in _elements(prop, value)]
    if isinstance(value, float) and value.is_integer() and abs(value) <= _LARGEST_EXACT:
        return int(value)
    if isinstance(value, bool | int | float) and as_text(value) is not None:
        return value
    return _text(prop, value, calendar)


def _elements(prop: Property, value: Any) -> list[Any]:
    elements = value if isinstance(value, list) else [value]
    if len(elements) > MOST_ELEMENTS:
        raise ValueMissing(f"{prop.name} has more than {MOST_ELEMENTS} elements")
    if any(isinstance(element, list) for element in elements):
        raise ValueMissing(f"{prop.name} is a list of lists")
    return elements


_COERCIONS: Mapping[str, Callable[[Property, Any, Calendar], Any]] = {
    "text": _text,
    "html": _text,
    "time": _time,
    "bool": _bool,
    "int": _int,
    "objectId": _object_id,
    "prefixedId": _prefixed_id,
    "enum": _enum,
    "texts": _texts,
    "checklist": _checklist,
    "people": _people,
    "any": _any,
}

_ALL = (
    Property("sourceId", "text", "Our stable key of the task: at most one task per sourceId", nullable=False),
    Property("mainType", "enum", "task, or event for a meeting", allowed=("task", "event"), nullable=False),
    Property(
        "companyId",
        "prefixedId",
        "The company: Planhat's own id of it, srcid- and its Source ID, or extid- and its External ID",
        nullable=False,
    ),
    Property("action", "text", "The title of the task", nullable=False),
    Property("description", "html", "Rich text on one line: p, strong, em, br, hr, blockquote, a"),
    Property("startTime", "time", "When it starts, or is due; without one Planhat shows the task as Someday"),
    Property("endTime", "time", "When it ends; an event needs it, many teams read it as the due date"),
    Property(
        "noSpecificTime", "bool", "true for a day without a time of day; its plain dates are then that day everywhere"
    ),
    Property("dateDone", "time", "When the task was completed"),
    Property("doneBy", "objectId", "The user who completed the task"),
    Property("isArchived", "bool", "Completed and cancelled tasks are archived"),
    Property("status", "text", "A status of your Planhat, such as To Do; case matters", nullable=False),
    Property("type", "text", "The conversation type of the task, for instance note"),
    Property("ownerId", "objectId", "The user who owns the task"),
    Property(
        "repeat",
        "enum",
        "How often the task comes back; custom needs repeatDays",
        allowed=("daily", "weekly", "monthly", "quarterly", "yearly", "custom"),
    ),
    Property("repeatDays", "int", "Days between repetitions when repeat is custom"),
    Property("activityTags", "texts", "Tags, a list of texts"),
    Property("checklist", "checklist", "Steps of the task, a list of texts"),
    Property("endusers", "people", "Contacts of the company, a list of their ids"),
    *(
        Property(name, type_, description, writable=False)
        for name, type_, description in (
            ("_id", "objectId", "Planhat's own id; names the task of an update"),
            ("companyName", "text", "Follows from companyId"),
            ("snippet", "text", "Follows from description"),
            ("ownerName", "text", "Follows from ownerId"),
            ("users", "people", "Team members, set by Planhat"),
            ("shared", "bool", "Shown on the customer portal, set by Planhat"),
            ("overdueNotified", "bool", "Set by Planhat"),
            ("createdAt", "time", "Set by Planhat"),
            ("updatedAt", "time", "Set by Planhat"),
            ("externalId", "text", "Not a key of tasks; use sourceId"),
            ("noteId", "objectId", "The conversation that a completed task became"),
            ("parent", "any", "Set by Planhat"),
            ("workflowId", "objectId", "Set by Planhat"),
        )
    ),
)

PROPERTIES: Mapping[str, Property] = {prop.name: prop for prop in _ALL}

_SYNONYMS: Mapping[str, str] = {
    **dict.fromkeys(("title", "name", "subject", "summary", "task"), "action"),
    **dict.fromkeys(("body", "text", "note", "notes", "content", "details"), "description"),
    **dict.fromkeys(("start", "starttime", "startdate", "start_time", "startsat"), "startTime"),
    **dict.fromkeys(("duedate", "due", "due_date", "deadline", "duetime"), "startTime (or endTime)"),
    **dict.fromkeys(("end", "enddate", "end_time", "endsat"), "endTime"),
    **dict.fromkeys(("owner", "assignee", "assignedto", "assigneeid", "responsible", "owner_id"), "ownerId"),
    **dict.fromkeys(("company", "account", "accountid", "customer", "company_id"), "companyId"),
    **dict.fromkeys(("externalid", "key", "source_id"), "sourceId"),
    **dict.fromkeys(("state", "stage"), "status"),
    **dict.fromkeys(("completedat", "doneat", "closedat", "completed"), "dateDone"),
    **dict.fromkeys(("completedby", "closedby"), "doneBy"),
    **dict.fromkeys(("kind", "tasktype", "main_type"), "mainType"),
    **dict.fromkeys(("tags", "labels"), "activityTags"),
    **dict.fromkeys(("steps", "todos", "subtasks", "checklists"), "checklist"),
    **dict.fromkeys(("contacts", "attendees", "people"), "endusers"),
    **dict.fromkeys(("allday", "all_day"), "noSpecificTime"),
    **dict.fromkeys(("archived",), "isArchived"),
    **dict.fromkeys(("customfields", "properties", "fields"), "custom"),
    **dict.fromkeys(("recurrence", "frequency"), "repeat"),
}

"""The properties of a task: which can be written, what values they take, how values come back."""

import html
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from sandbox.behaviour import Behaviour
from sandbox.identifiers import is_object_id
from sandbox.refusal import Refusal

REPEATS = ("daily", "weekly", "monthly", "quarterly", "yearly", "custom")

_PARAGRAPH_BREAK = re.compile(r"</p>\s*<p[^>]*>", re.IGNORECASE)
_LINE_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")


class _Unfit(Exception):
    """A value that its property does not take."""


def now_text() -> str:
    """This moment in Planhat's form: UTC, milliseconds, `Z`."""
    return _moment_text(datetime.now(UTC))


def record_refused(reason: str, behaviour: Behaviour, status: int = 400) -> Refusal:
    """The refusal of a value, with the reason unless Planhat's generic texts are switched on."""
    generic = "Failed to create/update tasks record"
    return Refusal(status, generic if behaviour.generic_errors else f"{generic}: {reason}")


def plain_text(description: str | None) -> str:
    """What Planhat shows as `snippet`: the text of the HTML, a blank line between paragraphs."""
    broken = _LINE_BREAK.sub("\n", _PARAGRAPH_BREAK.sub("\n\n", description or ""))
    return html.unescape(_TAG.sub("", broken)).strip()


def cast_fields(sent: Mapping[str, Any], behaviour: Behaviour) -> dict[str, Any]:
    """
    The writable properties of `sent` in stored form; other top-level keys are dropped without a word.

    `custom` holds the nested form and flat `custom.<name>` keys together. `companyId` is left as it came.
    Refusal 400 for a value that its property does not take.
    """
    values: dict[str, Any] = {}
    custom: dict[str, Any] = {}
    for name, value in sent.items():
        if name == "custom" and isinstance(value, dict):
            custom.update(value)
        elif name.startswith("custom."):
            custom[name.removeprefix("custom.")] = value
        elif (cast := _CASTS.get(name)) is not None:
            try:
                values[name] = cast(value, behaviour)
            except _Unfit:
                raise record_refused(f"cast of {name} failed", behaviour) from None
    if len({name.lower() for name in custom}) < len(custom):
        raise record_refused("custom keys differ only in case", behaviour)
    if custom:
        values["custom"] = custom
    _check_status(values.get("status"), behaviour)
    return values


def _check_status(status: Any, behaviour: Behaviour) -> None:
    lower_cased = isinstance(status, str) and status != "Done" and status.lower() == "done"
    if lower_cased and behaviour.refuse_lower_case_done:
        raise Refusal(400, "Failed to execute task status update")


def _moment_text(moment: datetime) -> str:
    return f"{moment.astimezone(UTC).isoformat(timespec='milliseconds')[:-6]}Z"


def _text(value: Any, _: Behaviour) -> str | None:
    if isinstance(value, bool | list | dict):
        raise _Unfit
    return None if value is None else str(value)


def _moment(value: Any, behaviour: Behaviour) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise _Unfit
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise _Unfit from None
    if "T" not in value and behaviour.refuse_date_only:
        raise _Unfit
    return _moment_text(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _object_id(value: Any, _: Behaviour) -> str | None:
    if value is not None and not is_object_id(value):
        raise _Unfit
    return None if value is None else str(value)


def _boolean(value: Any, _: Behaviour) -> bool:
    if not isinstance(value, bool):
        raise _Unfit
    return value


def _integer(value: Any, _: Behaviour) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | None):
        raise _Unfit
    return value


def _list(value: Any, _: Behaviour) -> list[Any]:
    if not isinstance(value, list | None):
        raise _Unfit
    return list(value or ())


def _one_of(*choices: str) -> Callable[[Any, Behaviour], str | None]:
    def cast(value: Any, _: Behaviour) -> str | None:
        if value is not None and value not in choices:
            raise _Unfit
        return None if value is None else str(value)

    return cast


def _contacts(value: Any, behaviour: Behaviour) -> list[dict[str, Any]]:
    """Written as `[{"_id"}]` or ids, read back as `[{"id", "name"}]`."""
    contacts = []
    for entry in _list(value, behaviour):
        contact_id = entry.get("_id", entry.get("id")) if isinstance(entry, dict) else entry
        if not isinstance(contact_id, str) or not is_object_id(contact_id):
            raise _Unfit
        contacts.append({"id": contact_id, "name": f"Contact {contact_id[-6:]}"})
    return contacts


_CASTS: Mapping[str, Callable[[Any, Behaviour], Any]] = {
    "mainType": _one_of("task", "event"),
    "companyId": lambda value, _: value,
    "action": _text,
    "description": _text,
    "startTime": _moment,
    "endTime": _moment,
    "noSpecificTime": _boolean,
    "dateDone": _moment,
    "doneBy": _object_id,
    "isArchived": _boolean,
    "status": _text,
    "type": _text,
    "ownerId": _object_id,
    "sourceId": _text,
    "repeat": _one_of(*REPEATS),
    "repeatDays": _integer,
    "activityTags": _list,
    "checklist": _list,
    "endusers": _contacts,
}

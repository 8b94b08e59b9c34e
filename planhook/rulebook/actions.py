"""What stands under `then:`. Each action has its own keys; a wrong one is refused with what was probably meant."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from marshmallow import ValidationError

from planhook.core import properties
from planhook.core.calendar import Calendar
from planhook.core.operation import ACTIONS, IF_ABSENT
from planhook.core.place import Place
from planhook.core.rule import ActionTemplate
from planhook.core.template import Template, Value
from planhook.rulebook.gather import read_each
from planhook.rulebook.located import LocatedDict, place_of
from planhook.rulebook.misplaced import below_empty, beside_action, indented_too_little, too_deep
from planhook.rulebook.suggestion import closest, suggestion
from planhook.rulebook.templates import parse_template
from planhook.rulebook.values import parse_value

_T = TypeVar("_T")
_COMPLETION = ("status", "dateDone", "doneBy")
NAMES_TASK = ("sourceId", "_id", "if_absent")
_ONLY_BY_STATE = ("isArchived", "dateDone", "doneBy")
_NEEDED = {
    "companyId": "create needs companyId: the company, as in srcid-{{ deal.company_id }}",
    "action": "create needs action: the title of the task",
}
_AT_CREATION = ("companyId", "mainType")
_SYNONYMS = {
    "close": "complete",
    "finish": "complete",
    "done": "complete",
    "add": "create",
    "remove": "delete",
}
_KEY_SYNONYMS = dict.fromkeys(("if_missing", "if_not_found", "when_missing", "on_missing", "missing"), "if_absent")


@dataclass(frozen=True, slots=True)
class ActionReader:
    """Reads actions. `allow_delete` is the switch of the file that they stand in.

    Unless they are `whole`, what they lack may be given by defaults that could not be read.
    """

    calendar: Calendar
    allow_delete: bool
    whole: bool = True

    def read_all(self, data: Any) -> tuple[ActionTemplate, ...]:
        """One action or a list of them. Raises ValidationError with messages by index and key."""
        if isinstance(data, LocatedDict):
            return (self._read(data),)
        if not isinstance(data, list) or not data:
            raise ValidationError(f"this takes actions: {', '.join(ACTIONS)}")
        return tuple(read_each(enumerate(data), lambda _, item: self._read(item)))

    def _read(self, data: Any) -> ActionTemplate:
        if not isinstance(data, LocatedDict) or not data:
            raise ValidationError("an action is a map, as in create: {action: …, companyId: …}")
        if beside := beside_action(data):
            raise ValidationError(beside)
        unknown = {name: [too_deep(name, "then") or unknown_action(name)] for name in data if name not in ACTIONS}
        if unknown:  # what stands beside an action of another tool is part of it
            raise ValidationError(unknown if set(data) & set(ACTIONS) else dict([next(iter(unknown.items()))]))
        if len(data) > 1:
            told = f"write {' and '.join(data)} as a list, each with a hyphen before it"
            raise ValidationError({list(data)[1]: [told]})
        (name, body), *_ = data.items()
        if name == "delete" and not self.allow_delete:
            raise ValidationError({name: ["delete is off; write allow_delete: true at the top of this file"]})
        if not isinstance(body, LocatedDict):
            raise ValidationError({name: [f'{name} takes a map, as in {name}: {{sourceId: "deal-{{{{ deal.id }}}}"}}']})
        try:
            return self._action(name, body, data.places[name])
        except ValidationError as fault:
            raise ValidationError({name: fault.messages}) from None

    def _action(self, name: str, body: LocatedDict, place: Place) -> ActionTemplate:
        errors: dict[str, Any] = {}
        fields, places = self._fields(name, body, errors)
        is_named = self.whole or "sourceId" in body or "_id" in body
        key_of = "sourceId" if "sourceId" in body else "_id"
        key_template = _collect(errors, key_of, lambda: _key(name, body)) if is_named else None
        if_absent = _collect(errors, "if_absent", lambda: _if_absent(name, body))
        errors = (_missing(name, body) if self.whole else {}) | errors
        if errors:
            raise ValidationError(errors)
        return ActionTemplate(
            action=name,
            key=key_template,
            fields=fields,
            position=0,
            by_id="_id" in body,
            if_absent=if_absent or "ignore",
            place=place,
            places=places,
        )

    def check_part(self, name: str, body: LocatedDict) -> None:
        """Raise ValidationError for what no action of that name can have; it need not be a whole one."""
        errors: dict[str, Any] = {}
        self._fields(name, body, errors)
        if "sourceId" in body or "_id" in body:
            _collect(errors, "sourceId" if "sourceId" in body else "_id", lambda: _key(name, body))
        _collect(errors, "if_absent", lambda: _if_absent(name, body))
        if errors:
            raise ValidationError(errors)

    def _fields(
        self, name: str, body: LocatedDict, errors: dict[str, Any]
    ) -> tuple[dict[str, Value], dict[str, Place]]:
        """The fields and where each key stands; what is wrong is added to `errors`."""
        fields: dict[str, Value] = {}
        written: dict[str, str] = {}
        places = {key: body.places[key] for key in NAMES_TASK if key in body}
        custom = _beside_custom(body)
        if custom:
            errors[custom[0]] = [indented_too_little(custom, "custom")]
        for path, value in flat_fields(body):
            key = ".".join(path)
            if custom and key in ("custom", *custom):
                continue
            places[key] = place_of(body, path)
            try:
                check_key(name, key)
                _check_once(key, written)
                fields[key] = parse_value(key, value, self.calendar)
            except ValidationError as fault:
                _file(errors, path, fault.messages)
        return fields, places


def _beside_custom(body: LocatedDict) -> list[str]:
    """Fields that stand right below an empty `custom:`, as deep as that."""
    known = {key for key in body if key == "custom" or key in NAMES_TASK or properties.find(key)}
    return [key for key, above in below_empty(body, known).items() if above == "custom"]


def _collect(errors: dict[str, Any], key: str, read: Callable[[], _T]) -> _T | None:
    try:
        return read()
    except ValidationError as fault:
        errors[key] = fault.messages
        return None


def flat_fields(body: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Where each field of an action stands and what is there: custom fields stand one level deeper."""
    for key, value in body.items():
        if key in NAMES_TASK:
            continue
        if key == "custom" and isinstance(value, Mapping) and value:
            yield from ((("custom", name), item) for name, item in value.items())
        else:
            yield (key,), value


def _file(errors: dict[str, Any], path: tuple[str, ...], messages: Any) -> None:
    for step in path[:-1]:
        errors = errors.setdefault(step, {})
    errors[path[-1]] = messages


def check_key(action: str, key: str) -> None:
    """Raise ValidationError unless `action` may write the field `key`, which may be `custom.<name>`."""
    if key == "custom":
        raise ValidationError("custom takes a map of custom fields, as in custom: {Deal value: …}")
    prop = properties.find(key)
    if prop is None:
        meant = properties.suggest(key)
        near = _KEY_SYNONYMS.get(key.casefold()) or closest(key, ("if_absent", "custom"))
        if not (meant or near) and (told := too_deep(key, "then")):
            raise ValidationError(told)
        other = f"a custom field stands below custom:, as in custom: {{{key}: …}}"
        raise ValidationError(
            f"a Planhat task has no field {key} ({f'did you mean {meant or near}?' if meant or near else other})"
        )
    if not prop.writable:
        raise ValidationError(f"{key} cannot be written: {prop.description}")
    if action == "complete" and key not in _COMPLETION:
        raise ValidationError(f"complete takes {', '.join(_COMPLETION)}, not {key}; change other fields by an update")
    if action in ("cancel", "reopen", "delete"):
        raise ValidationError(f"{action} takes only sourceId or _id and if_absent, not {key}")
    if key in _ONLY_BY_STATE and action != "complete":
        raise ValidationError(f"{key} follows from the task's state; use complete, cancel or reopen")
    if action == "update" and key in _AT_CREATION:
        raise ValidationError(f"{key} is fixed when the task is created; an update cannot change it")


def _check_once(key: str, written: dict[str, str]) -> None:
    folded = key.casefold()
    if folded in written:
        first = written[folded]
        raise ValidationError(f"{key} is {first} once more: Planhat takes no two names that differ only in case")
    written[folded] = key


def _key(action: str, body: Mapping[str, Any]) -> Template | None:
    given = [name for name in ("sourceId", "_id") if name in body]
    if action == "create":
        if "_id" in body:
            raise ValidationError("a create names its task by sourceId; _id is Planhat's own")
        if not given:
            return None
    if len(given) != 1:
        which = "sourceId and _id, which is one too many" if given else "neither sourceId nor _id"
        raise ValidationError(f"{action} must say which task: it has {which}")
    value = body[given[0]]
    if isinstance(value, bool) or not isinstance(value, str | int) or not str(value).strip():
        raise ValidationError(f"{given[0]} takes a text, as in deal-{{{{ deal.id }}}}")
    return parse_template(str(value).strip())  # as it is sent


def _if_absent(action: str, body: Mapping[str, Any]) -> str:
    if "if_absent" not in body:
        return "ignore"
    if action == "create":
        raise ValidationError("a create has no if_absent: it makes the task when there is none")
    value = body["if_absent"]
    if value not in IF_ABSENT:
        raise ValidationError(f"if_absent is {value!r}, not one of {', '.join(IF_ABSENT)}")
    return str(value)


def _missing(action: str, body: Mapping[str, Any]) -> dict[str, Any]:
    missing: dict[str, Any] = {}
    if action == "create":
        meant = {properties.suggest(key) for key in body if properties.find(key) is None}
        missing |= {key: [advice] for key, advice in _NEEDED.items() if key not in body and key not in meant}
        times = [key for key in ("startTime", "endTime") if body.get(key) is None]
        if body.get("mainType") == "event" and times:
            missing["mainType"] = [
                f"an event needs startTime and endTime; {' and '.join(times)} {'are' if times[1:] else 'is'} missing"
            ]
    if action == "update" and set(body) <= set(NAMES_TASK):
        missing["_schema"] = ["this update changes nothing; name at least one field"]
    if body.get("repeat") == "custom" and body.get("repeatDays") is None:
        missing["repeat"] = ["repeat: custom needs repeatDays, the number of days"]
    return missing


def unknown_action(name: str) -> str:
    """What to say of an action that does not exist."""
    meant = _SYNONYMS.get(name)
    hint = f"did you mean {meant}?" if meant else suggestion(name, ACTIONS)
    return f"there is no action {name} ({hint})"

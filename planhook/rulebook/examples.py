"""Examples of rules: what is given, what is expected. Their form is checked here; `authoring` runs them."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, post_load

from planhook.core import properties
from planhook.core.operation import ACTIONS
from planhook.core.rule import Example
from planhook.rulebook.gather import read_each
from planhook.rulebook.strict import StrictSchema, Text, Texts
from planhook.rulebook.suggestion import closest, suggestion
from planhook.rulebook.vocabulary import FIELDS

_NOTHING = "nothing"


class Map(fields.Field[Mapping[str, Any]]):
    """A map of anything. `example` is one, shown to who writes something else."""

    def __init__(self, example: str = "{id: D1, name: Acme}", **settings: Any) -> None:
        super().__init__(**settings)
        self._example = example

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Mapping[str, Any]:
        if not isinstance(value, Mapping):
            raise ValidationError(f"this takes a map, as in {self._instead_of(value)}")
        return value

    def _instead_of(self, value: Any) -> str:
        """The map that a list of names means, or the example."""
        named = isinstance(value, list) and value and all(isinstance(each, str) and each for each in value)
        return f"{{{', '.join(f'{name}: …' for name in value)}}}" if named else self._example


class Changes(Map):
    """What changed, by field: `from`, `to` or both."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Mapping[str, Any]:
        changes = super()._deserialize(value)
        read_each(changes.items(), _check_change)
        return changes


def _check_change(name: str, change: Any) -> None:
    if not isinstance(change, Mapping) or not change or not set(change) <= {"from", "to"}:
        raise ValidationError(f"this takes what it was and what it is, as in {name}: {{from: new, to: won}}")


class GivenSchema(StrictSchema):
    """The event of an example: flat and canonical. What is left out gets a default that never changes."""

    id = Text()
    source = Text()
    type = Text()
    types = Texts()
    occurred_at = Text()
    received_at = Text()
    sender_id = Text()
    sequence = fields.Integer(strict=True, error_messages={"invalid": "this takes a whole number"})
    deal = Map()
    meeting = Map()
    changes = Changes()
    payload = fields.Raw(allow_none=True)

    def _unknown(self, key: str, known: list[str], data: Mapping[str, Any]) -> str:
        roots = [root for root in ("deal", "meeting") if key in FIELDS[root]]
        if not roots:
            return super()._unknown(key, known, data)
        return f"unknown key {key} (write it under {' or '.join(roots)}, as in {roots[0]}: {{{key}: …}})"


class Expected(fields.Field[tuple[Mapping[str, Any], ...]]):
    """`nothing`, one action or a list of them, each with the fields to compare."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> tuple[Mapping[str, Any], ...]:
        if value in (_NOTHING, []):
            return ()
        if isinstance(value, Mapping):
            _check_expected(value)
            return (value,)
        if not isinstance(value, list):
            raise ValidationError("this takes nothing, or a list of actions as in [create: {action: Call Ann}]")
        read_each(enumerate(value), lambda _, item: _check_expected(item))
        return tuple(value)


def _check_expected(item: Any) -> None:
    if not isinstance(item, Mapping) or len(item) != 1:
        raise ValidationError("this takes one action, as in create: {action: Call Ann}")
    ((action, expected),) = item.items()
    if action not in ACTIONS:
        raise ValidationError({action: [f"there is no action {action} ({suggestion(action, ACTIONS)})"]})
    if not isinstance(expected, Mapping):
        raise ValidationError(
            {action: ["this takes the fields to compare, as in {action: Call Ann}; {} compares none"]}
        )
    extra = ("_id", "custom", "if_absent")
    unknown = {key: [_unknown(key)] for key in expected if key not in extra and properties.find(key) is None}
    if unknown:
        raise ValidationError({action: unknown})


def _unknown(key: str) -> str:
    meant = properties.suggest(key) or closest(key, ("custom", "if_absent"))
    return f"a Planhat task has no field {key}" + (f" (did you mean {meant}?)" if meant else "")


class ExampleSchema(StrictSchema):
    """Loads an `Example`; its line is where it begins."""

    synonyms = {"when": "given", "event": "given", "then": "expect", "expected": "expect"}  # noqa: RUF012 - read only

    given = fields.Nested(
        GivenSchema,
        required=True,
        error_messages={
            "required": "an example needs given: the event, as in {{deal: {{id: D1}}}}",
            "null": "given is empty",
        },
    )
    expect = Expected(
        required=True,
        error_messages={
            "required": "an example needs expect: a list of actions, or nothing",
            "null": "write nothing",
        },
    )

    @post_load(pass_original=True)
    def build(self, loaded: dict[str, Any], original: Any, **_: Any) -> Example:
        return Example(
            loaded["given"],
            loaded["expect"],
            original.place.line,
            original.places["expect"],
            original.place.column,
            original["given"].places,
        )

"""Planhat's Task object as marshmallow schemas, built from core's one list of its properties."""

from collections.abc import Callable, Mapping
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate, validates_schema

from planhook.core.event import from_iso
from planhook.core.properties import PROPERTIES, Property, is_object_id, suggest
from planhook.planhat.wire import nest


def read_task(document: Mapping[str, Any]) -> dict[str, Any]:
    """A task that Planhat sent, reduced to the properties we know. Raises marshmallow's ValidationError."""
    return dict(TaskSchema().load(document))


def check_task(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Flat `properties` to be written as Planhat's object, checked.

    Raises marshmallow's ValidationError: for each wrong property what is wrong and what to write instead.
    """
    return dict(WritableTaskSchema().load(nest(properties)))


def _object_id(value: str) -> None:
    if not is_object_id(value):
        raise ValidationError("is not a Planhat id (24 hexadecimal digits)")


def _time(value: str) -> None:
    try:
        from_iso(value)
    except ValueError:
        raise ValidationError("is not a time like 2026-10-02T15:00:00.000Z") from None


class _Person(Schema):
    """A contact or user; it is written as `{"_id"}` and may come back as `{"id", "name"}`."""

    class Meta:
        unknown = EXCLUDE

    _id = fields.String(validate=_object_id)
    id = fields.String()
    name = fields.String(allow_none=True)


class _Step(Schema):
    class Meta:
        unknown = EXCLUDE

    title = fields.String(required=True)


_FIELDS: Mapping[str, Callable[..., fields.Field[Any]]] = {
    "text": fields.String,
    "html": fields.String,
    "prefixedId": fields.String,
    "enum": fields.String,
    "time": lambda **given: fields.String(validate=_time, **given),
    "objectId": lambda **given: fields.String(validate=_object_id, **given),
    "bool": lambda **given: fields.Boolean(truthy={True}, falsy={False}, **given),
    "int": lambda **given: fields.Integer(strict=True, **given),
    "texts": lambda **given: fields.List(fields.String(), **given),
    "checklist": lambda **given: fields.List(fields.Nested(_Step), **given),
    "people": lambda **given: fields.List(fields.Nested(_Person), **given),
    "any": fields.Raw,
}


def _field(prop: Property, *, writes: bool) -> fields.Field[Any]:
    given: dict[str, Any] = {"allow_none": prop.nullable or not writes}
    if writes and prop.allowed:
        given["validate"] = validate.OneOf(prop.allowed)
    return _FIELDS[prop.type](**given)


class _Lenient(Schema):
    """Planhat sends more than anyone has documented; what we do not know is left out."""

    class Meta:
        unknown = EXCLUDE


TaskSchema = _Lenient.from_dict(
    {prop.name: _field(prop, writes=False) for prop in PROPERTIES.values()}
    | {"custom": fields.Dict(keys=fields.String(), allow_none=True)},
    name="TaskSchema",
)
"""Every property that Planhat shows, typed; null is fine anywhere."""

_WritableProperties = _Lenient.from_dict(
    {prop.name: _field(prop, writes=True) for prop in PROPERTIES.values() if prop.writable}
    | {"custom": fields.Dict(keys=fields.String(validate=validate.Length(min=1)))},
    name="WritableProperties",
)


class WritableTaskSchema(_WritableProperties):  # type: ignore[misc, valid-type]  # made from core's list
    """Every property that may be written. Any other is an error that names the right one."""

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def _name_the_right_property(self, _: Any, original: Mapping[str, Any], **__: Any) -> None:
        wrong = {name: [_advice(name)] for name in original if name not in self.fields}
        if wrong:
            raise ValidationError(wrong)


def _advice(name: str) -> str:
    known = PROPERTIES.get(name)
    what = f"cannot be written: {known.description}" if known else "is not a property of a task"
    meant = suggest(name)
    return f"{name} {what}" + (f"; did you mean {meant}?" if meant else "")

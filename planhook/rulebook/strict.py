"""Marshmallow as rule files need it: unknown keys are refused with a suggestion, messages are for non-programmers."""

from collections.abc import Mapping
from typing import Any, ClassVar

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validates_schema

from planhook.rulebook.misplaced import below_empty, indented_too_little
from planhook.rulebook.suggestion import closest

_FLAG_WORDS = {**dict.fromkeys(("yes", "on", "y"), "true"), **dict.fromkeys(("no", "off", "n"), "false")}


class StrictSchema(Schema):
    """A map of a rule file. `synonyms` maps what people write by mistake to the key that exists."""

    synonyms: ClassVar[Mapping[str, str]] = {}
    error_messages = {"type": "this takes a map of keys and values"}  # noqa: RUF012 - marshmallow's own declaration

    class Meta:
        unknown = EXCLUDE  # refused below, where the message can name what was meant

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        """Say in plain words that nothing stands behind a key, where the field has no words of its own."""
        if field_obj.error_messages["null"] == fields.Field.default_error_messages["null"]:
            told = f"{field_obj.data_key or field_name}: is empty; fill it in or delete it"
            field_obj.error_messages["null"] = told

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def refuse_unknown_keys(self, _: Any, original: Any, **__: Any) -> None:
        if not isinstance(original, Mapping):
            return
        known = [field.data_key or name for name, field in self.fields.items()]
        errors = {key: [self._unknown(key, known, original)] for key in original if key not in known}
        below = self._below_empty(original)
        for above in dict.fromkeys(below.values()):
            first, *more = (key for key in below if below[key] == above)
            errors[first] = [indented_too_little([first, *more], above)]
            errors = {key: told for key, told in errors.items() if key not in more}
        if errors:
            raise ValidationError(errors)

    def handle_error(self, error: ValidationError, data: Any, **_: Any) -> None:
        """Leave out that a key is missing or empty where an unknown one is told to mean it, or to belong below it."""
        if isinstance(data, Mapping) and isinstance(error.messages, dict):
            for key in data:
                error.messages.pop(self.meant(key, data), None)
            for above in self._below_empty(data).values():
                error.messages.pop(above, None)

    def _below_empty(self, data: Mapping[str, Any]) -> dict[str, str]:
        known = [field.data_key or name for name, field in self.fields.items()]
        found = below_empty(data, known)
        return {key: above for key, above in found.items() if self.meant(key, data) is None}

    def meant(self, key: str, data: Mapping[str, Any]) -> str | None:
        """The key that the unknown `key` of `data` stands for; None when it is known, or nothing comes near."""
        known = [field.data_key or name for name, field in self.fields.items()]
        if key in known:
            return None
        synonym = self.synonyms.get(key.casefold())
        free = [name for name in known if name not in data]
        return synonym if synonym and synonym not in data else closest(key, free)

    def told_of(self, key: str, data: Mapping[str, Any]) -> str:
        """What to say of the unknown `key` of `data`."""
        return self._unknown(key, [field.data_key or name for name, field in self.fields.items()], data)

    def _unknown(self, key: str, known: list[str], data: Mapping[str, Any]) -> str:
        meant = self.meant(key, data)
        hint = f"did you mean {meant}?" if meant else f"known are {', '.join(known)}"
        return f"unknown key {key} ({hint})"


class Text(fields.Field[str]):
    """Text that is not empty. Numbers are taken as they read."""

    default_error_messages = {  # noqa: RUF012 - marshmallow's own declaration
        "required": "this key is missing",
        "null": "this takes a text, and nothing stands here",
        "invalid": "this takes a text",
    }

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, str | int) or not str(value).strip():
            raise self.make_error("invalid")
        return str(value).strip()


class Texts(fields.Field[tuple[str, ...]]):
    """One text or a list of texts."""

    default_error_messages = {  # noqa: RUF012 - marshmallow's own declaration
        "required": "this key is missing",
        "null": "this takes a text or a list of texts, and nothing stands here",
        "invalid": "this takes a text or a list of texts",
    }

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> tuple[str, ...]:
        items = value if isinstance(value, list) else [value]
        if not items or not all(isinstance(item, str) and item.strip() for item in items):
            raise self.make_error("invalid")
        return tuple(item.strip() for item in items)


class Flag(fields.Field[bool]):
    """`true` or `false` and nothing that looks like it."""

    default_error_messages = {  # noqa: RUF012 - marshmallow's own declaration
        "invalid": "this takes true or false",
        "null": "this takes true or false",
    }

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError(f"this takes true or false{flag_meant(value)}")
        return value


def flag_meant(value: Any) -> str:
    """What to write for a word that stands for true or false, empty for anything else."""
    word = value.strip().casefold() if isinstance(value, str) else ""
    if word in ("true", "false"):
        return f"; write {word} without quotes"
    return f"; write {_FLAG_WORDS[word]} for {value}" if word in _FLAG_WORDS else ""

"""What the YAML keys of all kinds share: unknown keys get a suggestion, secrets are never empty."""

import copy
import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from planhook.http.address import base_url

_PRINTABLE = re.compile(r"[!-~]+")
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_UNSET = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}")
_OUR_WORDS: Mapping[Any, str] = {  # by those of marshmallow
    "Missing data for required field.": "is missing",
    "Field may not be null.": "is empty; fill it in or remove the line",
    "Not a valid string.": "must be text: put it in quotes",
    "Not a valid list.": "must be a list",
    "Not a valid integer.": "must be a whole number",
    "Not a valid boolean.": "must be true or false",
}


class Keys(Schema):
    """A schema that refuses unknown keys and names the one that was probably meant."""

    class Meta:
        unknown = RAISE

    error_messages = {"type": "takes a map of keys, as docs/senders.md shows"}  # noqa: RUF012 - so marshmallow wants it

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:  # noqa: ARG002 - marshmallow's hook
        """Have each field say what is wrong in words for those who write rules."""
        _word(field_obj)

    def handle_error(self, error: ValidationError, data: Any, **_: Any) -> None:
        """Put a suggestion beside each unknown key, and say no more of the one that it means."""
        known = {field.data_key or name for name, field in self.fields.items()}
        if not isinstance(data, Mapping) or not isinstance(error.messages, dict):
            return
        unknown, missing = set(data) - known, set(error.messages) & (known - set(data))
        for key in unknown:
            error.messages[key] = [no_such_key(key, known)]
            meant = _closest(key, known)
            if len(unknown) == len(missing) == 1 and meant not in data:
                meant = next(iter(missing))  # whatever it is called: nothing else is left to mean
                error.messages[key] = [f"there is no such key (did you mean {meant}?)"]
            if meant in missing:
                error.messages.pop(meant, None)


def did_you_mean(given: object, known: Iterable[str]) -> str:
    """Says that `given` is none of `known`, and which one was probably meant."""
    return f"{given} is not known ({_hint(given, known)})"


def no_such_key(given: object, known: Iterable[str]) -> str:
    """Says the same where the message stands beside the name of the key."""
    return f"there is no such key ({_hint(given, known)})"


def _hint(given: object, known: Iterable[str]) -> str:
    near = _closest(given, known)
    return f"did you mean {near}?" if near else f"known: {', '.join(sorted(known))}"


def _closest(given: object, known: Iterable[str]) -> str | None:
    close = difflib.get_close_matches(str(given), sorted(known), n=1)
    return close[0] if close else None


def _word(field: fields.Field[Any]) -> None:
    field.error_messages = {key: _OUR_WORDS.get(str(text), text) for key, text in field.error_messages.items()}
    field.validators = [_worded(rule) for rule in field.validators]
    if isinstance(field, fields.List):
        _word(field.inner)


def _worded(rule: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """`rule` with a message of ours unless it has one already."""
    match rule:
        case validate.Length(error=None, min=1, max=None):
            said = "must not be empty"
        case validate.Length(error=None, min=None):
            said = "takes at most {max} entries"
        case validate.Length(error=None):
            said = "takes {min} to {max} entries"
        case validate.Range(error=None):
            said = "must be from {min} to {max}"
        case validate.OneOf(error=validate.OneOf.default_message):
            said = "must be one of {choices}"
        case _:
            return rule
    worded = copy.copy(rule)
    worded.error = said
    return worded


class Secrets(fields.Field[tuple[str, ...]]):
    """A secret, or a list of them of which any passes. Loads to a tuple.

    A `${NAME}` that nobody filled in is left out: it can never prove anything, so that a source
    with an unset variable refuses everything instead of trusting the text `${NAME}`.
    """

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> tuple[str, ...]:
        given = value if isinstance(value, list) else [value]
        if not given:
            raise ValidationError("must not be empty")
        for secret in given:
            if not isinstance(secret, str):
                raise ValidationError("must be text: put it in quotes")
            if not secret.strip():
                raise ValidationError("must not be empty")
        return tuple(str(secret) for secret in given if not _UNSET.fullmatch(secret))


class Flag(fields.Field[bool]):
    """`true` or `false` and nothing that looks like it: it may open a source to anybody."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError("must be true or false")
        return value


class HeaderName(fields.Field[str]):
    """The name of a header of HTTP. Loads in lower case, as deliveries have it."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        if not isinstance(value, str):
            raise ValidationError("must be text: put it in quotes")
        if not value:
            raise ValidationError("must not be empty")
        if not _HEADER.fullmatch(value) and not _UNSET.search(value):
            meant = re.sub(r"[^\w.-]+", "-", value.strip().rstrip(":").strip())
            raise ValidationError(f"{value} is no name of a header (did you mean {meant}?)")
        return value.lower()


class Token(fields.Field[str]):
    """A token that planhook shows to an API. Loads to text, to an empty one while its `${NAME}` is not filled in."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        if not isinstance(value, str):
            raise ValidationError("must be text: put it in quotes")
        if not _PRINTABLE.fullmatch(value.strip()):
            raise ValidationError("must be printable ASCII without blanks: copy it again")
        return "" if _UNSET.fullmatch(value) else value.strip()


class BaseUrl(fields.Field[str]):
    """The base URL of an API that a token is sent to: https, or plain http for this machine only."""

    def __init__(self, whose: str, **options: Any) -> None:
        super().__init__(**options)
        self._whose = whose

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        try:
            return base_url(value if isinstance(value, str) else "", self._whose)
        except ValueError as fault:
            raise ValidationError(str(fault)) from None


class WebhookAddress(BaseUrl):
    """The address of a source as its sender is told it: loads to "" while a `${NAME}` in it is not filled in."""

    def __init__(self, **options: Any) -> None:
        super().__init__("webhook", **options)

    def _deserialize(self, value: Any, *rest: Any, **more: Any) -> str:
        return "" if isinstance(value, str) and _UNSET.search(value) else super()._deserialize(value, *rest, **more)


class Words(fields.Field[frozenset[str]]):
    """One text or a list of texts, compared ignoring case. Loads to a set of case-folded texts."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> frozenset[str]:
        given = value if isinstance(value, list) else [value]
        if not all(isinstance(word, str | int) and not isinstance(word, bool) for word in given):
            raise ValidationError("must be a text or a list of texts")
        return frozenset(str(word).strip().casefold() for word in given)

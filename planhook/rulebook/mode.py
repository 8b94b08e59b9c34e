"""`mode:` of a rule: for real, only told, or for real for a part of the records."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields

from planhook.core.canary import Canary, OnlyCompanies, Share
from planhook.rulebook.strict import StrictSchema
from planhook.rulebook.suggestion import closest

LIVE, SHADOW = MODES = ("live", "shadow")
_OFF = ("off", "false", "disabled", "inactive", "none", "paused")
_CHOICES = f"{', '.join(MODES)}, {{percent: 10}} or {{only: {{company: …}}}}"


class Companies(fields.Field[tuple[str, ...]]):
    """One company or a list of them. Numbers are taken as they read."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> tuple[str, ...]:
        names = value if isinstance(value, list) else [value]
        if not names or not all(_is_name(name) for name in names):
            raise ValidationError("this takes a company or a list of them: id, name, mail domain or companyId")
        return tuple(str(name).strip() for name in names)


class OnlySchema(StrictSchema):
    """What stands under `only:`."""

    synonyms = dict.fromkeys(("companies", "companyid", "company_id", "domain"), "company")

    company = Companies(
        required=True,
        error_messages={
            "required": "only takes company, as in {{company: [C7, acme.example]}}",
            "null": "name a company",
        },
    )


class Percent(fields.Field[float]):
    """A number from 0 to 100."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 100:
            raise ValidationError("this takes a number from 0 to 100, as in {percent: 10}")
        return value


class CanarySchema(StrictSchema):
    """The map under `mode:`."""

    some = fields.Nested(
        OnlySchema,
        data_key="only",
        error_messages={"null": "only takes company, as in {{company: [C7, acme.example]}}"},
    )
    percent = Percent()


class Mode(fields.Field[str | Canary]):
    """A word, or the part of the records that the rule acts on."""

    default_error_messages = {"null": "mode: is empty; delete it"}  # noqa: RUF012 - marshmallow's own declaration

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str | Canary:
        if isinstance(value, Mapping):
            return _canary(value)
        if isinstance(value, list):
            raise ValidationError(f"mode takes one of {_CHOICES}, not a list")
        if str(value).casefold() in _OFF:
            raise ValidationError(f"mode is {value}; to switch the rule off write enabled: false instead")
        if value not in MODES:
            near = closest(value, MODES) if isinstance(value, str) else None
            hint = f" (did you mean {near}?)" if near else ""
            raise ValidationError(f"mode is {value}, not one of {_CHOICES}{hint}")
        return str(value)


def _canary(data: Mapping[str, Any]) -> Canary:
    if isinstance(only := data.get("only"), list | str | int) and not isinstance(only, bool):
        written = f"[{', '.join(map(str, only))}]" if isinstance(only, list) else only
        raise ValidationError({"only": [f"only takes company: write {{only: {{company: {written}}}}}"]})
    loaded = CanarySchema().load(data)
    if len(loaded) != 1:
        raise ValidationError("write either percent or only, as in {percent: 10}")
    if "percent" in loaded:
        return Share(loaded["percent"])
    return OnlyCompanies(loaded["some"]["company"])


def _is_name(value: Any) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool) and bool(str(value).strip())

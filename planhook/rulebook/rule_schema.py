"""One rule of a file."""

import hashlib
from collections.abc import Mapping
from typing import Any, cast

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from planhook.core.calendar import Calendar
from planhook.core.condition import Condition
from planhook.core.filters import slugify
from planhook.core.operation import ACTIONS
from planhook.core.rule import ActionTemplate, Example, Rule
from planhook.rulebook.actions import ActionReader
from planhook.rulebook.conditions import ConditionReader
from planhook.rulebook.examples import ExampleSchema, Map
from planhook.rulebook.gather import read_each
from planhook.rulebook.misplaced import RULE_KEYS
from planhook.rulebook.mode import LIVE, Mode
from planhook.rulebook.strict import Flag, StrictSchema, Text, Texts

_LONGEST_NAME = 200
_OF_FILE = ("defaults", "allow_delete", "tables", "calendar", "templates", "rules")
_WHEN = ("when", "trigger")


class RuleSchema(StrictSchema):
    """Loads a `Rule`."""

    synonyms = {  # noqa: RUF012 - marshmallow collects declared attributes of the class
        **dict.fromkeys(("when", "trigger", "event", "events", "type"), "on"),
        **dict.fromkeys(("condition", "conditions", "where", "only_if"), "if"),
        **dict.fromkeys(("do", "action", "actions"), "then"),
        **dict.fromkeys(("source", "sources"), "from"),
        **dict.fromkeys(("title", "rule", "id", "alias", "alert"), "name"),
        **dict.fromkeys(("template", "uses", "extends", "inherits"), "use"),
        **dict.fromkeys(("params", "parameters"), "with"),
        **dict.fromkeys(("tests", "test", "example"), "examples"),
        **dict.fromkeys(("disabled", "active"), "enabled"),
    }

    name = Text(
        required=True,
        validate=validate.Length(max=_LONGEST_NAME, error="a name has at most {max} characters"),
        error_messages={"required": "a rule needs a name"},
    )
    on = Texts(required=True, error_messages={"required": "a rule needs on: the type of event, as in on: deal.won"})
    sources = Texts(data_key="from", load_default=())
    template = Text(data_key="use", load_default="")
    arguments = Map("{pipeline: renewals, days: 60}", data_key="with")
    condition = fields.Method(data_key="if", deserialize="read_condition", load_default=None)
    then = fields.Method(
        required=True,
        deserialize="read_actions",
        error_messages={
            "required": "a rule needs then: what to do, as in cancel: {{sourceId: …}}",
            "null": f"then: is empty; name an action: {', '.join(ACTIONS)}",
        },
    )
    examples = fields.Method(
        deserialize="read_examples", load_default=(), error_messages={"null": "examples: is empty; delete it"}
    )
    enabled = Flag(load_default=True)
    mode = Mode(load_default=LIVE)
    description = fields.String(
        load_default="",
        error_messages={"invalid": "this takes a text", "null": "description: is empty; delete it"},
    )

    def __init__(self, calendar: Calendar, *, file: str, allow_delete: bool, whole: bool = True) -> None:
        super().__init__()
        self._file = file
        self._conditions = ConditionReader(calendar)
        self._actions = ActionReader(calendar, allow_delete, whole)

    def read_condition(self, data: Any) -> Condition:
        return self._conditions.read(data)

    def read_actions(self, data: Any) -> tuple[ActionTemplate, ...]:
        return self._actions.read_all(data)

    def read_examples(self, data: Any) -> tuple[Example, ...]:
        if not isinstance(data, list):
            raise ValidationError("this takes a list of examples, each with given and expect")
        return tuple(read_each(enumerate(data), lambda _, example: cast(Example, ExampleSchema().load(example))))

    def meant(self, key: str, data: Mapping[str, Any]) -> str | None:
        """As for any map; `when` is a condition where `on` says the type already."""
        if key.casefold() in _WHEN and "on" in data and "if" not in data:
            return "if"
        return super().meant(key, data)

    def _unknown(self, key: str, known: list[str], data: Mapping[str, Any]) -> str:
        if key in _OF_FILE:
            return f"{key} belongs to the file, not into a rule; write it without indent"
        return super()._unknown(key, known, data)

    def handle_error(self, error: ValidationError, data: Any, **options: Any) -> None:
        """Likewise leave out that a key is missing which is told to stand one level too deep."""
        super().handle_error(error, data, **options)
        if not isinstance(data, Mapping) or not isinstance(error.messages, dict):
            return
        for key in RULE_KEYS:
            if key not in data and any(isinstance(part, Mapping) and key in part for part in data.values()):
                error.messages.pop(key, None)

    @validates_schema(skip_on_field_errors=False)
    def refuse_arguments_alone(self, loaded: dict[str, Any], **_: Any) -> None:
        if "arguments" in loaded and not loaded.get("template"):
            raise ValidationError({"with": ["with gives values to a template; name it, as in use: Start onboarding"]})

    @post_load(pass_original=True)
    def build(self, loaded: dict[str, Any], original: Any, **_: Any) -> Rule:
        loaded.pop("arguments", None)  # they stand where the template wants them
        if not isinstance(loaded["mode"], str):
            loaded |= {"mode": LIVE, "canary": loaded["mode"]}
        return Rule(slug=slug(loaded["name"]), file=self._file, line=original.place.line, **loaded)


def slug(name: str) -> str:
    """A rule's name as part of task keys; a name without any Latin letter or digit gives a hash of it."""
    return slugify(name) or f"rule-{hashlib.sha256(name.encode()).hexdigest()[:8]}"

"""What is wrong with a key of a source is said in words of ours, and once."""

from typing import Any

import pytest
from marshmallow import fields, validate

from planhook.sources.schema import Keys


class _Example(Keys):
    secret = fields.String(required=True)
    header = fields.String(validate=validate.Length(min=1))
    calendars = fields.List(fields.String(), validate=validate.Length(1, 2))
    users = fields.List(fields.String(), validate=validate.Length(max=2))
    minutes = fields.Integer(strict=True, validate=validate.Range(1, 1440))
    existing = fields.String(validate=validate.OneOf(("schedule", "ignore")))
    trusted = fields.Boolean()
    mailbox = fields.String(validate=validate.Length(min=1, error="names nobody"))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"secret": None}, {"secret": ["is empty; fill it in or remove the line"]}),
        ({"secret": 1}, {"secret": ["must be text: put it in quotes"]}),
        ({"header": ""}, {"header": ["must not be empty"]}),
        ({"calendars": "one"}, {"calendars": ["must be a list"]}),
        ({"calendars": [1]}, {"calendars": {0: ["must be text: put it in quotes"]}}),
        ({"calendars": []}, {"calendars": ["takes 1 to 2 entries"]}),
        ({"users": ["a", "b", "c"]}, {"users": ["takes at most 2 entries"]}),
        ({"minutes": "soon"}, {"minutes": ["must be a whole number"]}),
        ({"minutes": 0}, {"minutes": ["must be from 1 to 1440"]}),
        ({"existing": "maybe"}, {"existing": ["must be one of schedule, ignore"]}),
        ({"trusted": "perhaps"}, {"trusted": ["must be true or false"]}),
        ({"mailbox": ""}, {"mailbox": ["names nobody"]}),
        ({"secert": "s"}, {"secert": ["there is no such key (did you mean secret?)"]}),
    ],
)
def test_each_fault_is_said_in_our_words(given: dict[str, Any], said: dict[str, Any]) -> None:
    assert _Example().validate({"secret": "s"} | given) == said


def test_what_is_not_there_is_missing() -> None:
    assert _Example().validate({}) == {"secret": ["is missing"]}

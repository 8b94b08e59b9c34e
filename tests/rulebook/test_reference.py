"""docs/rules.md names all there is, so that nobody has to read the code."""

from pathlib import Path

import pytest

from planhook.core.condition import OPERATORS
from planhook.core.filters import FILTERS
from planhook.core.operation import ACTIONS, IF_ABSENT
from planhook.core.properties import PROPERTIES
from planhook.rulebook import conditions
from planhook.rulebook.vocabulary import FIELDS, TYPES

REFERENCE = Path(__file__).parents[2] / "docs" / "rules.md"


@pytest.mark.parametrize(
    ("things", "words"),
    [
        ("operators", OPERATORS),
        ("filters", FILTERS),
        ("actions", ACTIONS),
        ("if_absent", IF_ABSENT),
        ("types", TYPES),
        ("fields of a deal", FIELDS["deal"]),
        ("fields of a meeting", FIELDS["meeting"]),
        ("fields of an event", FIELDS["event"]),
        ("fields of a task", [name for name, prop in PROPERTIES.items() if prop.writable and name != "isArchived"]),
    ],
)
def test_the_reference_names_all(things: str, words: list[str]) -> None:
    text = REFERENCE.read_text(encoding="utf-8")

    missing = [word for word in words if f"`{word}`" not in text and f"`{word}(" not in text]

    assert missing == [], f"docs/rules.md lacks {things}"


def test_rule_files_can_use_every_operator_there_is() -> None:
    assert set(conditions.OPERATORS) == OPERATORS

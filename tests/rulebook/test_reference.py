"""docs/rules.md names what no table of it does, so that nobody has to read the code."""

from pathlib import Path

from planhook.core.condition import OPERATORS
from planhook.core.operation import IF_ABSENT
from planhook.rulebook import conditions
from planhook.rulebook.reference import BLOCKS, RULE, SECTIONS

REFERENCE = Path(__file__).parents[2] / "docs" / "rules.md"


def test_the_reference_names_all_keys() -> None:
    text = REFERENCE.read_text(encoding="utf-8")

    words = (*SECTIONS, *RULE, *BLOCKS, *IF_ABSENT)
    assert [word for word in words if f"`{word}`" not in text and f"`{word}:" not in text] == []


def test_rule_files_can_use_every_operator_there_is() -> None:
    assert set(conditions.OPERATORS) == OPERATORS

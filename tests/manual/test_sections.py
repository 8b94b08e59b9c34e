"""The made parts of docs/ are the ones that `make docs` writes."""

import pytest

from devstack.manual.__main__ import DOCS
from devstack.manual.sections import SectionUnknownError, filled
from devstack.manual.tables import TABLES

SECTION = "before\n<!-- words: made by us -->\nold\n<!-- end of words -->\nafter\n"


def test_the_reference_holds_what_make_docs_writes() -> None:
    text = (DOCS / "rules.md").read_text("utf-8")

    assert filled(text, TABLES) == text, "run: make docs"


def test_what_stands_around_a_section_stays() -> None:
    assert filled(SECTION, {"words": lambda: "new"}) == SECTION.replace("old", "new")


@pytest.mark.parametrize("text", ["no section", SECTION * 2, SECTION.replace("words", "other")])
def test_a_section_that_is_missing_doubled_or_unknown_is_told(text: str) -> None:
    with pytest.raises(SectionUnknownError):
        filled(text, {"words": lambda: "new"})

"""The made parts of docs/ are the ones that `make docs` writes."""

from pathlib import Path

import pytest

from devstack.manual.__main__ import PAGES
from devstack.manual.sections import SectionUnknownError, filled

SECTION = "before\n<!-- words: made by us -->\nold\n<!-- end of words -->\nafter\n"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_holds_what_make_docs_writes(page: Path) -> None:
    text = page.read_text("utf-8")

    assert filled(text, PAGES[page]) == text, "run: make docs"


def test_what_stands_around_a_section_stays() -> None:
    assert filled(SECTION, {"words": lambda: "new"}) == SECTION.replace("old", "new")


@pytest.mark.parametrize("text", ["no section", SECTION * 2, SECTION.replace("words", "other")])
def test_a_section_that_is_missing_doubled_or_unknown_is_told(text: str) -> None:
    with pytest.raises(SectionUnknownError):
        filled(text, {"words": lambda: "new"})

"""A review as Markdown shows texts of rules as they are."""

from pathlib import Path

import pytest

from planhook.authoring.markdown import as_markdown
from planhook.authoring.review import Review
from tests.authoring.test_review import changed


def test_markdown_takes_no_sign_of_a_rule_for_its_own(tmp_path: Path) -> None:
    text = as_markdown(changed(tmp_path, ("Call {{", "<img src=x> **[a](b)** {{")), "A", "B", None, "not asked")

    assert r"\<img src=x> \*\*\[a\](b)\*\*" in text
    assert text.endswith("## With events that came\n\nnot asked\n")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("a_b __c__ _", r"a_b \_\_c\_\_ \_"),
        ("`rm -rf` it", r"\`rm -rf\` it"),
        ("ask @team or a@b.c", "ask @<!-- -->team or a@b.c"),
    ],
)
def test_markdown_shows_the_texts_of_rules_as_they_are(tmp_path: Path, written: str, shown: str) -> None:
    text = as_markdown(changed(tmp_path, ("Call {{", f"{written} {{{{")), "A", "B", None)

    assert f"“{shown} ‹the deal's name›”" in text


def test_markdown_keeps_paths_as_code(tmp_path: Path) -> None:
    text = as_markdown(changed(tmp_path, ("on: deal.lost", "on: crm.lost_deal")), "A", "B", None)

    assert "It acts when `crm.lost_deal` comes in" in text


def test_no_change_says_so() -> None:
    assert "Nothing: the files are the same." in as_markdown(Review((), (), ()), "A", "B", None)

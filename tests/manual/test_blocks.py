"""Every piece of YAML that the pages for authors show is right, and its examples hold."""

import re
import textwrap
from pathlib import Path

import pytest

from devstack.manual.__main__ import DOCS
from planhook.authoring.check import all_findings
from planhook.authoring.given import event_of
from planhook.core.calendar import Calendar
from planhook.core.event import iso
from planhook.rulebook.reference import SECTIONS
from tests.manual.rules import book_of

ROOT = DOCS.parent
PAGES = [DOCS / "rules.md", DOCS / "cookbook.md", ROOT / "rules" / "README.md", ROOT / "README.md"]
LINKED = [*PAGES, *(DOCS / f"{name}.md" for name in ("explain", "reasons", "backtest", "senders"))]
TABLES = "tables: {companies: {default: srcid-x}}"
THEN = "then: {update: {_id: 58e231b14246fc73139f29e8, type: call}}"


def blocks() -> list[tuple[str, str]]:
    """Page and text of each."""
    found = [(page, page.read_text("utf-8")) for page in PAGES]
    return [(page.name, block) for page, text in found for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)]


def whole(block: str) -> list[str]:
    """A block as the files that it takes: a condition alone gets a rule around it, a table alone is one."""
    if block.startswith("if:"):
        return [f"rules:\n  - name: A\n    on: deal.won\n    {THEN}\n{textwrap.indent(block, '    ')}"]
    return [block] if "tables:" in block or "lookup('companies')" not in block else [block, TABLES]


@pytest.mark.parametrize(("page", "block"), blocks())
def test_a_block_of_yaml_is_right(page: str, block: str) -> None:
    assert block.startswith("if:") or block.partition(":")[0] in SECTIONS
    findings = all_findings(book_of(*whole(block)))

    assert [str(finding) for finding in findings if "is not set" not in finding.message] == []


def test_what_an_example_leaves_out_is_as_the_reference_says() -> None:
    event = event_of({"type": "deal.won"}, Calendar())

    text = " ".join((DOCS / "rules.md").read_text("utf-8").split())
    assert (event.source, iso(event.occurred_at)) == ("example", "2026-01-15T12:00:00.000Z")
    assert event.occurred_at.strftime("%A, %-d %B %Y, noon UTC") in text


def test_the_links_of_the_pages_lead_somewhere() -> None:
    lost = []
    for page in LINKED:
        for path, anchor in re.findall(r"\]\(([^)#:]*)(?:#([^)]+))?\)", page.read_text("utf-8")):
            target = (page.parent / path).resolve() if path else page
            if not target.exists() or (anchor and anchor not in anchors(target)):
                lost.append(f"{page.name}: {path}#{anchor}")
    assert lost == []


def anchors(page: Path) -> set[str]:
    """The names by which the headings of a page are linked to."""
    headings = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}

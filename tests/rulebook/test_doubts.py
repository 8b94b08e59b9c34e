"""Rules that can be carried out and hardly do what their author wants: a warning each, and none for right ones."""

from pathlib import Path

import pytest

from tests.rulebook.conftest import Faults, Load

SOURCES = """
sources:
  crm: {kind: json, verify: {scheme: bearer, token: "${T}"}}
  invites: {kind: icalendar, verify: {scheme: bearer, token: "${T}"}}
"""
CREATE = '{create: {sourceId: "t-{{ deal.id }}", companyId: srcid-c, action: a}}'
MEET = '{create: {companyId: srcid-c, action: "{{ meeting.organizer.name }} {{ meeting.domains }}"}}'


def _collected(name: str) -> list[tuple[str, str]]:
    """Title and text of each case; the arrow marks the line with the doubt."""
    blocks = Path(__file__).with_name(name).read_text(encoding="utf-8").split("=== ")
    return [(title, text) for title, _, text in (block.partition("\n") for block in blocks if block)]


@pytest.mark.parametrize(
    ("message", "text"),
    [pytest.param(title.split(": ", 1)[1], text, id=title.split(": ")[0]) for title, text in _collected("doubts.txt")],
)
def test_a_doubt_is_a_warning_at_its_line(load_files: Load, message: str, text: str) -> None:
    (line,) = (number for number, content in enumerate(text.split("\n"), 1) if "⟵" in content)

    (finding,) = load_files({"T": "t" * 24}, a=text.replace(" ⟵", "")).findings

    assert (finding.line, finding.severity) == (line, "warning")
    assert message in finding.message


@pytest.mark.parametrize("text", [pytest.param(text, id=title) for title, text in _collected("right.txt")])
def test_right_rules_give_no_warning(load_files: Load, text: str) -> None:
    rules = text.replace("CREATE", CREATE).replace("MEET", MEET)

    assert load_files({"T": "t" * 24}, a=rules, sources=SOURCES).findings == ()


def test_a_type_without_a_dot_is_none(faults_of: Faults) -> None:
    rule = f"rules: [{{name: A, on: crm, then: {CREATE}}}]"

    (fault,) = faults_of({"T": "t" * 24}, a=rule, sources=SOURCES)

    assert "there is no type of event crm" in fault

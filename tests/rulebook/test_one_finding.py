"""One mistake in a right file is one finding, at its place, with what to write instead."""

from pathlib import Path

import pytest

from planhook.core.errors import Finding, RulesInvalid
from tests.rulebook.conftest import Load

RIGHT = Path(__file__).with_name("right_file.yaml").read_text(encoding="utf-8")
_NBSP, _ZERO_WIDTH = "\u00a0", "\u200b"
_INVISIBLE = "an invisible character stands here; delete it"
_BACKSLASH = "a backslash inside double quotes has a meaning of its own; use single quotes, "

FORM = [
    ("{contains: renewal}", r'{matches: "\d+"}', "42:32: " + _BACKSLASH + r"'\d+'"),
    (
        "{contains: renewal}",
        r'{matches: "\bnew\b"}',
        r"42:32: a backslash inside double quotes makes an invisible control character; use single quotes, '\bnew\b'",
    ),
    ("action: Prepare", r'action: "C:\docs"', "32:17: " + _BACKSLASH + r"'C:\docs'"),
    ("mainType: task", f"mainType:{_NBSP}task", f"46:18: {_INVISIBLE}"),
    ("mainType: task", f"{_NBSP}mainType: task", f"46:9: {_INVISIBLE}"),
    ("  mainType: task", f"{_NBSP}mainType: task", f"46:7: {_INVISIBLE}"),
    ("mainType: task", f"mainType: task{_ZERO_WIDTH}", f"46:23: {_INVISIBLE}"),
    ('token: "${T}"', "token: !secret crm_token", "4:37: !secret: tags are not allowed; write ${CRM_TOKEN}"),
    ("name: A lost", "name:A lost", "52:5: put a blank after the colon: name: A lost deal closes"),
    ("kind: json", "kind:json", "3:5: put a blank after the colon: kind: json"),
    ("timezone: Europe", "timezone:Europe", "17:3: put a blank after the colon: timezone: Europe/Stockholm"),
    ("  mainType: task", "mainType: task", "46:7: this line does not line up with those below it"),
    ("  deal.amount: {", "deal.amount: {", "39:5: this line does not line up with those below it"),
    ("sources:", "// deals\nsources:", "1:1: a comment begins with #"),
    ("  - name: A lost", "  // closes\n  - name: A lost", "52:3: a comment begins with #"),
    ("    then:\n      cancel", "\tthen:\n      cancel", "54:1: a tab indents this line; use spaces"),
    ("action: Prepare", "action: - Prepare", "32:17: a text cannot begin with a hyphen and a blank; put quotes around"),
    ("action: Prepare", 'action: "Prepare" | upper', "32:29: text stands behind the end of a value"),
]


def _findings(load_files: Load, text: str) -> list[Finding]:
    try:
        return list(load_files({"T": "t" * 24, "CRM_TOKEN": "t" * 24}, a=text).findings)
    except RulesInvalid as fault:
        return list(fault.findings)


@pytest.mark.parametrize(("old", "new", "told"), FORM)
def test_one_mistake_is_one_finding_at_its_place(load_files: Load, old: str, new: str, told: str) -> None:
    assert old in RIGHT

    (finding,) = _findings(load_files, RIGHT.replace(old, new, 1))

    assert told in f"{finding.line}:{finding.column}: {finding.message}"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),
        ("mainType: task", "mainType:\ttask\t# a tab may stand behind a colon, and before a comment"),
    ],
)
def test_what_is_right_gives_no_finding(load_files: Load, old: str, new: str) -> None:
    assert _findings(load_files, RIGHT.replace(old, new, 1)) == []

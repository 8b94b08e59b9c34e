"""Mistakes that people make, each reported where it stands with what was probably meant."""

from pathlib import Path

import pytest

from tests.rulebook.conftest import Faults


def _collected() -> list[tuple[str, str, str]]:
    """Name, message and text of each mistake of mistakes.txt; the arrow marks the line with the mistake."""
    blocks = Path(__file__).with_name("mistakes.txt").read_text(encoding="utf-8").split("=== ")
    titles_and_texts = [block.partition("\n") for block in blocks if block]
    return [(*title.split(": ", 1), text) for title, _, text in titles_and_texts]  # type: ignore[misc]


_RULE = "rules:\n  - name: A\n    on: deal.won\n    then: {update: {_id: 58e231b14246fc73139f29e8, type: '%s'}} ⟵"
_IF = (
    "rules:\n  - name: A\n    on: deal.won\n    then: {cancel: {_id: 58e231b14246fc73139f29e8}}\n"
    "    if:\n      deal.name: {matches: %s} ⟵"
)

MISTAKES = [
    *_collected(),
    ("a long pattern", "longer than 1,000", _IF % ("a" * 10_000)),
    ("a deep gap", "nested too deeply", _RULE % f"{{{{ {'(' * 5000} }}}}"),
    ("a huge number", "cannot be read", _RULE % f"{{{{ deal.name | truncate({'9' * 5000}) }}}}"),
    ("a huge text", "longer than 20,000", _RULE % f"{{{{ deal.name }}}}{'x' * 20_000}"),
]


@pytest.mark.parametrize(("message", "text"), [pytest.param(*rest, id=name) for name, *rest in MISTAKES])
def test_a_mistake_is_reported_at_its_line(faults_of: Faults, message: str, text: str) -> None:
    (line,) = (number for number, content in enumerate(text.split("\n"), 1) if "⟵" in content)

    faults = [fault for fault in faults_of(a=text.replace(" ⟵", "")) if "warning" not in fault]

    (fault,) = faults
    assert fault.startswith(f"rules/a.yaml:{line}: ")
    assert message in fault


def test_everything_wrong_is_told_at_once_in_order(faults_of: Faults) -> None:
    first = "rules:\n  - name: A\n    on: deal.wonn\n    then: {finish: {}}\ntables: {t: 1}\n"
    second = "sources:\n  h: {kind: hubspott}\n"

    places = [fault.split(": ")[0] for fault in faults_of(b=second, a=first)]

    assert places == ["rules/a.yaml:3", "rules/a.yaml:4", "rules/a.yaml:5", "rules/b.yaml:2"]


@pytest.mark.parametrize(
    ("section", "message"),
    [
        (
            "rules:\n  - {name: One Rule, on: deal.won, then: {cancel: {_id: 58e231b14246fc73139f29e8}}}",
            "two rules are called One Rule, here and in ",
        ),
        (
            "sources:\n  s: {kind: json, verify: {scheme: bearer, token: '${T}'}}",
            "two sources are called s, here",
        ),
        ("tables:\n  t: {a: 1}", "two tables are called t, here"),
        ("calendar:\n  timezone: UTC", "two calendars, here"),
    ],
)
def test_what_stands_twice_is_an_error_that_names_both_places(faults_of: Faults, section: str, message: str) -> None:
    line = 1 if section.startswith("calendar") else 2

    faults = [fault for fault in faults_of(a=section, b=f"\n{section}") if "warning" not in fault]

    (fault,) = faults
    assert fault.startswith(f"rules/b.yaml:{line + 1}: ")
    assert message in fault
    assert f"rules/a.yaml:{line}" in fault


def test_names_that_give_one_slug_are_an_error(faults_of: Faults) -> None:
    rule = "  - {name: %s, on: deal.won, then: {cancel: {_id: 58e231b14246fc73139f29e8}}}\n"

    (fault,) = faults_of(a="rules:\n" + rule % "A won deal" + rule % "a won DEAL!")

    assert fault.startswith("rules/a.yaml:3: two rules are called a won DEAL!, here and in ")


def test_a_source_that_nobody_defined_is_an_error(faults_of: Faults) -> None:
    source = "sources:\n  crm: {kind: json, verify: {scheme: bearer, token: '${T}'}}\n"
    rule = "rules:\n  - name: A\n    on: deal.won\n    from: crn\n    then: {cancel: {_id: 58e231b14246fc73139f29e8}}\n"

    faults = faults_of(a=source, b=rule)

    assert "rules/b.yaml:4: there is no source crn (did you mean crm?)" in faults


def test_a_type_of_a_source_that_nobody_defined_is_an_error(faults_of: Faults) -> None:
    source = "sources:\n  crm: {kind: json, verify: {scheme: bearer, token: '${T}'}}\n"
    rule = (
        "rules:\n  - name: A\n    on: [crm.invoice.paid, strpe.invoice.paid]\n"
        "    then: {cancel: {_id: 58e231b14246fc73139f29e8}}\n"
    )

    errors = [fault for fault in faults_of(a=source, b=rule) if "warning" not in fault]

    (error,) = errors
    assert error.startswith("rules/b.yaml:3: no event is of type strpe.invoice.paid: there is no source strpe (known")
    assert error.endswith(" (known are crm; or write crm.strpe.invoice.paid)")


def test_a_file_that_cannot_be_read_is_not_blamed_on_the_others(faults_of: Faults) -> None:
    update = "{update: {_id: 58e231b14246fc73139f29e8, type: \"{{ deal.id | lookup('t') }}\"}}"
    rule = f"rules:\n  - name: A\n    on: x.y\n    from: x\n    then: {update}\n"
    source = "sources:\n  crm: {kind: json, verify: {scheme: bearer, token: '${T}'}}\n"

    errors = [fault for fault in faults_of(a=rule, b="tables: {t: {a: 1}\n", c=source) if "warning" not in fault]

    assert [error.split(": ")[0] for error in errors] == ["rules/b.yaml:1"]


UNREADABLE = "defaults:\n  create: {companyId: srcid-c\n"
CREATE = "create: {sourceId: 'x-{{ deal.id }}', action: Call}"
FROM_BOTH = "rules:\n  - {name: A, on: deal.won, from: [crm, erp], then: {cancel: {sourceId: 'x-{{ deal.id }}'}}}\n"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("defaults", f"rules:\n  - name: A\n    on: deal.won\n    then: {{{CREATE}}}\n", id="a default"),
        pytest.param("b", f"templates:\n  T: {{on: deal.won, then: {{{CREATE}}}}}\n", id="a use of a template"),
        pytest.param("b", "sources:\n  crm: {kind: zoom, secret: '${T}'}\n" + FROM_BOTH, id="what a source sends"),
    ],
)
def test_what_may_stand_in_a_file_that_cannot_be_read_is_not_missed(faults_of: Faults, name: str, text: str) -> None:
    faults = faults_of({"T": "t" * 24}, a=text, **{name: UNREADABLE})

    assert [fault.partition(": ")[0] for fault in faults] == [f"rules/{name}.yaml:2"]

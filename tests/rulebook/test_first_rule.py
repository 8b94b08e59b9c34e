"""What the first rule of a person who knows only YAML got wrong, and what planhook says to it."""

import pytest

from tests.rulebook.conftest import Faults, Load

COMPANIES = "tables: {companies: {C7: srcid-acme%s}}\n"
MEET = """
rules:
  - name: A kickoff is booked
    on: meeting.scheduled
    if:
      meeting.title: %s
    then: {cancel: {_id: 58e231b14246fc73139f29e8}}
"""
PER_COMPANY = """
rules:
  - name: A
    on: deal.won
    then:
      create:
        sourceId: kickoff-%s
        companyId: srcid-acme
        action: Book the kickoff
"""
LOOKED_UP = "{{ deal.company_id | lookup('companies') }}"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("contains kickoff", "{contains: kickoff}"),
        ("Starts with Acme", "{starts_with: Acme}"),
        ("begins with Acme", "{starts_with: Acme}"),
        ("ends with (call)", "{ends_with: (call)}"),
        ("'*review*'", "{contains: review}"),
        ("Acme *", "{starts_with: Acme}"),
        ("'* (call)'", "{ends_with: (call)}"),
    ],
)
def test_a_text_that_begins_with_an_operator_is_a_warning(load_files: Load, written: str, meant: str) -> None:
    (finding,) = load_files(a=MEET % written).findings

    assert (finding.line, finding.severity) == (6, "warning")
    assert f"looks like an operator; write {meant}" in finding.message


@pytest.mark.parametrize(
    "title",
    ["Contains", "Weekly starts with coffee", "{contains: contains kickoff}", "'*'", "'***'", "{ends_with: '*'}"],
)
def test_a_text_that_only_has_such_a_word_is_none(load_files: Load, title: str) -> None:
    assert load_files(a=MEET % title).findings == ()


def test_a_date_that_is_compared_as_a_number_is_told_how_dates_are_compared(faults_of: Faults) -> None:
    rule = (MEET % "Review").replace("meeting.title: Review", "meeting.start: {at_least: 2026-10-01}")

    (fault,) = faults_of(a=rule)

    assert "'2026-10-01' is none; for a time write {after: 2026-10-01}" in fault


def test_a_key_without_an_id_is_told_the_id_of_what_the_rule_is_about(load_files: Load) -> None:
    rule = "rules: [{name: A, on: meeting.*, then: {create: {sourceId: agenda, companyId: srcid-c, action: a}}}]"

    (finding,) = load_files(a=rule).findings

    assert finding.message.endswith("as in agenda-{{ meeting.id }}")


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("{title: Kickoff}", "unknown key title (write it under meeting, as in meeting: {title: …})"),
        ("{amount: 5}", "unknown key amount (write it under deal, as in deal: {amount: …})"),
        ("{status: won}", "unknown key status (write it under deal or meeting, as in deal: {status: …})"),
    ],
)
def test_a_field_beside_the_deal_is_told_where_it_belongs(faults_of: Faults, given: str, meant: str) -> None:
    rule = f"{MEET % 'Kickoff'}    examples:\n      - given: {given}\n        expect: nothing\n"

    (fault,) = faults_of(a=rule)

    assert fault.endswith(meant)


def test_a_key_that_is_the_default_row_for_many_is_a_warning(load_files: Load) -> None:
    (finding,) = load_files(a=COMPANIES % ", default: srcid-other", b=PER_COMPANY % LOOKED_UP).findings

    assert (finding.line, finding.severity) == (7, "warning")
    assert "all that have no row in companies get the same sourceId" in finding.message
    assert "put deal.id into the sourceId" in finding.message


@pytest.mark.parametrize(
    ("table", "key"),
    [
        (COMPANIES % "", LOOKED_UP),  # one task for each company, which may well be meant
        (COMPANIES % ", default: srcid-other", LOOKED_UP + "-{{ deal.id }}"),
    ],
)
def test_a_key_with_a_lookup_that_tells_records_apart_is_none(load_files: Load, table: str, key: str) -> None:
    rule = PER_COMPANY.replace("    then:", "    if: {deal.company_id: C7}\n    then:")

    assert load_files(a=table, b=rule % key).findings == ()

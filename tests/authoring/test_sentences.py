"""Rules as sentences that somebody who did not write them understands."""

from pathlib import Path
from typing import Any

import pytest

from planhook.authoring.sentences import sentence
from planhook.core.rule import Rule
from planhook.rulebook import load

CANCEL = 'then: {cancel: {sourceId: "x-{{ deal.id }}"}}'
DONE = "cancel the task “x-‹the deal's id›”."


def rule(tmp_path: Path, text: str) -> Rule:
    (tmp_path / "rules.yaml").write_text(
        f"rules:\n  - name: R\n    {text.replace(chr(10), chr(10) + '    ')}\n"
        "tables: {owners: {default: 58e231b14246fc73139f29e8}}\n",
        "utf-8",
    )
    (only,) = load(tmp_path, {}, require_env=False).rules.rules
    return only


@pytest.mark.parametrize(
    ("on", "words"),
    [
        ("deal.won", "a deal is won"),
        ("[deal.lost, deal.deleted]", "a deal is lost or is deleted"),
        ("[deal.won, meeting.ended]", "a deal is won or a meeting is over"),
        ("deal.*", "a deal is touched in any way"),
        ("billing.invoice.paid", "`billing.invoice.paid` comes in"),
        ("deal.won\nfrom: [crm, hubspot]", "a deal is won (told by crm or hubspot)"),
    ],
)
def test_events_are_things_that_happen(tmp_path: Path, on: str, words: str) -> None:
    assert sentence(rule(tmp_path, f"on: {on}\n{CANCEL}")) == f"When {words}, {DONE}"


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("deal.amount: {at_least: 5000}", "is worth at least 5,000"),
        ("deal.amount: {is_not: 2.5}", "its amount is not 2.5"),
        ("deal.stage: won", "its stage is “won”"),
        ("deal.stage: [a, b, c]", "its stage is “a”, “b” or “c”"),
        ("deal.owner_email: {present: false}", "its owner email is not known"),
        ("deal.name: {matches: '^A'}", "its name matches “^A”"),
        ("deal.stage: {changed: true}", "its stage changed"),
        ("deal.stage: {changed_to: [a, b]}", "its stage changed to “a” or “b”"),
        ("deal.closed_at: {before: 2026-12-31}", "its closed at is before “2026-12-31”"),
        ("deal.contact_ids: [a]", "its contact ids include “a”"),
        ("deal.properties.size: {more_than: 3}", "its property size is more than 3"),
        ("changes.stage.from: new", "the former stage is “new”"),
        ("payload.x.0: true", "`payload.x.0` is true"),
        ("event.source: crm", "the source is “crm”"),
        ("deal.contact_ids.0: {present: true}", "the first of its contact ids is known"),
        ("meeting.attendees.0.email: a@b.c", "the email of the first of its attendees is “a@b.c”"),
        ("none: [{deal.contact_ids: a}]", "its contact ids do not include “a”"),
        ("none: [{deal.stage: {present: true}}]", "its stage is not known"),
        ("none: [{deal.contact_ids: {present: false}}]", "its contact ids are known"),
        ("none: [{deal.stage: {changed: true}}]", "its stage did not change"),
        ("none: [{deal.stage: {is_not: a}}]", "its stage is “a”"),
        ("none: [{deal.contact_ids: {not_one_of: [a, b]}}]", "its contact ids include “a” or “b”"),
        ("none: [{meeting.start: {before: 2026-12-31}}]", "its start is not before “2026-12-31”"),
        ("deal.contact_ids: {contains: a}", "its contact ids contain “a”"),
        ("none: [{deal.contact_ids: {contains: a}}]", "its contact ids do not contain “a”"),
        ("none: [{deal.properties.size: {more_than: 3}}]", "its property size is not more than 3"),
        ("deal.stage: a\n  deal.pipeline: b", "its stage is “a” and its pipeline is “b”"),
        ("any: [{deal.stage: a}, {deal.stage: b}]", "either its stage is “a” or its stage is “b”"),
        ("none: [{deal.stage: a}, {deal.stage: b}]", "its stage is not “a” and its stage is not “b”"),
        ("none: [{deal.name: {contains: test}}]", "its name does not contain “test”"),
        ("none: [{deal.amount: {at_least: 5}}]", "is not worth at least 5"),
        ("deal.pipeline: a\n  deal.amount: {at_least: 5}", "its pipeline is “a” and it is worth at least 5"),
        ("any: [{deal.amount: {at_least: 5}}, {deal.stage: b}]", "either it is worth at least 5 or its stage is “b”"),
        (
            "none: [{deal.stage: {present: true}}, {deal.amount: 5}]",
            "its stage is not known and it is not worth 5",
        ),
        (
            "none: [{all: [{deal.amount: {at_least: 5000}}, {deal.stage: demo}]}, {deal.pipeline: x}]",
            "neither (it is worth at least 5,000 and its stage is “demo”) nor (its pipeline is “x”) holds",
        ),
        (
            "none: [{deal.amount: 5, deal.stage: demo}, {deal.pipeline: x}, {deal.stage: {present: true}}]",
            "neither (it is worth 5 and its stage is “demo”) nor (its pipeline is “x”) nor (its stage is known) holds",
        ),
        (
            "none: [{any: [{deal.stage: a}, {deal.pipeline: b}]}]",
            "it is not so that (either its stage is “a” or its pipeline is “b”)",
        ),
        (
            "none: [{any: [{deal.stage: a}, {none: [{deal.pipeline: b}]}]}, {deal.name: c}]",
            "neither (either its stage is “a” or (its pipeline is not “b”)) nor (its name is “c”) holds",
        ),
        (
            "none: [{none: [{deal.stage: a}]}]",
            "it is not so that (its stage is not “a”)",
        ),
        (
            "deal.amount: {less_than: 9}\n  any: [{deal.stage: a}, {deal.stage: b}]",
            "is worth less than 9 and (either its stage is “a” or its stage is “b”)",
        ),
    ],
)
def test_conditions_are_clauses(tmp_path: Path, condition: str, words: str) -> None:
    told = sentence(rule(tmp_path, f"on: deal.won\nif:\n  {condition}\n{CANCEL}"))

    assert told == f"When a deal is won and {words}, {DONE}"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("Hello", "“Hello”"),
        ("Call {{ deal.name }} now", "“Call ‹the deal's name› now”"),
        ("{{ deal.name | default('x') }}", "the deal's name, else “x”"),
        ("{{ deal.name | default('') }}", "the deal's name, else nothing"),
        (
            "{{ event.occurred_at | business_days(3) | at('09:00') }}",
            "3 business days after the time of the event, at 09:00",
        ),
        ("{{ event.occurred_at | business_days(1) }}", "1 business day after the time of the event"),
        ("{{ event.occurred_at | business_days(0) }}", "the next business day from the time of the event on"),
        ("{{ event.received_at | minus(weeks=2, hours=1) }}", "2 weeks and 1 hour before the time of receipt"),
        ("{{ deal.name | upper | truncate(9) }}", "the deal's name, in capital letters, cut to 9 characters"),
        (
            "{{ meeting.organizer.email | lookup('owners') }}",
            "what the table owners has for the meeting's organizer's email",
        ),
        ("{{ deal.amount | round(2) }}", "the deal's amount, rounded to 2 decimals"),
        ("{{ deal.amount | round }}", "the deal's amount, rounded"),
        ("{{ deal.name | replace('a', 'b') }}", "the deal's name, with “b” for “a”"),
        ("{{ deal.contact_ids | join }}", "the deal's contact ids, with “, ” between them"),
        ("{{ event.occurred_at | date('%d %b') }}", "the time of the event, written as “%d %b”"),
        ("{{ deal.owner_email | domain }}", "the domain of the deal's owner email"),
        ("{{ deal.contact_ids | first }}", "the first of the deal's contact ids"),
        ("{{ deal.name | title }}", "the deal's name, each word with a capital letter"),
    ],
)
def test_values_are_words(tmp_path: Path, value: str, words: str) -> None:
    quoted = value.replace('"', '\\"')
    told = sentence(rule(tmp_path, f'on: deal.won\nthen: {{update: {{sourceId: k, description: "{quoted}"}}}}'))

    assert told == f"When a deal is won, set, on the task “k”, the description to {words}."


@pytest.mark.parametrize(
    ("then", "words"),
    [
        ("complete: {sourceId: k, if_absent: wait}", "complete the task “k”, waiting for it if there is none yet"),
        ("complete: {sourceId: k, status: Won}", "complete the task “k” with the status “Won”"),
        ("reopen: {sourceId: k, if_absent: fail}", "reopen the task “k”, which has to exist"),
        ("cancel: {_id: 58e231b14246fc73139f29e8}", "cancel Planhat's task “58e231b14246fc73139f29e8”"),
        ("[cancel: {sourceId: a}, reopen: {sourceId: b}]", "cancel the task “a” and then reopen the task “b”"),
    ],
)
def test_actions_are_orders(tmp_path: Path, then: str, words: str) -> None:
    then = then if then.startswith("[") else f"{{{then}}}"

    assert sentence(rule(tmp_path, f"on: deal.won\nthen: {then}")) == f"When a deal is won, {words}."


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("shadow", "in shadow: it decides and is recorded, but writes nothing"),
        ("{percent: 10}", "live only for 10 % of the records, in shadow for all others"),
        ("{only: {company: [a, b]}}", "live only for the companies a and b, in shadow for all others"),
    ],
)
def test_a_rule_that_does_not_write_everything_says_so(tmp_path: Path, mode: Any, words: str) -> None:
    assert (
        sentence(rule(tmp_path, f"on: deal.won\nmode: {mode}\n{CANCEL}"))
        == f"When a deal is won, {DONE} It is {words}."
    )


def test_a_new_task_is_told_with_all_that_is_written_into_it(tmp_path: Path) -> None:
    then = """
then:
  create:
    companyId: srcid-a
    action: Call
    mainType: event
    startTime: 2026-01-01
    endTime: 2026-01-02
    checklist: [a, b]
    custom: {Size: 3}
    ownerId: "{{ deal.owner_id | lookup('owners') }}"
"""

    assert sentence(rule(tmp_path, f"on: deal.won{then.rstrip()}")) == (
        "When a deal is won, create the event “Call”, for the company “srcid-a”, from “2026-01-01”, until “2026-01-02”,"
        " with the steps “a” and “b”, with Size 3, with the owner that the table owners has for the deal's owner id."
    )

"""Examples of rules: what is given is made whole, what is expected is compared field by field."""

from pathlib import Path

import pytest

from planhook.authoring import check, try_rules

RULE = """
rules:
  - name: A won deal
    on: deal.won
    from: crm
    if:
      deal.amount: {at_least: 5000}
    then:
      create:
        sourceId: onboarding-{{ deal.id }}
        companyId: srcid-{{ deal.company_id }}
        action: Onboard {{ deal.name }}
        startTime: "{{ event.occurred_at | plus(days=1) }}"
        checklist: [Mail, Call]
        custom: {Value: "{{ deal.amount }}"}
    examples:
"""
GIVEN = "given: {deal: {id: D1, name: Acme, amount: 9000, company_id: C7}, occurred_at: 2026-10-02T15:00:00Z}"


def differences(folder: Path, example: str) -> list[str]:
    (folder / "a.yaml").write_text(f"{RULE}      - {example}\n")
    (trial,) = try_rules(folder).rules
    return [difference.message for result in trial.examples for difference in result.differences]


@pytest.mark.parametrize(
    "expect",
    [
        "[create: {}]",
        "{create: {sourceId: onboarding-D1}}",
        "[create: {action: Onboard Acme, companyId: srcid-C7, mainType: task}]",
        "[create: {startTime: '2026-10-03T15:00:00.000Z'}]",
        "[create: {startTime: 2026-10-03T17:00:00+02:00}]",
        "[create: {checklist: [Mail, Call]}]",
        "[create: {checklist: [{title: Mail}, {title: Call}]}]",
        "[create: {custom: {Value: 9000}}]",
        "[create: {custom.Value: 9000, endTime: null, if_absent: ignore, _id: null}]",
    ],
)
def test_an_expectation_holds_on_the_fields_it_names(tmp_path: Path, expect: str) -> None:
    assert differences(tmp_path, f"{{{GIVEN}, expect: {expect}}}") == []


@pytest.mark.parametrize(
    ("expect", "difference"),
    [
        ("nothing", "expected nothing, got create"),
        ("[create: {}, cancel: {}]", "expected create and cancel, got create"),
        ("[update: {}]", "expected update, got create of onboarding-D1"),
        ("[create: {action: Onboard X}]", 'create action: expected "Onboard X", got "Onboard Acme"'),
        ("[create: {endTime: 2026-01-01}]", 'create endTime: expected "2026-01-01", got nothing'),
        ("[create: {custom: {Value: '9000'}}]", 'create custom.Value: expected "9000", got 9000'),
    ],
)
def test_a_difference_names_the_field_and_both_values(tmp_path: Path, expect: str, difference: str) -> None:
    assert differences(tmp_path, f"{{{GIVEN}, expect: {expect}}}") == [difference]


def test_each_difference_stands_where_it_is_expected(tmp_path: Path) -> None:
    text = f"""{RULE}      - {GIVEN}
        expect:
          - create:
              action: Onboard X
              custom: {{Value: 1}}
"""
    (tmp_path / "a.yaml").write_text(text)

    assert [finding.where.removeprefix(f"{tmp_path}/") for finding in check(tmp_path, {})] == [
        "a.yaml:20:15",
        "a.yaml:21:24",
    ]


def test_a_rule_that_does_not_apply_says_why(tmp_path: Path) -> None:
    found = differences(tmp_path, "{given: {deal: {amount: 100}}, expect: [create: {}]}")

    assert found == ["expected create, got nothing: deal.amount is 100, not at least 5000"]


def test_a_gap_that_cannot_be_filled_is_told(tmp_path: Path) -> None:
    (found,) = differences(tmp_path, "{given: {deal: {amount: 9000}}, expect: [create: {}]}")

    assert found.startswith("the rule applies but cannot be carried out: create: ")
    assert "deal.id has no value" in found
    assert found.endswith("give the example what is missing, or the rule a default('…')")


def test_an_example_whose_type_is_open_must_say_it(tmp_path: Path) -> None:
    rule = "{name: A, on: 'deal.*', then: {cancel: {_id: '{{ payload.id }}'}}, examples: [%s]}"
    (tmp_path / "a.yaml").write_text("rules:\n  - " + rule % "{given: {}, expect: nothing}")

    (finding,) = check(tmp_path, {})

    assert finding.line == 2
    assert "say which type the event has" in finding.message


def test_a_time_that_is_none_fails_the_example(tmp_path: Path) -> None:
    assert differences(tmp_path, "{given: {occurred_at: soon}, expect: nothing}") == [
        "occurred_at is soon, which is no time; write it as in 2026-10-02T15:00:00Z"
    ]


def test_a_won_deal_is_also_updated(tmp_path: Path) -> None:
    rule = "{name: A, on: deal.updated, then: {cancel: {_id: 58e231b14246fc73139f29e8}}, examples: [%s]}"
    example = "{given: {type: deal.won}, expect: [cancel: {}]}"
    (tmp_path / "a.yaml").write_text("rules:\n  - " + rule % example)

    assert check(tmp_path, {}) == ()


def test_the_same_example_gives_the_same_event_every_time(tmp_path: Path) -> None:
    rule = (
        "{name: A, on: deal.won, then: {cancel: {sourceId: '{{ event.id }} {{ event.received_at }}'}}, examples: [%s]}"
    )
    example = "{given: {deal: {id: 1}}, expect: [cancel: {sourceId: x}]}"
    (tmp_path / "a.yaml").write_text("rules:\n  - " + rule % example)

    first, second = (try_rules(tmp_path).rules[0].examples[0].differences for _ in range(2))

    assert first == second
    assert "2026-01-15T12:00:00.000Z" in first[0].message


def test_conditions_that_were_never_tried_both_ways_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(f"{RULE}      - {{{GIVEN}, expect: [create: {{}}]}}\n")

    (trial,) = try_rules(tmp_path).rules

    assert trial.untried == ('in no example is "deal.amount at_least 5000" false',)


def test_check_reports_a_failing_example_at_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(f"{RULE}      - {GIVEN}\n        expect: nothing\n")

    (finding,) = check(tmp_path, {})

    assert (finding.line, finding.column, finding.severity) == (18, 9, "error")
    assert finding.message == "this example of 'A won deal' fails: expected nothing, got create"


def test_a_plain_date_of_a_whole_day_is_expected_as_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("""
calendar: {timezone: Europe/Stockholm}
rules:
  - name: A meeting
    on: deal.won
    then: {update: {sourceId: "m-{{ deal.id }}", startTime: "{{ payload.day }}", noSpecificTime: true}}
    examples:
      - {given: {deal: {id: D1}, payload: {day: 2026-03-01}}, expect: {update: {startTime: 2026-03-01}}}
      - {given: {deal: {id: D1}, payload: {day: 2026-03-01}}, expect: {update: {startTime: 2026-03-01T00:00:00Z}}}
""")
    (trial,) = try_rules(tmp_path).rules
    assert [result.differences for result in trial.examples] == [(), ()]


@pytest.mark.parametrize(
    ("example", "place"),
    [
        ("{given: {deal: {id: D1}, occurred_at: 2026-13-02}, expect: nothing}", (17, 34)),
        ("{given: {deal: {id: D1, amount: 9000}}, expect: [create: {}]}", (17, 9)),
    ],
)
def test_what_is_wrong_with_an_example_as_a_whole_has_a_place(
    tmp_path: Path, example: str, place: tuple[int, int]
) -> None:
    (tmp_path / "a.yaml").write_text(f"{RULE}      - {example}\n")

    (finding,) = check(tmp_path, {})

    assert (finding.line, finding.column) == place

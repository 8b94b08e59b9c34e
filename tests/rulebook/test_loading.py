"""Right files become rules, sources, tables and a calendar."""

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planhook.core import condition
from planhook.core.errors import Finding, RulesInvalid
from planhook.core.template import Filter, Placeholder, Template
from planhook.rulebook import load
from planhook.rulebook.rule_schema import slug
from tests.rulebook.conftest import Faults, Load

RULE = """
rules:
  - name: A won deal starts onboarding
    on: deal.won
    from: [crm-*, hubspot]
    if:
      deal.amount: {at_least: 5000}
      deal.pipeline: [default, enterprise]
      any:
        - deal.stage: won
        - none: [deal.name: {matches: "^test"}]
    then:
      - create:
          sourceId: onboarding-{{ deal.id }}
          companyId: srcid-{{ deal.company_id }}
          action: Onboard {{ deal.name | default('them') }}
          checklist: [Send welcome mail, {title: Book}]
          custom: {Deal value: "{{ deal.amount }}", Vip: true}
      - update: {_id: "58e231b14246fc73139f29e8", status: To Do, if_absent: wait}
"""


def test_a_rule_becomes_values(load_files: Load) -> None:
    (rule,) = load_files(a=RULE).rules.rules

    assert (rule.slug, rule.on, rule.sources, rule.line) == (
        "a-won-deal-starts-onboarding",
        ("deal.won",),
        ("crm-*", "hubspot"),
        3,
    )
    assert isinstance(rule.condition, condition.Group)
    assert rule.condition.parts[:2] == (
        condition.Test("deal.amount", "at_least", 5000),
        condition.Test("deal.pipeline", "one_of", ("default", "enterprise")),
    )
    create, update = rule.then
    assert create.key == Template("onboarding-{{ deal.id }}", ("onboarding-", Placeholder("deal.id")))
    assert create.fields["action"] == Template(
        "Onboard {{ deal.name | default('them') }}",
        ("Onboard ", Placeholder("deal.name", (Filter("default", ("them",)),))),
    )
    assert create.fields["custom.Vip"] is True
    assert (update.by_id, update.if_absent, update.position, update.place.line) == (True, "wait", 1, 19)


def test_position_goes_by_file_then_rule_then_action(load_files: Load) -> None:
    rule = "rules:\n  - {name: %s, on: deal.won, then: [cancel: {_id: 58e231b14246fc73139f29e8}, reopen: {_id: x}]}\n"

    rules = load_files(b=rule % "B", a=rule % "A").rules.rules

    assert [(rule.name, action.position) for rule in rules for action in rule.then] == [
        ("A", 0),
        ("A", 1),
        ("B", 2),
        ("B", 3),
    ]


def test_a_disabled_rule_is_left_out_but_checked(load_files: Load, faults_of: Faults) -> None:
    rule = "rules:\n  - {name: A, on: deal.won, enabled: false, then: {cancel: {%s: x}}}\n"

    assert load_files(a=rule % "_id").rules.rules == ()
    assert faults_of(a=rule % "_idd") != []


def test_files_below_folders_are_read_and_hidden_ones_are_not(folder: Path) -> None:
    rule = "rules:\n  - {name: %s, on: deal.won, then: {cancel: {_id: 58e231b14246fc73139f29e8}}}\n"
    for place in ("z.yml", "team/a.yaml", ".hidden.yaml", ".git/b.yaml", "notes.txt"):
        (folder / place).parent.mkdir(exist_ok=True)
        (folder / place).write_text(rule % place)

    assert [rule.name for rule in load(folder, {}, require_env=False).rules.rules] == ["team/a.yaml", "z.yml"]


def test_the_version_follows_the_bytes_and_the_names(load_files: Load, folder: Path) -> None:
    first = load_files(a="tables: {t: {a: 1}}").rules.version
    again = load_files(a="tables: {t: {a: 1}}").rules.version
    changed = load_files(a="tables: {t: {a: 1}} # x").rules.version
    (folder / "a.yaml").rename(folder / "b.yaml")
    renamed = load(folder, {}, require_env=False).rules.version

    assert first == again
    assert len({first, changed, renamed}) == 3


def test_the_calendar_and_tables_are_read(load_files: Load) -> None:
    rules = load_files(
        a="calendar: {timezone: Asia/Tokyo, holidays: [2026-12-25]}\n",
        b="tables: {owners: {7: a, default: b}}",
    ).rules

    assert (rules.calendar.timezone.key, rules.calendar.holidays) == ("Asia/Tokyo", frozenset({date(2026, 12, 25)}))
    assert rules.tables == {"owners": {"7": "a", "default": "b"}}


def test_an_empty_folder_is_a_set_without_rules(load_files: Load) -> None:
    assert load_files().rules.rules == ()
    assert load_files(a="", b="# only a comment\n", c="rules:\n").rules.rules == ()


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RulesInvalid, match="no such folder"):
        load(tmp_path / "rulez", {}, require_env=False)


def test_what_is_told_of_a_broken_set_is_what_breaks_it(load_files: Load) -> None:
    rule = (
        "rules:\n  - {name: A, on: deal.won, if: {deal.ammount: 5}, then: {cancel: {_id: 58e231b14246fc73139f29e8}}}\n"
    )

    with pytest.raises(RulesInvalid) as raised:
        load_files(a=rule, b="ruels: []\n")

    told = str(raised.value).splitlines()
    assert len(told) == 2
    assert "unknown key ruels" in told[0]
    assert told[1] == "(and 1 warning: python -m planhook check shows it all)"
    assert len(raised.value.findings) == 2


def test_more_than_2000_rules_are_refused(faults_of: Faults) -> None:
    rule = "  - {name: r%d, on: deal.won, then: {cancel: {_id: 58e231b14246fc73139f29e8}}}\n"

    (fault,) = faults_of(a="rules:\n" + "".join(rule % number for number in range(2001)))

    assert fault == "rules/a.yaml:2002: there are more than 2,000 rules"


SOURCE = "sources:\n  hubspot:\n    kind: hubspot\n    secret: %s\n"


def test_variables_are_filled_from_the_environment(load_files: Load) -> None:
    rulebook = load_files({"HS": "s3cret" * 4}, require_env=True, a=SOURCE % "${HS}")

    assert rulebook.sources["hubspot"].kind == "hubspot"
    assert rulebook.findings == ()


@pytest.mark.parametrize("written", ["$STRIPE_SECRET", "$(STRIPE_SECRET)"])
def test_a_variable_as_shells_write_it_is_an_error_that_shows_ours(faults_of: Faults, written: str) -> None:
    fault = f"{written} stays as it stands here; write ${{STRIPE_SECRET}}, with braces"

    assert faults_of(a=SOURCE % written) == [f"rules/a.yaml:4: {fault}"]


def test_an_unset_variable_is_a_warning_or_with_require_env_an_error(load_files: Load, faults_of: Faults) -> None:
    text = SOURCE % "${HS}"
    message = "the environment variable HS is not set"

    assert [(finding.line, finding.message) for finding in load_files(a=text).findings] == [(4, message)]
    assert faults_of(require_env=True, a=text) == [f"rules/a.yaml:4: {message}"]
    assert faults_of({"HS": ""}, require_env=True, a=text) == [f"rules/a.yaml:4: {message}"]


def test_a_secret_in_plain_text_is_a_warning_that_does_not_repeat_it(load_files: Load) -> None:
    (finding,) = load_files(a=SOURCE % "hunter22hunter22hunter22").findings

    assert (finding.line, finding.severity) == (4, "warning")
    assert "plain text" in finding.message
    assert "hunter22" not in finding.message


def test_a_short_secret_is_a_warning_that_tells_its_length_and_not_its_text(load_files: Load) -> None:
    (finding,) = load_files({"NEW": "n" * 24, "OLD": "hunter22"}, a=SOURCE % "['${NEW}', '${OLD}']").findings

    assert (finding.line, finding.severity) == (4, "warning")
    assert finding.message == "this secret is short: 8 characters; use at least 24"


def test_only_secrets_that_prove_a_delivery_need_a_length(load_files: Load) -> None:
    fetched = SOURCE % "${S}" + "    fetch: {token: '${T}'}\n"
    zoom = "sources:\n  z:\n    kind: zoom\n    secret: ${T}\n"
    hmac = "sources:\n  j:\n    kind: json\n    verify: {scheme: hmac, header: X-S, secret: '${T}'}\n"

    findings = load_files({"S": "s" * 24, "T": "t" * 22}, a=fetched, b=zoom, c=hmac).findings

    assert [(Path(finding.file).name, finding.line) for finding in findings] == [("c.yaml", 4)]


def test_a_source_that_verifies_nothing_is_a_warning(load_files: Load) -> None:
    (finding,) = load_files(
        a="sources:\n  s:\n    kind: json\n    verify: {scheme: none, allow_unverified: true}\n"
    ).findings

    assert (finding.line, finding.severity) == (4, "warning")


def test_two_rules_that_write_one_field_at_once_are_warned_of(load_files: Load) -> None:
    rule = "  - {name: %s, on: %s, then: {create: {sourceId: 'x-{{ deal.id }}', companyId: srcid-c, action: %s}}}\n"

    (finding,) = load_files(a="rules:\n" + rule % ("A", "deal.won", "a") + rule % ("B", "deal.updated", "b")).findings

    assert (finding.line, finding.severity) == (3, "warning")
    assert "action is also written by 'A'" in finding.message
    apart = "rules:\n" + rule % ("A", "deal.won", "a") + rule % ("B", "deal.lost", "b")
    assert load_files(a=apart).findings == ()


def test_one_task_for_all_events_is_warned_of(load_files: Load) -> None:
    (finding,) = load_files(
        a="rules:\n  - {name: A, on: deal.won, then: {create: {sourceId: fixed, companyId: srcid-c, action: a}}}\n"
    ).findings

    assert (finding.line, finding.severity) == (2, "warning")
    assert "every event writes the same task" in finding.message


@pytest.mark.parametrize(
    ("name", "expected"), [("A won deal!", "a-won-deal"), ("Größe ändern", "gro-e-andern"), ("顧客", "rule-")]
)
def test_a_slug_is_lower_case_ascii_with_hyphens(name: str, expected: str) -> None:
    assert slug(name).startswith(expected[:3])
    assert set(slug(name)) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


def test_weekend_and_own_domains_are_read_in_any_case(load_files: Load) -> None:
    calendar = load_files(a="calendar: {weekend: [Friday], internal_domains: ['@Our.example']}").rules.calendar

    assert (calendar.weekend, calendar.internal_domains) == (frozenset({4}), frozenset({"our.example"}))


WORDS = """name on from if then examples enabled mode description create update complete cancel delete sourceId _id
    companyId action custom given expect deal type deal.amount at_least one_of matches before all any none kind secret
    verify scheme events timezone holidays weekend default x checklist startTime if_absent"""
TEXTS = ("", "x", "{{ deal.id }}", "{{ x", "deal.won", "nothing", "hubspot", "${X}")
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(TEXTS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS.split()), inner, max_size=5),
    max_leaves=25,
)
sections = st.sampled_from(["rules", "sources", "tables", "calendar", "allow_delete"])


@given(st.dictionaries(sections, json_values), st.none() | json_values)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
def test_whatever_stands_in_a_file_it_loads_or_is_refused_with_findings(
    folder: Path, content: dict[str, object], then: object
) -> None:
    if then is not None:
        content["rules"] = [content.get("rules"), {"name": "A", "on": "deal.won", "if": then, "then": then}]
    (folder / "a.yaml").write_text(json.dumps(content))

    assert all(finding.line >= 1 and finding.message for finding in _findings(folder))


def _findings(folder: Path) -> tuple[Finding, ...]:
    try:
        return load(folder, {}, require_env=False).findings
    except RulesInvalid as invalid:
        return invalid.findings

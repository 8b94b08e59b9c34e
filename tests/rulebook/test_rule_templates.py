"""`templates:` and `use:`: rules with parameters."""

from pathlib import Path

import pytest

from planhook.core.condition import Group
from planhook.core.condition import Test as One
from planhook.core.template import Template
from planhook.rulebook.loader import MAX_RULES
from planhook.rulebook.templates import placeholders
from tests.rulebook.conftest import Faults, Load

TEMPLATE = """
templates:
  Start:
    params: {pipeline: , least: 5000, product: Fleet, table: companies}
    on: deal.won
    from: crm-*
    if:
      deal.pipeline: "{{ params.pipeline }}"
      deal.amount: {at_least: "{{ params.least }}"}
    then:
      create:
        sourceId: start-{{ deal.id }}
        companyId: "{{ deal.company_id | lookup(params.table) }}"
        action: Start {{ params.product }} for {{ deal.name }}
    mode: shadow
tables:
  companies: {default: srcid-other}
  partners: {default: srcid-partner}
"""
RULES = """
rules:
  - name: Enterprise
    use: Start
    with: {pipeline: [enterprise, big], product: "Trucks of {{ deal.owner_email }}", table: partners}
"""
WRITTEN = """
rules:
  - name: Enterprise
    on: deal.won
    from: crm-*
    if:
      deal.pipeline: [enterprise, big]
      deal.amount: {at_least: 5000}
    then:
      create:
        sourceId: start-{{ deal.id }}
        companyId: "{{ deal.company_id | lookup('partners') }}"
        action: Start Trucks of {{ deal.owner_email }} for {{ deal.name }}
    mode: shadow
tables:
  partners: {default: srcid-partner}
"""


def test_a_rule_of_a_template_is_the_rule_that_one_would_have_written(load_files: Load, folder: Path) -> None:
    (made,) = load_files(a=RULES, b=TEMPLATE).rules.rules
    (folder / "b.yaml").unlink()
    (written,) = load_files(a=WRITTEN).rules.rules

    (action,), (other,) = made.then, written.then
    company, wanted = action.fields["companyId"], other.fields["companyId"]
    assert isinstance(company, Template)
    assert isinstance(wanted, Template)
    assert (made.name, made.slug, made.template) == ("Enterprise", "enterprise", "Start")
    assert (made.on, made.sources, made.mode) == (written.on, written.sources, written.mode)
    assert made.condition == written.condition
    assert (action.key, action.fields["action"]) == (other.key, other.fields["action"])
    assert company.parts == wanted.parts


def test_a_rule_says_itself_what_shall_be_otherwise(load_files: Load) -> None:
    own = "    mode: live\n    from: hubspot\n    description: Ours\n"

    (rule,) = load_files(a=RULES + own, b=TEMPLATE).rules.rules

    assert (rule.mode, rule.sources, rule.description) == ("live", ("hubspot",), "Ours")


def test_the_conditions_of_template_and_rule_must_both_hold(load_files: Load) -> None:
    (rule,) = load_files(a=RULES + "    if: {deal.currency: EUR}\n", b=TEMPLATE).rules.rules

    assert isinstance(rule.condition, Group)
    first, second = rule.condition.parts
    assert rule.condition.kind == "all"
    assert first == Group(
        "all", (One("deal.pipeline", "one_of", ("enterprise", "big")), One("deal.amount", "at_least", 5000))
    )
    assert second == One("deal.currency", "is", "EUR")


def test_a_name_of_a_field_can_be_a_parameter(load_files: Load) -> None:
    text = """
templates:
  Note:
    params: {field: , label: Size, value: }
    on: deal.updated
    if: {"deal.properties.{{ params.field }}": {present: true}}
    then:
      update: {sourceId: "x-{{ deal.id }}", custom: {"{{ params.label }}": "{{ params.value }}"}}
rules:
  - name: A
    use: Note
    with: {field: size, value: "{{ deal.properties.size | default(0) }}"}
"""
    (rule,) = load_files(a=text).rules.rules

    assert rule.condition == One("deal.properties.size", "present", True)
    assert list(rule.then[0].fields) == ["custom.Size"]


@pytest.mark.parametrize("value", ["it's", 'so "called"', "a\\b", "ä 🎉", "7"])
def test_a_filter_gets_the_text_of_a_parameter_whatever_is_in_it(load_files: Load, folder: Path, value: str) -> None:
    text = """
templates:
  Note:
    params: {other: }
    on: deal.updated
    then: {update: {sourceId: "x-{{ deal.id }}", action: "{{ deal.name | default(params.other) }}"}}
rules:
  - name: A
    use: Note
    with:
      other: '%s'
"""
    (rule,) = load_files(a=text % value.replace("'", "''")).rules.rules

    template = rule.then[0].fields["action"]
    assert isinstance(template, Template)
    assert [placeholder.filters[0].args for placeholder in placeholders(template)] == [(value,)]


def test_where_a_field_stands_is_told_by_the_file_to_edit(load_files: Load, folder: Path) -> None:
    text = TEMPLATE.replace('"{{ deal.company_id | lookup(params.table) }}"', '"{{ params.table }}"')

    rules = load_files(a=RULES.replace("partners", "srcid-p"), b=text).rules

    assert rules.place_of("Enterprise", "action") == f"{folder}/b.yaml:14"
    assert rules.place_of("Enterprise", "companyId") == f"{folder}/a.yaml:5"


def test_what_is_wrong_in_a_template_is_told_once_with_the_rules_that_use_it(faults_of: Faults, folder: Path) -> None:
    other = "  - {name: Other, use: Start, with: {pipeline: other}}\n"

    faults = faults_of(a=RULES + other, b=TEMPLATE.replace("action:", "title:"))

    errors = [fault for fault in faults if "warning" not in fault]
    fault = "rules/b.yaml:14: a Planhat task has no field title (did you mean action?)"
    assert [error for error in errors if "no field title" in error] == [
        f"{fault} (used in {folder}/a.yaml:4 and 1 more)"
    ]


def test_what_is_wrong_with_a_value_is_told_where_it_is_given(faults_of: Faults, folder: Path) -> None:
    rules = "rules:\n  - name: A\n    use: Start\n    with:\n      pipeline: x\n      least: lots\n"

    errors = [fault for fault in faults_of(a=rules, b=TEMPLATE) if "warning" not in fault]

    fault = "rules/a.yaml:6: this compares numbers, and 'lots' is none; write digits only, as in 5000"
    assert errors == [f"{fault} (used in {folder}/b.yaml:9)"]


def test_two_templates_of_one_name_are_an_error(faults_of: Faults) -> None:
    faults = faults_of(a=RULES + TEMPLATE.split("tables:")[0], b=TEMPLATE)

    assert [fault.split(": ", 1)[1][:34] for fault in faults if "warning" not in fault] == [
        "two templates are called Start, he"
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("use: Start\n    with: {pipeline: ", "on: deal.won\n    if: {deal.pipeline: "), "no rule uses the template"),
        (("action: Start {{ params.product }}", "action: Start"), "the template never uses product"),
    ],
)
def test_what_does_nothing_is_a_warning(load_files: Load, change: tuple[str, str], message: str) -> None:
    then = "    then: {update: {_id: 58e231b14246fc73139f29e8, type: call}}\n"
    rules = "rules:\n  - name: Enterprise\n    use: Start\n    with: {pipeline: big}\n".replace(*change)
    loaded = load_files(a=rules if "use:" in rules else rules + then, b=TEMPLATE.replace(*change))

    assert [finding.severity for finding in loaded.findings if message in finding.message] == ["warning"]


def test_a_template_in_a_file_that_cannot_be_read_is_not_missed(faults_of: Faults) -> None:
    errors = [fault for fault in faults_of(a=RULES, b=TEMPLATE + "rules: [\n") if "warning" not in fault]

    assert {error.split(":")[0] for error in errors} == {"rules/b.yaml"}


def test_templates_let_nobody_have_more_rules(faults_of: Faults) -> None:
    many = "".join(f"  - {{name: R{n}, use: Start, with: {{pipeline: x}}}}\n" for n in range(MAX_RULES + 1))

    assert any("more than 2,000 rules" in fault for fault in faults_of(a="rules:\n" + many, b=TEMPLATE))


def test_a_template_is_of_a_size_that_every_rule_can_have(faults_of: Faults) -> None:
    steps = ", ".join(f"Step {number}" for number in range(600))
    text = TEMPLATE.replace("    mode: shadow\n", f"        checklist: [{steps}]\n")

    assert any("at most 500 keys and values" in fault for fault in faults_of(a=RULES, b=text))


def test_a_template_that_is_none_hides_nothing_else_of_its_rule(faults_of: Faults) -> None:
    templates = "templates:\n  Go:\n    on: deal.won\n    then: {cancel: {_id: 58e231b14246fc73139f29e8}}\n"
    rules = "rules:\n  - name: A\n    use: Goo\n    mode: shadov\n    if: {dael.id: D1}\n  - {name: B, use: Go}\n"

    places = [fault.split(": ")[0] for fault in faults_of(a=rules, b=templates)]

    assert places == ["rules/a.yaml:3", "rules/a.yaml:4", "rules/a.yaml:5"]

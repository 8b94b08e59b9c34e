"""What is allowed but hardly meant is a warning at its line; what only looks a little like it is none."""

from pathlib import Path

import pytest

from tests.rulebook.conftest import Load

RULE = {"name": "A", "on": "deal.won", "then": "{cancel: {_id: 58e231b14246fc73139f29e8}}"}


def _collected() -> list[tuple[str, str, str]]:
    """Name, message and part of a rule of each slip of slips.txt; the arrow marks its line."""
    blocks = Path(__file__).with_name("slips.txt").read_text(encoding="utf-8").split("=== ")
    titles_and_texts = [block.partition("\n") for block in blocks if block]
    return [(*title.split(": ", 1), text) for title, _, text in titles_and_texts]  # type: ignore[misc]


def _rule(part: str) -> str:
    """A whole file around some keys of a rule."""
    rest = [f"{key}: {value}" for key, value in RULE.items() if not part.startswith(f"{key}:")]
    lines = [*part.rstrip("\n").split("\n"), *rest]
    return "rules:\n  -\n" + "".join(f"    {line}\n" for line in lines)


@pytest.mark.parametrize(("message", "part"), [pytest.param(*rest, id=name) for name, *rest in _collected()])
def test_a_slip_is_a_warning_at_its_line(load_files: Load, message: str, part: str) -> None:
    text = _rule(part)
    (line,) = (number for number, content in enumerate(text.split("\n"), 1) if "⟵" in content)

    (finding,) = load_files(a=text.replace(" ⟵", "")).findings

    assert (finding.line, finding.severity) == (line, "warning")
    assert message in finding.message


@pytest.mark.parametrize(
    "part",
    [
        "if: {deal.name: At least you tried}",
        "if: {deal.stage: <none>}",
        "if: {deal.stage: '->'}",
        "if: {any: [deal.name: '>5 users', deal.name: '<3 Acme', deal.name: '> 5%']}",
        "if: {deal.amount: {not_one_of: [0, n/a]}}",
        "if: {deal.amount: {is_not: n/a}}",
        "if: {none: [deal.amount: [0, n/a]]}",
        "if: {deal.name: is it 5}",
        "if: {deal.name: Over 9000}",
        "if: {deal.name: Max 500 seats}",
        "if: {deal.name: {contains: '> 5'}}",
        "if: {deal.name: {matches: '^[a-z.]+ = 20,000'}}",
        "if: {deal.name: 'Acme, 20'}",
        "then: {update: {_id: 58e231b14246fc73139f29e8, action: '${{ deal.amount }} for {{ deal.name }}'}}",
        "then: {update: {_id: '{{ payload.id }}', action: '{{deal.name}} [{{deal.stage}}] {x} [v1.2] [a.example]'}}",
        "then: {update: {_id: 58e231b14246fc73139f29e8, action: \"{{ payload['deal.name'] }}\"}}",
        "then: {update: {_id: 58e231b14246fc73139f29e8, action: The “big” one for “Acme”s boss}}",
        "then: {update: {_id: 58e231b14246fc73139f29e8, action: 'Ticket #{{ deal.id }}'}} #was: {{ deal.name }}",
        "then: {update: {_id: 58e231b14246fc73139f29e8, action: See payload.x, custom: {A: payload.x}}}",
        "then:\n  update:\n    _id: 58e231b14246fc73139f29e8\n    action: Call {{ deal.name }} # by phone: see {{ }}",
        "then:\n  update:\n    _id: 58e231b14246fc73139f29e8 #Acme\n    status: Wait #or Done\n    action: 'Call' #1",
        "then:\n  update:\n    _id: 58e231b14246fc73139f29e8\n    action: Call Ann     # {{ deal.name }}",
        "if: {deal.amount: {at_least: 5.25, at_most: 1250.000}}",
        "if: {deal.stage: Not started, deal.pipeline: 'Sales, EMEA', deal.name: win or lose, deal.currency: Present}",
        "if: {deal.stage: present, deal.company_name: empty, payload.x: '!a', deal.owner_id: Ann or Bo}",
        "if: {deal.name: {contains: '100%', matches: /docs/.*, is_not: '%'}, deal.url: {matches: '^https://a/b/i'}}",
        "if: {any: [{deal.status: {is_not: closed}}, {none: [deal.amount: {at_least: 5}, deal.amount: [5, 6]]}]}",
        "then: {update: {_id: 58e231b14246fc73139f29e8, action: '{{ deal.name }} | title case, A|B | {{ deal.id }}'}}",
        "then: {update: {_id: 58e231b14246fc73139f29e8, description: '\\\\\\\\fs\\{{ deal.id }} costs $5 {X}'}}",
        "if: {deal.stage: Is in contract, deal.name: 'in-house [VIP]', deal.pipeline: 'set [a]', payload.x: a_b c}",
        "if: {deal.stage: before kickoff, deal.name: 'matches: a game', deal.owner_id: at_least one}",
        "if: {deal.stage: '> 5 seats', deal.pipeline: '>10k', deal.name: '< 3 days left'}",
        "if: {deal.stage: {is: Contains goods}, deal.pipeline: ['= won', '*'], deal.currency: {is_not: '>10'}}",
        "if: {deal.stage: {is: 'a, b'}, deal.pipeline: {is: not partner}, payload.x: {is: '20,000'}}",
        "examples: [{given: {type: crm.invoice.paid}, expect: nothing}]",
    ],
)
def test_what_is_meant_as_it_stands_gives_no_warning(load_files: Load, part: str) -> None:
    assert load_files(a=_rule(part)).findings == ()


def test_curly_quotes_are_told_wherever_they_stand(load_files: Load) -> None:
    loaded = load_files(a="tables:\n  owners:\n    ann: “58e231b14246fc73139f29e8”\n")

    assert [finding.line for finding in loaded.findings] == [3]


@pytest.mark.parametrize("company", ["srcid-acme", "extid-7", "61006bc89a3e0b702ed8ea49", "'{{ payload.company }}'"])
def test_a_company_is_an_id_or_is_looked_up(load_files: Load, company: str) -> None:
    part = f"then: {{create: {{sourceId: 'x-{{{{ deal.id }}}}', action: a, companyId: {company}}}}}"

    assert load_files(a=_rule(part)).findings == ()

"""A fault that the YAML parser gives up at hides nothing else that is wrong, and nothing right is blamed for it."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from planhook.core.errors import Finding, RulesInvalid
from planhook.rulebook import load_snapshot
from planhook.rulebook.document import read_document
from planhook.rulebook.folder import snapshot_of
from tests.effort import computing_less_than
from tests.rulebook.conftest import Faults
from tests.rulebook.test_reading import BOMBS

ROOT = Path(__file__).parents[2]
FILE = """\
sources:
  crm: {{kind: json, verify: {{scheme: bearer, token: "${{T}}"}}, {source}}}
tables:
  owners: {{ann@ourco.example: 58e231b14246fc73139f29e8, default: 58e231b14246fc73139f29e8}}
rules:
  - name: A won deal starts
    on: {first}
    then:
      create:
        sourceId: start-{{{{ deal.id }}}}
        companyId: srcid-{{{{ deal.company_id }}}}
        action: Onboard
{middle}
  - name: A lost deal closes
    on: {last}
    then: {{cancel: {{sourceId: "start-{{{{ deal.id }}}}"}}}}
"""
MIDDLE = """\
  - name: A new deal is looked at
    on: deal.created
    if:
      deal.amount: {at_least: 5000}
    then:
      create:
        sourceId: look-{{ deal.id }}
        companyId: srcid-{{ deal.company_id }}
        action: Look at it
        ownerId: "{{ deal.owner_email | lookup('owners') }}"
        checklist:
          - Ask
          - Call"""
DEAL = "{id: id, company_id: company, owner_email: owner, amount: amount}"
RIGHT = {"source": f"events: {{id: id, type: type, deal: {DEAL}}}", "first": "deal.won", "last": "deal.lost"}
FIRST_LINE, MIDDLE_LINE, LAST_LINE = 7, 13, 27
FAULTS = {
    "a tab": ("    if:", "\tif:", 3),
    "a tab before a rule": ("  - name: A new", "\t- name: A new", 1),
    "no colon": ("      create:", "      create", 6),
    "no colon behind on": ("on: deal.created", "on deal.created", 2),
    "no blank behind a colon": ("name: A new", "name:A new", 1),
    "a colon in a text": ("action: Look at it", "action: Look: at it", 9),
    "a double quote not closed": ("action: Look", 'action: "Look', 9),
    "a single quote not closed": ("action: Look", "action: 'Look", 9),
    "a quote closed too early": ("{{ deal.owner_email | lookup('owners') }}\"", 'x" y', 10),
    "a brace not closed": ("5000}", "5000", 4),
    "a bracket not closed": ("on: deal.created", "on: [deal.created", 2),
    "a brace too many": ("5000}", "5000}}", 4),
    "braces without quotes": ("action: Look at it", "action: {{ deal.name }}", 9),
    "a sign that begins no text": ("action: Look", "action: @Look", 9),
    "an alias": ("action: Look", "action: *Look", 9),
    "a merge": ("        action: Look at it", "        <<: {action: Look}", 9),
    "a backslash": ("action: Look at it", r'action: "\d"', 9),
    "a control character": ("action: Look", "action: \x07Look", 9),
    "a field too deep": ("        action", "          action", 9),
    "a field not deep enough": ("        action", "       action", 8),
    "an action too shallow": ("      create:", "   create:", 6),
    "a rule too deep": ("  - name: A new", "   - name: A new", 1),
    "a rule too shallow": ("  - name: A new", " - name: A new", 1),
    "an item too shallow": ("          - Call", "         - Call", 13),
    "a second document": ("    then:", "---\n    then:", 5),
}


def written(fault: str, **mistakes: str) -> str:
    old, new, _ = FAULTS[fault]
    assert old in MIDDLE
    return FILE.format(middle=MIDDLE.replace(old, new, 1), **RIGHT | mistakes)


def at(faults: list[str]) -> list[int]:
    return [int(re.match(r"rules/a\.yaml:(\d+): ", fault)[1]) for fault in faults]  # type: ignore[index]


@pytest.fixture
def told(faults_of: Faults) -> Callable[..., list[str]]:
    """The findings of a broken file whose variables are set."""

    def told(text: str, **others: str) -> list[str]:
        return faults_of({"T": "t" * 24}, a=text, **others)

    return told


def test_without_a_fault_nothing_is_found() -> None:
    assert findings_in(FILE.format(middle=MIDDLE, **RIGHT)) == set()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_alone_is_one_finding(told: Faults, fault: str) -> None:
    (line,) = at(told(written(fault)))

    assert line - MIDDLE_LINE + 1 in (FAULTS[fault][2], FAULTS[fault][2] + 1)  # as is told of a file with nothing else


@pytest.mark.parametrize("fault", FAULTS)
def test_mistakes_before_and_behind_a_fault_are_told_beside_it(told: Faults, fault: str) -> None:
    (alone,) = told(written(fault))

    faults = told(written(fault, source="events: 5", first="deal.wonn", last="[deal.lost, deal.gone]"))

    moved = LAST_LINE + ("\n" in FAULTS[fault][1])
    assert alone in faults
    assert {2, FIRST_LINE, moved} <= set(at(faults))
    assert len(faults) == 4


@pytest.mark.parametrize(
    "other", ["a tab", "a single quote not closed", "a brace not closed", "a field too deep", "a second document"]
)
@pytest.mark.parametrize("fault", FAULTS)
def test_two_faults_in_two_rules_are_both_told(told: Faults, fault: str, other: str) -> None:
    old, new, _ = FAULTS[other]
    second = MIDDLE.replace(old, new, 1).replace("look-", "watch-").replace("A new deal is", "A deal to be")
    text = written(fault)

    (first,) = told(text)
    both = told(text + second + "\n")

    assert first in both
    assert len(both) == 2
    assert at(both)[1] > text.count("\n")


def test_faults_in_several_keys_of_a_rule_are_all_told_and_mistakes_in_the_others(told: Faults) -> None:
    middle = MIDDLE.replace("5000}", "5000").replace("action: Look at it", "action: Look: at it")
    middle = middle.replace("on: deal.created", "on: deal.creatd")

    assert at(told(FILE.format(middle=middle, **RIGHT))) == [MIDDLE_LINE + 1, MIDDLE_LINE + 3, MIDDLE_LINE + 8]


def test_a_section_whose_key_lacks_its_colon_is_read_all_the_same(told: Faults) -> None:
    text = FILE.format(middle=MIDDLE, **RIGHT | {"first": "deal.wonn"})

    assert at(told(text.replace("rules:", "rules"))) == [5, FIRST_LINE]
    assert at(told(text.replace("sources:", " sources:"))) == [1, FIRST_LINE]


def test_text_in_another_encoding_hides_nothing(told: Faults, folder: Path) -> None:
    text = FILE.format(middle=MIDDLE.replace("Look at", "Prüfe"), **RIGHT | {"first": "deal.wonn"})
    (folder / "b.yaml").write_bytes(text.encode("latin-1"))

    with pytest.raises(RulesInvalid) as raised:
        load_snapshot(snapshot_of([("b", "b", text.encode("latin-1"))]), {"T": "t" * 24}, require_env=True)

    assert [finding.line for finding in raised.value.findings] == [FIRST_LINE, MIDDLE_LINE + 8]


UNCLOSED = '{create: {sourceId: "x-{{ deal.id }}", companyId: srcid-c, action: "}}'
RULE = "rules:\n  - name: A\n    on: deal.won\n    {more}\n    then: {{{then}}}\n"
CANCEL = 'cancel: {sourceId: "x-{{ deal.id }}"}'
CREATE = 'create: {sourceId: "x-{{ deal.id }}", action: Call, companyId: srcid-c}'
SOURCE = 'kind: json, verify: {scheme: bearer, token: "${T}"}'
HELD_BACK = {
    "a task that a rule left out may create": (
        RULE.format(more="", then=CANCEL) + f"  - name: B\n    on: deal.won\n    then: {UNCLOSED}\n"
    ),
    "a key that a rule left out may create": (
        RULE.format(more="", then=CANCEL)
        + f"  - name: B\n    on: deal.won\n    then:\n      - {CREATE}\n     - update: {{}}\n"
    ),
    "a source that is left out": (
        f"sources:\n  crm: {{{SOURCE}}}\n  erp: {{{SOURCE}\n" + RULE.format(more="from: erp", then=CREATE)
    ),
    "types of a source that is left out": (
        f"sources:\n  crm: {{{SOURCE}}}\n  erp: {{{SOURCE}\n"
        + RULE.format(more="", then=CREATE).replace("deal.won", "erp.won").replace("deal.id", "payload.id")
    ),
    "senders of which one is left out": (
        f"sources:\n  crm: {{kind: zoom, secret: '${{T}}'}}\n  erp: {{{SOURCE}\n"
        + RULE.format(more="from: [crm, erp]", then=CREATE)
    ),
    "a table that is left out": (
        "tables:\n  t: {a: 1}\n  u: {a: 1, a b: c: d}\n"
        + RULE.format(more="", then=CREATE.replace("srcid-c", "\"{{ deal.id | lookup('u') }}\""))
    ),
    "a template that is left out": (
        f"templates:\n  T:\n    on: deal.won\n    then: {{{CREATE}\nrules:\n  - name: A\n    use: T\n"
    ),
    "a rule that uses a template": (
        f"templates:\n  T:\n    on: deal.won\n    then: {{{CREATE}}}\n"
        "rules:\n  - name: A\n    use: T\n    with: {a: 1\n"
    ),
    "what a rule gives to a template": (
        f"templates:\n  T:\n    params: {{a: }}\n    on: deal.won\n    then: {{{CREATE}}}\n".replace(
            "Call", "'{{ params.a }}'"
        )
        + "rules:\n  - name: A\n    use: T\n    with: {a: 1\n"
    ),
    "values that a condition names": (
        "tables:\n  t: {a: srcid-a}\n"
        + RULE.format(more="if: {deal.stage: [a}", then=CREATE.replace("srcid-c", "\"{{ deal.stage | lookup('t') }}\""))
    ),
    "types of which an event may be": (
        RULE.format(more="", then=CREATE.replace("Call", '"{{ payload }}"')).replace("    on: ", "    on: @")
    ),
    "a default that completes a field": (
        "defaults:\n  create: {noSpecificTime: true\n"
        + RULE.format(more="", then=CREATE.replace("srcid-c", "srcid-c, startTime: 2026-01-01"))
    ),
    "a rule that looks up something else": (
        "tables:\n  t: {a@b.example: srcid-a, default: srcid-b}\n"
        + RULE.format(more="", then=CREATE.replace("srcid-c", "\"{{ meeting.domains | lookup('t') }}\""))
        .replace("deal.won", "meeting.scheduled")
        .replace("deal.id", "meeting.id")
        + "  - name: B\n    on: @deal.won\n"
    ),
    "what may belong into an empty entry": "tables:\n  t:\n  u: {a: 1, b\n",
    "defaults whose key is cut off": (
        "tables:\n  t: {a: 1}\ndef\n  create: {companyId: srcid-c}\n"
        + RULE.format(more="", then=CREATE.replace(", companyId: srcid-c", ""))
    ),
    "a default that is left out": (
        "defaults:\n  create: {companyId: srcid-c\n"
        + RULE.format(more="", then=CREATE.replace(", companyId: srcid-c", ""))
    ),
    "a default by which a task is named": (
        'defaults:\n  cancel: {sourceId: "x-{{ deal.id }}"\n' + RULE.format(more="", then="cancel: {if_absent: wait}")
    ),
    "the leave to delete": "allow_delete: true: x\n" + RULE.format(more="", then=CANCEL.replace("cancel", "delete")),
    "a time zone": (
        "calendar:\n  timezone: 'Europe/Stockholm\n"
        + RULE.format(more="if: {deal.closed_at: {after: 2026-01-01T00:30, before: 2026-01-01T00:00Z}}", then=CREATE)
    ),
    "all rules": RULE.format(more="", then=CREATE).replace("name: A", "name: 'A"),
    "all of a section": "rules:\n  - @\n",
    "an unknown name before the rules": "@x\n" + RULE.format(more="from: erp", then=CANCEL),
}


@pytest.mark.parametrize("text", HELD_BACK.values(), ids=HELD_BACK)
def test_what_was_left_out_is_not_missed(told: Faults, text: str) -> None:
    _, findings = read_document("rules/a.yaml", text.encode())

    assert told(text) == [str(finding) for finding in findings]


def test_defaults_of_a_folder_that_cannot_be_read_are_not_missed(told: Faults) -> None:
    rule = RULE.format(more="", then='create: {sourceId: "x-{{ deal.id }}", action: Call, statuss: Done}')

    faults = told(rule, defaults="defaults:\n  create: {companyId: srcid-c\n")

    assert [fault.partition(": ")[0] for fault in faults] == ["rules/a.yaml:5", "rules/defaults.yaml:2"]


def _tab(line: str) -> str:
    return f"\t{line.lstrip()}"


def _behind_colon(signs: str) -> Callable[[str], str]:
    return lambda line: re.sub(r": (?=\S)", f": {signs}", line, count=1)


KINDS: list[Callable[[str], str]] = [
    _tab,
    *map(_behind_colon, ('"', "'", "{", "[", "@", "*", "a: ")),
    *(lambda line, sign=sign: line.replace(sign, "", 1) for sign in (":", '"', "'", "{", "}", "[", "]", "- ")),
    lambda line: line.replace(": ", ":", 1),
    lambda line: line.replace("- ", "-", 1),
    *(lambda line, more=more: f"{' ' * more}{line}" for more in (1, 2, 4)),
    *(lambda line, less=less: line.removeprefix(" " * less) for less in (1, 2, 4)),
    str.lstrip,
    lambda line: line[: len(line) - len(line.lstrip())] + "- " + line.lstrip(),
    lambda line: line[: len(line) * 2 // 3],
    lambda line: f"{line}\x07",
    lambda line: f"---\n{line}",
]
FILES = [*sorted((ROOT / "docs" / "cookbook").glob("*.yaml")), Path(__file__).with_name("right_file.yaml")]
VARIABLE = re.compile(r"\$\{(\w+)\}")


def findings_in(text: str) -> set[Finding]:
    try:
        found = load_snapshot(
            snapshot_of([("a.yaml", "a.yaml", text.encode())]),
            dict.fromkeys(VARIABLE.findall(text), "a1" * 16),  # hexadecimal, as secrets of Close are
            require_env=True,
        ).findings
    except RulesInvalid as invalid:
        found = invalid.findings
    return set(found)


@settings(deadline=None)
@given(st.sampled_from(FILES), st.sampled_from(KINDS), st.integers(0, 200))
@example(ROOT / "docs" / "cookbook" / "amount-changed.yaml", lambda line: line.removeprefix(" " * 4), 199)
@example(Path(__file__).with_name("right_file.yaml"), KINDS[20], 33)
def test_a_fault_in_a_right_file_is_told_as_if_nothing_else_were_read(
    file: Path, spoil: Callable[[str], str], index: int
) -> None:
    lines = file.read_text("utf-8").split("\n")
    index %= len(lines)
    text = "\n".join([*lines[:index], spoil(lines[index]), *lines[index + 1 :]])
    data, findings = read_document("a.yaml", text.encode())
    if data is None:
        assert findings_in(text) == set(findings)


@pytest.mark.parametrize("make", [pytest.param(make, id=name) for name, make in BOMBS.items()])
def test_a_bomb_is_refused_soon(make: Callable[[], str]) -> None:
    text = make()

    with computing_less_than(3):
        assert findings_in(text)


LARGE = {
    "items": "rules:\n" + "  - @x\n" * 50_000,
    "rules": "rules:\n" + "".join(f"  - name: R{n}\n    on: @x\n    then: {{\n" for n in range(1_000)),
    "entries": "sources:\n" + "".join(f"  a{n}: {{ @\n" for n in range(20_000)),
    "braces": "tables:\n" + "  a: {\n" * 50_000,
    "documents": "rules:\n" + "---\n" * 50_000,
}


@pytest.mark.parametrize("text", LARGE.values(), ids=LARGE)
def test_a_large_file_full_of_faults_takes_seconds(text: str) -> None:
    with computing_less_than(20):
        assert findings_in(text)


@settings(deadline=None)
@given(st.text(alphabet="rules: -{}[]&*!<'\"\\\n\t#|>?,%@~0name.then", max_size=200))
@example("rules:\n- \n-")
def test_any_text_gives_a_rulebook_or_findings(text: str) -> None:
    data, findings = read_document("a.yaml", text.encode())
    told = findings_in(text)

    assert set(findings) <= told
    assert data is not None or not findings or any(finding.severity == "error" for finding in told)

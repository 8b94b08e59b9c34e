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
    (
        "  mainType: task",
        f"{_NBSP}{_NBSP}mainType: task",
        "46:7: no-break spaces indent this line; replace them by blanks",
    ),
    (
        "        sourceId: start-{{ deal.id }}\n        mainType",
        f"{_NBSP * 8}sourceId: start-{{{{ deal.id }}}}\n{_NBSP * 8}mainType",
        "45:1: no-break spaces indent this line, and 1 more; replace them by blanks",
    ),
    ("    from: crm", "    from： crm", "37:9: ： is another sign than the colon; write : and a blank"),
    ("sources:", "sources：", "1:8: ： is another sign than the colon; write : and a blank"),
    ("- name: A won", "– name: A won", "35:3: – is a dash, and an item begins with a hyphen: write -"),
    ("sources:", "```yaml\nsources:", "1:1: ``` marks code in texts and is no YAML; delete this line"),
    ("[new, big]", "[new, big],", "41:33: delete the comma: a line ends without one"),
    ("    activityTags: [crm]", "    activityTags: [#crm]", "22:20: a # begins a comment here, and hides the bracket"),
    ("mainType: task", f"mainType: task{_ZERO_WIDTH}", f"46:23: {_INVISIBLE}"),
    ('token: "${T}"', "token: !secret crm_token", "4:37: !secret: tags are not allowed; write ${CRM_TOKEN}"),
    ("name: A lost", "name:A lost", "52:5: put a blank after the colon: name: A lost deal closes"),
    ("kind: json", "kind:json", "3:5: put a blank after the colon: kind: json"),
    ("timezone: Europe", "timezone:Europe", "17:3: put a blank after the colon: timezone: Europe/Stockholm"),
    ("  mainType: task", "mainType: task", "46:7: this line does not line up with those below it"),
    ("  deal.amount: {", "deal.amount: {", "39:5: this line does not line up with those below it"),
    (
        "  sourceId: start",
        " sourceId: start",
        "45:8: this line does not line up with those below it; correct the indent",
    ),
    (
        "sourceId: start",
        "  sourceId: start",
        "45:11: this line does not line up with those below it; correct the indent",
    ),
    ("sources:", " sources:", "1:2: this line does not line up with those below it; correct the indent"),
    ("mainType: task", "  mainType: task", "46:11: this line does not line up with those above; correct the indent"),
    ("sources:", "// deals\nsources:", "1:1: a comment begins with #"),
    ("  - name: A lost", "  // closes\n  - name: A lost", "52:3: a comment begins with #"),
    ("    then:\n      cancel", "\tthen:\n      cancel", "54:1: a tab indents this line; use spaces"),
    ("action: Prepare", "action: - Prepare", "32:17: a text cannot begin with a hyphen and a blank; put quotes around"),
    ("action: Prepare", 'action: "Prepare" | upper', "32:29: text stands behind the end of a value"),
]

_TIME = "event.occurred_at | at('09:00')"
_COMPANY = "\"{{ deal.company_id | lookup('companies') }}\""

VALUES = [
    ("{contains: renewal}", "{is_not: null}", "42:23: everything is other than an empty value; write {present: true}"),
    ("{contains: renewal}", "{not_one_of: [x, null]}", "42:23: everything is other than an empty value"),
    ("{at_least: 5000}", "{at_least: 1e4}", "39:21: this compares numbers, and '1e4' is none; write 10000"),
    ("{at_least: 5000}", '{at_least: "5000"}', "39:21: this compares numbers, and '5000' is none; write it without"),
    ("{at_least: 5000}", "{at_least: }", "39:21: this compares numbers, and nothing stands here; write one number"),
    ("{at_least: 5000}", "{at_least: true}", "39:21: this compares numbers, and true is none; write one number"),
    ("{at_least: 5000}", f"{{at_least: 5{_NBSP}000}}", "39:21: this compares numbers, and '5 000' is none; write 5000"),
    ("{contains: renewal}", '{regex: "renewal.*"}', "42:23: there is no operator regex (did you mean matches?)"),
    ("{contains: renewal}", "{changed: won}", "42:23: this takes true or false; for a value write changed_to: won"),
    (
        "deal.name: {contains: r",
        "changes.stage.old: {contains: r",
        "42:11: changes.stage.old is not a value; did you mean",
    ),
    ("deal.name: {contains: r", "deal.owner.email: {contains: r", "42:11: there is no deal.owner.email, so it"),
    ("deal.name: {contains: r", "deal.owner.email: {contains: r", "(did you mean deal.owner_email?)"),
    ("deal.name: {contains: r", "deal.contact_ids[0]: {contains: r", "(did you mean deal.contact_ids.0?)"),
    (
        "Onboard {{ deal.name }}",
        "Onboard ${{ deal.name }}",
        "47:9: the $ before {{ stays in the text; write {{ deal.name }}",
    ),
    (
        _COMPANY,
        '"{{ companies[deal.company_id] }}"',
        "a table is no list: write {{ deal.company_id | lookup('companies') }}",
    ),
    (
        "{{ deal.name }}",
        "{{ deal.amount | format('%.2f') }}",
        "47:9: there is no filter format (did you mean round(2)?)",
    ),
    (_TIME, "event.occurred_at | at(09:00)", "put quotes around what stands in the brackets, as in at('09:00')"),
    (
        _TIME,
        "event.occurred_at | at('9:30')",
        "49:9: at: clock must be a time of day such as '09:00', not '9:30'; write '09:30'",
    ),
    (_TIME, "event.occurred_at | at('5 pm')", "; write '17:00'"),
    ("{{ deal.name }}", "{{{ deal.name }}}", "47:9: this placeholder cannot be read: two braces are enough"),
    (
        "{{ deal.name }}",
        "{{ $labels.deal }}",
        "47:9: this placeholder cannot be read: $ has no meaning here; write {{ path }}",
    ),
    ("{{ deal.name }}", "{{ deal.name ~ '!' }}", "47:9: ~ (write the text outside of the braces) is not allowed"),
    (
        "{{ deal.name }}",
        "{{ deal.name, deal.id }}",
        "47:9: a comma (each field takes braces of its own) is not allowed",
    ),
    ("{{ deal.name }}", "{{ deal.amount > 5 }}", "47:9: a comparison (that is for the if of the rule) is not allowed"),
    ("    from: crm\n", "    from: crm\n    mode: {only: }\n", "38:12: only takes company, as in {company: [C7"),
    ("    from: crm\n", "    from: crm\n    mode: [shadow]\n", "38:5: mode takes one of live, shadow, {percent: 10}"),
]

_IF = """\
      deal.amount: {at_least: 5000}
      any:
        - deal.stage: [new, big]
        - deal.name: {contains: renewal}
"""
_KEY = "sourceId: start-{{ deal.id }}\n"
_CREATE = "    then:\n      create:\n        sourceId: start"

SOURCES = [
    ("kind: hubspot", "type: hubspot", "10:5: unknown key type (did you mean kind?)"),
    ("scheme: bearer", "type: bearer", "4:14: verify.type: there is no such key (did you mean scheme?)"),
    ("    secret: ${T}\n", "", "9:3: secret: is missing; write secret: ${HOOKS_SECRET}"),
    ("secret: ${T}", 'secret: "%HOOKS%"', "11:5: %HOOKS% stays as it stands here; write ${HOOKS}, with braces"),
    (
        'scheme: bearer, token: "${T}"',
        'scheme: hmac, header: X, secret: "${T}", algorithm: sha1',
        "4:55: signs with sha1, which is weak",
    ),
    (
        "      deal: {id",
        "      changes: {stage: {old: a, new: b}}\n      deal: {id",
        "8:25: events.changes.stage.old: there is no such key (known: from, to)",
    ),
    ("Europe/Stockholm", "CEST", "17:3: CEST is no time zone (write a place, as in Europe/Stockholm)"),
    ("Europe/Stockholm", "PST", "(write a place, as in Europe/Stockholm)"),
    ("Europe/Stockholm", "UTC+2", "(write a place, as in Europe/Stockholm)"),
    ("Europe/Stockholm", "Europe/Gothenburg", "(write a place, as in Europe/Stockholm)"),
    ("Europe/Stockholm", "Stokholm", "(did you mean Europe/Stockholm?)"),
    ("Europe/Stockholm", "New York", "(did you mean America/New_York?)"),
    ("Europe/Stockholm", "utc", "(did you mean UTC?)"),
]

WORDS = [
    ("[2026-12-25]", "", "18:3: holidays: is empty; fill it in or delete it"),
    ("    on: deal.updated\n", "    on:\n", "26:5: on: is empty; fill it in or delete it"),
    ("word: QBR", "words: QBR", "58:12: the template Prepare has no parameter words (did you mean word?)"),
    ("      cancel: {", "      - {service: x, data: {a: b}}\n      - cancel: {", "55:10: there is no action service"),
    ("if_absent: wait", "if_missing: wait", "55:49: a Planhat task has no field if_missing (did you mean if_absent?)"),
    ("mainType: task", "if: {deal.stage: won}", "46:9: if belongs beside then, not into it; correct the indent"),
    ("mainType: task", "mode: shadow", "46:9: mode belongs beside then, not into it; correct the indent"),
    ("[Send, Book]", "[{name: Send}]", "50:21: only {title: …} or a text stands here"),
    ('"{{ params.word }}"', '"{{ vars.word }}"', "28:19: there is no vars.word (did you mean params.word?)"),
    (
        "days: 7",
        "days: seven",
        "58:23: minus: days must be a whole number between -3650 and 3650, not 'seven' (used in",
    ),
    ("days=params.days", "days=days", "33:9: days is a parameter: write params.days"),
    ("days=params.days", "days=param.days", "33:9: there is no param.days (did you mean params.days?)"),
    ("on: deal.won\n", 'on: "{{ event.type }}"\n', "36:5: on takes fixed types; a type of the event belongs into if"),
    (
        "    then:\n      cancel:",
        "    then:\n      update: {_id: x}\n      cancel:",
        "56:7: write update and cancel as a list",
    ),
]

ONCE = [
    ("use: Prepare", "template: Prepare", "57:5: unknown key template (did you mean use?)"),
    ("use: Prepare", "extends: Prepare", "57:5: unknown key extends (did you mean use?)"),
    ("    with: {word", "    params: {word", "58:5: unknown key params (did you mean with?)"),
    ("defaults:", "default:", "19:1: unknown key default (did you mean defaults?)"),
    ("templates:", "template:", "23:1: unknown key template (did you mean templates?)"),
    ("tables:", "table:", "12:1: unknown key table (did you mean tables?)"),
    ("    activityTags: [crm]", "    title: x", "22:5: a Planhat task has no field title (did you mean action?)"),
    (_CREATE, _CREATE.replace("create:", "upsert:"), "44:7: there is no action upsert"),
    (_CREATE, _CREATE.replace("then:", "action:"), "43:5: unknown key action (did you mean then?)"),
    (_CREATE, _CREATE.replace("  create:", "create:"), "44:5: create belongs below then: indent by two blanks more"),
    ("sourceId: start", "externalId: start", "45:9: externalId cannot be written"),
    ("on: deal.won\n", "on: deal_won\n", "36:5: there is no type of event deal_won (did you mean deal.won?)"),
    ("on: deal.won\n", "on: opportunity.won\n", "36:5: no event is of type opportunity.won"),
    ("- name: A lost", "- alias: A lost", "52:5: unknown key alias (did you mean name?)"),
    ("- name: A lost", "- alert: A lost", "52:5: unknown key alert (did you mean name?)"),
    (
        'custom: {Deal value: "{{ deal.amount }}"}',
        "custom:\n        Deal value: 5",
        "52:9: Deal value belongs below custom: indent by two blanks more",
    ),
    ("    from: crm\n", "    from: crm\n    mode:\n    percent: 5\n", "39:5: percent belongs below mode: indent by"),
    (
        "    kind: hubspot\n    secret",
        "  kind: hubspot\n  secret",
        "9:3: kind and secret belong below hooks: indent by",
    ),
    (
        "    events:\n      id: id\n      type: type\n      deal",
        "  events:\n      id: id\n      type: type\n      deal",
        "5:3: events belongs below crm: indent by two blanks more",
    ),
    (
        "        mainType: task",
        "        ownerId: \"{{ deal.owner_email | lookup('companies') }}\"\n        mainType: task",
        "46:9: table companies has no row that ownerId can take (is it the right one?)",
    ),
    (
        "[Send, Book]",
        "\n          - Send\n          -\n",
        "52:12: nothing stands behind this hyphen (a # that follows a blank begins a comment)",
    ),
    (_IF, "      deal.amount >= 5000\n", "39:7: write deal.amount: {at_least: 5000}"),
    (
        "[Send, Book]",
        "\n          -Send\n          -Book",
        "51:11: -Send is text; an item of a list has a blank behind",
    ),
    ("C7: srcid-acme", "C7:", "14:5: C7 takes one value"),
    (_KEY, "sourceId: start-{ deal.id }\n", "45:9: { deal.id } is written as it stands; did you mean"),
    (
        _KEY,
        "sourceId: start-{{ deal.name }}\n",
        "45:9: two records may have the same deal.name, and would share one task",
    ),
    (_KEY, "sourceId: start-deal\n", "45:9: every event writes the same task start-deal; put the object's id in"),
    (_KEY, "sourceId: start-deal.id\n", "a path stands in braces: write start-{{ deal.id }}"),
    (
        _KEY,
        "sourceId: start-{{ deal.id | truncate(3) }}\n",
        "45:9: truncate leaves too little of deal.id, so that two records may share one task; delete | truncate",
    ),
    (
        "        mainType",
        "        companyId: “{{ deal.company_id }}”\n        mainType",
        "46:9: curly quotes are part of the text; write straight ones",
    ),
    (
        "        action: Prepare\n",
        '        action: "{{ params.word | upper }}"\n',
        "32:9: no filter works on a parameter; write {{ params.word }}, and what it shall give under with:",
    ),
    ("secret: ${T}", 'secret: "{{ T }}"', "11:5: {{ T }} stays as it stands here; write ${T}, with braces"),
    (_KEY, "sourceId: start-${{ deal.id }}\n", "45:9: the $ before {{ stays in the text; write {{ deal.id }}"),
]


def _findings(load_files: Load, text: str) -> list[Finding]:
    try:
        return list(load_files({"T": "t" * 24, "CRM_TOKEN": "t" * 24}, a=text).findings)
    except RulesInvalid as fault:
        return list(fault.findings)


@pytest.mark.parametrize(("old", "new", "told"), [*FORM, *VALUES, *SOURCES, *WORDS, *ONCE])
def test_one_mistake_is_one_finding_at_its_place(load_files: Load, old: str, new: str, told: str) -> None:
    assert old in RIGHT

    (finding,) = _findings(load_files, RIGHT.replace(old, new, 1))

    assert told in f"{finding.line}:{finding.column}: {finding.message}"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),
        ("{{ deal.name }}", "${{ deal.amount }} for {{ deal.name }}"),
        ("{{ deal.name }}", "{{ payload['$key'] }} $ {{ deal.name }}"),
        (_KEY, "sourceId: |\n          start-{{ deal.id }}\n"),
        ("mainType: task", "mainType:\ttask\t# a tab may stand behind a colon, and before a comment"),
    ],
)
def test_what_is_right_gives_no_finding(load_files: Load, old: str, new: str) -> None:
    assert _findings(load_files, RIGHT.replace(old, new, 1)) == []

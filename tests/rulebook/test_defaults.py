"""`defaults:` of a file and of a folder."""

from pathlib import Path
from typing import Any

import pytest

from planhook.rulebook import load
from planhook.rulebook.values import static_text

OWNER, OTHER = "58e231b14246fc73139f29e8", "61f91285d40d7d112020c7b6"
CREATE = "{sourceId: 'x-{{ deal.id }}', companyId: srcid-a, action: Go%s}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sales" / "emea").mkdir(parents=True)
    return tmp_path


def rule(then: str) -> str:
    return f"rules:\n  - name: A\n    on: deal.won\n    then: {then}\n"


def fields_of(folder: Path, index: int = 0) -> dict[str, Any]:
    action = load(folder, {}, require_env=False).rules.rules[0].then[index]
    return {name: static_text(value) for name, value in action.fields.items()}


def test_every_action_of_a_file_has_the_defaults_of_its_kind(folder: Path) -> None:
    text = f"defaults:\n  create: {{ownerId: {OWNER}, checklist: [Call]}}\n  cancel: {{if_absent: wait}}\n"
    then = f"[create: {CREATE % ''}, update: {{sourceId: 'x-{{{{ deal.id }}}}', type: call}}, cancel: {{_id: {OWNER}}}]"
    (folder / "a.yaml").write_text(text + rule(then))

    assert fields_of(folder) == {
        "companyId": "srcid-a",
        "action": "Go",
        "ownerId": OWNER,
        "checklist": ["Call"],
    }
    assert fields_of(folder, 1) == {"type": "call"}
    assert load(folder, {}, require_env=False).rules.rules[0].then[2].if_absent == "wait"


def test_the_nearest_wins_field_by_field(folder: Path) -> None:
    (folder / "defaults.yaml").write_text(
        f"defaults: {{create: {{ownerId: {OWNER}, type: far, repeat: daily, custom: {{Tier: far, From: far}}}}}}\n"
    )
    (folder / "sales" / "defaults.yml").write_text("defaults: {create: {type: near, repeat: weekly}}\n")
    (folder / "sales" / "emea" / "a.yaml").write_text(
        "defaults: {create: {repeat: monthly, custom: {Tier: file}}}\n"
        + rule("{create: %s}" % (CREATE % ", custom: {Own: action}"))
    )

    assert fields_of(folder) == {
        "companyId": "srcid-a",
        "action": "Go",
        "ownerId": OWNER,
        "type": "near",
        "repeat": "monthly",
        "custom.Own": "action",
        "custom.Tier": "file",
        "custom.From": "far",
    }


@pytest.mark.parametrize("own", ["custom: {tier: Silver}", "custom.TIER: Silver"])
def test_a_custom_field_of_the_action_is_no_second_one_of_the_defaults(folder: Path, own: str) -> None:
    text = "defaults: {create: {custom: {Tier: Gold}}}\n" + rule("{create: %s}" % (CREATE % f", {own}"))
    (folder / "a.yaml").write_text(text)

    custom = {name: value for name, value in fields_of(folder).items() if name.startswith("custom.")}

    assert list(custom.values()) == ["Silver"]


def test_an_action_that_names_its_task_by_id_takes_no_other_from_the_defaults(folder: Path) -> None:
    text = "defaults: {update: {sourceId: 'x-{{ deal.id }}', if_absent: wait}}\n"
    then = f"[update: {{type: a}}, update: {{_id: {OTHER}, type: b}}]"
    (folder / "a.yaml").write_text(text + rule(then))

    first, second = load(folder, {}, require_env=False).rules.rules[0].then

    assert first.key is not None
    assert second.key is not None
    assert (first.key.text, first.by_id, first.if_absent) == ("x-{{ deal.id }}", False, "wait")
    assert (second.key.text, second.by_id, second.if_absent) == (OTHER, True, "wait")


def test_what_a_create_needs_may_be_a_default(folder: Path) -> None:
    text = "defaults: {create: {companyId: srcid-a, action: Go}}\n"
    (folder / "a.yaml").write_text(text + rule("{create: {type: call}}"))

    assert fields_of(folder) == {"type": "call", "companyId": "srcid-a", "action": "Go"}


def test_a_file_of_another_folder_keeps_its_ways(folder: Path) -> None:
    (folder / "sales" / "defaults.yaml").write_text(f"defaults: {{create: {{ownerId: {OWNER}}}}}\n")
    (folder / "a.yaml").write_text(rule("{create: %s}" % (CREATE % "")))

    assert "ownerId" not in fields_of(folder)


def test_a_rule_of_a_template_has_the_defaults_of_its_own_file(folder: Path) -> None:
    template = "templates:\n  Go:\n    on: deal.won\n    then: {create: %s}\n" % (CREATE % "")
    (folder / "sales" / "templates.yaml").write_text("defaults: {create: {type: theirs}}\n" + template)
    (folder / "a.yaml").write_text("defaults: {create: {type: ours}}\nrules: [{name: A, use: Go}]\n")

    assert fields_of(folder)["type"] == "ours"


def test_a_field_that_planhat_drops_is_told_where_the_defaults_name_it(folder: Path) -> None:
    (folder / "defaults.yaml").write_text("defaults:\n  create:\n    custom:\n      Tier: Gold\n")
    (folder / "a.yaml").write_text(rule("{create: %s}" % (CREATE % "")))

    rules = load(folder, {}, require_env=False).rules

    assert rules.place_of("A", "custom.Tier") == f"{folder}/defaults.yaml:4"


def test_what_only_a_rule_shows_to_be_wrong_names_both_places(folder: Path) -> None:
    (folder / "defaults.yaml").write_text("defaults:\n  create:\n    action: For {{ meeting.title }}\n")
    (folder / "a.yaml").write_text(rule("{create: {companyId: srcid-a}}"))

    findings = [str(finding) for finding in load(folder, {}, require_env=False).findings]

    warning = "an event of this rule has no meeting, so meeting.title is always absent"
    assert findings == [f"{folder}/defaults.yaml:3: warning: {warning} (used in {folder}/a.yaml:4)"]

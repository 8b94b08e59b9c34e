"""Failing examples are rewritten to what their rules do; nothing else of a file changes."""

from pathlib import Path

import pytest

from planhook.authoring import try_rules
from planhook.authoring.update import update_examples

RULES = """\
# What happens to deals.
rules:
  - name: A won deal
    on: deal.won
    if: {deal.amount: {at_least: 5}}   # the limit
    then:
      - create:
          sourceId: t-{{ deal.id }}
          companyId: srcid-c
          action: Call {{ deal.name }}
          description: "{{ payload.text | default('none') }}"
          startTime: "{{ event.occurred_at }}"
          checklist: ["{{ deal.name }}", Send]
          custom: {Deal value: "{{ deal.amount }}"}
    examples:
      - given: {deal: {id: D1, name: Acme, amount: 9}, payload: {text: "a\\nb"}}   # one
        expect: EXPECT
      # the next one is right
      - given: {deal: {id: D2, amount: 1}}
        expect: nothing

# the end
"""
BLOCK = """
          - create:
              # the title
              action: |
                Call X

              checklist: # steps
                - Send
              mainType: event # then
              companyId: srcid-c"""
BLOCK_UPDATED = """
          - create:
              # the title
              action: Call Acme

              checklist: # steps
                - Acme
                - Send
              mainType: task # then
              companyId: srcid-c"""


def updated(folder: Path, expect: str) -> str:
    """What stands behind `expect:` after an update, which must have changed nothing else."""
    file = folder / "a.yaml"
    file.write_text(RULES.replace("EXPECT", expect), "utf-8", newline="")
    update = update_examples(folder)
    assert try_rules(folder).failed == 1, "update_examples writes nothing itself"
    file.write_text(update.contents[file], "utf-8", newline="")
    assert try_rules(folder).failed == 0
    assert update.places == (f"{file}:16",)
    before, after = RULES.split("EXPECT")
    text = update.contents[file]
    assert text.startswith(before.rstrip(" "))
    assert text.endswith(after)
    return text.removeprefix(before.rstrip(" ")).removesuffix(after)


@pytest.mark.parametrize(
    ("expect", "written"),
    [
        ("[create: {action: Call X}]", " [create: {action: Call Acme}]"),
        ("{create: {action: 'Call X'}}   # why", " {create: {action: Call Acme}}   # why"),
        ("[create: {action: Call Acme, companyId: srcid-x}]", " [create: {action: Call Acme, companyId: srcid-c}]"),
        ("[create: {endTime: 2026-01-01}]", " [create: {endTime: null}]"),
        ("[create: {action: }]", " [create: {action: Call Acme }]"),
        ("[create: {custom: {Deal value: '9'}}]", " [create: {custom: {Deal value: 9}}]"),
        ("[create: {custom.Deal value: '9'}]", " [create: {custom.Deal value: 9}]"),
        ("[create: {checklist: [Send]}]", " [create: {checklist: [Acme, Send]}]"),
        ("[create: {description: x}]", ' [create: {description: "a\\nb"}]'),
        (BLOCK, f" {BLOCK_UPDATED}"),
    ],
)
def test_only_the_values_that_differ_change(tmp_path: Path, expect: str, written: str) -> None:
    assert updated(tmp_path, expect) == written


STEPS = """
          - create:
              checklist:
                - Mail
                # last of all
                - Send   # now"""
MORE_STEPS = """
          - create:
              checklist: # steps
                # one
                - Acme # first
                # two
                - Mail
                - '#3'
              # the company
              companyId: srcid-c"""
MORE_STEPS_UPDATED = """
          - create:
              checklist: # steps
                # one
                # first
                # two
                - Acme
                - Send
              # the company
              companyId: srcid-c"""


def test_comments_between_the_items_of_a_list_stay(tmp_path: Path) -> None:
    assert updated(tmp_path, STEPS) == f" {STEPS.replace('Mail', 'Acme')}"
    assert updated(tmp_path, MORE_STEPS) == f" {MORE_STEPS_UPDATED}"


@pytest.mark.parametrize("amount", [9, 1])
def test_comments_within_other_actions_stay(tmp_path: Path, amount: int) -> None:
    expect = "\n          - cancel: {}\n          # and then\n          - complete: {}"
    text = RULES.replace("amount: 9", f"amount: {amount}").replace("EXPECT", expect)
    (tmp_path / "a.yaml").write_text(text)
    (content,) = update_examples(tmp_path).contents.values()

    assert content.count("# and then") == 1


EMPTY = """
          - create:
              endTime:
              action:
              # the company
              companyId: srcid-c"""


def test_an_empty_value_is_written_behind_its_colon(tmp_path: Path) -> None:
    assert updated(tmp_path, EMPTY) == f" {EMPTY.replace('action:', 'action: Call Acme')}"


@pytest.mark.parametrize("end", ["expect: EXPECT", "# What happens to deals."])
def test_each_line_keeps_its_own_end(tmp_path: Path, end: str) -> None:
    text = RULES.replace(end, f"{end}\r").replace("EXPECT", "[cancel: {}]")
    (tmp_path / "a.yaml").write_text(text, "utf-8", newline="")
    (content,) = update_examples(tmp_path).contents.values()
    before, after = text.split("expect: [cancel: {}]")

    assert content.startswith(before)
    assert content.endswith(after)
    assert ("\r\n          - create:\r\n" in content) == ("EXPECT" in end)


@pytest.mark.parametrize(
    "expect", ["nothing", "[]", "[cancel: {}]", "[create: {}, cancel: {}]", "\n        - cancel: {}"]
)
def test_other_actions_replace_all_that_was_expected(tmp_path: Path, expect: str) -> None:
    written = updated(tmp_path, expect)

    lines = [line.strip() for line in written.strip().splitlines()]
    assert lines[:4] == ["- create:", "sourceId: t-D1", "mainType: task", "companyId: srcid-c"]
    assert {"checklist:", "- Acme", "Deal value: 9"} <= set(lines)


def test_an_example_in_brackets_stays_in_brackets(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    rule = "{name: A, on: deal.won, then: {cancel: {_id: 58e231b14246fc73139f29e8}}, examples: [%s]}"
    file.write_text(f"rules: [{rule}]\n" % "{given: {}, expect: nothing}, {given: {}, expect: [cancel: {}]}")

    (content,) = update_examples(tmp_path).contents.values()

    cancel = "[cancel: {_id: 58e231b14246fc73139f29e8}]"
    assert (
        content == f"rules: [{rule}]\n" % f"{{given: {{}}, expect: {cancel}}}, {{given: {{}}, expect: [cancel: {{}}]}}"
    )


def test_a_rule_that_no_longer_applies_is_expected_to_do_nothing(tmp_path: Path) -> None:
    text = RULES.replace("EXPECT", "nothing").replace("amount: 9}", "amount: 2}")
    (tmp_path / "a.yaml").write_text(
        text.replace("expect: nothing\n      #", "expect:\n          - create: {}\n      #")
    )

    (content,) = update_examples(tmp_path).contents.values()

    assert content == text


def test_line_ends_and_other_files_stay(tmp_path: Path) -> None:
    text = RULES.replace("EXPECT", "[create: {action: X}]").replace("\n", "\r\n")
    (tmp_path / "a.yaml").write_text(text, newline="")
    (tmp_path / "b.yaml").write_text("tables: {t: {a: 1}}\n")

    contents = update_examples(tmp_path).contents

    assert contents == {tmp_path / "a.yaml": text.replace("action: X}", "action: Call Acme}")}


@pytest.mark.parametrize("given", ["{deal: {amount: 9}}", "{occurred_at: soon}"])
def test_what_cannot_be_carried_out_stays_for_the_author(tmp_path: Path, given: str) -> None:
    rule = (
        "{name: A, on: deal.won, then: {cancel: {sourceId: '{{ deal.id }}'}}, examples: [{given: %s, expect: nothing}]}"
    )
    (tmp_path / "a.yaml").write_text(f"rules: [{rule % given}]")

    assert update_examples(tmp_path).contents == {}

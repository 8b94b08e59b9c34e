"""One example that cannot be read hides nothing: the others run, and whatever else is wrong is told with it."""

from pathlib import Path

import pytest

from planhook.authoring import check
from planhook.core.errors import RulesInvalid
from planhook.rulebook import load

FILE = """
rules:
  - name: A won deal
    on: deal.won
    then: {create: {sourceId: "a-{{ deal.id }}", companyId: srcid-c, action: "Call {{ deal.name }}"}}
    examples:
      - {given: {deal: {id: D1, name: Acme}}, expect: nothing}
      - {given: {deal: {id: D1, name: Acme}}, expect: BROKEN}
      - {given: {deal: {id: D1, name: Acme}}, expect: [create: {action: Call Bob}]}
      - {given: {deal: {id: D1, name: Acme}}, expect: [create: {action: Call Acme}]}
  - name: A lost deal
    on: deal.lost
    then: {complete: {sourceId: "a-{{ deal.id }}"}}
    examples:
      - {given: {deal: {id: D2}}, expect: [cancel: {}]}
"""
FAILING = [
    (7, "this example of 'A won deal' fails: expected nothing, got create"),
    (9, 'this example of \'A won deal\' fails: create action: expected "Call Bob", got "Call Acme"'),
    (15, "this example of 'A lost deal' fails: expected cancel, got complete of a-D2"),
]


def told(folder: Path, text: str) -> list[tuple[int, str]]:
    (folder / "a.yaml").write_text(text)
    return [(finding.line, finding.message) for finding in check(folder, {})]


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ("[create: {title: Call}]", "a Planhat task has no field title (did you mean action?)"),
        ("[creat: {}]", "there is no action creat (did you mean create?)"),
        ("soon", "this takes nothing, or a list of actions as in [create: {action: Call Ann}]"),
    ],
)
def test_a_broken_expectation_hides_no_failing_example(tmp_path: Path, broken: str, message: str) -> None:
    assert told(tmp_path, FILE.replace("BROKEN", broken)) == sorted([*FAILING, (8, message)])


def test_nor_does_an_event_that_cannot_be_read(tmp_path: Path) -> None:
    text = FILE.replace("{deal: {id: D1, name: Acme}}, expect: BROKEN", "{dael: {id: D1}}, expect: nothing")

    assert told(tmp_path, text) == sorted([*FAILING, (8, "unknown key dael (did you mean deal?)")])


def test_nor_do_examples_that_are_no_list(tmp_path: Path) -> None:
    text = FILE.replace("examples:\n      - {given: {deal: {id: D2}}, expect: [cancel: {}]}", "examples: none")

    (first, second) = told(tmp_path, text.replace("BROKEN", "[create: {}]"))[:2]

    assert (first, second) == (FAILING[0], FAILING[1])


def test_what_is_doubtful_about_the_rule_is_told_with_its_broken_example(tmp_path: Path) -> None:
    text = FILE.replace("BROKEN", "soon").replace('a-{{ deal.id }}", companyId', 'a-{{ deal.name }}", companyId')

    assert any("two records may have the same deal.name" in message for _, message in told(tmp_path, text))


def test_beside_other_errors_examples_wait(tmp_path: Path) -> None:
    text = FILE.replace("BROKEN", "soon").replace("complete: {", "complet: {")

    assert [line for line, _ in told(tmp_path, text)] == [8, 13]


def test_files_with_a_broken_example_are_not_used(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(FILE.replace("BROKEN", "soon"))

    with pytest.raises(RulesInvalid, match="this takes nothing"):
        load(tmp_path, {}, require_env=False)

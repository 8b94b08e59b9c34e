"""Each example of the reference does what it says, as the example of a rule."""

import pytest

from devstack.manual import examples
from planhook.authoring.expectation import expectation
from planhook.authoring.given import event_of
from planhook.core.calendar import Calendar
from planhook.core.operation import ACTIONS
from planhook.core.plan import make_plan
from planhook.core.properties import PROPERTIES
from planhook.rulebook import Rulebook, reference
from planhook.rulebook.document import read_document
from planhook.sources.deal import read_deal
from planhook.sources.meeting import MEETING_FIELDS
from tests.manual.rules import assert_fine, book_of

CALENDAR = Calendar()
CREATE = "create: {sourceId: 'd-{{ event.id }}', companyId: srcid-C7, action: Call}"
BESIDE = {"repeatDays": {"repeat": "custom"}}
STATES = {"isArchived", "dateDone", "doneBy"}  # only states write them


def value_of(text: str) -> object:
    """What stands in YAML."""
    (value,) = read_document("example", f"[{text}]".encode())[0]
    return value


def plain(value: object) -> object:
    """`value` without the places where its parts stand."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", examples.OPERATORS)
def test_an_operator_is_met_and_not_met_as_the_reference_says(name: str) -> None:
    line, met, unmet = examples.OPERATORS[name]
    root = "meeting" if line.startswith("meeting.") else "deal"
    rule = f"""
rules:
  - name: A
    on: {root}.updated
    if:
      {line}
    then: {{{CREATE}}}
    examples:
      - given: {{{met}}}
        expect: [create: {{action: Call}}]
      - given: {{{unmet}}}
        expect: nothing
"""
    assert f"{{{name}: " in line
    assert_fine(book_of(examples.SETTING, rule), examples=2)


@pytest.mark.parametrize("name", examples.FILTERS)
def test_a_filter_gives_what_the_reference_says(name: str) -> None:
    usage, value, result = examples.FILTERS[name]
    rule = f"""
rules:
  - name: A
    on: crm.ping
    then:
      create:
        sourceId: a-{{{{ event.id }}}}
        companyId: srcid-C7
        action: Call
        custom: {{Result: "{{{{ payload.value | {usage} }}}}"}}
    examples:
      - given: {{payload: {{{f"value: {value}" if value else ""}}}}}
        expect: [create: {{custom: {{Result: {result}}}}}]
"""
    assert usage.partition("(")[0] == name
    assert_fine(book_of(examples.SETTING, rule), examples=1)


@pytest.mark.parametrize("name", examples.TASK)
def test_a_field_of_a_task_is_sent_as_the_reference_says(name: str) -> None:
    line, sent = examples.TASK[name]
    given = {"sourceId": "x-{{ deal.id }}", "companyId": "srcid-C7", "action": "Call"} | BESIDE.get(name, {})
    others = "\n        ".join(f"{key}: {value}" for key, value in given.items() if key != name)
    expected = f"custom: {{Deal value: {sent}}}" if name == "custom" else f"{name}: {sent}"
    rule = f"""
rules:
  - name: A
    on: deal.won
    then:
      create:
        {line}
        {others}
    examples:
      - given: {{deal: {examples.DEAL}}}
        expect: [create: {{{expected}}}]
"""
    assert line.startswith(f"{name}: ")
    assert_fine(book_of(examples.SETTING, rule), examples=1)


def acting(name: str) -> Rulebook:
    """A rule that does what the example of an action does, after one that creates the task."""
    creates = "create: {sourceId: 'deal-{{ deal.id }}', companyId: srcid-C7, action: Call}"
    return book_of(f"""
allow_delete: true
rules:
  - {{name: Creates, on: deal.created, then: {{{creates}}}}}
  - {{name: Acts, on: deal.won, then: {{{examples.ACTIONS[name].line}}}}}
""")


@pytest.mark.parametrize("name", examples.ACTIONS)
def test_an_action_does_what_the_reference_says(name: str) -> None:
    book = acting(name)
    event = event_of({"type": "deal.won", "deal": {"id": "D1"}}, book.rules.calendar)

    _, decision = make_plan(event, book.rules).decisions

    assert book.findings == ()
    assert expectation(decision) == [{name: plain(value_of(examples.ACTIONS[name].done))}]


@pytest.mark.parametrize("name", examples.MODES)
def test_a_mode_acts_on_what_the_reference_says(name: str) -> None:
    mode, live, shadow = examples.MODES[name]
    book = book_of(f"rules: [{{name: A, on: deal.won, mode: {mode}, then: {{{CREATE}}}}}]")

    for given, written in ((live, 1), (shadow, 0)):
        if given:
            data = plain(value_of(f"{{type: deal.won, {given}}}"))
            assert isinstance(data, dict)
            assert len(make_plan(event_of(data, book.rules.calendar), book.rules).operations) == written


@pytest.mark.parametrize("path", examples.FIELDS)
def test_a_field_of_an_event_reads_as_the_reference_shows(path: str) -> None:
    root, _, name = path.partition(".")
    value = plain(value_of(examples.FIELDS[path]))
    event_type = value[0] if isinstance(value, list) and path == "event.types" else "x.y"
    event = event_of({"type": event_type, root: {name: value}, **({name: value} if root == "event" else {})}, CALENDAR)

    shown = event.data()[root][name]

    assert (list(shown) if isinstance(shown, tuple) else shown) == value
    if root == "deal":
        assert read_deal({name: value}) == {name: value}
    if root == "meeting":
        assert MEETING_FIELDS[name](value) == value


def test_there_is_an_example_for_each_word_of_the_reference() -> None:
    writable = {name for name, prop in PROPERTIES.items() if prop.writable} - STATES

    assert set(examples.OPERATORS) == set(reference.OPERATORS)
    assert list(examples.FILTERS) == list(reference.FILTERS)
    assert list(examples.FIELDS) == list(reference.FIELDS)
    assert list(examples.MODES) == list(reference.MODES)
    assert list(examples.ACTIONS) == list(ACTIONS)
    assert set(examples.TASK) == writable | {"custom"}

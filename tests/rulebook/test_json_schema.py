"""The JSON Schema of rule files accepts what the loader accepts and refuses what it refuses."""

import copy
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fastjsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planhook.core.condition import OPERATORS
from planhook.core.errors import RulesInvalid
from planhook.core.filters import FILTERS
from planhook.core.operation import ACTIONS
from planhook.rulebook import load, reference
from planhook.rulebook.conditions import BLOCKS
from planhook.rulebook.document import read_document
from planhook.rulebook.json_schema import json_schema
from planhook.rulebook.mode import MODES, CanarySchema
from planhook.rulebook.vocabulary import FIELDS, TYPES
from tests.rulebook.test_loading import json_values
from tests.rulebook.test_mistakes import MISTAKES
from tests.rulebook.whole_file import whole_file

ROOT = Path(__file__).parents[2]
# What no schema can tell: other files, other parts of the file, the calendar, and texts in a language of their own.
BEYOND = re.compile(
    "|".join(
        (
            *("two rules are called", "there is no table", "there is no source", "no event is of type", "once more"),
            *(
                "delete is off",
                "there is no type of event",
                "on takes fixed types",
                "every day is a day off",
                "is no time zone",
                "is no day",
            ),
            *("is not a time zone", "is no date or time", "not a time", "not a whole number", "longer than"),
            *(
                "for a constant write",
                "so this needs",
                "is no type of event that",
                "is a parameter: write",
                "no filter works on a parameter",
                "is no mail domain",
                "is no name of a (header|host)",
                "a brace too many on each side",
                "there is no function",
                "in its brackets",
                "takes what it was and what it is",
                ": must be one of",
                "the same text for every day",
            ),
            *("this pattern is not allowed", "placeholder cannot be read", "is nested too deeply", "is no JMESPath"),
            *("there is no template", "the template .*has no parameter", "the template .* needs", r"\(used in"),
            *(
                "cannot be a parameter",
                "create needs",
                "neither sourceId nor _id",
                "changes nothing",
                "give it a value",
            ),
            *("an event needs startTime", "repeat: custom needs"),
            *("is not allowed in a placeholder", "an argument of the filter", "takes (no argument|.*=|\\()"),
            *(
                r"^\w+: \w+ must be ",
                "is no environment variable",
                "none takes deliveries from",
                "must be a mail address",
            ),
        )
    )
)
Accepts = Callable[[Any], bool]


@pytest.fixture(scope="module")
def accepts() -> Accepts:
    validate = fastjsonschema.compile(json_schema())

    def accepts(data: Any) -> bool:
        try:
            validate(data)
        except fastjsonschema.JsonSchemaValueException:
            return False
        return True

    return accepts


def errors_of(folder: Path, text: str) -> list[str]:
    (folder / "a.yaml").write_text(text, encoding="utf-8")
    try:
        load(folder, {}, require_env=False)
    except RulesInvalid as invalid:
        return [finding.message for finding in invalid.findings if finding.severity == "error"]
    return []


def assert_agreement(accepts: Accepts, folder: Path, text: str) -> None:
    data, _ = read_document("a.yaml", text.encode())
    errors = errors_of(folder, text)
    if not errors:
        assert accepts(data), "the schema refuses what the loader accepts"
    elif accepts(data):
        told = [error for error in errors if not BEYOND.search(error)]
        assert told == [], "the schema accepts what the loader refuses"


def parts_of(data: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    below = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [path, *(each for key, value in below for each in parts_of(value, (*path, key)))]


def changed(data: Any, path: tuple[str | int, ...], change: Callable[[Any, Any], None]) -> None:
    for step in path[:-1]:
        data = data[step]
    change(data, path[-1])


def is_up_to_a_template(path: tuple[str | int, ...]) -> bool:
    """Whether only the rule that a template makes tells what is right there."""
    return (path[0] == "templates" and len(path) > 2) or "with" in path[:-1]


PARTS = [path for path in parts_of(whole_file()) if path and not is_up_to_a_template(path)]
OTHER_NAMES = ("title", "dateDone", "deal.x", "changes.x", "custom.X")
NAMES = sorted({*OTHER_NAMES, *(str(path[-1]) for path in PARTS)})
TEXTS = ("", " ", "x", "done", "deal.won", "2026-10-02", "{{ deal.id }}", "{{ dael.id }}", "{{ deal.id | x }}", "${X}")
ODD: st.SearchStrategy[Any] = st.sampled_from(
    [*TEXTS, None, True, False, 0, 1, 7, -3, 10**9, 2.5, [], {}, ["x"], [None], {"x": 1}, [{}]]
)


@st.composite
def changed_files(draw: st.DrawFn) -> str:
    """The whole file with a few of its parts taken away, renamed or replaced."""
    data = whole_file()
    for path in draw(st.lists(st.sampled_from(PARTS), min_size=1, max_size=2, unique=True)):
        kind = draw(st.sampled_from(["delete", "rename", "replace"]))
        value, name = draw(ODD | json_values), draw(st.sampled_from(NAMES))

        def change(parent: Any, key: Any, kind: str = kind, value: Any = value, name: str = name) -> None:
            if kind == "replace":
                parent[key] = copy.deepcopy(value)  # one that is drawn twice may come to stand in itself
            elif kind == "delete" or isinstance(parent, list):
                del parent[key]
            else:
                parent[name] = parent.pop(key)

        try:
            changed(data, path, change)
        except (KeyError, IndexError, TypeError, AttributeError):  # an earlier change took the place away
            continue
    return json.dumps(data)


def test_a_file_with_something_of_everything_is_right_for_both(accepts: Accepts, tmp_path: Path) -> None:
    assert errors_of(tmp_path, json.dumps(whole_file())) == []
    assert accepts(whole_file())


@given(changed_files())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=None)
def test_both_judge_changed_files_alike(accepts: Accepts, tmp_path: Path, text: str) -> None:
    assert_agreement(accepts, tmp_path, text)


@given(st.dictionaries(st.sampled_from(sorted(reference.SECTIONS)), json_values))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=None)
def test_both_judge_any_file_alike(accepts: Accepts, tmp_path: Path, content: dict[str, object]) -> None:
    assert_agreement(accepts, tmp_path, json.dumps(content))


@pytest.mark.parametrize("text", [pytest.param(text.replace(" ⟵", ""), id=name) for name, _, text in MISTAKES])
def test_both_refuse_the_mistakes_that_a_value_shows(accepts: Accepts, tmp_path: Path, text: str) -> None:
    data, faults = read_document("a.yaml", text.encode())
    if not faults and data is not None:
        assert_agreement(accepts, tmp_path, text)


@pytest.mark.parametrize("file", sorted((ROOT / "rules").glob("*.yaml")), ids=lambda file: file.name)
def test_the_shipped_rules_are_right_for_an_editor(accepts: Accepts, file: Path) -> None:
    data, _ = read_document(file.name, file.read_bytes())

    assert accepts(data)


def test_the_shipped_schema_is_the_one_that_the_command_prints() -> None:
    shipped = json.loads((ROOT / "rules.schema.json").read_text(encoding="utf-8"))

    assert shipped == json_schema(), "run: python -m planhook schema > rules.schema.json"


def test_every_key_that_an_editor_offers_has_a_description() -> None:
    def undescribed(schema: Any) -> list[str]:
        below = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
        found = [name for each in below for name in undescribed(each)]
        if isinstance(schema, dict) and schema.get("additionalProperties") is False:
            found += [name for name, each in schema["properties"].items() if each and "description" not in each]
        return found

    assert set(undescribed(json_schema())) <= {"title", "_id"}  # of a step of a checklist, and of a contact


@pytest.mark.parametrize(
    ("described", "known"),
    [
        (reference.TYPES, TYPES),
        (reference.FIELDS, [f"{root}.{name}" for root, names in FIELDS.items() for name in names]),
        (reference.OPERATORS, OPERATORS),
        (reference.BLOCKS, BLOCKS),
        (reference.FILTERS, list(FILTERS)),
        (reference.MODES, [*MODES, *(field.data_key or name for name, field in CanarySchema().fields.items())]),
        (reference.ACTIONS, ACTIONS),
    ],
)
def test_the_reference_describes_all_there_is_and_nothing_else(described: reference.Words, known: list[str]) -> None:
    assert set(described) == set(known)

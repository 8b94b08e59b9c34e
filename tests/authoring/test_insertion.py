"""An example put into a rule file, in every form that a file may have."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planhook.authoring.insertion import as_yaml, insert_example
from planhook.authoring.rule_text import RuleNotFound
from planhook.core.errors import Finding
from planhook.rulebook.document import read_document

EXAMPLE: dict[str, Any] = {
    "given": {"deal": {"id": "007", "name": "a: #b", "amount": 0.5, "note": "x\ny", "flag": True}},
    "expect": "nothing",
}
FORMS = {
    "block": "rules:\n  - name: R\n    on: x.y   # why\n\n  # next\n  - name: S\n    on: x.z\n",
    "block with examples": "rules:\n- name: R\n  examples:\n  - given: {}\n    expect: nothing # c\n\n  on: x.y\n",
    "flow examples": "rules:\n  - name: R\n    examples: [{given: {}, expect: nothing}]  # c\n    on: x.y\n",
    "flow over lines": "rules:\n  - name: R\n    examples: [\n      {given: {}, expect: nothing}, # c\n    ]\n",
    "empty examples": "rules:\n  - name: R\n    examples: []\n    on: x.y",
    "flow rule": "rules: [{name: R, on: x.y}]\ntables: {}\n",
    "long text at the end": "rules:\n  - name: R\n    description: >\n      long\n      # no comment\n\n\ntables: {}\n",
    "no line end": "rules:\n  - name: R\n    on: x.y",
    "windows": "rules:\r\n  - name: R\r\n    on: x.y\r\ntables: {}\r\n",
    "windows in one line": "rules:\n  - name: R\r\n    on: x.y\n  - name: S\n    on: x.z\n",
    "empty value": "rules:\n  - name: R\n    on:\n    # c\n\n  - name: S\n    on: x.z\n",
    "empty last value": "rules:\n  - on: x.y\n    name: R\n    examples:\n      - given:\n        expect: # c\n",
    "byte order mark": "\ufeffrules:\n  - name: R\n    on: x.y\n",
}


@pytest.mark.parametrize("form", FORMS)
def test_an_example_goes_where_it_belongs_and_nothing_else_changes(form: str) -> None:
    text = FORMS[form]
    changed = insert_example(text, "R", EXAMPLE)
    before, after = _read(text), _read(changed)
    rule = after["rules"][0]

    assert rule["examples"][-1] == EXAMPLE
    assert {**after, "rules": [{**rule, "examples": rule["examples"][:-1]}, *after["rules"][1:]]} == {
        **before,
        "rules": [{"examples": [], **before["rules"][0]}, *before["rules"][1:]],
    }
    assert _is_within(text, changed)
    assert ("\r\n" in text) == ("\r\n" in changed)


def _read(text: str) -> Any:
    data, findings = read_document("f.yaml", text.encode())
    assert findings == list[Finding]()
    return data


def _is_within(text: str, changed: str) -> bool:
    """Whether `changed` is `text` with one piece put in, but for a line end that was missing."""
    start = next((at for at in range(len(text)) if text[at] != changed[at]), len(text))
    rest = text[start:]
    return changed.endswith(rest)


def test_a_file_without_the_rule_is_refused() -> None:
    with pytest.raises(RuleNotFound):
        insert_example("rules:\n  - name: R\n    on: x\n", "Q", EXAMPLE)


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(10**20), 10**20)
        | st.text(st.characters(exclude_categories=["C"]))
        | st.floats(-1e6, 1e6).map(lambda number: round(number, 3)),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc :#-", min_size=1), inner, max_size=3),
        max_leaves=8,
    )
)
def test_every_value_comes_back_from_the_file_as_it_was(value: Any) -> None:
    (again,) = _read(as_yaml({"given": {"deal": value}, "expect": "nothing"}))

    assert again == {"given": {"deal": value}, "expect": "nothing"}

"""One file of a rule folder: its sections, each of the right form, and what is wrong with that."""

from dataclasses import replace

from planhook.core.place import Place
from planhook.rulebook.blank_indents import read_indented
from planhook.rulebook.boundaries import SECTIONS
from planhook.rulebook.findings import Findings, RuleFile
from planhook.rulebook.located import LocatedDict, LocatedList
from planhook.rulebook.misplaced import RULE_KEYS, out_of_rule
from planhook.rulebook.remains import read_remains
from planhook.rulebook.suggestion import closest, suggestion

_FORMS = {
    LocatedDict: "a map: a key with a colon for each, no hyphens",
    LocatedList: "a list, each item with a hyphen before it",
    bool: "true or false",
}
_NAMED_ELSEWHERE = frozenset({"sources", "rules", "tables", "templates"})


def read_file(name: str, content: bytes, findings: Findings) -> RuleFile | None:
    """The file, as far as it can be read; None when it says nothing. What is wrong is added to `findings`."""
    data, told = read_indented(name, content)
    findings.found.extend(told)
    if data is None and told:
        remains = read_remains(name, content, told)
        findings.found.extend(remains.findings)
        file = RuleFile(name, remains.data, remains.left_out, remains.partial)
    elif data is None:
        return None
    elif isinstance(data, LocatedDict):
        file = RuleFile(name, data)
    else:
        is_rules = isinstance(data, LocatedList) and all(isinstance(item, LocatedDict) for item in data)
        begins = "write rules: above this list" if is_rules else "a rule file begins with"
        findings.add_at(Place(name, 1, 1), begins if is_rules else f"{begins} {' or '.join(SECTIONS)}, and a colon")
        return None
    return _with_right_sections(file, findings)


def _with_right_sections(file: RuleFile, findings: Findings) -> RuleFile:
    data = file.data
    if data and set(data) <= set(RULE_KEYS):
        told = "a rule is an item below rules: write that above it, and a hyphen before its name"
        findings.add_at(data.places[next(iter(data))], told)
        return replace(file, data=LocatedDict(), left_out=file.left_out | _NAMED_ELSEWHERE)
    left_out = set(file.left_out)
    for key, value in list(data.items()):
        if key not in SECTIONS and (rule := out_of_rule(key, data)) is not None:
            findings.add(file, (key,), f"{key} belongs into a rule; indent it as deep as its name")
            rule.put(key, value, data.places[key])
        elif key not in SECTIONS:
            findings.add(file, (key,), f"unknown key {key} ({suggestion(key, SECTIONS)})")
            left_out |= _read_as_meant(data, key)
        elif value is not None and not isinstance(value, SECTIONS[key]):
            findings.add(file, (key,), f"{key} takes {_FORMS[SECTIONS[key]]}")
            left_out |= {key, *_NAMED_ELSEWHERE}
    return replace(file, left_out=frozenset(left_out))


def _read_as_meant(data: LocatedDict, key: str) -> frozenset[str]:
    """Take an unknown key for the section that it means: else all that its parts are used for would be told."""
    meant = closest(key, SECTIONS)
    if meant is None or meant in data or not isinstance(data[key], SECTIONS[meant]):
        return _NAMED_ELSEWHERE
    data.put(meant, data[key], data.places[key])
    return frozenset()

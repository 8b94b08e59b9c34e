"""Keys of rules that are written otherwise: told once, and read as what they mean, so that nothing seems to lack."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from planhook.core.operation import ACTIONS
from planhook.rulebook.findings import Findings, RuleFile
from planhook.rulebook.located import LocatedDict, LocatedList
from planhook.rulebook.rule_schema import RuleSchema


def with_meant_keys(file: RuleFile, schema: RuleSchema, findings: Findings) -> RuleFile:
    """The file with `then`, `use` and `with` of each rule under these names."""
    rules = file.section("rules", LocatedList)
    whole = LocatedList(rules.place)
    for index, (rule, place) in enumerate(zip(rules, rules.places, strict=True)):
        meant = _meant(rule, schema) if isinstance(rule, LocatedDict) else {}
        for key in meant:
            findings.add(file, ("rules", index, key), schema.told_of(key, rule))
        whole.add(_renamed(rule, meant) if meant else rule, place)
    data = file.data.copy_of()
    if rules:
        data["rules"] = whole
    return replace(file, data=data)


def _meant(rule: LocatedDict, schema: RuleSchema) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in rule.items():
        meant = schema.meant(key, rule)
        if meant and meant in _FITS and meant not in found.values() and _FITS[meant](value):
            found[key] = meant
    return found


def _renamed(rule: LocatedDict, names: Mapping[str, str]) -> LocatedDict:
    renamed = LocatedDict(rule.place)
    for key, value in rule.items():
        renamed.put(names.get(key, key), value, rule.places[key])
    return renamed


def _is_actions(value: Any) -> bool:
    items = value if isinstance(value, list) else [value]
    return bool(items) and all(isinstance(item, Mapping) and set(item) <= set(ACTIONS) for item in items)


_FITS: Mapping[str, Callable[[Any], bool]] = {
    "then": _is_actions,
    "use": lambda value: isinstance(value, str),
    "with": lambda value: isinstance(value, Mapping),
}

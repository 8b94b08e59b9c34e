"""Rules that look for what none of their sources sends or tells: they never apply, or every event of them is dead."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from planhook.core.condition import Test
from planhook.core.place import Place
from planhook.core.rule import Rule
from planhook.core.template import Placeholder
from planhook.rulebook.condition_doubts import tests_in
from planhook.rulebook.findings import Findings
from planhook.rulebook.kinds import templates_of
from planhook.rulebook.templates import placeholders
from planhook.rulebook.told import is_untold, remedy, sends
from planhook.rulebook.vocabulary import FIELDS, TYPES, listens, misspelt_field, names_value

_CHANGES = ("changed", "changed_to", "changed_from")
_HOLD_WHEN_ABSENT = ("is_not", "not_one_of")
_MAKE_DO = ("default", "lookup")  # of nothing


def warn_of_untold(rules: Sequence[Rule], sources: Mapping[str, Any], findings: Findings) -> None:
    """Add a warning for each field that no source of its rule can tell. `sources` has them as they are written."""
    for rule in rules:
        senders = {
            name: config
            for name, config in sources.items()
            if (not rule.sources or listens(rule.sources, name)) and any(sends(name, config, each) for each in rule.on)
        }
        for place, path, message in _looked_for(rule) if senders else ():
            if _is_possible(path, rule.on) and all(
                _tells_nothing(config, path, rule.on) for config in senders.values()
            ):
                hint = remedy(next(iter(senders.values())), path)
                findings.add_at(place, f"{' and '.join(sorted(senders))} never {message}{hint}", "warning")


def _is_possible(path: str, on: Sequence[str]) -> bool:
    """Whether a path is one that events of these types may have; else that is told anyway."""
    root, _, below = path.partition(".")
    name = below.partition(".")[0]
    if root == "changes":
        return name not in FIELDS and misspelt_field(name) is None
    heard = [each for each in TYPES if listens(on, each)]
    return not heard or any(each.startswith(f"{root}.") for each in heard)


def _tells_nothing(config: Any, path: str, on: Sequence[str]) -> bool:
    if not path.startswith("changes."):
        return is_untold(config, path, on)
    # Senders name the field, not where we show it.
    _, _, inner = path.partition(".")
    return all(is_untold(config, f"changes.{name}", on) for name in (inner, inner.rpartition(".")[2]))


def _looked_for(rule: Rule) -> Iterator[tuple[Place, str, str]]:
    """Where a rule needs a field, which one, and what to say of sources that never do so."""
    for test, _ in tests_in(rule.condition, is_excluded=False):
        if test.operator in _CHANGES and test.expected is not False:
            inner = test.path.partition(".")[2]
            yield test.place, f"changes.{inner}", f"tells a change of {test.path}, so this is never met"
        elif _needs(test):
            yield test.place, test.path, f"tells {test.path}, so it is always absent here"
    for action in rule.then:
        if action.key:
            name = "_id" if action.by_id else "sourceId"
            yield from ((action.where(name), *_of(each)) for each in placeholders(action.key) if not _makes_do(each))
        for name, value in action.fields.items():
            found = (each for template in templates_of(value) for each in placeholders(template))
            yield from ((action.where(name), *_of(each)) for each in found if not _makes_do(each))


def _of(placeholder: Placeholder) -> tuple[str, str]:
    return placeholder.path, f"tells {placeholder.path}, so that every event of this rule ends dead"


def _needs(test: Test) -> bool:
    if test.operator == "present":
        return bool(test.expected)
    is_known = names_value(test.path) or test.path.startswith("changes.")
    return is_known and test.operator not in (*_HOLD_WHEN_ABSENT, *_CHANGES)


def _makes_do(placeholder: Placeholder) -> bool:
    """Whether a filter makes something of nothing, or what is wrong with the path is told anyway."""
    return any(used.name in _MAKE_DO for used in placeholder.filters) or not names_value(placeholder.path)

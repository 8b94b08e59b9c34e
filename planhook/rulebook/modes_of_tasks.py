"""Rules that write a task for records for which the rule that creates it does not act: they find no task."""

from collections.abc import Iterator, Mapping, Sequence

from planhook.core.canary import OnlyCompanies, Share
from planhook.core.rule import ActionTemplate, Rule
from planhook.rulebook.findings import Findings, RuleFile
from planhook.rulebook.located import LocatedDict, LocatedList
from planhook.rulebook.orphans import may_equal

_FEWEST_PERCENT = 1
_Created = tuple[Rule, ActionTemplate]


def warn_of_modes(files: Sequence[RuleFile], rules: Sequence[Rule], findings: Findings) -> None:
    """Add a warning for each; and for a share so small that a fraction of one seems to be meant."""
    for file in files:
        for index, rule in enumerate(file.section("rules", LocatedList)):
            mode = rule.get("mode") if isinstance(rule, LocatedDict) else None
            if isinstance(mode, LocatedDict) and (told := _small_share(mode)):
                findings.add(file, ("rules", index, "mode", "percent"), told, "warning")
    if all(rule.mode == "live" and rule.canary is None for rule in rules):
        return
    creates = [(rule, action) for rule in rules for action in rule.then if action.action == "create" and action.key]
    by_key: dict[str, list[_Created]] = {}
    for rule, action in creates:
        by_key.setdefault(repr(action.key and action.key.parts), []).append((rule, action))
    for rule in rules:
        for action, message in _of_rule(rule, creates, by_key):
            findings.add_at(action.where("sourceId"), message, "warning")


def _small_share(mode: Mapping[str, object]) -> str | None:
    percent = mode.get("percent")
    if isinstance(percent, bool) or not isinstance(percent, int | float) or not 0 < percent < _FEWEST_PERCENT:
        return None
    meant = f"for {percent * 100:g} of a hundred write {percent * 100:g}"
    return f"percent: {percent:g} is {percent * 10:g} of a thousand records; {meant}"


def _of_rule(
    rule: Rule, creates: Sequence[_Created], by_key: Mapping[str, Sequence[_Created]]
) -> Iterator[tuple[ActionTemplate, str]]:
    for action in rule.then if rule.mode == "live" else ():
        makers = [each for each in by_key.get(repr(action.key and action.key.parts), ()) if each[0] is not rule]
        if action.action == "create" or action.key is None or action.by_id or not makers:
            continue
        if not any(_covers(maker, rule) and _may_be(made, action) for maker, made in (*makers, *creates)):
            maker, made = makers[0]
            told = (
                f"this is {_said(rule)}, and {maker.name!r} ({made.place}), which creates the task, is {_said(maker)}"
            )
            yield action, f"{told}: give both the same mode, or it may find no task"


def _may_be(made: ActionTemplate, action: ActionTemplate) -> bool:
    """Whether both may write one task; what begins otherwise, as most do, is not looked at any further."""
    if not made.key or not action.key:
        return False
    begins, other = made.key.text.partition("{{")[0], action.key.text.partition("{{")[0]
    return (begins.startswith(other) or other.startswith(begins)) and may_equal(made.key, action.key)


def _covers(maker: Rule, rule: Rule) -> bool:
    """Whether `maker` acts on every record on which `rule` does, as far as their modes tell."""
    if maker.mode != "live":
        return False
    if maker.canary is None or maker.canary == rule.canary:
        return True
    match maker.canary, rule.canary:
        case Share(percent=most), Share(percent=percent):
            return percent <= most
        case Share(percent=most), _:
            return most == 100
        case OnlyCompanies(companies=most), OnlyCompanies(companies=companies):
            return {each.casefold() for each in companies} <= {each.casefold() for each in most}
    return False


def _said(rule: Rule) -> str:
    if rule.mode != "live":
        return "in shadow"
    match rule.canary:
        case Share(percent=percent):
            return f"live for {percent:g} percent"
        case OnlyCompanies(companies=companies):
            return f"live for {', '.join(companies)} only"
    return "live"

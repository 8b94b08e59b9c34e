"""Rules that write a task for records for which the rule that creates it does not act: they find no task."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from planhook.core.canary import OnlyCompanies, Share
from planhook.core.rule import ActionTemplate, Rule
from planhook.rulebook.created_tasks import CreatedTasks
from planhook.rulebook.findings import Findings, RuleFile
from planhook.rulebook.located import LocatedDict, LocatedList

_FEWEST_PERCENT = 1


def warn_of_modes(files: Sequence[RuleFile], rules: Sequence[Rule], sources: Iterable[str], findings: Findings) -> None:
    """Add a warning for each; and for a share so small that a fraction of one seems to be meant.

    `sources` are the names of all sources, none when they are not all known.
    """
    for file in files:
        for index, rule in enumerate(file.section("rules", LocatedList)):
            mode = rule.get("mode") if isinstance(rule, LocatedDict) else None
            if isinstance(mode, LocatedDict) and (told := _small_share(mode)):
                findings.add(file, ("rules", index, "mode", "percent"), told, "warning")
    if all(rule.mode == "live" and rule.canary is None for rule in rules):
        return
    created = CreatedTasks(rules, {*sources, *(name for rule in rules for name in rule.sources)})
    for rule in rules:
        for action, message in _of_rule(rule, created):
            findings.add_at(action.where("sourceId"), message, "warning")


def _small_share(mode: Mapping[str, object]) -> str | None:
    percent = mode.get("percent")
    if isinstance(percent, bool) or not isinstance(percent, int | float) or not 0 < percent < _FEWEST_PERCENT:
        return None
    meant = f"for {percent * 100:g} of a hundred write {percent * 100:g}"
    return f"percent: {percent:g} is {percent * 10:g} of a thousand records; {meant}"


def _of_rule(rule: Rule, created: CreatedTasks) -> Iterator[tuple[ActionTemplate, str]]:
    for action in rule.then if rule.mode == "live" else ():
        if action.action == "create" or action.key is None or action.by_id:
            continue
        every = created.of(action.key)
        makers = [made for made in every if made.rule is not rule]
        if makers and not any(_covers(made.rule, rule) for made in (*every, *created.perhaps_of(action.key))):
            maker, place = makers[0].rule, makers[0].action.place
            told = f"this is {_said(rule)}, and {maker.name!r} ({place}), which creates the task, is {_said(maker)}"
            yield action, f"{told}: give both the same mode, or it may find no task"


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

"""What happened to each rule from one rulebook to another: new, changed, renamed, switched off, and what it means."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from planhook.authoring.nouns import listed
from planhook.authoring.rule_difference import differences, identity
from planhook.authoring.sentences import sentence
from planhook.core.rule import Rule
from planhook.rulebook import Rulebook

NEW, CHANGED, RENAMED, GONE, SAME_EFFECT = "new", "changed", "renamed", "gone", "same effect"
SWITCHED_ON, SWITCHED_OFF = "switched on", "switched off"
_SAME = "What it does stays the same."
_OFF = "It is switched off (enabled: false), so"


@dataclass(frozen=True, slots=True)
class RuleChange:
    """One rule of which something changed. `sentences` says what it does or did, or what differs."""

    kind: str
    rule: str
    place: str
    sentences: tuple[str, ...]


def rule_changes(before: Rulebook, after: Rulebook) -> Iterator[RuleChange]:
    """Every rule of which something changed, in the order of `after`, then those that are off; gone ones come last."""
    former = _former_rules(before, after)
    for rule in after.every_rule:
        was = former.get(rule.name)
        change = _change(was, rule) if was else _told(NEW, rule, _new(rule))
        if change:
            yield change
    kept = {was.name for was in former.values()}
    for rule in before.every_rule:
        if rule.name not in kept:
            yield _told(GONE, rule, _gone(rule))


def _told(kind: str, rule: Rule, *sentences: str) -> RuleChange:
    return RuleChange(kind, rule.name, f"{rule.file}:{rule.line}", sentences)


def _new(rule: Rule) -> str:
    return sentence(rule) if rule.enabled else f"{_OFF} nothing of this happens yet: {sentence(rule)}"


def _gone(rule: Rule) -> str:
    return f"No longer: {sentence(rule)}" if rule.enabled else "It was switched off, so nothing that happens changes."


def _former_rules(before: Rulebook, after: Rulebook) -> dict[str, Rule]:
    """What each rule was, by the name that it has now: under its name, else one that did the same or much of it."""
    old = {rule.name: rule for rule in before.every_rule}
    former = {rule.name: old[rule.name] for rule in after.every_rule if rule.name in old}
    for resembles in (_does_the_same, _does_much_of_it):
        for rule in after.every_rule:
            free = [each for each in before.every_rule if each.name not in {was.name for was in former.values()}]
            if rule.name not in former and (was := next((one for one in free if resembles(one, rule)), None)):
                former[rule.name] = was
    return former


def _does_the_same(was: Rule, now: Rule) -> bool:
    return not list(differences(was, now))


def _does_much_of_it(was: Rule, now: Rule) -> bool:
    """Whether a rule acts on the same events and on a task of the same name."""
    named = {about for action in was.then if (about := identity(action))[1]}
    return was.on == now.on and any(identity(action) in named for action in now.then)


def _change(was: Rule, now: Rule) -> RuleChange | None:
    renaming, found = tuple(_renaming(was, now)), tuple(differences(was, now))
    if was.enabled is not now.enabled:
        return _switched(was, now, renaming, is_changed=bool(found))
    if found:
        told = (*renaming, *found, f"In full: {sentence(now)}")
        if now.enabled:
            return _told(CHANGED, now, *told)
        return _told(SAME_EFFECT, now, "It stays switched off, so nothing of this happens yet.", *told)
    if renaming:
        return _told(RENAMED, now, *renaming)
    if unused := list(_without_effect(was, now)):
        return _told(SAME_EFFECT, now, f"Only {listed(unused)} changed. {_SAME}")
    return None


def _switched(was: Rule, now: Rule, renaming: tuple[str, ...], *, is_changed: bool) -> RuleChange:
    if now.enabled:
        changed = [f"It was changed too; as it was, it would do this: {sentence(was)}"] if is_changed else []
        first = f"It is switched on, so this happens from now on: {sentence(now)}"
        return _told(SWITCHED_ON, now, first, *renaming, *changed)
    changed = [f"It was changed too: switched on again, it would do this: {sentence(now)}"] if is_changed else []
    return _told(SWITCHED_OFF, now, f"{_OFF} this no longer happens: {sentence(was)}", *renaming, *changed)


def _renaming(was: Rule, now: Rule) -> Iterator[str]:
    """Where a rule was and what it was called, in one sentence, and what that means."""
    told = [f"moved here from {was.file}"] if was.file != now.file else []
    told += [f"was called {was.name}"] if was.name != now.name else []
    makes_new = was.slug != now.slug and any(action.key is None for action in now.then)
    if told:
        same = "" if makes_new or list(differences(was, now)) or was.enabled is not now.enabled else f" {_SAME}"
        yield f"It {listed(told)}.{same}"
    if makes_new:
        yield "Its creates have no sourceId, so tasks that it made before are not found again: it makes new ones."


def _without_effect(was: Rule, now: Rule) -> Iterator[str]:
    if _examples(was) != _examples(now):
        yield "its examples"
    if was.description != now.description:
        yield "its description"


def _examples(rule: Rule) -> list[tuple[Mapping[str, object], object]]:
    return [(example.given, example.expect) for example in rule.examples]
